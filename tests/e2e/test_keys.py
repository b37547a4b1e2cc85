"""Everything a keyboard does on the chart page (level-15)."""

from __future__ import annotations

from datetime import date

import pytest
from playwright.sync_api import expect

from tests.kit.chart_eyes import look
from tests.kit.chart_page import ChartPage

TWO_MONTHS = "?t=AAPL&r=D&from=2010-01-04&to=2010-02-26"


def sessions(chart: ChartPage, start: str, end: str) -> list[str]:
    """Return the days of a span as the read-out names them, from the API."""
    url = f"{chart.url}/api/v2/tickers/AAPL/ohlc?start_date={start}&end_date={end}&resolution=D"
    days = [
        date.fromisoformat(candle["date"][:10]) for candle in chart.page.request.get(url).json()["candles"]
    ]
    return [day.strftime("%a %-d %b %Y") for day in days]


def test_arrows_read_candle_by_candle(chart: ChartPage) -> None:
    """level-7: no candle is left out, none is read twice, in both directions."""
    chart.open(TWO_MONTHS)
    span = look(chart).span
    days = sessions(chart, "2010-02-16", "2010-02-26")
    readout = chart.part("legend-readout")
    for day in reversed(days):
        chart.page.keyboard.press("ArrowLeft")
        expect(readout).to_contain_text(day)
    for day in days[1:]:
        chart.page.keyboard.press("ArrowRight")
        expect(readout).to_contain_text(day)
    assert look(chart).span == pytest.approx(span)


def test_the_view_follows_the_candle_that_is_read(chart: ChartPage) -> None:
    """level-7: past the edge, without a jump."""
    view = chart.open("?t=AAPL&r=D&from=2010-02-01&to=2010-02-12")
    before = look(chart)
    for _ in range(len(before.shown) + 3):
        chart.page.keyboard.press("ArrowLeft")
    expect(chart.part("legend-readout")).to_contain_text("Wed 27 Jan 2010")
    chart.page.wait_for_function("() => !window.chandlery.charts.get(1).view.gliding")
    after = chart.changed(view)
    assert after.first[:10] <= "2010-01-27" < after.last
    assert look(chart).span == pytest.approx(before.span)


def test_shift_and_arrows_move_the_view_by_a_quarter(chart: ChartPage) -> None:
    """level-15: there and back again."""
    view = chart.open(TWO_MONTHS)
    before = look(chart)
    chart.page.keyboard.press("Shift+ArrowLeft")
    moved = chart.changed(view)
    now = look(chart)
    assert before.facts["window"][0] - now.facts["window"][0] == pytest.approx(before.span / 4)
    assert now.span == pytest.approx(before.span)
    chart.page.keyboard.press("Shift+ArrowRight")
    chart.changed(moved)
    assert look(chart).facts["window"] == pytest.approx(before.facts["window"])


def test_plus_and_minus_zoom(chart: ChartPage) -> None:
    """level-15: by a fifth, with the newest edge where it is."""
    view = chart.open(TWO_MONTHS)
    before = look(chart)
    chart.page.keyboard.press("+")
    closer = chart.changed(view)
    now = look(chart)
    assert now.span == pytest.approx(before.span * 0.8)
    assert now.facts["window"][1] == pytest.approx(before.facts["window"][1])
    chart.page.keyboard.press("-")
    chart.changed(closer)
    assert look(chart).span == pytest.approx(before.span)


def test_home_and_end_go_to_the_ends_of_history(chart: ChartPage) -> None:
    """level-3: with the span as it is; the start is said."""
    view = chart.open(TWO_MONTHS)
    span = look(chart).span
    chart.page.keyboard.press("Home")
    first = chart.changed(view)
    assert first.first == "2000-03-01T00:00:00Z"
    expect(chart.part("start-of-history")).to_have_text("Start of history: 1 Mar 2000")
    assert look(chart).span == pytest.approx(span)
    chart.page.keyboard.press("End")
    assert chart.changed(first).last == "2013-03-01T00:00:00Z"
    expect(chart.part("start-of-history")).to_be_hidden()
    assert look(chart).span == pytest.approx(span)


def test_digits_choose_resolutions(chart: ChartPage) -> None:
    """level-15: 1 … 8 from minutes to months, 0 what fits."""
    chart.open("?t=AAPL&r=D&from=2013-01-02&to=2013-03-01")
    levels = ["1", "5", "15", "30", "60", "D", "W", "M"]
    for digit, resolution in enumerate(levels, 1):
        chart.page.keyboard.press(str(digit))
        expect(chart.card).to_have_attribute("data-resolution", resolution)
        expect(chart.part(f"resolution-{resolution}")).to_have_attribute("aria-pressed", "true")
        chart.ready()
    chart.page.keyboard.press("0")
    expect(chart.part("resolution-auto")).to_have_attribute("aria-pressed", "true")
    chart.ready()


def test_a_slash_begins_a_search_and_keys_are_then_letters(chart: ChartPage) -> None:
    """level-14: while someone types, no key does what it does elsewhere."""
    view = chart.open(TWO_MONTHS)
    before = look(chart).facts["window"]
    theme = "() => document.documentElement.dataset.mantineColorScheme"
    scheme = chart.page.evaluate(theme)
    chart.page.keyboard.press("/")
    field = chart.page.get_by_test_id("ticker-input")
    expect(field).to_be_focused()
    field.evaluate("field => field.select()")
    for key in ("5", "t", "l", "f", "+", "-", "Home", "ArrowLeft", "Shift+ArrowLeft", "?", "/"):
        chart.page.keyboard.press(key)
    assert look(chart).facts["window"] == before
    assert chart.view() == view
    assert chart.page.evaluate(theme) == scheme
    assert chart.card.get_attribute("data-scale") == "linear"
    assert not chart.page.evaluate("() => Boolean(document.fullscreenElement)")
    expect(chart.page.get_by_test_id("keyboard-help")).to_be_hidden()
    for letter in "5tlf+-?/":
        assert letter in field.input_value()


def test_a_question_mark_opens_the_list_of_keys_and_escape_closes_it(chart: ChartPage) -> None:
    """level-15: under it the chart hears nothing; the button opens it, too."""
    view = chart.open(TWO_MONTHS)
    help_ = chart.page.get_by_test_id("keyboard-help")
    chart.page.keyboard.press("?")
    expect(help_).to_be_visible()
    chart.page.keyboard.press("Home")
    chart.page.keyboard.press("Escape")
    expect(help_).to_be_hidden()
    assert look(chart).transforms == []
    assert chart.view() == view
    chart.page.get_by_test_id("keyboard-help-button").click()
    expect(help_).to_be_visible()
    help_.get_by_role("button").click()
    expect(help_).to_be_hidden()


def test_escape_leaves_the_candle(chart: ChartPage) -> None:
    """level-7: the read-out is of the newest candle again."""
    chart.open(TWO_MONTHS)
    readout = chart.part("legend-readout")
    newest = readout.inner_text()
    for _ in range(4):
        chart.page.keyboard.press("ArrowLeft")
    expect(readout).not_to_have_text(newest, use_inner_text=True)
    chart.page.keyboard.press("Escape")
    expect(readout).to_have_text(newest, use_inner_text=True)


def test_keys_of_the_browser_stay_the_browsers(chart: ChartPage) -> None:
    """Ctrl and plus is the browser's zoom, Alt and an arrow its history."""
    chart.open(TWO_MONTHS)
    before = look(chart).facts["window"]
    taken = chart.page.evaluate(
        """() => ['+', '0', 'f', 'l', 'ArrowLeft'].filter((key) => !document.body.dispatchEvent(
            new KeyboardEvent('keydown', { key, ctrlKey: true, bubbles: true, cancelable: true })))"""
    )
    assert taken == []
    assert look(chart).facts["window"] == before
