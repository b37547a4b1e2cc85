"""The schema of every table, and what `store` offers to the other rooms."""

from __future__ import annotations

import dataclasses
import types

import pytest

import store
from store import Index, TableNames, TableSchema, schemas

LOCAL = TableNames("local-ohlc-cache", "local-users", "local-sentiments", "StockTrackRecord")


def test_all_tables_of_the_product_are_described() -> None:
    """cache-19."""
    assert [schema.name for schema in schemas(LOCAL)] == [
        "local-ohlc-cache",
        "local-users",
        "local-sentiments",
        "StockTrackRecord",
        "StockTrackRecord-Stocks",
    ]


@pytest.mark.parametrize("name", ["ohlc", "users", "sentiments"])
def test_cache_users_and_sentiments_have_two_keys_and_expire(name: str) -> None:
    schema = getattr(schemas(LOCAL), name)
    assert (schema.hash_key, schema.range_key, schema.ttl_attribute, schema.indexes) == (
        "PK",
        "SK",
        "ttl",
        (),
    )


def test_the_track_record_has_three_indexes_and_keeps_everything() -> None:
    schema = schemas(LOCAL).track_record
    assert (schema.hash_key, schema.range_key, schema.ttl_attribute) == ("PK", "SK", None)
    assert schema.indexes == (
        Index("GSI1-index", "GSI1PK", "GSI1SK", "all"),
        Index("GSI2-index", "GSI2PK", "", "all"),
        Index("GSI3-index", "GSI3PK", "", "keys"),
    )
    assert schema.indexed_attributes == ("GSI1PK", "GSI1SK", "GSI2PK", "GSI3PK")


def test_stocks_are_found_by_ticker_alone() -> None:
    schema = schemas(LOCAL).stocks
    assert (schema.hash_key, schema.range_key, schema.key_attributes) == ("ticker", "", ("ticker",))


def test_an_index_over_a_key_of_the_table_adds_no_attribute() -> None:
    schema = TableSchema("abc", indexes=(Index("by-sk", "SK", "PK"), Index("x", "a", "SK")))
    assert schema.indexed_attributes == ("a",)


@pytest.mark.parametrize("name", ["", "ab", "x" * 256, "with space", "semi;colon", "ünï"])
def test_a_name_that_dynamodb_refuses_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is no table name: use 3 to 255"):
        TableSchema(name)


def test_schemas_can_not_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        schemas(LOCAL).ohlc.name = "other"  # type: ignore[misc]


def test_the_public_names_are_sorted_and_complete() -> None:
    assert store.__all__ == sorted(store.__all__)
    public = {
        name
        for name, value in vars(store).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert public == set(store.__all__)
