"""What goes into a table comes out of it: values, sizes, keys (cache-14, cache-18)."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import pytest

from store import ItemTooLargeError
from store.items import size
from store.table import MAX_ITEM_BYTES

if TYPE_CHECKING:
    from store import Table

pytestmark = pytest.mark.contract

KEY = ("AAPL#tiingo", "5#2025-12-23T00:00:00Z")


def item(**attributes: Any) -> dict[str, Any]:
    return {"PK": KEY[0], "SK": KEY[1], **attributes}


def stored(table: Table, value: Any) -> Any:
    table.put(item(value=value))
    found = table.get(KEY, consistent=True)
    assert found is not None
    return found["value"]


def test_a_missing_item_is_none(table: Table) -> None:
    assert table.get(KEY) is None
    assert table.get(KEY, consistent=True) is None


def test_put_replaces_the_whole_item(table: Table) -> None:
    assert table.put(item(a=1, b=2))
    assert table.put(item(b=3))
    assert table.get(KEY, consistent=True) == item(b=3)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "text",
        "Ünïcödé 日本語 🕯 \u0000 \n \ufeff",
        True,
        False,
        None,
        b"",
        b"\x00\xff\x80candles",
        0,
        -1,
        2**31,
        2**63 - 1,
        2**63,
        -(2**63) - 1,
        10**37,
        Decimal("0.1"),
        Decimal("-123456.789"),
        Decimal("0.12345678901234567890123456789012345678"),
        Decimal("1E-130"),
        [],
        {},
        [1, "a", None, [b"x", {"deep": Decimal("1.5")}]],
        {"open": 1, "nested": {"bytes": b"y", "n": -3}},
        {"$b": [0, 1]},
        {"$n": "1", "other": {"$m": {}}},
    ],
    ids=repr,
)
def test_a_value_comes_back_as_it_was(table: Table, value: Any) -> None:
    """B1, B7, A6: bit for bit, whatever the kind."""
    found = stored(table, value)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (Decimal("1.10"), Decimal("1.1")),
        (Decimal("5.0"), 5),
        (Decimal("1E+3"), 1000),
        (Decimal("-0.0"), 0),
        ((1, 2), [1, 2]),
        (bytearray(b"ab"), b"ab"),
        (memoryview(b"abc")[1:], b"bc"),
    ],
    ids=repr,
)
def test_a_value_has_one_form_on_every_backend(table: Table, given: Any, expected: Any) -> None:
    found = stored(table, given)
    assert repr(found) == repr(expected)


def test_an_enum_member_is_stored_as_its_text(table: Table) -> None:
    class Basis(StrEnum):
        SPLIT = "split"

    assert type(stored(table, Basis.SPLIT)) is str
    assert stored(table, Basis.SPLIT) == "split"


def test_reserved_words_dots_and_spaces_are_ordinary_names(table: Table) -> None:
    names = [
        "open",
        "close",
        "date",
        "ttl",
        "n",
        "size",
        "timestamp",
        "name",
        "a.b",
        "a b",
        "#x",
        ":y",
        "ключ",
    ]
    written = item(**dict.fromkeys(names, 1))
    table.put(written)
    assert table.get(KEY, consistent=True) == written
    assert table.query(KEY[0], attributes=names, consistent=True) == [written]
    changed = table.update(KEY, put={"open": 2, "a.b": 3}, add={"date": 1, "ttl": 4}, remove=["close", "a b"])
    assert changed is not None
    assert (changed["open"], changed["a.b"], changed["date"], changed["ttl"]) == (2, 3, 2, 5)
    assert "close" not in changed
    assert "a b" not in changed


def test_200_kb_of_bytes_fit_into_an_item(table: Table) -> None:
    block = bytes(range(256)) * 800
    assert stored(table, block) == block


def test_a_block_beside_other_bytes_keeps_them_apart(table: Table) -> None:
    written = item(data=b"\x01" * 20_000, other=b"\x02\x03", inner={"more": b"\x04"}, n=78)
    table.put(written)
    assert table.get(KEY, consistent=True) == written
    assert table.query(KEY[0], attributes=["other"]) == [item(other=b"\x02\x03")]


def test_an_item_of_exactly_400_kb_is_the_largest(table: Table) -> None:
    room = MAX_ITEM_BYTES - size(item(text=""))
    # moto counts the size its own way and refuses a little earlier, so the largest item is not written here.
    with pytest.raises(ItemTooLargeError, match=r"AAPL#tiingo/5#2025-12-23T00:00:00Z counts 409601 bytes"):
        table.put(item(text="x" * (room + 1)))
    assert size(item(text="x" * room)) == MAX_ITEM_BYTES
    assert table.get(KEY, consistent=True) is None


def test_an_item_that_is_too_large_stops_its_batch_before_anything_is_written(table: Table) -> None:
    small = {"PK": "a", "SK": "b"}
    with pytest.raises(ItemTooLargeError):
        table.put_many([small, item(text="x" * MAX_ITEM_BYTES)])
    assert table.get(("a", "b"), consistent=True) is None


def test_an_update_can_not_make_an_item_too_large(table: Table) -> None:
    table.put(item(first="x" * 250_000))
    with pytest.raises(ItemTooLargeError):
        table.update(KEY, put={"second": "x" * 250_000})
    assert table.get(KEY, consistent=True) == item(first="x" * 250_000)


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        (1.5, TypeError, "value is a float, .* Decimal"),
        ([{"price": 0.1}], TypeError, r"value\[0\].price is a float"),
        ({1, 2}, TypeError, "value is a set"),
        (object(), TypeError, "value is a object"),
        ({1: "a"}, TypeError, "value has 1 for a name"),
        ({"": "a"}, TypeError, "value has '' for a name"),
        (Decimal("NaN"), ValueError, "value is no number"),
        (Decimal("Infinity"), ValueError, "value is no number"),
        (Decimal("1E+126"), ValueError, "value is no number"),
        (Decimal("1E-131"), ValueError, "value is no number"),
        (10**38 + 1, ValueError, "38 digits"),
        ("\ud800", ValueError, "surrogate"),
    ],
    ids=repr,
)
def test_a_value_that_tables_do_not_hold_is_refused(
    table: Table, value: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        table.put(item(value=value))
    assert table.get(KEY, consistent=True) is None


@pytest.mark.parametrize(
    "key",
    [{"PK": "a"}, {"SK": "b"}, {"PK": "", "SK": "b"}, {"PK": "a", "SK": ""}, {"PK": 1, "SK": "b"}],
    ids=repr,
)
def test_an_item_without_its_whole_key_is_refused(table: Table, key: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"[PS]K is a key: it must be a non-empty string"):
        table.put(key)


def test_a_key_may_be_long_but_not_longer(table: Table) -> None:
    """A8."""
    longest = {"PK": "é" * 1024, "SK": "s" * 1024}
    table.put(longest)
    assert table.get((longest["PK"], longest["SK"]), consistent=True) == longest
    with pytest.raises(ValueError, match="PK is a key: 2050 bytes are more than 2048"):
        table.get(("é" * 1025, "s"))
    with pytest.raises(ValueError, match="SK is a key: 1025 bytes are more than 1024"):
        table.delete(("p", "s" * 1025))


@pytest.mark.parametrize("value", ["", 5, None], ids=repr)
def test_an_index_key_is_a_string_or_left_out(table: Table, value: Any) -> None:
    with pytest.raises(ValueError, match="GSI1PK is a key"):
        table.put(item(GSI1PK=value))


def test_a_table_without_sort_key_finds_items_by_one_key(stocks: Table) -> None:
    apple = {"ticker": "AAPL", "name": "Apple", "last_price": Decimal("195.27")}
    assert stocks.put(apple)
    assert stocks.get(("AAPL", ""), consistent=True) == apple
    assert stocks.query("AAPL", consistent=True) == [apple]
    assert stocks.query("AAPL", attributes=["name"]) == [{"ticker": "AAPL", "name": "Apple"}]
    assert stocks.update(("AAPL", ""), add={"last_price": 1}) == apple | {"last_price": Decimal("196.27")}
    stocks.put_many([apple, {"ticker": "MSFT"}])
    stocks.delete_many([("AAPL", "")])
    assert stocks.get(("AAPL", ""), consistent=True) is None
    assert stocks.delete(("MSFT", ""))
    with pytest.raises(ValueError, match="has no sort key"):
        stocks.get(("AAPL", "D"))
    with pytest.raises(ValueError, match="has no sort key"):
        stocks.query("AAPL", prefix="D")


def test_what_is_read_can_be_changed_without_changing_the_table(table: Table) -> None:
    """D7: no caller shares a mutable value with another."""
    written = item(tags=["a"])
    table.put(written)
    written["tags"].append("b")
    found = table.get(KEY, consistent=True)
    assert found == item(tags=["a"])
    found["tags"].append("c")
    assert table.get(KEY, consistent=True) == item(tags=["a"])
