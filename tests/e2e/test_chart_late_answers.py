"""Answers that come late, out of order or never: what is on the screen is what was asked for last."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.kit.chart_page import ChartPage, HeldAnswers, View


def same_view(one: View, other: View) -> bool:
    """Return whether two looks show the same candles."""
    return (one.ticker, one.resolution, one.first, one.last) == (
        other.ticker,
        other.resolution,
        other.first,
        other.last,
    )


def test_panning_away_and_back_before_the_answer_leaves_no_hole(chart: ChartPage) -> None:
    """level-3: an answer that no longer covers the view is followed by another question."""
    before = chart.open("?t=AAPL&r=D&from=2010-01-04&to=2010-04-30")
    held = HeldAnswers(chart.page)
    for _ in range(3):
        chart.drag(900)
        chart.page.wait_for_timeout(200)
    held.wait_for(1)
    for _ in range(3):
        chart.drag(-900)
        chart.page.wait_for_timeout(200)
    held.release()
    expect(chart.card).to_have_attribute("data-first", before.first)
    after = chart.ready()
    assert same_view(after, before)


def test_dragging_while_a_range_is_on_its_way_ends_in_that_range(chart: ChartPage) -> None:
    """H7: the choice counts, not the drag of what it replaces."""
    before = chart.open("?t=AAPL&r=D&from=2010-01-04&to=2010-04-30")
    held = HeldAnswers(chart.page)
    chart.choose("range-1Y")
    held.wait_for(1)
    chart.drag(400)
    held.release()
    after = chart.changed(before)
    assert after.last == "2013-03-01T00:00:00Z"
    assert after.first == "2012-03-01T00:00:00Z"


def test_h28_a_late_answer_of_another_ticker_is_never_drawn(chart: ChartPage) -> None:
    """H28, H29: IBM is asked for, then MSFT; whatever comes first, MSFT is shown."""
    before = chart.open("?t=AAPL")
    held = HeldAnswers(chart.page)
    for ticker in ("IBM", "MSFT"):
        chart.enter(ticker)
    held.wait_for(1)
    held.release()
    after = chart.changed(before)
    assert after.ticker == "MSFT"
    assert chart.page.title() == "MSFT · Chandlery"
    chart.page.wait_for_timeout(500)
    assert chart.view().ticker == "MSFT"


def test_h7_five_fast_range_clicks_end_in_the_last_one(chart: ChartPage) -> None:
    """H7: and only the first and the last are asked of the server."""
    before = chart.open("?t=AAPL")
    asked = len(chart.questions)
    held = HeldAnswers(chart.page)
    for name in ("1M", "3M", "1Y", "MAX", "5Y"):
        chart.choose(f"range-{name}")
    held.wait_for(1)
    held.release()
    after = chart.changed(before)
    assert (after.first[:7], after.resolution) == ("2008-03", "W")
    assert len(chart.questions) == asked + 2


def test_a_resolution_chosen_while_a_pan_is_on_its_way_is_kept(chart: ChartPage) -> None:
    """The answer to the pan comes later than the choice and does not undo it."""
    before = chart.open("?t=AAPL&from=2010-01-04&to=2010-04-30")
    held = HeldAnswers(chart.page)
    chart.drag(900)
    chart.page.wait_for_timeout(200)
    chart.drag(900)
    held.wait_for(1)
    chart.choose("resolution-W")
    held.release()
    after = chart.changed(before)
    assert chart.ready().resolution == after.resolution == "W"
    chart.drag(300)
    assert chart.changed(after).resolution == "W"
