"""The lock between processes in a time of its own: every process has clocks that are wrong in another way."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.blocks import Unit
from cache.breaker import Breaker
from cache.candle_cache import candle_cache
from cache.deadline import Deadline
from cache.guarded import GuardedCalls
from cache.lock_items import KEPT_S, LockClocks, key_of
from cache.statistics import Statistics
from cache.unit_lock import BEATS_PER_LEASE, LockTimes, TableLock, _Hold
from store import SqliteStore, Table, TableUnavailableError
from tests.kit.failing_table import FailingTable
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.tables import at_once, sqlite_store, table_schema

DECEMBER = Unit("AAPL", "tiingo", "5", "2025-12")
NOVEMBER = Unit("AAPL", "tiingo", "5", "2025-11")
MICROSOFT = Unit("MSFT", "tiingo", "5", "2025-12")
LEASE_S = 8.0
TIMES = LockTimes(LEASE_S)
HANG_GUARD_S = 30


class World:
    """One true time; sleeping lets it pass, and what is due happens meanwhile."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.slept_s: list[float] = []
        self.due: list[tuple[float, Callable[[], object]]] = []

    def at(self, seconds: float, event: Callable[[], object]) -> None:
        self.due.append((seconds, event))

    def sleep(self, seconds: float) -> None:
        self.slept_s.append(seconds)
        end = self.now_s + seconds
        while soon := sorted((entry for entry in self.due if entry[0] <= end), key=lambda e: e[0])[:1]:
            self.due.remove(soon[0])
            self.now_s = max(self.now_s, soon[0][0])
            soon[0][1]()
        self.now_s = end


class Process:
    """A process' lock, on clocks that are off by some seconds."""

    def __init__(
        self, world: World, table: Table, name: str, *, off_s: float = 0.0, times: LockTimes = TIMES
    ) -> None:
        self.world = world
        self.name = name
        self.statistics = Statistics()
        self.breaker = Breaker(lambda: world.now_s)
        numbers = iter(range(10_000))
        self.lock = TableLock(
            table,
            GuardedCalls(self.breaker, self.statistics),
            self.statistics,
            times,
            LockClocks(
                monotonic=lambda: world.now_s + 77 * off_s,
                utc=lambda: 1_762_000_000.0 + world.now_s + off_s,
                sleep=world.sleep,
                new_owner=lambda: f"{name}{next(numbers)}",
            ),
        )

    def hold(
        self, *units: Unit, left_s: float = 5.0, arrived: Callable[[Unit], bool] = lambda unit: False
    ) -> AbstractContextManager[None]:
        deadline = Deadline(self.world.now_s + left_s, lambda: self.world.now_s)
        return self.lock.hold(units, deadline, arrived)

    def count(self, name: str) -> int:
        return self.statistics.snapshot()[name]


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    store, schema = sqlite_store(tmp_path), table_schema()
    store.create([schema])
    yield store.table(schema)
    store.close()


@pytest.fixture
def world() -> World:
    return World()


def owner(table: Table, unit: Unit = DECEMBER) -> object:
    item = table.get(key_of(unit.lock_key))
    return item["owner"] if item else None


def forsake(process: Process, *units: Unit) -> None:
    """Take locks and die."""
    for unit in units:
        assert process.lock._items.create(unit.lock_key, f"{process.name}-dead")


def test_an_item_is_named_after_its_unit_and_vanishes(table: Table, world: World) -> None:
    """cache-9, S5: nothing but owner, version and ttl; gone afterwards."""
    with Process(world, table, "a").hold(DECEMBER):
        item = table.get(("LOCK#AAPL#tiingo#5#2025-12", "LOCK"))
    assert item is not None
    assert set(item) == {"PK", "SK", "owner", "version", "ttl"}
    assert item["ttl"] == 1_762_000_000 + KEPT_S
    assert owner(table) is None


def test_d14_a_lease_lasts_two_provider_calls(table: Table) -> None:
    """D14: also in the cache as the app composes it."""
    assert LockTimes.for_calls(4.0).lease_s >= 8.0
    provider = ScriptedProvider(utc("2025-03-07 22:00"))
    cache = candle_cache([provider], table, "sqlite", memory_bytes=1_000_000, provider_deadline_s=7.0)
    lock = cache._reader._fetcher._lock
    assert isinstance(lock, TableLock)
    assert lock.times.lease_s >= 2 * 7.0
    assert (lock.times.poll_s, lock.times.wait_s) == (0.2, 3.0)


def test_d8_a_waiter_looks_every_200_ms_for_3_s_and_goes_on(table: Table, world: World) -> None:
    """D8: two of its five seconds are left for the provider, and the holder keeps its lock."""
    forsake(Process(world, table, "a"), DECEMBER)
    waiting = Process(world, table, "b")
    with waiting.hold(DECEMBER):
        assert world.now_s == pytest.approx(3.0)
    assert len(world.slept_s) == 15
    assert set(world.slept_s[:-1]) == {0.2}
    assert owner(table) == "a-dead"
    assert (waiting.count("lock_waits"), waiting.count("lock_timeouts")) == (1, 1)


def test_a_waiter_with_little_time_keeps_some_of_it_for_the_provider(table: Table, world: World) -> None:
    """D8, cache-11: three fifths of what is left of the deadline at most."""
    forsake(Process(world, table, "a"), DECEMBER)
    with Process(world, table, "b").hold(DECEMBER, left_s=1.0):
        assert world.now_s == pytest.approx(0.6)


def test_three_seconds_are_for_all_units_together(table: Table, world: World) -> None:
    forsake(Process(world, table, "a"), NOVEMBER, DECEMBER)
    with Process(world, table, "b").hold(NOVEMBER, DECEMBER):
        assert world.now_s == pytest.approx(3.0)


def test_a_waiter_goes_on_when_the_blocks_arrive(table: Table, world: World) -> None:
    """cache-9: it does not take a lock that it needs no more."""
    forsake(Process(world, table, "a"), DECEMBER)
    waiting = Process(world, table, "b")
    with waiting.hold(DECEMBER, arrived=lambda unit: world.now_s > 1.0):
        assert world.now_s == pytest.approx(1.2)
        assert owner(table) == "a-dead"
    assert waiting.count("lock_timeouts") == 0


def test_a_waiter_takes_a_lock_that_was_released(table: Table, world: World) -> None:
    """D4: it sees the release at its next look, and then holds the lock itself."""
    first, second = Process(world, table, "a"), Process(world, table, "b")
    holding = first.hold(DECEMBER)
    holding.__enter__()
    world.at(0.5, lambda: holding.__exit__(None, None, None))
    with second.hold(DECEMBER):
        assert owner(table) == "b0"
        assert world.now_s == pytest.approx(0.6)


def test_d2_a_silent_holder_is_followed_after_a_lease_seen_on_the_own_clock(
    table: Table, world: World
) -> None:
    """D2, E18: no request waits longer than 3 s for it; what was seen is remembered across requests."""
    forsake(Process(world, table, "a", off_s=-600), DECEMBER)
    waiting = Process(world, table, "b", off_s=600)
    for _ in range(2):
        with waiting.hold(DECEMBER):
            assert owner(table) == "a-dead"
    assert world.now_s == pytest.approx(6.0)
    with waiting.hold(DECEMBER):
        assert owner(table) == "b2"
        assert world.now_s == pytest.approx(LEASE_S, abs=0.2)
    assert waiting.count("lock_takeovers") == 1
    assert owner(table) is None


def test_a_lock_not_looked_at_for_an_hour_is_taken_at_once(table: Table, world: World) -> None:
    """E18: it was seen before and has not changed since, so its holder has been silent all the while."""
    forsake(Process(world, table, "a"), DECEMBER)
    waiting = Process(world, table, "b")
    with waiting.hold(DECEMBER):
        pass
    world.now_s += 3600
    before = world.now_s
    with waiting.hold(DECEMBER):
        assert (owner(table), world.now_s) == ("b1", before)


def test_a_stale_lock_of_another_day_costs_a_new_process_one_lease(table: Table, world: World) -> None:
    """E18: its ttl has passed or lies in the far future; neither says whether its holder lives."""
    for ttl in (1, 9_999_999_999):
        pk, sk = key_of(DECEMBER.lock_key)
        table.put({"PK": pk, "SK": sk, "owner": "gone", "version": 3, "ttl": ttl})
        begin_s = world.now_s
        waiting = Process(world, table, f"ttl{ttl}-")
        while owner(table) == "gone":
            with waiting.hold(DECEMBER):
                pass
        assert world.now_s - begin_s == pytest.approx(LEASE_S, abs=0.2 + 1e-6)


def beat_often(process: Process, world: World, until_s: float, first_s: float = 0.0) -> None:
    every_s = LEASE_S / BEATS_PER_LEASE
    for number in range(1, int(until_s / every_s)):
        world.at(
            first_s + number * every_s,
            lambda: process.lock._items.beat(DECEMBER.lock_key, f"{process.name}-dead"),
        )


def test_d18_a_holder_that_beats_keeps_its_lock_however_slow_it_is(table: Table, world: World) -> None:
    """D18, D19: for a minute of waiting requests; when it falls silent, a lease later it is followed."""
    slow, waiting = Process(world, table, "a"), Process(world, table, "b")
    forsake(slow, DECEMBER)
    beat_often(slow, world, until_s=60.0)
    while world.now_s < 57.0:
        with waiting.hold(DECEMBER):
            assert owner(table) == "a-dead"
    while owner(table) == "a-dead":
        with waiting.hold(DECEMBER):
            pass
    assert 60.0 <= world.now_s <= 60.0 + LEASE_S + 0.4


@given(st.lists(st.floats(-600, 600), min_size=3, max_size=3), st.lists(st.floats(-600, 600), max_size=5))
@settings(max_examples=25)
def test_no_wall_clock_decides(offs: list[float], jumps: list[float]) -> None:
    """Reliability 16: whatever wall clocks say and wherever they jump, a beating holder keeps its lock."""
    with tempfile.TemporaryDirectory() as folder:
        store, schema = sqlite_store(Path(folder)), table_schema()
        store.create([schema])
        table, world = store.table(schema), World()
        wrong = [0.0]
        holder = Process(world, table, "a", off_s=offs[0])
        others = [Process(world, table, name, off_s=off) for name, off in zip("bc", offs[1:], strict=True)]
        for other in others:
            clocks = other.lock._items._clocks
            moved = LockClocks(
                clocks.monotonic,
                lambda clocks=clocks: clocks.utc() + wrong[0],
                clocks.sleep,
                clocks.new_owner,
            )
            other.lock._items._clocks = moved
        forsake(holder, DECEMBER)
        beat_often(holder, world, until_s=30.0)
        for jump in [*jumps, 0.0]:
            wrong[0] += jump
            for other in others:
                if world.now_s < 24.0:
                    with other.hold(DECEMBER):
                        assert owner(table) == "a-dead"
        item = table.get(key_of(DECEMBER.lock_key))
        assert item is not None
        assert item["ttl"] > 0
        store.close()


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


def test_what_happens_inside_releases_in_any_case(table: Table, world: World) -> None:
    process = Process(world, table, "a")
    threads = threading.active_count()
    with suppress(KeyboardInterrupt), process.hold(DECEMBER):
        raise KeyboardInterrupt
    assert owner(table) is None
    assert threading.active_count() == threads


def test_a_slow_holder_beats_from_a_thread(table: Table) -> None:
    """D18 in real time: the version grows while the body runs, and the thread ends with it."""
    statistics = Statistics()
    lock = TableLock(
        table, GuardedCalls(Breaker(), statistics), statistics, LockTimes(lease_s=0.05 * BEATS_PER_LEASE)
    )
    threads = threading.active_count()
    with lock.hold([DECEMBER], Deadline.after(HANG_GUARD_S), lambda unit: False):
        versions: set[object] = set()
        deadline = Deadline.after(HANG_GUARD_S)
        while len(versions) < 3 and deadline.left_s > 0:
            item = table.get(key_of(DECEMBER.lock_key))
            assert item is not None
            versions.add(item["version"])
            threading.Event().wait(0.01)
        assert len(versions) == 3
    assert threading.active_count() == threads


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
    assert isinstance(store, SqliteStore)
