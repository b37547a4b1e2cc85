"""How large an item counts, what adding does, and how batches pause."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from store import TableError, TableSchema
from store.batches import FIRST_PAUSE_S, LONGEST_PAUSE_S, chunks, pause_s, send_all
from store.conditions import Change, changed, holds
from store.items import last_of_each, size, total
from store.sqlite_statements import after_prefix

SCHEMA = TableSchema("any-table")


class TestSize:
    """Counted as DynamoDB's documentation and measurements say (cache-18)."""

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("", 0),
            ("abc", 3),
            ("é", 2),
            ("🕯", 4),
            (b"\x00\x01", 2),
            (True, 1),
            (None, 1),
            (0, 1),
            (1, 2),
            (-1, 3),
            (12, 2),
            (123, 3),
            (1234, 3),
            (12345, 4),
            (10**20, 2),
            (Decimal("0.5"), 2),
            (Decimal("1.25"), 3),
            ([], 3),
            ([1, "ab"], 3 + 2 + 2 + 2),
            ({}, 3),
            ({"ab": "cd"}, 3 + 1 + 2 + 2),
        ],
        ids=repr,
    )
    def test_a_value_counts(self, value: Any, expected: int) -> None:
        assert size({"name": value}) == len("name") + expected

    def test_names_count_by_their_bytes(self) -> None:
        assert size({"é": "", "n": ""}) == 3


class TestAdding:
    """Sums are exact to 38 digits, or refused."""

    def test_38_digits_add_up(self) -> None:
        assert total(10**36, Decimal("0.1"), "n") == Decimal("1000000000000000000000000000000000000.1")

    @pytest.mark.parametrize("step", [Decimal("0.01"), Decimal("1E-100")])
    def test_more_digits_are_refused(self, step: Decimal) -> None:
        with pytest.raises(TableError, match="n can't be added to: the sum has more than 38 digits"):
            total(10**37, step, "n")

    def test_a_sum_out_of_range_is_refused(self) -> None:
        with pytest.raises(TableError, match="can't be added to"):
            total(Decimal("9E+125"), Decimal("9E+125"), "n")

    @pytest.mark.parametrize("held", ["1", True, None, [1]], ids=repr)
    def test_what_is_no_number_is_refused(self, held: object) -> None:
        with pytest.raises(TableError, match="n can't be added to: it is not a number"):
            total(held, 1, "n")

    def test_a_change_leaves_the_item_as_it_was(self) -> None:
        item = {"PK": "p", "a": 1, "b": 2}
        assert changed(item, Change(put={"c": 3}, add={"a": 4}, remove=("b",))) == {"PK": "p", "a": 5, "c": 3}
        assert item == {"PK": "p", "a": 1, "b": 2}

    def test_no_condition_always_holds(self) -> None:
        assert holds(None, None)


class TestBatches:
    """Pauses double up to a second and are jittered; several retries never go on for ever."""

    def test_pauses_double_up_to_the_longest(self) -> None:
        longest = [pause_s(attempt, lambda: 1.0) for attempt in range(7)]
        assert longest == [FIRST_PAUSE_S * factor for factor in (1, 2, 4, 8, 16)] + [LONGEST_PAUSE_S] * 2

    def test_pauses_are_jittered_over_their_whole_length(self) -> None:
        assert pause_s(3, lambda: 0.0) == 0
        assert pause_s(3, lambda: 0.5) == pytest.approx(0.2)

    def test_nothing_to_send_sends_nothing(self) -> None:
        sent: list[object] = []
        send_all([], sent.append, length=25, retries=3, sleep=sent.append, random=lambda: 1.0)  # type: ignore[arg-type]
        assert sent == []

    def test_a_batch_without_left_overs_takes_no_pause(self) -> None:
        pauses: list[float] = []
        send_all([1, 2, 3], lambda _: [], length=2, retries=3, sleep=pauses.append, random=lambda: 1.0)
        assert pauses == []

    def test_chunks_keep_the_order(self) -> None:
        assert list(chunks([1, 2, 3, 4, 5], 2)) == [[1, 2], [3, 4], [5]]

    def test_the_last_item_of_a_key_comes_at_its_own_place(self) -> None:
        items = [{"PK": "p", "SK": key, "n": at} for at, key in enumerate("abac")]
        assert [(found["SK"], found["n"]) for found in last_of_each(items, SCHEMA)] == [
            ("b", 1),
            ("a", 2),
            ("c", 3),
        ]


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [("a", "b"), ("a\U0010ffff", "b"), ("\ud7ff", "\ue000"), ("\U0010ffff", ""), ("", "")],
    ids=ascii,
)
def test_the_end_of_a_prefix_is_the_next_text_that_does_not_begin_with_it(prefix: str, expected: str) -> None:
    assert after_prefix(prefix) == expected
