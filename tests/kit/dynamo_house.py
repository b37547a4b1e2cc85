"""A whole cache on a DynamoDB-API server, whose table can be reached by another way while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from adapters.prices import PriceProvider
from cache.candle_cache import CandleCache
from cache.composition import candle_cache
from store import DynamoStore, Table, TableSchema
from store.dynamodb_client import DynamoOptions
from tests.kit.tables import drop, dynamo_store, unique

MEMORY_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the table: its method, how long it took, and whether it failed."""

    method: str
    took_s: float
    failed: bool


@dataclass
class Way:
    """A ``Table`` that goes to whichever table a test sets, and times every call.

    Attributes:
        table: where calls go.
        calls: those that were made, oldest first.
        before: called ahead of every call.
    """

    table: Table
    calls: list[Call] = field(default_factory=list)
    before: Callable[[], object] = lambda: None

    @property
    def schema(self) -> TableSchema:
        return self.table.schema

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        real = getattr(self.table, name)

        def call(*arguments: Any, **named: Any) -> Any:
            self.before()
            began_s, failed = time.perf_counter(), True
            try:
                answer = real(*arguments, **named)
                failed = False
            finally:
                self.calls.append(Call(name, time.perf_counter() - began_s, failed))
            return answer

        return call


@dataclass
class DynamoHouse:
    """A cache and the way to its table.

    Attributes:
        cache: begins with a patient client, which a busy machine does not disturb.
        way: to the table.
        store: the patient one.
    """

    cache: CandleCache
    way: Way
    store: DynamoStore
    schema: TableSchema
    _stores: list[DynamoStore] = field(default_factory=list)

    def reach_by(self, url: str) -> DynamoStore:
        """Reach the table by another address from now on, with the product's own timeouts."""
        self._stores.append(DynamoStore(DynamoOptions(endpoint_url=url)))
        self._stores[-1].client.get()  # making a client takes longer than any call
        self.way.table = self._stores[-1].table(self.schema)
        return self._stores[-1]

    def count(self, name: str) -> int:
        """Return one of the cache's counters."""
        return self.cache.statistics.snapshot()[name]


@contextmanager
def dynamo_house(url: str, providers: Sequence[PriceProvider], **options: Any) -> Iterator[DynamoHouse]:
    """Lend a cache on a table of its own, which is dropped afterwards."""
    store, schema = dynamo_store(url), TableSchema(unique("ohlc"), ttl_attribute="ttl")
    store.create([schema])
    way = Way(store.table(schema))
    now_s = providers[0].now().timestamp()
    cache = candle_cache(
        providers,
        way,
        "dynamodb",
        memory_bytes=MEMORY_BYTES,
        clock=lambda: now_s,
        **options,  # type: ignore[arg-type]
    )
    made = DynamoHouse(cache, way, store, schema)
    try:
        yield made
    finally:
        for other in made._stores:
            other.close()
        drop(store, [schema])
        store.close()
