"""Dates and splits as people read them; never 2013-03-01 and never in the machine's own language."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MOST_PARTS = 20
"""A ratio of whole numbers up to it is said as one ("3:2"), any other as it is ("1.998:1")."""
_CLOSE = 1e-4


def day_words(day: date) -> str:
    """Return "18 May 2012"."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def weekday_words(day: date) -> str:
    """Return "Fri 18 May 2012"."""
    return f"{_WEEKDAYS[day.weekday()]} {day_words(day)}"


def ratio_words(split: float) -> str:
    """Return "2:1", or "1:10" of a reverse split; ``split`` is new shares per old one."""
    ratio = max(split, 1 / split)
    parts = Fraction(ratio).limit_denominator(_MOST_PARTS)
    many, few = (str(parts.numerator), str(parts.denominator))
    if abs(parts - ratio) > _CLOSE * ratio:
        many, few = f"{ratio:.4g}", "1"
    return f"{many}:{few}" if split > 1 else f"{few}:{many}"
