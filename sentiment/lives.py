"""For how long it counts what a provider told of a day, and which days are to be asked for; pure.

A day is New York's. What was told of it while it ran, or shortly after, may be short of something and lives a
quarter of an hour; what was told later lives 90 days.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

NEW_YORK = ZoneInfo("America/New_York")
RUNNING_LIFE_S = 900.0
SETTLED_LIFE_S = 90 * 86_400.0
LATE_S = 2 * 3_600.0
"""For so long after a day news of it may still come in."""
MOST_DAYS = 92
"""Of one question: what is not answered in time is asked for again, so it should not be much."""
_CLOCKS_APART_S = 300.0


def day_of(when: datetime) -> date:
    """Return the date in New York of an instant (aware)."""
    return when.astimezone(NEW_YORK).date()


def today(now_s: float) -> date:
    """Return the date in New York at an instant (UTC seconds)."""
    return day_of(datetime.fromtimestamp(now_s, UTC))


def is_fresh(day: date, asked_s: float, now_s: float) -> bool:
    """Return whether what was told of a day still counts.

    Args:
        day: in New York.
        asked_s: when it was asked for, UTC seconds.
        now_s: UTC seconds.
    """
    ends_s = datetime.combine(day + timedelta(days=1), time(), NEW_YORK).timestamp()
    life_s = SETTLED_LIFE_S if asked_s >= ends_s + LATE_S else RUNNING_LIFE_S
    return -_CLOCKS_APART_S <= now_s - asked_s < life_s


def days_between(first: date, last: date) -> Iterator[date]:
    """Yield all days from first to last, both inclusive."""
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def missing(first: date, last: date, asked: Iterable[Mapping[date, float]], now_s: float) -> list[date]:
    """Return the days of a span that nobody has told, in their order; days to come are none.

    Args:
        first: the first day.
        last: the last day.
        asked: by source, when each day was asked for and answered.
        now_s: UTC seconds.
    """
    of_sources = list(asked)
    return [
        day
        for day in days_between(first, min(last, today(now_s)))
        if not any(day in told and is_fresh(day, told[day], now_s) for told in of_sources)
    ]


def spans(days: Sequence[date]) -> list[tuple[date, date]]:
    """Return ascending days as spans of at most ``MOST_DAYS``, the newest first."""
    found: list[tuple[date, date]] = []
    for day in reversed(days):
        if found and day == found[-1][0] - timedelta(days=1) and (found[-1][1] - day).days < MOST_DAYS:
            found[-1] = day, found[-1][1]
        else:
            found.append((day, day))
    return found
