"""Who leads, in a time of the test's own: every process has clocks that are wrong in another way."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cache.guarded import GuardedCalls
from cache.lock_items import LockClocks, LockItems, key_of
from cache.seams import OpenGuard
from cache.statistics import Statistics
from store import Table, TableUnavailableError
from tests.kit.lock_world import UTC_S, World
from tests.kit.tables import sqlite_store, table_schema
from worker.leader import Leader

LEASE_S = 30.0
NAME = "LOCK#worker"


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    store, schema = sqlite_store(tmp_path), table_schema()
    store.create([schema])
    yield store.table(schema)
    store.close()


class Away:
    """The table, or an error instead while it is ``away``."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self.away = False

    def __getattr__(self, name: str) -> object:
        if self.away and name != "schema":
            raise TableUnavailableError("The table does not answer.")
        return getattr(self._table, name)


def leader(world: World, table: Table, name: str, off_s: float = 0.0) -> Leader:
    clocks = LockClocks(
        monotonic=lambda: world.now_s + 77 * off_s,
        utc=lambda: UTC_S + world.now_s + off_s,
        sleep=world.sleep,
        new_owner=lambda: name,
    )
    return Leader(LockItems(table, GuardedCalls(OpenGuard(), Statistics()), clocks), clocks, NAME, LEASE_S)


def beat_all(world: World, leaders: list[Leader], seconds: float) -> None:
    """Let time pass, with every one of them beating as it has to."""
    for _ in range(round(seconds / leaders[0].beat_s)):
        world.sleep(leaders[0].beat_s)
        for each in leaders:
            each.beat()
        assert sum(each.leads for each in leaders) <= 1


def test_one_leads_for_as_long_as_it_beats(table: Table) -> None:
    """Whatever their clocks show: ten minutes ahead, ten minutes behind."""
    world = World()
    leaders = [leader(world, table, name, off_s) for name, off_s in (("a", 0), ("b", 600), ("c", -600))]
    assert [each.beat() for each in leaders] == [True, False, False]
    beat_all(world, leaders, 20 * LEASE_S)
    assert [each.leads for each in leaders] == [True, False, False]


def test_a_dead_leader_is_replaced_after_a_lease_and_not_before(table: Table) -> None:
    world = World()
    first, second = leader(world, table, "a"), leader(world, table, "b")
    first.beat()
    second.beat()
    beat_all(world, [second], LEASE_S - second.beat_s)
    assert not second.leads
    beat_all(world, [second], second.beat_s)
    assert second.leads


def test_a_paused_leader_knows_by_its_own_clock(table: Table) -> None:
    """Before it beats again, so that it does nothing in between; and it does not take the lead back."""
    world = World()
    first, second = leader(world, table, "a"), leader(world, table, "b")
    first.beat()
    second.beat()
    beat_all(world, [second], 2 * LEASE_S)
    assert second.leads
    assert not first.leads
    assert not first.beat()
    beat_all(world, [first, second], 3 * LEASE_S)
    assert second.leads


def test_a_paused_leader_whom_nobody_replaced_goes_on(table: Table) -> None:
    """But not before it has asked: it says so itself that its lead had lapsed."""
    world = World()
    only = leader(world, table, "a")
    only.beat()
    world.sleep(2 * LEASE_S)
    assert not only.leads
    assert only.beat()


def test_without_a_table_nobody_leads(table: Table) -> None:
    """A leader that cannot beat stops in time for another; when the table answers there is one again."""
    world, away = World(), Away(table)
    first = leader(world, away, "a")  # type: ignore[arg-type]
    assert first.beat()
    away.away = True
    world.sleep(LEASE_S / 2)
    assert first.beat()
    world.sleep(LEASE_S / 2)
    assert not first.beat()
    away.away = False
    assert first.beat()


def test_it_says_once_that_it_waits_for_the_table(table: Table, capsys: pytest.CaptureFixture[str]) -> None:
    """Bad input: the worker starts without a table, keeps trying, and says when it answers."""
    world, away = World(), Away(table)
    away.away = True
    waiting = leader(world, away, "a")  # type: ignore[arg-type]
    for _ in range(5):
        assert not waiting.beat()
    away.away = False
    assert waiting.beat()
    said = capsys.readouterr().out
    assert said.count("worker_waits_for_table") == 1
    assert said.count("worker_table_answers") == 1


def test_who_resigns_is_replaced_at_once(table: Table) -> None:
    world = World()
    first, second = leader(world, table, "a"), leader(world, table, "b")
    first.beat()
    second.beat()
    first.resign()
    assert not first.leads
    assert second.beat()
    first.resign()
    assert second.beat()
    assert table.get(key_of(NAME), consistent=True) is not None


def test_who_cannot_tell_the_table_resigns_all_the_same(table: Table) -> None:
    """It leads no more from then on; the lease does the rest."""
    world, away = World(), Away(table)
    first, second = leader(world, away, "a"), leader(world, table, "b")  # type: ignore[arg-type]
    first.beat()
    second.beat()
    away.away = True
    first.resign()
    assert not first.leads
    beat_all(world, [second], LEASE_S)
    assert second.leads


def test_a_lock_whose_answer_was_lost_is_found_again(table: Table) -> None:
    """The table took it and the answer never came: no lease is waited for."""
    world = World()
    first = leader(world, table, "a")
    clocks = LockClocks(monotonic=lambda: world.now_s)
    LockItems(table, GuardedCalls(OpenGuard(), Statistics()), clocks).create(NAME, "a")
    assert first.beat()
