"""Many readers of one cold thing: one provider call, and nobody waits for a stranger."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from adapters.errors import UnavailableError
from adapters.prices import PriceRequest
from cache.blocks import Unit
from cache.errors import CandleError, PricesUnavailableError
from cache.fetch import Fetched
from cache.query import Adjust, Answer, CandleQuery
from cache.seams import NoLock
from cache.single_flight import SingleFlight
from market.resolution import Resolution
from tests.kit.house import TestHouse, house
from tests.kit.providers import ScriptedProvider, utc

READERS = 40
HANG_GUARD_S = 30


def together(calls: Sequence[Callable[[], Answer]]) -> list[Answer | CandleError]:
    """Start all calls at one barrier; return what each gave or raised."""
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], Answer]) -> Answer | CandleError:
        barrier.wait(HANG_GUARD_S)
        try:
            return call()
        except CandleError as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls, timeout=HANG_GUARD_S))


def query(ticker: str = "AAPL", start: str = "2025-02-03", end: str = "2025-02-28") -> CandleQuery:
    return CandleQuery(ticker, Resolution.M5, date.fromisoformat(start), date.fromisoformat(end), Adjust.RAW)


def slow(provider: ScriptedProvider) -> None:
    """Make the provider answer only after every reader has had time to arrive."""
    provider.before = lambda request: threading.Event().wait(0.05)


class NoFlight(SingleFlight[Unit, Fetched]):
    """The negative twin: everybody fetches for themselves."""

    def run(  # type: ignore[override]
        self,
        keys: Sequence[Unit],
        fetch: Callable[[tuple[Unit, ...]], Mapping[Unit, Fetched]],
        timeout_s: float,
    ) -> dict[Unit, Fetched]:
        return dict(fetch(tuple(keys)))


@pytest.fixture
def place(tmp_path: Path) -> TestHouse:
    """Return a house in which single flight alone keeps readers apart."""
    return house(tmp_path, [ScriptedProvider(utc("2025-03-07 22:00"))], lock=NoLock())


def provider_of(place: TestHouse) -> ScriptedProvider:
    provider = place.cache._chain.providers[0]
    assert isinstance(provider, ScriptedProvider)
    return provider


def test_one_call_for_many_readers_of_a_cold_month(place: TestHouse) -> None:
    """D1, cache-9: all of them get the same candles."""
    provider = provider_of(place)
    slow(provider)
    answers = together([lambda: place.cache.get(query())] * READERS)
    assert len(provider.requests) == 1
    assert all(isinstance(a, Answer) and len(a.candles) == 19 * 78 for a in answers)


def test_without_single_flight_there_are_many_calls(place: TestHouse) -> None:
    """D1's negative twin: it proves that the test above can fail."""
    provider = provider_of(place)
    slow(provider)
    place.cache._fetcher.flights = NoFlight()
    together([lambda: place.cache.get(query())] * READERS)
    assert len(provider.requests) > 1


def test_overlapping_windows_share_the_units_they_have_in_common(place: TestHouse) -> None:
    """cache-9: pan windows overlap without being equal; no month is fetched twice."""
    provider = provider_of(place)
    slow(provider)
    windows = [("2025-01-06", "2025-02-14"), ("2025-02-03", "2025-03-07"), ("2025-01-20", "2025-03-03")]
    together([lambda w=w: place.cache.get(query("AAPL", *w)) for w in windows * 8])
    months = [(r.start.month, r.end.month) for r in provider.requests]
    fetched = [m for low, high in months for m in range(low, high + 1)]
    assert sorted(fetched) == [1, 2, 3]


def test_tickers_do_not_wait_for_each_other(place: TestHouse) -> None:
    """D11: while one ticker's call hangs, another is answered."""
    provider = provider_of(place)
    release, hanging = threading.Event(), threading.Event()

    def before(request: PriceRequest) -> None:
        if request.ticker == "AAPL":
            hanging.set()
            release.wait(HANG_GUARD_S)

    provider.before = before
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(place.cache.get, query("AAPL"))
        assert hanging.wait(HANG_GUARD_S)
        assert len(place.cache.get(query("MSFT")).candles) > 0
        assert not first.done()
        release.set()
        assert len(first.result(HANG_GUARD_S).candles) > 0


def test_a_failing_leader_gives_everybody_one_error_and_the_next_call_tries_again(place: TestHouse) -> None:
    """D, reliability 3: nobody hangs and the key is not poisoned."""
    provider = provider_of(place)
    slow(provider)
    provider.error = UnavailableError("down", provider="scripted")
    outcomes = together([lambda: place.cache.get(query())] * READERS)
    assert all(isinstance(o, PricesUnavailableError) for o in outcomes)
    assert place.cache._fetcher.flights.flying() == 0
    provider.error = None
    assert len(place.cache.get(query()).candles) == 19 * 78


def test_a_reader_whose_deadline_ends_while_it_waits_gets_an_error_in_time(tmp_path: Path) -> None:
    """cache-11: a hanging provider costs a waiter its deadline and no more."""
    provider = ScriptedProvider(utc("2025-03-07 22:00"))
    place = house(tmp_path, [provider])
    release, hanging = threading.Event(), threading.Event()

    def before(request: PriceRequest) -> None:
        hanging.set()
        release.wait(HANG_GUARD_S)

    provider.before = before
    with ThreadPoolExecutor(1) as pool:
        leader = pool.submit(place.cache.get, query())
        assert hanging.wait(HANG_GUARD_S)
        with pytest.raises(PricesUnavailableError, match="did not answer in time"):
            place.cache.get(query(), deadline_s=0.05)
        release.set()
        assert len(leader.result(HANG_GUARD_S).candles) == 19 * 78
