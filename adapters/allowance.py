"""What a source may be asked in which time, as data; the windows of time in which it is counted; pure.

Hours and minutes are full ones of UTC, days and months those of New York, or of California for who counts so.
Both are whole hours away from UTC, so that every hour lies in one day, whatever is done to clocks there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

_NEW_YORK = ZoneInfo("America/New_York")
_PACIFIC = ZoneInfo("America/Los_Angeles")
_MINUTES_PER_HOUR = 60
_ADJECTIVES = {
    "minute": "budget for this minute",
    "hour": "hourly budget",
    "day": "daily budget",
    "pacific_day": "daily budget",
}


class Window(StrEnum):
    """A kind of time span that begins and ends by the clock, from the shortest to the longest."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    PACIFIC_DAY = "pacific_day"
    MONTH = "month"

    def name_at(self, now_s: float) -> str:
        """Return what the window of an instant (UTC seconds) is called, "hour#2026-11-21T15"."""
        text = self._begin(now_s).isoformat()
        return f"{self.value}#{text[: _DIGITS[self]]}"

    def end_s(self, now_s: float) -> float:
        """Return when (UTC seconds) the window of an instant is over."""
        begin = self._begin(now_s)
        if self is Window.MONTH:
            return (begin + timedelta(days=32)).replace(day=1).timestamp()
        if self in (
            Window.DAY,
            Window.PACIFIC_DAY,
        ):  # by the calendar: the days on which clocks change have 23 and 25 hours
            return (begin + timedelta(days=1)).timestamp()
        return (begin + timedelta(**{f"{self.value}s": 1})).timestamp()

    def _begin(self, now_s: float) -> datetime:
        if self in (Window.MINUTE, Window.HOUR):
            minute = datetime.fromtimestamp(now_s, UTC).replace(second=0, microsecond=0)
            return minute if self is Window.MINUTE else minute.replace(minute=0)
        zone = _PACIFIC if self is Window.PACIFIC_DAY else _NEW_YORK
        midnight = datetime.fromtimestamp(now_s, zone).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight.replace(day=1, fold=0) if self is Window.MONTH else midnight.replace(fold=0)


_DIGITS = {Window.MINUTE: 16, Window.HOUR: 13, Window.DAY: 10, Window.PACIFIC_DAY: 10, Window.MONTH: 7}
"""Of an instant in ISO 8601."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How often a source may be asked; None where nobody counts.

    Attributes:
        minute, hour, day, month: requests within one.
        pacific_day: requests within a day of California's.
        symbols: distinct tickers within a month.
    """

    minute: int | None = None
    hour: int | None = None
    day: int | None = None
    pacific_day: int | None = None
    month: int | None = None
    symbols: int | None = None

    @property
    def requests(self) -> dict[Window, int]:
        """How many requests, by window, from the shortest that is counted to the longest."""
        limits = ((window, getattr(self, window.value)) for window in Window)
        return {window: limit for window, limit in limits if limit is not None}

    @property
    def calls_per_hour(self) -> int | None:
        """How many requests an hour takes at most, None where nobody counts them."""
        most = {Window.MINUTE: _MINUTES_PER_HOUR}
        return min((limit * most.get(window, 1) for window, limit in self.requests.items()), default=None)


def used_up(title: str, window: Window, until_s: float, *, kept: bool = False) -> str:
    """Return the sentence "Tiingo's hourly budget is used up until 15:00 (New York).".

    With ``kept`` there is a rest, which is for what nobody has a copy of.
    """
    budget = f"{title}'s {_ADJECTIVES.get(window.value, 'monthly budget')}"
    if kept:
        return f"The rest of {budget} is kept for new charts until {moment_words(until_s)}."
    return f"{budget} is used up until {moment_words(until_s)}."


def moment_words(at_s: float) -> str:
    """Return "15:00 (New York)", "midnight (New York)" or "1 December", for an instant to come."""
    at = datetime.fromtimestamp(at_s, _NEW_YORK)
    if (at.hour, at.minute) != (0, 0):
        return f"{at:%H:%M} (New York)"
    return f"{at.day} {at:%B}" if at.day == 1 else "midnight (New York)"


def clock_words(at_s: float, now_s: float) -> str:
    """Return "14:12", or where it was not today "20 Nov, 14:12"; in New York's time."""
    at, now = (datetime.fromtimestamp(second, _NEW_YORK) for second in (at_s, now_s))
    return f"{at:%H:%M}" if at.date() == now.date() else f"{at.day} {at:%b}, {at:%H:%M}"
