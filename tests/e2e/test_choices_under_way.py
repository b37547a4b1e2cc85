"""What a person does while a choice of theirs is still on its way, or after it got no answer."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.kit.chart_page import CALLBACKS, ChartPage, HeldAnswers
from tests.kit.console import Console

WINDOW = "?t=AAPL&r=D&from=2010-01-04&to=2010-04-30"
RANGE = "() => window.chandlery.charts.get(1).view.range"


def test_r03_coming_back_while_a_choice_is_open_asks_for_that_choice(chart: ChartPage) -> None:
    """A refresh once carried the new ticker with the old view: another time by another calendar."""
    before = chart.open(WINDOW)
    held = HeldAnswers(chart.page)
    chart.enter("IBM")
    held.wait_for(1)
    chart.page.evaluate("() => window.chandlery.charts.get(1).refresh()")
    held.release()
    after = chart.changed(before, lambda view: view.ticker)
    assert (after.ticker, after.first, after.last) == ("IBM", before.first, before.last)
    asked = [chart.body(question)["inputs"][0]["value"] for question in chart.questions]
    assert [value.get("ticker") for value in asked][1:] == ["IBM", "IBM"]
    assert not any(value.get("pan") for value in asked)


def test_r03_a_choice_that_failed_leaves_the_ticker_on_the_screen_to_the_keys(
    chart: ChartPage, console: Console
) -> None:
    """And the retry is of that choice."""
    console.allow("Failed to load resource", "500", "Error", "Callback error")
    before = chart.open(WINDOW)
    chart.page.route(CALLBACKS, lambda route: route.fulfill(status=500, body="{}"))
    chart.enter("IBM")
    expect(chart.card).to_have_attribute("data-state", "error")
    chart.page.unroute(CALLBACKS)
    chart.page.locator(".stage").focus()
    chart.page.keyboard.press("+")  # what is held does for it: nothing is asked, the sentence stays
    expect(chart.card).not_to_have_attribute("data-first", before.first)
    assert chart.view().ticker == "AAPL"
    chart.choose("retry-button")
    after = chart.changed(before, lambda view: view.ticker)
    assert (after.ticker, after.first, after.last) == ("IBM", before.first, before.last)


def test_r03_keys_that_hush_a_question_do_not_keep_it_from_being_asked_again(chart: ChartPage) -> None:
    """To the begin, to the end and to the begin again, faster than questions go."""
    chart.page.emulate_media(reduced_motion="reduce")
    chart.open("?t=AAPL")
    chart.page.locator(".stage").focus()
    for key in ("Home", "End", "Home"):
        chart.page.keyboard.press(key)
        chart.page.wait_for_timeout(40)
    expect(chart.card).to_have_attribute("data-first", "2000-03-01T00:00:00Z")
    assert chart.ready().candles > 0


def test_r03_reading_candle_by_candle_goes_on_when_candles_arrive(chart: ChartPage) -> None:
    """The mark stays on its candle while its number changes."""
    chart.open("?t=AAPL&r=D&from=2012-06-01&to=2012-08-01")
    chart.page.locator(".stage").focus()
    marked = (
        """() => { const { view, bars } = window.chandlery.charts.get(1); return bars.t[view.cursor]; }"""
    )
    read = []
    for turn in range(5):
        for _ in range(30):
            chart.page.keyboard.press("ArrowLeft")
        chart.page.wait_for_timeout(300)
        chart.ready()
        read.append(chart.page.evaluate(marked))
        assert len(read) == turn + 1
    assert read == sorted(read, reverse=True)
    assert len(chart.questions) > 1


def test_r03_a_movement_begun_before_an_answer_does_not_drag_it_away(chart: ChartPage) -> None:
    """The choice counts; what moved was the view before it."""
    before = chart.open("?t=AAPL&from=2005-03-01&to=2005-06-01")
    held = HeldAnswers(chart.page)
    chart.choose("range-1Y")
    held.wait_for(1)
    chart.page.locator(".stage").focus()
    # The movement is under way, however slow the machine is, when the answer is drawn.
    chart.page.evaluate(
        """() => {
            const chart = window.chandlery.charts.get(1);
            const draw = chart.draw;
            chart.draw = (message) => { chart.keys.shift(-1); return draw(message); };
        }"""
    )
    held.release()
    after = chart.changed(before, lambda view: view.last)
    assert (after.first, after.last) == ("2012-03-01T00:00:00Z", "2013-03-01T00:00:00Z")
    expect(chart.part("range-1Y")).to_have_attribute("aria-pressed", "true")


@pytest.mark.needs("cdp")
def test_r03_the_canvases_follow_the_density_of_the_screen(chart: ChartPage) -> None:
    """A window that is moved to another screen: what is painted next is painted for it."""
    chart.open(WINDOW)
    screen = chart.page.context.new_cdp_session(chart.page)
    size = {"width": 1280, "height": 800, "mobile": False}
    screen.send("Emulation.setDeviceMetricsOverride", {**size, "deviceScaleFactor": 2})
    box = chart.part_box()
    chart.page.mouse.move(box["x"] + 300, box["y"] + 100)
    chart.page.wait_for_function(
        """() => {
            const canvas = document.querySelector('canvas.over');
            return canvas.width === 2 * canvas.clientWidth && canvas.getContext('2d').getTransform().a === 2;
        }"""
    )
