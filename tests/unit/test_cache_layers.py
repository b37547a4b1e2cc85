"""Layers are isolated: what one holds, returns or loses never changes what another holds."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adapters.prices import PriceRequest
from cache.blocks import Block, block_keys
from cache.query import Adjust, Answer, CandleQuery, Tier
from market.calendars import sessions_for
from market.resolution import Resolution
from store.table import Item, Key
from tests.kit import inside
from tests.kit.house import TestHouse, house
from tests.kit.providers import ScriptedProvider, utc

PRESENT = utc("2025-03-07 22:00")
FEBRUARY = (date(2025, 2, 3), date(2025, 2, 28))
COLUMNS = ("time", "open", "high", "low", "close", "volume")
SMALL_BYTES = 600_000
ROUNDS = 3


def ask(
    at: TestHouse,
    ticker: str = "AAPL",
    span: tuple[date, date] = FEBRUARY,
    resolution: Resolution = Resolution.M5,
    adjust: Adjust = Adjust.RAW,
) -> Answer:
    return at.cache.get(CandleQuery(ticker, resolution, *span, adjust))


def items(at: TestHouse) -> dict[Key, Item | None]:
    """Return all that the table holds."""
    return {key: at.table.get(key) for key in list(at.table.keys())}


def held(at: TestHouse) -> Block:
    """Return the first of February's blocks, as memory holds it."""
    keys = block_keys("AAPL", "scripted", Resolution.M5, sessions_for("AAPL"), *FEBRUARY)
    block = inside.tiers(at.cache).memory.peek(keys[0])
    assert block is not None
    return block


@pytest.fixture
def provider() -> ScriptedProvider:
    return ScriptedProvider(PRESENT, splits=((date(2025, 2, 14), 2.0, 0.0),))


@pytest.fixture
def at(tmp_path: Path, provider: ScriptedProvider) -> TestHouse:
    return house(tmp_path, [provider])


@pytest.mark.parametrize("column", COLUMNS)
@pytest.mark.parametrize(
    ("resolution", "adjust"),
    [(r, a) for r in (Resolution.M5, Resolution.M60, Resolution.DAY, Resolution.WEEK) for a in Adjust],
)
def test_f4_writing_into_an_answer_never_reaches_what_is_held(
    at: TestHouse, column: str, resolution: Resolution, adjust: Adjust
) -> None:
    """F4, reliability 23: arrays of an answer are refused to writers, or are the caller's own copy."""
    for _ in range(2):  # from the provider, then from memory
        answer = ask(at, resolution=resolution, adjust=adjust)
        array = getattr(answer.candles, column)
        truth = array.copy()
        with suppress(ValueError):
            array[:] = -1
        again = ask(at, resolution=resolution, adjust=adjust)
        assert np.array_equal(getattr(again.candles, column), truth)
    inside.tiers(at.cache).memory.clear()
    assert np.array_equal(getattr(ask(at, resolution=resolution, adjust=adjust).candles, column), truth)


@pytest.mark.parametrize("column", COLUMNS)
def test_f4_what_memory_holds_refuses_writers(at: TestHouse, column: str) -> None:
    """F4: fetched just now, and again when it came back from the table."""
    ask(at)
    for _ in range(2):
        with pytest.raises(ValueError, match="read-only"):
            getattr(held(at).candles, column)[0] = 1
        inside.tiers(at.cache).memory.clear()
        ask(at)


def test_f4_a_provider_that_uses_its_arrays_again_changes_nothing(tmp_path: Path) -> None:
    """F4: an adapter may fill the same buffer for the next answer."""
    provider = ScriptedProvider(PRESENT)
    given: list[Any] = []
    provider.mangle = lambda candles: given.append(candles) or candles
    at = house(tmp_path, [provider])
    truth = ask(at).candles.close.tolist()
    for candles in given:
        if candles.close.flags.writeable:
            candles.close[:] = -1
    assert ask(at).tier is Tier.MEMORY
    assert ask(at).candles.close.tolist() == truth
    inside.tiers(at.cache).memory.clear()
    assert ask(at).candles.close.tolist() == truth


def test_f4_what_one_layer_loses_the_others_keep(at: TestHouse, provider: ScriptedProvider) -> None:
    """F4, F2: memory cleared: the table answers; the table emptied: memory answers."""
    truth = ask(at).candles
    inside.tiers(at.cache).memory.clear()
    again = ask(at)
    assert (again.tier, again.candles == truth, len(provider.requests)) == (Tier.SQLITE, True, 1)
    at.table.delete_many(list(at.table.keys()))
    once_more = ask(at)
    assert (once_more.tier, once_more.candles == truth, len(provider.requests)) == (Tier.MEMORY, True, 1)


def test_f4_the_table_stays_as_it_was_while_memory_is_used(at: TestHouse) -> None:
    """F4: reading, adjusting and evicting write nothing."""
    ask(at, adjust=Adjust.SPLIT)
    before = items(at)
    for adjust in Adjust:
        ask(at, adjust=adjust)
    inside.tiers(at.cache).memory.clear()
    ask(at, adjust=Adjust.SPLIT)
    assert items(at) == before


def scan(at: TestHouse, popular: list[tuple[date, date]]) -> int:
    """Look at some months several times, then walk through two years once.

    Returns:
        How many of the popular months are still answered from memory.
    """
    for _ in range(ROUNDS):
        for span in popular:
            ask(at, span=span)
    for year in (2023, 2024):
        for month in range(1, 13):
            ask(at, "MSFT", (date(year, month, 1), date(year, month, 28)))
    return sum(ask(at, span=span).tier is Tier.MEMORY for span in popular)


POPULAR = [(date(2025, month, 3), date(2025, month, 28)) for month in (1, 2)]


def test_f11_a_scan_leaves_what_people_look_at_in_memory(tmp_path: Path) -> None:
    """F11, reliability 21: through the whole cache; two years of one robot are several times the budget."""
    at = house(tmp_path, [ScriptedProvider(PRESENT)], memory_bytes=SMALL_BYTES)
    assert scan(at, POPULAR) == len(POPULAR)
    stats = inside.tiers(at.cache).memory.stats()
    assert stats.evictions > stats.entries
    assert stats.bytes <= SMALL_BYTES
    assert at.cache.statistics.snapshot()["table_hits"] == 0


def test_f11_in_one_segment_a_scan_takes_it_all(tmp_path: Path) -> None:
    """F11's negative twin: without the protected segment the same scan pushes everything out."""
    at = house(tmp_path, [ScriptedProvider(PRESENT)], memory_bytes=SMALL_BYTES)
    inside.tiers(at.cache).memory._protected_budget = 0
    assert scan(at, POPULAR) == 0
    assert at.cache.statistics.snapshot()["table_hits"] > 0


def test_f8_what_one_process_has_fetched_is_what_the_other_reads(tmp_path: Path) -> None:
    """F8: bit for bit, in every column, and with the same story."""
    provider = ScriptedProvider(PRESENT)
    first, second = house(tmp_path, [provider]), house(tmp_path, [provider])
    one, two = ask(first), ask(second)
    assert one.candles == two.candles
    request = PriceRequest("AAPL", Resolution.M5, *FEBRUARY)
    assert two.candles == provider._bars(request)
    assert [(s.fetched_at, s.basis, s.stale) for s in one.spans] == [
        (s.fetched_at, s.basis, s.stale) for s in two.spans
    ]
