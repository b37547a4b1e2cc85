"""Sessions of one exchange as numpy columns, and the questions a chart asks about them.

Everything is UTC seconds or exchange dates; which time zone the exchange lives in matters only for
``today`` and for showing times to people.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from market.actions import EPOCH_ORDINAL

if TYPE_CHECKING:
    from market.candles import Ints
    from market.resolution import Resolution

DAY_S = 86_400
_ALL = slice(None)


def day_number(day: dt.date) -> int:
    """Return days since 1970-01-01."""
    return day.toordinal() - EPOCH_ORDINAL


def day_of(number: int) -> dt.date:
    """Return the date of a day number."""
    return dt.date.fromordinal(int(number) + EPOCH_ORDINAL)


@dataclass(frozen=True, slots=True, eq=False)
class Sessions:
    """All sessions of a calendar, ascending.

    Attributes:
        name: the calendar ("XNYS", "24/7", "weekdays").
        timezone: IANA name of the exchange's time zone.
        day: int64[n], the session's exchange date as days since 1970-01-01.
        open, close: int64[n], UTC seconds; the session is [open, close).
        break_start, break_end: int64[n], UTC seconds of a lunch break, 0 where there is none.
        note: why this is not the real calendar, or "".
    """

    name: str
    timezone: str
    day: Ints
    open: Ints
    close: Ints
    break_start: Ints
    break_end: Ints
    note: str = ""

    def __post_init__(self) -> None:
        """Freeze the columns."""
        for column in (self.day, self.open, self.close, self.break_start, self.break_end):
            column.flags.writeable = False

    def __len__(self) -> int:
        """Return the number of sessions."""
        return len(self.day)

    def index(self, day: dt.date) -> int:
        """Return the index of the first session on or after a date (len(self) when there is none)."""
        return int(np.searchsorted(self.day, day_number(day)))

    def between(self, start: dt.date, end: dt.date) -> range:
        """Return the indices of the sessions from start to end, both inclusive."""
        return range(
            int(np.searchsorted(self.day, day_number(start))),
            int(np.searchsorted(self.day, day_number(end), side="right")),
        )

    def date(self, index: int) -> dt.date:
        """Return the exchange date of a session."""
        return day_of(self.day[index])

    def today(self, now: dt.datetime) -> dt.date:
        """Return the exchange's calendar date at an instant."""
        return now.astimezone(ZoneInfo(self.timezone)).date()

    def at(self, now: dt.datetime) -> int:
        """Return the index of the session that is running or was the last to open (-1 before the first)."""
        return int(np.searchsorted(self.open, int(now.timestamp()), side="right")) - 1

    def is_open(self, now: dt.datetime) -> bool:
        """Return whether the market trades at an instant; holidays, half-days and breaks are minded."""
        second, i = int(now.timestamp()), self.at(now)
        if i < 0 or second >= self.close[i]:
            return False
        return not self.break_start[i] <= second < self.break_end[i]

    def bar_starts(self, index: int, resolution: Resolution) -> Ints:
        """Return the expected starts of a session's intraday bars, anchored at its open.

        After a lunch break they are anchored at its end. int64[k] UTC seconds; the last bar is shorter when
        the session does not divide evenly.
        """
        step = resolution.minutes * 60
        start, end = int(self.open[index]), int(self.close[index])
        lunch, back = int(self.break_start[index]), int(self.break_end[index])
        if not lunch:
            return np.arange(start, end, step, dtype=np.int64)
        return np.concatenate([np.arange(start, lunch, step), np.arange(back, end, step)]).astype(np.int64)

    def bar_counts(self, resolution: Resolution, at: Ints | slice = _ALL) -> Ints:
        """Return how many intraday bars sessions have, int64: those at some indices, else all."""
        step = resolution.minutes * 60
        begin, end, lunch, back = (c[at] for c in (self.open, self.close, self.break_start, self.break_end))
        morning, afternoon = -((begin - lunch) // step), -((back - end) // step)
        return np.where(lunch > 0, morning + afternoon, -((begin - end) // step))
