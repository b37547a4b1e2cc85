"""What becomes of the view when the window around it changes, and of one chart beside another."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext

from tests.kit.app_process import AppProcess
from tests.kit.chart_eyes import look
from tests.kit.chart_page import ChartPage, View
from tests.kit.console import Console

HALF_A_YEAR = "?t=AAPL&r=D&from=2010-01-04&to=2010-06-30"
OVERFLOW = """() => {
    const parts = document.querySelectorAll('.header, .toolbar, .strip, .stage, .status, .menus');
    const wide = [...parts]
        .filter((part) => part.getBoundingClientRect().right > window.innerWidth + 0.5)
        .map((part) => part.className);
    const { scrollWidth } = document.scrollingElement;
    return scrollWidth > window.innerWidth ? [...wide, `page: ${scrollWidth}`] : wide;
}"""
FILLED = """(width) => {
    const stage = document.querySelector('.stage');
    const gd = stage.querySelector('.js-plotly-plot');
    return (width === null || window.innerWidth === width) && gd._fullLayout.width === stage.clientWidth &&
        gd._fullLayout.height === stage.clientHeight;
}"""


def same(view: View, before: View) -> None:
    """Check that the same candles are shown, of the same answer."""
    assert view == before


def sized(chart: ChartPage, width: int, height: int) -> None:
    """Change the window and wait until the chart has its new size."""
    chart.page.set_viewport_size({"width": width, "height": height})
    chart.page.wait_for_function(FILLED, arg=width)


def test_h10_two_charts_are_independent(context: BrowserContext, app: AppProcess, console: Console) -> None:
    """H10: two tabs of one browser; what one does the other neither shows nor keeps."""
    charts = []
    for ticker in ("AAPL", "MSFT"):
        page = context.new_page()
        console.listen(page)
        charts.append(ChartPage(page, app.url))
        charts[-1].open(f"?t={ticker}&r=D&from=2010-01-04&to=2010-06-30")
    one, other = charts
    before = other.view()
    asked = len(other.questions)
    one.page.bring_to_front()
    moved = one.view()
    one.choose("range-5Y")
    moved = one.changed(moved)
    one.page.keyboard.press("l")
    one.enter("IBM")
    assert one.changed(moved).ticker == "IBM"
    other.page.bring_to_front()
    same(other.view(), before)
    assert len(other.questions) == asked
    assert other.card.get_attribute("data-scale") == "linear"
    other.drag(200)
    assert other.changed(before).ticker == "MSFT"
    assert one.view().ticker == "IBM"
    one.page.bring_to_front()
    one.page.reload()
    assert one.ready().ticker == "IBM"


def test_h11_a_resize_keeps_the_candles_and_nothing_overflows(chart: ChartPage) -> None:
    """H11: 1920, 1280, 768, 375 and back; the same candles, without a question."""
    before = chart.open(HALF_A_YEAR)
    asked = len(chart.questions)
    window = look(chart).facts["window"]
    for width in (1920, 1280, 768, 375, 1280):
        sized(chart, width, 800)
        same(chart.ready(), before)
        seen = look(chart)
        assert seen.facts["window"] == window
        seen.check_axis()
        seen.check_fit()
        assert chart.page.evaluate(OVERFLOW) == [], width
    assert len(chart.questions) == asked


@pytest.mark.parametrize("width", [1920, 1280, 768, 375, 320])
def test_a_page_opened_at_a_width_overflows_nowhere(chart: ChartPage, width: int) -> None:
    """H11: with the longest words that a view has."""
    chart.page.set_viewport_size({"width": width, "height": 700})
    chart.open("?t=AAPL&from=1990-01-01&to=1990-12-31")
    assert chart.page.evaluate(OVERFLOW) == []
    chart.open("?t=AAPL&r=5&from=2013-02-25&to=2013-03-01")
    assert chart.page.evaluate(OVERFLOW) == []
    look(chart).check_fit()


def test_h13_fullscreen_keeps_the_candles(chart: ChartPage) -> None:
    """H13: by button and by key, there and back."""
    before = chart.open(HALF_A_YEAR)
    asked = len(chart.questions)
    whole = "(is) => Boolean(document.fullscreenElement) === is"
    toggles = [
        lambda: chart.page.get_by_test_id("fullscreen-toggle").click(),
        lambda: chart.page.keyboard.press("f"),
    ]
    for step in range(4):
        toggles[step % 2]()
        chart.page.wait_for_function(whole, arg=step % 2 == 0)
        chart.page.wait_for_function(FILLED, arg=None)
        same(chart.ready(), before)
        look(chart).check_axis()
        assert chart.page.evaluate(OVERFLOW) == []
    assert len(chart.questions) == asked


def test_h14_turning_a_phone_keeps_the_candles(chart: ChartPage) -> None:
    """H14: upright, lying, upright; nothing is asked."""
    chart.page.set_viewport_size({"width": 375, "height": 667})
    before = chart.open(HALF_A_YEAR)
    asked = len(chart.questions)
    for width, height in ((667, 375), (375, 667)):
        sized(chart, width, height)
        same(chart.ready(), before)
        seen = look(chart)
        seen.check_axis()
        seen.check_fit()
        assert chart.page.evaluate(OVERFLOW) == []
    assert len(chart.questions) == asked


def test_a_resize_during_a_drag_leaves_the_candle_where_the_axis_has_it(chart: ChartPage) -> None:
    """A keyboard that slides in, a window that is tiled: the gesture goes on."""
    chart.open(HALF_A_YEAR)
    box = chart.part_box()
    chart.page.mouse.move(box["x"] + 300, box["y"] + 100)
    chart.page.mouse.down()
    chart.page.mouse.move(box["x"] + 400, box["y"] + 100, steps=3)
    sized(chart, 1000, 700)
    chart.page.mouse.move(box["x"] + 500, box["y"] + 100, steps=3)
    now = look(chart)
    now.check_axis()
    now.check_fit()
    chart.page.mouse.up()
    assert look(chart).transforms == []


def test_the_wheel_goes_from_minutes_to_months_and_keeps_the_place(chart: ChartPage) -> None:
    """level-2, level-4: through the levels in order, and what was under the pointer is still there."""
    view = chart.open("?t=AAPL&from=2008-06-11T14:30Z&to=2008-06-11T16:00Z")
    box = chart.part_box()
    pixel = box["x"] + box["width"] * 0.4
    chart.page.mouse.move(pixel, box["y"] + 100)
    place = look(chart).at(pixel)
    seen = [view.resolution]
    for _ in range(60):
        if seen[-1] == "M":
            break
        before = look(chart).span
        for _ in range(3):
            chart.page.mouse.wheel(0, 240)
        chart.page.wait_for_function(
            """(span) => {
                const chart = window.chandlery.charts.get(1);
                const [low, high] = chart.view.range;
                return high - low > span && chart.card.dataset.state === 'ready';
            }""",
            arg=before,
        )
        view = chart.ready()
        now = look(chart)
        slot = chart.page.evaluate("() => window.chandlery.charts.get(1).bars.slot")
        assert abs(now.at(pixel) - place) <= slot
        now.check_axis()
        if view.resolution != seen[-1]:
            seen.append(view.resolution)
    order = ["1", "5", "15", "30", "60", "D", "W", "M"]
    assert [order.index(level) for level in seen] == sorted({order.index(level) for level in seen})
    assert seen[0] == "1"
    assert {"5", "60", "D", "W", "M"} <= set(seen)
