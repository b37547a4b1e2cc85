"""One ticker's bars out of a file, and what can be asked of them: their dates, and how they join."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from adapters.errors import BadPayloadError
from market.actions import Actions
from market.candles import COLUMNS, Candles
from market.resolution import Resolution
from market.sessions import DAY_S, day_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.prices import Basis
    from market.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Problem:
    """A sentence about a file; ``day`` is the exchange date (day number) it is about, None: all of it."""

    text: str
    day: int | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """What a file holds of one ticker.

    Attributes:
        ticker: canonical spelling.
        file: base name.
        resolution: 1 to 60 or D.
        candles: ascending, labelled with their start; never empty.
        basis: what the prices are adjusted for.
        actions: splits and dividends of the file; none where it has no such columns.
        problems: about rows that were left out and about how the file was read.
    """

    ticker: str
    file: str
    resolution: Resolution
    candles: Candles
    basis: Basis
    actions: Actions
    problems: tuple[Problem, ...]


def first_day(series: Series, sessions: Sessions) -> int:
    """Return the exchange date of a series' first bar as a day number."""
    return _day_at(series, sessions, 0)


def last_moment_s(series: Series, sessions: Sessions) -> int:
    """Return the UTC seconds at which the session of a series' last bar ends.

    One second less where the next session begins at once: the same second would lie in the next session.
    """
    at = int(np.searchsorted(sessions.day, _day_at(series, sessions, -1)))
    close = int(sessions.close[at])
    at_once = at + 1 < len(sessions) and int(sessions.open[at + 1]) == close
    return close - at_once


def span_s(series: Series, sessions: Sessions, start: int, end: int) -> tuple[int, int]:
    """Return the UTC seconds [from, to) of a series' bars of some exchange dates (day numbers, inclusive)."""
    if series.resolution is Resolution.DAY:
        return start * DAY_S, (end + 1) * DAY_S
    chosen = sessions.between(day_of(start), day_of(end))
    if not chosen:
        return 0, 0
    return int(sessions.open[chosen.start]), int(sessions.close[chosen.stop - 1])


def merged(parts: Sequence[Series]) -> Series:
    """Join several files' bars of one ticker and resolution; of the same bar, the last file's counts.

    Raises:
        BadPayloadError: when they are not adjusted for the same things.
    """
    if len(parts) == 1:
        return parts[0]
    names = ", ".join(part.file for part in parts)
    if len({part.basis for part in parts}) > 1:
        raise BadPayloadError(f"{names} are adjusted differently; keep one of them.", provider="files")
    columns = [np.concatenate([getattr(part.candles, column) for part in parts]) for column in COLUMNS]
    order = np.argsort(columns[0], kind="stable")
    order = order[np.append(columns[0][order][1:] != columns[0][order][:-1], np.True_)]
    rows = {
        int(d): (float(s), float(c))
        for a in (part.actions for part in parts)
        for d, s, c in zip(a.day, a.split, a.dividend, strict=True)
    }
    problems = tuple(problem for part in parts for problem in part.problems)
    return replace(
        parts[-1],
        file=names,
        candles=Candles(*(column[order] for column in columns)),
        actions=Actions.of((day_of(d), s, c) for d, (s, c) in rows.items()),
        problems=problems,
    )


def _day_at(series: Series, sessions: Sessions, position: int) -> int:
    time = int(series.candles.time[position])
    if series.resolution is Resolution.DAY:
        return time // DAY_S
    return int(sessions.day[np.searchsorted(sessions.open, time, side="right") - 1])
