"""The questions a chart asks about sessions (C4, C8, C13, G17–G19)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest

from market.calendars import sessions_of
from market.resolution import Resolution
from market.sessions import day_number, day_of

INTRADAY = [r for r in Resolution if r.is_intraday]


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_days_are_counted_from_1970() -> None:
    assert day_number(date(1970, 1, 1)) == 0
    assert day_number(date(1969, 12, 31)) == -1
    assert day_of(day_number(date(2024, 2, 29))) == date(2024, 2, 29)
    assert day_of(np.int64(0)) == date(1970, 1, 1)


def test_today_is_the_exchanges_date_across_midnight_and_clock_changes() -> None:
    """C4, C8, C13, G17: neither the machine's time zone nor UTC decides."""
    sessions = sessions_of("XNYS")
    assert sessions.today(_utc("2025-12-23T04:59:59")) == date(2025, 12, 22)
    assert sessions.today(_utc("2025-12-23T05:00:00")) == date(2025, 12, 23)
    assert sessions.today(_utc("2025-07-01T03:59:59")) == date(2025, 6, 30)
    assert sessions.today(_utc("2025-07-01T04:00:00")) == date(2025, 7, 1)
    assert sessions.today(_utc("2025-12-23T23:59:00")) == date(2025, 12, 23)
    in_tokyo = datetime(2025, 12, 23, 13, 59, tzinfo=timezone(timedelta(hours=9)))
    assert sessions.today(in_tokyo) == date(2025, 12, 22)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2025-12-23T14:29:59", False), ("2025-12-23T14:30:00", True), ("2025-12-23T20:59:59", True),
        ("2025-12-23T21:00:00", False), ("2024-11-29T17:59:59", True), ("2024-11-29T18:00:00", False),
        ("2025-12-25T15:00:00", False), ("2025-12-20T15:00:00", False), ("1989-06-01T15:00:00", False),
    ],
)  # fmt: skip
def test_the_market_is_open_from_the_open_up_to_the_close(moment: str, is_open: bool) -> None:  # noqa: FBT001 - a row of the table
    """cache-7, G18, G19."""
    assert sessions_of("XNYS").is_open(_utc(moment)) is is_open


def test_the_market_is_closed_at_lunch() -> None:
    tokyo = sessions_of("XTKS")
    found = [tokyo.is_open(_utc(f"2025-01-06T{t}")) for t in ("02:29:59", "02:30:00", "03:29:59", "03:30:00")]
    assert found == [True, False, False, True]


def test_at_names_the_session_that_runs_or_ran_last() -> None:
    sessions = sessions_of("XNYS")
    i = sessions.index(date(2025, 12, 23))
    assert sessions.at(_utc("2025-12-23T14:29:59")) == i - 1
    assert sessions.at(_utc("2025-12-23T14:30:00")) == i
    assert sessions.at(_utc("2025-12-24T03:00:00")) == i
    assert sessions.at(_utc("1980-01-01T00:00:00")) == -1


def test_between_is_inclusive_and_minds_holidays() -> None:
    sessions = sessions_of("XNYS")
    found = [sessions.date(i).isoformat() for i in sessions.between(date(2025, 12, 24), date(2025, 12, 28))]
    assert found == ["2025-12-24", "2025-12-26"]
    assert len(sessions.between(date(2025, 12, 25), date(2025, 12, 25))) == 0
    assert sessions.index(date(2025, 12, 25)) == sessions.index(date(2025, 12, 26))
    assert sessions.index(date(2999, 1, 1)) == len(sessions)


@pytest.mark.parametrize("name", ["XNYS", "XTKS", "XHKG", "24/7", "CMES"])
@pytest.mark.parametrize("resolution", INTRADAY)
def test_counts_and_starts_of_bars_agree(name: str, resolution: Resolution) -> None:
    sessions = sessions_of(name)
    chosen = sessions.between(date(2024, 11, 1), date(2025, 1, 31))
    counts = sessions.bar_counts(resolution)
    for i in chosen:
        starts = sessions.bar_starts(i, resolution)
        assert len(starts) == counts[i]
        assert starts[0] == sessions.open[i]
        assert starts[-1] < sessions.close[i]
        assert (np.diff(starts) > 0).all()


def test_an_ordinary_and_a_half_day_have_so_many_bars() -> None:
    sessions = sessions_of("XNYS")
    whole, half = sessions.index(date(2025, 12, 23)), sessions.index(date(2025, 12, 24))
    assert [len(sessions.bar_starts(whole, r)) for r in INTRADAY] == [390, 78, 26, 13, 7]
    assert [len(sessions.bar_starts(half, r)) for r in INTRADAY] == [210, 42, 14, 7, 4]


def test_bars_begin_anew_after_lunch() -> None:
    tokyo = sessions_of("XTKS")
    i = tokyo.index(date(2025, 1, 6))
    starts = tokyo.bar_starts(i, Resolution.M60)
    assert ((starts - tokyo.open[i]) // 60).tolist() == [0, 60, 120, 210, 270, 330]


def test_the_columns_cannot_be_changed() -> None:
    sessions = sessions_of("XNYS")
    for column in (sessions.day, sessions.open, sessions.close, sessions.break_start, sessions.break_end):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 0
