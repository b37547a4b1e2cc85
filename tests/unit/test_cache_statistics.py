"""Counters of one process: what is counted, and by whose hand (api-8)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cache.query import Adjust, CandleQuery
from cache.statistics import OUTCOMES, Statistics
from market.resolution import Resolution
from tests.kit.house import house
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.tables import at_once

QUERY = CandleQuery("AAPL", Resolution.DAY, date(2025, 2, 3), date(2025, 2, 28), Adjust.RAW)


def test_a_name_that_nobody_explained_is_not_counted() -> None:
    with pytest.raises(ValueError, match="no such counter: hits"):
        Statistics().add("hits")


def test_threads_that_count_at_once_lose_nothing() -> None:
    """O3."""
    statistics = Statistics()

    def count(_: int) -> None:
        for _ in range(1000):
            statistics.add("misses")

    at_once(8, count)
    assert statistics.snapshot()["misses"] == 8000


def test_fetching_ahead_is_no_request(tmp_path: Path) -> None:
    """cache-17: hit rates tell what people meet, so what is fetched ahead is counted apart."""
    cache = house(tmp_path, [ScriptedProvider(utc("2025-03-07 22:00"))]).cache
    cache.get(QUERY, warming=True)
    counts = cache.statistics.snapshot()
    assert (counts["warm_requests"], counts["requests"], counts["misses"]) == (1, 0, 0)
    cache.get(QUERY)
    counts = cache.statistics.snapshot()
    assert (counts["requests"], counts["request_memory_hits"]) == (1, 1)
    assert sum(counts[name] for name in OUTCOMES) == 1


def test_how_long_a_request_took_is_told_in_seconds() -> None:
    moments = iter((10.0, 10.25))
    statistics, told = Statistics(timer=lambda: next(moments)), []

    class Listener:
        def observe(self, name: str, amount: int) -> None:
            """Only times count here."""

        def timed(self, outcome: str, took_s: float) -> None:
            told.append((outcome, took_s))

    statistics.tell(Listener())
    with pytest.raises(RuntimeError), statistics.request():
        raise RuntimeError
    assert told == [("request_errors", 0.25)]
