"""Splits and dividends beside the candles: told from what is held, never by a call (cache-16, level-11)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from adapters.demo import DemoProvider
from cache.query import Adjust, CandleQuery
from market.actions import Actions, CorporateAction
from market.resolution import Resolution
from store import Table
from tests.kit.failing_table import FailingTable
from tests.kit.house import house
from tests.kit.providers import ScriptedProvider, utc

SPLIT, PAID = date(2025, 3, 4), date(2025, 3, 6)
ACTIONS = ((SPLIT, 4.0, 0.0), (PAID, 1.0, 0.25), (date(2025, 3, 10), 2.0, 0.0))
WEEK = CandleQuery("AAPL", Resolution.DAY, date(2025, 3, 3), date(2025, 3, 7))


def test_one_day_is_one_action() -> None:
    actions = Actions.of([(SPLIT, 2.0, 0.0), (SPLIT, 2.0, 0.5), (PAID, 1.0, 0.0), (PAID, float("nan"), 0.1)])
    assert actions.between(SPLIT, PAID) == (CorporateAction(SPLIT, 4.0, 0.5), CorporateAction(PAID, 1.0, 0.1))
    assert actions.between(date(2025, 3, 5), date(2025, 3, 5)) == ()


@pytest.mark.parametrize("adjust", list(Adjust))
def test_what_happened_in_the_span_is_told_however_prices_are_adjusted(
    tmp_path: Path, adjust: Adjust
) -> None:
    """level-11: and nothing of the days to come, although the source announces it."""
    place = house(tmp_path, [ScriptedProvider(utc("2025-03-07 22:00"), splits=ACTIONS)])
    query = CandleQuery("AAPL", Resolution.DAY, date(2025, 3, 3), date(2025, 3, 14), adjust)
    told = (CorporateAction(SPLIT, 4.0, 0.0), CorporateAction(PAID, 1.0, 0.25))
    assert place.cache.get(query).events == told
    assert place.cache.get(query).events == told  # out of memory


def test_another_process_finds_them_in_the_table_and_memory_asks_no_table(tmp_path: Path) -> None:
    provider = ScriptedProvider(utc("2025-03-07 22:00"), splits=ACTIONS)
    events = house(tmp_path, [provider]).cache.get(WEEK).events
    tables: list[FailingTable] = []

    def watched(table: Table) -> Table:
        tables.append(FailingTable(table))
        return tables[0]

    other = house(tmp_path, [provider], through=watched)
    assert other.cache.get(WEEK).events == events
    assert len(provider.requests) == 1
    tables[0].calls.clear()
    assert other.cache.get(WEEK).events == events
    assert tables[0].calls == []


def test_intraday_alone_makes_no_call_for_them(tmp_path: Path) -> None:
    provider = ScriptedProvider(utc("2025-03-07 22:00"), splits=ACTIONS)
    place = house(tmp_path, [provider])
    minutes = CandleQuery("AAPL", Resolution.M5, date(2025, 3, 3), date(2025, 3, 7), Adjust.RAW)
    assert place.cache.get(minutes).events == ()
    assert [request.resolution for request in provider.requests] == [Resolution.M5]


def test_the_demos_three_real_splits_are_told(tmp_path: Path) -> None:
    place = house(tmp_path, [DemoProvider()])

    def splits(ticker: str) -> list[tuple[str, float]]:
        query = CandleQuery(ticker, Resolution.DAY, date(2000, 1, 3), date(2013, 3, 1))
        return [(str(a.day), a.split) for a in place.cache.get(query).events if a.split != 1.0]

    assert splits("AAPL") == [("2000-06-21", 2.0), ("2005-02-28", 2.0)]
    assert splits("MSFT") == [("2003-02-18", 2.0)]
