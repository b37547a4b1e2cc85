"""Stores for tests: one of each kind, with tables that nobody else uses."""

from __future__ import annotations

import threading
import uuid
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from store import DynamoStore, Index, SqliteStore, TableSchema
from store.dynamodb import Patience
from store.dynamodb_client import DynamoOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

INDEXES = (
    Index("GSI1-index", "GSI1PK", "GSI1SK"),
    Index("GSI2-index", "GSI2PK"),
    Index("GSI3-index", "GSI3PK", projection="keys"),
)


@dataclass
class Pauses:
    """Takes the place of sleeping and remembers how long it should have been."""

    taken_s: list[float] = field(default_factory=list)

    def __call__(self, seconds: float) -> None:
        self.taken_s.append(seconds)


def unique(name: str) -> str:
    """Return a table name that no other test uses."""
    return f"t-{uuid.uuid4().hex[:12]}-{name}"


def table_schema(name: str = "items", **changes: Any) -> TableSchema:
    """Return a table with all kinds of indexes and a TTL attribute, under a name of its own."""
    return TableSchema(unique(name), **({"indexes": INDEXES, "ttl_attribute": "ttl"} | changes))


def single_key_schema() -> TableSchema:
    """Return a table without sort key, as the stocks table is."""
    return TableSchema(unique("stocks"), hash_key="ticker", range_key="")


def sqlite_store(folder: Path, **options: Any) -> SqliteStore:
    """Return a store in a folder, which may not exist yet."""
    return SqliteStore(folder / "tables.sqlite3", **options)


def dynamo_store(url: str, *, timeout_s: float = 30.0, **patience: Any) -> DynamoStore:
    """Return a store that never sleeps and, with a stand-in on a busy machine behind it, is in no hurry."""
    options = DynamoOptions(endpoint_url=url, connect_timeout_s=timeout_s, read_timeout_s=timeout_s)
    return DynamoStore(options, Patience(**({"sleep": Pauses()} | patience)))


def drop(store: DynamoStore, schemas: Sequence[TableSchema]) -> None:
    """Delete tables that a test has made."""
    for schema in schemas:
        store.patient_client.call("delete_table", schema.name, TableName=schema.name)


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Call ``work(n)`` in ``count`` threads that start together, and return what each gave.

    Raises:
        BaseException: the first error that a thread ended with.
    """
    barrier = threading.Barrier(count)
    results: list[Any] = [None] * count
    errors: list[BaseException] = []

    def run(number: int) -> None:
        barrier.wait(timeout=30)
        try:
            results[number] = work(number)
        except BaseException as error:  # noqa: BLE001 - handed to the test's thread
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    if errors:
        raise errors[0]
    return results


class Unprocessed:
    """Makes DynamoDB leave items of a batch undone, which no stand-in does by itself.

    The batch is cut before it is sent, and what was cut off is added to the answer: what is said to be left
    has really not been written.
    """

    def __init__(self, store: DynamoStore, keep: Iterator[int | None]) -> None:
        """Take hold of a store's client.

        Args:
            store: whose batches are cut.
            keep: for each call, how many of its requests are let through (None: all).
        """
        self._keep = keep
        self._local = threading.local()
        self.sizes: list[int] = []
        events = store.client.get().meta.events
        events.register("provide-client-params.dynamodb.BatchWriteItem", self._cut)
        events.register("before-call.dynamodb.BatchWriteItem", self._skip)
        events.register("after-call.dynamodb.BatchWriteItem", self._report)

    def _cut(self, params: dict[str, Any], **_: Any) -> dict[str, Any]:
        ((name, requests),) = params["RequestItems"].items()
        self.sizes.append(len(requests))
        count = next(self._keep)
        sent = requests if count is None else requests[:count]
        self._local.left = {name: requests[len(sent) :]} if len(sent) < len(requests) else {}
        self._local.nothing = not sent
        return {"RequestItems": {name: sent or requests}}

    def _skip(self, **_: Any) -> tuple[Any, dict[str, Any]] | None:
        # An empty batch would be refused, so a call of nothing is answered without being sent.
        return (SimpleNamespace(status_code=200, headers={}), {}) if self._local.nothing else None

    def _report(self, parsed: dict[str, Any], **_: Any) -> None:
        parsed["UnprocessedItems"] = self._local.left
