"""A lock that is held: whose it is, in which order it is taken, and what happens when the table fails."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import pytest

from cache.blocks import Unit
from cache.breaker import Breaker
from cache.deadline import Deadline
from cache.guarded import GuardedCalls
from cache.lock_items import key_of
from cache.statistics import Statistics
from cache.unit_lock import BEATS_PER_LEASE, LockTimes, TableLock, _Hold
from store import Table, TableUnavailableError
from tests.kit.failing_table import FailingTable
from tests.kit.lock_world import (
    DECEMBER,
    LEASE_S,
    MICROSOFT,
    NOVEMBER,
    Process,
    World,
    forsake,
    owner,
    table,
    world,
)
from tests.kit.tables import at_once, sqlite_store, table_schema

__all__ = ["table", "world"]
HANG_GUARD_S = 30


def test_d3_only_the_owner_releases(table: Table, world: World) -> None:
    """D3: a holder that was taken for dead comes back and leaves the new holder's lock alone."""
    late, new = Process(world, table, "a"), Process(world, table, "b")
    holding = late.hold(DECEMBER, left_s=1000.0)
    holding.__enter__()
    item = table.get(key_of(DECEMBER.lock_key))
    assert item is not None
    assert new.lock._items.take_over(DECEMBER.lock_key, "b-new", item)
    holding.__exit__(None, None, None)
    assert owner(table) == "b-new"


def test_a_holder_learns_that_its_lock_is_lost(table: Table, world: World) -> None:
    """The loss is counted, and what it has lost it neither beats nor releases."""
    late, new = Process(world, table, "a"), Process(world, table, "b")
    forsake(late, DECEMBER)
    item = table.get(key_of(DECEMBER.lock_key))
    assert item is not None
    new.lock._items.take_over(DECEMBER.lock_key, "b-new", item)
    hold = _Hold("a-dead", [DECEMBER.lock_key])
    late.lock._beat(hold)
    assert (hold.names, late.count("lock_losses")) == ([], 1)


def test_beats_that_fail_lose_nothing(table: Table, world: World) -> None:
    """A lease has room for them; what is held is still released."""
    failing = FailingTable(table, fails=lambda method, arguments: method == "update")
    process = Process(world, failing, "a")  # type: ignore[arg-type]
    with process.hold(DECEMBER):
        hold = _Hold("a0", [DECEMBER.lock_key])
        process.lock._beat(hold)
        assert hold.names == [DECEMBER.lock_key]
    assert (process.count("lock_losses"), process.count("table_errors"), owner(table)) == (0, 1, None)


def test_a_waiter_who_loses_the_take_over_waits_on(table: Table, world: World) -> None:
    """Two have seen the silence; the slower one begins to watch the faster one."""
    forsake(Process(world, table, "a"), DECEMBER)
    faster, hooked = Process(world, table, "b"), FailingTable(table)
    slower = Process(world, hooked, "c")  # type: ignore[arg-type]
    for process in (faster, slower):
        with process.hold(DECEMBER):
            pass
    world.now_s += LEASE_S
    seen = table.get(key_of(DECEMBER.lock_key))
    assert seen is not None
    puts: list[object] = []

    def overtake(method: str, arguments: tuple[object, ...]) -> None:
        if method == "put":
            puts.append(method)
            if len(puts) == 2:  # the first was the attempt to create it
                assert faster.lock._items.take_over(DECEMBER.lock_key, "b-fast", seen)

    hooked.before = overtake
    with slower.hold(DECEMBER):
        assert owner(table) == "b-fast"
    assert (slower.count("lock_takeovers"), slower.count("lock_timeouts")) == (0, 2)


def test_a_lock_that_changes_between_look_and_take_over_is_not_taken(table: Table, world: World) -> None:
    """One beat of the holder, or one faster rival, and the condition does not hold."""
    slow, rival = Process(world, table, "a"), Process(world, table, "b")
    forsake(slow, DECEMBER)
    seen = table.get(key_of(DECEMBER.lock_key))
    assert seen is not None
    slow.lock._items.beat(DECEMBER.lock_key, "a-dead")
    assert not rival.lock._items.take_over(DECEMBER.lock_key, "b", seen)
    assert owner(table) == "a-dead"


def test_d11_d12_tickers_and_spans_do_not_wait_for_each_other(table: Table, world: World) -> None:
    """D11, D12: another month and another ticker are free while one is held."""
    with (
        Process(world, table, "a").hold(DECEMBER),
        Process(world, table, "b").hold(NOVEMBER),
        Process(world, table, "c").hold(MICROSOFT),
    ):
        assert [owner(table, unit) for unit in (DECEMBER, NOVEMBER, MICROSOFT)] == ["a0", "b0", "c0"]
    assert world.slept_s == []


def test_units_are_locked_in_ascending_order(table: Table, world: World) -> None:
    """cache-9: whatever order they are asked in, and each once."""
    seen = FailingTable(table)
    names: list[str] = []
    seen.before = lambda method, arguments: names.append(arguments[0]["PK"]) if method == "put" else None
    with Process(world, seen, "a").hold(DECEMBER, NOVEMBER, DECEMBER):  # type: ignore[arg-type]
        pass
    assert names == [NOVEMBER.lock_key, DECEMBER.lock_key]


def test_overlapping_units_never_deadlock(table: Table) -> None:
    """Real threads and time: pairs that overlap in both orders all get through, one at a time."""
    times = LockTimes(lease_s=20.0, poll_s=0.005, wait_s=20.0)
    months = [Unit("AAPL", "tiingo", "5", f"2025-{month:02d}") for month in range(1, 5)]
    inside: set[Unit] = set()
    clashes: list[Unit] = []

    def work(number: int) -> None:
        statistics = Statistics()
        lock = TableLock(table, GuardedCalls(Breaker(), statistics), statistics, times)
        pair = [months[number % 4], months[(number + 1) % 4]]
        with lock.hold(pair, Deadline.after(60.0), lambda unit: False):
            clashes.extend(unit for unit in pair if unit in inside)
            inside.update(pair)
            threading.Event().wait(0.002)
            inside.difference_update(pair)

    at_once(8, work)
    assert clashes == []
    assert all(owner(table, unit) is None for unit in months)


def beating() -> int:
    """Return how many threads beat; others of the run come and go."""
    return sum(thread.name == "fetch-lock" for thread in threading.enumerate())


def test_what_happens_inside_releases_in_any_case(table: Table, world: World) -> None:
    process = Process(world, table, "a")
    threads = beating()
    with suppress(KeyboardInterrupt), process.hold(DECEMBER):
        raise KeyboardInterrupt
    assert owner(table) is None
    assert beating() == threads


def test_a_slow_holder_beats_from_a_thread(table: Table) -> None:
    """D18 in real time: the version grows while the body runs, and the thread ends with it."""
    statistics = Statistics()
    lock = TableLock(
        table, GuardedCalls(Breaker(), statistics), statistics, LockTimes(lease_s=0.05 * BEATS_PER_LEASE)
    )
    threads = beating()
    with lock.hold([DECEMBER], Deadline.after(HANG_GUARD_S), lambda unit: False):
        versions: set[object] = set()
        deadline = Deadline.after(HANG_GUARD_S)
        while len(versions) < 3 and deadline.left_s > 0:
            item = table.get(key_of(DECEMBER.lock_key))
            assert item is not None
            versions.add(item["version"])
            threading.Event().wait(0.01)
        assert len(versions) == 3
    assert beating() == threads


def test_a_holder_does_not_beat_longer_than_its_request_may_take(table: Table) -> None:
    """A provider that never returns must not keep others waiting for ever."""
    statistics = Statistics()
    lock = TableLock(
        table, GuardedCalls(Breaker(), statistics), statistics, LockTimes(lease_s=0.01 * BEATS_PER_LEASE)
    )
    over = Deadline(0.0, lambda: 1.0)
    with lock.hold([DECEMBER], over, lambda unit: False):
        heart = next(thread for thread in threading.enumerate() if thread.name == "fetch-lock")
        heart.join(HANG_GUARD_S)
        assert not heart.is_alive()


@pytest.mark.parametrize("broken", ["put", "get", "update", "delete"])
def test_a_lock_store_that_fails_means_no_lock(table: Table, world: World, broken: str) -> None:
    """cache-9, D10: nothing is raised and nobody waits; every failure is counted."""
    failing = FailingTable(table, fails=lambda method, arguments: method == broken)
    process = Process(world, failing, "a")  # type: ignore[arg-type]
    if broken == "get":
        forsake(Process(world, table, "b"), DECEMBER)
    ran = False
    with process.hold(NOVEMBER, DECEMBER):
        ran = True
    assert ran
    assert world.slept_s == []
    assert process.count("table_errors") == {"put": 1, "get": 1, "update": 0, "delete": 2}[broken]
    assert owner(table, NOVEMBER) == (None if broken != "delete" else "a0")


def test_a_lock_taken_although_the_call_failed_is_released(table: Table, world: World) -> None:
    """A timeout may hide a success; left behind, it would keep others waiting for a lease."""
    failing = FailingTable(table)

    def lose_the_answer(method: str, arguments: object) -> None:
        if method == "put":
            failing.after = lambda method, arguments: None
            raise TableUnavailableError("timed out")

    failing.after = lose_the_answer
    with Process(world, failing, "a").hold(DECEMBER):  # type: ignore[arg-type]
        assert owner(table) == "a0"
    assert owner(table) is None


def test_d21_an_open_breaker_skips_the_lock(table: Table, world: World) -> None:
    """D21: no call, no waiting."""
    seen = FailingTable(table)
    process = Process(world, seen, "a")  # type: ignore[arg-type]
    for _ in range(3):
        process.breaker.failed()
    with process.hold(NOVEMBER, DECEMBER):
        pass
    assert (seen.calls, world.slept_s) == ([], [])


def test_something_else_under_the_key_is_replaced(table: Table, world: World) -> None:
    pk, sk = key_of(DECEMBER.lock_key)
    table.put({"PK": pk, "SK": sk, "note": "no lock"})
    with Process(world, table, "a").hold(DECEMBER):
        assert owner(table) == "a0"
    table.put({"PK": pk, "SK": sk, "owner": 7})
    waiting = Process(world, table, "b")
    while owner(table) == 7:
        with waiting.hold(DECEMBER):
            pass
    assert owner(table) is None


def test_what_is_remembered_is_bounded(table: Table, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cache.lock_items._MOST_REMEMBERED", 3)
    items = Process(world, table, "a").lock._items
    for number in range(10):
        items.silent_s(f"LOCK#{number}", {"owner": "x", "version": 1})
    assert len(items._seen) == 3
    world.now_s += 5
    assert items.silent_s("LOCK#9", {"owner": "x", "version": 1}) == 5
    assert items.silent_s("LOCK#0", {"owner": "x", "version": 1}) == 0


def test_one_file_used_by_many_threads_gives_one_lock_at_a_time(tmp_path: Path) -> None:
    """Twenty that ask at one moment: one has it; the same for twenty that take over."""
    store, schema = sqlite_store(tmp_path), table_schema()
    store.create([schema])
    table, world = store.table(schema), World()
    items = [Process(world, table, f"p{number}-").lock._items for number in range(20)]
    name = DECEMBER.lock_key
    assert sum(at_once(20, lambda number: items[number].create(name, str(number)))) == 1
    seen = table.get(key_of(name))
    assert seen is not None
    assert sum(at_once(20, lambda number: items[number].take_over(name, f"new{number}", seen))) == 1
    store.close()
