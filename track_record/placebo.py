"""Skill or luck: what random entries would have come to.

Each call is matched with random sessions of the same stock: same direction, same kind of price, at most 126
sessions before or after it. One draw takes one of them for every call; the mean excess of many draws is what
the same list of stocks in the same times would have come to without any choice of the day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from track_record.method import PLACEBO_DRAWS, PLACEBO_REACH_SESSIONS

if TYPE_CHECKING:
    from market.candles import Floats, Ints
    from track_record.calls import Calls
    from track_record.panel import Panel

_DRAWN_AT_ONCE = 65_536
"""Few enough to stay in the processor's cache, which halves the time."""


@dataclass(frozen=True, slots=True, eq=False)
class Placebo:
    """The calls among random ones.

    Attributes:
        observed: the calls' mean excess.
        means: float64[draws], the mean excess of each draw, ascending.
    """

    observed: float
    means: Floats

    @property
    def share_as_good(self) -> float:
        """How many of the draws do as well or better, the calls themselves among them: never 0."""
        as_good = len(self.means) - int(np.searchsorted(self.means, self.observed))
        return (1 + as_good) / (1 + len(self.means))

    @property
    def share_as_bad(self) -> float:
        """How many of the draws do as badly or worse, likewise."""
        as_bad = int(np.searchsorted(self.means, self.observed, side="right"))
        return (1 + as_bad) / (1 + len(self.means))


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """What each call may be matched with.

    Attributes:
        excess: float64[m], of an upward call with an entry there; packed by kind of entry, then by session.
        start, stop: int64[n], each call's candidates are ``excess[start:stop]``.
    """

    excess: Floats
    start: Ints
    stop: Ints


def placebo(  # noqa: PLR0913 - what a comparison depends on
    panel: Panel,
    calls: Calls,
    excess: Floats,
    horizon: int,
    *,
    draws: int = PLACEBO_DRAWS,
    random: np.random.Generator,
) -> Placebo | None:
    """Compare calls with random entries; None when none of them can be matched.

    A call that cannot (its price is an intraday one of a day that the panel lacks) is left out on both sides.

    Args:
        panel: prices.
        calls: n calls whose outcome at the horizon counts.
        excess: float64[n], their outcomes.
        horizon: in sessions.
        draws: how many times one is drawn for each.
        random: seeded, so that the same calls give the same answer.
    """
    found = candidates(panel, calls, horizon)
    matched = np.flatnonzero(found.stop > found.start)
    if not len(matched):
        return None
    start, count = found.start[matched], (found.stop - found.start)[matched]
    means, weight = np.empty(draws), calls.direction[matched] / len(matched)
    rows = max(1, _DRAWN_AT_ONCE // len(matched))
    for begin in range(0, draws, rows):
        uniform = random.random((min(rows, draws - begin), len(matched)))
        # Below ``count``, because no float below 1 times a whole number rounds up to it.
        drawn = (uniform * count).astype(np.int64) + start
        means[begin : begin + rows] = found.excess[drawn] @ weight
    means.sort()
    return Placebo(float(excess[matched].mean()), means)


def candidates(panel: Panel, calls: Calls, horizon: int) -> Candidates:
    """Return the sessions that each call may be matched with: those whose outcome is known."""
    length = len(panel)
    # Rows of one table: each stock that was called, at its opens and at its closes where these were entries.
    kind = calls.ticker * 2 + calls.at_close
    kinds, row = np.unique(kind, return_inverse=True)
    known = _excess_of_all(panel, kinds // 2, kinds % 2 == 1, horizon)
    finite = np.isfinite(known)
    place = np.flatnonzero(finite)
    lowest = row * length + np.maximum(calls.session - PLACEBO_REACH_SESSIONS, 0)
    highest = row * length + np.minimum(calls.session + PLACEBO_REACH_SESSIONS, length - 1)
    start, stop = np.searchsorted(place, lowest), np.searchsorted(place, highest, side="right")
    return Candidates(known[finite], start, stop)


def _excess_of_all(panel: Panel, ticker: Ints, at_close: np.ndarray, horizon: int) -> Floats:
    """Return the excess of an upward call in every session, float64[r, s], NaN where it is not known."""
    excess = np.full((len(ticker), len(panel)), np.nan)
    last = max(len(panel) - horizon, 0)
    traded = np.isfinite(panel.open[ticker, :last])
    entry = np.where(at_close[:, None], panel.close[ticker, :last], panel.open[ticker, :last])
    market = np.where(at_close[:, None], panel.benchmark_close[:last], panel.benchmark_open[:last])
    exit_, market_exit = panel.close[ticker, horizon:], panel.benchmark_close[horizon:]
    excess[:, :last] = np.where(traded, exit_ / entry - market_exit / market, np.nan)
    return excess
