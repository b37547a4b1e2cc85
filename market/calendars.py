"""Exchange calendars: which calendar a ticker trades by, created once, degraded with a clear message.

The calendars come from exchange_calendars and are turned into numpy columns at once (``Sessions``), so that
pandas stays out of the way of a request.
"""

from __future__ import annotations

import logging
import threading
import warnings
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import exchange_calendars as xc
import numpy as np
import pandas as pd

from market.sessions import DAY_S, Sessions

if TYPE_CHECKING:
    from market.candles import Ints

FIRST_DAY = date(1990, 1, 1)
"""The first day that calendars, ranges and the axis know. (The library's own default begins 20 years ago.)"""

UTC_DAYS = "24/7"
WEEKDAYS = "weekdays"
US_CALENDAR = "XNYS"

SUFFIX_CALENDARS = {
    "L": "XLON", "DE": "XETR", "F": "XFRA", "PA": "XPAR", "AS": "XAMS", "BR": "XBRU", "MI": "XMIL",
    "MC": "XMAD", "LS": "XLIS", "SW": "XSWX", "ST": "XSTO", "OL": "XOSL", "CO": "XCSE", "HE": "XHEL",
    "VI": "XWBO", "TO": "XTSE", "AX": "XASX", "NZ": "XNZE", "T": "XTKS", "HK": "XHKG", "SS": "XSHG",
    "SZ": "XSHG", "KS": "XKRX", "TW": "XTAI", "SI": "XSES", "NS": "XBOM", "BO": "XBOM", "SA": "BVMF",
    "MX": "XMEX", "JO": "XJSE", "TA": "XTAE",
}  # fmt: skip
"""Yahoo's suffixes and the market each names."""

INDEX_CALENDARS = {
    "^FTSE": "XLON", "^FTMC": "XLON", "^FTAS": "XLON", "^GDAXI": "XETR", "^MDAXI": "XETR", "^SDAXI": "XETR",
    "^TECDAX": "XETR", "^STOXX": "XETR", "^STOXX50E": "XETR", "^FCHI": "XPAR", "^AEX": "XAMS",
    "^BFX": "XBRU", "^IBEX": "XMAD", "^SSMI": "XSWX", "^OMX": "XSTO", "^OMXH25": "XHEL", "^ATX": "XWBO",
    "^GSPTSE": "XTSE", "^AXJO": "XASX", "^AORD": "XASX", "^NZ50": "XNZE", "^N225": "XTKS", "^HSI": "XHKG",
    "^HSCE": "XHKG", "^KS11": "XKRX", "^KQ11": "XKRX", "^TWII": "XTAI", "^STI": "XSES", "^NSEI": "XBOM",
    "^NSEBANK": "XBOM", "^BSESN": "XBOM", "^BVSP": "BVMF", "^MXX": "XMEX",
}  # fmt: skip
"""Yahoo's names of indices outside of the United States, which no suffix tells."""

_SHARE_CLASSES = frozenset({"A", "B", "C", "K", "U", "W"})
_made: dict[str, Sessions] = {}
_making = threading.Lock()  # the library is not made for two threads that want their first calendar at once
_log = logging.getLogger(__name__)


def calendar_name(ticker: str) -> str:
    """Return the name of the calendar that a canonical ticker trades by; XNYS where nothing says otherwise.

    A suffix that no market is known for gives ``weekdays``, which ``sessions_for`` explains.
    """
    if ticker in INDEX_CALENDARS:
        return INDEX_CALENDARS[ticker]
    if ticker.endswith("-USD"):
        return UTC_DAYS
    if ticker.endswith("=X"):
        return "24/5"
    if ticker.endswith("=F"):
        return "CMES"
    stem, dot, suffix = ticker.rpartition(".")
    if not dot or not stem or (len(suffix) == 1 and suffix in _SHARE_CLASSES):
        return US_CALENDAR
    return SUFFIX_CALENDARS.get(suffix, WEEKDAYS)


def sessions_for(ticker: str) -> Sessions:
    """Return the sessions that a canonical ticker trades by; never raises (see ``Sessions.note``)."""
    return sessions_of(calendar_name(ticker))


def sessions_of(name: str) -> Sessions:
    """Return the sessions of a calendar from 1990, or its own first day if later, to the end of next year.

    Made once per process, whoever asks first. An unknown or failing calendar becomes Monday-to-Friday UTC
    days with a ``note`` that says so.
    """
    found = _made.get(name)
    if found is None:
        with _making:
            found = _made.get(name) or _made.setdefault(name, _make(name))
    return found


def _make(name: str) -> Sessions:
    if name == WEEKDAYS:
        return _weekdays(
            "This market's calendar is not known; weekdays are shown and holidays look like gaps"
        )
    try:
        return _from_library(name)
    except Exception as error:  # noqa: BLE001 - whatever a calendar breaks with, the chart must still open
        _log.warning("calendar_failed calendar=%s error=%s: %.200s", name, type(error).__name__, error)
        return _weekdays(
            f"The calendar {name} could not be made; weekdays are shown and holidays look like gaps"
        )


def _last_day() -> date:
    return date(datetime.now(UTC).year + 1, 12, 31)


def _bounds(name: str) -> tuple[date, date]:
    """Return the days between which the library can make this calendar (some begin late or end early)."""
    factories = xc.calendar_utils.global_calendar_dispatcher._calendar_factories  # noqa: SLF001 - the only way to the bounds without making the calendar
    factory = factories[xc.resolve_alias(name)]
    lowest, highest = factory.bound_min(), factory.bound_max()
    return (
        FIRST_DAY if lowest is None else max(FIRST_DAY, lowest.date()),
        _last_day() if highest is None else min(_last_day(), highest.date()),
    )


def _from_library(name: str) -> Sessions:
    start, end = _bounds(name)
    with warnings.catch_warnings():
        # Where warnings are errors, those of pandas about the library's own code would cost the calendar.
        warnings.simplefilter("ignore", DeprecationWarning)
        calendar = xc.get_calendar(name, start=start.isoformat(), end=end.isoformat())
    schedule = calendar.schedule

    def seconds(column: str) -> Ints:
        instants = schedule[column].dt.tz_localize(None).fillna(pd.Timestamp(0))
        column_s: Ints = instants.to_numpy().astype("datetime64[s]").astype(np.int64)
        return column_s

    return Sessions(
        name=name,
        timezone=str(calendar.tz),
        day=schedule.index.to_numpy().astype("datetime64[D]").astype(np.int64),
        open=seconds("open"),
        close=seconds("close"),
        break_start=seconds("break_start"),
        break_end=seconds("break_end"),
    )


def _weekdays(note: str) -> Sessions:
    epoch = date(1970, 1, 1).toordinal()
    day = np.arange(FIRST_DAY.toordinal() - epoch, _last_day().toordinal() - epoch + 1, dtype=np.int64)
    day = day[np.is_busday(day.astype("datetime64[D]"))]
    none = np.zeros(len(day), dtype=np.int64)
    return Sessions(WEEKDAYS, "UTC", day, day * DAY_S, (day + 1) * DAY_S, none, none, note)
