"""Daily prices of many stocks and a benchmark on one axis of sessions: what scoring reads.

Promise: pure columns, read-only. All series are adjusted alike (for splits, or for dividends too), and all
are of one exchange's sessions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from market.sessions import DAY_S
from track_record.method import LONGEST_WAIT_SESSIONS, PLACEBO_REACH_SESSIONS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from market.candles import Candles, Floats, Ints
    from market.sessions import Sessions


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Opens and closes of t stocks in s consecutive sessions, the last of which is over.

    Attributes:
        tickers: one for each row.
        first_session: index in ``Sessions`` of the first column.
        day: int64[s], exchange dates as days since 1970-01-01.
        open: float64[t, s], NaN where the stock did not trade.
        close: float64[t, s], the last close known by then: NaN before the first, and where it is more than
            five sessions old. What a delisted stock was last worth stays: money lies idle from then on.
        last_traded: int64[t], column of the last session of a delisted stock; s for one still listed.
        benchmark_open, benchmark_close: float64[s], likewise.
        benchmark: what they are of; a score says so.
    """

    tickers: tuple[str, ...]
    first_session: int
    day: Ints
    open: Floats
    close: Floats
    last_traded: Ints
    benchmark_open: Floats
    benchmark_close: Floats
    benchmark: str = "SPY"

    def __post_init__(self) -> None:
        """Freeze the columns."""
        for column in (self.day, self.open, self.close, self.last_traded):
            column.setflags(write=False)
        for column in (self.benchmark_open, self.benchmark_close):
            column.setflags(write=False)

    def __len__(self) -> int:
        """Return the number of sessions."""
        return len(self.day)

    @classmethod
    def of(  # noqa: PLR0913 - what a panel is made of
        cls,
        sessions: Sessions,
        span: range,
        stocks: Mapping[str, Candles],
        benchmark: Candles,
        *,
        benchmark_name: str = "SPY",
        delisted: Collection[str] = (),
    ) -> Self:
        """Lay daily candles on the sessions.

        Args:
            sessions: of the exchange.
            span: indices of the sessions wanted, as ``span_for`` gives them; the last must be settled.
            stocks: daily candles by ticker; what is outside of the span is left out.
            benchmark: daily candles.
            benchmark_name: what they are of.
            delisted: tickers that will trade no more.
        """
        day = sessions.day[span.start : span.stop]
        everything = [*stocks.values(), benchmark]
        opens, closes = (np.full((len(everything), len(day)), np.nan) for _ in range(2))
        for row, candles in enumerate(everything):
            at = np.searchsorted(day, candles.time // DAY_S)
            inside = at < len(day)
            inside[inside] = day[at[inside]] == candles.time[inside] // DAY_S
            opens[row, at[inside]] = candles.open[inside]
            closes[row, at[inside]] = candles.close[inside]
        gone = np.array([ticker in delisted for ticker in stocks] + [False])
        held, last = _held(closes, gone)
        return cls(
            tickers=tuple(stocks),
            first_session=span.start,
            day=day.copy(),
            open=opens[:-1],
            close=held[:-1],
            last_traded=np.where(gone, last, len(day))[:-1],
            benchmark_open=opens[-1],
            benchmark_close=held[-1],
            benchmark=benchmark_name,
        )


def span_for(sessions: Sessions, first_published_s: int, last_settled: date) -> range:
    """Return the sessions that a panel needs to score calls: from before the first one to what is settled.

    Args:
        sessions: of the exchange.
        first_published_s: UTC seconds of the oldest call.
        last_settled: the last session whose close is final.
    """
    first = int(np.searchsorted(sessions.open, first_published_s, side="right"))
    return range(
        max(0, first - 1 - PLACEBO_REACH_SESSIONS), sessions.between(last_settled, last_settled).stop
    )


def _held(closes: Floats, gone: np.ndarray) -> tuple[Floats, Ints]:
    """Return the last close known in each session, and the last session in which each stock traded."""
    column = np.arange(closes.shape[1], dtype=np.int64)
    latest = np.maximum.accumulate(np.where(np.isfinite(closes), column, -1), axis=1)
    held = np.take_along_axis(closes, np.maximum(latest, 0), axis=1)
    age = column - latest
    last = latest[:, -1] if closes.shape[1] else np.full(len(closes), -1, dtype=np.int64)
    is_over = gone[:, None] & (latest == last[:, None])
    held[(latest < 0) | ((age > LONGEST_WAIT_SESSIONS) & ~is_over)] = np.nan
    return held, last
