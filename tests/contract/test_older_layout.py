"""Tables of the older layout, one item for each candle, on every store (cache-18, reliability 20)."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from adapters.demo import DemoProvider
from adapters.prices import PriceRequest
from cache.blocks import Block, block_keys, period
from cache.statistics import Statistics
from cache.table_tier import TableTier
from market.calendars import sessions_for
from market.resolution import Resolution
from store.dynamodb_values import decode_item

if TYPE_CHECKING:
    from store import Item, Table

pytestmark = pytest.mark.contract

GOLDEN = Path(__file__).parents[1] / "golden" / "older_layout"
FETCHED_AT = 1_762_000_000.0
SESSIONS = sessions_for("AAPL")
SPANS = {
    "intraday": (Resolution.M5, date(2012, 11, 21), date(2012, 11, 26)),
    "daily": (Resolution.DAY, date(2012, 1, 1), date(2012, 12, 31)),
}


def items_of(name: str) -> list[Item]:
    """Return items as an older version of a table holds them, in DynamoDB's notation."""
    items = json.loads((GOLDEN / f"{name}.json").read_text())
    return [decode_item(item) for item in items]


def blocks_of(name: str) -> list[Block]:
    """Return the blocks that a cache of today would hold of the same prices."""
    resolution, first, last = SPANS[name]
    candles = DemoProvider().candles(PriceRequest("AAPL", resolution, first, last)).candles
    keys = block_keys("AAPL", "demo", resolution, SESSIONS, first, last)
    spans = [period(key, SESSIONS) for key in keys]
    return [
        Block(key, candles.between(*span), FETCHED_AT, span[1]) for key, span in zip(keys, spans, strict=True)
    ]


@pytest.mark.parametrize("name", SPANS)
def test_candles_are_read_as_blocks_and_rewritten(table: Table, name: str) -> None:
    """cache-18: a hit the first time, one with a half-day among them; afterwards only blocks are there."""
    table.put_many(items_of(name))
    blocks, statistics = blocks_of(name), Statistics()
    tier = TableTier(table, "sqlite", statistics)
    keys = [block.key for block in blocks]
    found, answered = tier.read([keys], SESSIONS, "r1", consistent=True)
    assert answered
    assert list(found.values()) == blocks
    assert tier._late.drain(30.0) == 0
    assert [item["SK"] for item in table.query("AAPL#demo", consistent=True)] == [key.sk for key in keys]
    again, _ = tier.read([keys], SESSIONS, "r2", consistent=True)
    assert list(again.values()) == blocks
    assert statistics.snapshot()["older_blocks"] == len(blocks)
    assert statistics.snapshot()["corrupt_blocks"] == 0


def test_a_candle_that_is_missing_makes_its_session_a_miss(table: Table) -> None:
    """cache-5: a hit means complete; the sessions beside it are hits."""
    items, blocks = items_of("intraday"), blocks_of("intraday")
    table.put_many(items[:100] + items[101:])
    tier = TableTier(table, "sqlite", Statistics())
    found, _ = tier.read([[block.key for block in blocks]], SESSIONS, "", consistent=True)
    assert list(found.values()) == [blocks[0], blocks[2]]
    assert tier._late.drain(30.0) == 0
    assert len(table.query("AAPL#demo", consistent=True)) == 2 + 41
