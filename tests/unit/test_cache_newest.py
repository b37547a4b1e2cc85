"""A newer block is never replaced by an older one, and nothing is believed that cannot be (cache-6, -9)."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from adapters.errors import UnavailableError
from adapters.prices import PriceRequest
from cache import policy
from cache.actions import HeldActions
from cache.blocks import Block, BlockKey, block_keys, neighbours, units_of
from cache.memory import SegmentedLRU
from cache.query import Adjust, CandleQuery
from cache.statistics import Statistics
from cache.table_tier import TableTier
from cache.tiers import Tiers
from market.actions import Actions
from market.calendars import sessions_for
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S, day_number
from tests.kit.house import Clock, house
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.tables import sqlite_store, table_schema

AFTER_CLOSE = utc("2025-03-07 22:00")
SESSIONS = sessions_for("AAPL")
KEY = block_keys("AAPL", "scripted", Resolution.DAY, SESSIONS, date(2025, 1, 2), date(2025, 3, 7))[0]
WEEK = (date(2025, 3, 3), date(2025, 3, 7))


def block(fetched_at: float, close: float = 100.0) -> Block:
    """Return the running year's block with one week in it, final up to its Friday."""
    provider = ScriptedProvider(AFTER_CLOSE, close=close)
    candles = provider.candles(PriceRequest("AAPL", Resolution.DAY, *WEEK)).candles
    return Block(KEY, candles, fetched_at, day_number(WEEK[1]) * DAY_S)


def raw(adjust: Adjust = Adjust.RAW) -> CandleQuery:
    return CandleQuery("AAPL", Resolution.DAY, *WEEK, adjust)


def test_memory_keeps_the_newer_block_and_counts_no_lookup_for_it(tmp_path: Path) -> None:
    """cache-9: whichever comes last."""
    memory: SegmentedLRU[BlockKey, Block] = SegmentedLRU(1_000_000)
    tiers = Tiers(memory, SegmentedLRU(10_000), TableTier.__new__(TableTier), Statistics())
    for fetched_at in (1.0, 2.0, 1.5):
        tiers.keep(block(fetched_at))
    held = memory.peek(KEY)
    assert held is not None
    assert held.fetched_at == 2.0
    stats = memory.stats()
    assert (stats.hits, stats.misses, stats.protected_bytes) == (0, 0, 0)


def test_memory_keeps_the_newest_of_blocks_that_come_at_once() -> None:
    """cache-9: looking and putting is one step; a thread that is held up between the two cannot undo."""
    looked, go_on = threading.Event(), threading.Event()

    class Slow(SegmentedLRU[BlockKey, Block]):
        def put(self, key: BlockKey, value: Block, size_bytes: int, *, hot: bool = True) -> bool:
            if value.fetched_at == 1.0:
                looked.set()
                go_on.wait(0.02)
            return super().put(key, value, size_bytes, hot=hot)

    memory = Slow(1_000_000)
    tiers = Tiers(memory, SegmentedLRU(10_000), TableTier.__new__(TableTier), Statistics())
    older = threading.Thread(target=tiers.keep, args=(block(1.0),))
    older.start()
    assert looked.wait(5)
    tiers.keep(block(2.0))
    go_on.set()
    older.join(5)
    held = memory.peek(KEY)
    assert held is not None
    assert held.fetched_at == 2.0


def test_the_table_keeps_the_newer_block_and_the_newer_actions(tmp_path: Path) -> None:
    """cache-9: a slow process writes what a faster one has long written anew."""
    store, schema = sqlite_store(tmp_path), table_schema()
    store.create([schema])
    tier = TableTier(store.table(schema), store.kind, Statistics())
    for fetched_at, close in ((2_000.0, 200.0), (1_000.0, 100.0)):
        assert tier.write([block(fetched_at, close)], SESSIONS, "")
        actions = HeldActions(Actions.of([(WEEK[0], close, 0.0)]), WEEK[1], fetched_at)
        assert tier.write_actions("AAPL", "scripted", actions, "")
    found, _ = tier.read([[KEY]], SESSIONS, "")
    held = tier.read_actions("AAPL", "scripted", "")
    store.close()
    assert found[KEY].candles.close.tolist() == [200.0] * 5
    assert held is not None
    assert held.actions.split.tolist() == [200.0]


def test_memory_keeps_the_newer_actions() -> None:
    """cache-16: a table that lags does not take a split back."""
    tiers = Tiers(SegmentedLRU(10_000), SegmentedLRU(10_000), TableTier.__new__(TableTier), Statistics())
    for fetched_at in (2.0, 1.0):
        tiers.keep_actions("AAPL", "scripted", HeldActions(Actions.none(), WEEK[1], fetched_at))
    held = tiers.actions.peek(("AAPL", "scripted"))
    assert held is not None
    assert held.fetched_at == 2.0


def test_a_block_from_the_future_is_not_fresh_and_nothing_is_joined_to_it(tmp_path: Path) -> None:
    """cache-6: after a clock has jumped back, nothing that may change is fresh for ever."""
    now = policy.moment(SESSIONS, AFTER_CLOSE, AFTER_CLOSE.timestamp())
    ahead = block(now.real_s + policy.PROVISIONAL_LIFE_S + 1)
    assert not policy.is_fresh(ahead, ahead.settled_to + 1, now, 0)
    assert policy.fetch_from(ahead, KEY, now, 0.0) == date(2025, 1, 1)
    near = replace(ahead, fetched_at=now.real_s + policy.PROVISIONAL_LIFE_S - 1)
    assert policy.is_fresh(near, near.settled_to, now, 0)
    assert policy.fetch_from(near, KEY, now, 0.0) == WEEK[1]


def test_a_clock_that_jumped_back_asks_again(tmp_path: Path) -> None:
    """cache-6: the whole way."""
    provider = ScriptedProvider(AFTER_CLOSE)
    place = house(tmp_path, [provider], clock=Clock(AFTER_CLOSE.timestamp() + 30 * DAY_S))
    place.cache.get(raw())
    place.clock.now_s -= 30 * DAY_S
    place.cache.get(raw())
    assert len(provider.requests) == 2


@pytest.mark.parametrize(("age_days", "start"), [(89, WEEK[1]), (91, date(2025, 1, 1))])
def test_what_is_final_is_built_upon_for_ninety_days(age_days: int, start: date) -> None:
    """C1, cache-6."""
    now = policy.moment(SESSIONS, AFTER_CLOSE, AFTER_CLOSE.timestamp())
    assert policy.fetch_from(block(now.real_s - age_days * DAY_S), KEY, now, 0.0) == start


def test_lost_actions_are_asked_for_although_the_candles_are_fresh(tmp_path: Path) -> None:
    """cache-16: the daily block came through, the item beside it did not."""
    provider = ScriptedProvider(AFTER_CLOSE, splits=((date(2025, 3, 6), 4.0, 0.0),))
    first = house(tmp_path, [provider])
    first.cache.get(raw())
    first.table.delete(("AAPL#scripted", "ACTIONS"))
    provider.requests.clear()
    answer = house(tmp_path, [provider], clock=first.clock).cache.get(raw(Adjust.SPLIT))
    assert answer.candles.close.tolist() == [25.0, 25.0, 25.0, 100.0, 100.0]
    assert len(provider.requests) == 1


def test_a_provider_that_failed_for_actions_is_not_asked_a_second_time(tmp_path: Path) -> None:
    """cache-11: it would fail again, at the cost of the budget and of the person's time."""
    provider = ScriptedProvider(AFTER_CLOSE)
    place = house(tmp_path, [provider])
    minutes = CandleQuery("AAPL", Resolution.M5, WEEK[1], WEEK[1])
    place.cache.get(replace(minutes, adjust=Adjust.RAW))
    provider.requests.clear()
    provider.error = UnavailableError("scripted is down. Try again.", provider="scripted")
    answer = place.cache.get(minutes)
    assert len(provider.requests) == 1
    assert "could not be checked" in answer.notes[0]


def test_a_file_that_changed_gives_its_splits_anew(tmp_path: Path) -> None:
    """cache-16: what was known before the change no longer counts, for intraday neither."""
    provider = ScriptedProvider(AFTER_CLOSE)
    place = house(tmp_path, [provider])
    minutes = CandleQuery("AAPL", Resolution.M60, WEEK[1], WEEK[1])
    assert place.cache.get(minutes).candles.close[0] == 100.0
    provider.splits = ((WEEK[1], 2.0, 0.0),)
    provider.changed = place.clock.now_s + 1
    place.clock.now_s += 2
    before = CandleQuery("AAPL", Resolution.M60, date(2025, 3, 6), date(2025, 3, 6))
    assert place.cache.get(before).candles.close[0] == 50.0


def test_a_dividend_on_the_first_day_after_the_view_refers_to_the_close_before_it(tmp_path: Path) -> None:
    """cache-16: the daily closes reach back before the view, over the longest closures."""
    provider = ScriptedProvider(AFTER_CLOSE, splits=((WEEK[0], 1.0, 2.0),))
    monday = CandleQuery("AAPL", Resolution.M60, WEEK[0], WEEK[0], Adjust.TOTAL)
    place = house(tmp_path, [provider])
    provider.first = {Resolution.DAY: date(2024, 12, 30)}
    answer = place.cache.get(monday)
    assert answer.candles.close[0] == 100.0
    assert not any("could not be applied" in note for note in answer.notes)
    friday = replace(monday, start=date(2025, 2, 28), end=date(2025, 2, 28))
    assert np.allclose(place.cache.get(friday).candles.close, 98.0)


def test_a_dividend_refers_to_an_earlier_close_where_the_day_before_it_has_none(tmp_path: Path) -> None:
    """cache-16: closes are looked for before the view too; its only day has minutes but no daily bar."""
    friday = date(2025, 2, 28)
    provider = ScriptedProvider(AFTER_CLOSE, splits=((WEEK[0], 1.0, 2.0),))
    provider.mangle = lambda c: c.take(c.time != day_number(friday) * DAY_S)
    answer = house(tmp_path, [provider]).cache.get(
        CandleQuery("AAPL", Resolution.M60, friday, friday, Adjust.TOTAL)
    )
    assert np.allclose(answer.candles.close, 98.0)


def test_a_split_that_is_announced_does_not_count_yet(tmp_path: Path) -> None:
    """cache-16: factors count as of the source's present session."""
    provider = ScriptedProvider(AFTER_CLOSE, splits=((WEEK[1] + timedelta(days=7), 10.0, 0.0),))
    answer = house(tmp_path, [provider]).cache.get(raw(Adjust.SPLIT))
    assert answer.candles.close.tolist() == [100.0] * 5


@pytest.mark.parametrize("wrong", ["descending", "twice", "outside", "not a midnight"])
def test_bars_that_cannot_be_of_their_block_are_no_block(tmp_path: Path, wrong: str) -> None:
    """cache-5, reliability 17: they decode well; they are counted and fetched again all the same."""
    good = block(2_000.0)
    time = good.candles.time
    shifted = {
        "descending": time[::-1].copy(),
        "twice": np.repeat(time[:1], len(time)),
        "outside": time + 365 * DAY_S,
        "not a midnight": time + 60,
    }[wrong]
    store, schema = sqlite_store(tmp_path), table_schema()
    store.create([schema])
    statistics = Statistics()
    tier = TableTier(store.table(schema), store.kind, statistics)
    columns = (
        good.candles.open,
        good.candles.high,
        good.candles.low,
        good.candles.close,
        good.candles.volume,
    )
    tier.write([replace(good, candles=Candles(shifted, *columns))], SESSIONS, "")
    found, answered = tier.read([[KEY]], SESSIONS, "")
    assert (found, answered) == ({}, True)
    assert statistics.snapshot()["corrupt_blocks"] == 1
    tier.write([replace(good, fetched_at=3_000.0)], SESSIONS, "")
    assert tier.read([[KEY]], SESSIONS, "")[0][KEY].candles == good.candles
    store.close()


def test_minutes_of_another_session_are_no_block_of_this_one(tmp_path: Path) -> None:
    """cache-5: a session's bars lie in that session."""
    keys = block_keys("AAPL", "scripted", Resolution.M5, SESSIONS, *WEEK)
    provider = ScriptedProvider(AFTER_CLOSE)
    monday = provider.candles(PriceRequest("AAPL", Resolution.M5, WEEK[0], WEEK[0])).candles
    store, schema = sqlite_store(tmp_path), table_schema()
    store.create([schema])
    tier = TableTier(store.table(schema), store.kind, Statistics())
    tier.write([Block(key, monday, 2_000.0, 0) for key in keys], SESSIONS, "")
    found, _ = tier.read([keys], SESSIONS, "")
    store.close()
    assert list(found) == keys[:1]


def test_units_are_neighbours_when_no_day_lies_between() -> None:
    """cache-9: over the end of a year too."""
    keys = block_keys("AAPL", "x", Resolution.M5, SESSIONS, date(2023, 11, 1), date(2024, 1, 31))
    keys += block_keys("AAPL", "x", Resolution.M5, SESSIONS, date(2024, 3, 1), date(2024, 3, 1))
    names = [[unit.name for unit in group] for group in neighbours(units_of(keys))]
    assert names == [["2023-11", "2023-12", "2024-01"], ["2024-03"]]
