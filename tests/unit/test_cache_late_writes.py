"""Writes that are off the request's path: all of it arrives, or is counted and said (cache-3)."""

from __future__ import annotations

import itertools
import os
import threading
import warnings
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from cache import late_writes
from cache.breaker import FAILURES, Breaker
from cache.guarded import GuardedCalls
from cache.late_writes import LateWrite, LateWrites, drain_all, in_batches
from cache.statistics import Statistics
from cache.table_clearing import clear
from cache.table_tier import TableTier
from market.calendars import sessions_for
from store import Absent, TruncatedQueryError
from tests.kit.dynamo_servers import server
from tests.kit.failing_table import FailingTable
from tests.kit.tables import Pauses, Unprocessed, drop, dynamo_store, sqlite_store, table_schema
from tests.unit.test_cache_table_tier import FETCHED_AT, blocks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from cache.blocks import Block
    from store import DynamoStore, Item, Table

SESSIONS = sessions_for("AAPL")
BLOCKS = blocks_of(date(2012, 11, 1), date(2012, 12, 13))
PK = BLOCKS[0].key.pk
LONG_S = 30.0
ITEMS = tuple({"PK": "AAPL#demo", "SK": f"5#{at:03}", "n": at} for at in range(60))


class Place:
    """A tier whose late writes never sleep."""

    def __init__(self, table: Table, kind: str) -> None:
        self.table = FailingTable(table)
        self.statistics = Statistics()
        self.breaker = Breaker()
        self.calls = GuardedCalls(self.breaker, self.statistics)
        self.pauses = Pauses()
        shared: Any = self.table
        self.late = LateWrites(shared, self.calls, self.statistics, sleep=self.pauses, random=lambda: 1.0)
        self.tier = TableTier(shared, kind, self.statistics, self.breaker, late=self.late)

    def count(self, name: str) -> int:
        return self.statistics.snapshot()[name]

    def held(self) -> list[Block]:
        found, answered = self.tier.read([[block.key for block in BLOCKS]], SESSIONS, "", consistent=True)
        assert answered
        return list(found.values())


class Gate:
    """Holds the thread of the late writes at its next call of the table."""

    def __init__(self, place: Place) -> None:
        self.reached, self.open = threading.Event(), threading.Event()

        def wait(method: str, arguments: tuple[Any, ...]) -> None:
            if threading.current_thread().name == "late-writes":
                self.reached.set()
                assert self.open.wait(LONG_S)

        place.table.before = wait


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    store, schema = sqlite_store(tmp_path), table_schema()
    store.create([schema])
    made = Place(store.table(schema), store.kind)
    yield made
    assert made.late.drain(LONG_S) == 0
    store.close()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with server("moto") as address:
        yield address


@pytest.fixture
def dynamo(url: str) -> Iterator[tuple[Place, DynamoStore]]:
    store, schema = dynamo_store(url), table_schema()
    store.create([schema])
    made = Place(store.table(schema), store.kind)
    yield made, store
    assert made.late.drain(LONG_S) == 0
    drop(store, [schema])
    store.close()


class TestLeftOvers:
    """What DynamoDB leaves of a batch is sent again by nobody's request."""

    def test_e14_the_request_tries_once_and_the_rest_is_written_later(
        self, dynamo: tuple[Place, DynamoStore]
    ) -> None:
        """E14, E27, cache-3, reliability 11: the request says its first write failed; all arrives."""
        place, store = dynamo
        seen = Unprocessed(store, itertools.chain([20, None, 0, 4, None]))
        gate = Gate(place)
        assert not place.tier.write(BLOCKS, SESSIONS, "r1")
        assert seen.sizes == [25, 5]
        assert gate.reached.wait(LONG_S)
        assert place.tier.late_writes == 5
        gate.open.set()
        assert place.late.drain(LONG_S) == 0
        assert seen.sizes == [25, 5, 5, 5, 1]
        assert place.pauses.taken_s == [0.05, 0.1, 0.2]
        assert place.held() == BLOCKS
        assert (place.count("late_writes"), place.count("unprocessed_items")) == (5, 0)
        assert place.count("table_errors") == 0

    def test_m4_what_is_left_for_ever_is_counted_and_said(self, dynamo: tuple[Place, DynamoStore]) -> None:
        """E14, reliability 11: one attempt and three retries, then the number of blocks that are missing."""
        place, store = dynamo
        seen = Unprocessed(store, itertools.chain([24, None], itertools.repeat(0)))
        with capture_logs() as logs:
            assert not place.tier.write(BLOCKS, SESSIONS, "r1")
            assert place.late.drain(LONG_S) == 0
        assert seen.sizes == [25, 5, 1, 1, 1]
        assert [block for block in BLOCKS if block not in place.held()] == [BLOCKS[24]]
        assert place.count("unprocessed_items") == 1
        (said,) = [log for log in logs if log["event"] == "ohlc_write_gave_up"]
        assert (said["log_level"], said["items"], said["request_id"]) == ("error", 1, "r1")

    def test_what_is_left_is_handed_over_although_a_later_put_fails(
        self, dynamo: tuple[Place, DynamoStore]
    ) -> None:
        place, store = dynamo
        Unprocessed(store, itertools.chain([0], itertools.repeat(None)))
        place.table.fails = lambda method, arguments: method == "put"
        provisional = replace(BLOCKS[1], settled_to=0)
        assert not place.tier.write([BLOCKS[0], provisional], SESSIONS, "")
        assert place.late.drain(LONG_S) == 0
        assert place.held() == [BLOCKS[0]]

    def test_deletes_are_tried_six_times(self, dynamo: tuple[Place, DynamoStore]) -> None:
        """cache-3: deletes 5 times more."""
        place, store = dynamo
        place.table.put_many(ITEMS[:3])
        seen = Unprocessed(store, itertools.chain([2], itertools.repeat(0)))
        place.late.add(LateWrite("AAPL#demo", keys=tuple((item["PK"], item["SK"]) for item in ITEMS[:3])))
        assert place.late.drain(LONG_S) == 0
        assert seen.sizes == [3, 1, 1, 1, 1, 1]
        assert [item["SK"] for item in place.table.query("AAPL#demo", consistent=True)] == ["5#002"]
        assert place.count("unprocessed_items") == 1


class TestAttempts:
    """How often the thread tries, and when it does not."""

    def test_nothing_is_done_by_a_request_that_may_be_late(self, place: Place) -> None:
        """cache-11: a request without time left hands over everything, conditions included."""
        provisional = replace(BLOCKS[0], settled_to=0)
        gate = Gate(place)
        assert place.tier.write([provisional, *BLOCKS[1:]], SESSIONS, "", late=True)
        assert gate.reached.wait(LONG_S)
        assert place.tier.late_writes == len(BLOCKS)
        assert len(place.table.calls) == 1  # the thread's own, which waits
        gate.open.set()
        assert place.late.drain(LONG_S) == 0
        assert place.held() == [provisional, *BLOCKS[1:]]
        assert place.pauses.taken_s == []

    def test_a_table_that_comes_back_gets_what_waited(self, place: Place) -> None:
        failures = iter([True, True])
        place.table.fails = lambda method, arguments: method == "put_many" and next(failures, False)
        assert place.tier.write(BLOCKS[:2], SESSIONS, "", late=True)
        assert place.late.drain(LONG_S) == 0
        assert place.held() == BLOCKS[:2]
        assert place.pauses.taken_s == [0.05, 0.1]

    def test_a_table_that_stays_down_is_given_up(self, place: Place) -> None:
        place.table.down()
        with capture_logs() as logs:
            place.tier.write(BLOCKS[:2], SESSIONS, "r7", late=True)
            assert place.late.drain(LONG_S) == 0
        assert place.table.calls == ["put_many"] * FAILURES
        assert place.count("unprocessed_items") == 2
        (said,) = [log for log in logs if log["event"] == "ohlc_write_gave_up"]
        assert (said["reason"], said["request_id"]) == ("table_left_alone", "r7")

    def test_d29_a_table_that_is_left_alone_is_not_called(self, place: Place) -> None:
        """D29, D36: failed late writes open the breaker like any other, and then nothing is tried."""
        place.table.down()
        place.tier.write(BLOCKS[:1], SESSIONS, "", late=True)
        assert place.late.drain(LONG_S) == 0
        calls = list(place.table.calls)
        place.table.up()
        place.tier.write(BLOCKS, SESSIONS, "", late=True)
        assert place.late.drain(LONG_S) == 0
        assert place.table.calls == calls
        assert place.count("unprocessed_items") == 1 + len(BLOCKS)

    def test_a_timeout_that_is_not_the_breakers_doing_is_given_up_after_four_attempts(
        self, place: Place, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(place.breaker, "failed", lambda: None)
        place.table.down()
        place.tier.write(BLOCKS[:1], SESSIONS, "", late=True)
        assert place.late.drain(LONG_S) == 0
        assert place.table.calls == ["put_many"] * 4
        assert place.count("unprocessed_items") == 1


class TestOrder:
    """Nothing newer is replaced, and nothing comes back after it was cleared."""

    def older_and_newer(self) -> tuple[Block, Block]:
        older = replace(BLOCKS[0], settled_to=0)
        return older, replace(older, fetched_at=FETCHED_AT + 1)

    def test_d6_a_late_write_never_replaces_a_newer_block(self, place: Place) -> None:
        """D6, reliability 14: its condition waits with it, and whoever asked hears of it."""
        older, newer = self.older_and_newer()
        refused: list[Block] = []
        gate = Gate(place)
        assert place.tier.write([older], SESSIONS, "", late=True, on_newer=refused.append)
        assert gate.reached.wait(LONG_S)
        assert place.tier.write([newer], SESSIONS, "")
        gate.open.set()
        assert place.late.drain(LONG_S) == 0
        assert place.held() == [newer]
        assert refused == [older]
        assert place.count("writes_refused") == 1

    def test_d6_without_its_condition_it_would(self, place: Place) -> None:
        """The negative twin."""
        older, newer = self.older_and_newer()
        taken: list[LateWrite] = []
        add = place.late.add
        place.late.add = lambda write: taken.append(write) is None  # type: ignore[method-assign,func-returns-value]
        place.tier.write([older], SESSIONS, "", late=True)
        assert place.tier.write([newer], SESSIONS, "")
        add(replace(taken[0], when=None))
        assert place.late.drain(LONG_S) == 0
        assert place.held() == [older]

    def clear_while_writing(self, place: Place, way: Callable[[], object], *, it_waits: bool) -> list[Block]:
        """Clear while one write is under way and another waits; return what the table holds in the end."""
        gate = Gate(place)
        for batch in (BLOCKS[:2], BLOCKS[2:4]):
            assert place.tier.write(batch, SESSIONS, "", late=True)
        assert gate.reached.wait(LONG_S)
        clearing = threading.Thread(target=way)
        clearing.start()
        if it_waits:
            # It waits for the call that is under way; what waited is forgotten already.
            while place.tier.late_writes > 2:
                assert clearing.is_alive()
        else:
            clearing.join(LONG_S)
        gate.open.set()
        clearing.join(LONG_S)
        assert place.late.drain(LONG_S) == 0
        return place.held()

    def test_d34_what_waits_does_not_come_back_after_the_table_was_cleared(self, place: Place) -> None:
        """cache-12: of the partitions that are cleared, nothing is written any more."""
        assert self.clear_while_writing(place, lambda: place.tier.remove([PK]), it_waits=True) == []
        assert place.count("unprocessed_items") == 0

    def test_d34_clearing_the_table_alone_would_let_it_come_back(self, place: Place) -> None:
        """The negative twin."""
        shared: Any = place.table
        held = self.clear_while_writing(place, lambda: clear(shared, place.calls, [PK]), it_waits=False)
        assert held == BLOCKS[:4]

    def test_other_partitions_are_written_all_the_same(self, place: Place) -> None:
        other = replace(BLOCKS[0], key=BLOCKS[0].key._replace(ticker="MSFT"))
        gate = Gate(place)
        for block in (BLOCKS[0], other, BLOCKS[1]):
            assert place.tier.write([block], SESSIONS, "", late=True)
        assert gate.reached.wait(LONG_S)
        assert place.late.drop(["GOOG#demo"]) == 0
        assert place.late.drop(["MSFT#demo"]) == 1
        gate.open.set()
        assert place.late.drain(LONG_S) == 0
        assert place.held() == BLOCKS[:2]
        assert place.tier.read([[other.key]], SESSIONS, "")[0] == {}

    def test_a_write_that_is_dropped_while_it_waits_for_its_next_attempt_is_not_tried_again(
        self, place: Place
    ) -> None:
        place.table.fails = lambda method, arguments: method == "put_many"
        dropped = threading.Thread(target=lambda: place.late.drop(None))

        def sleep(seconds: float) -> None:
            del seconds
            dropped.start()
            while not place.late._line().dropped:
                pass

        place.late._sleep = sleep
        place.tier.write(BLOCKS[:1], SESSIONS, "", late=True)
        assert place.late.drain(LONG_S) == 0
        dropped.join(LONG_S)
        assert place.table.calls == ["put_many"]
        assert place.count("unprocessed_items") == 0


class TestThread:
    """One for each process, made late, whose queue is bounded."""

    def test_no_thread_runs_before_there_is_anything_to_write(self, place: Place) -> None:
        place.tier.write(BLOCKS, SESSIONS, "")
        assert place.late._line().thread is None

    @pytest.mark.parametrize(("limit", "value"), [("MOST_ITEMS", 29), ("MOST_BYTES", 22_000)])
    def test_more_than_may_wait_is_refused_and_said(
        self, place: Place, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
    ) -> None:
        monkeypatch.setattr(late_writes, limit, value)
        gate = Gate(place)
        with capture_logs() as logs:
            assert not place.tier.write(BLOCKS, SESSIONS, "", late=True)
        assert gate.reached.wait(LONG_S)
        gate.open.set()
        assert place.late.drain(LONG_S) == 0
        assert place.held() == BLOCKS[:25]
        assert place.count("unprocessed_items") == 5
        assert [log["reason"] for log in logs if log["event"] == "ohlc_write_gave_up"] == ["too_many_wait"]

    def test_items_of_several_partitions_go_in_batches_of_their_own(self) -> None:
        mixed: Sequence[Item] = [*ITEMS[:30], {"PK": "MSFT#demo", "SK": "5#000"}]
        writes = in_batches(mixed, "r", tried=1)
        assert [(w.partition, len(w.items), w.tried) for w in writes] == [
            ("AAPL#demo", 25, 1),
            ("AAPL#demo", 5, 1),
            ("MSFT#demo", 1, 1),
        ]

    def test_a_mistake_costs_its_own_write_and_not_the_thread(self, place: Place) -> None:
        def fail() -> None:
            raise RuntimeError("a mistake")

        place.table.put(ITEMS[0])
        place.late.add(LateWrite("AAPL#demo", ITEMS[:1], when=Absent("PK"), on_refused=fail))
        assert place.late.drain(LONG_S) == 0
        assert place.count("unprocessed_items") == 1
        thread = place.late._line().thread
        place.late.add(LateWrite("AAPL#demo", ITEMS[1:2]))
        assert place.late.drain(LONG_S) == 0
        assert place.late._line().thread is thread
        assert len(place.table.query("AAPL#demo")) == 2

    def test_f10_the_end_of_a_process_waits_for_what_is_left_but_not_for_ever(self, place: Place) -> None:
        """F10, reliability 27: a bounded chance; what is lost with the process is counted."""
        gate = Gate(place)
        place.tier.write(BLOCKS[:3], SESSIONS, "", late=True)
        assert gate.reached.wait(LONG_S)
        with capture_logs() as logs:
            drain_all(0.01)
        assert place.count("unprocessed_items") == 3
        assert ("ohlc_write_gave_up", "shutdown") in {(log["event"], log.get("reason")) for log in logs}
        gate.open.set()
        drain_all(LONG_S)
        assert place.held() == BLOCKS[:3]
        assert place.count("unprocessed_items") == 3

    def test_a_child_writes_with_a_thread_of_its_own_and_leaves_the_parents_writes_alone(
        self, place: Place
    ) -> None:
        gate = Gate(place)
        place.late.add(LateWrite("AAPL#demo", ITEMS[:1]))
        assert gate.reached.wait(LONG_S)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            place.table.before = lambda method, arguments: None
            waited = place.late.waiting
            place.late.add(LateWrite("AAPL#demo", ITEMS[1:2]))
            os._exit(0 if waited == 0 and place.late.drain(LONG_S) == 0 else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert place.table.query("AAPL#demo") == [ITEMS[1]]
        assert place.late.waiting == 1
        gate.open.set()
        assert place.late.drain(LONG_S) == 0
        assert place.table.query("AAPL#demo") == list(ITEMS[:2])


def test_a_query_of_too_many_pages_is_counted_and_opens_nothing(place: Place) -> None:
    """cache-2: the metric CachePaginationTruncation counts it; the table itself is sound."""

    def truncated() -> None:
        raise TruncatedQueryError("more than 3 pages")

    for _ in range(FAILURES):
        with pytest.raises(TruncatedQueryError):
            place.calls.run(truncated, "ohlc_table_read_failed")
    assert place.count("truncated_queries") == FAILURES
    assert place.breaker.report().opened == 0


def test_a_fault_of_ours_is_counted_and_the_next_write_has_its_turn(place: Place) -> None:
    """Nothing is lost silently, whatever goes wrong."""
    faults = iter([True])

    def crash(method: str, arguments: tuple[Any, ...]) -> None:
        if next(faults, False):
            raise ValueError("a fault")

    place.table.before = crash
    for item in ITEMS[:2]:
        place.late.add(LateWrite("AAPL#demo", (item,)))
    assert place.late.drain(LONG_S) == 0
    assert place.count("unprocessed_items") == 1
    assert place.table.table.get((ITEMS[1]["PK"], ITEMS[1]["SK"])) is not None
