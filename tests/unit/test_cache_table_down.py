"""The whole cache with a table that fails: the chart goes on, and the table is left alone."""

from __future__ import annotations

import random
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.prices import PriceRequest
from cache.blocks import Block, block_keys
from cache.breaker import FAILURES, OPEN_S, REOPENED_S, Breaker, State
from cache.query import Adjust, Answer, CandleQuery, Tier
from cache.table_tier import TableTier
from market.calendars import sessions_for
from market.resolution import Resolution
from tests.kit.failing_table import READS, FailingTable
from tests.kit.house import Clock, TestHouse, house
from tests.kit.providers import ScriptedProvider, utc

PRESENT = utc("2025-03-07 22:00")
JANUARY = (date(2025, 1, 6), date(2025, 1, 10))
FEBRUARY = (date(2025, 2, 3), date(2025, 2, 28))


class Place:
    """A house whose table can fail, with the clock of its breaker."""

    def __init__(self, folder: Path, provider: ScriptedProvider | None = None) -> None:
        self.provider = provider or ScriptedProvider(PRESENT)
        self.monotonic = Clock(5000.0)
        self.breaker = Breaker(self.monotonic)
        self.tables: list[FailingTable] = []
        self.house: TestHouse = house(folder, [self.provider], guard=self.breaker, through=self._through)
        self.table = self.tables[0]

    def _through(self, table: Any) -> Any:
        self.tables.append(FailingTable(table))
        return self.tables[-1]

    def ask(self, start: date = FEBRUARY[0], end: date = FEBRUARY[1]) -> Answer:
        return self.house.cache.get(CandleQuery("AAPL", Resolution.M5, start, end, Adjust.RAW))

    def tier(self) -> TableTier:
        return self.house.cache._tiers.table

    def block(self) -> Block:
        """Return a block that memory holds."""
        key = block_keys("AAPL", "scripted", Resolution.M5, sessions_for("AAPL"), *FEBRUARY)[0]
        block = self.house.cache._tiers.memory.peek(key)
        assert block is not None
        return block

    def count(self, name: str) -> int:
        return self.house.cache.statistics.snapshot()[name]


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_d10_a_table_that_is_down_costs_three_calls_then_none(place: Place) -> None:
    """D10, E1, E2, reliability 9: the first opens the breaker, the second does not touch the table."""
    place.table.down()
    with capture_logs() as logs:
        first = place.ask()
    assert (len(first.candles), first.tier, first.table_failed) == (19 * 78, Tier.PROVIDER, True)
    assert first.write_failed
    assert len(place.table.calls) == FAILURES
    assert [log["event"] for log in logs].count("circuit_breaker_opened") == 1
    assert place.count("table_errors") == FAILURES
    assert len(place.ask(*JANUARY).candles) == 4 * 78  # 9 January was a day of mourning
    assert len(place.table.calls) == FAILURES
    place.monotonic.now_s += OPEN_S - 1
    place.ask(date(2024, 12, 2), date(2024, 12, 6))
    assert len(place.table.calls) == FAILURES


def test_d21_while_it_is_open_nobody_asks_for_a_lock(place: Place) -> None:
    """D21, D29: open means no lock, no polling, no write: straight to the provider; memory keeps it."""
    place.table.down()
    place.ask()
    place.table.up()
    before = len(place.table.calls)
    answer = place.ask(*JANUARY)
    assert len(place.table.calls) == before
    assert answer.tier is Tier.PROVIDER
    assert place.ask(*JANUARY).tier is Tier.MEMORY
    assert place.count("table_skipped") > 0


def test_e8_after_the_table_has_come_back_one_probe_closes_it(place: Place) -> None:
    """E8, E13: the next cold request probes, and everything works again, writes included."""
    place.table.down()
    place.ask()
    place.table.up()
    place.monotonic.now_s += OPEN_S
    answer = place.ask(*JANUARY)
    assert place.breaker.report().state is State.CLOSED
    assert not answer.write_failed
    assert {"put", "put_many", "delete"} <= set(place.table.calls[FAILURES:])


def test_d31_a_table_that_is_still_down_is_asked_once_in_thirty_seconds(place: Place) -> None:
    place.table.down()
    place.ask()
    place.monotonic.now_s += OPEN_S
    months = [date(2024, month, 1) for month in range(1, 7)]
    for first in months:
        before = len(place.table.calls)
        place.ask(first, first + timedelta(days=20))
        assert len(place.table.calls) == before + 1
        place.ask(first.replace(year=2023), first.replace(year=2023) + timedelta(days=20))
        assert len(place.table.calls) == before + 1
        place.monotonic.now_s += REOPENED_S


def test_d36_failed_writes_open_it(place: Place) -> None:
    """D36: reads that succeed do not hide writes that fail in a row; here nothing is read in between."""
    place.ask()
    place.table.fails = lambda method, arguments: method not in READS
    tier, block = place.tier(), place.block()
    for _ in range(FAILURES):
        assert place.breaker.report().state is State.CLOSED
        assert not tier.write([block], sessions_for("AAPL"), "")
    assert place.breaker.report().state is State.OPEN


def test_d37_a_write_that_succeeds_ends_the_row(place: Place) -> None:
    """D37: two failures, a written block, two failures: closed."""
    place.ask()
    tier, block = place.tier(), place.block()
    for _ in range(2):
        place.table.down()
        for _ in range(FAILURES - 1):
            tier.read([[block.key]], sessions_for("AAPL"), "")
        place.table.up()
        assert tier.write([block], sessions_for("AAPL"), "")
    assert place.breaker.report().state is State.CLOSED


def test_e17_a_new_process_starts_closed(tmp_path: Path, place: Place) -> None:
    """E17: a restart forgets the breaker, so a table that came back is used at once."""
    place.ask()
    place.table.down()
    for _ in range(FAILURES):
        place.ask(date(2024, 1, 2), date(2024, 1, 5))
    assert place.breaker.report().state is State.OPEN
    again = Place(tmp_path, place.provider)
    assert again.breaker.report().state is State.CLOSED
    assert again.ask().tier is Tier.SQLITE


def test_a_hit_in_memory_asks_nobody(place: Place) -> None:
    """The warm path has neither table call nor lock, whatever the breaker says."""
    place.ask()
    before = list(place.table.calls)
    for _ in range(5):
        assert place.ask().tier is Tier.MEMORY
    assert place.table.calls == before


@pytest.mark.parametrize("seed", range(4))
def test_a_flapping_table_never_makes_an_answer_wrong(tmp_path: Path, seed: int) -> None:
    """Reliability 12: half of all calls fail; answers are the source's, and probes keep their distance."""
    chance = random.Random(seed)
    place = Place(tmp_path)
    place.table.fails = lambda method, arguments: chance.random() < 0.5
    probes_s: list[float] = []

    def note(method: str, arguments: tuple[Any, ...]) -> None:
        if place.breaker.report().state is State.HALF_OPEN:
            probes_s.append(place.monotonic.now_s)

    place.table.before = note
    for _ in range(60):
        place.monotonic.now_s += chance.choice([0, 1, 10, 31, 61])
        start = date(2024, 1, 2) + timedelta(days=chance.randrange(300))
        answer = place.ask(start, start + timedelta(days=chance.randrange(12)))
        truth = place.provider._bars(
            PriceRequest("AAPL", Resolution.M5, answer.query.start, answer.query.end)
        )
        assert answer.candles == truth
        assert not answer.missing
        if chance.random() < 0.3:
            place.house.cache._tiers.memory.clear()
    assert place.breaker.report().opened > 0
    assert all(later - earlier >= REOPENED_S for earlier, later in pairwise(probes_s))
