"""Blocks in a real table: whatever lies under a key, the blocks beside it are read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from adapters.demo import DemoProvider
from adapters.prices import PriceRequest
from cache.actions import HeldActions
from cache.blocks import Block, block_keys, period
from cache.statistics import Statistics
from cache.table_tier import TableTier
from market.actions import Actions
from market.calendars import sessions_for
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S
from store import Item
from tests.kit.tables import sqlite_store, table_schema

FETCHED_AT = 1_762_000_000.25
FIRST, LAST = date(2012, 11, 1), date(2012, 12, 31)


def blocks_of(first: date, last: date) -> list[Block]:
    """Return sealed blocks of 5-minute demo candles; the span has two half-days."""
    sessions = sessions_for("AAPL")
    candles = DemoProvider().candles(PriceRequest("AAPL", Resolution.M5, first, last)).candles
    blocks = []
    for key in block_keys("AAPL", "demo", Resolution.M5, sessions, first, last):
        start, end = period(key, sessions)
        blocks.append(Block(key, candles.between(start, end), FETCHED_AT, end))
    return blocks


def test_b11_blocks_come_back_in_their_order_with_all_that_is_known_about_them(tmp_path: Path) -> None:
    """B11, B12: half-days have another shape than whole days and keep their place."""
    blocks = blocks_of(FIRST, LAST)
    store, schema = sqlite_store(tmp_path), table_schema()
    store.create([schema])
    tier = TableTier(store.table(schema), store.kind, Statistics())
    assert tier.write(blocks, sessions_for("AAPL"), "")
    found, answered = tier.read([[block.key for block in blocks]], sessions_for("AAPL"), "")
    store.close()
    assert answered
    assert {len(block.candles) for block in blocks} == {42, 78}
    assert list(found.values()) == blocks
    assert list(found) == [block.key for block in blocks]


@pytest.mark.parametrize(
    "damage",
    [
        {"data": b"\x01 no block"},
        {"data": "a text"},
        {"data": None},
        {"basis": "guessed"},
        {"fetched_at": "long ago"},
        {"settled_to": None},
    ],
    ids=str,
)
def test_an_item_that_is_no_block_costs_only_itself_and_is_counted(tmp_path: Path, damage: Item) -> None:
    """Reliability 17: its neighbours, decoded together with it, are found."""
    blocks = blocks_of(date(2012, 12, 3), date(2012, 12, 14))
    statistics = Statistics()
    store, schema = sqlite_store(tmp_path), table_schema()
    store.create([schema])
    table = store.table(schema)
    tier = TableTier(table, store.kind, statistics)
    tier.write(blocks, sessions_for("AAPL"), "")
    doomed = blocks[4].key
    table.put((table.get((doomed.pk, doomed.sk)) or {}) | damage)
    found, answered = tier.read([[block.key for block in blocks]], sessions_for("AAPL"), "")
    store.close()
    assert answered
    assert found == {block.key: block for block in blocks if block.key != doomed}
    assert statistics.snapshot()["corrupt_blocks"] == 1


def test_a6_an_empty_block_and_days_come_back_and_hours_are_no_days(tmp_path: Path) -> None:
    """A6, cache-5: a span that is known to be empty is a hit; a year of bars that are no days is none."""
    sessions, statistics = sessions_for("AAPL"), Statistics()
    store, schema = sqlite_store(tmp_path), table_schema()
    store.create([schema])
    table = store.table(schema)
    tier = TableTier(table, store.kind, statistics)
    (empty,) = blocks_of(date(2012, 12, 3), date(2012, 12, 3))
    empty = replace(empty, candles=Candles.empty())
    (key,) = block_keys("AAPL", "demo", Resolution.DAY, sessions, date(2012, 1, 3), date(2012, 12, 31))
    day = key.day * DAY_S
    days = Block(
        key, Candles.of([day], [2.0], [3.0], [1.0], [2.0], [5]), FETCHED_AT, period(key, sessions)[1]
    )
    hours = replace(days, candles=Candles.of([day + 3600], [2.0], [3.0], [1.0], [2.0], [5]))
    for block, expected in ((empty, empty), (days, days), (hours, None)):
        assert tier.write([block], sessions, "")
        found, _ = tier.read([[block.key]], sessions, "")
        assert found.get(block.key) == expected
    assert statistics.snapshot()["corrupt_blocks"] == 1
    store.close()


def test_a_provisional_block_that_is_late_is_refused_without_anyone_to_tell(tmp_path: Path) -> None:
    """Actions too: what is written late keeps its condition."""
    sessions, statistics = sessions_for("AAPL"), Statistics()
    store, schema = sqlite_store(tmp_path), table_schema()
    store.create([schema])
    tier = TableTier(store.table(schema), store.kind, statistics)
    (block,) = blocks_of(date(2012, 12, 3), date(2012, 12, 3))
    block = replace(block, settled_to=0)
    held = HeldActions(Actions.of([]), date(2012, 12, 3), FETCHED_AT)
    assert tier.read_actions("AAPL", "demo", "") is None
    for age_s in (0, 1):
        assert tier.write([replace(block, fetched_at=FETCHED_AT - age_s)], sessions, "", late=True)
        assert tier.write_actions("AAPL", "demo", replace(held, fetched_at=FETCHED_AT - age_s), "", late=True)
        assert tier._late.drain(30.0) == 0
    assert tier.read([[block.key]], sessions, "")[0] == {block.key: block}
    assert tier.read_actions("AAPL", "demo", "") == held
    assert statistics.snapshot()["writes_refused"] == 2
    store.close()
