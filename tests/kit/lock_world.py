"""Locks between processes in a time of its own: every process has clocks that are wrong in another way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from cache.blocks import Unit
from cache.breaker import Breaker
from cache.deadline import Deadline
from cache.guarded import GuardedCalls
from cache.lock_items import LockClocks, key_of
from cache.statistics import Statistics
from cache.unit_lock import LockTimes, TableLock
from store import Table
from tests.kit.tables import sqlite_store, table_schema

DECEMBER = Unit("AAPL", "tiingo", "5", "2025-12")
NOVEMBER = Unit("AAPL", "tiingo", "5", "2025-11")
MICROSOFT = Unit("MSFT", "tiingo", "5", "2025-12")
LEASE_S = 8.0
UTC_S = 1_762_000_000
"""The time on a right clock when a world begins."""


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
        self, world: World, table: Table, name: str, *, off_s: float = 0.0, times: LockTimes | None = None
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
            times or LockTimes(LEASE_S),
            LockClocks(
                monotonic=lambda: world.now_s + 77 * off_s,
                utc=lambda: UTC_S + world.now_s + off_s,
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
