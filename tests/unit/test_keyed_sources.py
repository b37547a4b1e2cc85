"""A key that is refused, and another one that may be there by now: for both sources with keys (E30, S1)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest

from adapters.errors import BadKeyError, NotInPlanError, RateLimitedError, UnavailableError
from adapters.finnhub import FinnhubProvider
from adapters.keyed import FixedKey, KeyedSource
from adapters.prices import PriceRequest
from adapters.tiingo import TiingoProvider
from cache.candle_cache import CandleCache
from cache.errors import CandleError
from cache.query import Adjust, CandleQuery
from market.resolution import Resolution
from secret_keys import SecretKeys
from tests.kit import provider_server as stand_in
from tests.kit.adapter_tests import GOOD_KEY, ask, providers_at
from tests.kit.house import Clock, house
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


def revoked_first(folder: Path, server: ProviderServer, *, told: bool) -> tuple[CandleCache, CandleQuery]:
    """Return a cache whose source's key was revoked, refused, and put into its secret a minute later."""
    minute, renewed = threading.Event(), threading.Event()
    held = {"tiingo_api_key": "old"}

    def changed(_: str) -> None:
        if told:
            place.cache.key_changed("tiingo")
        renewed.set()

    keys = SecretKeys(held, lambda: dict(held), changed, clock=lambda: 0.0, wait=lambda _: minute.wait(10))
    source = TiingoProvider(keys.key("tiingo_api_key"), server.url, clock=lambda: NOW_S)
    place = house(folder, [source], clock=Clock(NOW_S), cooldown_s=30)
    query = CandleQuery("AAPL", Resolution.M5, date(2025, 3, 5), date(2025, 3, 6), Adjust.RAW)
    with pytest.raises(CandleError):
        place.cache.get(query)
    held["tiingo_api_key"] = GOOD_KEY
    minute.set()
    assert renewed.wait(10)
    return place.cache, query


def test_a_new_key_ends_what_was_remembered_of_the_one_before(tmp_path: Path, server: ProviderServer) -> None:
    """Nobody asks in between, because a refused key is remembered for an hour."""
    cache, query = revoked_first(tmp_path, server, told=True)
    assert cache.source_states()[0].state == "ok"
    assert len(cache.get(query).candles) == 2 * 78
    assert [call.key for call in server.seen] == ["old", GOOD_KEY]


def test_twin_without_being_told_the_source_stays_refused(tmp_path: Path, server: ProviderServer) -> None:
    cache, query = revoked_first(tmp_path, server, told=False)
    assert cache.source_states()[0].state == "refused"
    with pytest.raises(CandleError):
        cache.get(query)
    assert [call.key for call in server.seen] == ["old"]
