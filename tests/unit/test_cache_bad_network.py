"""A cache whose DynamoDB is refused, black-holed, slow or cut off: bounded, left alone, and still right."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from urllib.parse import urlsplit

import pytest
from structlog.testing import capture_logs

from adapters.prices import PriceRequest
from cache.breaker import FAILURES, State
from cache.query import Adjust, Answer, CandleQuery, Tier
from market.resolution import Resolution
from tests.kit.dynamo_house import DynamoHouse, dynamo_house
from tests.kit.dynamo_servers import free_port, server
from tests.kit.flaky_proxy import FlakyProxy
from tests.kit.providers import ScriptedProvider, utc

PRESENT = utc("2025-03-07 22:00")
WARM = (date(2025, 2, 3), date(2025, 2, 28))
COLD = (date(2024, 11, 4), date(2024, 11, 29))
COLDER = (date(2024, 9, 3), date(2024, 9, 30))
BOUND_S = 2.0
"""Of what is 350 ms at most where nobody disturbs (``make faults``); without timeouts it is 5 s."""
CUT_AFTER_S = 0.05
FAULTS = ("refused", "black hole", "slow 300 ms", "slow 5 s", "reset in the middle")
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with server("dynalite") as address:
        yield address


@pytest.fixture
def provider() -> ScriptedProvider:
    return ScriptedProvider(PRESENT)


@pytest.fixture
def at(url: str, provider: ScriptedProvider) -> Iterator[DynamoHouse]:
    """Return a house that holds one month in memory."""
    with dynamo_house(url, [provider]) as made:
        ask(made, WARM)
        assert made.count("table_errors") == 0
        made.way.calls.clear()
        yield made


@pytest.fixture
def proxy(url: str) -> Iterator[FlakyProxy]:
    port = urlsplit(url).port
    assert port is not None
    with FlakyProxy(port) as made:
        yield made


def ask(at: DynamoHouse, span: tuple[date, date]) -> Answer:
    return at.cache.get(CandleQuery("AAPL", Resolution.M5, *span, Adjust.RAW))


def break_network(fault: str, at: DynamoHouse, proxy: FlakyProxy, closing: ExitStack) -> None:
    """Put a fault between the client and the table."""
    at.reach_by(f"http://127.0.0.1:{free_port()}" if fault == "refused" else proxy.url)
    if fault == "black hole":
        proxy.become("stall")
    elif fault.startswith("slow"):
        proxy.become(latency_s=0.3 if "300" in fault else 5.0)
    elif fault == "reset in the middle":

        def cut() -> None:
            proxy.become("stall")
            timer = threading.Timer(CUT_AFTER_S, proxy.become, ["offline"])
            timer.start()
            closing.callback(timer.join)

        at.way.before = cut


@pytest.mark.parametrize("fault", FAULTS)
def test_e1_e7_the_table_costs_three_short_calls_and_then_none(
    at: DynamoHouse, proxy: FlakyProxy, provider: ScriptedProvider, fault: str
) -> None:
    """E1, E7, D10, reliability 9 and 10: over a real socket, with the product's own timeouts."""
    with ExitStack() as closing, capture_logs() as logs:
        break_network(fault, at, proxy, closing)
        cold = ask(at, COLD)
        assert [call.failed for call in at.way.calls] == [True] * FAILURES
        assert max(call.took_s for call in at.way.calls) <= BOUND_S
        began_s = time.perf_counter()
        warm, colder = ask(at, WARM), ask(at, COLDER)
        assert time.perf_counter() - began_s <= BOUND_S
    assert len(at.way.calls) == FAILURES
    truth = [provider._bars(PriceRequest("AAPL", Resolution.M5, *span)) for span in (COLD, WARM, COLDER)]
    assert [cold.candles, warm.candles, colder.candles] == truth
    assert (cold.tier, warm.tier, colder.tier) == (Tier.PROVIDER, Tier.MEMORY, Tier.PROVIDER)
    assert (cold.table_failed, cold.write_failed, warm.table_failed) == (True, True, False)
    breaker = at.cache.breaker
    assert breaker is not None
    assert breaker.report().state is State.OPEN
    events = [log["event"] for log in logs]
    failures = [event for event in events if event in ("ohlc_table_read_failed", "fetch_lock_failed")]
    assert (len(failures), failures[0], events.count("circuit_breaker_opened")) == (
        FAILURES,
        "ohlc_table_read_failed",
        1,
    )
    counts = at.cache.statistics.snapshot()
    assert (counts["table_errors"], counts["breaker_opened"]) == (FAILURES, 1)
    assert counts["table_skipped"] > 0


@pytest.mark.parametrize("fault", FAULTS)
def test_a_request_that_memory_answers_does_not_notice(
    at: DynamoHouse, proxy: FlakyProxy, fault: str
) -> None:
    """Reliability 10: with memory warm not one call is made, whatever the network is like."""
    with ExitStack() as closing:
        break_network(fault, at, proxy, closing)
        for _ in range(3):
            assert ask(at, WARM).tier is Tier.MEMORY
    assert at.way.calls == []


def test_without_the_products_timeouts_a_black_hole_holds_the_request(
    at: DynamoHouse, proxy: FlakyProxy
) -> None:
    """The negative twin: a client that waits as libraries do is not back within the bound."""
    patient = at.reach_by(proxy.url)
    patient.client = patient.patient_client
    at.way.table = patient.table(at.schema)
    proxy.become("stall")
    held = threading.Thread(target=lambda: ask(at, COLD))
    held.start()
    held.join(BOUND_S)
    assert held.is_alive()
    proxy.become("ok")
    held.join(30)
    assert not held.is_alive()


def test_e8_e13_when_the_network_is_back_the_table_is_used_again(
    at: DynamoHouse, proxy: FlakyProxy, url: str
) -> None:
    """E8, E13: a patient client stands for a machine that has time; what is written then is found."""
    at.reach_by(proxy.url)
    proxy.become("offline")
    ask(at, COLD)
    assert at.count("breaker_opened") == 1
    proxy.become("ok")
    at.way.table = at.store.table(at.schema)
    breaker = at.cache.breaker
    assert breaker is not None
    breaker._probe_at_s = 0.0  # a minute later
    with capture_logs() as logs:
        answer = ask(at, COLDER)
    assert (answer.tier, answer.table_failed, answer.write_failed) == (Tier.PROVIDER, False, False)
    assert breaker.report().state is State.CLOSED
    assert "circuit_breaker_closed" in [log["event"] for log in logs]
    written = at.store.table(at.schema).query("AAPL#scripted", prefix="5#2024-09")
    assert len(written) == len(answer.candles) // 78
