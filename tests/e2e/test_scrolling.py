"""The chart does not hold the page: wheel at a limit, vertical swipe, a low window."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import CDPSession, Page, ViewportSize

from tests.kit.app_process import AppProcess
from tests.kit.chart_eyes import look
from tests.kit.chart_page import ChartPage
from tests.kit.console import Console
from tests.kit.engines import Engine

LOW: ViewportSize = {"width": 800, "height": 260}
PHONE = {"width": 375, "height": 300}
SCROLLED = "() => document.scrollingElement.scrollTop"
SPAN = "() => { const [a, b] = window.chandlery.charts.get(1).view.range; return b - a; }"


@pytest.fixture
def low_page(chart: ChartPage) -> ChartPage:
    """Return a chart in a window that is too low for it, so that the page scrolls."""
    chart.page.set_viewport_size(LOW)
    chart.open("?t=AAPL&r=M&range=MAX")
    room = chart.page.evaluate("() => document.scrollingElement.scrollHeight - window.innerHeight")
    assert room > 20, "this window must be too low for the page, or the test shows nothing"
    return chart


def over_the_stage(chart: ChartPage) -> None:
    box = chart.part_box()
    chart.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)


def test_the_wheel_scrolls_the_page_where_the_chart_has_reached_its_limit(low_page: ChartPage) -> None:
    """No scroll trap: the first turns zoom and leave the page alone, at the widest view they scroll it."""
    over_the_stage(low_page)
    before = low_page.page.evaluate(SPAN)
    low_page.page.mouse.wheel(0, -120)
    low_page.page.wait_for_function(f"(span) => ({SPAN})() < span", arg=before)
    assert low_page.page.evaluate(SCROLLED) == 0
    for _ in range(60):
        low_page.page.mouse.wheel(0, 360)
        low_page.page.evaluate("() => new Promise((done) => requestAnimationFrame(() => done()))")
        if low_page.page.evaluate(SCROLLED) > 0:
            break
    low_page.page.wait_for_function("() => document.scrollingElement.scrollTop > 0")


def test_shift_and_the_wheel_move_the_view_and_not_the_page(chart: ChartPage) -> None:
    """Sideways wheel pans; the span is kept."""
    view = chart.open("?t=AAPL&r=D&from=2010-01-04&to=2010-06-30")
    before = look(chart)
    over_the_stage(chart)
    chart.page.mouse.wheel(-300, 0)
    after = chart.changed(view)
    now = look(chart)
    assert after.first < view.first
    assert now.span == pytest.approx(before.span)
    assert before.at(before.left) - now.at(now.left) == pytest.approx(
        300 * before.span / (before.right - before.left)
    )


Finger = Callable[[float, float, float, float], None]


@pytest.fixture
def phone(engine: Engine, app: AppProcess, console: Console) -> Iterator[ChartPage]:
    """Return a chart on a low phone with a touch screen."""
    context = engine.context(has_touch=True, is_mobile=True, viewport=PHONE)
    page = context.new_page()
    console.listen(page)
    yield ChartPage(page, app.url)
    context.close()


@pytest.fixture
def finger(phone: ChartPage) -> Finger:
    """Return a swipe from a place by so many pixels, as the browser itself takes it from a screen."""
    session: CDPSession = phone.page.context.new_cdp_session(phone.page)

    def send(kind: str, x: float, y: float) -> None:
        points = [] if kind == "touchEnd" else [{"x": x, "y": y}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def swipe(x: float, y: float, right: float, down: float) -> None:
        send("touchStart", x, y)
        for step in range(1, 9):
            send("touchMove", x + right * step / 8, y + down * step / 8)
        send("touchEnd", x, y)

    return swipe


def middle(page: Page) -> tuple[float, float]:
    box = page.locator(".stage").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, min(box["y"] + box["height"] / 2, PHONE["height"] - 20)


@pytest.mark.needs("touch", "cdp")
def test_a_vertical_swipe_scrolls_the_page_and_leaves_the_chart(phone: ChartPage, finger: Finger) -> None:
    """level-16: the finger's way up is the page's."""
    phone.open("?t=AAPL&r=D&from=2010-01-04&to=2010-06-30")
    before = look(phone)
    finger(*middle(phone.page), 0, -120)
    phone.page.wait_for_function("() => document.scrollingElement.scrollTop > 20")
    assert look(phone).facts["window"] == before.facts["window"]


@pytest.mark.needs("touch", "cdp")
def test_a_horizontal_swipe_moves_the_chart_and_leaves_the_page(phone: ChartPage, finger: Finger) -> None:
    """level-16: the candle under the finger goes with it."""
    view = phone.open("?t=AAPL&r=D&from=2010-01-04&to=2010-06-30")
    before = look(phone)
    finger(*middle(phone.page), 120, 0)
    phone.changed(view)
    now = look(phone)
    assert phone.page.evaluate(SCROLLED) == 0
    pixels = (
        now.pixel(0) - before.pixel(before.facts["times"].index(now.facts["times"][0]))
        if (now.facts["times"][0] in before.facts["times"])
        else 120
    )
    assert pixels == pytest.approx(120, abs=8)
    assert now.transforms == []


@pytest.mark.needs("touch", "cdp")
def test_a_tap_reads_a_candle(phone: ChartPage, finger: Finger) -> None:
    """level-16, level-7: without a pointer that hovers, a tap points."""
    phone.open("?t=AAPL&r=D&from=2010-01-04&to=2010-02-26")
    newest = phone.part("legend-readout").inner_text()
    sight = look(phone)
    x, y = sight.shown[3].middle, middle(phone.page)[1]
    phone.page.touchscreen.tap(x, y)
    phone.page.wait_for_function(
        "(text) => document.querySelector('[data-testid=\"legend-readout\"]').innerText !== text", arg=newest
    )
    assert "Thu 7 Jan 2010" in phone.part("legend-readout").inner_text()
