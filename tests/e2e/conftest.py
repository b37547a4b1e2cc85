"""Browsers and a running app for the tests of the page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from selenium.webdriver.chrome.options import Options

from tests.kit.app_process import AppProcess
from tests.kit.browser_paths import ARGUMENTS, chromium
from tests.kit.chart_page import ChartPage
from tests.kit.environment import missing


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a Chromium; without one the tests are skipped, or fail where it is required."""
    executable = chromium()
    if executable is None:
        missing("engine", "chromium", "no Chromium is installed; make test installs one")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        yield launched
        launched.close()


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


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Return a browser with nothing in its cache."""
    opened = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-US", timezone_id="UTC")
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """Return a page; the test fails when the browser's console reports an error or a warning."""
    opened = context.new_page()
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(f"{message.type}: {message.text}")

    opened.on("console", listen)
    opened.on("pageerror", lambda error: complaints.append(f"uncaught: {error}"))
    yield opened
    assert complaints == []


@pytest.fixture
def chart(page: Page, app: AppProcess) -> ChartPage:
    """Return the chart page of the shared app."""
    return ChartPage(page, app.url)


def pytest_setup_options() -> Options:
    """Tell dash[testing] which browser to start."""
    options = Options()
    executable = chromium()
    if executable is not None:
        options.binary_location = str(executable)
    for argument in ("--headless=new", "--disable-gpu", "--window-size=1280,800", *ARGUMENTS):
        options.add_argument(argument)
    return options
