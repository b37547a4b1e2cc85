"""Browsers and a running app for the tests of the page; each such test runs in every engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Playwright, sync_playwright
from selenium.webdriver.chrome.options import Options

from tests.kit import browser_paths, engines
from tests.kit.app_process import AppProcess
from tests.kit.chart_page import ChartPage
from tests.kit.console import Console
from tests.kit.engines import Engine
from tests.kit.environment import missing, required
from tests.kit.page_camera import PageCamera
from tests.kit.pictures import UPDATE, Pictures, fingerprint
from tests.kit.track_app import TrackApp


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what uses a browser in each engine.

    Playwright's WebKit is no Debian package; where it isn't installed one test says so, not all.
    """
    if "engine" in metafunc.fixturenames:
        absent = [name for name in ("webkit",) if not (engines.installed(name) or name in required("engine"))]
        metafunc.parametrize(
            "engine", [name for name in engines.NAMES if name not in absent], indirect=True, scope="session"
        )


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Return Playwright, started once."""
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest, playwright: Playwright) -> Iterator[Engine]:
    """Return an engine; one that is missing skips its tests, or fails them where it is required."""
    if not engines.installed(request.param):
        missing("engine", request.param, engines.HOW_TO_GET[request.param])
    launched = Engine(request.param, playwright)
    try:
        launched.context().close()
    except Error as error:
        missing("engine", request.param, f"does not start: {str(error).splitlines()[0]}")
    yield launched
    launched.close()


@pytest.fixture(autouse=True)
def what_the_driver_can_do(request: pytest.FixtureRequest) -> None:
    """Skip a test that needs what this engine's driver cannot do (engines.CANNOT)."""
    for mark in request.node.iter_markers("needs"):
        driven: Engine = request.getfixturevalue("engine")
        for what in mark.args:
            assert what in engines.ABILITIES, f"no driver lacks {what!r}, see CANNOT"
            if reason := driven.cannot(what):
                pytest.skip(f"{engines.driver_of(driven.name)} cannot do {what}: {reason}")


@pytest.fixture
def browser(engine: Engine) -> Browser:
    """Return the engine's browser as it comes."""
    return engine.browser


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """Return an app on demo prices that all tests share."""
    with AppProcess(tmp_path_factory.mktemp("app")) as running:
        yield running


@pytest.fixture
def fresh_app(tmp_path: Path) -> Iterator[AppProcess]:
    """Return an app of this test's own, with an empty table."""
    with AppProcess(tmp_path / "data") as running:
        yield running


@pytest.fixture(scope="session")
def track_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrackApp]:
    """Return an app that has processed the demo's channel; all tests share it, and none changes it."""
    with TrackApp(tmp_path_factory.mktemp("track") / "data") as running:
        yield running


@pytest.fixture
def context(engine: Engine) -> Iterator[BrowserContext]:
    """Return a browser with nothing in its cache."""
    opened = engine.context()
    yield opened
    opened.close()


@pytest.fixture
def console() -> Iterator[Console]:
    """Return what the console has said; the test fails on errors and warnings that it did not allow."""
    heard = Console()
    yield heard
    assert heard.complaints() == []


@pytest.fixture
def page(context: BrowserContext, console: Console) -> Page:
    """Return a page; the test fails when the browser's console reports an error or a warning."""
    opened = context.new_page()
    console.listen(opened)
    return opened


@pytest.fixture
def chart(page: Page, app: AppProcess) -> ChartPage:
    """Return the chart page of the shared app."""
    return ChartPage(page, app.url)


@pytest.fixture(scope="session")
def mark(engine: Engine) -> dict[str, str]:
    """Return what pictures of this engine on this machine depend on."""
    context = engine.context(reduced_motion=True)
    found = fingerprint(PageCamera(engine, context.new_page()))
    context.close()
    return found


@pytest.fixture
def still_page(engine: Engine, console: Console) -> Iterator[Page]:
    """Return a page for pictures: 1280 × 800 px at scale 1, and nothing moves."""
    context = engine.context(reduced_motion=True)
    opened = context.new_page()
    console.listen(opened)
    yield opened
    context.close()


@pytest.fixture
def shots(request: pytest.FixtureRequest, engine: Engine, mark: dict[str, str]) -> Callable[[Page], Pictures]:
    """Return a function that compares pictures of a page, whichever page it is (still_page, a dark one …)."""
    update = request.config.getoption(UPDATE)
    return lambda page: Pictures(PageCamera(engine, page), update=update, mark=mark)


def pytest_setup_options() -> Options:
    """Tell dash[testing] which browser to start."""
    options = Options()
    executable = browser_paths.chromium()
    if executable is not None:
        options.binary_location = str(executable)
    for argument in ("--headless=new", "--disable-gpu", "--window-size=1280,800", *browser_paths.ARGUMENTS):
        options.add_argument(argument)
    return options
