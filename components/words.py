"""Dates as people read them: "1 Mar 2013", never 2013-03-01 and never in the machine's own language."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from market.words import day_words

if TYPE_CHECKING:
    from components.view_state import Edge

__all__ = ["day_words", "span_words"]


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
