"""What the sentiment pane costs a frame: 480 daily candles that are dragged, with it and without it.

A frame is timed as JavaScript alone (what the page does between two paints), because a browser that waits for
its screen shows sixty a second either way. News of every day, and a mention on every fifth: more than any
stock has.
"""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measuring import Figure, Times, say
from tests.kit.browser_paths import ARGUMENTS, chromium
from tests.kit.chart_page import ChartPage
from tests.kit.sentiment_app import KNOWN, HeldHistory, SentimentApp, item

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from benchmarks.measuring import Size

_VIEW = "?t=AAPL&r=D&from=2008-04-01&to=2010-03-01"
_TIMES = 20
_FIRST, _DAYS = date(2006, 1, 2), 2_500
# The page's own frames, one after the other, without waiting for the screen: ms of one, each time of five
# in a row, because a browser's clock is coarse.
_DRAG = """(times) => {
  const { view } = window.chandlery.charts.get(1);
  const later = window.requestAnimationFrame;
  let act = () => {};
  window.requestAnimationFrame = (frame) => { act = frame; return 1; };
  const taken = Array.from({ length: times }, () => {
    const began = performance.now();
    for (const by of [3, -3, 3, -3, 3]) {
      view.move(by);
      act(began);
    }
    return (performance.now() - began) / 5;
  });
  window.requestAnimationFrame = later;
  view.settle();
  return taken;
}"""


def run(size: Size) -> list[Figure]:
    """Measure, print the line and return the figure; none where there is no Chromium."""
    executable = chromium()
    if executable is None:
        say("panes: left out, no Chromium is installed (make test installs one)")
        return []
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not everybody has it

    days = [_FIRST + timedelta(days=i) for i in range(_DAYS)]
    news = [item(day, (i % 21 - 10) / 10) for i, day in enumerate(days)]
    said = [item(day, 0.8, "youtube") for day in days[::5]]
    history = HeldHistory((*news, *said))
    taken: dict[str, list[float]] = {"without": [], "with": []}
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        served = stack.enter_context(SentimentApp(Path(folder), history))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        stack.callback(browser.close)
        for _ in range(size.rounds):
            for name, more in (("without", ""), ("with", "&sentiment=on")):
                page = browser.new_page(viewport={"width": 1280, "height": 800})
                taken[name] += _frames_ms(page, served.url, f"{_VIEW}{more}")
                page.close()
    times = {name: Times(each) for name, each in taken.items()}
    for name, each_ms in times.items():
        say(f"a frame of a drag, {name} the sentiment pane: {each_ms}")
    return [Figure.timed("a frame with the sentiment pane, else without", times["with"], times["without"])]


def _frames_ms(page: Page, url: str, query: str) -> list[float]:
    ChartPage(page, url).open(query)
    if "sentiment" in query:
        page.wait_for_function(KNOWN)
    page.evaluate(_DRAG, _TIMES)  # compiled on the way
    found: list[float] = page.evaluate(_DRAG, _TIMES)
    return found
