"""Alarms fire when they should and are silent when they should, through a real cache (M1-M5)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cache.composition import candle_cache
from cache.query import Adjust, CandleQuery
from cache.seams import OpenGuard, TableGuard
from cache.statistics import NAMES, OUTCOMES
from market.calendars import sessions_for
from market.resolution import Resolution
from metrics.alarms import ALARMS, Alarm, change, judged
from metrics.history import EVERY_S, KEPT_S, History, Sample
from metrics.hub import Metrics
from store import Table
from store.schema import TableNames, schemas
from tests.kit.dynamo_servers import server
from tests.kit.failing_table import FailingTable
from tests.kit.house import Clock, TestHouse, house
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.tables import Unprocessed, dynamo_store, unique

PRESENT = utc("2025-03-07 22:00")
BY_NAME = {alarm.name: alarm for alarm in ALARMS}
WEEK = (date(2025, 2, 3), date(2025, 2, 7))


def watched(cache_house: TestHouse) -> Metrics:
    """Return metrics that have taken a first sample of a cache."""
    cache = cache_house.cache
    metrics = Metrics(NAMES, OUTCOMES, counted=cache.statistics.snapshot, clock=cache_house.clock)
    cache.statistics.tell(metrics)
    metrics.tick()
    return metrics


def later(metrics: Metrics, clock: Clock, seconds: float = EVERY_S) -> list[str]:
    """Let time pass and return the names of the alarms that fire then."""
    clock.now_s += seconds
    metrics.tick()
    return [judged.alarm.name for judged in metrics.judged() if judged.state == "firing"]


def ask(at: TestHouse, day: date = WEEK[0], ticker: str = "AAPL") -> None:
    at.cache.get(CandleQuery(ticker, Resolution.M5, day, day, Adjust.RAW))


def miss(at: TestHouse) -> None:
    """Ask for what no tier holds any more."""
    at.cache.invalidate_all()
    at.clock.now_s += 1  # what was fetched in the very moment of the invalidation counts as older
    ask(at)


class Failing:
    """A house whose table fails as often as it is told."""

    def __init__(self, folder: Path, guard: TableGuard | None = None) -> None:
        tables: list[FailingTable] = []

        def through(table: Table) -> FailingTable:
            tables.append(FailingTable(table))
            return tables[-1]

        self.house = house(folder, [ScriptedProvider(PRESENT)], guard=guard, through=through)
        self.table = tables[0]
        self.metrics = watched(self.house)

    def fail(self, times: int) -> None:
        """Make exactly the next calls of the table fail, and ask until they have."""
        before = self.house.cache.statistics.snapshot()["table_errors"]
        failures = itertools.count(1)
        self.table.fails = lambda method, arguments: next(failures) <= times
        while self.house.cache.statistics.snapshot()["table_errors"] < before + times:
            self.house.cache._tiers.memory.clear()
            ask(self.house)
        self.table.up()


def test_m1_cache_error_fires_above_ten_in_a_minute(tmp_path: Path) -> None:
    """M1: a table that fails; ten times are silent, eleven are not, and a minute later it is quiet."""
    place = Failing(tmp_path, OpenGuard())
    clock = place.house.clock
    place.fail(10)
    assert later(place.metrics, clock) == []
    place.fail(1)
    assert later(place.metrics, clock) == ["CacheError"]
    assert later(place.metrics, clock, 61) == []


def test_m2_circuit_breaker_open_fires_with_the_first_opening(tmp_path: Path) -> None:
    """M2: two failures in a row are silent, three open the breaker, and one opening is told."""
    place = Failing(tmp_path)
    clock = place.house.clock
    place.fail(2)
    assert later(place.metrics, clock) == []
    place.fail(3)
    assert place.house.cache.statistics.snapshot()["breaker_opened"] == 1
    assert later(place.metrics, clock) == ["CircuitBreakerOpen"]
    assert later(place.metrics, clock, 61) == []


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with server("moto") as url:
        yield url


def dynamo_house(url: str, **patience: object) -> tuple[TestHouse, object]:
    clock = Clock(PRESENT.timestamp())
    provider = ScriptedProvider(PRESENT)
    store = dynamo_store(url, **patience)
    tables = schemas(TableNames(unique("ohlc"), unique("users"), unique("sentiments"), unique("record")))
    store.create([tables.ohlc])
    cache = candle_cache(
        [provider], store.table(tables.ohlc), store.kind, memory_bytes=1 << 26, clock=clock, deadline_s=60
    )
    return TestHouse(store, store.table(tables.ohlc), cache, clock), store  # type: ignore[arg-type]


def test_m3_pagination_truncation_fires_with_the_first_query_that_is_cut_short(moto: str) -> None:
    """M3: a range of more than one page where only one may be read; whole queries are silent."""
    at, _ = dynamo_house(moto)
    metrics = watched(at)
    ask(at)
    at.cache._tiers.memory.clear()
    ask(at)
    assert "CachePaginationTruncation" not in later(metrics, at.clock)
    table = at.cache._tiers.table._table
    events = table._client.get().meta.events  # type: ignore[attr-defined]
    # moto cuts pages at 1 MB; a limit of one item makes it cut sooner.
    events.register("provide-client-params.dynamodb.Query", lambda params, **_: {**params, "Limit": 1})
    table._patience = table._patience.__class__(max_pages=1)  # type: ignore[attr-defined]
    at.cache._tiers.memory.clear()
    ask(at)
    at.cache.get(CandleQuery("AAPL", Resolution.M5, *WEEK, Adjust.RAW))
    assert at.cache.statistics.snapshot()["truncated_queries"] >= 1
    assert "CachePaginationTruncation" in later(metrics, at.clock)
    assert "CachePaginationTruncation" not in later(metrics, at.clock, 61)


def test_m4_unprocessed_write_items_fires_above_a_hundred_in_five_minutes(moto: str) -> None:
    """M4: what DynamoDB leaves undone again and again is given up and counted; sixty are silent."""
    at, store = dynamo_house(moto)
    at.cache._tiers.table._late._sleep = lambda seconds: None
    metrics = watched(at)
    Unprocessed(store, itertools.repeat(0))  # type: ignore[arg-type]
    given_up = 0
    for start, end in (
        (date(2024, 1, 2), date(2024, 3, 28)),
        (date(2024, 4, 1), date(2024, 6, 28)),
    ):
        query = CandleQuery("AAPL", Resolution.M5, start, end, Adjust.RAW)
        at.cache.get(query)
        given_up += len(sessions_for("AAPL").between(start, end))
        assert at.cache._tiers.table._late.drain(30) == 0
        assert at.cache.statistics.snapshot()["unprocessed_items"] == given_up
        assert ("UnprocessedWriteItems" in later(metrics, at.clock)) == (given_up > 100)
    assert given_up > 100
    assert "UnprocessedWriteItems" in later(metrics, at.clock, 240)
    assert "UnprocessedWriteItems" not in later(metrics, at.clock, 301)


def test_m5_hit_rate_fires_below_half_of_what_is_asked_in_a_quarter_of_an_hour(tmp_path: Path) -> None:
    """M5, O3: exactly half is silent, one miss more is not; nobody asking is silent too."""
    at = house(tmp_path, [ScriptedProvider(PRESENT)])
    metrics = watched(at)
    assert later(metrics, at.clock, 900) == []
    for _ in range(4):
        miss(at)
        ask(at)
    counts = at.cache.statistics.snapshot()
    assert (counts["request_memory_hits"], counts["request_misses"], counts["requests"]) == (4, 4, 8)
    assert later(metrics, at.clock) == []
    miss(at)
    assert later(metrics, at.clock) == ["CacheHitRate"]
    assert later(metrics, at.clock, 901) == []


def history(alarm: Alarm, amounts: list[int], every_s: float = EVERY_S) -> list[Sample]:
    """Return samples in which the alarm's counters rise by these amounts, a step apart."""
    totals = dict.fromkeys((*alarm.counters, *alarm.of), 0)
    samples = [Sample(0.0, dict(totals))]
    for step, amount in enumerate(amounts, start=1):
        totals[alarm.counters[0]] += amount
        samples.append(Sample(step * every_s, dict(totals)))
    return samples


@pytest.mark.parametrize("alarm", [alarm for alarm in ALARMS if not alarm.of], ids=lambda alarm: alarm.name)
def test_a_sum_fires_above_its_threshold_within_one_period_and_not_across_two(alarm: Alarm) -> None:
    most = int(alarm.threshold)
    assert judged(alarm, []).state == "quiet"
    assert judged(alarm, history(alarm, [most])).state == "ok"
    assert judged(alarm, history(alarm, [most + 1])).state == "firing"
    steps = int(alarm.period_s / EVERY_S)
    assert judged(alarm, history(alarm, [most + 1] + [0] * (steps - 1))).state == "firing"
    assert judged(alarm, history(alarm, [most + 1] + [0] * steps)).state == "ok"


def test_a_share_is_not_judged_before_a_whole_period() -> None:
    """The first questions of a new process are always misses."""
    alarm = BY_NAME["CacheHitRate"]
    samples = [Sample(float(second), {"requests": second}) for second in range(0, 890, 10)]
    assert judged(alarm, samples).state == "quiet"
    samples += [Sample(float(second), {"requests": second}) for second in range(890, 920, 10)]
    assert judged(alarm, samples).state == "firing"


def test_counters_that_fell_began_anew() -> None:
    assert change({"a": 5, "b": 1}, {"a": 2, "b": 4, "c": 3}) == {"a": 2, "b": 3, "c": 3}


def test_the_table_is_the_one_that_was_agreed() -> None:
    """api-8: names, limits, spans and who is told."""
    assert [(a.name, a.threshold, a.period_s, a.topic.value) for a in ALARMS] == [
        ("CacheError", 10, 60, "warning"),
        ("CircuitBreakerOpen", 0, 60, "page"),
        ("CachePaginationTruncation", 0, 60, "page"),
        ("UnprocessedWriteItems", 100, 300, "warning"),
        ("CacheHitRate", 50, 900, "warning"),
    ]
    assert {name for alarm in ALARMS for name in (*alarm.counters, *alarm.of)} <= NAMES.keys()


def test_the_history_is_an_hour_and_goes_on_when_the_clock_is_set_back() -> None:
    kept = History()
    for second in itertools.count(0, int(EVERY_S)):
        if second > 2 * KEPT_S:
            break
        kept.put(Sample(float(second), {}))
    times = [sample.at_s for sample in kept.samples()]
    assert times == sorted(times)
    assert times[-1] - times[0] == KEPT_S
    kept.put(Sample(4000.0, {}))
    assert [sample.at_s for sample in kept.samples()][-2:] == [3990.0, 4000.0]
