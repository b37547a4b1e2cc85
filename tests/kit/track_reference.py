"""The scoring method written a second time, from docs/track-record.md: loops over plain lists, no numpy.

It shares no code with ``track_record`` but the names of the policies; slow, and easy to check by eye.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from track_record.entry import Policy

if TYPE_CHECKING:
    from collections.abc import Sequence

HORIZONS = (21, 63, 252)
GAP, WAIT, REACH = 21, 5, 126


@dataclass
class Market:
    """Sessions as (day, open, close) in UTC seconds; each stock's (open, close) by session, None if none."""

    sessions: list[tuple[int, int, int]]
    stocks: dict[str, list[tuple[float, float] | None]]
    benchmark: list[tuple[float, float]]
    delisted: set[str] = field(default_factory=set)

    def traded(self, ticker: str, session: int) -> bool:
        return self.stocks[ticker][session] is not None

    def worth(self, ticker: str, session: int) -> float | None:
        """Return the last close known in a session."""
        bars = self.stocks[ticker]
        for back in range(session, -1, -1):
            bar = bars[back]
            if bar is not None:
                gone = ticker in self.delisted and all(later is None for later in bars[back + 1 :])
                return bar[1] if gone or session - back <= WAIT else None
        return None

    def is_gone(self, ticker: str, session: int) -> bool:
        return ticker in self.delisted and all(bar is None for bar in self.stocks[ticker][session:])


@dataclass
class Call:
    ticker: str
    session: int
    direction: int
    at_close: bool
    price: float
    market: float


def entry(market: Market, ticker: str, published: int, direction: int, policy: Policy) -> Call | str:
    """Return the call with its entry, or why it has none."""
    due = len(market.sessions)
    for number, (_, opens, closes) in enumerate(market.sessions):
        if (closes if policy is Policy.SAME_DAY_CLOSE else opens) > published:
            due = number
            break
    for session in range(due, min(due + WAIT + 1, len(market.sessions))):
        bar = market.stocks[ticker][session]
        if bar is not None:
            side = 1 if policy in {Policy.SAME_DAY_CLOSE, Policy.NEXT_CLOSE} else 0
            return Call(ticker, session, direction, side == 1, bar[side], market.benchmark[session][side])
    if due + WAIT >= len(market.sessions):
        return "pending"
    return "not-traded" if any(market.stocks[ticker][:due]) else "not-listed"


def episodes(calls: Sequence[Call]) -> list[list[int]]:
    """Return the positions of the calls of each episode, in the order of tickers, then of time."""
    found: list[list[int]] = []
    for position in sorted(range(len(calls)), key=lambda i: (calls[i].ticker, calls[i].session)):
        call = calls[position]
        last = calls[found[-1][-1]] if found else None
        if (
            last is not None
            and (last.ticker, last.direction) == (call.ticker, call.direction)
            and call.session - last.session <= GAP
        ):
            found[-1].append(position)
        else:
            found.append([position])
    return found


def excess(market: Market, call: Call, session: int) -> float | None:
    """Return how much better than the benchmark it did by the close of a session."""
    worth = market.worth(call.ticker, session)
    if worth is None:
        return None
    stock_return = worth / call.price - 1
    market_return = market.benchmark[session][1] / call.market - 1
    return call.direction * (stock_return - market_return)


def outcome(market: Market, call: Call, horizon: int) -> tuple[str, float | None]:
    """Return the state of a call at a horizon, and its excess if that counts."""
    at = call.session + horizon
    if at >= len(market.sessions):
        return "pending", None
    value = excess(market, call, at)
    if value is None:
        return "unpriced", None
    return ("delisted" if market.is_gone(call.ticker, at) else "matured"), value


def candidates(market: Market, call: Call, horizon: int) -> list[float]:
    """Return the excess of an upward call in every session that a call may be matched with."""
    found = []
    for session in range(call.session - REACH, call.session + REACH + 1):
        if not 0 <= session < len(market.sessions) - horizon or not market.traded(call.ticker, session):
            continue
        bar, side = market.stocks[call.ticker][session], int(call.at_close)
        assert bar is not None
        other = Call(call.ticker, session, 1, call.at_close, bar[side], market.benchmark[session][side])
        value = excess(market, other, session + horizon)
        if value is not None:
            found.append(value)
    return found


def variance_of_mean(values: Sequence[float], clusters: Sequence[object]) -> float:
    mean = statistics.fmean(values)
    names = sorted(set(map(repr, clusters)))
    total = 0.0
    for name in names:
        total += sum(v - mean for v, c in zip(values, clusters, strict=True) if repr(c) == name) ** 2
    return len(names) / (len(names) - 1) * total / len(values) ** 2


def half_width(values: Sequence[float], first: Sequence[object], second: Sequence[object]) -> float | None:
    """Return the clustered half width; Student's t by numeric integration of its density."""
    fewest = min(len(set(first)), len(set(second)))
    if fewest < 2:
        return None
    one, two = variance_of_mean(values, first), variance_of_mean(values, second)
    both = variance_of_mean(values, list(zip(first, second, strict=True)))
    return student_t(fewest - 1) * math.sqrt(max(one, two, one + two - both))


def student_t(freedom: int) -> float:
    """Return the 97.5th percentile, by Simpson's rule on the angle whose tangent is t/√freedom."""
    norm = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(math.pi)

    def below(angle: float, steps: int = 400) -> float:
        width = angle / steps
        weights = [1, *([4, 2] * (steps // 2))[: steps - 1], 1]
        return norm * width / 3 * sum(w * math.cos(i * width) ** (freedom - 1) for i, w in enumerate(weights))

    low, high = 0.0, math.pi / 2
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) < 0.475 else (low, middle)
    return math.tan(low) * math.sqrt(freedom)
