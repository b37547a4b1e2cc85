"""Dates as people read them: "1 Mar 2013", never 2013-03-01 and never in the machine's own language."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from components.view_state import Edge

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def day_words(day: date) -> str:
    """Return "18 May 2012"."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def span_words(start: Edge | None, end: Edge | None) -> str:
    """Return "on 3 Sep 2012", "from 8 to 9 Sep 2012", or "then" where an edge is no date (both inclusive)."""
    if not (isinstance(start, date) and isinstance(end, date)):
        return "then"
    if start == end:
        return f"on {day_words(end)}"
    begun = day_words(start)
    if start.year == end.year:
        begun = begun.removesuffix(f" {start.year}")
        if start.month == end.month:
            begun = str(start.day)
    return f"from {begun} to {day_words(end)}"
