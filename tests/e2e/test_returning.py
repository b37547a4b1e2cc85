"""Coming back to the tab: after five minutes away the chart asks again, sooner it does not (section 6)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.kit.chart_page import ChartPage, is_question

MIDDLE = "?t=AAPL&r=D&from=2010-01-04&to=2010-06-30"
BEGIN = datetime(2010, 1, 4, tzinfo=UTC)
WEEK_S = 7 * 86_400
JUST_UNDER, JUST_OVER = "04:59", "05:01"

# No driver can put a tab into the background, so the document says that it is there.
SHOWN = """hidden => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });
    document.dispatchEvent(new Event('visibilitychange'));
}"""


def opened(chart: ChartPage) -> None:
    """Open the page in a time of its own."""
    chart.page.clock.install()
    chart.open(MIDDLE)
    assert len(chart.questions) == 1


def away(chart: ChartPage, how_long: str) -> None:
    """Leave the tab and come back."""
    chart.page.evaluate(SHOWN, arg=True)
    chart.page.clock.fast_forward(how_long)
    chart.page.evaluate(SHOWN, arg=False)


def newest(chart: ChartPage) -> dict[str, Any]:
    """Return what the last question asks."""
    asked: dict[str, Any] = chart.body(chart.questions[-1])["inputs"][0]["value"]
    return asked


def test_h24_h26_after_five_minutes_away_the_chart_asks_once_for_what_it_shows(chart: ChartPage) -> None:
    """H24, H26: one question, put by the return; a second one would have been asked while nobody looked."""
    opened(chart)
    before = chart.view()
    with chart.page.expect_response(lambda answer: is_question(answer.request)):
        away(chart, JUST_OVER)
    assert chart.ready() == before
    assert len(chart.questions) == 2
    asked = newest(chart)
    assert (asked["ticker"], asked["resolution"], asked["range"]) == ("AAPL", "D", None)
    assert abs(asked["from"] - BEGIN.timestamp()) < WEEK_S


def test_h25_sooner_it_does_not_and_short_absences_do_not_add_up(chart: ChartPage) -> None:
    """H25: the next question is the person's own."""
    opened(chart)
    before = chart.view()
    away(chart, JUST_UNDER)
    away(chart, JUST_UNDER)
    chart.choose("range-5Y")
    chart.changed(before)
    assert len(chart.questions) == 2
    assert newest(chart)["range"] == "5Y"


def test_h24_each_long_absence_counts(chart: ChartPage) -> None:
    """H24: who comes back twice sees what is new twice."""
    opened(chart)
    for times in (1, 2):
        with chart.page.expect_response(lambda answer: is_question(answer.request)):
            away(chart, JUST_OVER)
        chart.ready()
        assert len(chart.questions) == 1 + times
