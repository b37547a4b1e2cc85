"""Dates and shares as people read them: "1 Mar 2013", never 2013-03-01, and "−1.39 %"."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from market.words import day_words, weekday_words

if TYPE_CHECKING:
    from components.view_state import Edge

__all__ = ["day_words", "share_words", "span_words", "weekday_words"]
_ONE_DECIMAL = 10


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


def share_words(share: float, *, signed: bool = False) -> str:
    """Return a fraction as "12.3 %" or "1.23 %", with a true minus; ``signed`` has a plus before gains."""
    per_cent = 100 * share
    size = f"{abs(per_cent):.{1 if abs(per_cent) >= _ONE_DECIMAL else 2}f}"
    if not float(size):
        return "0.00 %"
    sign = "−" if per_cent < 0 else "+" * signed
    return f"{sign}{size} %"
