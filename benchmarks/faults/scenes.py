"""A cache on a DynamoDB-API server, with the app's own time limits and a network that can fail."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from benchmarks.servers import HOST
from cache.breaker import Breaker
from cache.composition import candle_cache
from cache.query import Adjust, Answer, CandleQuery
from market.resolution import Resolution
from store import DynamoOptions, DynamoStore, SqliteStore, TableSchema
from tests.kit.failing_table import FailingTable
from tests.kit.flaky_proxy import FlakyProxy
from tests.kit.house import Clock
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.tables import dynamo_store, unique

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cache.candle_cache import CandleCache
    from cache.seams import TableGuard

PRESENT = utc("2025-03-07 22:00")
FIRST_MONDAY = date(2018, 1, 1)
MEMORY_BYTES = 64 * 1024 * 1024


@dataclass
class Scene:
    """The parts that a row changes or looks at.

    Attributes:
        cache: under test.
        table: counts the calls that were made; can be made to fail.
        provider: of the prices.
        monotonic: the breaker's clock, moved by the row alone.
        clock: the real clock as the cache sees it.
        proxy: between table and server; None where there is none.
    """

    cache: CandleCache
    table: FailingTable
    provider: ScriptedProvider
    monotonic: Clock
    clock: Clock
    proxy: FlakyProxy | None = None

    def week(self, number: int, ticker: str = "AAPL") -> Answer:
        """Ask for one of many weeks of 5-minute candles, each in a month of its own."""
        return self.cache.get(week(number, ticker))

    def forget(self) -> None:
        """Empty the memory tier."""
        self.cache._tiers.memory.clear()  # noqa: SLF001 - a new process would do it, but takes a second

    def count(self, name: str) -> int:
        """Return a counter."""
        return self.cache.statistics.snapshot()[name]


def week(number: int, ticker: str = "AAPL") -> CandleQuery:
    """Return the question for one of many weeks, each in a month of its own (up to 80)."""
    month = date(FIRST_MONDAY.year + number // 12, number % 12 + 1, 8)
    return CandleQuery(ticker, Resolution.M5, month, month + timedelta(days=4), Adjust.RAW)


@contextmanager
def on_server(
    port: int, *, proxied: bool, guard: TableGuard | None = None, limited: bool = True
) -> Iterator[Scene]:
    """Lend a cache whose table calls have the app's time limits, on a table of its own.

    Args:
        port: of the server; a closed one is a table that is down.
        proxied: whether a ``FlakyProxy`` stands between, and the table is created first.
        guard: takes the place of the breaker.
        limited: False waits for every call as boto3 does by itself.
    """
    schema = TableSchema(unique("ohlc"), ttl_attribute="ttl")
    if not proxied:
        with _scene(port, schema, guard, limited=limited) as scene:
            yield scene
        return
    patient = dynamo_store(f"http://{HOST}:{port}")
    patient.create([schema])
    patient.close()
    with FlakyProxy(port) as proxy, _scene(proxy.port, schema, guard, limited=limited) as scene:
        scene.proxy = proxy
        yield scene


@contextmanager
def in_file(folder: Path) -> Iterator[Scene]:
    """Lend a cache on a SQLite file."""
    store = SqliteStore(folder / "scene.sqlite")
    schema = TableSchema("scene-ohlc", ttl_attribute="ttl")
    store.create([schema])
    try:
        yield _composed(FailingTable(store.table(schema)), store.kind, None)
    finally:
        store.close()


@contextmanager
def _scene(port: int, schema: TableSchema, guard: TableGuard | None, *, limited: bool) -> Iterator[Scene]:
    address = f"http://{HOST}:{port}"
    usual_s = 60.0
    store = DynamoStore(
        DynamoOptions(endpoint_url=address)
        if limited
        else DynamoOptions(endpoint_url=address, connect_timeout_s=usual_s, read_timeout_s=usual_s)
    )
    store.client.get()  # importing boto3 is not what is measured
    try:
        yield _composed(FailingTable(store.table(schema)), store.kind, guard)
    finally:
        store.close()


def _composed(table: FailingTable, kind: str, guard: TableGuard | None) -> Scene:
    provider, monotonic, clock = ScriptedProvider(PRESENT), Clock(5_000.0), Clock(PRESENT.timestamp())
    cache = candle_cache(
        [provider],
        table,  # type: ignore[arg-type]  # passes every method on
        kind,
        memory_bytes=MEMORY_BYTES,
        clock=clock,
        guard=guard or Breaker(monotonic),
        cooldown_s=0.0,
    )
    cache.listing("AAPL")  # the calendar, which takes its time, before anything is timed
    return Scene(cache, table, provider, monotonic, clock)
