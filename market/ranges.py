"""The ranges that a person picks by name, and dates as a person types them.

Ranges are exchange dates, both ends inclusive, and end at the source's last session. A range of n months
begins on the same day of the month n months earlier (the month's last day where there is no such day), that
day included: a year's return is measured against the close of the same date a year ago.
"""

from __future__ import annotations

import calendar
import re
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from market.calendars import FIRST_DAY

if TYPE_CHECKING:
    from market.sessions import Sessions

_ISO_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_WEEK_SESSIONS = 5


class RangePreset(StrEnum):
    """The names used in routes, in the URL and on the buttons, shortest first."""

    DAY = "1D"
    WEEK = "1W"
    MONTH = "1M"
    QUARTER = "3M"
    HALF_YEAR = "6M"
    YEAR_TO_DATE = "YTD"
    YEAR = "1Y"
    FIVE_YEARS = "5Y"
    MAX = "MAX"


_MONTHS = {
    RangePreset.MONTH: 1,
    RangePreset.QUARTER: 3,
    RangePreset.HALF_YEAR: 6,
    RangePreset.YEAR: 12,
    RangePreset.FIVE_YEARS: 60,
}


def window(
    preset: RangePreset, sessions: Sessions, last_session: date, first_session: date | None = None
) -> tuple[date, date]:
    """Return the first and the last date of a range, both inclusive.

    Args:
        preset: which range.
        sessions: the calendar that counts the sessions of 1D and 1W.
        last_session: where the range ends; a day without trading means the session before it.
        first_session: where the source's history begins, None where that is not known; only MAX asks for it.
            The calendars begin in 1990, and so does MAX at the earliest.
    """
    last = max(sessions.between(sessions.date(0), last_session).stop - 1, 0)
    end = sessions.date(last)
    if preset is RangePreset.DAY:
        return end, end
    if preset is RangePreset.WEEK:
        return sessions.date(max(last - _WEEK_SESSIONS + 1, 0)), end
    if preset is RangePreset.YEAR_TO_DATE:
        return end.replace(month=1, day=1), end
    if preset is RangePreset.MAX:
        return min(max(first_session or FIRST_DAY, FIRST_DAY), end), end
    return months_before(end, _MONTHS[preset]), end


def months_before(day: date, months: int) -> date:
    """Return the same day of the month some months earlier, or that month's last day where it is shorter."""
    index = day.year * 12 + day.month - 1 - months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def parse_day(text: str) -> date:
    """Return the date of an ISO text such as "2025-01-31"; nothing else is taken for a date.

    Raises:
        ValueError: with a sentence for people and an example. The message never repeats the text.
    """
    msg = "Write the date as year-month-day, for example 2025-01-31."
    if not _ISO_DAY.match(text):
        raise ValueError(msg)
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        msg = "There is no such day; write the date as year-month-day, for example 2025-01-31."
        raise ValueError(msg) from error
