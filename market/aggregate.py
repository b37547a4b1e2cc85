"""Coarser candles from finer ones, true to open, high, low, close and volume.

Intraday bars are anchored at each session's open and start anew after a lunch break; weeks and months follow
the exchange's dates. A bar's time comes from the calendar and never from the first bar that happens to be
there, so a missing minute or day moves nothing. Every column is reduced at once; nothing loops over bars.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S

if TYPE_CHECKING:
    from market.candles import Ints
    from market.sessions import Sessions

_MONDAY_SHIFT = 3
"""Day 0 of the epoch was a Thursday."""


def aggregate_intraday(candles: Candles, sessions: Sessions, resolution: Resolution) -> Candles:
    """Return bars of a coarser intraday resolution.

    Args:
        candles: ascending intraday bars of any finer resolution (UTC seconds). Bars that start outside the
            sessions or in a lunch break are left out.
        sessions: the calendar that the buckets are anchored to.
        resolution: 1 to 60 minutes; the last bar of a session or of its morning may be shorter.

    Returns:
        One bar per bucket that holds at least one bar; ``time`` is the bucket's start.

    Raises:
        ValueError: when the resolution is D, W or M.
    """
    step = resolution.minutes * 60
    at, inside = trading(candles.time, sessions)
    if not inside.all():
        candles, at = candles.take(inside), at[inside]
    if len(candles) == 0:
        return Candles.empty()
    back = sessions.break_end[at]
    anchor = np.where((back > 0) & (candles.time >= back), back, sessions.open[at])
    bucket = anchor + (candles.time - anchor) // step * step
    first = _first_of_each(bucket)
    return _merge(candles, first, bucket[first])


def aggregate_daily(candles: Candles, sessions: Sessions, resolution: Resolution) -> Candles:
    """Return weekly or monthly bars built from daily ones.

    Args:
        candles: ascending daily bars, ``time`` midnight UTC of the session's date.
        sessions: the calendar.
        resolution: W (weeks begin on Monday) or M (calendar months).

    Returns:
        One bar per week or month that holds at least one bar; ``time`` is midnight UTC of its first session
        by the calendar (of its first bar, where the calendar knows no session in it).

    Raises:
        ValueError: when the resolution is neither W nor M.
    """
    if resolution not in (Resolution.WEEK, Resolution.MONTH):
        msg = f"daily candles are aggregated to W or M, not to {resolution.value}"
        raise ValueError(msg)
    if len(candles) == 0:
        return Candles.empty()
    day = candles.time // DAY_S
    start, end = period_days(day, resolution)
    first = _first_of_each(start)
    chosen = np.searchsorted(sessions.day, start[first])
    session_day = np.append(sessions.day, np.iinfo(np.int64).max)[chosen]
    label = np.where(session_day < end[first], session_day, day[first])
    return _merge(candles, first, label * DAY_S)


def period_days(day: Ints, resolution: Resolution) -> tuple[Ints, Ints]:
    """Return the first day of each day's period and the first day after it.

    Args:
        day: int64[n], days since 1970-01-01.
        resolution: D (the day itself), W (Monday to Sunday) or M (the calendar month).

    Raises:
        ValueError: when the resolution is intraday.
    """
    if resolution is Resolution.DAY:
        return day, day + 1
    if resolution is Resolution.WEEK:
        monday = day - (day + _MONDAY_SHIFT) % 7
        return monday, monday + 7
    if resolution is Resolution.MONTH:
        month = day.astype("datetime64[D]").astype("datetime64[M]")
        first, after = (
            m.astype("datetime64[D]").astype(np.int64) for m in (month, month + np.timedelta64(1, "M"))
        )
        return first, after
    msg = f"resolution {resolution.value} is not made of days"
    raise ValueError(msg)


def trading(time: Ints, sessions: Sessions) -> tuple[Ints, np.typing.NDArray[np.bool_]]:
    """Return for each UTC second the last session to open (0 before the first) and whether it trades then."""
    at = np.maximum(np.searchsorted(sessions.open, time, side="right") - 1, 0)
    lunch = (sessions.break_start[at] <= time) & (time < sessions.break_end[at])
    return at, (sessions.open[at] <= time) & (time < sessions.close[at]) & ~lunch


def _first_of_each(group: Ints) -> Ints:
    """Return the positions where a run of equal values begins."""
    changed = np.ones(len(group), dtype=np.bool_)
    changed[1:] = group[1:] != group[:-1]
    return np.flatnonzero(changed).astype(np.int64)


def _merge(candles: Candles, first: Ints, time: Ints) -> Candles:
    last = np.append(first[1:], len(candles)) - 1
    return Candles(
        time,
        candles.open[first],
        np.maximum.reduceat(candles.high, first),
        np.minimum.reduceat(candles.low, first),
        candles.close[last],
        np.add.reduceat(candles.volume, first),
    )
