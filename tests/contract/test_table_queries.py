"""Range reads: order, bounds, indexes, attributes, and pages that are all followed (cache-2, record-8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from store import TableMissingError

if TYPE_CHECKING:
    from store import Table

pytestmark = pytest.mark.contract

PK = "AAPL#tiingo"
SORT_KEYS = [
    "5#2025-01-02",
    "5#2025-01-03",
    "5#2025-01-06",
    "60#2025-01-02",
    "ACTIONS",
    "D#2024",
    "D#2025",
    "Ω",
    "🕯",
]


@pytest.fixture
def filled(table: Table) -> Table:
    table.put_many([{"PK": PK, "SK": key, "n": at} for at, key in enumerate(SORT_KEYS)])
    table.put_many([{"PK": "AAPL#demo", "SK": "D#2025"}, {"PK": "AAPL", "SK": "D#2025"}])
    return table


def keys(items: list[dict[str, Any]]) -> list[str]:
    return [found["SK"] for found in items]


def test_a_partition_is_read_in_the_order_of_its_utf8_bytes(filled: Table) -> None:
    assert keys(filled.query(PK, consistent=True)) == SORT_KEYS


def test_descending_reverses_the_order(filled: Table) -> None:
    assert keys(filled.query(PK, descending=True, consistent=True)) == SORT_KEYS[::-1]


def test_another_partition_is_never_touched(filled: Table) -> None:
    assert filled.query("AAPL", consistent=True) == [{"PK": "AAPL", "SK": "D#2025"}]
    assert filled.query("MSFT#tiingo", consistent=True) == []


@pytest.mark.parametrize(
    ("between", "expected"),
    [
        (("5#2025-01-02", "5#2025-01-06"), SORT_KEYS[:3]),
        (("5#2025-01-03", "5#2025-01-03"), SORT_KEYS[1:2]),
        (("5#2025-01-04", "5#2025-01-05"), []),
        (("5#2025-01-06", "5#2025-01-02"), []),
        (("D#", "D#~"), ["D#2024", "D#2025"]),
        ((" ", "\U0010ffff"), SORT_KEYS),
    ],
)
def test_between_includes_both_ends(filled: Table, between: tuple[str, str], expected: list[str]) -> None:
    assert keys(filled.query(PK, between=between, consistent=True)) == expected


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("5#", SORT_KEYS[:3]),
        ("5#2025-01-0", SORT_KEYS[:3]),
        ("D#2025", ["D#2025"]),
        ("D", ["D#2024", "D#2025"]),
        ("X", []),
        ("🕯", ["🕯"]),
        ("", SORT_KEYS),
    ],
)
def test_a_prefix_finds_what_begins_with_it(filled: Table, prefix: str, expected: list[str]) -> None:
    assert keys(filled.query(PK, prefix=prefix, consistent=True)) == expected


@pytest.mark.parametrize("last", ["\ud7ff", "\U0010ffff"], ids=ascii)
def test_a_prefix_may_end_where_code_points_have_a_gap_or_end(table: Table, last: str) -> None:
    prefix = "a" + last
    table.put_many([{"PK": PK, "SK": key} for key in ("a", prefix, prefix + "x", "a\ue000", "b")])
    assert keys(table.query(PK, prefix=prefix, consistent=True)) == [prefix, prefix + "x"]


def test_a_prefix_may_have_nothing_above_it(table: Table) -> None:
    table.put_many([{"PK": PK, "SK": key} for key in ("a", "\U0010ffff", "\U0010ffffx")])
    assert keys(table.query(PK, prefix="\U0010ffff", consistent=True)) == ["\U0010ffff", "\U0010ffffx"]


@pytest.mark.parametrize(("limit", "count"), [(0, 0), (1, 1), (3, 3), (9, 9), (100, 9)])
def test_a_limit_takes_the_first(filled: Table, limit: int, count: int) -> None:
    assert keys(filled.query(PK, limit=limit, consistent=True)) == SORT_KEYS[:count]
    assert keys(filled.query(PK, limit=limit, descending=True, consistent=True)) == SORT_KEYS[::-1][:count]


def test_a_limit_counts_within_bounds(filled: Table) -> None:
    found = filled.query(PK, prefix="5#", limit=2, descending=True, consistent=True)
    assert keys(found) == ["5#2025-01-06", "5#2025-01-03"]


def test_only_the_wanted_attributes_come_and_the_keys_always(filled: Table) -> None:
    filled.put({"PK": "p", "SK": "s", "open": 1, "close": 2, "data": b"x"})
    assert filled.query("p", attributes=["open", "absent"]) == [{"PK": "p", "SK": "s", "open": 1}]
    assert filled.query("p", attributes=["SK"]) == [{"PK": "p", "SK": "s"}]
    assert filled.query("p", attributes=["data", "data"]) == [{"PK": "p", "SK": "s", "data": b"x"}]


def test_a_partition_of_more_than_a_megabyte_is_read_whole(table: Table) -> None:
    """B10: DynamoDB answers in pages of 1 MB; each one is followed, in both directions and with a limit."""
    written = [{"PK": PK, "SK": f"{at:03}", "data": bytes([at]) * 60_000} for at in range(40)]
    table.put_many(written)
    assert table.query(PK, consistent=True) == written
    assert keys(table.query(PK, descending=True)) == [found["SK"] for found in written[::-1]]
    assert table.query(PK, limit=30, consistent=True) == written[:30]
    assert table.query(PK, between=("010", "034"), consistent=True) == written[10:35]


def test_an_index_orders_by_its_own_keys(table: Table) -> None:
    names = ["c", "a", "b"]
    channels = [
        {
            "PK": f"CHANNEL#{name}",
            "SK": f"CHANNEL#{name}",
            "GSI1PK": "CHANNELS",
            "GSI1SK": f"2025-0{at}",
            "name": name,
        }
        for at, name in enumerate(names)
    ]
    table.put_many(channels)
    assert table.query("CHANNELS", index="GSI1-index") == channels
    assert table.query("CHANNELS", index="GSI1-index", descending=True, limit=1) == channels[2:]
    assert table.query("CHANNELS", index="GSI1-index", between=("2025-01", "2025-02")) == channels[1:]
    assert table.query("CHANNELS", index="GSI1-index", prefix="2025-01") == channels[1:2]
    found = table.query("CHANNELS", index="GSI1-index", attributes=["name"], limit=1)
    assert found == [
        {"PK": "CHANNEL#c", "SK": "CHANNEL#c", "GSI1PK": "CHANNELS", "GSI1SK": "2025-00", "name": "c"}
    ]


def test_an_item_is_in_an_index_only_with_all_its_keys(table: Table) -> None:
    table.put({"PK": "a", "SK": "a", "GSI1PK": "x"})
    table.put({"PK": "b", "SK": "b", "GSI1SK": "y"})
    table.put({"PK": "c", "SK": "c", "GSI1PK": "x", "GSI1SK": "y"})
    assert keys(table.query("x", index="GSI1-index")) == ["c"]


def test_an_index_follows_every_change(table: Table) -> None:
    table.put({"PK": "a", "SK": "a", "GSI2PK": "YT#1"})
    assert keys(table.query("YT#1", index="GSI2-index")) == ["a"]
    table.update(("a", "a"), put={"GSI2PK": "YT#2"})
    assert table.query("YT#1", index="GSI2-index") == []
    assert keys(table.query("YT#2", index="GSI2-index")) == ["a"]
    table.update(("a", "a"), remove=["GSI2PK"])
    assert table.query("YT#2", index="GSI2-index") == []
    table.put({"PK": "a", "SK": "a", "GSI2PK": "YT#3"})
    table.delete(("a", "a"))
    assert table.query("YT#3", index="GSI2-index") == []


def test_a_keys_only_index_returns_keys_only(table: Table) -> None:
    table.put({"PK": "CHANNEL#1", "SK": "VIDEO#1", "GSI3PK": "YTVID#1", "title": "t", "data": b"x"})
    only_keys = [{"PK": "CHANNEL#1", "SK": "VIDEO#1", "GSI3PK": "YTVID#1"}]
    assert table.query("YTVID#1", index="GSI3-index") == only_keys
    assert table.query("YTVID#1", index="GSI3-index", attributes=["title"]) == only_keys


def test_many_items_under_one_index_key_all_come(table: Table) -> None:
    table.put_many(
        [{"PK": f"p{at:02}", "SK": "s", "GSI2PK": "same", "pad": "x" * 30_000} for at in range(50)]
    )
    found = table.query("same", index="GSI2-index", attributes=["PK"])
    assert sorted(entry["PK"] for entry in found) == [f"p{at:02}" for at in range(50)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"index": "GSI1-index", "consistent": True}, "can't be read consistently"),
        ({"limit": -1}, "can't be negative"),
        ({"between": ("", "x")}, "SK is a key"),
        ({"between": ("a", "b"), "prefix": "a"}, "not by both"),
        ({"prefix": "x" * 1025}, "SK is a key"),
        ({"index": "GSI2-index", "prefix": "x"}, "has no sort key"),
    ],
)
def test_what_can_not_be_asked_is_refused(table: Table, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        table.query(PK, **options)


def test_an_empty_partition_key_is_refused(table: Table) -> None:
    with pytest.raises(ValueError, match="PK is a key"):
        table.query("")


def test_an_unknown_index_is_missing(table: Table) -> None:
    with pytest.raises(TableMissingError, match="has no index GSI9-index"):
        table.query(PK, index="GSI9-index")


def test_the_keys_of_a_whole_table_are_given_page_by_page(table: Table) -> None:
    """cache-12: 4 MB of items are several pages for DynamoDB, 2,400 keys are three for SQLite."""
    expected = {(f"T{at % 7}#tiingo", f"5#{at:04}") for at in range(2400)}
    table.put_many({"PK": pk, "SK": sk, "data": b"x" * 1750} for pk, sk in sorted(expected))
    found = list(table.keys())
    assert len(found) == len(expected)
    assert set(found) == expected


def test_what_is_read_key_by_key_may_be_deleted_meanwhile(filled: Table) -> None:
    """cache-12: whoever clears a table does so while reading it."""
    for key in filled.keys():  # noqa: SIM118 - a table is no mapping
        filled.delete(key)
    assert list(filled.keys()) == []


def test_keys_without_a_sort_key(stocks: Table) -> None:
    stocks.put_many([{"ticker": "AAPL"}, {"ticker": "MSFT"}])
    assert sorted(stocks.keys()) == [("AAPL", ""), ("MSFT", "")]
