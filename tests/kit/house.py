"""A whole cache on a real SQLite file, with clocks that the test moves."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.prices import PriceProvider
from cache.candle_cache import CandleCache
from cache.composition import candle_cache
from cache.seams import TableGuard, UnitLock
from store import SqliteStore, Table, TableNames, schemas

NAMES = TableNames("test-ohlc-cache", "test-users", "test-sentiments", "TestTrackRecord")
MEMORY_BYTES = 64 * 1024 * 1024


_open: list[SqliteStore] = []


def close_all() -> None:
    """Close the files of every house that this test made."""
    while _open:
        _open.pop().close()


@dataclass
class Clock:
    """The real clock as the cache sees it; UTC seconds."""

    now_s: float

    def __call__(self) -> float:
        return self.now_s


@dataclass
class TestHouse:
    """The parts that tests look into."""

    __test__ = False

    store: SqliteStore
    table: Table
    cache: CandleCache
    clock: Clock


def house(
    folder: Path,
    providers: Sequence[PriceProvider],
    *,
    clock: Clock | None = None,
    memory_bytes: int = MEMORY_BYTES,
    deadline_s: float = 5.0,
    guard: TableGuard | None = None,
    lock: UnitLock | None = None,
    through: Callable[[Table], Table] = lambda table: table,
    monotonic: Callable[[], float] = time.monotonic,
    cooldown_s: float = 0.0,
    refresh_ahead: bool = False,
) -> TestHouse:
    """Compose a cache on ``folder/test.sqlite``; calling it again is a new process on the same table.

    ``through`` puts something between the cache and its table. A provider that a test mends may be asked
    again at once, and other processes' invalidations are looked for only when a test does it.
    """
    clock = clock or Clock(providers[0].now().timestamp())
    store = SqliteStore(folder / "test.sqlite", now=clock)
    _open.append(store)
    tables = schemas(NAMES)
    store.create(tables)
    table = store.table(tables.ohlc)
    cache = candle_cache(
        providers,
        through(table),
        store.kind,
        memory_bytes=memory_bytes,
        deadline_s=deadline_s,
        clock=clock,
        guard=guard,
        lock=lock,
        monotonic=monotonic,
        cooldown_s=cooldown_s,
        marks_every_s=None,
        refresh_ahead=refresh_ahead,
    )
    return TestHouse(store, table, cache, clock)
