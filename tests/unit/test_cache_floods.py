"""Much at once: floods of cold keys, a hundred thousand candles, a start while the table comes back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.prices import PriceRequest
from cache.breaker import FAILURES, OPEN_S, Breaker, State
from cache.portions import MAX_CANDLES
from cache.query import Adjust, Answer, CandleQuery, Tier
from cache.seams import NoLock
from market.resolution import Resolution
from store import Table
from tests.kit import inside
from tests.kit.failing_table import FailingTable
from tests.kit.house import Clock, TestHouse, house
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.tables import at_once
from tests.kit.web import ohlc, web

PRESENT = utc("2025-03-07 22:00")
READERS = 60
PER_READER = 2
MANY = tuple(f"FLOOD{number}" for number in range(READERS))
FEBRUARY = (date(2025, 2, 3), date(2025, 2, 28))
JANUARY = (date(2025, 1, 2), date(2025, 1, 31))
LONG = (date(2024, 2, 1), date(2025, 3, 7))
"""With one-minute candles more than 100,000."""


def ask(
    at: TestHouse,
    span: tuple[date, date] = FEBRUARY,
    ticker: str = "AAPL",
    resolution: Resolution = Resolution.M5,
) -> Answer:
    return at.cache.get(CandleQuery(ticker, resolution, *span, Adjust.RAW), deadline_s=60.0)


def truth(provider: ScriptedProvider, span: tuple[date, date], ticker: str = "AAPL") -> Any:
    return provider._bars(PriceRequest(ticker, Resolution.M5, *span))


class Threads:
    """The most threads that were ever alive, looked at whenever a provider is called."""

    def __init__(self) -> None:
        self.before = threading.active_count()
        self.most = 0

    def look(self, request: PriceRequest) -> None:
        self.most = max(self.most, threading.active_count() - self.before)


@pytest.mark.slow
def test_e29_a_flood_of_cold_keys_is_answered_with_one_call_for_each(tmp_path: Path) -> None:
    """E29: sixty readers at once, each with a ticker of its own that another one wants as well."""
    provider = ScriptedProvider(PRESENT, known=frozenset(MANY))
    at, threads = house(tmp_path, [provider]), Threads()
    provider.before = threads.look
    with capture_logs() as logs:
        answers = at_once(READERS * PER_READER, lambda n: ask(at, ticker=MANY[n % READERS]))
    expected = truth(provider, FEBRUARY)
    assert all(answer.candles == expected for answer in answers)
    assert sorted(request.ticker for request in provider.requests) == sorted(MANY)
    assert threads.most <= 2 * READERS * PER_READER + 2, "a request has its thread and its lock's, no more"
    counts = at.cache.statistics.snapshot()
    assert counts["provider_calls"] == READERS
    assert counts["requests"] == READERS * PER_READER
    assert counts["memory_hits"] + counts["table_hits"] + counts["misses"] == READERS * PER_READER * 19
    assert [log["event"] for log in logs].count("ohlc_write_through_complete") == READERS
    inside.tiers(at.cache).memory.check()


def test_e29_without_flights_the_same_flood_costs_more(tmp_path: Path) -> None:
    """E29's negative twin: readers who know nothing of each other each make a call."""

    class Alone:
        def run(self, keys: Any, lead: Callable[[Any], Any], left_s: float) -> Any:
            return lead(tuple(keys))

        def flying(self) -> int:
            return 0

    provider = ScriptedProvider(PRESENT)
    at, barrier = house(tmp_path, [provider]), threading.Barrier(4)
    inside.fetcher(at.cache).flights = Alone()  # type: ignore[assignment]
    inside.fetcher(at.cache)._lock = NoLock()
    provider.before = lambda request: barrier.wait(10)  # type: ignore[assignment, return-value]
    at_once(4, lambda n: ask(at))
    assert len(provider.requests) == 4


def test_e12_a_hundred_thousand_candles_come_whole_from_every_tier(tmp_path: Path) -> None:
    """E12: thirteen months of minutes in one question: provider, memory, table, and the same every time."""
    provider = ScriptedProvider(PRESENT)
    at = house(tmp_path, [provider])
    with capture_logs() as logs:
        cold = ask(at, LONG, resolution=Resolution.M1)
    assert len(cold.candles) > 100_000
    assert len(provider.requests) == 1
    written = [log for log in logs if log["event"] == "ohlc_write_through_complete"]
    assert sum(log["candles"] for log in written) == len(cold.candles)
    warm = ask(at, LONG, resolution=Resolution.M1)
    inside.tiers(at.cache).memory.clear()
    durable = ask(at, LONG, resolution=Resolution.M1)
    assert [a.tier for a in (cold, warm, durable)] == [Tier.PROVIDER, Tier.MEMORY, Tier.SQLITE]
    assert cold.candles == warm.candles == durable.candles
    counts = at.cache.statistics.snapshot()
    blocks = written[0]["blocks"]
    assert [counts[n] for n in ("misses", "memory_hits", "table_hits")] == [blocks] * 3


def test_e12_the_api_gives_them_in_portions_that_join(tmp_path: Path) -> None:
    """E12: no portion is larger than the limit, none overlaps, and together they are all."""
    provider = ScriptedProvider(PRESENT)
    client = web(house(tmp_path, [provider]))
    asked = {"start_date": LONG[0], "end_date": LONG[1], "resolution": "1", "adjust": "raw"}
    body = ohlc(client, **asked).get_json()
    dates, counts = [candle["date"] for candle in body["candles"]], [body["count"]]
    while "next" in body:
        body = client.get(body["next"]).get_json()
        counts.append(body["count"])
        dates += [candle["date"] for candle in body["candles"]]
    assert max(counts) <= MAX_CANDLES
    assert len(dates) == sum(counts) > 100_000
    assert dates == sorted(set(dates))


class Recovering:
    """A new process whose table is down for its first calls."""

    def __init__(self, folder: Path, provider: ScriptedProvider, fails: int) -> None:
        self.left = fails
        self.monotonic = Clock(1000.0)
        self.opened = 0
        self.breaker = Breaker(self.monotonic, on_opened=self._hear)
        self.house = house(folder, [provider], guard=self.breaker, through=self._through)

    def _hear(self) -> None:
        self.opened += 1

    def _through(self, table: Table) -> Table:
        def fails(method: str, arguments: tuple[Any, ...]) -> bool:
            self.left -= 1
            return self.left >= 0

        return FailingTable(table, fails=fails)  # type: ignore[return-value]


@pytest.mark.parametrize("fails", [1, 2, FAILURES, FAILURES + 1, FAILURES + 4])
def test_e28_a_cold_start_while_the_table_recovers(tmp_path: Path, fails: int) -> None:
    """E28: right at every step; what the table held is used once it is back, what came meanwhile is kept."""
    provider = ScriptedProvider(PRESENT)
    ask(house(tmp_path, [provider]))  # an earlier process has filled the table
    new = Recovering(tmp_path, provider, fails)
    with capture_logs() as logs:
        first = ask(new.house)
        assert first.candles == truth(provider, FEBRUARY)
        assert first.table_failed
        for _ in range(8):
            new.monotonic.now_s += OPEN_S
            inside.tiers(new.house.cache).memory.clear()
            last = ask(new.house, JANUARY)
            assert last.candles == truth(provider, JANUARY)
    assert (last.tier, new.breaker.report().state) == (Tier.SQLITE, State.CLOSED)
    inside.tiers(new.house.cache).memory.clear()
    before = len(provider.requests)
    assert ask(new.house).tier is Tier.SQLITE
    assert len(provider.requests) == before
    events = [log["event"] for log in logs]
    counts = new.house.cache.statistics.snapshot()
    assert counts["table_errors"] == fails
    assert events.count("circuit_breaker_opened") == new.opened
    assert (new.opened > 0) is (fails >= FAILURES)
    assert events.count("circuit_breaker_closed") == (1 if new.opened else 0)
