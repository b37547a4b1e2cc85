"""Make the pictures of the README from the running app: ``python -m tools.pictures``."""

from __future__ import annotations

import sys
import tempfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from tests.kit.app_process import ROOT, AppProcess
from tests.kit.browser_paths import ARGUMENTS, chromium
from tests.kit.chart_page import ChartPage

FOLDER = ROOT / "docs/pictures"
SYSTEM = "system.png"
TRACK_RECORD = "track-record.png"
_PROCESSED_MS = 120_000


@dataclass(frozen=True, slots=True)
class Picture:
    """A view of the page.

    Attributes:
        query: of its address.
        size: of the window, px.
        scheme: light or dark.
        pointer: where the mouse stands, as shares of the plot, so that a candle is read; None for nowhere.
    """

    query: str
    size: tuple[int, int]
    scheme: Literal["light", "dark"] = "light"
    pointer: tuple[float, float] | None = None


PICTURES = {
    "chart-light.png": Picture("?t=AAPL&range=1Y", (1280, 720), pointer=(0.62, 0.35)),
}


def take(browser: Browser, url: str, picture: Picture) -> Page:
    """Open a view and let it come to rest; return its page."""
    width, height = picture.size
    page = browser.new_page(
        viewport={"width": width, "height": height}, color_scheme=picture.scheme, reduced_motion="reduce"
    )
    chart = ChartPage(page, url)
    chart.open(picture.query)
    if picture.pointer:
        box = chart.part_box()
        across, down = picture.pointer
        page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
    # Two frames: one in which the page hears of the pointer, one in which it has painted.
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page


def take_system(browser: Browser, url: str) -> Page:
    """Open the system page after some questions, once its plots are drawn; return it."""
    for ticker in ("AAPL", "MSFT", "IBM", "GOOG") * 6:
        urllib.request.urlopen(f"{url}/api/v2/tickers/{ticker}/ohlc?range=1M&resolution=5").close()  # noqa: S310 - our own
    page = browser.new_page(viewport={"width": 1280, "height": 720}, reduced_motion="reduce")
    page.goto(f"{url}/system")
    page.locator("[data-testid=system-plots] .plot-container").last.wait_for()
    page.wait_for_timeout(1000)
    return page


def take_track_record(browser: Browser, url: str) -> Page:
    """Open what the demo's channel said about a stock, once it was looked through; return its page."""
    page = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page.goto(f"{url}/track-record")
    page.get_by_test_id("channel-list").get_by_role("link").first.click()
    page.locator(".channel-status[data-status=completed]").wait_for(timeout=_PROCESSED_MS)
    page.goto(f"{page.url}/AAPL?from=2009-06-15&to=2013-03-01")
    page.get_by_test_id("mention-marker").first.wait_for()
    page.wait_for_timeout(1000)
    return page


def main() -> int:
    """Take every picture; return an exit code."""
    executable = chromium()
    if executable is None:
        sys.stderr.write("There is no Chromium; `make test` installs one.\n")
        return 1
    with (
        tempfile.TemporaryDirectory() as folder,
        AppProcess(Path(folder)) as app,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        for name, picture in PICTURES.items():
            take(browser, app.url, picture).screenshot(path=FOLDER / name)
            print(f"docs/pictures/{name}")
        take_track_record(browser, app.url).screenshot(path=FOLDER / TRACK_RECORD)
        print(f"docs/pictures/{TRACK_RECORD}")
        # Last, so that it has something to tell.
        take_system(browser, app.url).screenshot(path=FOLDER / SYSTEM)
        print(f"docs/pictures/{SYSTEM}")
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
