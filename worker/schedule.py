"""When warming is due: at one time of day in New York, on the exchange's session days (cache-17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from market.calendars import US_CALENDAR, sessions_of

NEW_YORK = ZoneInfo("America/New_York")
LATE = timedelta(hours=1)
"""So long after its time warming still begins: the leader had died, or the worker was just started."""


@dataclass(frozen=True, slots=True)
class Daily:
    """A time of day on session days; holidays are none, half-days are.

    Attributes:
        at: New York time.
    """

    at: time

    @classmethod
    def parse(cls, text: str) -> Daily:
        """Return the schedule of a time such as "09:00"."""
        return cls(time.fromisoformat(text))

    def due(self, now: datetime) -> date | None:
        """Return the session day for which it is time at an aware instant, None when it is not."""
        here = now.astimezone(NEW_YORK)
        day = here.date()
        # By the clock on the wall: a change of daylight saving moves the instant with it.
        begins = datetime.combine(day, self.at, NEW_YORK)
        if not begins <= here < begins + LATE:
            return None
        return day if len(sessions_of(US_CALENDAR).between(day, day)) else None
