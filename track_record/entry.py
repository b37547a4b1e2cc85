"""At which price a viewer could have followed a call, and which price was on the screen when it was made.

A viewer can act once a video is out, never before: every price given here was made strictly after the
publication, by the calendar of the exchange. Instants are UTC seconds.

Promise: pure; the candles decide only among prices that the calendar allows. Prices are as the caller
adjusted them (``adjust=split``), so a split between the call and today changes no return.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from market.resolution import Resolution
from market.sessions import DAY_S
from track_record.method import LONGEST_WAIT_SESSIONS

if TYPE_CHECKING:
    from market.candles import Candles, Ints
    from market.sessions import Sessions


Flags = NDArray[np.bool_]


class Policy(StrEnum):
    """Which price counts as the one that could be had.

    Published in mid-session: the open of the next bar, the open of the next session, the close of this
    session, the close of the next one. Published outside of sessions, all but the closes are the next open.
    """

    NEXT_BAR = "next-bar"
    NEXT_OPEN = "next-open"
    SAME_DAY_CLOSE = "same-day-close"
    NEXT_CLOSE = "next-close"

    @property
    def is_close(self) -> bool:
        """Whether it is the price at the end of a session."""
        return self in {Policy.SAME_DAY_CLOSE, Policy.NEXT_CLOSE}


class NoEntry(StrEnum):
    """Why there is no price."""

    PENDING = "pending"
    """It is still to be made, or not known yet."""
    NOT_LISTED = "not-listed"
    """Its first price is too long after the call for it to be the same occasion: it was not listed yet, or
    its source goes back no further."""
    NOT_TRADED = "not-traded"
    """It traded before, and not in the sessions after the call: suspended or delisted."""
    NO_CALENDAR = "no-calendar"
    """The exchange's calendar does not reach so far."""


@dataclass(frozen=True, slots=True)
class Price:
    """A price and where it comes from.

    Attributes:
        time: UTC seconds at which it was made: an open, a bar's start, or a close.
        bar: label of its candle (``Candles.time``): the bar's start, or midnight UTC of a session's date.
        price: as the candles have it.
        session: index of its session.
    """

    time: int
    bar: int
    price: float
    session: int


def session_after(sessions: Sessions, published_s: Ints, policy: Policy) -> Ints:
    """Return in which session the daily price of a policy is made, strictly after publication.

    Args:
        sessions: of the exchange.
        published_s: int64[n], UTC seconds, rounded down.
        policy: ``NEXT_BAR`` of daily bars is the next open.

    Returns:
        int64[n], indices; ``len(sessions)`` where the calendar ends before.
    """
    made_at = sessions.close if policy is Policy.SAME_DAY_CLOSE else sessions.open
    return np.searchsorted(made_at, published_s, side="right").astype(np.int64)


def bar_after(sessions: Sessions, published_s: int, resolution: Resolution) -> int | None:
    """Return the start of the first intraday bar that begins strictly after publication, UTC seconds.

    It is the next bar of the running session, else the next open; None where the calendar ends before.
    """
    upcoming = int(np.searchsorted(sessions.open, published_s, side="right"))
    if upcoming > 0:
        starts = sessions.bar_starts(upcoming - 1, resolution)
        later = starts[np.searchsorted(starts, published_s, side="right") :]
        if len(later):
            return int(later[0])
    return int(sessions.open[upcoming]) if upcoming < len(sessions) else None


def could_be_had(  # noqa: PLR0913 - what an entry depends on
    sessions: Sessions,
    candles: Candles,
    resolution: Resolution,
    published_s: int,
    *,
    known_until_s: int,
    policy: Policy = Policy.NEXT_BAR,
) -> Price | NoEntry:
    """Return the first price of a policy that a viewer could have had.

    Where the bar that the calendar promises is missing (nothing traded, a halt), the next one that there is
    counts, up to five sessions later.

    Args:
        sessions: of the ticker's exchange.
        candles: from some sessions before the publication to some after it, adjusted for splits.
        resolution: theirs; intraday for ``NEXT_BAR`` only, daily for any policy.
        published_s: UTC seconds, rounded down.
        known_until_s: UTC seconds; candles up to it are all there are.
        policy: which price counts.

    Raises:
        ValueError: the resolution is weekly or monthly, or intraday with a policy of daily prices.
    """
    if resolution.is_intraday:
        if policy is not Policy.NEXT_BAR:
            raise ValueError(f"{policy} is a price of daily candles")
        return _bar(sessions, candles, resolution, published_s, known_until_s)
    if resolution is not Resolution.DAY:
        raise ValueError("an entry is looked for in daily or intraday candles")
    return _daily(sessions, candles, published_s, known_until_s, policy)


def was_said(sessions: Sessions, candles: Candles, resolution: Resolution, published_s: int) -> Price | None:
    """Return the price that was known when the call was made: the close of the last bar that was over.

    None where no candle had ended. The resolution is daily or intraday.
    """
    session, inside = _session_of(sessions, candles, resolution)
    closes = sessions.close[session]
    ends = np.minimum(candles.time + resolution.minutes * 60, closes) if resolution.is_intraday else closes
    over = np.flatnonzero(inside & (ends <= published_s))
    if not len(over):
        return None
    at = int(over[-1])
    return Price(int(ends[at]), int(candles.time[at]), float(candles.close[at]), int(session[at]))


def _bar(
    sessions: Sessions, candles: Candles, resolution: Resolution, published_s: int, known_until_s: int
) -> Price | NoEntry:
    due = bar_after(sessions, published_s, resolution)
    if due is None:
        return NoEntry.NO_CALENDAR
    due_session = int(np.searchsorted(sessions.open, due, side="right")) - 1
    session, inside = _session_of(sessions, candles, resolution)
    found = _first(session, inside & (candles.time >= due), due_session)
    if found is None:
        earlier = bool((candles.time <= published_s).any())
        return _why(sessions, due_session, due, known_until_s, traded_before=earlier)
    time = int(candles.time[found])
    return Price(time, time, float(candles.open[found]), int(session[found]))


def _daily(
    sessions: Sessions, candles: Candles, published_s: int, known_until_s: int, policy: Policy
) -> Price | NoEntry:
    due_session = int(session_after(sessions, np.array([published_s]), policy)[0])
    if due_session == len(sessions):
        return NoEntry.NO_CALENDAR
    made_at = sessions.close if policy.is_close else sessions.open
    session, inside = _session_of(sessions, candles, Resolution.DAY)
    over = made_at[session] <= known_until_s
    found = _first(session, inside & over & (session >= due_session), due_session)
    if found is None:
        earlier = bool((inside & (session < due_session)).any())
        return _why(sessions, due_session, int(made_at[due_session]), known_until_s, traded_before=earlier)
    prices = candles.close if policy.is_close else candles.open
    at = int(session[found])
    return Price(int(made_at[at]), int(candles.time[found]), float(prices[found]), at)


def _session_of(sessions: Sessions, candles: Candles, resolution: Resolution) -> tuple[Ints, Flags]:
    """Return each candle's session, int64[n], and whether it is in one at all, bool[n]."""
    if not resolution.is_intraday:
        day = candles.time // DAY_S
        session = np.minimum(np.searchsorted(sessions.day, day), len(sessions) - 1)
        return session, sessions.day[session] == day
    # Bars before the open and after the close are no prices that this exchange's sessions made.
    session = np.maximum(np.searchsorted(sessions.open, candles.time, side="right") - 1, 0)
    return session, (candles.time >= sessions.open[session]) & (candles.time < sessions.close[session])


def _first(session: Ints, allowed: Flags, due_session: int) -> int | None:
    in_time = allowed & (session <= due_session + LONGEST_WAIT_SESSIONS)
    found = np.flatnonzero(in_time)
    return int(found[0]) if len(found) else None


def _why(
    sessions: Sessions, due_session: int, due_s: int, known_until_s: int, *, traded_before: bool
) -> NoEntry:
    last = min(due_session + LONGEST_WAIT_SESSIONS, len(sessions) - 1)
    if known_until_s < max(due_s, int(sessions.close[last])):
        return NoEntry.PENDING
    return NoEntry.NOT_TRADED if traded_before else NoEntry.NOT_LISTED
