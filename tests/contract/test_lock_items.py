"""The lock between processes on every item table: each step is one conditional call, so one of many wins."""

from __future__ import annotations

from cache.breaker import Breaker
from cache.guarded import GuardedCalls
from cache.lock_items import LockClocks, LockItems, key_of
from cache.statistics import Statistics
from store import Table
from tests.kit.tables import at_once

NAME = "LOCK#AAPL#tiingo#5#2025-12"
RIVALS = 8


def items_of(table: Table) -> LockItems:
    return LockItems(table, GuardedCalls(Breaker(), Statistics()), LockClocks())


def test_one_of_many_creates_it(table: Table) -> None:
    """D1: and the look that follows sees whose it is."""
    rivals = [items_of(table) for _ in range(RIVALS)]
    created = at_once(RIVALS, lambda number: rivals[number].create(NAME, f"owner{number}"))
    assert sum(created) == 1
    seen = rivals[0].look(NAME)
    assert seen is not None
    assert seen["owner"] == f"owner{created.index(True)}"


def test_one_of_many_takes_it_over(table: Table) -> None:
    """D2, E18: on the condition that it still looks as it did."""
    rivals = [items_of(table) for _ in range(RIVALS)]
    rivals[0].create(NAME, "dead")
    seen = rivals[0].look(NAME)
    assert seen is not None
    taken = at_once(RIVALS, lambda number: rivals[number].take_over(NAME, f"owner{number}", seen))
    assert sum(taken) == 1
    assert not rivals[0].beat(NAME, "dead")
    assert not rivals[0].release(NAME, "dead")
    assert rivals[0].release(NAME, f"owner{taken.index(True)}")
    assert rivals[0].look(NAME) is None


def test_a_beat_changes_the_version_and_saves_the_lock(table: Table) -> None:
    """D18, D19: who wanted to take over looks again."""
    items = items_of(table)
    items.create(NAME, "slow")
    seen = items.look(NAME)
    assert seen is not None
    assert items.beat(NAME, "slow")
    assert not items.take_over(NAME, "hasty", seen)
    later = items.look(NAME)
    assert later is not None
    assert (later["owner"], later["version"]) == ("slow", seen["version"] + 1)


def test_a_beat_after_the_release_does_not_bring_it_back(table: Table) -> None:
    """D3: neither does a second release do harm."""
    items = items_of(table)
    items.create(NAME, "owner")
    assert items.release(NAME, "owner")
    assert not items.beat(NAME, "owner")
    assert not items.release(NAME, "owner")
    assert table.get(key_of(NAME), consistent=True) is None
    assert items.create(NAME, "next")
