"""The trading-time axis of each calendar as the JSON text that the browser builds its own axis from.

Promise: only the calendars that tickers can trade by exist here, so no request makes the process hold more;
a text is made once, on first use, and never changes while the process lives.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import orjson

from market.axis import TradingAxis
from market.calendars import SUFFIX_CALENDARS, US_CALENDAR, UTC_DAYS, WEEKDAYS, calendar_name, sessions_of

_NAMES = frozenset(
    {
        US_CALENDAR,
        UTC_DAYS,
        WEEKDAYS,
        *SUFFIX_CALENDARS.values(),
        *(calendar_name(example) for example in ("EURUSD=X", "ES=F")),
    }
)


@dataclass(frozen=True, slots=True)
class AxisText:
    """The axis of one calendar: ``version`` changes with any of it, ``body`` is JSON in UTF-8."""

    version: str
    body: bytes


def slug(name: str) -> str:
    """Return a calendar's name as it stands in an address: "24-7" for "24/7"."""
    return name.replace("/", "-")


_BY_SLUG = {slug(name): name for name in _NAMES}


def axis_text(slug: str) -> AxisText | None:
    """Return the axis of the calendar with this name in an address; None when no ticker trades by it."""
    name = _BY_SLUG.get(slug)
    return None if name is None else _made(name)


@functools.cache
def _made(name: str) -> AxisText:
    table = TradingAxis(sessions_of(name)).as_table()
    return AxisText(str(table["version"]), orjson.dumps(table))
