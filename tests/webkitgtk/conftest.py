"""WebKitGTK and a running app. The run is `make test`'s second one, under xvfb-run (tools/run_tests.py).

The conftest above is not read (--confcutdir): what it imports is not in this environment.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import WebKitGTK

from tests.kit import browser_paths, pictures
from tests.kit.app_process import ROOT, AppProcess
from tests.kit.environment import missing
from tests.kit.flaky_proxy import FlakyProxy
from tests.kit.pictures import Pictures, fingerprint
from tests.kit.summary import pytest_terminal_summary
from tests.kit.webkitgtk import WebKitCamera, WebKitChart, launch

__all__ = ["pytest_terminal_summary"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Take the app's Python, and whether pictures are made anew."""
    parser.addoption(
        "--app-python", default=str(ROOT / ".venv/bin/python"), help="the Python that runs the app"
    )
    pictures.add_option(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Let Selenium call its own old parameter: its WebKitGTK driver does."""
    config.addinivalue_line("filterwarnings", "ignore:setting remote_server_addr:DeprecationWarning")


@pytest.fixture(scope="session")
def app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """Return an app on demo prices that all tests share."""
    python = Path(request.config.getoption("--app-python"))
    with AppProcess(tmp_path_factory.mktemp("app"), python=python) as running:
        yield running


@pytest.fixture(scope="session", autouse=True)
def _engine() -> None:
    if lacks := browser_paths.webkitgtk_lacks():
        missing("engine", "webkitgtk", lacks)


@pytest.fixture(scope="session")
def mark(_engine: None) -> dict[str, str]:
    """Return what pictures of this machine depend on."""
    driver = launch()
    found = fingerprint(WebKitCamera(driver))
    driver.quit()
    return found


@pytest.fixture
def look() -> dict[str, bool]:
    """Return how the browser is started; a test or a class overrides it."""
    return {}


@pytest.fixture
def driver(_engine: None, look: dict[str, bool]) -> Iterator[WebKitGTK]:
    """Return a browser with nothing in its cache."""
    running = launch(**look)
    yield running
    running.quit()


@pytest.fixture
def proxy(app: AppProcess) -> Iterator[FlakyProxy]:
    """Return a network to the app that can be made bad."""
    with FlakyProxy(app.port) as running:
        yield running


@pytest.fixture
def chart(driver: WebKitGTK, app: AppProcess) -> Iterator[WebKitChart]:
    """Return the chart page; the test fails when the console complained."""
    opened = WebKitChart(driver, app.url)
    yield opened
    assert opened.complaints() == []


@pytest.fixture
def flaky_chart(driver: WebKitGTK, proxy: FlakyProxy) -> WebKitChart:
    """Return the chart page over the flaky network; the console may complain."""
    return WebKitChart(driver, proxy.url)


@pytest.fixture
def shots(request: pytest.FixtureRequest, driver: WebKitGTK, mark: dict[str, str]) -> Pictures:
    """Return the comparison of pictures."""
    return Pictures(WebKitCamera(driver), update=request.config.getoption(pictures.UPDATE), mark=mark)
