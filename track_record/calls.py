"""Calls as columns: who said up or down about what, and at which price a viewer could have followed.

Promise: pure and vectorised; entries are those that ``entry.could_be_had`` finds in daily candles.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from track_record.entry import NoEntry, Policy, session_after
from track_record.method import EPISODE_GAP_SESSIONS, LONGEST_WAIT_SESSIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from market.candles import Floats, Ints
    from market.sessions import Sessions
    from track_record.panel import Panel

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Calls:
    """Calls that have an entry.

    Attributes:
        ticker: int64[n], row of the panel.
        session: int64[n], column of the panel in which the entry is.
        direction: int64[n], 1 when a rise proves the call right, -1 when a fall does.
        at_close: bool[n], whether the entry is the session's close; what random entries are matched to.
        price: float64[n], of the stock at the entry; an intraday one must be of the panel's basis.
        benchmark: float64[n], of the benchmark at the same moment.
    """

    ticker: Ints
    session: Ints
    direction: Ints
    at_close: Flags
    price: Floats
    benchmark: Floats

    def __len__(self) -> int:
        """Return the number of calls."""
        return len(self.ticker)

    def take(self, index: Ints | Flags) -> Self:
        """Return some of the calls, by positions or by a mask."""
        return type(self)(
            ticker=self.ticker[index],
            session=self.session[index],
            direction=self.direction[index],
            at_close=self.at_close[index],
            price=self.price[index],
            benchmark=self.benchmark[index],
        )


def enter(  # noqa: PLR0913 - what a call is made of
    panel: Panel,
    sessions: Sessions,
    tickers: Sequence[str],
    published_s: Ints,
    direction: Ints,
    policy: Policy,
) -> tuple[Calls, list[NoEntry | None]]:
    """Find the daily entries of n calls under a policy.

    Args:
        panel: with every ticker, from before the first call.
        sessions: the ones that the panel was made of.
        tickers: n canonical tickers.
        published_s: int64[n], UTC seconds, rounded down.
        direction: int64[n], 1 or -1.
        policy: which price counts; ``NEXT_BAR`` of daily prices is the next open.

    Returns:
        The calls that have an entry, and for each of the n why it has none, None where it has.

    Raises:
        ValueError: a call is from before the panel's first session, or its direction is none.
    """
    row_of = {ticker: row for row, ticker in enumerate(panel.tickers)}
    row = np.array([row_of[ticker] for ticker in tickers], dtype=np.int64)
    due = session_after(sessions, published_s, policy) - panel.first_session
    if (due < 0).any():
        raise ValueError("a call is older than the panel: begin it earlier")
    if not np.isin(direction, (-1, 1)).all():
        raise ValueError("a call says 1 (up) or -1 (down); what says neither is no call")
    length = len(panel)
    traded = np.isfinite(panel.open)
    found = np.full(len(row), length)
    known = due < length
    found[known] = _next(traded)[row[known], due[known]]
    entered = (found < length) & (found - due <= LONGEST_WAIT_SESSIONS)
    first = np.where(traded.any(axis=1), traded.argmax(axis=1), length)[row]
    reasons: list[NoEntry | None] = [None] * len(row)
    for i in np.flatnonzero(~entered).tolist():
        pending = due[i] + LONGEST_WAIT_SESSIONS >= length
        missing = NoEntry.NOT_TRADED if first[i] < due[i] else NoEntry.NOT_LISTED
        reasons[i] = NoEntry.PENDING if pending else missing
    return _at(panel, row[entered], found[entered], direction[entered], is_close=policy.is_close), reasons


def episodes(calls: Calls) -> Ints:
    """Return the number of each call's episode, int64[n]; the first call of one is the one with its entry.

    Calls on one ticker in one direction belong together while each comes at most 21 sessions after the one
    before it and no call in the other direction comes between. Numbers run from 0 without gaps.
    """
    order = np.lexsort((calls.session, calls.ticker))
    ticker, session, direction = (c[order] for c in (calls.ticker, calls.session, calls.direction))
    begins = np.ones(len(order), dtype=np.bool_)
    begins[1:] = (
        (np.diff(ticker) != 0) | (np.diff(direction) != 0) | (np.diff(session) > EPISODE_GAP_SESSIONS)
    )
    numbers = np.empty(len(order), dtype=np.int64)
    numbers[order] = np.cumsum(begins) - 1
    return numbers


def openers(calls: Calls, number: Ints) -> Ints:
    """Return the positions of the first call of each episode; ``number`` is what ``episodes`` gave."""
    order = np.lexsort((calls.session, number))
    _, first = np.unique(number[order], return_index=True)
    found: Ints = order[first]
    return found


def openings(calls: Calls) -> Calls:
    """Return the first call of each episode: what is scored."""
    return calls.take(openers(calls, episodes(calls)))


def _next(traded: Flags) -> Ints:
    """Return for each session the column of the first one from it on in which the stock traded, s if none."""
    length = traded.shape[1]
    column = np.where(traded, np.arange(length), length)
    return np.minimum.accumulate(column[:, ::-1], axis=1)[:, ::-1]


def _at(panel: Panel, row: Ints, column: Ints, direction: Ints, *, is_close: bool) -> Calls:
    prices, benchmark = (
        (panel.close, panel.benchmark_close) if is_close else (panel.open, panel.benchmark_open)
    )
    return Calls(
        ticker=row,
        session=column,
        direction=direction,
        at_close=np.full(len(row), is_close),
        price=prices[row, column],
        benchmark=benchmark[column],
    )
