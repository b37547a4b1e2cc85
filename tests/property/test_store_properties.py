"""Any item goes through a table unchanged, and both backends would find the same (A6, B1, cache-18)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import TableSchema
from store.dynamodb_values import decode_item, encode_item
from store.items import checked, size
from store.sqlite_codec import decode, encode
from store.sqlite_statements import after_prefix
from tests.kit.tables import sqlite_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store.sqlite import SqliteTable

SCHEMA = TableSchema("any-table")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
keys = texts.filter(bool)
decimals = st.builds(
    lambda digits, exponent: Decimal(digits).scaleb(exponent),
    st.integers(-(10**28) + 1, 10**28 - 1),
    st.integers(-90, 90),
)
names = keys | st.sampled_from(["$b", "$n", "$m", "open", "ttl"])
scalars = (
    texts
    | st.none()
    | st.booleans()
    | st.integers(-(10**38) + 1, 10**38 - 1)
    | decimals
    | st.binary(max_size=50)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)
attributes = st.dictionaries(names.filter(lambda name: name not in {"PK", "SK"}), values, max_size=6)


def same(left: Any, right: Any) -> bool:
    """Compare with types: ``True`` is not 1, and 1 is not Decimal("1")."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(left[name], right[name]) for name in left)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    return bool(left == right)


@given(attributes)
def test_an_item_is_the_same_after_each_notation(held: dict[str, Any]) -> None:
    normal = checked({"PK": "p", "SK": "s", **held}, SCHEMA)
    assert same(decode(*encode(normal)), normal)
    assert same(decode_item(encode_item(normal)), normal)
    assert same(checked(normal, SCHEMA), normal)
    assert normal == {"PK": "p", "SK": "s", **held}


@given(attributes, st.sets(names))
def test_a_projection_is_the_item_without_the_rest(held: dict[str, Any], wanted: set[str]) -> None:
    normal = {
        name: value for name, value in checked({"PK": "p", "SK": "s", **held}, SCHEMA).items() if name in held
    }
    expected = {name: value for name, value in normal.items() if name in wanted} if wanted else normal
    assert same(decode(*encode(normal), frozenset(wanted)), expected)


@given(attributes)
def test_an_item_counts_at_least_its_names_and_texts(held: dict[str, Any]) -> None:
    least = sum(
        len(name) + (len(value) if isinstance(value, str | bytes) else 0) for name, value in held.items()
    )
    assert size(checked({"PK": "p", "SK": "s", **held}, SCHEMA)) >= least + len("PKpSKs")


@given(st.floats(), st.lists(names, max_size=3))
def test_a_float_is_refused_however_deep(number: float, path: list[str]) -> None:
    value: Any = number
    for name in path:
        value = {name: [value]}
    with pytest.raises(TypeError, match="is a float"):
        checked({"PK": "p", "SK": "s", "value": value}, SCHEMA)


@given(keys, texts)
def test_the_end_of_a_prefix_is_above_everything_that_begins_with_it(prefix: str, rest: str) -> None:
    end = after_prefix(prefix)
    assert not end or prefix + rest < end
    assert not end or not end.startswith(prefix)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteTable]:
    folder: Path = tmp_path_factory.mktemp("properties")
    opened = sqlite_store(folder)
    opened.create([SCHEMA])
    yield opened.table(SCHEMA)
    opened.close()


@given(st.lists(keys, min_size=1, max_size=12, unique=True), st.data())
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_a_range_read_finds_what_a_filter_of_all_items_finds(
    table: SqliteTable, sort_keys: list[str], data: st.DataObject
) -> None:
    """The model is a sorted list; SQLite is asked by bounds, prefix, direction and limit."""
    table.delete_many([("p", found["SK"]) for found in table.query("p")])
    table.put_many({"PK": "p", "SK": key} for key in sort_keys)
    low, high = data.draw(st.tuples(keys, keys))
    prefix = data.draw(keys | st.sampled_from(sort_keys).map(lambda key: key[:2]))
    descending, limit = data.draw(st.booleans()), data.draw(st.none() | st.integers(0, 13))
    by_bytes = sorted(sort_keys, key=str.encode, reverse=descending)

    def found(**asked: Any) -> list[str]:
        return [item["SK"] for item in table.query("p", descending=descending, limit=limit, **asked)]

    assert found() == by_bytes[:limit]
    bounded = [key for key in by_bytes if low.encode() <= key.encode() <= high.encode()]
    assert found(between=(low, high)) == bounded[:limit]
    assert found(prefix=prefix) == [key for key in by_bytes if key.startswith(prefix)][:limit]
