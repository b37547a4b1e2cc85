"""Which intraday bars a column of times holds: how long they are, and where each begins.

Promise: every start that comes out is one of the calendar's expected bar starts (market.sessions), so that
no bar lands in another one's slot. Files may label a bar with its start or its end; which one is seen from
the first bar of the sessions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from adapters.errors import BadPayloadError
from market.aggregate import trading
from market.resolution import Resolution

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from market.candles import Ints
    from market.sessions import Sessions

    Bools = NDArray[np.bool_]

COARSEST_FIRST = tuple(r for r in reversed(Resolution) if r.is_intraday)

FITS = 0.95
"""Share of the bars inside the sessions that must begin where bars of a resolution begin."""
SAME_STEP = 0.7
"""From this share on, the commonest distance between bars is their length."""
MOST = 0.5


@dataclass(frozen=True, slots=True)
class Grid:
    """n times, understood.

    Attributes:
        resolution: the bars' length.
        start: int64[n], UTC seconds of the bars' starts.
        outside: bool[n], bars before the open, after the close, or in a lunch break.
        off: bool[n], bars inside that begin where none does.
        notes: sentences about how the times were read.
    """

    resolution: Resolution
    start: Ints
    outside: Bools
    off: Bools
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where n times lie: their session, what its bars are counted from there, and whether it trades then."""

    second: Ints
    at: Ints
    anchor: Ints
    inside: Bools

    @classmethod
    def of(cls, second: Ints, sessions: Sessions) -> _Place:
        at, inside = trading(second, sessions)
        back = sessions.break_end[at]
        return cls(second, at, np.where((back > 0) & (second >= back), back, sessions.open[at]), inside)

    def within(self) -> _Place:
        """Return the times that lie in sessions, ascending."""
        held = np.flatnonzero(self.inside)
        held = held[np.argsort(self.second[held], kind="stable")]
        return _Place(self.second[held], self.at[held], self.anchor[held], self.inside[held])


def intraday_starts(file: str, second: Ints, named: Resolution | None, sessions: Sessions) -> Grid:
    """Understand the times of intraday bars.

    Args:
        file: base name for messages.
        second: int64[n], n ≥ 1, UTC seconds as labelled, in any order.
        named: the resolution that the file's name says.
        sessions: the calendar.

    Raises:
        BadPayloadError: when the times do not fit the sessions, or the bars are not 1 to 60 minutes long.
    """
    place = _Place.of(second, sessions)
    held = place.within()
    _refuse_other_zone(file, place, sessions)
    resolution, notes = _resolution(file, held, named, sessions)
    step = resolution.minutes * 60
    ends, doubt = _labelled_with_ends(held, second, step, sessions)
    if doubt:
        notes.append("whether times are starts or ends of bars cannot be told; they are read as starts")
    if ends:
        notes.append("times are the ends of bars and were turned into starts")
        place = _Place.of(second - 1, sessions)
    start = place.anchor + (place.second - place.anchor) // step * step
    label = _ends_of(start, place, step, sessions) if ends else start
    left_out = int((~place.inside).sum())
    if left_out:
        notes.append(f"{left_out} rows outside the trading sessions are left out")
    return Grid(resolution, start, ~place.inside, place.inside & (second != label), tuple(notes))


def _refuse_other_zone(file: str, place: _Place, sessions: Sessions) -> None:
    """Refuse times mostly outside the sessions, unless they go from before the open past the close."""
    outside = ~place.inside
    before = place.second[outside] < sessions.open[place.at[outside]]
    after_close = place.second[outside] >= sessions.close[place.at[outside]]
    to_next_s = np.append(sessions.open, sessions.close[-1])[place.at[outside] + 1] - place.second[outside]
    early = before | (after_close & (to_next_s <= _EARLY_S))
    extended = min(early.sum(), (~early).sum()) > _BOTH_SIDES * outside.sum()
    if place.inside.any() and (outside.mean() <= MOST or extended):
        return
    raise BadPayloadError(
        f"{file}: {int(outside.sum())} of {len(outside)} rows lie outside the trading sessions. "
        f"Times without a zone are read as {sessions.timezone}; write the zone (2020-01-02T14:30:00Z) if it "
        "is another.",
        provider="files",
    )


_EARLY_S = 6 * 3600
"""Trading before the open begins at most so long before it."""
_BOTH_SIDES = 0.1


def _resolution(
    file: str, held: _Place, named: Resolution | None, sessions: Sessions
) -> tuple[Resolution, list[str]]:
    """Return the coarsest resolution whose bars begin where (nearly) all of these do."""
    offset = held.second - held.anchor
    fits = [r for r in COARSEST_FIRST if (offset % (r.minutes * 60) == 0).mean() >= FITS]
    gaps = np.diff(held.second)[np.diff(held.at) == 0]
    gaps = gaps[gaps > 0]
    if len(gaps) == 0:
        # One bar a day fits everything; only the name can tell.
        fits = [r for r in fits if r is named]
    step = int(np.bincount(gaps).argmax()) if len(gaps) else 0
    even = len(gaps) > 0 and float((gaps == step).mean()) >= SAME_STEP
    if not fits or (even and step != fits[0].minutes * 60):
        raise BadPayloadError(_unknown_length(file, step, sessions), provider="files")
    if named is not None and named is not fits[0]:
        return fits[0], [f"the name says {named.value} minutes, but bars begin every {fits[0].value}"]
    return fits[0], []


def _unknown_length(file: str, step: int, sessions: Sessions) -> str:
    seen = f"Most bars are {step // 60} minutes apart" if step else "How long the bars are cannot be told"
    return (
        f"{file}: {seen}. Bars of 1, 5, 15, 30 or 60 minutes are expected, counted from each session's open "
        f"({sessions.timezone})."
    )


def _labelled_with_ends(held: _Place, second: Ints, step: int, sessions: Sessions) -> tuple[bool, bool]:
    """Return whether labels are the ends of bars, and whether that is in doubt.

    In most sessions the first label is the open: starts. It is a step later, and the close is a label too:
    ends. A bar before the open ends at the open, so with such bars the first label proves nothing.
    """
    first = np.append(np.True_, held.at[1:] != held.at[:-1])
    offset = (held.second - held.anchor)[first]
    days = held.at[first]
    if (offset == 0).mean() >= MOST:
        before = np.isin(sessions.open[days] - step, second) & (
            sessions.open[days] - step >= _closes(days, sessions)
        )
        return False, bool(before.mean() >= MOST)
    ends = (offset == step).mean() >= MOST and np.isin(sessions.close[days], second).mean() >= MOST
    return bool(ends), not ends


def _closes(days: Ints, sessions: Sessions) -> Ints:
    """Return the close of the session before each; around the clock nothing lies between it and the open."""
    return np.where(days > 0, sessions.close[days - 1], 0)


def _ends_of(start: Ints, place: _Place, step: int, sessions: Sessions) -> Ints:
    """Return where bars end: a step after their start, or at the close or the lunch break before that."""
    end = np.minimum(start + step, sessions.close[place.at])
    lunch = sessions.break_start[place.at]
    return np.where((lunch > 0) & (start < lunch), np.minimum(end, lunch), end)
