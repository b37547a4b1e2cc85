"""The stores that the table contract is checked on, each test with a table of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from store import DynamoStore, SqliteStore
from tests.kit.dynamo_servers import server
from tests.kit.environment import dynamodb_local
from tests.kit.tables import drop, dynamo_store, single_key_schema, sqlite_store, table_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from store import Table

# DynamoDB Local is left out where it is not given: test_stand_ins.py says so once, not every test.
KINDS = ("sqlite", "moto", "dynalite", *(("dynamodb-local",) if dynamodb_local() else ()))


@dataclass(frozen=True, slots=True)
class Backend:
    """One kind of store, and how to open it as another process would."""

    kind: str
    open: Callable[[], DynamoStore | SqliteStore]


@pytest.fixture(scope="session", params=KINDS)
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    if request.param == "sqlite":
        folder = tmp_path_factory.mktemp("contract")
        yield Backend("sqlite", lambda: sqlite_store(folder))
        return
    with server(request.param) as url:
        yield Backend(request.param, lambda: dynamo_store(url))


@pytest.fixture(scope="session")
def store(backend: Backend) -> Iterator[DynamoStore | SqliteStore]:
    opened = backend.open()
    yield opened
    opened.close()


@pytest.fixture
def table(store: DynamoStore | SqliteStore) -> Iterator[Table]:
    schema = table_schema()
    store.create([schema])
    yield store.table(schema)
    if isinstance(store, DynamoStore):
        drop(store, [schema])


@pytest.fixture
def stocks(store: DynamoStore | SqliteStore) -> Iterator[Table]:
    schema = single_key_schema()
    store.create([schema])
    yield store.table(schema)
    if isinstance(store, DynamoStore):
        drop(store, [schema])
