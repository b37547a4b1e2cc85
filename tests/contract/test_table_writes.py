"""Conditions, updates, deletes and batches: all or nothing, nothing is lost (cache-3, cache-9, record-8)."""

from __future__ import annotations

import itertools
import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from store import Absent, AllOf, AnyOf, Below, Equals, TableError
from tests.kit.tables import at_once

if TYPE_CHECKING:
    from store import Condition, Store, Table
    from tests.contract.conftest import Backend

pytestmark = pytest.mark.contract

KEY = ("k", "s")
THERE = {
    "PK": "k",
    "SK": "s",
    "n": 5,
    "half": Decimal("0.5"),
    "text": "b",
    "bytes": b"\x80",
    "yes": True,
    "one": 1,
    "none": None,
    "list": [1, "a"],
    "map": {"x": 1},
}

TRUTH = [
    (Absent("gone"), True),
    (Absent("n"), False),
    (Absent("none"), False),
    (Absent("PK"), False),
    (Equals("n", 5), True),
    (Equals("n", Decimal("5.0")), True),
    (Equals("n", 6), False),
    (Equals("n", "5"), False),
    (Equals("gone", 5), False),
    (Equals("text", "b"), True),
    (Equals("bytes", b"\x80"), True),
    (Equals("bytes", "\x80"), False),
    (Equals("yes", True), True),  # noqa: FBT003 - a value, not a flag
    (Equals("yes", 1), False),
    (Equals("one", True), False),  # noqa: FBT003 - a value, not a flag
    (Equals("none", None), True),
    (Equals("gone", None), False),
    (Equals("list", [1, "a"]), True),
    (Equals("list", ["a", 1]), False),
    (Equals("list", [1]), False),
    (Equals("map", {"x": 1}), True),
    (Equals("map", {"x": True}), False),
    (Equals("map", {"y": 1}), False),
    (Equals("SK", "s"), True),
    (Below("n", 6), True),
    (Below("n", 5), False),
    (Below("n", Decimal("5.01")), True),
    (Below("half", 1), True),
    (Below("text", "c"), True),
    (Below("text", "b"), False),
    (Below("text", "B"), False),
    (Below("bytes", b"\x81"), True),
    (Below("bytes", b"\x7f"), False),
    (Below("n", "6"), False),
    (Below("text", 6), False),
    (Below("gone", 6), False),
    (AllOf((Equals("n", 5), Below("text", "c"))), True),
    (AllOf((Equals("n", 5), Below("text", "a"))), False),
    (AnyOf((Equals("n", 6), Below("text", "c"))), True),
    (AnyOf((Equals("n", 6), Below("text", "a"))), False),
    (AnyOf((Absent("n"), Below("n", 6))), True),
    (AnyOf((Absent("n"), AllOf((Equals("n", 5), AnyOf((Equals("one", 2), Equals("one", 1))))))), True),
    (AllOf((AnyOf((Absent("n"), Absent("one"))), Equals("n", 5))), False),
]

# Where the stand-ins differ from DynamoDB: moto takes 1 for True and nothing for None, and fails when it
# compares unlike kinds; dynalite compares containers by identity.
LIES = {
    "moto": {
        repr(Equals("yes", 1)),
        repr(Equals("one", True)),  # noqa: FBT003 - a value, not a flag
        repr(Equals("gone", None)),
        repr(Equals("map", {"x": True})),
        repr(Below("n", "6")),
        repr(Below("text", 6)),
    },
    "dynalite": {repr(Equals("list", [1, "a"])), repr(Equals("map", {"x": 1}))},
}


def test_conditions_hold_as_the_truth_table_says(table: Table, backend: Backend) -> None:
    """Each condition, asked by put, update and delete, of an item that is there."""
    for condition, expected in TRUTH:
        if repr(condition) in LIES.get(backend.kind, ()):
            continue
        table.put(THERE)
        assert table.put(THERE | {"new": 1}, when=condition) is expected, f"put when {condition}"
        table.put(THERE)
        updated = table.update(KEY, put={"new": 1}, when=condition)
        assert updated == (THERE | {"new": 1} if expected else None), f"update when {condition}"
        assert table.delete(KEY, when=condition) is expected, f"delete when {condition}"
        found = table.get(KEY, consistent=True)
        assert found == (None if expected else THERE), f"after {condition}"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Absent("PK"), True),
        (Absent("n"), True),
        (Equals("n", 1), False),
        (Below("n", 6), False),
        (AnyOf((Absent("PK"), Below("n", 6))), True),
        (AllOf((Absent("PK"), Below("n", 6))), False),
    ],
    ids=repr,
)
def test_conditions_of_an_item_that_is_not_there(table: Table, condition: Condition, expected: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert table.put({"PK": "a", "SK": "1"}, when=condition) is expected
    assert (table.update(("a", "2"), put={"n": 1}, when=condition) is not None) is expected
    assert table.delete(("a", "3"), when=condition) is expected
    assert len(table.query("a", consistent=True)) == (2 if expected else 0)


@pytest.mark.parametrize(
    ("condition", "error", "message"),
    [
        (AllOf(()), ValueError, "AllOf needs at least one part"),
        (AnyOf((AnyOf(()),)), ValueError, "AnyOf needs at least one part"),
        (Below("n", None), TypeError, "n can only be below"),
        (Below("n", True), TypeError, "n can only be below"),  # noqa: FBT003 - a value, not a flag
        (Below("n", [1]), TypeError, "n can only be below"),
        (Equals("n", 0.5), TypeError, "n is a float"),
    ],
    ids=repr,
)
def test_a_condition_that_means_nothing_is_refused(
    table: Table, condition: Condition, error: type[Exception], message: str
) -> None:
    for write in (
        lambda: table.put(THERE, when=condition),
        lambda: table.update(KEY, put={"n": 1}, when=condition),
        lambda: table.delete(KEY, when=condition),
    ):
        with pytest.raises(error, match=message):
            write()
    assert table.get(KEY, consistent=True) is None


def test_an_older_block_never_replaces_a_newer_one(table: Table) -> None:
    """cache-9, D6: the condition that blocks are put with."""

    def put(fetched_at: int) -> bool:
        newer = AnyOf((Absent("data"), Below("fetched_at", fetched_at)))
        return table.put({"PK": "k", "SK": "s", "data": b"x", "fetched_at": fetched_at}, when=newer)

    assert [put(at) for at in (10, 9, 10, 11)] == [True, False, False, True]


def test_an_update_changes_only_what_it_names(table: Table) -> None:
    table.put(THERE)
    new = table.update(
        KEY, put={"text": "c", "list": []}, add={"n": -7, "fresh": Decimal("1.5")}, remove=["map", "gone"]
    )
    expected = {name: value for name, value in THERE.items() if name != "map"}
    expected |= {"text": "c", "list": [], "n": -2, "fresh": Decimal("1.5")}
    assert new == expected
    assert table.get(KEY, consistent=True) == expected


def test_an_update_creates_the_item(table: Table) -> None:
    assert table.update(("a", "b"), add={"n": 3}) == {"PK": "a", "SK": "b", "n": 3}
    assert table.query("a", consistent=True) == [{"PK": "a", "SK": "b", "n": 3}]


def test_an_update_of_nothing_returns_the_item(table: Table, backend: Backend) -> None:
    if backend.kind == "moto":
        pytest.skip("moto: fails on an update of nothing")
    table.put(THERE)
    assert table.update(KEY) == THERE
    assert table.update(KEY, put={}, add={}, remove=[], when=Absent("PK")) is None
    assert table.update(("a", "c")) == {"PK": "a", "SK": "c"}
    assert table.get(("a", "c"), consistent=True) == {"PK": "a", "SK": "c"}


@pytest.mark.parametrize(
    "options",
    [
        {"put": {"PK": "x"}},
        {"remove": ["SK"]},
        {"put": {"a": 1}, "add": {"a": 1}},
        {"add": {"a": 1}, "remove": ["a"]},
    ],
    ids=repr,
)
def test_keys_and_one_attribute_twice_can_not_be_updated(table: Table, options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="keys can't be changed, others in one way only"):
        table.update(KEY, **options)


@pytest.mark.parametrize("step", [1.5, "1", True, None], ids=repr)
def test_only_numbers_can_be_added(table: Table, step: Any) -> None:
    with pytest.raises(TypeError, match="n can only be added to with"):
        table.update(KEY, add={"n": step})


@pytest.mark.parametrize("name", ["text", "yes", "bytes", "list"])
def test_only_numbers_can_be_added_to(table: Table, name: str) -> None:
    table.put(THERE)
    with pytest.raises(TableError):
        table.update(KEY, add={name: 1})
    assert table.get(KEY, consistent=True) == THERE


def test_decimals_add_up_exactly(table: Table) -> None:
    for _ in range(10):
        table.update(KEY, add={"sum": Decimal("0.1")})
    assert table.get(KEY, consistent=True) == {"PK": "k", "SK": "s", "sum": 1}


def test_delete_removes_and_a_missing_item_is_no_error(table: Table) -> None:
    table.put(THERE)
    assert table.delete(KEY)
    assert table.delete(KEY)
    assert table.get(KEY, consistent=True) is None


@pytest.mark.parametrize("count", [0, 1, 25, 26, 60])
def test_batches_of_any_length_write_and_delete_everything(table: Table, count: int) -> None:
    """E27 without a fault: more than 25 go in several calls."""
    items = [{"PK": "p", "SK": f"{at:03}", "n": at} for at in range(count)]
    table.put_many(iter(items))
    assert table.query("p", consistent=True) == items if count else True
    table.delete_many(("p", f"{at:03}") for at in range(count))
    assert table.query("p", consistent=True) == []


def test_the_last_of_several_items_with_one_key_counts(table: Table) -> None:
    """B13, B14: also across the border between two batches."""
    table.put_many([{"PK": "p", "SK": f"{at % 20:03}", "n": at} for at in range(50)])
    found = table.query("p", consistent=True)
    assert [entry["n"] for entry in found] == [*range(40, 50), *range(30, 40)]
    table.delete_many([("p", f"{at % 20:03}") for at in range(50)])
    assert table.query("p", consistent=True) == []


def test_a_bad_item_stops_its_batch_before_anything_is_written(table: Table) -> None:
    with pytest.raises(TypeError, match="price is a float"):
        table.put_many([{"PK": "p", "SK": "a"}, {"PK": "p", "SK": "b", "price": 1.5}])
    with pytest.raises(ValueError, match="SK is a key"):
        table.delete_many([("p", "a"), ("p", "")])
    assert table.query("p", consistent=True) == []


def test_a_batch_may_be_tried_only_once(table: Table) -> None:
    """cache-3: how often is the caller's to say; a table that takes everything needs no second attempt."""
    items = [{"PK": "p", "SK": f"{at:03}", "n": at} for at in range(30)]
    table.put_many(items, retries=0)
    assert table.query("p", consistent=True) == items
    table.delete_many([("p", f"{at:03}") for at in range(30)], retries=0)
    assert table.query("p", consistent=True) == []


class TestConcurrency:
    """Eight threads that start together; a twin shows that the test can fail."""

    THREADS = 8
    STEPS = 10

    def test_increments_add_up(self, table: Table) -> None:
        def work(_: int) -> list[int]:
            return [(table.update(KEY, add={"n": 1}) or {})["n"] for _ in range(self.STEPS)]

        seen = at_once(self.THREADS, work)
        total = self.THREADS * self.STEPS
        assert table.get(KEY, consistent=True) == {"PK": "k", "SK": "s", "n": total}
        assert sorted(itertools.chain(*seen)) == list(range(1, total + 1))

    def test_increments_by_reading_and_writing_lose_some(self, table: Table) -> None:
        """The negative twin: without one atomic step, threads overwrite each other."""
        table.put({"PK": "k", "SK": "s", "n": 0})
        # All have read before the first one writes: without this, fast tables lose updates only now and then.
        all_have_read = threading.Barrier(self.THREADS)

        def work(_: int) -> None:
            for _ in range(self.STEPS):
                found = table.get(KEY, consistent=True) or {}
                all_have_read.wait(timeout=30)
                table.put({"PK": "k", "SK": "s", "n": found["n"] + 1})

        at_once(self.THREADS, work)
        assert (table.get(KEY, consistent=True) or {})["n"] < self.THREADS * self.STEPS

    def test_increments_by_reading_and_writing_conditionally_add_up(self, table: Table) -> None:
        table.put({"PK": "k", "SK": "s", "n": 0})

        def work(_: int) -> None:
            for _ in range(3):
                while True:
                    seen = (table.get(KEY, consistent=True) or {})["n"]
                    if table.put({"PK": "k", "SK": "s", "n": seen + 1}, when=Equals("n", seen)):
                        break

        at_once(self.THREADS, work)
        assert (table.get(KEY, consistent=True) or {})["n"] == self.THREADS * 3

    def test_a_race_for_one_item_has_exactly_one_winner(self, table: Table) -> None:
        """cache-9, D17: how a lock is taken."""
        for attempt in range(5):
            key = f"LOCK#{attempt}"

            def work(number: int, key: str = key) -> bool:
                return table.put({"PK": key, "SK": "LOCK", "owner": number}, when=Absent("PK"))

            won = at_once(self.THREADS, work)
            assert won.count(True) == 1
            assert table.get((key, "LOCK"), consistent=True) == {
                "PK": key,
                "SK": "LOCK",
                "owner": won.index(True),
            }

    def test_a_write_is_never_seen_in_part(self, table: Table) -> None:
        """D7, B12: attributes that are written together are read together."""
        table.put({"PK": "k", "SK": "s", "a": -1, "b": -1, "data": b"\xff" * 9000})

        def work(number: int) -> None:
            for _ in range(5):
                table.put({"PK": "k", "SK": "s", "a": number, "b": number, "data": bytes([number]) * 9000})
                found = table.get(KEY, consistent=True) or {}
                assert found["a"] == found["b"]
                assert found["data"] == bytes([found["a"]]) * 9000

        at_once(self.THREADS, work)

    def test_creating_from_several_stores_at_once_is_safe(
        self, backend: Backend, store: Store, table: Table
    ) -> None:
        """D17: processes that start together all find the tables."""
        opened = [backend.open() for _ in range(4)]
        at_once(4, lambda number: opened[number].create([table.schema]))
        at_once(4, lambda number: opened[number].table(table.schema).put({"PK": "p", "SK": str(number)}))
        assert len(store.table(table.schema).query("p", consistent=True)) == 4
        for each in opened:
            each.close()
