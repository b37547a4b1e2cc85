"""Which stores the table contract runs on, and what is known about the stand-ins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from store import DynamoStore, SqliteStore, Store, TableSchemaError
from tests.kit.dynamo_servers import server
from tests.kit.tables import INDEXES, drop, dynamo_store, single_key_schema, table_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.contract.conftest import Backend

pytestmark = pytest.mark.contract


@pytest.mark.parametrize("kind", ["moto", "dynalite", "dynamodb-local"])
def test_every_stand_in_is_there(kind: str) -> None:
    """The one place where a missing stand-in is skipped by name, or fails when REQUIRE_TABLES names it."""
    with server(kind) as url:
        assert dynamo_store(url).client.call("list_tables", "")["TableNames"] == []


def test_the_kind_is_what_headers_show(store: Store, backend: Backend) -> None:
    assert store.kind == ("sqlite" if backend.kind == "sqlite" else "dynamodb")


class TestCreate:
    """``Store.create`` makes what is missing and refuses what is different (cache-18)."""

    @pytest.fixture
    def made(self, store: DynamoStore | SqliteStore) -> Iterator[list[object]]:
        schemas: list[object] = []
        yield schemas
        if isinstance(store, DynamoStore):
            drop(store, schemas)

    def test_twice_is_as_good_as_once(self, store: Store, made: list[object]) -> None:
        schemas = [table_schema(), single_key_schema()]
        made.extend(schemas)
        store.create(schemas)
        store.table(schemas[0]).put({"PK": "a", "SK": "b"})
        store.create(schemas)
        assert store.table(schemas[0]).get(("a", "b"), consistent=True) == {"PK": "a", "SK": "b"}

    def test_another_store_finds_the_tables(self, store: Store, backend: Backend, made: list[object]) -> None:
        """F9, cache-18: what one process wrote is there for the next."""
        schema = table_schema()
        made.append(schema)
        store.create([schema])
        store.table(schema).put({"PK": "a", "SK": "b", "data": b"\x00"})
        other = backend.open()
        assert other.table(schema).get(("a", "b"), consistent=True) == {"PK": "a", "SK": "b", "data": b"\x00"}
        other.close()

    @pytest.mark.parametrize(
        "changes",
        [
            {"hash_key": "pk"},
            {"range_key": "sort"},
            {"range_key": ""},
            {"indexes": (INDEXES[0], INDEXES[1], type(INDEXES[2])("GSI9-index", "GSI9PK"))},
            {"indexes": (INDEXES[0], INDEXES[1], type(INDEXES[2])("GSI3-index", "GSI3PK", projection="all"))},
            {"indexes": (INDEXES[0], INDEXES[1], type(INDEXES[2])("GSI3-index", "other", projection="keys"))},
        ],
        ids=["partition key", "sort key", "no sort key", "index missing", "projection", "index key"],
    )
    def test_other_keys_are_refused(
        self, store: Store, made: list[object], changes: dict[str, object]
    ) -> None:
        there = table_schema()
        made.append(there)
        store.create([there])
        options = {"hash_key": "PK", "range_key": "SK", "indexes": INDEXES, "ttl_attribute": "ttl"} | changes
        with pytest.raises(TableSchemaError, match=there.name):
            store.create([type(there)(there.name, **options)])

    def test_a_closed_store_opens_again(self, backend: Backend, made: list[object]) -> None:
        """cache-13, F10."""
        opened = backend.open()
        schema = table_schema()
        made.append(schema)
        opened.create([schema])
        opened.close()
        opened.close()
        assert opened.table(schema).put({"PK": "a", "SK": "b"})
        opened.close()
        assert opened.table(schema).get(("a", "b"), consistent=True) == {"PK": "a", "SK": "b"}
        opened.close()
