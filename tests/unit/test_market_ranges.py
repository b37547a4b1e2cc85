"""Ranges by name, and dates as people type them (api-1, api-3, G13–G15)."""

from __future__ import annotations

from datetime import date

import pytest

from market.calendars import sessions_of
from market.ranges import RangePreset, months_before, parse_day, window

SESSIONS = sessions_of("XNYS")


def test_the_names_are_those_of_the_routes() -> None:
    assert [preset.value for preset in RangePreset] == [
        "1D",
        "1W",
        "1M",
        "3M",
        "6M",
        "YTD",
        "1Y",
        "5Y",
        "MAX",
    ]


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("1D", date(2025, 12, 29)),
        ("1W", date(2025, 12, 22)),
        ("1M", date(2025, 11, 29)),
        ("3M", date(2025, 9, 29)),
        ("6M", date(2025, 6, 29)),
        ("YTD", date(2025, 1, 1)),
        ("1Y", date(2024, 12, 29)),
        ("5Y", date(2020, 12, 29)),
        ("MAX", date(1990, 1, 1)),
    ],
)
def test_every_range_ends_at_the_last_session(name: str, start: date) -> None:
    """1W counts five sessions, Christmas is none of them."""
    assert window(RangePreset(name), SESSIONS, date(2025, 12, 29)) == (start, date(2025, 12, 29))


def test_a_month_back_from_its_last_day_is_the_shorter_months_last_day() -> None:
    assert window(RangePreset.MONTH, SESSIONS, date(2025, 3, 31))[0] == date(2025, 2, 28)
    assert window(RangePreset.QUARTER, SESSIONS, date(2024, 5, 31))[0] == date(2024, 2, 29)
    assert window(RangePreset.YEAR, SESSIONS, date(2024, 2, 29))[0] == date(2023, 2, 28)


@pytest.mark.parametrize(
    ("months", "expected"),
    [(1, date(2024, 12, 31)), (2, date(2024, 11, 30)), (11, date(2024, 2, 29)), (13, date(2023, 12, 31))],
)
def test_months_before_crosses_years(months: int, expected: date) -> None:
    assert months_before(date(2025, 1, 31), months) == expected


def test_a_weekend_means_the_session_before_it() -> None:
    """G1."""
    assert window(RangePreset.DAY, SESSIONS, date(2025, 12, 28)) == (date(2025, 12, 26), date(2025, 12, 26))
    assert window(RangePreset.WEEK, SESSIONS, date(2025, 12, 28))[0] == date(2025, 12, 19)


def test_max_begins_with_the_history_but_not_before_the_calendars() -> None:
    last = date(2013, 3, 1)
    assert window(RangePreset.MAX, SESSIONS, last, date(2000, 3, 1)) == (date(2000, 3, 1), last)
    assert window(RangePreset.MAX, SESSIONS, last, date(1980, 12, 12)) == (date(1990, 1, 1), last)


def test_only_max_asks_when_the_history_began() -> None:
    last = date(2013, 3, 1)
    assert window(RangePreset.FIVE_YEARS, SESSIONS, last, date(2012, 5, 18)) == (date(2008, 3, 1), last)


def test_a_range_never_begins_after_its_end() -> None:
    first = SESSIONS.date(0)
    assert window(RangePreset.WEEK, SESSIONS, first) == (first, first)
    assert window(RangePreset.DAY, SESSIONS, date(1989, 1, 1)) == (first, first)
    assert window(RangePreset.MAX, SESSIONS, date(2013, 3, 1), date(2020, 1, 1)) == (
        date(2013, 3, 1), date(2013, 3, 1),
    )  # fmt: skip


def test_an_iso_date_is_read() -> None:
    assert parse_day("2024-02-29") == date(2024, 2, 29)


@pytest.mark.parametrize(
    "text",
    ["", "2025-1-2", "20250102", "2025-W01-1", "02/01/2025", "2025-01-02T00:00", "2025-01-02\n",
     " 2025-01-02",
     "\u0662\u0660\u0662\u0665-\u0660\u0661-\u0660\u0662", "2024-11", "today", "2025-01-02'; DROP TABLE"],
)  # fmt: skip
def test_anything_else_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match=r"for example 2025-01-31\.$") as raised:
        parse_day(text)
    assert not text or text not in str(raised.value)


@pytest.mark.parametrize("text", ["2025-02-29", "2025-13-01", "0000-01-01", "2025-04-31"])
def test_a_day_that_does_not_exist_is_called_so(text: str) -> None:
    with pytest.raises(ValueError, match="There is no such day"):
        parse_day(text)
