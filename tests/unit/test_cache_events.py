"""What the cache tells about itself: events with the request's id, counters, its state; quiet warming."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from adapters.errors import UnavailableError
from adapters.prices import PriceRequest
from cache.breaker import State
from cache.errors import PricesUnavailableError
from cache.query import Adjust, CandleQuery, Tier
from cache.seams import OpenGuard
from market.candles import Candles
from market.resolution import Resolution
from pages.chart import answer
from tests.kit.failing_table import FailingTable
from tests.kit.house import Clock, TestHouse, house
from tests.kit.log_lines import entries
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.web import ohlc, web

PRESENT = utc("2025-03-07 22:00")
DAY = CandleQuery("AAPL", Resolution.DAY, date(2025, 3, 3), date(2025, 3, 7), Adjust.SPLIT)
MINUTES = replace(DAY, resolution=Resolution.M5, adjust=Adjust.RAW)
LATER_S = 100 * 24 * 3600
DRAIN_S = 10.0
EVENTS = {
    "ohlc_table_read_failed",
    "fetch_lock_failed",
    "adapter_line",
    "ohlc_late_write_failed",
    "ohlc_write_gave_up",
    "ohlc_write_through_complete",
}
"""Of the table, the lock, the provider, the late writer and the cache, in one request."""


def troubled(tmp_path: Path) -> TestHouse:
    """Return a house in which everybody on the way has something to say, and all of it takes its time."""
    timer = Clock(0.0)

    def before(request: PriceRequest) -> None:
        timer.now_s += request.deadline_s - 0.01
        logging.getLogger("adapters.scripted").warning("adapter_line")

    place = house(
        tmp_path,
        [ScriptedProvider(PRESENT, before=before)],
        monotonic=timer,
        deadline_s=3.0,
        guard=OpenGuard(),
        through=lambda table: FailingTable(table, fails=lambda method, arguments: True),  # type: ignore[arg-type,return-value]
    )
    place.cache._tiers.table._late._sleep = lambda seconds: None
    return place


def by_the_page(place: TestHouse) -> None:
    answer(place.cache, {"ticker": "AAPL", "range": "1M", "resolution": "D", "px": 900})


def by_the_api(place: TestHouse) -> None:
    assert ohlc(web(place), start_date="2025-03-03", end_date="2025-03-07").status_code == 200


def by_the_cache(place: TestHouse) -> None:
    place.cache.get(DAY, request_id="mine")


@pytest.mark.parametrize("ask", [by_the_page, by_the_api, by_the_cache])
def test_o1_one_request_id_runs_through_all_tiers(tmp_path: Path, ask: Callable[[TestHouse], None]) -> None:
    """O1: lock, table, provider and the writes that are made after the answer; then the thread is clean."""
    place = troubled(tmp_path)

    def work() -> None:
        ask(place)
        place.cache._tiers.table._late.drain(DRAIN_S)

    _, lines = entries(work)
    ours = [line for line in lines if not line["event"].startswith(("circuit_breaker", "api_"))]
    assert {line["event"] for line in ours} >= EVENTS
    ids = {line.get("request_id") for line in ours}
    assert len(ids) == 1
    assert ids.pop()
    assert structlog.contextvars.get_contextvars() == {}


def events(work: Callable[[], object]) -> list[tuple[str, str]]:
    """Return the cache's own events and their levels."""
    with capture_logs() as lines:
        work()
    return [(line["event"], line["log_level"]) for line in lines]


def test_every_way_to_answer_has_its_event(tmp_path: Path) -> None:
    """F6, O3: a hit is said to be one only where no provider was asked."""
    provider = ScriptedProvider(PRESENT)
    place = house(tmp_path, [provider])
    assert events(lambda: place.cache.get(MINUTES)) == [("ohlc_write_through_complete", "info")]
    with capture_logs() as lines:
        place.cache.get(MINUTES)
        house(tmp_path, [provider]).cache.get(MINUTES)
    assert [(line["event"], line["tier"]) for line in lines] == [
        ("ohlc_cache_hit", "in-memory"),
        ("ohlc_cache_hit", "sqlite"),
    ]
    place.clock.now_s += LATER_S
    provider.error = UnavailableError("Down.", provider="scripted")
    assert events(lambda: place.cache.get(MINUTES)) == [
        ("ohlc_provider_failed", "warning"),
        ("ohlc_stale_served", "warning"),
    ]


def test_o4_bars_that_were_put_right_are_counted_and_told(tmp_path: Path) -> None:
    """O4, B13, B14, cache-4: duplicates (the last one wins) and bars out of order."""

    def mangle(candles: Candles) -> Candles:
        doubled = candles.take([0, 1, 1, *range(2, len(candles))])
        doubled.close.flags.writeable = True
        doubled.close[2] = candles.high[1]
        last = len(doubled) - 1
        return doubled.take([last, *range(last)])

    place = house(tmp_path, [ScriptedProvider(PRESENT, mangle=mangle)])
    with capture_logs() as lines:
        told = place.cache.get(replace(DAY, start=date(2025, 1, 2)))
    (repaired,) = (line for line in lines if line["event"] == "ohlc_bars_repaired")
    assert (repaired["duplicates"], repaired["unsorted"], repaired["ticker"]) == (1, 1, "AAPL")
    assert place.cache.statistics.snapshot()["repaired_bars"] == 2
    assert (told.candles.time[1:] > told.candles.time[:-1]).all()
    assert told.candles.close[1] == 101.0


def test_an_answer_in_order_is_no_event(tmp_path: Path) -> None:
    """O4: silent when it should be."""
    place = house(tmp_path, [ScriptedProvider(PRESENT)])
    assert "ohlc_bars_repaired" not in {event for event, _ in events(lambda: place.cache.get(DAY))}
    assert place.cache.statistics.snapshot()["repaired_bars"] == 0


def test_warming_pushes_nothing_out_and_is_no_part_of_the_hit_rate(tmp_path: Path) -> None:
    """cache-17, reliability 25: what it brings stays on probation, however often it looks at it."""
    place = house(tmp_path, [ScriptedProvider(PRESENT)])
    place.cache.get(MINUTES)
    place.cache.get(MINUTES)
    people = place.cache.state()
    counted = place.cache.statistics.snapshot()
    for _ in range(3):
        warm = place.cache.get(replace(MINUTES, ticker="MSFT"), warming=True)
    assert warm.tier is Tier.MEMORY
    place.cache.get(MINUTES, warming=True)
    after, snapshot = place.cache.state(), place.cache.statistics.snapshot()
    assert after.memory.protected_bytes == people.memory.protected_bytes
    assert after.memory.probation_bytes > people.memory.probation_bytes == 0
    assert (after.memory.hits, after.memory.misses) == (people.memory.hits, people.memory.misses)
    assert snapshot["provider_calls"] == counted["provider_calls"] + 1
    same = ("requests", "memory_hits", "table_hits", "misses")
    assert [snapshot[name] for name in same] == [counted[name] for name in same]
    place.cache.get(replace(MINUTES, ticker="MSFT"))
    assert place.cache.state().memory.probation_bytes == 0, "somebody has looked at it"


def test_a_person_who_looks_does_promote(tmp_path: Path) -> None:
    """cache-17's negative twin: three looks of a person do make it recent."""
    place = house(tmp_path, [ScriptedProvider(PRESENT)])
    for _ in range(3):
        place.cache.get(replace(MINUTES, ticker="MSFT"))
    assert place.cache.state().memory.protected_bytes > 0


def test_the_state_tells_what_is_going_on(tmp_path: Path) -> None:
    """cache-10, api-8: breaker, memory, flights, locks and what waits, during a fetch and after it."""
    seen: list[Any] = []
    provider = ScriptedProvider(PRESENT, before=lambda request: seen.append(place.cache.state()))
    place = house(tmp_path, [provider], cooldown_s=30.0)
    place.cache.get(DAY)
    (during,) = seen
    assert (during.flights, during.locks) == (1, ("LOCK#AAPL#scripted#D#2025",))
    after = place.cache.state()
    assert (after.flights, after.locks, after.late_writes, after.cooling) == (0, (), 0, ())
    assert (after.memory.entries, after.actions.entries) == (1, 1)
    assert after.breaker is not None
    assert after.breaker.state is State.CLOSED
    provider.error = UnavailableError("Down.", provider="scripted")
    with pytest.raises(PricesUnavailableError):
        place.cache.get(replace(DAY, ticker="MSFT"))
    (cooling,) = place.cache.state().cooling
    assert (cooling.source, cooling.ticker, cooling.reason) == ("scripted", "MSFT", "Down.")
    assert 29 < cooling.left_s <= 30
