"""What a hit in memory costs: a year of 5-minute candles by ``CandleCache.get``, and where the time goes.

Compared with the same question answered from the table (a cache whose memory holds nothing), with a frame out
of Flask-Caching's FileSystemCache, and with itself when 1,000 more tickers are held.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask
from flask_caching import Cache

from adapters.demo import DemoProvider
from adapters.prices import Kind, PriceAnswer
from benchmarks import prices
from benchmarks.measuring import Figure, Size, Times, in_turns, say
from benchmarks.pan_apps import frame_of
from cache import policy
from cache.blocks import block_keys
from cache.composition import candle_cache
from cache.memory import SegmentedLRU
from cache.query import Adjust, CandleQuery, Tier
from cache.tiers import View
from market.candles import Candles
from market.resolution import Resolution
from store import SqliteStore, TableSchema

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from adapters.prices import PriceRequest
    from cache.blocks import Block, BlockKey
    from cache.candle_cache import CandleCache

_SCHEMA = TableSchema("benchmark-ohlc", ttl_attribute="ttl")
_CHART_SESSIONS = 13
"""1,000 candles, the most that one chart loads."""

_MEMORY_BYTES = 192 * 1024 * 1024
"""What the app gives to candles by default."""


class SameForAll:
    """A provider that answers for every ticker with the demo's candles; a ``PriceProvider``."""

    name = DemoProvider.name
    title = DemoProvider.title
    kind = Kind.DEMO
    label = "one stock under many names"
    correction_s = 0
    allowance = None

    def __init__(self, candles: Candles) -> None:
        """Answer out of some 5-minute candles."""
        self._candles = candles
        self._demo = DemoProvider()
        self._now = self._demo.now()

    def running_life_s(self, resolution: Resolution) -> float:
        """Return the demo's."""
        return self._demo.running_life_s(resolution)

    def now(self, ticker: str | None = None) -> datetime:
        """Return the demo's present, for every ticker."""
        del ticker
        return self._now

    def resolutions(self, ticker: str) -> frozenset[Resolution]:
        """Return 5 alone."""
        del ticker
        return frozenset({Resolution.M5})

    def first_session(self, ticker: str, resolution: Resolution) -> date | None:
        """Return the demo's."""
        del ticker
        return self._demo.first_session(prices.TICKER, resolution)

    def changed_at(self, ticker: str) -> float:
        """Return 0.0: nothing ever changes."""
        del ticker
        return 0.0

    def examples(self) -> tuple[str, ...]:
        """Return nothing: nobody visits."""
        return ()

    def remarks(self, ticker: str, resolution: Resolution) -> tuple[str, ...]:
        """Return nothing: no row is left out."""
        del ticker, resolution
        return ()

    def candles(self, request: PriceRequest) -> PriceAnswer:
        """Return the span asked for."""
        sessions = prices.sessions()
        first, last = sessions.index(request.start), sessions.between(request.start, request.end).stop - 1
        return PriceAnswer(self._candles.between(int(sessions.open[first]), int(sessions.close[last])))


@dataclass(frozen=True, slots=True)
class Parts:
    """What a hit is made of, each to be done for itself."""

    keys: Sequence[BlockKey]
    blocks: Sequence[Block]
    memory: SegmentedLRU[BlockKey, Block]
    view: View

    @classmethod
    def of(cls, blocks: Sequence[Block]) -> Parts:
        """Hold blocks in a memory tier of their own."""
        memory: SegmentedLRU[BlockKey, Block] = SegmentedLRU(_MEMORY_BYTES)
        for block in blocks:
            memory.put(block.key, block, block.nbytes)
        now = policy.moment(prices.sessions(), DemoProvider().now(), prices.FETCHED_AT)
        view = View(prices.sessions(), _first(len(blocks)), prices.LAST_DAY, now)
        return cls([block.key for block in blocks], blocks, memory, view)

    def name_keys(self) -> None:
        """Write down which blocks hold the span."""
        first, last = self.view.first, self.view.last
        block_keys(prices.TICKER, DemoProvider.name, Resolution.M5, self.view.sessions, first, last)

    def look_up(self) -> None:
        """Find the blocks."""
        self.memory.get_many(self.keys)

    def judge(self) -> None:
        """Ask of each block whether it is fresh."""
        assert all(map(self.view.is_fresh, self.blocks))

    def join(self) -> None:
        """Put the candles one behind the other."""
        Candles.concat(block.candles for block in self.blocks)


def run(size: Size) -> list[Figure]:
    """Measure, print the table and return the figures."""
    blocks = prices.intraday_blocks(size.sessions)
    parts, chart = Parts.of(blocks), min(_CHART_SESSIONS, size.sessions)
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "benchmark.sqlite")
        store.create([_SCHEMA])
        alone, crowded, unremembered = (
            _cache(store, bytes_) for bytes_ in (_MEMORY_BYTES, _MEMORY_BYTES, 64)
        )
        _crowd(crowded, size.tickers)
        frames = Cache(Flask("frames"), config=_frames(Path(folder)))
        frames.set("AAPL", frame_of(prices.joined(blocks)))
        works = {
            "memory": _get(alone, size.sessions, Tier.MEMORY),
            f"memory, {size.tickers:,} more tickers held": _get(crowded, size.sessions, Tier.MEMORY),
            "sqlite": _get(unremembered, size.sessions, Tier.SQLITE),
            "FileSystemCache": lambda: frames.get("AAPL"),
            "memory, a chart": _get(alone, chart, Tier.MEMORY),
            "FileSystemCache, a chart": lambda: frames.get("AAPL").loc[_edge(chart) :],
            "  of it: name the keys": parts.name_keys,
            "  of it: look up": parts.look_up,
            "  of it: judge": parts.judge,
            "  of it: concat": parts.join,
        }
        times = in_turns(works, size.rounds * 2, in_a_row=5)
        store.close()
    for name, taken in times.items():
        say(f"hit, {len(blocks)} blocks of 5 min: {name:34} {taken}")
    return _figures(f"hit, {len(blocks)} blocks", size, times)


def _figures(what: str, size: Size, times: dict[str, Times]) -> list[Figure]:
    ours = times["memory"]
    return [
        Figure.timed(f"{what}: memory, else SQLite", ours, times["sqlite"]),
        Figure.timed(f"{what}: memory, else a frame in files", ours, times["FileSystemCache"]),
        Figure.timed(
            f"{what}: memory, else beside {size.tickers:,} tickers",
            ours,
            times[f"memory, {size.tickers:,} more tickers held"],
        ),
        Figure.timed(
            "hit, a chart's 13 blocks: memory, else a slice of a frame in files",
            times["memory, a chart"],
            times["FileSystemCache, a chart"],
        ),
    ]


def _cache(store: SqliteStore, memory_bytes: int) -> CandleCache:
    provider = SameForAll(prices.joined(prices.intraday_blocks(252)))
    table = store.table(_SCHEMA)
    return candle_cache(
        [provider], table, store.kind, memory_bytes=memory_bytes, clock=lambda: prices.FETCHED_AT
    )


def _get(cache: CandleCache, sessions: int, tier: Tier) -> Callable[[], None]:
    """Return the question for a year, once it is answered from where it should be."""
    query = CandleQuery(prices.TICKER, Resolution.M5, _first(sessions), prices.LAST_DAY, Adjust.RAW)

    def ask() -> None:
        assert cache.get(query).tier is tier

    cache.get(query, deadline_s=60)
    return ask


def _crowd(cache: CandleCache, tickers: int) -> None:
    """Make a cache hold the last month of many tickers."""
    month = prices.LAST_DAY.replace(day=1)
    for number in range(tickers):
        cache.get(CandleQuery(f"T{number}", Resolution.M5, month, prices.LAST_DAY, Adjust.RAW), deadline_s=60)


def _first(sessions: int) -> date:
    calendar = prices.sessions()
    return calendar.date(calendar.index(prices.LAST_DAY) - sessions + 1)


def _edge(sessions: int) -> str:
    return _first(sessions).isoformat()


def _frames(folder: Path) -> dict[str, str | int]:
    return {"CACHE_TYPE": "FileSystemCache", "CACHE_DIR": str(folder / "frames"), "CACHE_DEFAULT_TIMEOUT": 0}
