"""What several unit tests work on: a timer; a stand-in YouTube, real tables, and processing put together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters import http_client
from store import SqliteStore, Table, schemas
from tests.kit.house import NAMES, Clock
from tests.kit.provider_server import ProviderServer
from tests.kit.track_work import KEY, NOW, Works, on_air, talks, works


@pytest.fixture
def timer() -> Clock:
    """Return a monotonic clock that only the test moves."""
    return Clock(1_000.0)


@pytest.fixture
def youtube() -> Iterator[ProviderServer]:
    """Return a stand-in YouTube with one channel, whose three videos are ``video000000`` to 2."""
    with ProviderServer(now=NOW.timestamp, keys=frozenset({KEY})) as running:
        on_air(running, talks(3))
        yield running
    http_client.reset()


@pytest.fixture
def track_tables(tmp_path: Path) -> Iterator[tuple[Table, Table]]:
    """Return the record's main table and that of the stocks."""
    store = SqliteStore(tmp_path / "t.sqlite")
    described = schemas(NAMES)
    store.create(described)
    yield store.table(described.track_record), store.table(described.stocks)
    store.close()


@pytest.fixture
def at_work(track_tables: tuple[Table, Table], youtube: ProviderServer) -> Works:
    """Return processing as the worker does it."""
    return works(*track_tables, youtube)
