"""A key that is refused, and another one that may be there by now: for both sources with keys (E30, S1)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from adapters.errors import BadKeyError, NotInPlanError, RateLimitedError
from adapters.finnhub import FinnhubProvider
from adapters.keyed import FixedKey, KeyedSource
from adapters.tiingo import TiingoProvider
from tests.kit import provider_server as stand_in
from tests.kit.adapter_tests import GOOD_KEY, ask, providers_at
from tests.kit.provider_server import ProviderServer
from tests.kit.providers import utc

NOW_S = utc("2025-03-07 20:00").timestamp()
SPAN = ("5", "2025-03-05", "2025-03-06")
BOTH = pytest.mark.parametrize("make", [TiingoProvider, FinnhubProvider])


@dataclass
class ChangingKey:
    """A key, those that come after it, and what was heard."""

    values: list[str]
    heard: list[tuple[str | None, float]] = field(default_factory=list)

    def current(self) -> str | None:
        return self.values[0]

    def refused(self, key: str | None, wait_s: float) -> str | None:
        self.heard.append((key, wait_s))
        if len(self.values) < 2:
            return None
        self.values.pop(0)
        return self.values[0]


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with providers_at(NOW_S) as running:
        yield running


def source(make: type[KeyedSource], key: ChangingKey | str, server: ProviderServer) -> KeyedSource:
    return make(key, server.url, clock=lambda: NOW_S)


@BOTH
def test_the_call_is_tried_once_more_with_the_new_key(
    make: type[KeyedSource], server: ProviderServer
) -> None:
    key = ChangingKey(["old", GOOD_KEY])
    assert len(ask(source(make, key, server), *SPAN).candles) == 2 * 78
    assert [call.key for call in server.seen] == ["old", GOOD_KEY]
    ((refused, wait_s),) = key.heard
    assert refused == "old"
    assert 0 < wait_s <= 1


@BOTH
def test_once_more_and_no_oftener(make: type[KeyedSource], server: ProviderServer) -> None:
    """The second refusal is told, too, so that the secret is read on."""
    key = ChangingKey(["old", "older", GOOD_KEY])
    with pytest.raises(BadKeyError):
        ask(source(make, key, server), *SPAN)
    assert [call.key for call in server.seen] == ["old", "older"]
    assert [heard[0] for heard in key.heard] == ["old", "older"]
    assert key.heard[1][1] == 0


@BOTH
def test_a_key_of_the_environment_stays(make: type[KeyedSource], server: ProviderServer) -> None:
    with pytest.raises(BadKeyError):
        ask(source(make, "old", server), *SPAN)
    assert len(server.seen) == 1


@BOTH
def test_a_key_that_cannot_be_sent_may_be_another_by_now(
    make: type[KeyedSource], server: ProviderServer
) -> None:
    """A secret that was filled in by hand."""
    key = ChangingKey(["two words", GOOD_KEY])
    assert len(ask(source(make, key, server), *SPAN).candles)
    assert [call.key for call in server.seen] == [GOOD_KEY]


@BOTH
@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (stand_in.status(403, '{"error":"You don\'t have access to this resource."}'), NotInPlanError),
        (stand_in.status(429, "{}"), RateLimitedError),
    ],
)
def test_what_is_not_the_key_s_fault_asks_for_no_other(
    make: type[KeyedSource], server: ProviderServer, fault: stand_in.Fault, kind: type[Exception]
) -> None:
    key = ChangingKey(["old", GOOD_KEY])
    server.fail("", fault)
    with pytest.raises(kind):
        ask(source(make, key, server), *SPAN)
    assert key.heard == []


@BOTH
def test_both_calls_share_one_deadline(make: type[KeyedSource], server: ProviderServer) -> None:
    from adapters.errors import UnavailableError
    from adapters.prices import PriceRequest
    from market.resolution import Resolution

    key = ChangingKey(["old", GOOD_KEY])
    server.fail("", stand_in.slow(0.3), times=1)
    server.fail("", stand_in.slow(5))
    day = utc("2025-03-06 00:00").date()
    begun = time.monotonic()
    with pytest.raises(UnavailableError):
        source(make, key, server).candles(PriceRequest("AAPL", Resolution.M5, day, day, deadline_s=0.6))
    assert time.monotonic() - begun < 2
    assert len(server.seen) == 2


def test_a_fixed_key_shows_itself_nowhere() -> None:
    """S1."""
    assert "canary" not in repr(FixedKey("canary"))
