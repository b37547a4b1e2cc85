"""What axe-core finds on the page in its states, and what is too small or too narrow to use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Page, expect

from tests.kit.app_process import AppProcess
from tests.kit.axe import findings, only_once
from tests.kit.chart_page import ChartPage
from tests.kit.console import Console
from tests.kit.engines import Engine, Scheme

Opened = Callable[..., ChartPage]


@pytest.fixture
def opened(engine: Engine, app: AppProcess, console: Console) -> Iterator[Opened]:
    """Return what opens a chart in a scheme and a size; axe's rules are the same in every engine."""
    only_once(engine)
    with ExitStack() as closing:

        def make(
            query: str = "?t=AAPL", scheme: Scheme = "light", width: int = 1280, height: int = 800
        ) -> ChartPage:
            context = engine.context(
                scheme=scheme, reduced_motion=True, viewport={"width": width, "height": height}
            )
            closing.callback(context.close)
            page = context.new_page()
            console.listen(page)
            chart = ChartPage(page, app.url)
            page.goto(f"{app.url}/{query}")
            return chart

        yield make


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_the_first_view(opened: Opened, scheme: Scheme, width: int) -> None:
    chart = opened(scheme=scheme, width=width)
    chart.ready()
    assert findings(chart.page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "part",
    ["chart-type", "adjust-toggle", "source-picker", "more-menu", "keyboard-help-button", "ticker-input"],
)
def test_what_opens(opened: Opened, part: str, scheme: Scheme) -> None:
    """Each menu, the help, and the matches below the ticker box."""
    chart = opened(scheme=scheme)
    chart.ready()
    chart.part(part).click()
    if part == "ticker-input":
        chart.part(part).press_sequentially("goo")
        expect(chart.part("search-results").get_by_role("option").first).to_be_visible()
    assert findings(chart.page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_what_is_said_of_a_marked_candle_on_a_phone(opened: Opened, scheme: Scheme) -> None:
    """ahead-1, level-23: what happened that day, and where the candle came from."""
    chart = opened("?t=AAPL&r=D&from=2005-02-01&to=2005-02-28", scheme=scheme, width=375)
    chart.ready()
    chart.page.keyboard.press("ArrowLeft")
    expect(chart.part("legend-readout")).to_contain_text("Split 2:1 on 28 Feb 2005")
    assert findings(chart.page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_the_error(opened: Opened, scheme: Scheme, width: int) -> None:
    chart = opened("?t=ZZZQ", scheme=scheme, width=width)
    expect(chart.part("retry-button")).to_be_visible()
    assert findings(chart.page) == []


def test_axe_finds_what_is_wrong(opened: Opened) -> None:
    """The check can fail: a button without a name, and grey on grey."""
    chart = opened()
    chart.ready()
    chart.page.evaluate("""() => {
        document.querySelector('[data-testid="theme-toggle"]').removeAttribute('aria-label');
        document.querySelector('[data-testid="theme-toggle"]').removeAttribute('title');
        document.documentElement.style.setProperty('--quiet', '#9a9a9a');
    }""")
    assert {found.split(" | ")[0] for found in findings(chart.page)} == {"button-name", "color-contrast"}


@pytest.mark.parametrize("width", [1280, 375])
def test_the_header_spans_a_page_without_a_chart(
    page: Page, app: AppProcess, width: int, console: Console
) -> None:
    console.allow("status of 404")
    page.set_viewport_size({"width": width, "height": 667})
    page.goto(f"{app.url}/nothing")
    box = page.locator(".header").bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, width)


def test_the_way_home_is_large_enough_to_touch(chart: ChartPage) -> None:
    chart.page.set_viewport_size({"width": 375, "height": 667})
    chart.open()
    box = chart.page.locator(".brand").bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 40
    assert box["x"] >= 0


def test_the_status_line_is_scrolled_by_key_where_it_is_too_long(chart: ChartPage) -> None:
    """Elsewhere, and where all of it is seen, the arrows lead from candle to candle."""
    chart.open()
    status, readout = chart.card.locator(".status"), chart.part("legend-readout")
    newest = readout.inner_text()
    chart.page.set_viewport_size({"width": 375, "height": 667})
    chart.ready()
    status.focus()
    chart.page.keyboard.press("ArrowRight")
    chart.page.wait_for_function("() => document.querySelector('.status').scrollLeft > 0")
    expect(readout).to_have_text(newest)
    chart.page.set_viewport_size({"width": 1280, "height": 800})
    for _ in range(2):  # to the newest candle, and to the one before it
        chart.page.keyboard.press("ArrowLeft")
    expect(readout).not_to_have_text(newest)


def test_the_help_speaks_of_fingers_too(chart: ChartPage) -> None:
    chart.open()
    chart.part("keyboard-help-button").click()
    expect(chart.part("keyboard-help")).to_contain_text("double-click to show the newest candles")
    expect(chart.part("keyboard-help")).to_contain_text("On a touch screen: drag to move, pinch to zoom.")
