"""Instants as people read them at an exchange: in its own time zone. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from market.calendars import sessions_for
from market.words import weekday_words


def moment_words(instant: datetime, ticker: str) -> str:
    """Return "Fri 1 Mar 2013 15:42" of an aware instant, where the ticker is traded."""
    there = instant.astimezone(_zone(ticker))
    return f"{weekday_words(there.date())} {there:%H:%M}"


def date_of(seconds: int, ticker: str) -> date:
    """Return the date of an instant (UTC seconds) where the ticker is traded."""
    return datetime.fromtimestamp(seconds, UTC).astimezone(_zone(ticker)).date()


def _zone(ticker: str) -> ZoneInfo:
    return ZoneInfo(sessions_for(ticker).timezone)
