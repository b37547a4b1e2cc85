"""Metrics tell the truth: sums add up, and an answer's headers say what was counted (O3, reliability 34)."""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from adapters.errors import UnavailableError
from cache.seams import OpenGuard
from cache.statistics import NAMES, OUTCOMES
from metrics.hub import Metrics
from tests.kit.failing_table import READS, FailingTable
from tests.kit.house import house
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.web import ohlc, web

REQUESTS = 10_000
PRESENT = utc("2025-03-07 16:02")
DAY_S = 86_400
SPANS = [("2025-02-03", "2025-03-07")] * 3 + [
    (f"{year}-02-03", f"{year}-03-20") for year in range(2010, 2025)
]
"""Some that are final, and one whose last price lives for a short time only."""


def outcome(answer: Any) -> str:
    """Return what an answer's own headers say of how the request ended."""
    if answer.status_code != 200:
        return "request_errors"
    source = answer.headers["X-Cache-Source"]
    held = {"in-memory": "request_memory_hits", "sqlite": "request_table_hits", "stale": "request_stale"}
    return held.get(source, "request_misses")


@pytest.mark.timeout(600)
@pytest.mark.slow
def test_10_000_random_requests_are_counted_as_their_headers_say(tmp_path: Path) -> None:
    """O3, reliability 34: 0 differences, with faults of table and provider and a clock that goes on."""
    dice = random.Random(34)
    provider = ScriptedProvider(PRESENT)
    tables: list[FailingTable] = []

    def through(table: Any) -> FailingTable:
        tables.append(FailingTable(table))
        return tables[-1]

    at = house(tmp_path, [provider], guard=OpenGuard(), through=through)
    statistics = at.cache.statistics
    metrics = Metrics(NAMES, OUTCOMES, counted=statistics.snapshot)
    statistics.tell(metrics)
    client = web(at)
    seen: Counter[str] = Counter()
    for number in range(REQUESTS):
        if number % 10 == 0:
            provider.error = UnavailableError("down", provider="scripted") if dice.random() < 0.4 else None
            reads_fail = dice.random() < 0.3
            tables[0].fails = lambda method, arguments, fail=reads_fail: fail and method in READS
            at.clock.now_s += dice.choice((0, 0, 1, 60, DAY_S))
            if dice.random() < 0.6:
                at.cache._tiers.memory.clear()
        ticker = dice.choice(("AAPL", "AAPL", "MSFT", "NOPE"))
        start, end = dice.choice(SPANS)
        answer = ohlc(client, ticker, start_date=start, end_date=end, resolution="D")
        if ticker == "NOPE":  # refused before the cache is asked for a price
            assert answer.status_code == 404
        else:
            seen[outcome(answer)] += 1
    counts = statistics.snapshot()
    assert {name: counts[name] for name in OUTCOMES} == {name: seen[name] for name in OUTCOMES}
    assert all(seen[name] > 50 for name in OUTCOMES), seen
    assert counts["requests"] == seen.total() == sum(counts[name] for name in OUTCOMES)
    assert metrics.totals() == counts
    assert latencies(metrics) == {name: seen[name] for name in OUTCOMES}


def latencies(metrics: Metrics) -> dict[str, int]:
    """Return how many requests the histogram holds, by outcome, as Prometheus reads it."""
    return {
        sample.labels["outcome"]: int(sample.value)
        for family in text_string_to_metric_families(metrics.render()[0].decode())
        for sample in family.samples
        if sample.name == "chandlery_request_seconds_count"
    }
