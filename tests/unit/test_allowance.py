"""The windows in which sources are counted, and how they are told (G17: clocks change, months end)."""

from __future__ import annotations

import pytest

from adapters.allowance import Allowance, Window, clock_words, moment_words, used_up
from tests.kit.providers import utc


def at(text: str) -> float:
    return utc(text).timestamp()


@pytest.mark.parametrize(
    ("window", "now", "name", "end"),
    [
        (Window.MINUTE, "2026-11-21 15:04:59", "minute#2026-11-21T15:04", "2026-11-21 15:05"),
        (Window.HOUR, "2026-11-21 15:59:59", "hour#2026-11-21T15", "2026-11-21 16:00"),
        (Window.HOUR, "2026-11-21 16:00", "hour#2026-11-21T16", "2026-11-21 17:00"),
        # Midnight in New York is 05:00 UTC in winter and 04:00 in summer.
        (Window.DAY, "2026-11-21 04:59", "day#2026-11-20", "2026-11-21 05:00"),
        (Window.DAY, "2026-11-21 05:00", "day#2026-11-21", "2026-11-22 05:00"),
        (Window.DAY, "2026-07-02 04:00", "day#2026-07-02", "2026-07-03 04:00"),
        # Midnight in California is 08:00 UTC in winter and 07:00 in summer.
        (Window.PACIFIC_DAY, "2026-11-21 07:59", "pacific_day#2026-11-20", "2026-11-21 08:00"),
        (Window.PACIFIC_DAY, "2026-11-21 08:00", "pacific_day#2026-11-21", "2026-11-22 08:00"),
        (Window.PACIFIC_DAY, "2026-07-02 07:00", "pacific_day#2026-07-02", "2026-07-03 07:00"),
        (Window.PACIFIC_DAY, "2026-03-08 12:00", "pacific_day#2026-03-08", "2026-03-09 07:00"),
        (Window.PACIFIC_DAY, "2026-11-01 12:00", "pacific_day#2026-11-01", "2026-11-02 08:00"),
        (Window.MONTH, "2026-12-01 04:59", "month#2026-11", "2026-12-01 05:00"),
        (Window.MONTH, "2026-12-31 12:00", "month#2026-12", "2027-01-01 05:00"),
        (Window.MONTH, "2028-02-29 12:00", "month#2028-02", "2028-03-01 05:00"),
        # Clocks change: 8 March 2026 has 23 hours, 1 November 2026 has 25, and each hour a name of its own.
        (Window.DAY, "2026-03-08 12:00", "day#2026-03-08", "2026-03-09 04:00"),
        (Window.DAY, "2026-11-01 12:00", "day#2026-11-01", "2026-11-02 05:00"),
        (Window.HOUR, "2026-11-01 05:30", "hour#2026-11-01T05", "2026-11-01 06:00"),
        (Window.HOUR, "2026-11-01 06:30", "hour#2026-11-01T06", "2026-11-01 07:00"),
        (Window.MONTH, "2026-11-01 03:30", "month#2026-10", "2026-11-01 04:00"),
        (Window.MONTH, "2026-11-01 04:30", "month#2026-11", "2026-12-01 05:00"),
    ],
)
def test_a_window_has_a_name_and_an_end(window: Window, now: str, name: str, end: str) -> None:
    assert (window.name_at(at(now)), window.end_s(at(now))) == (name, at(end))


def test_every_hour_of_two_years_lies_in_one_day_and_every_day_in_one_month() -> None:
    """What lets one item hold a window and the shorter ones in it."""
    begin = at("2025-12-31 00:00")
    for hour in range(2 * 366 * 24):
        first, last = begin + hour * 3_600, begin + hour * 3_600 + 3_599
        assert Window.DAY.name_at(first) == Window.DAY.name_at(last)
        assert Window.MONTH.name_at(first)[-7:] == Window.DAY.name_at(last)[-10:-3]
        assert Window.PACIFIC_DAY.name_at(first) == Window.PACIFIC_DAY.name_at(last)
        assert first < Window.HOUR.end_s(first) <= Window.DAY.end_s(first) <= Window.MONTH.end_s(first)


def test_the_sentence_says_until_when() -> None:
    assert used_up("Tiingo", Window.HOUR, at("2026-11-21 20:00")) == (
        "Tiingo's hourly budget is used up until 15:00 (New York)."
    )
    assert used_up("Tiingo", Window.DAY, at("2026-11-22 05:00")) == (
        "Tiingo's daily budget is used up until midnight (New York)."
    )
    assert used_up("YouTube", Window.PACIFIC_DAY, at("2026-11-22 08:00")) == (
        "YouTube's daily budget is used up until 03:00 (New York)."
    )
    assert used_up("Tiingo", Window.MONTH, at("2026-12-01 05:00")) == (
        "Tiingo's monthly budget is used up until 1 December."
    )
    assert used_up("Finnhub", Window.MINUTE, at("2026-11-21 20:05"), kept=True) == (
        "The rest of Finnhub's budget for this minute is kept for new charts until 15:05 (New York)."
    )
    assert moment_words(at("2026-07-02 19:30")) == "15:30 (New York)"


def test_a_time_that_has_been_is_told_with_its_day_where_it_was_not_today() -> None:
    assert clock_words(at("2026-11-21 19:12"), at("2026-11-21 20:00")) == "14:12"
    assert clock_words(at("2026-11-20 19:12"), at("2026-11-21 20:00")) == "20 Nov, 14:12"


def test_an_allowance_tells_its_hour() -> None:
    assert Allowance().calls_per_hour is None
    assert Allowance(symbols=500).requests == {}
    assert Allowance(minute=60).calls_per_hour == 3_600
    assert Allowance(hour=50, day=1_000).calls_per_hour == 50
    assert Allowance(hour=50, day=20).calls_per_hour == 20
    assert [*Allowance(day=2, minute=1).requests] == [Window.MINUTE, Window.DAY]
