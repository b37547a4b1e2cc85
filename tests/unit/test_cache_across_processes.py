"""Two caches on one table in one process: what each sees of what the other is doing, step by step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters.prices import Basis, PriceRequest
from cache.blocks import Block, Unit, block_keys, period
from cache.query import Adjust, Answer, CandleQuery, Tier
from cache.second_look import SecondLook
from cache.statistics import Statistics
from cache.table_tier import TableTier
from cache.tiers import Held
from market.calendars import sessions_for
from market.resolution import Resolution
from tests.kit.failing_table import FailingTable
from tests.kit.house import TestHouse, house
from tests.kit.providers import ScriptedProvider, utc

PRESENT = utc("2025-03-07 22:00")
IN_SESSION = utc("2025-03-07 16:02")
FRIDAY = date(2025, 3, 7)
DATED = [(Basis.RAW, -1), (Basis.SPLIT, 0)]
"""What is not the same whoever fetches it: what is not final, and what was adjusted."""


class Pair:
    """Two processes on one file with one provider; what happens at the first one's table can be seen."""

    def __init__(self, folder: Path, provider: ScriptedProvider | None = None) -> None:
        self.provider = provider or ScriptedProvider(PRESENT)
        self.tables: list[FailingTable] = []
        self.first: TestHouse = house(folder, [self.provider], through=self._through)
        self.second: TestHouse = house(folder, [self.provider], clock=self.first.clock)
        self.table = self.tables[0]

    def _through(self, table: Any) -> Any:
        self.tables.append(FailingTable(table))
        return self.tables[-1]

    def calls(self) -> int:
        return len(self.provider.requests)

    def once(self, method: str, action: Callable[[], object], *, after: bool = False) -> None:
        """Do something at the first one's next call of a method."""
        waiting = [action]

        def hook(called: str, arguments: tuple[Any, ...]) -> None:
            if called == method and waiting:
                waiting.pop()()

        setattr(self.table, "after" if after else "before", hook)


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path)


def ask(at: TestHouse, adjust: Adjust = Adjust.RAW) -> Answer:
    return at.cache.get(CandleQuery("AAPL", Resolution.M5, date(2025, 2, 3), date(2025, 2, 28), adjust))


def test_d5_the_owner_looks_again_before_it_fetches(pair: Pair) -> None:
    """D5, D4: another process fetched between the look and the lock; the second look is consistent."""
    pair.once("put", lambda: ask(pair.second))
    answer = ask(pair.first)
    assert (answer.tier, len(answer.candles), pair.calls()) == (Tier.SQLITE, 19 * 78, 1)
    assert pair.table.consistent == [False, True]


def test_d5_without_the_second_look_it_fetches_again(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative twin: it proves that the test above can fail."""
    real = SecondLook.at
    monkeypatch.setattr(SecondLook, "at", lambda self, units: real(self, units)._replace(held=Held()))
    pair.once("put", lambda: ask(pair.second))
    ask(pair.first)
    assert pair.calls() == 2


def test_d22_d23_what_was_fetched_is_written_before_the_lock_is_released(pair: Pair) -> None:
    """D22, D23: at the moment of the release the table answers; and whoever waited makes no call."""
    seen: list[Answer] = []
    pair.once("delete", lambda: seen.append(ask(pair.second)))
    ask(pair.first)
    assert [(answer.tier, len(answer.candles)) for answer in seen] == [(Tier.SQLITE, 19 * 78)]
    assert pair.calls() == 1
    calls = pair.table.calls
    assert calls.index("put_many") < calls.index("delete")


def test_actions_are_written_before_the_blocks_that_others_wait_for(tmp_path: Path) -> None:
    """cache-16: a process that finds the year finds its splits, and makes no call for them."""
    pair = Pair(tmp_path)
    ask(pair.first)
    pair.once("put", lambda: ask(pair.second, Adjust.SPLIT))  # while the first one takes the year's lock
    answer = ask(pair.first, Adjust.SPLIT)
    assert pair.calls() == 2
    assert answer.notes == ask(pair.second, Adjust.SPLIT).notes


def test_a_forced_fetch_is_made_once_by_two_processes(tmp_path: Path) -> None:
    """cache-9, cache-16: what another process has fetched anew since is not fetched anew again."""
    pair = Pair(tmp_path)
    day = CandleQuery("AAPL", Resolution.DAY, FRIDAY, FRIDAY, Adjust.RAW)
    for at in (pair.first, pair.second):
        at.cache.get(day)
    views: list[Any] = []
    real = pair.first.cache._tiers.look_up

    def noting(keys: Any, view: Any, **more: Any) -> Held:
        views.append(view)
        return real(keys, view, **more)

    pair.first.cache._tiers.look_up = noting  # type: ignore[method-assign]
    pair.first.cache.get(day)
    before = pair.calls()
    pair.first.clock.now_s += 10

    def force(at: TestHouse) -> Any:
        fetcher, unit = at.cache._fetcher, Unit("AAPL", "scripted", "D", "2025")
        return fetcher.fetch(pair.provider, [unit], views[0], force=True)[unit]

    pair.once("put", lambda: force(pair.second))
    result = force(pair.first)
    assert pair.calls() == before + 1
    assert [found.tier for found in result.found.values()] == [Tier.SQLITE]
    force(pair.first)
    assert pair.calls() == before + 2
    pair.first.cache._tiers.memory.clear()  # then nothing can be told to be newer
    force(pair.first)
    assert pair.calls() == before + 3


def test_d9_after_a_late_write_memory_agrees_with_the_table(tmp_path: Path) -> None:
    """D6, D9: the process whose write was refused reads the newer block from then on."""
    pair = Pair(tmp_path, ScriptedProvider(IN_SESSION, close=100.0))
    query = CandleQuery("AAPL", Resolution.M5, FRIDAY, FRIDAY, Adjust.RAW)

    def other() -> None:
        pair.provider.close = 200.0
        pair.first.clock.now_s += 1
        block = newer_block(pair)
        assert pair.second.cache._tiers.table.write([block], sessions_for("AAPL"), "")

    pair.once("put_many", other)
    pair.provider.before = lambda request: None
    answer = pair.first.cache.get(query)
    assert set(answer.candles.close.tolist()) == {100.0}
    again = pair.first.cache.get(query)
    assert (set(again.candles.close.tolist()), again.tier) == ({200.0}, Tier.SQLITE)
    assert pair.first.cache.statistics.snapshot()["writes_refused"] == 1


def newer_block(pair: Pair) -> Block:
    """Return the running block as a process fetches it a second later."""
    sessions = sessions_for("AAPL")
    key = block_keys("AAPL", "scripted", Resolution.M5, sessions, FRIDAY, FRIDAY)[0]
    candles = pair.provider._bars(PriceRequest("AAPL", Resolution.M5, FRIDAY, FRIDAY))
    return Block(key, candles, pair.first.clock.now_s, period(key, sessions)[0])


def tier_of(at: TestHouse) -> TableTier:
    return TableTier(at.table, at.store.kind, Statistics())


def block_of(basis: Basis, open_s: int, fetched_at: float, close: float) -> Block:
    """Return a block that is final (0) or not (-1)."""
    sessions = sessions_for("AAPL")
    key = block_keys("AAPL", "scripted", Resolution.M5, sessions, FRIDAY, FRIDAY)[0]
    start, end = period(key, sessions)
    provider = ScriptedProvider(PRESENT, close=close)
    candles = provider._bars(PriceRequest("AAPL", Resolution.M5, FRIDAY, FRIDAY))
    return Block(key, candles, fetched_at, end if open_s == 0 else start, basis)


@pytest.mark.parametrize(("basis", "open_s"), DATED)
def test_d6_an_older_block_never_replaces_a_newer_one(pair: Pair, basis: Basis, open_s: int) -> None:
    """D6, cache-9: provisional and adjusted blocks, in whatever order they are written."""
    tier, sessions = tier_of(pair.second), sessions_for("AAPL")
    older, newer = block_of(basis, open_s, 1000.0, 100.0), block_of(basis, open_s, 1000.5, 200.0)
    refused: list[Block] = []
    for block in (newer, older):
        assert tier.write([block], sessions, "", on_newer=refused.append)
    assert refused == [older]
    assert tier.read([[older.key]], sessions, "")[0] == {older.key: newer}
    newest = block_of(basis, open_s, 1001.0, 300.0)
    tier.write([newest], sessions, "")
    assert tier.read([[older.key]], sessions, "")[0] == {older.key: newest}


def test_d6_final_prices_as_traded_go_in_batches(pair: Pair) -> None:
    """cache-9: they are the same whoever writes them, so they need no condition."""
    seen = FailingTable(pair.second.table)
    tier = TableTier(seen, "sqlite", Statistics())  # type: ignore[arg-type]
    final = block_of(Basis.RAW, 0, 1000.0, 100.0)
    tier.write([final, replace(final, fetched_at=999.0)], sessions_for("AAPL"), "")
    assert seen.calls == ["put_many"]


def test_a_hit_in_memory_touches_neither_table_nor_lock(pair: Pair) -> None:
    ask(pair.first)
    before = list(pair.table.calls)
    assert ask(pair.first).tier is Tier.MEMORY
    assert pair.table.calls == before
    assert pair.first.cache.statistics.snapshot()["lock_waits"] == 0
