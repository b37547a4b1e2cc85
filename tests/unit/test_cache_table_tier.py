"""Blocks in a real table: whatever lies under a key, the blocks beside it are read."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from adapters.demo import DemoProvider
from adapters.prices import PriceRequest
from cache.blocks import Block, block_keys, period
from cache.statistics import Statistics
from cache.table_tier import TableTier
from market.calendars import sessions_for
from market.resolution import Resolution
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
