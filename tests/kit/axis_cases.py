"""The shared table of axis cases, and the sessions that it was made for."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from market.calendars import sessions_of
from market.sessions import Sessions, day_number

TABLE = Path(__file__).parents[1] / "cases" / "axis.json"
CALENDARS = ("XNYS", "XTKS", "XHKG", "XLON", "XASX", "CMES", "24/7")


@cache
def cases_by_calendar() -> dict[str, dict[str, Any]]:
    """Return the table's entries by calendar name."""
    return {entry["calendar"]: entry for entry in json.loads(TABLE.read_text(encoding="utf-8"))}


@cache
def cut_sessions(name: str) -> Sessions:
    """Return a calendar's sessions between the fixed dates of the table."""
    entry = cases_by_calendar()[name]
    whole = sessions_of(name)
    first, last = (day_number(date.fromisoformat(entry[key])) for key in ("first", "last"))
    kept = (whole.day >= first) & (whole.day <= last)
    columns = (whole.day, whole.open, whole.close, whole.break_start, whole.break_end)
    return Sessions(whole.name, whole.timezone, *(column[kept] for column in columns))
