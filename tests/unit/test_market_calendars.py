"""Which calendar a ticker trades by, and what that calendar says on odd days (G1–G3, G10, C8)."""

from __future__ import annotations

import logging
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import exchange_calendars as xc
import numpy as np
import pytest

from market import calendars
from market.calendars import (
    INDEX_CALENDARS,
    SUFFIX_CALENDARS,
    WEEKDAYS,
    calendar_name,
    sessions_for,
    sessions_of,
)
from market.resolution import Resolution
from market.sessions import Sessions

BROKEN_IN_THE_LIBRARY = {"XTAE"}


@pytest.mark.parametrize(
    ("ticker", "calendar"),
    [
        ("AAPL", "XNYS"), ("F", "XNYS"), ("BRK.B", "XNYS"), ("BF.A", "XNYS"), ("^GSPC", "XNYS"),
        (".L", "XNYS"), ("VOD.L", "XLON"), ("SAP.DE", "XETR"), ("SAP.F", "XFRA"), ("7203.T", "XTKS"),
        ("0700.HK", "XHKG"),
        ("600519.SS", "XSHG"), ("000001.SZ", "XSHG"), ("SHOP.TO", "XTSE"), ("BHP.AX", "XASX"),
        ("RELIANCE.NS", "XBOM"), ("BTC-USD", "24/7"), ("EURUSD=X", "24/5"), ("ES=F", "CMES"),
        ("ABC.ZZ", WEEKDAYS),
    ],
)  # fmt: skip
def test_the_suffix_names_the_market(ticker: str, calendar: str) -> None:
    """G4–G7."""
    assert calendar_name(ticker) == calendar


@pytest.mark.parametrize(
    ("index", "calendar"),
    [
        ("^FTSE", "XLON"),
        ("^GDAXI", "XETR"),
        ("^N225", "XTKS"),
        ("^AXJO", "XASX"),
        ("^NDX", "XNYS"),
        ("^JN0U.JO", "XJSE"),
    ],
)
def test_an_index_trades_by_its_own_market(index: str, calendar: str) -> None:
    """By New York's hours London's has two hours a day, Tokyo's none, and Sydney's day is to come."""
    assert calendar_name(index) == calendar
    assert set(INDEX_CALENDARS.values()) <= set(SUFFIX_CALENDARS.values())


@pytest.mark.parametrize(
    "closed",
    [
        "2025-01-09", "2018-12-05", "2012-10-29", "2012-10-30", "2007-01-02", "2004-06-11", "2001-09-11",
        "2001-09-12", "2001-09-13", "2001-09-14", "2022-06-20", "2024-06-19", "2021-12-24", "2022-12-26",
        "2026-07-03", "2026-04-03", "2024-03-29", "2025-04-18", "2025-12-25", "2025-12-20",
    ],
)  # fmt: skip
def test_new_york_is_closed(closed: str) -> None:
    """G1, G2: mourning, storms, 9/11, observed holidays, a Saturday."""
    day = date.fromisoformat(closed)
    assert len(sessions_of("XNYS").between(day, day)) == 0


@pytest.mark.parametrize(
    ("day", "opens", "closes", "bars"),
    [
        ("2024-07-03", "13:30", "17:00", 42), ("2025-07-03", "13:30", "17:00", 42),
        ("2023-07-03", "13:30", "17:00", 42), ("2013-07-03", "13:30", "17:00", 42),
        ("2019-07-03", "13:30", "17:00", 42), ("2024-11-29", "14:30", "18:00", 42),
        ("2025-11-28", "14:30", "18:00", 42), ("2026-11-27", "14:30", "18:00", 42),
        ("2024-12-24", "14:30", "18:00", 42), ("2025-12-24", "14:30", "18:00", 42),
        ("2026-12-24", "14:30", "18:00", 42), ("2015-12-24", "14:30", "18:00", 42),
        ("2020-11-27", "14:30", "18:00", 42), ("1999-12-31", "14:30", "18:00", 42),
        ("2001-09-17", "13:30", "20:00", 78), ("2021-06-18", "13:30", "20:00", 78),
        ("2021-12-31", "14:30", "21:00", 78), ("2025-12-26", "14:30", "21:00", 78),
        ("2020-03-18", "13:30", "20:00", 78), ("1997-10-27", "14:30", "21:00", 78),
        ("2024-03-08", "14:30", "21:00", 78), ("2024-03-11", "13:30", "20:00", 78),
        ("2025-03-07", "14:30", "21:00", 78), ("2025-03-10", "13:30", "20:00", 78),
        ("2024-11-01", "13:30", "20:00", 78), ("2024-11-04", "14:30", "21:00", 78),
        ("2025-10-31", "13:30", "20:00", 78), ("2025-11-03", "14:30", "21:00", 78),
    ],
)  # fmt: skip
def test_new_york_opens_and_closes(day: str, opens: str, closes: str, bars: int) -> None:
    """G3, G18, G19, C8: half-days, both sides of the clock changes, days that only look like holidays."""
    sessions = sessions_of("XNYS")
    i = sessions.index(date.fromisoformat(day))
    assert sessions.date(i).isoformat() == day
    assert datetime.fromtimestamp(int(sessions.open[i]), UTC).strftime("%Y-%m-%d %H:%M") == f"{day} {opens}"
    assert datetime.fromtimestamp(int(sessions.close[i]), UTC).strftime("%Y-%m-%d %H:%M") == f"{day} {closes}"
    assert len(sessions.bar_starts(i, Resolution.M5)) == bars


@pytest.mark.parametrize(
    ("name", "day", "bars"),
    [
        ("XLON", date(2024, 12, 24), 54), ("XLON", date(2024, 12, 23), 102), ("XTSE", date(2024, 12, 24), 42),
        ("XTKS", date(2025, 1, 6), 66), ("XHKG", date(2025, 1, 6), 66), ("24/7", date(2025, 12, 25), 288),
    ],
)  # fmt: skip
def test_other_markets_have_their_own_bars(name: str, day: date, bars: int) -> None:
    sessions = sessions_of(name)
    i = sessions.index(day)
    assert sessions.date(i) == day
    assert len(sessions.bar_starts(i, Resolution.M5)) == bars
    assert len(sessions_of("XETR").between(date(2024, 12, 24), date(2024, 12, 24))) == 0


@pytest.mark.parametrize(
    ("year", "count", "fives"), [(2024, 252, 19_548), (2025, 250, 19_392), (2026, 251, 19_506)]
)
def test_new_york_has_so_many_sessions_and_five_minute_bars_a_year(year: int, count: int, fives: int) -> None:
    """B3."""
    sessions = sessions_of("XNYS")
    chosen = sessions.between(date(year, 1, 1), date(year, 12, 31))
    assert len(chosen) == count
    assert sessions.bar_counts(Resolution.M5)[chosen.start : chosen.stop].sum() == fives


def test_calendars_reach_from_1990_to_the_end_of_next_year() -> None:
    """G10: the library's own default begins twenty years ago, the demo prices in 2000."""
    sessions = sessions_of("XNYS")
    assert sessions.date(0) == date(1990, 1, 2)
    assert sessions.date(-1) >= date(datetime.now(UTC).year + 1, 12, 28)


@pytest.mark.parametrize("name", sorted({*SUFFIX_CALENDARS.values(), "XNYS", "24/7", "24/5", "CMES"}))
def test_every_named_market_has_sessions_in_order(name: str) -> None:
    sessions = sessions_of(name)
    assert bool(sessions.note) == (name in BROKEN_IN_THE_LIBRARY)
    assert (np.diff(sessions.day) > 0).all()
    assert (sessions.open < sessions.close).all()
    assert (sessions.close[:-1] <= sessions.open[1:]).all()
    lunch = sessions.break_start > 0
    assert (sessions.open[lunch] < sessions.break_start[lunch]).all()
    assert (sessions.break_start[lunch] < sessions.break_end[lunch]).all()
    assert (sessions.break_end[lunch] < sessions.close[lunch]).all()
    assert (sessions.break_end[~lunch] == 0).all()


def test_an_unknown_market_trades_on_weekdays_and_says_so() -> None:
    sessions = sessions_for("ABC.ZZ")
    assert (sessions.name, sessions.timezone) == (WEEKDAYS, "UTC")
    assert "not known" in sessions.note
    assert len(sessions.between(date(2025, 12, 22), date(2025, 12, 28))) == 5


def test_a_calendar_that_cannot_be_made_becomes_weekdays_with_a_log_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.WARNING, logger="market.calendars"):
        sessions = sessions_of("XXXX")
    assert "XXXX could not be made" in sessions.note
    assert "calendar_failed calendar=XXXX" in caplog.text


def test_a_calendar_is_made_once() -> None:
    assert sessions_of("XNYS") is sessions_for("AAPL") is sessions_for("MSFT")


def test_warnings_as_errors_do_not_cost_a_calendar() -> None:
    """The library uses what pandas has deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        xc.calendar_utils.global_calendar_dispatcher._calendars.clear()
        assert calendars._from_library("XHKG").name == "XHKG"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of pandas, inside the library
def test_sessions_agree_with_the_library_about_when_the_market_trades() -> None:
    """Every half hour of a week with a half-day, and of one with a lunch break."""
    for name, start in (
        ("XNYS", datetime(2024, 11, 25, tzinfo=UTC)),
        ("XHKG", datetime(2024, 12, 23, tzinfo=UTC)),
    ):
        library = xc.get_calendar(name, start="2024-01-02", end="2025-01-31")
        sessions = sessions_of(name)
        moments = [start + timedelta(minutes=30 * step) for step in range(7 * 48)]
        assert [sessions.is_open(m) for m in moments] == [library.is_open_on_minute(m) for m in moments]


def test_threads_that_want_their_first_calendar_at_once_get_one_and_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Made once per process: made twice at a time, it could fail in one thread and not in another."""
    monkeypatch.setattr(calendars, "_made", {})
    barrier = threading.Barrier(16)

    def first() -> Sessions:
        barrier.wait(30)
        return calendars.sessions_of("XNYS")

    with ThreadPoolExecutor(16) as pool:
        found = [f.result(30) for f in [pool.submit(first) for _ in range(16)]]
    assert len({id(s) for s in found}) == 1
    assert found[0].note == ""
