"""Memory after 10,000 tickers: the memory tier under its budget, against a TTLCache of pydantic candles.

Each way runs in a process of its own (``python -m benchmarks.ten_thousand WAY TICKERS``), which says by how
much it has grown. Every ticker has 20 sessions of 5-minute candles (78 each). The usual way has no bound in
bytes; what 10,000 tickers take is measured with a hundredth of them and scaled.
"""

from __future__ import annotations

import gc
import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil

from benchmarks.measuring import Figure, Size, say
from cache.blocks import Block, BlockKey
from cache.memory import SegmentedLRU
from market.candles import Candles

if TYPE_CHECKING:
    from collections.abc import Callable

BUDGET_MB = 64
BARS = 78
_MB = 1024 * 1024
_ROOT = Path(__file__).parents[1]
_SCALED_BY = 100


@dataclass(frozen=True, slots=True)
class Grown:
    """By how much a process has grown, and its budget; MB of 1,024 KB."""

    mb: float
    budget_mb: float


def grown(tickers: int, way: str) -> Grown:
    """Run a way in a process of its own."""
    command = [sys.executable, "-m", __name__, way, str(tickers)]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=True, timeout=300)  # noqa: S603
    return Grown(**json.loads(done.stdout.splitlines()[-1]))


def candles_of(number: int) -> Candles:
    """Return a session of candles that shares no memory with another ticker's."""
    rng = np.random.default_rng(number)
    close = np.round(100 + rng.standard_normal(BARS).cumsum(), 2)
    time = 1_741_271_400 + np.arange(BARS, dtype=np.int64) * 300
    return Candles(time, close - 0.5, close + 1, close - 1, close, rng.integers(1, 1_000_000, BARS))


def chandlery(tickers: int) -> object:
    """Hold blocks in the memory tier."""
    memory: SegmentedLRU[BlockKey, Block] = SegmentedLRU(BUDGET_MB * _MB)
    for number in range(tickers):
        # More than the budget holds, as 10,000 tickers that people look at take: a month each.
        for day in range(20):
            key = BlockKey(f"T{number}", "demo", "5", 20_000 + day)
            block = Block(key, candles_of(number), 0.0, 0)
            memory.put(key, block, block.nbytes)
    memory.check()
    return memory


def usual(tickers: int) -> object:
    """Hold lists of pydantic candles in a TTLCache without a bound in bytes."""
    from cachetools import TTLCache  # noqa: PLC0415 - only this way needs it
    from pydantic import BaseModel  # noqa: PLC0415 - likewise

    class Candle(BaseModel):
        time: int
        open: float
        high: float
        low: float
        close: float
        volume: int

    held: TTLCache[tuple[str, int], list[Candle]] = TTLCache(maxsize=10**9, ttl=300)
    names = ("time", "open", "high", "low", "close", "volume")
    for number in range(tickers):
        for day in range(20):
            candles = candles_of(number)
            rows = zip(*(getattr(candles, name).tolist() for name in names), strict=True)
            held[f"T{number}", day] = [Candle(**dict(zip(names, row, strict=True))) for row in rows]
    return held


_WAYS: dict[str, Callable[[int], object]] = {"chandlery": chandlery, "usual": usual}


def main(way: str, tickers: int) -> Grown:
    """Fill this process in one way."""
    _WAYS[way](1)  # imports are not what grows
    gc.collect()
    process = psutil.Process()
    before = process.memory_info().rss
    kept = _WAYS[way](tickers)
    gc.collect()
    after = process.memory_info().rss
    del kept
    return Grown((after - before) / _MB, BUDGET_MB)


def run(size: Size) -> list[Figure]:
    """Print by how much each way grows and return the figure."""
    tickers = size.held_tickers
    ours, theirs = grown(tickers, "chandlery"), grown(max(1, tickers // _SCALED_BY), "usual")
    scaled = theirs.mb * _SCALED_BY
    say(f"ten thousand: {tickers:,} tickers × 20 sessions, ours {ours.mb:.0f} MB of {ours.budget_mb} MB")
    say(f"ten thousand: the usual way {theirs.mb:.0f} MB for a hundredth of them")
    what = f"{tickers:,} tickers: memory grown, else pydantic candles in a TTLCache (scaled)"
    return [Figure(what, f"{ours.mb:.0f} MB", f"{scaled:,.0f} MB", scaled / ours.mb)]


if __name__ == "__main__":
    print(json.dumps(asdict(main(sys.argv[1], int(sys.argv[2])))))
