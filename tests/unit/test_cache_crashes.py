"""The table's client, an observer or a provider crashes: the request is answered, nothing sticks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import urllib3
from structlog.testing import capture_logs

from adapters.prices import PriceRequest
from cache.breaker import FAILURES, State
from cache.errors import PricesUnavailableError
from cache.query import Adjust, Answer, CandleQuery, Tier
from cache.statistics import OUTCOMES
from market.resolution import Resolution
from tests.kit import inside
from tests.kit.dynamo_house import DynamoHouse, dynamo_house
from tests.kit.dynamo_servers import server
from tests.kit.house import Clock, TestHouse, house
from tests.kit.providers import ScriptedProvider, utc

PRESENT = utc("2025-03-07 22:00")
SPANS = [(date(2024, month, 1), date(2024, month, 28)) for month in range(1, 9)]


def ask(at: DynamoHouse | TestHouse, span: tuple[date, date] = SPANS[0]) -> Answer:
    return at.cache.get(CandleQuery("AAPL", Resolution.M5, *span, Adjust.RAW))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with server("moto") as address:
        yield address


@pytest.fixture
def provider() -> ScriptedProvider:
    return ScriptedProvider(PRESENT)


@pytest.fixture
def at(url: str, provider: ScriptedProvider) -> Iterator[DynamoHouse]:
    with dynamo_house(url, [provider]) as made:
        yield made


def locks(at: DynamoHouse) -> list[str]:
    return [pk for pk, _ in list(at.store.table(at.schema).keys()) if pk.startswith("LOCK#")]


@pytest.mark.slow
@pytest.mark.parametrize("crash", [RuntimeError, MemoryError, RecursionError, UnicodeDecodeError])
def test_e9_a_crash_below_the_client_is_a_failed_call(
    at: DynamoHouse, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, crash: type[Exception]
) -> None:
    """E9: what the HTTP library throws, whatever it is, costs the table and not the request."""
    error = crash("utf-8", b"", 0, 1, "") if crash is UnicodeDecodeError else crash("made to crash")  # type: ignore[call-arg]
    ask(at, SPANS[-1])  # the client is made

    def crashing(*arguments: Any, **named: Any) -> Any:
        raise error

    with monkeypatch.context() as patched, capture_logs() as logs:
        patched.setattr(urllib3.connectionpool.HTTPConnectionPool, "urlopen", crashing)
        answers = [ask(at, span) for span in SPANS[:3]]
    truth = [provider._bars(PriceRequest("AAPL", Resolution.M5, *span)) for span in SPANS[:3]]
    assert [answer.candles for answer in answers] == truth
    assert answers[0].table_failed
    breaker = at.cache.breaker
    assert breaker is not None
    assert breaker.report().state is State.OPEN
    assert at.count("table_errors") == FAILURES
    events = [log["event"] for log in logs]
    assert (events.count("circuit_breaker_opened"), "ohlc_table_read_failed" in events) == (1, True)
    breaker._probe_at_s = 0.0  # a minute later
    assert not ask(at, SPANS[3]).write_failed
    assert breaker.report().state is State.CLOSED
    assert (locks(at), at.cache.state().flights) == ([], 0)


@pytest.mark.slow
def test_e9_a_crash_inside_the_client_leaves_nothing_stuck(at: DynamoHouse) -> None:
    """E9: the breaker hears of it, locks and flights are let go, and the next request is answered."""
    ask(at, SPANS[-1])
    events = at.store.client.get().meta.events
    crashes = [0]

    def crash(**named: Any) -> None:
        crashes[0] += 1
        if crashes[0] in (2, 3):  # the lock's call, and what follows it
            raise RuntimeError("made to crash")

    events.register("before-parameter-build.dynamodb", crash)
    ask(at)  # the client is made anew, without the hook
    assert crashes[0] == 2
    answer = ask(at, SPANS[1])
    assert (answer.tier, answer.table_failed, answer.write_failed) == (Tier.PROVIDER, False, False)
    breaker = at.cache.breaker
    assert breaker is not None
    assert breaker.report().state is State.CLOSED
    assert (locks(at), at.cache.state().flights, at.cache.state().locks) == ([], 0, ())


class Broken:
    """An observer of the counters whose backend is down."""

    def __init__(self) -> None:
        self.heard = 0

    def observe(self, name: str, amount: int) -> None:
        self.heard += 1
        raise OSError("no metrics backend")

    def timed(self, outcome: str, took_s: float) -> None:
        self.heard += 1
        raise OSError("no metrics backend")


def test_e6_metrics_that_are_down_change_nothing(tmp_path: Path, provider: ScriptedProvider) -> None:
    """E6: answers and counters are as they would be, and it is said once, not once for each count."""
    quiet, loud = house(tmp_path / "quiet", [provider]), house(tmp_path / "loud", [provider])
    broken = Broken()
    loud.cache.statistics.tell(broken)
    with capture_logs() as logs:
        for span in (SPANS[0], SPANS[0], SPANS[1]):
            assert ask(loud, span).candles == ask(quiet, span).candles
    assert broken.heard > 3
    assert loud.cache.statistics.snapshot() == quiet.cache.statistics.snapshot()
    assert [log["log_level"] for log in logs if log["event"] == "metrics_failed"] == ["warning"]


def test_e6_one_that_is_down_does_not_silence_the_next(tmp_path: Path, provider: ScriptedProvider) -> None:
    """E6: whoever listens after it still hears everything, in sums that agree with the counters."""

    class Sums:
        def __init__(self) -> None:
            self.counts: dict[str, int] = {}
            self.outcomes: list[str] = []

        def observe(self, name: str, amount: int) -> None:
            self.counts[name] = self.counts.get(name, 0) + amount

        def timed(self, outcome: str, took_s: float) -> None:
            assert took_s >= 0
            self.outcomes.append(outcome)

    at, sums = house(tmp_path, [provider]), Sums()
    at.cache.statistics.tell(Broken())
    at.cache.statistics.tell(sums)
    for _ in range(2):
        ask(at)
    assert sums.counts == {name: count for name, count in at.cache.statistics.snapshot().items() if count}
    assert sums.outcomes == ["request_misses", "request_memory_hits"]
    assert set(sums.outcomes) < set(OUTCOMES)


def crash(*arguments: Any) -> Any:
    raise ZeroDivisionError("made to crash")


def test_a_provider_that_crashes_leaves_no_flight_and_no_lock(tmp_path: Path) -> None:
    """E9: an adapter's own bug is an error in words and a stack in the log; the next question is answered."""
    provider = ScriptedProvider(PRESENT)
    at = house(tmp_path, [provider])
    provider.before = crash
    with capture_logs() as logs, pytest.raises(PricesUnavailableError) as caught:
        ask(at)
    assert "ZeroDivision" not in str(caught.value)
    assert [log["exc_info"] for log in logs if log["event"] == "ohlc_provider_crashed"] == [True]
    assert at.cache.statistics.snapshot()["provider_errors"] == 1
    assert (at.cache.state().flights, at.cache.state().locks) == (0, ())
    provider.before = lambda request: None
    assert len(ask(at).candles) == len(provider._bars(PriceRequest("AAPL", Resolution.M5, *SPANS[0])))
    inside.tiers(at.cache).memory.check()


@pytest.mark.parametrize(
    "method", ["candles", "now", "resolutions", "first_session", "changed_at", "remarks"]
)
def test_e9_whatever_crashes_in_an_adapter_the_next_source_answers(
    tmp_path: Path, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """E9: none of its methods ends a request."""
    broken = ScriptedProvider(PRESENT, name="broken")
    monkeypatch.setattr(broken, method, crash)
    at = house(tmp_path, [broken, provider], clock=Clock(PRESENT.timestamp()))
    answer = ask(at)
    assert (answer.source, answer.tier, answer.missing) == ("scripted", Tier.PROVIDER, ())
    assert at.cache.statistics.snapshot()["provider_errors"] == 1


def test_e9_what_is_held_stands_in_for_a_provider_that_crashes(tmp_path: Path) -> None:
    """E9, cache-11: a fault of an adapter is a failed call, and a stale copy is shown."""
    provider = ScriptedProvider(utc("2025-03-07 16:00"))
    at = house(tmp_path, [provider])
    day = date(2025, 3, 7)
    first = ask(at, (day, day))
    at.clock.now_s += 20
    provider.before = crash
    assert ask(at, (day, day)).stale_since == first.fetched_at


def test_e9_a_source_in_milliseconds_is_refused_in_words(tmp_path: Path, provider: ScriptedProvider) -> None:
    """E9, cache-4, reliability 8: tens of thousands of years ahead, which no calendar can write."""
    provider.mangle = lambda candles: replace(candles, time=candles.time * 1_000)
    at = house(tmp_path, [provider])
    with pytest.raises(PricesUnavailableError, match="lies in the future"):
        ask(at)
    assert at.cache.statistics.snapshot()["rejected_answers"] == 1
