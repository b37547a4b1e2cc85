"""What a person does over the chart, looked at while it is under way."""

from __future__ import annotations

import pytest

from tests.kit.chart_eyes import CLOSE_PX, Sight, look, read_canvas
from tests.kit.chart_page import ChartPage

HALF_A_YEAR = "?t=AAPL&r=D&from=2010-01-04&to=2010-06-30"
LAST_PRICE_LINE = """() => {
    const side = window.chandlery.charts.get(1).last.side;
    const colour = window.chandlery.charts.get(1).colours[side];
    const wanted = colour.match(/[0-9a-f]{2}/g).map((pair) => parseInt(pair, 16));
    const { data, width } = window.testCopy('over');
    const top = document.querySelector('canvas.over').getBoundingClientRect().top;
    for (let i = 0; i < data.length; i += 4) {
        const near = wanted.every((value, c) => Math.abs(data[i + c] - value) < 12);
        if (near && data[i + 3] > 200 && (i / 4) % width < 12) return top + Math.floor(i / 4 / width) + 0.5;
    }
    return null;
}"""


def hold(chart: ChartPage, sight: Sight, share: float) -> tuple[float, float]:
    """Press the button where a share of the pane's width is, and return the place."""
    x = sight.left + share * (sight.right - sight.left)
    y = sight.top + (sight.bottom - sight.top) / 2
    chart.page.mouse.move(x, y)
    chart.page.mouse.down()
    return x, y


def test_a_candle_stays_under_the_pointer_while_it_is_dragged(chart: ChartPage) -> None:
    """level-3, level-5: at each step of a drag, not only at its end, and the price axis fits in each."""
    chart.open(HALF_A_YEAR)
    before = look(chart)
    before.check_fit()
    grabbed = before.shown[len(before.shown) // 2]
    x, y = hold(chart, before, 0.5)
    for moved in (40, 160, 330, 210, -280):
        chart.page.mouse.move(x + moved, y, steps=3)
        now = look(chart)
        assert now.of(before.time(grabbed)).middle - grabbed.middle == pytest.approx(moved, abs=CLOSE_PX)
        now.check_axis()
        now.check_fit()
    chart.page.mouse.up()
    rested = look(chart)
    assert rested.transforms == []
    rested.check_axis()
    rested.check_fit()


def test_candles_loaded_during_a_drag_take_their_places_in_it(chart: ChartPage) -> None:
    """level-3: an answer is drawn while the button is held, and nothing jumps."""
    chart.open(HALF_A_YEAR)
    before = look(chart)
    asked = len(chart.questions)
    x, y = hold(chart, before, 0.05)
    grabbed = before.shown[5]
    drawn = before.time(before.boxes[0])
    chart.page.mouse.move(x + 1000, y, steps=10)
    chart.page.wait_for_function("(first) => window.chandlery.charts.get(1).bars.t[0] < first", arg=drawn)
    now = look(chart)
    assert len(chart.questions) > asked
    assert now.of(before.time(grabbed)).middle - grabbed.middle == pytest.approx(1000, abs=CLOSE_PX)
    now.check_axis()
    now.check_fit()
    chart.page.mouse.move(x + 900, y, steps=3)
    look(chart).check_axis()
    chart.page.mouse.up()


def test_the_candle_under_the_wheel_stays_and_all_are_on_their_axis(chart: ChartPage) -> None:
    """Zoom goes around the pointer; in every frame of the gesture candles and axis agree."""
    chart.open(HALF_A_YEAR)
    before = look(chart)
    aimed = before.shown[len(before.shown) // 3]
    chart.page.mouse.move(aimed.middle, before.top + 100)
    spans = [before.span]
    for turn in (-120, -120, -120, 120, 120, 120, 120):
        chart.page.mouse.wheel(0, turn)
        chart.page.wait_for_function(
            "(span) => { const [a, b] = window.chandlery.charts.get(1).view.range; return b - a !== span; }",
            arg=spans[-1],
        )
        now = look(chart)
        spans.append(now.span)
        assert now.of(before.time(aimed)).middle == pytest.approx(aimed.middle, abs=CLOSE_PX)
        now.check_axis()
        now.check_fit()
    assert spans[3] == pytest.approx(spans[0] / 1.1**3)
    assert spans[7] == pytest.approx(spans[0] * 1.1)


def test_the_last_price_is_painted_at_the_height_of_the_newest_close(chart: ChartPage) -> None:
    """Canvas and Plotly's layers have one price axis, also while the button is held."""
    chart.open("?t=AAPL&r=D&from=2012-11-01&to=2013-03-01")
    x, y = hold(chart, look(chart), 0.3)
    for moved in (0, 150, -200):
        chart.page.mouse.move(x + moved, y, steps=4)
        now = look(chart)
        newest = now.boxes[-1]
        high, low, close = (now.facts[name][-1] for name in ("high", "low", "close"))
        height = newest.top + (high - close) / (high - low) * (newest.bottom - newest.top)
        assert read_canvas(chart, LAST_PRICE_LINE) == pytest.approx(height, abs=CLOSE_PX)
    chart.page.mouse.up()


def test_dragging_far_beyond_both_ends_keeps_candles_on_the_screen(chart: ChartPage) -> None:
    """level-3, level-5: a quarter of the view at least is candles, neither ghosts nor emptiness."""
    ends = {1: "?t=AAPL&range=MAX", -1: "?t=AAPL&r=D&from=2012-12-03&to=2013-03-01"}
    for way, query in ends.items():
        chart.open(query)
        for _ in range(3):
            x, y = hold(chart, look(chart), 0.5 - way * 0.45)
            chart.page.mouse.move(x + way * 1100, y, steps=5)
            now = look(chart)
            now.check_fit()
            chart.page.mouse.up()
        assert now.shown[-1].middle - now.shown[0].middle > (now.right - now.left) * 0.2


def test_a_double_click_shows_the_newest_candles_and_no_margin(chart: ChartPage) -> None:
    """level-5: the zoom is kept; neither the loaded margins nor Plotly's own autorange come up."""
    view = chart.open(HALF_A_YEAR)
    before = look(chart)
    chart.double_click((before.left + before.right) / 2, before.top + 150)
    after = chart.changed(view)
    now = look(chart)
    assert after.last == "2013-03-01T00:00:00Z"
    assert now.span == pytest.approx(before.span)
    now.check_fit()
    newest = now.shown[-1]
    assert now.right - (now.right - now.left) * 0.08 < newest.right < now.right


def test_a_click_is_no_drag(chart: ChartPage) -> None:
    """A hand is never quite still: two pixels move nothing."""
    view = chart.open(HALF_A_YEAR)
    before = look(chart)
    x, y = hold(chart, before, 0.5)
    chart.page.mouse.move(x + 2, y)
    chart.page.mouse.up()
    assert look(chart).facts["window"] == before.facts["window"]
    assert chart.view() == view


def test_the_right_button_and_a_button_in_the_stage_drag_nothing(chart: ChartPage) -> None:
    """Only the first button drags."""
    chart.open(HALF_A_YEAR)
    before = look(chart)
    chart.page.mouse.move(before.left + 600, before.top + 150)
    chart.page.mouse.down(button="right")
    chart.page.mouse.move(before.left + 300, before.top + 150, steps=4)
    chart.page.mouse.up(button="right")
    assert look(chart).facts["window"] == before.facts["window"]


def test_a_drag_that_leaves_the_window_ends_where_the_button_is_let_go(chart: ChartPage) -> None:
    """The pointer is captured: the chart follows outside of its stage and rests when it is released there."""
    chart.open(HALF_A_YEAR)
    before = look(chart)
    x, _ = hold(chart, before, 0.5)
    chart.page.mouse.move(x + 200, 5, steps=5)
    chart.page.mouse.up()
    after = look(chart)
    assert after.transforms == []
    moved = after.of(before.time(before.shown[20])).middle - before.shown[20].middle
    assert moved == pytest.approx(200, abs=CLOSE_PX)
    chart.page.mouse.move(x - 100, before.top + 150, steps=4)
    assert look(chart).facts["window"] == after.facts["window"]
