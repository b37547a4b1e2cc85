"""A benchmark for sources that have no SPY: all their stocks in equal parts, put right at every close.

A score against it says so (``Panel.benchmark``), because it is not the market: it is made of whatever stocks
there are, and begins with the first of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from market.candles import Candles

if TYPE_CHECKING:
    from collections.abc import Mapping

    from market.candles import Floats, Ints

_START = 100.0
_MOST_NAMED = 8


def stand_in_name(stocks: Mapping[str, Candles]) -> str:
    """Return what a score says that it was measured against; of many stocks it names the first few."""
    named, more = sorted(stocks)[:_MOST_NAMED], len(stocks) - _MOST_NAMED
    others = f" and {more:,} more" if more > 0 else ""
    return f"{', '.join(named)}{others} in equal parts"


def stand_in(stocks: Mapping[str, Candles]) -> Candles:
    """Return daily candles of an index that begins at 100 and moves by the mean return of its stocks.

    A stock takes part in every session in which it trades but its first, by its return since its last close.

    Args:
        stocks: daily candles by ticker, adjusted alike.
    """
    time = np.unique(np.concatenate([candles.time for candles in stocks.values()] or [_none()]))
    opens, closes = _laid(stocks, time)
    if not len(time):
        return Candles.empty()
    before = _last_close(closes)
    gap, whole = _mean(opens / before), _mean(closes / before)
    close: Floats = np.asarray(np.cumprod(whole) * _START, dtype=np.float64)
    open_: Floats = np.append(_START, close[:-1]) * gap
    high: Floats = np.maximum(open_, close)
    low: Floats = np.minimum(open_, close)
    return Candles.of(time, open_, high, low, close, np.zeros(len(time), dtype=np.int64))


def _none() -> Ints:
    return np.array([], dtype=np.int64)


def _laid(stocks: Mapping[str, Candles], time: Ints) -> tuple[Floats, Floats]:
    opens, closes = (np.full((len(stocks), len(time)), np.nan) for _ in range(2))
    for row, candles in enumerate(stocks.values()):
        at = np.searchsorted(time, candles.time)
        opens[row, at], closes[row, at] = candles.open, candles.close
    return opens, closes


def _last_close(closes: Floats) -> Floats:
    """Return each stock's last close before each session, NaN where it had none."""
    column = np.arange(closes.shape[1])
    latest = np.maximum.accumulate(np.where(np.isfinite(closes), column, -1), axis=1)
    previous = np.concatenate([np.full((len(closes), 1), -1), latest[:, :-1]], axis=1)
    found = np.take_along_axis(closes, np.maximum(previous, 0), axis=1)
    return np.where(previous >= 0, found, np.nan)


def _mean(ratios: Floats) -> Floats:
    """Return each session's mean over the stocks that have a ratio, 1 where none has."""
    there = np.isfinite(ratios)
    count = there.sum(axis=0)
    mean: Floats = np.where(there, ratios, 0.0).sum(axis=0) / np.maximum(count, 1)
    return np.where(count > 0, mean, 1.0)
