"""Waiting for a lock that another process holds, in a time of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cache.composition import candle_cache
from cache.lock_items import KEPT_S, LockClocks, key_of
from cache.unit_lock import BEATS_PER_LEASE, LockTimes, TableLock
from store import Table
from tests.kit.lock_world import (
    DECEMBER,
    LEASE_S,
    NOVEMBER,
    UTC_S,
    Process,
    World,
    forsake,
    owner,
    table,
    world,
)
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.tables import sqlite_store, table_schema

__all__ = ["table", "world"]


def test_an_item_is_named_after_its_unit_and_vanishes(table: Table, world: World) -> None:
    """cache-9, S5: nothing but owner, version and ttl; gone afterwards."""
    with Process(world, table, "a").hold(DECEMBER):
        item = table.get(("LOCK#AAPL#tiingo#5#2025-12", "LOCK"))
    assert item is not None
    assert set(item) == {"PK", "SK", "owner", "version", "ttl"}
    assert item["ttl"] == UTC_S + KEPT_S
    assert owner(table) is None


def test_d14_a_lease_lasts_two_provider_calls(table: Table) -> None:
    """D14: also in the cache as the app composes it."""
    assert LockTimes.for_calls(4.0).lease_s >= 8.0
    provider = ScriptedProvider(utc("2025-03-07 22:00"))
    cache = candle_cache([provider], table, "sqlite", memory_bytes=1_000_000, provider_deadline_s=7.0)
    lock = cache._fetcher.lock
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
