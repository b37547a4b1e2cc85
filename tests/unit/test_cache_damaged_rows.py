"""Rows of the SQLite file that a bad disk has changed below the format of items (cache-5, row 17)."""

from __future__ import annotations

import sqlite3
from datetime import date
from pathlib import Path

import pytest

from cache.query import Adjust, CandleQuery, Tier
from market.resolution import Resolution
from tests.kit.house import NAMES, TestHouse, house
from tests.kit.providers import ScriptedProvider, utc

PRESENT = utc("2025-03-07 22:00")
YEAR = CandleQuery("AAPL", Resolution.DAY, date(2024, 3, 4), date(2024, 3, 8), Adjust.RAW)
BODIES = [
    "{not json",
    "[1]",
    "5",
    '"text"',
    "null",
    '{"data":{"$n":"x"}}',
    '{"data":{"$b":["a",1]}}',
    b"\xff\x00\xff",
]


def damage(folder: Path, body: str | bytes) -> int:
    with sqlite3.connect(folder / "test.sqlite") as file:
        table = f'"items:{NAMES.ohlc}"'
        return file.execute(f"UPDATE {table} SET body = ? WHERE pk LIKE 'AAPL#%'", (body,)).rowcount  # noqa: S608


def restarted(folder: Path) -> tuple[TestHouse, ScriptedProvider]:
    provider = ScriptedProvider(PRESENT)
    return house(folder, [provider]), provider


@pytest.mark.parametrize("body", BODIES)
def test_a_row_that_cannot_be_read_is_counted_fetched_once_and_replaced(
    tmp_path: Path, body: str | bytes
) -> None:
    restarted(tmp_path)[0].cache.get(YEAR)
    assert damage(tmp_path, body) == 2
    place, provider = restarted(tmp_path)
    answer = place.cache.get(YEAR)
    assert (len(answer.candles), answer.tier, len(provider.requests)) == (5, Tier.PROVIDER, 1)
    assert not answer.table_failed
    assert place.cache.statistics.snapshot()["corrupt_blocks"] >= 1
    healed, again = restarted(tmp_path)
    assert healed.cache.get(YEAR).tier is Tier.SQLITE
    assert again.requests == []


@pytest.mark.parametrize("body", BODIES)
def test_an_invalidation_removes_such_rows(tmp_path: Path, body: str | bytes) -> None:
    """cache-12: nothing that is held is in the way of throwing it away."""
    restarted(tmp_path)[0].cache.get(YEAR)
    damage(tmp_path, body)
    place, _ = restarted(tmp_path)
    assert place.cache.invalidate("AAPL") == 2
    assert place.table.query("AAPL#scripted") == []
