"""What is held is thrown away everywhere at once, and nothing of it comes back (cache-12)."""

from __future__ import annotations

import gc
import threading
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters.errors import UnavailableError
from adapters.prices import PriceRequest
from cache.breaker import Breaker
from cache.errors import PricesUnavailableError
from cache.guarded import GuardedCalls
from cache.invalidations import ALL, Invalidations
from cache.query import Adjust, Answer, CandleQuery, Tier
from cache.seams import AllCounts
from cache.statistics import Statistics
from market.resolution import Resolution
from store import TableError
from tests.kit.failing_table import FailingTable
from tests.kit.house import Clock, TestHouse, house
from tests.kit.providers import ScriptedProvider, utc

PRESENT = utc("2025-03-07 22:00")
DAY = CandleQuery("AAPL", Resolution.DAY, date(2025, 3, 3), date(2025, 3, 7), Adjust.SPLIT)
MINUTES = replace(DAY, resolution=Resolution.M5)
MICROSOFT = replace(DAY, ticker="MSFT")
OLD, NEW = 100.0, 200.0
GUARD_S = 20.0


@pytest.fixture
def provider() -> ScriptedProvider:
    return ScriptedProvider(PRESENT)


@pytest.fixture
def place(tmp_path: Path, provider: ScriptedProvider) -> TestHouse:
    return house(tmp_path, [provider])


def prices(answer: Answer) -> set[float]:
    return set(answer.candles.close.tolist())


def in_table(place: TestHouse, ticker: str) -> int:
    return len(place.table.query(f"{ticker}#scripted"))


class Held:
    """Holds the first call of a provider until it is let go; the call has asked at the old price by then."""

    def __init__(self, provider: ScriptedProvider) -> None:
        self.arrived, self.gone_on = threading.Event(), threading.Event()
        self._provider, self._first = provider, True
        provider.before = self

    def __call__(self, request: PriceRequest) -> None:
        if not self._first:
            self._provider.close = NEW
            return
        self._first = False
        self.arrived.set()
        assert self.gone_on.wait(GUARD_S)


class Reader(threading.Thread):
    """Asks once, in a thread of its own."""

    def __init__(self, place: TestHouse, query: CandleQuery = DAY) -> None:
        super().__init__()
        self._place, self._query = place, query
        self._answer: Answer | None = None
        self.start()

    def run(self) -> None:
        self._answer = self._place.cache.get(self._query)

    def answer(self) -> Answer:
        self.join(GUARD_S)
        assert self._answer is not None
        return self._answer


def test_every_layer_of_one_ticker_is_cleared(place: TestHouse, provider: ScriptedProvider) -> None:
    """F1, D32: memory, corporate actions, the table; another ticker keeps what it has."""
    for query in (DAY, MINUTES, MICROSOFT):
        place.cache.get(query)
    held = in_table(place, "AAPL")
    assert held > 2
    place.clock.now_s += 10
    assert place.cache.invalidate("AAPL") == held
    assert (in_table(place, "AAPL"), in_table(place, "MSFT")) == (0, 2)
    state = place.cache.state()
    assert (state.memory.entries, state.actions.entries) == (1, 1)
    provider.close = NEW
    for query in (DAY, MINUTES):
        answer = place.cache.get(query)
        assert (answer.tier, prices(answer)) == (Tier.PROVIDER, {NEW})
    assert place.cache.get(MICROSOFT).tier is Tier.MEMORY
    assert place.cache.statistics.snapshot()["invalidations"] == 1


def test_all_is_cleared_for_all_tickers_and_sources(tmp_path: Path) -> None:
    """D33, F1."""
    sources = [ScriptedProvider(PRESENT, name=name) for name in ("one", "two")]
    place = house(tmp_path, sources)
    queries = [replace(query, source=name) for query in (DAY, MICROSOFT) for name in ("one", "two")]
    for query in queries:
        place.cache.get(query)
    place.clock.now_s += 10
    assert place.cache.invalidate_all() == 8
    assert place.cache.state().memory.entries == place.cache.state().actions.entries == 0
    again = house(tmp_path, sources, clock=place.clock)
    assert {again.cache.get(query).tier for query in queries} == {Tier.PROVIDER}


def test_what_was_thrown_away_is_not_shown_as_stale_either(
    place: TestHouse, provider: ScriptedProvider
) -> None:
    """D32: whoever throws prices away because they are wrong does not want them when the source is down."""
    place.cache.get(MINUTES)
    place.clock.now_s += 10
    place.cache.invalidate("AAPL")
    provider.error = UnavailableError("Down.", provider="scripted")
    with pytest.raises(PricesUnavailableError):
        place.cache.get(MINUTES)


def test_the_age_begins_anew(place: TestHouse) -> None:
    """D35: what is shown afterwards is as old as it is."""
    first = place.cache.get(DAY)
    place.clock.now_s += 120
    place.cache.invalidate("AAPL")
    place.clock.now_s += 5
    again = place.cache.get(DAY)
    assert first.fetched_at is not None
    assert again.fetched_at == first.fetched_at + 125 == place.clock.now_s
    place.clock.now_s += 7
    held = place.cache.get(DAY)
    assert (held.tier, held.fetched_at) == (Tier.MEMORY, place.clock.now_s - 7)


@pytest.mark.parametrize("everything", [False, True])
def test_a_fetch_under_way_leaves_nothing_old_behind(
    place: TestHouse, provider: ScriptedProvider, *, everything: bool
) -> None:
    """D34, F7: it answers whoever asked before, and the next question is asked of the provider again."""
    held = Held(provider)
    reader = Reader(place)
    assert held.arrived.wait(GUARD_S)
    place.clock.now_s += 1
    place.cache.invalidate_all() if everything else place.cache.invalidate("AAPL")
    held.gone_on.set()
    assert prices(reader.answer()) == {OLD}
    assert in_table(place, "AAPL") == place.cache.state().memory.entries == 0
    place.clock.now_s += 1
    assert prices(place.cache.get(DAY)) == {NEW}


def test_without_the_mark_a_fetch_under_way_brings_the_old_back(
    place: TestHouse, provider: ScriptedProvider
) -> None:
    """F7's negative twin: clearing the layers alone is not enough."""
    place.cache._fetcher._since = place.cache._answering._since = AllCounts()
    held = Held(provider)
    reader = Reader(place)
    assert held.arrived.wait(GUARD_S)
    place.clock.now_s += 1
    place.cache.invalidate("AAPL")
    held.gone_on.set()
    reader.answer()
    place.clock.now_s += 1
    assert prices(place.cache.get(DAY)) == {OLD}


def test_who_asks_afterwards_does_not_share_a_flight_that_began_before(
    place: TestHouse, provider: ScriptedProvider
) -> None:
    """D34: single flight would give the old prices to a new question."""
    held = Held(provider)
    before = Reader(place)
    assert held.arrived.wait(GUARD_S)
    place.clock.now_s += 1
    place.cache.invalidate("AAPL")
    place.clock.now_s += 1
    after = Reader(place)
    held.gone_on.set()
    assert prices(before.answer()) == {OLD}
    assert prices(after.answer()) == {NEW}


def test_a_table_read_under_way_warms_memory_with_nothing_old(
    tmp_path: Path, provider: ScriptedProvider
) -> None:
    """F7: the item was read just before it was removed."""
    house(tmp_path, [provider]).cache.get(DAY)
    tables: list[FailingTable] = []

    def through(table: Any) -> Any:
        tables.append(FailingTable(table))
        return tables[0]

    place = house(tmp_path, [provider], through=through, clock=Clock(PRESENT.timestamp() + 10))

    def clear(method: str, arguments: tuple[Any, ...]) -> None:
        if method == "query":
            tables[0].after = lambda method, arguments: None
            place.cache.invalidate("AAPL")

    tables[0].after = clear
    assert place.cache.get(DAY).tier is Tier.SQLITE
    provider.close = NEW
    place.clock.now_s += 1
    assert prices(place.cache.get(DAY)) == {NEW}


@pytest.fixture
def other(tmp_path: Path, place: TestHouse, provider: ScriptedProvider) -> TestHouse:
    """Return another process on the same table that has been running for a while."""
    second = house(tmp_path, [provider], clock=Clock(place.clock.now_s))
    second.cache._invalidations.look()
    return second


@pytest.mark.parametrize("skew_s", [-600.0, 0.0, 600.0])
def test_another_process_hears_of_it(
    place: TestHouse, other: TestHouse, provider: ScriptedProvider, skew_s: float
) -> None:
    """cache-12, reliability 16: whatever its clock says, the old goes and the new stays."""
    other.clock.now_s += skew_s
    for query in (DAY, MICROSOFT):
        other.cache.get(query)
    place.clock.now_s += 60
    other.clock.now_s += 60
    place.cache.invalidate("AAPL")
    provider.close = NEW
    assert prices(other.cache.get(DAY)) == {OLD}, "it has not looked yet"
    other.cache._invalidations.look()
    other.clock.now_s += 1
    assert prices(other.cache.get(DAY)) == {NEW}
    other.cache._invalidations.look()
    other.clock.now_s += 1
    assert other.cache.get(DAY).tier is Tier.MEMORY, "one mark counts once"
    assert prices(other.cache.get(MICROSOFT)) == {OLD}
    place.clock.now_s += 60
    other.clock.now_s += 60
    place.cache.invalidate_all()
    other.cache._invalidations.look()
    assert other.cache.state().memory.entries == 0


def test_a_new_process_refuses_what_an_unknowing_one_has_written_late(
    tmp_path: Path, place: TestHouse, other: TestHouse, provider: ScriptedProvider
) -> None:
    """cache-12: the mark outlives the clearing, for 90 days."""
    place.clock.now_s += 60
    place.cache.invalidate("AAPL")
    other.cache.get(DAY)  # fetched before the mark, by its clock, and written after it
    later = house(tmp_path, [provider], clock=Clock(place.clock.now_s + 3600))
    later.cache._invalidations.look()
    assert in_table(later, "AAPL") == 2
    assert later.cache.get(DAY).tier is Tier.PROVIDER
    assert later.cache.get(DAY).tier is Tier.MEMORY


def test_a_mark_from_the_future_counts_from_now(
    tmp_path: Path, place: TestHouse, provider: ScriptedProvider
) -> None:
    """Reliability 16: a clock ten minutes ahead does not cost ten minutes of provider calls."""
    place.clock.now_s += 600
    place.cache.invalidate("AAPL")
    behind = house(tmp_path, [provider], clock=Clock(place.clock.now_s - 600))
    behind.cache._invalidations.look()
    behind.clock.now_s += 1
    assert [behind.cache.get(DAY).tier for _ in range(2)] == [Tier.PROVIDER, Tier.MEMORY]


def test_a_clock_that_jumps_back_afterwards_costs_one_fetch(
    place: TestHouse, provider: ScriptedProvider
) -> None:
    """C7, cache-12: nothing is refused for an hour because it seems older than the mark."""
    place.cache.invalidate("AAPL")
    place.clock.now_s -= 3600
    place.cache.get(DAY)
    place.clock.now_s += 1
    assert place.cache.get(DAY).tier is Tier.MEMORY
    assert len(provider.requests) == 1


def test_a_table_that_cannot_be_cleared_is_told_and_this_process_refuses_what_it_held(
    tmp_path: Path, provider: ScriptedProvider
) -> None:
    """cache-12: bad input of the world: nobody believes that all is gone when it is not."""
    tables: list[FailingTable] = []

    def through(table: Any) -> Any:
        tables.append(FailingTable(table))
        return tables[0]

    place = house(tmp_path, [provider], through=through)
    place.cache.get(DAY)
    place.clock.now_s += 10
    tables[0].down()
    with pytest.raises(TableError):
        place.cache.invalidate("AAPL")
    place.cache._invalidations.look()
    tables[0].up()
    provider.close = NEW
    place.clock.now_s += 1
    assert prices(place.cache.get(DAY)) == {NEW}


@pytest.fixture
def marks(place: TestHouse) -> tuple[list[Invalidations], threading.Event]:
    heard = threading.Event()
    statistics = Statistics()
    calls = GuardedCalls(Breaker(), statistics)
    return [Invalidations(place.table, calls, place.clock, lambda _: heard.set(), statistics)], heard


def test_a_thread_looks_now_and_then_and_ends_with_the_cache(
    place: TestHouse, marks: tuple[list[Invalidations], threading.Event]
) -> None:
    """cache-12: off every request's path, one thread however often it is begun, and none left over."""
    before = set(threading.enumerate())
    owned, heard = marks
    for _ in range(3):
        owned[0].watch(0.01)
    (thread,) = (t for t in set(threading.enumerate()) - before if t.name == "invalidations")
    while owned[0]._seen is None:
        assert thread.is_alive()
    place.cache.invalidate("AAPL")
    assert heard.wait(GUARD_S)
    assert owned[0].since("AAPL") == place.clock.now_s
    assert owned[0].since("MSFT") == 0.0
    assert owned[0].since(ALL) == 0.0
    owned.clear()
    gc.collect()
    thread.join(GUARD_S)
    assert not thread.is_alive()


def test_f7_an_invalidation_just_before_the_question_takes_what_would_be_joined(
    place: TestHouse, provider: ScriptedProvider
) -> None:
    """F7: a running year is asked for from its last final day; the days before are as old as the mark."""
    provider.present = utc("2025-03-07 15:00")
    place.clock.now_s = provider.present.timestamp()
    place.cache.get(DAY)
    provider.present, provider.close = utc("2025-03-07 18:00"), NEW
    place.clock.now_s = provider.present.timestamp()
    asked: list[PriceRequest] = []

    def invalidate(request: PriceRequest) -> None:
        if not asked:
            asked.append(request)
            place.clock.now_s += 1
            place.cache.invalidate("AAPL")
            place.clock.now_s += 1

    provider.before = invalidate
    assert prices(place.cache.get(DAY)) == {NEW}
    assert asked[0].start > date(2025, 1, 1), "only the tail was asked for first"
    place.clock.now_s += 1
    assert prices(place.cache.get(DAY)) == {NEW}


def test_memory_is_emptied_by_a_mark_that_the_first_look_finds(
    tmp_path: Path, place: TestHouse, provider: ScriptedProvider
) -> None:
    """cache-12: the clock of who left the mark may be behind that of what is held here."""
    place.cache.get(DAY)
    provider.close = NEW
    behind = house(tmp_path, [provider], clock=Clock(place.clock.now_s - 600))
    behind.cache.invalidate("AAPL")
    place.cache._invalidations.look()
    place.clock.now_s += 1
    assert prices(place.cache.get(DAY)) == {NEW}


def test_f7_an_invalidation_between_the_last_look_and_the_call_takes_what_was_seen(
    tmp_path: Path, provider: ScriptedProvider
) -> None:
    """F7: whoever fetches has just seen, consistently, what it would join the new days to."""
    tables: list[FailingTable] = []

    def through(table: Any) -> Any:
        tables.append(FailingTable(table))
        return tables[0]

    provider.present = utc("2025-03-07 15:00")
    place = house(tmp_path, [provider], through=through)
    place.cache.get(DAY)
    provider.present, provider.close = utc("2025-03-07 18:00"), NEW
    place.clock.now_s = provider.present.timestamp()
    looked: list[str] = []

    def invalidate(method: str, arguments: tuple[Any, ...]) -> None:
        if method == "query" and tables[0].consistent[-1] and not looked:
            looked.append(method)
            place.clock.now_s += 1
            place.cache.invalidate("AAPL")
            place.clock.now_s += 1

    tables[0].after = invalidate
    provider.requests.clear()
    assert prices(place.cache.get(DAY)) == {NEW}
    assert looked, "the hook never ran"
    assert len(provider.requests) == 2, "the tail, and then the year"
    place.clock.now_s += 1
    assert prices(place.cache.get(DAY)) == {NEW}


def test_each_process_counts_an_invalidation_once(
    tmp_path: Path, place: TestHouse, other: TestHouse, provider: ScriptedProvider
) -> None:
    """F6: the one that did it and those that hear of it; a process that begins later counts none."""
    place.cache.invalidate("AAPL")
    for _ in range(2):
        place.cache._invalidations.look()
        other.cache._invalidations.look()
    late = house(tmp_path, [provider], clock=place.clock)
    late.cache._invalidations.look()
    counts = [at.cache.statistics.snapshot().get("invalidations", 0) for at in (place, other, late)]
    assert counts == [1, 1, 0]


def test_forgetting_a_ticker_empties_memory_and_nothing_else(
    place: TestHouse, provider: ScriptedProvider
) -> None:
    for query in (DAY, MICROSOFT):
        place.cache.get(query)
    provider.close = NEW
    place.cache.forget("AAPL")
    assert (place.cache.get(DAY).tier, place.cache.get(MICROSOFT).tier) == (Tier.SQLITE, Tier.MEMORY)
