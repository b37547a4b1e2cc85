"""What is checked after every test that composes a cache is found when it is wrong."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from cache.blocks import Unit
from cache.lock_items import key_of
from cache.query import Adjust, CandleQuery
from market.resolution import Resolution
from tests.kit import inside, invariants
from tests.kit.failing_table import FailingTable
from tests.kit.house import TestHouse, house
from tests.kit.invariants import Footprint
from tests.kit.providers import ScriptedProvider, utc

UNIT = Unit("AAPL", "scripted", "5", "2025-02")
QUERY = CandleQuery("AAPL", Resolution.M5, date(2025, 2, 3), date(2025, 2, 28), Adjust.RAW)


@pytest.fixture
def tables() -> list[FailingTable]:
    return []


@pytest.fixture
def at(tmp_path: Path, tables: list[FailingTable]) -> TestHouse:
    def through(table: object) -> FailingTable:
        tables.append(FailingTable(table))  # type: ignore[arg-type]
        return tables[-1]

    made = house(tmp_path, [ScriptedProvider(utc("2025-03-07 22:00"))], through=through)  # type: ignore[arg-type]
    made.cache.get(QUERY)
    return made


def test_after_a_request_all_is_as_before(at: TestHouse) -> None:
    before = Footprint.now()
    at.cache.get(QUERY)
    assert invariants.of_caches([at.cache], ()) == []
    assert invariants.of_tables([at.table], [at.cache], ()) == []
    assert invariants.of_process(before, ()) == []


def test_a_flight_that_never_landed_is_found(at: TestHouse) -> None:
    claim = inside.fetcher(at.cache).flights.claim([UNIT])
    assert invariants.of_caches([at.cache], ()) == ["1 units are still in flight"]
    assert invariants.of_caches([at.cache], ("flights",)) == []
    claim.fail(RuntimeError("over"))


def hold(at: TestHouse) -> Callable[[], object]:
    pk, sk = key_of(UNIT.lock_key)
    at.table.put({"PK": pk, "SK": sk, "owner": "somebody", "version": 1})
    return lambda: at.table.delete((pk, sk))


def test_a_lock_that_nobody_released_is_found(at: TestHouse) -> None:
    release = hold(at)
    assert invariants.of_tables([at.table], [at.cache], ()) == [f"{UNIT.lock_key} is still held"]
    assert invariants.of_tables([at.table], [at.cache], ("locks",)) == []
    release()


def test_a_lock_that_a_failing_table_kept_is_no_fault_of_ours(
    at: TestHouse, tables: list[FailingTable]
) -> None:
    release = hold(at)
    tables[0].down()
    inside.tiers(at.cache).memory.clear()
    assert at.cache.get(QUERY).table_failed
    assert invariants.of_tables([at.table], [at.cache], ()) == []
    release()


def test_sums_that_are_wrong_are_found(at: TestHouse) -> None:
    segment = inside.tiers(at.cache).memory._probation
    segment.bytes += 1
    (told,) = invariants.of_caches([at.cache], ())
    assert told.startswith("the memory tier is broken: ")
    segment.bytes -= 1


def test_a_thread_that_goes_on_is_found_and_one_that_ends_is_waited_for() -> None:
    before, done = Footprint.now(), threading.Event()
    thread = threading.Thread(target=done.wait, name="stray")
    thread.start()

    def sleep(seconds: float) -> None:
        done.set()
        thread.join()

    assert invariants.of_process(before, (), sleep=sleep, grace_s=0.0) == ["threads are left: stray"]
    assert invariants.of_process(before, ("threads",), grace_s=0.0) == []
    assert invariants.of_process(before, (), sleep=sleep) == []


def test_descriptors_that_stay_open_are_found(tmp_path: Path) -> None:
    before = Footprint.now()
    opened = [os.open(tmp_path, os.O_RDONLY) for _ in range(invariants.MORE_DESCRIPTORS + 1)]
    assert invariants.of_process(before, ()) == [f"{len(opened)} more descriptors are open than before"]
    for number in opened:
        os.close(number)
    assert invariants.of_process(before, ()) == []
