"""Answers that cannot be right, as sources have sent them, and what may never be stored."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from cache.codec import decode
from market.candles import Candles
from tests.kit.providers import spoiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from store import Table

COLUMNS = ("open", "high", "low", "close")
_NAN, _INFINITE = float("nan"), float("inf")


def _all(candles: Candles, **columns: float) -> Candles:
    return replace(candles, **{name: np.full(len(candles), value) for name, value in columns.items()})


def _some(candles: Candles, **columns: float) -> Candles:
    changed = candles
    for index in range(0, len(candles), 5):
        changed = spoiled(changed, index, **columns)
    return changed


def _shuffled(candles: Candles, order: np.ndarray[Any, np.dtype[np.int64]]) -> Candles:
    return Candles(candles.time[order], *(getattr(candles, name)[order] for name in (*COLUMNS, "volume")))


def _later(candles: Candles, seconds: int) -> Candles:
    return replace(candles, time=candles.time + seconds)


def _twice(candles: Candles) -> Candles:
    return _shuffled(candles, np.repeat(np.arange(len(candles)), 2))


CASES: dict[str, Callable[[Candles], Candles]] = {
    **{f"no number in {name}": partial(_all, **{name: _NAN}) for name in COLUMNS},
    **{f"no number in some {name}": partial(_some, **{name: _NAN}) for name in COLUMNS},
    **{f"infinite {name}": partial(_some, **{name: _INFINITE}) for name in COLUMNS},
    "one bar without numbers": partial(spoiled, index=3, open=_NAN, high=_NAN, low=_NAN, close=_NAN),
    "high below low": partial(_all, high=90.0),
    "high below low in one bar": partial(spoiled, index=5, high=90.0),
    "low above close": partial(_all, low=200.0),
    "prices of zero": partial(_all, open=0.0, high=0.0, low=0.0, close=0.0),
    "negative prices": partial(_some, low=-1.0),
    "negative volume": partial(_some, volume=-5),
    "every bar twice": _twice,
    "newest first": lambda candles: _shuffled(candles, np.arange(len(candles))[::-1]),
    "in the future": partial(_later, seconds=86_400),
    "far in the future": partial(_later, seconds=10 * 365 * 86_400),
    "in milliseconds": lambda candles: replace(candles, time=candles.time * 1_000),
    "another year": partial(_later, seconds=-365 * 86_400),
    "nothing at all": lambda candles: _shuffled(candles, np.zeros(0, dtype=np.int64)),
}
"""What a source does to sound candles."""


def sound(bars: int) -> Candles:
    """Return bars that can be."""
    close = np.full(bars, 100.0)
    time = 1_741_334_400 + np.arange(bars, dtype=np.int64) * 300
    return Candles(time, close - 0.5, close + 1, close - 1, close, np.full(bars, 1_000))


def at_random(rng: np.random.Generator, candles: Candles) -> Candles:
    """Return candles with up to four faults in up to a fifth of the bars."""
    changed = candles
    for _ in range(rng.integers(1, 5)):
        index = int(rng.integers(0, len(candles)))
        name = str(rng.choice((*COLUMNS, "time")))
        if name == "time":
            moved = changed.time.copy()
            moved[index] += int(rng.choice([-86_400, -300, 0, 300, 60, 86_400]))
            changed = replace(changed, time=moved)
            continue
        value = float(rng.choice([_NAN, _INFINITE, -_INFINITE, -1.0, 0.0, 1e-300, 50.0, 99.9, 150.0, 1e300]))
        changed = spoiled(changed, index, **{name: value})
    if rng.random() < 0.2:
        changed = _shuffled(changed, rng.permutation(len(changed)))
    return changed


def bad(candles: Candles, now_s: float) -> int:
    """Return how many candles must not be there: impossible prices, out of order, or later than now."""
    prices = np.stack([getattr(candles, name) for name in COLUMNS])
    open_, high, low, close = prices
    wrong = ~np.isfinite(prices).all(axis=0) | (prices <= 0).any(axis=0)
    wrong |= (high < np.maximum(open_, close)) | (low > np.minimum(open_, close)) | (candles.volume < 0)
    wrong |= candles.time > now_s
    return int(wrong.sum()) + int((np.diff(candles.time) <= 0).sum())


def bad_bars(table: Table, now_s: float) -> int:
    """Return how many candles of a table must not be there."""
    found = 0
    for key in list(table.keys()):
        item = table.get(key, consistent=True) or {}
        if isinstance(item.get("data"), bytes):
            found += bad(decode(item["data"]), now_s)  # type: ignore[arg-type]
    return found


def blocks_of(table: Table, ticker: str, source: str) -> int:
    """Return how many blocks a table holds of a ticker's prices from a source."""
    kept = [key for key in table.keys() if key[0] == f"{ticker}#{source}"]  # noqa: SIM118 - a table, no dict
    return sum("data" in (table.get(key, consistent=True) or {}) for key in kept)
