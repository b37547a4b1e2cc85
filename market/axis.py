"""The trading-time axis: time counted in sessions, without gaps (design decision 4).

x counts the sessions of a calendar: session i spans [i, i + 1), half-days too. Inside a session x runs
evenly over trading seconds; lunch breaks, nights, weekends and holidays take no room, and a moment in one of
them sits on the boundary that follows it. Before the first and after the last session x stays at the axis's
ends. The same mapping is in assets/axis.js, fed by ``as_table``; tests/cases/axis.json binds both.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from market.aggregate import period_days, trading
from market.sessions import DAY_S, Sessions

if TYPE_CHECKING:
    from market.candles import Floats, Ints
    from market.resolution import Resolution

_VERSION_LENGTH = 12


@dataclass(frozen=True, slots=True, eq=False)
class TradingAxis:
    """The axis of one calendar. All methods take and return whole columns; times are UTC seconds.

    Attributes:
        sessions: at least one.
    """

    sessions: Sessions

    def __post_init__(self) -> None:
        """Refuse a calendar without sessions."""
        if len(self.sessions) == 0:
            msg = f"the calendar {self.sessions.name} has no sessions to make an axis of"
            raise ValueError(msg)

    def x_of_time(self, time: Ints) -> Floats:
        """Return where each moment lies: float64[n] in [0, number of sessions]."""
        s = self.sessions
        i = np.maximum(np.searchsorted(s.open, time, side="right") - 1, 0)
        rest = np.clip(time - s.break_start[i], 0, s.break_end[i] - s.break_start[i])
        length = self._trading_s(i)
        x: Floats = i + np.clip(time - s.open[i] - rest, 0, length) / length
        return x

    def time_of_x(self, x: Floats) -> Ints:
        """Return the moment at each (finite) position, int64[n]; positions off the axis are clamped.

        The inverse of ``x_of_time`` for every second of trading. A whole x is the open of that session; the
        end of the axis is the close of the last.
        """
        s = self.sessions
        x = np.clip(x, 0, len(s))
        i = np.minimum(np.floor(x).astype(np.int64), len(s) - 1)
        # Half a second up, then down: np.rint would round halves to even and JavaScript does not.
        elapsed = np.floor((x - i) * self._trading_s(i) + 0.5).astype(np.int64)
        over = (elapsed >= self._trading_s(i)) & (i < len(s) - 1)
        i, elapsed = i + over, np.where(over, 0, elapsed)
        after_lunch = elapsed >= s.break_start[i] - s.open[i]
        return s.open[i] + elapsed + np.where(after_lunch, s.break_end[i] - s.break_start[i], 0)

    def bar_x(self, time: Ints, resolution: Resolution) -> Floats:
        """Return the centre of each bar, float64[n].

        Args:
            time: the bars' starts; from D on midnight UTC of any date of the day, week or month.
            resolution: of the bars. Intraday: the middle of bar k of the session's n expected bars. D, W and
                M: the middle of all sessions of that period, whether their bars exist or not.

        A bar that the calendar has no room for (a holiday's, or out of hours) sits on the next boundary.
        """
        if not resolution.is_intraday:
            start, end = period_days(time // DAY_S, resolution)
            return (self.session_of_day(start) + self.session_of_day(end)) / 2
        s, step = self.sessions, resolution.minutes * 60
        i, inside = trading(time, s)
        lunch, back = s.break_start[i], s.break_end[i]
        morning_bars = -((s.open[i] - lunch) // step)
        after_lunch = (back > lunch) & (time >= back)
        k = np.where(after_lunch, morning_bars + (time - back) // step, (time - s.open[i]) // step)
        x: Floats = i + (k + 0.5) / s.bar_counts(resolution, i)
        return x if inside.all() else np.where(inside, x, self.x_of_time(time))

    def session_of_day(self, day: Ints) -> Ints:
        """Return the index of the first session on or after each day (days since 1970-01-01), int64[n]."""
        return np.searchsorted(self.sessions.day, day).astype(np.int64)

    def as_table(self) -> dict[str, Any]:
        """Return the axis as plain JSON values, for assets/axis.js.

        Columns are flat lists of runs (value, count, value, count …): ``day`` holds the first day number and
        then the distances, the others hold seconds from midnight UTC of the session's date, which may be
        negative or above 86,400. Where there is no lunch break, it begins and ends at 0. ``version`` changes
        with any of it.
        """
        s = self.sessions
        midnight = s.day * DAY_S
        has_break = s.break_end > s.break_start
        table: dict[str, Any] = {
            "name": s.name,
            "timezone": s.timezone,
            "note": s.note,
            "count": len(s),
            "day": _runs(np.diff(s.day, prepend=0)),
            "open": _runs(s.open - midnight),
            "close": _runs(s.close - midnight),
            "break_start": _runs(np.where(has_break, s.break_start - midnight, 0)),
            "break_end": _runs(np.where(has_break, s.break_end - midnight, 0)),
        }
        content = json.dumps(table, sort_keys=True, separators=(",", ":")).encode()
        return {**table, "version": hashlib.sha256(content).hexdigest()[:_VERSION_LENGTH]}

    def _trading_s(self, i: Ints) -> Ints:
        """Return how many seconds the sessions at some indices trade."""
        s = self.sessions
        return s.close[i] - s.open[i] - (s.break_end[i] - s.break_start[i])


def _runs(column: Ints) -> list[int]:
    """Return a column as a flat list of runs: value, count, value, count …."""
    first = np.flatnonzero(np.append(np.True_, column[1:] != column[:-1]))
    counts = np.diff(first, append=len(column))
    return np.column_stack([column[first], counts]).ravel().tolist()
