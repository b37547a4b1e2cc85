"""One ticker's rows of one file, checked and turned into candles on the exchange's grid (cache-4).

Promise: a bar that comes out was in the file, in the place that the calendar has for it. Rows that cannot
be right are left out and named by file and line; a file with more than 5 % of them is refused whole.

Prices are taken as they are: an adjusted close is left alone, because how it was made cannot be told exactly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from adapters.errors import BadPayloadError
from adapters.file_actions import actions_of
from adapters.file_bars import Problem, Series
from adapters.file_columns import EXAMPLE, PRICES
from adapters.file_grid import intraday_starts
from adapters.file_times import stamps_of
from adapters.prices import Basis
from market.actions import Actions
from market.calendars import FIRST_DAY
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S
from market.validate import BAD_SHARE, REASONS, TOLERATED_BARS

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from adapters.file_reading import Raw
    from adapters.file_times import Stamps
    from market.candles import Ints
    from market.sessions import Sessions

_BARE_DATE = r"(?:\d{8}|\d{1,4}[./-]\d{1,2}[./-]\d{1,4})(?:[T ]00:00(?::00(?:\.0+)?)?(?:Z|\+00:?00)?)?"
MAX_ROW_PROBLEMS = 20
"""So many rows of a file are named one by one; the rest are counted."""

UNREADABLE_TIME = "the time cannot be read"
FUTURE = "lies in the future"
NO_SESSION = "no trading session has this date"
OFF_GRID = "the time is no start of a bar"
TOO_MUCH = "the volume is too large"
_FAULTS = (*REASONS, UNREADABLE_TIME, FUTURE, NO_SESSION, OFF_GRID, TOO_MUCH)
_LONGEST_BAR_S = 3600
"""The running bar may be labelled with its end."""
_MAX_VOLUME = 2.0**63


@dataclass(slots=True)
class _Rows:
    """Rows on their way to a series.

    ``fault`` says for each row which of ``_FAULTS`` it has, -1 none; rows that are not ``kept`` are left out
    without being at fault.
    """

    table: pd.DataFrame
    stamps: Stamps
    fault: NDArray[np.int8]
    kept: NDArray[np.bool_]
    notes: list[str]

    @classmethod
    def of(cls, raw: Raw, stamps: Stamps) -> _Rows:
        """Return the rows, all of them good so far."""
        size = len(raw.table)
        notes = [*raw.notes, *stamps.notes]
        return cls(raw.table, stamps, np.full(size, -1, np.int8), np.ones(size, np.bool_), notes)

    def reject(self, rows: NDArray[np.bool_], reason: str) -> None:
        """Mark rows that are still good."""
        self.fault[rows & self.good] = _FAULTS.index(reason)

    @property
    def good(self) -> NDArray[np.bool_]:
        """Which rows are still to be used."""
        good: NDArray[np.bool_] = self.kept & (self.fault < 0)
        return good

    @property
    def bad(self) -> NDArray[np.bool_]:
        """Which rows cannot be right."""
        bad: NDArray[np.bool_] = self.kept & (self.fault >= 0)
        return bad

    def story(self, at: int) -> str:
        """Return the line of a bad row, and why it is one."""
        return f"line {self.table['line'].iloc[at]}: {_FAULTS[self.fault[at]]}"


def series_of(  # noqa: PLR0913 - what is known about the rows, and about the world
    ticker: str, file: str, raw: Raw, named: Resolution | None, sessions: Sessions, now_s: float
) -> Series:
    """Build one ticker's series.

    Args:
        ticker: whose rows ``raw`` holds.
        file: base name for messages.
        raw: the rows.
        named: the resolution that the file's name says.
        sessions: the ticker's calendar.
        now_s: UTC seconds of the real present; later bars cannot be.

    Raises:
        BadPayloadError: when more than 5 % of the rows are bad, when none is left, or when the length of the
            bars cannot be told or offered.
    """
    stamps = stamps_of(raw.table["time"], raw.table.get("clock"), sessions.timezone)
    rows = _Rows.of(raw, stamps)
    rows.reject(~stamps.ok, UNREADABLE_TIME)
    volume = _volume(rows)
    _judge_prices(rows, volume)
    rows.reject(stamps.second > now_s + _LONGEST_BAR_S, FUTURE)
    early = stamps.ok & (stamps.day < sessions.day[0])
    if early.any():
        rows.kept &= ~early
        rows.notes.append(f"{int(early.sum())} rows before {max(FIRST_DAY, sessions.date(0))} are left out")
    resolution, time = _placed(file, rows, named, sessions)
    _refuse_if_mostly_bad(file, raw, rows)
    candles = _ascending(rows, time, volume)
    actions, basis = Actions.none(), Basis.RAW
    if resolution is Resolution.DAY:
        actions, basis, note = actions_of(
            rows.table[rows.good], rows.stamps.day[rows.good], candles, yahoo=raw.yahoo
        )
        rows.notes += [note] if note else []
    return Series(ticker, file, resolution, candles, basis, actions, _problems(file, rows))


def _volume(rows: _Rows) -> Ints:
    """Return whole volumes: 0 where there is none; what no number can be makes the row bad."""
    size = len(rows.table)
    if "volume" not in rows.table:
        rows.notes.append("there is no volume, 0 is shown")
        return np.zeros(size, np.int64)
    column = rows.table["volume"]
    if column.dtype.kind == "i":
        return column.to_numpy(np.int64)
    volume = column.to_numpy(np.float64, na_value=np.nan)
    rows.reject(np.abs(volume) >= _MAX_VOLUME, TOO_MUCH)
    missing = np.isnan(volume)
    if missing.any():
        rows.notes.append(f"{int(missing.sum())} rows without volume, 0 is shown")
    sound = np.where(missing | (np.abs(volume) >= _MAX_VOLUME), 0.0, volume)
    if (sound % 1 != 0).any():
        rows.notes.append("volumes are rounded to whole units")
    return np.rint(sound).astype(np.int64)


def _judge_prices(rows: _Rows, volume: Ints) -> None:
    open_, high, low, close = (rows.table[p].to_numpy(np.float64, na_value=np.nan) for p in PRICES)
    prices = np.stack([open_, high, low, close])
    faults = (
        ~np.isfinite(prices).all(axis=0),
        (prices <= 0).any(axis=0),
        high < np.maximum(open_, close),
        low > np.minimum(open_, close),
        volume < 0,
    )
    for fault, reason in zip(faults, REASONS, strict=True):
        rows.reject(fault, reason)


def _placed(file: str, rows: _Rows, named: Resolution | None, sessions: Sessions) -> tuple[Resolution, Ints]:
    """Return the bars' resolution and their starts; what has no place is marked or left out."""
    if not rows.good.any():
        return named or Resolution.DAY, rows.stamps.second
    if _are_days(file, rows, named):
        at = np.minimum(np.searchsorted(sessions.day, rows.stamps.day), len(sessions) - 1)
        rows.reject(sessions.day[at] != rows.stamps.day, NO_SESSION)
        _refuse_weeks(file, rows, sessions)
        return Resolution.DAY, rows.stamps.day * DAY_S
    where = np.flatnonzero(rows.good)
    grid = intraday_starts(file, rows.stamps.second[where], named, sessions)
    starts = rows.stamps.second.copy()
    starts[where] = grid.start
    off = np.zeros(len(starts), np.bool_)
    off[where] = grid.off
    rows.reject(off, OFF_GRID)
    rows.kept[where[grid.outside]] = False
    rows.notes.extend(grid.notes)
    return grid.resolution, starts


def _are_days(file: str, rows: _Rows, named: Resolution | None) -> bool:
    """Tell whether rows are days: dates without a time of day, or (nearly) one row for each date.

    Raises:
        BadPayloadError: when the name says days but there are several times a day.
    """
    if _all_bare(rows):
        if named is not None and named.is_intraday:
            rows.notes.append(f"the name says {named.value} minutes, but the rows are days")
        return True
    days = rows.stamps.day[rows.good]
    once = len(np.unique(days)) >= (1 - BAD_SHARE) * len(days)
    if named is Resolution.DAY and not once:
        raise BadPayloadError(
            f"{file}: the name says days, but there are several rows for a day. Name it like AAPL_5.csv.",
            provider="files",
        )
    return named is Resolution.DAY or (named is None and once and len(days) > 1)


def _all_bare(rows: _Rows) -> bool:
    """Tell whether all rows carry dates without a time of day."""
    text = rows.table["time"][rows.good]
    if "clock" in rows.table or not re.fullmatch(_BARE_DATE, str(text.iloc[0])):
        return False
    return bool(text.astype(str).str.fullmatch(_BARE_DATE).all())


def _refuse_weeks(file: str, rows: _Rows, sessions: Sessions) -> None:
    """Refuse weekly and monthly bars, which would pass for days with gaps."""
    at = np.unique(np.searchsorted(sessions.day, rows.stamps.day[rows.good]))
    if len(at) > _FEW and np.median(np.diff(at)) >= _WEEK_SESSIONS:
        raise BadPayloadError(
            f"{file} has bars of weeks or months. Give daily ones; weeks and months are built from them.",
            provider="files",
        )


_FEW, _WEEK_SESSIONS = 3, 4


def _refuse_if_mostly_bad(file: str, raw: Raw, rows: _Rows) -> None:
    bad, size = rows.bad, int(rows.kept.sum())
    count = int(bad.sum())
    if rows.good.any() and (count <= TOLERATED_BARS or count <= BAD_SHARE * size):
        return
    if count == 0:
        found = (
            "has no row with prices"
            if not len(rows.table)
            else f"has no row to use ({'; '.join(rows.notes)})"
        )
        raise BadPayloadError(f"{file} {found}. Expected are lines like: {EXAMPLE}", provider="files")
    first = int(np.flatnonzero(bad)[0])
    raise BadPayloadError(
        f"{file}: {count} of {size} rows cannot be right ({rows.story(first)}). "
        f"Its columns are: {raw.header[:120]}. Expected is: {EXAMPLE}",
        provider="files",
    )


def _ascending(rows: _Rows, time: Ints, volume: Ints) -> Candles:
    """Return the good rows in order, the last of each time."""
    good = np.flatnonzero(rows.good)
    steps = np.diff(time[good])
    if (steps < 0).any() and (steps > 0).any():
        rows.notes.append("the rows are not in order of time and were sorted")
    order = good[np.argsort(time[good], kind="stable")]
    last = np.append(time[order][1:] != time[order][:-1], np.True_)
    if not last.all():
        rows.notes.append(f"{int((~last).sum())} rows have the time of another one; the last of each counts")
    order = order[last]
    open_, high, low, close = (rows.table[p].to_numpy(np.float64)[order] for p in PRICES)
    return Candles.of(time[order], open_, high, low, close, volume[order])


def _problems(file: str, rows: _Rows) -> tuple[Problem, ...]:
    """Return the file's notes and its bad rows, the first ones by line."""
    bad = np.flatnonzero(rows.bad)
    problems = [Problem(f"{file}: {note}") for note in rows.notes]
    for at in bad[:MAX_ROW_PROBLEMS]:
        day = int(rows.stamps.day[at]) if rows.stamps.ok[at] else None
        problems.append(Problem(f"{file} {rows.story(at)}", day))
    if len(bad) > MAX_ROW_PROBLEMS:
        problems.append(Problem(f"{file}: {len(bad) - MAX_ROW_PROBLEMS} more rows were left out"))
    return tuple(problems)
