"""Coarser candles: OHLC-true, anchored by the calendar (cache-1, B3, B5)."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from market.aggregate import aggregate_daily, aggregate_intraday, period_days
from market.calendars import sessions_of
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S, day_number

XNYS = "XNYS"


def _bars(times: np.ndarray) -> Candles:
    """Return bars whose prices rise by one from bar to bar."""
    base = np.arange(len(times), dtype=np.float64) + 100
    return Candles.of(times, base, base + 0.75, base - 0.5, base + 0.25, np.full(len(times), 10))


def _days(*days: date) -> Candles:
    return _bars(np.array([day_number(d) * DAY_S for d in days]))


def _labels(candles: Candles) -> list[str]:
    return [str(t) for t in candles.time.astype("datetime64[s]").astype("datetime64[D]")]


def test_three_five_minute_bars_become_one_of_fifteen() -> None:
    sessions = sessions_of(XNYS)
    i = sessions.index(date(2025, 12, 23))
    got = aggregate_intraday(_bars(sessions.bar_starts(i, Resolution.M5)), sessions, Resolution.M15)
    assert np.array_equal(got.time, sessions.bar_starts(i, Resolution.M15))
    first = (got.open[0], got.high[0], got.low[0], got.close[0], got.volume[0])
    assert first == (100.0, 102.75, 99.5, 102.25, 30)


@pytest.mark.parametrize("resolution", [Resolution.M15, Resolution.M30, Resolution.M60])
@pytest.mark.parametrize(
    ("name", "day"),
    [
        (XNYS, date(2024, 11, 29)),
        (XNYS, date(2024, 3, 11)),
        ("XTKS", date(2025, 1, 6)),
        ("CMES", date(2025, 1, 6)),
    ],
)
def test_every_expected_bar_of_a_whole_session_is_built(name: str, day: date, resolution: Resolution) -> None:
    """G3, C8: half-days, a day after the clocks change, a lunch break, an open on the day before."""
    sessions = sessions_of(name)
    i = sessions.index(day)
    minutes = _bars(sessions.bar_starts(i, Resolution.M1))
    got = aggregate_intraday(minutes, sessions, resolution)
    assert np.array_equal(got.time, sessions.bar_starts(i, resolution))
    assert got.volume.sum() == minutes.volume.sum()


def test_a_bucket_keeps_its_start_when_its_first_minutes_are_missing() -> None:
    sessions = sessions_of(XNYS)
    starts = sessions.bar_starts(sessions.index(date(2025, 12, 23)), Resolution.M1)
    got = aggregate_intraday(_bars(starts[[7, 8, 40]]), sessions, Resolution.M15)
    assert got.time.tolist() == [starts[0], starts[30]]


def test_bars_begin_anew_after_a_lunch_break() -> None:
    """Tokyo's morning has two and a half hours: its last hour bar is short, the afternoon begins anew."""
    sessions = sessions_of("XTKS")
    i = sessions.index(date(2025, 1, 6))
    minutes = _bars(sessions.bar_starts(i, Resolution.M1))
    got = aggregate_intraday(minutes, sessions, Resolution.M60)
    assert got.volume.tolist() == [600, 600, 300, 600, 600, 600]
    assert got.time[3] == sessions.break_end[i]


def test_bars_outside_the_sessions_are_left_out() -> None:
    sessions = sessions_of("XTKS")
    i = sessions.index(date(2025, 1, 6))
    outside = [sessions.open[i] - 60, sessions.break_start[i], sessions.close[i], sessions.close[i] + 7_200]
    inside = [sessions.open[i], sessions.break_end[i]]
    got = aggregate_intraday(_bars(np.sort([*outside, *inside])), sessions, Resolution.M60)
    assert got.time.tolist() == inside
    assert len(aggregate_intraday(_bars(np.array(outside)), sessions, Resolution.M60)) == 0


def test_a_bar_before_the_calendar_begins_is_left_out() -> None:
    sessions = sessions_of(XNYS)
    assert len(aggregate_intraday(_bars(sessions.open[:1] - 60), sessions, Resolution.M5)) == 0


def test_weeks_and_months_begin_with_the_first_session_of_the_calendar_not_with_the_first_bar() -> None:
    """Labour Day 2025 was Monday, 1 September: week and month begin on the 2nd, whatever bars there are."""
    daily = _days(date(2025, 8, 29), date(2025, 9, 4), date(2025, 9, 5), date(2025, 9, 8))
    sessions = sessions_of(XNYS)
    assert _labels(aggregate_daily(daily, sessions, Resolution.WEEK)) == [
        "2025-08-25",
        "2025-09-02",
        "2025-09-08",
    ]
    assert _labels(aggregate_daily(daily, sessions, Resolution.MONTH)) == ["2025-08-01", "2025-09-02"]


def test_a_week_is_open_of_the_first_close_of_the_last_extremes_and_sum() -> None:
    daily = Candles.of(
        [day_number(date(2025, 9, d)) * DAY_S for d in (8, 9, 10)],
        [10, 12, 11], [13, 12.5, 14], [9.5, 8, 10.5], [12, 8.5, 13.5], [1, 2, 2**40],
    )  # fmt: skip
    got = aggregate_daily(daily, sessions_of(XNYS), Resolution.WEEK)
    assert got == Candles.of([day_number(date(2025, 9, 8)) * DAY_S], [10], [14], [8], [13.5], [2**40 + 3])


def test_a_week_across_new_year_is_one_week() -> None:
    daily = _days(date(2024, 12, 30), date(2024, 12, 31), date(2025, 1, 2), date(2025, 1, 3))
    assert _labels(aggregate_daily(daily, sessions_of(XNYS), Resolution.WEEK)) == ["2024-12-30"]


def test_a_week_that_the_calendar_does_not_know_is_labelled_with_its_first_bar() -> None:
    """Tokyo was closed for ten days in 2019; some source may have a bar there all the same."""
    sessions = sessions_of("XTKS")
    golden_week = _days(date(2019, 4, 30), date(2019, 5, 2))
    assert _labels(aggregate_daily(golden_week, sessions, Resolution.WEEK)) == ["2019-04-30"]
    far_ahead = _days(date(2099, 1, 7))
    assert _labels(aggregate_daily(far_ahead, sessions, Resolution.MONTH)) == ["2099-01-07"]


def test_nothing_gives_nothing() -> None:
    sessions = sessions_of(XNYS)
    assert len(aggregate_intraday(Candles.empty(), sessions, Resolution.M15)) == 0
    assert len(aggregate_daily(Candles.empty(), sessions, Resolution.WEEK)) == 0


def test_a_resolution_of_the_other_kind_is_refused() -> None:
    sessions = sessions_of(XNYS)
    with pytest.raises(ValueError, match="D has no length"):
        aggregate_intraday(Candles.empty(), sessions, Resolution.DAY)
    with pytest.raises(ValueError, match="W or M, not to 60"):
        aggregate_daily(Candles.empty(), sessions, Resolution.M60)
    with pytest.raises(ValueError, match="5 is not made of days"):
        period_days(np.zeros(1, dtype=np.int64), Resolution.M5)
