"""The chain: which source answers, which stands in, and what the person is told (api-7, cache-11, E5).

Every provider is the real client on the stand-in server; only the market is made up.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from adapters import http_client
from adapters.demo import DemoProvider
from adapters.errors import (
    BadKeyError,
    BadPayloadError,
    NotInPlanError,
    NotOfferedError,
    ProviderError,
    RateLimitedError,
    UnavailableError,
    UnknownTickerError,
)
from adapters.prices import Kind, PriceProvider
from adapters.tiingo import TiingoProvider
from adapters.yahoo import YahooProvider
from cache.errors import BadQueryError, CandleError, ProviderBusyError
from cache.query import Adjust, Answer, CandleQuery, Tier
from market.resolution import Resolution
from tests.kit import provider_server as stand_in
from tests.kit.house import Clock, TestHouse, house
from tests.kit.provider_server import ProviderServer
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.stand_in_market import Market

IN_SESSION_S = utc("2025-03-05 16:00").timestamp()
LIMIT = stand_in.status(429, '{"detail":"Error: You have run over your hourly request allocation."}')
DAYS = CandleQuery("AAPL", Resolution.DAY, date(2025, 2, 24), date(2025, 3, 5))
FIVE = replace(DAYS, resolution=Resolution.M5)


class Scene:
    """Tiingo, then Yahoo, on one server, in a session whose clock the test moves."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock(IN_SESSION_S)
        self.server = ProviderServer(now=self.clock)
        self.folder = folder

    def providers(self) -> list[PriceProvider]:
        return [
            TiingoProvider("key", self.server.url, clock=self.clock),
            YahooProvider(self.server.url, clock=self.clock),
        ]

    def house(self, providers: list[PriceProvider] | None = None) -> TestHouse:
        return house(self.folder, providers or self.providers(), clock=self.clock, deadline_s=30.0)

    def calls(self) -> list[str]:
        """Return who was called since the last look."""
        sources = [call.source for call in self.server.seen]
        self.server.seen.clear()
        return sources


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    with made.server:
        yield made
    http_client.reset()


def of_one_source(answer: Answer) -> bool:
    return {span.source for span in answer.spans} <= {answer.source}


def test_what_the_first_source_lacks_of_a_view_the_next_one_gives_whole(scene: Scene) -> None:
    """api-7: half of the view is held, the other half is refused; nothing is mixed."""
    place = scene.house()
    place.cache.get(replace(FIVE, end=date(2025, 2, 28)))
    scene.server.fail("/iex/", LIMIT)
    scene.calls()
    answer = place.cache.get(replace(FIVE, adjust=Adjust.SPLIT))
    assert (answer.source, answer.missing, of_one_source(answer)) == ("yahoo", (), True)
    assert scene.calls()[:2] == ["tiingo", "yahoo"]
    assert [note for note in answer.notes if note.endswith("; showing Yahoo.")] == [answer.notes[0]]


HEAD = stand_in.status(200, "date,open,high,low,close,volume,divCash,splitFactor\n")


def test_a_source_that_has_no_candle_leaves_the_view_to_the_next_one(scene: Scene) -> None:
    """api-7: a blank chart is no answer where another source has candles; where none has, it is one."""
    scene.server.fail("/tiingo/daily/", HEAD)
    place = scene.house()
    answer = place.cache.get(DAYS)
    assert (answer.source, len(answer.candles)) == ("yahoo", 8)
    assert answer.notes[0] == "Tiingo has no daily candles for these days; showing Yahoo."
    alone = place.cache.get(replace(DAYS, source="tiingo"))
    assert (alone.source, len(alone.candles)) == ("tiingo", 0)


@pytest.mark.parametrize("name", ["tiingo", "yahoo"])
def test_a_source_that_has_lost_its_days_is_not_believed(scene: Scene, name: str) -> None:
    """cache-4: what is held stays, with its splits, and is said to be old."""
    scene.server.market = Market({"AAPL": [(date(2025, 2, 27), 4.0)]})
    place = scene.house()
    query = replace(DAYS, source=name)
    before = place.cache.get(query)
    meta = {"symbol": "AAPL", "currency": "USD", "exchangeTimezoneName": "America/New_York"}
    blank = {"chart": {"result": [{"meta": meta, "indicators": {"quote": [{}]}}], "error": None}}
    scene.server.fail("/tiingo/daily/", HEAD)
    scene.server.fail("/v8/", stand_in.status(200, json.dumps(blank)))
    scene.clock.now_s += 3_600
    after = place.cache.get(query)
    assert after.stale_since == IN_SESSION_S
    assert after.candles.close[:-1].tolist() == before.candles.close[:-1].tolist()
    assert after.events == before.events != ()
    scene.server.mend()
    assert place.cache.get(query).shortfall == ""


def test_a_stale_copy_gives_way_to_a_fresh_one_of_the_next_source(scene: Scene) -> None:
    """cache-11: and where the next source has nothing either, the stale copy is shown and says why."""
    place = scene.house()
    assert place.cache.get(FIVE).source == "tiingo"
    scene.server.fail("/iex/", LIMIT)
    scene.clock.now_s += 120
    fresh = place.cache.get(FIVE)
    assert (fresh.source, fresh.stale_since) == ("yahoo", None)
    scene.server.fail("/v8/", stand_in.reset)
    scene.clock.now_s += 3_600
    stale = place.cache.get(FIVE)
    assert (stale.source, stale.missing, of_one_source(stale)) == ("tiingo", (), True)
    assert stale.stale_since == IN_SESSION_S
    assert stale.shortfall
    assert stale.shortfall in stale.notes
    assert not any("showing" in note for note in stale.notes)


def test_the_next_sources_memory_and_table_come_before_its_network(scene: Scene) -> None:
    """api-7: falling back costs no call where the next source's candles are held."""
    scene.house().cache.get(replace(FIVE, source="yahoo"))
    scene.server.fail("/iex/", LIMIT)
    other = scene.house()
    scene.calls()
    assert other.cache.get(FIVE).shown_tier == "sqlite"
    assert other.cache.get(FIVE).tier is Tier.MEMORY
    assert "yahoo" not in scene.calls()


def test_complete_and_stale_is_better_than_gaps(scene: Scene) -> None:
    place = scene.house()
    place.cache.get(replace(FIVE, start=date(2025, 3, 3)))  # a part, of Tiingo
    place.cache.get(replace(FIVE, source="yahoo"))  # the whole, of Yahoo
    scene.server.fail("/iex/", LIMIT)
    scene.server.fail("/v8/", stand_in.reset)
    scene.clock.now_s += 600
    answer = place.cache.get(replace(FIVE, start=date(2025, 1, 27)))
    assert answer.missing  # nobody has January
    whole = place.cache.get(FIVE)
    assert (whole.source, whole.missing, whole.stale_since) == ("yahoo", (), IN_SESSION_S)


def test_a_named_source_is_never_replaced(scene: Scene) -> None:
    """api-7: neither when it is stale, nor when it has nothing."""
    place = scene.house()
    named = replace(FIVE, source="tiingo")
    place.cache.get(named)
    scene.server.fail("/iex/", LIMIT)
    scene.clock.now_s += 600
    answer = place.cache.get(named)
    assert (answer.source, answer.stale_since) == ("tiingo", IN_SESSION_S)
    with pytest.raises(ProviderBusyError):
        place.cache.get(replace(named, ticker="MSFT"))
    assert "yahoo" not in scene.calls()


def test_demo_never_stands_in_for_a_live_source(scene: Scene) -> None:
    """api-7: although it has the ticker."""
    place = scene.house([*scene.providers(), DemoProvider()])
    scene.server.fail("/", stand_in.reset)
    with pytest.raises(CandleError):
        place.cache.get(replace(DAYS, start=date(2012, 1, 3), end=date(2012, 3, 1)))
    preferred = replace(DAYS, start=date(2012, 1, 3), end=date(2012, 3, 1), prefer="demo")
    with pytest.raises(CandleError):
        place.cache.get(preferred)


def test_panning_stays_with_the_source_that_is_shown(scene: Scene) -> None:
    """api-7: until the person asks for something new."""
    place = scene.house()
    scene.server.fail("/iex/", stand_in.reset, times=1)
    assert place.cache.get(FIVE).source == "yahoo"
    scene.calls()
    panned = place.cache.get(replace(FIVE, start=date(2025, 2, 10), end=date(2025, 2, 20), prefer="yahoo"))
    assert panned.source == "yahoo"
    assert not any("showing" in note for note in panned.notes)
    assert "tiingo" not in scene.calls()
    assert place.cache.get(FIVE).source == "tiingo"
    assert place.cache.get(replace(FIVE, prefer="nobody")).source == "tiingo"


def test_who_has_the_resolution_goes_before_who_would_show_it_coarser(scene: Scene) -> None:
    """api-4, api-7: where the person picked it; a level picked for the person stays with the first source."""
    tiingo, yahoo = scene.providers()
    place = scene.house([yahoo, tiingo])
    old = replace(FIVE, start=date(2024, 10, 7), end=date(2024, 10, 11))  # Yahoo's 5 minutes go back 58 days
    picked = place.cache.get(old)
    assert (picked.source, picked.resolution) == ("tiingo", Resolution.M5)
    assert picked.notes[0] == "Yahoo has no 5-minute candles for these days; showing Tiingo."
    levelled = place.cache.get(replace(old, exact=False))
    assert (levelled.source, levelled.resolution) == ("yahoo", Resolution.M60)
    assert place.cache.choice(old).shown is Resolution.M5
    assert place.cache.choice(replace(old, exact=False)).shown is Resolution.M60


def test_who_has_it_coarser_still_stands_in_for_who_is_gone(scene: Scene) -> None:
    tiingo, yahoo = scene.providers()
    place = scene.house([yahoo, tiingo])
    scene.server.fail("/iex/", stand_in.reset)
    answer = place.cache.get(replace(FIVE, start=date(2024, 10, 7), end=date(2024, 10, 11)))
    assert (answer.source, answer.resolution) == ("yahoo", Resolution.M60)


KINDS: dict[type[ProviderError], tuple[str, str]] = {
    UnknownTickerError: ("ticker_not_found", ""),
    NotOfferedError: ("bad_request", "First says so; showing Second."),
    NotInPlanError: ("not_in_plan", "First says so; showing Second."),
    BadKeyError: ("bad_key", "First says so; showing Second."),
    RateLimitedError: ("rate_limited", "First says so; showing Second."),
    UnavailableError: ("prices_unavailable", "First says so; showing Second."),
    BadPayloadError: ("prices_unavailable", "First says so; showing Second."),
}


def two(error: ProviderError | None, next_error: ProviderError | None = None) -> list[PriceProvider]:
    now = utc("2025-03-07 22:00")
    return [
        ScriptedProvider(now, "first", title="First", error=error),
        ScriptedProvider(now, "second", title="Second", error=next_error, close=50.0),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_error_leads_to_the_next_source_and_says_so(
    tmp_path: Path, kind: type[ProviderError]
) -> None:
    """cache-11: and only an unknown ticker needs no word, because the next source simply has more."""
    providers = two(kind("First says so. Do this.", provider="first"))
    answer = house(tmp_path, providers).cache.get(DAYS)
    assert (answer.source, answer.candles.close[-1]) == ("second", 50.0)
    assert [note for note in answer.notes if "First" in note] == ([KINDS[kind][1]] if KINDS[kind][1] else [])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_error_is_told_where_no_source_is_left(
    tmp_path: Path, kind: type[ProviderError]
) -> None:
    error = kind("First says so. Do this.", provider="first", retry_after_s=90.0)
    with pytest.raises(CandleError) as caught:
        house(tmp_path, two(error)[:1]).cache.get(DAYS)
    assert caught.value.code == KINDS[kind][0]
    assert "First says so. Do this." in str(caught.value)


def test_what_passes_decides_over_what_stays(tmp_path: Path) -> None:
    """A used-up hour beside a plan without prices is worth waiting for: 429 with the time, not 503."""
    busy = RateLimitedError("The hour is used up.", provider="first", retry_after_s=1_200.0)
    plan = NotInPlanError("Not in the plan.", provider="second")
    with pytest.raises(ProviderBusyError, match="The hour is used up") as caught:
        house(tmp_path, two(busy, plan)).cache.get(DAYS)
    assert caught.value.retry_after_s == 1_200.0


def test_of_two_that_are_busy_the_first_to_be_free_says_when(tmp_path: Path) -> None:
    hour = RateLimitedError("The hour is used up.", provider="first", retry_after_s=1_200.0)
    minute = RateLimitedError("The minute is used up.", provider="second", retry_after_s=40.0)
    with pytest.raises(ProviderBusyError) as caught:
        house(tmp_path, two(hour, minute)).cache.get(DAYS)
    assert caught.value.retry_after_s == 40.0


def test_a_fault_of_a_source_is_no_fault_of_the_answer(tmp_path: Path) -> None:
    """E9."""
    first, second = two(None)
    assert isinstance(first, ScriptedProvider)

    def explode(request: object) -> None:
        raise ZeroDivisionError

    first.before = explode
    answer = house(tmp_path, [first, second]).cache.get(DAYS)
    assert answer.source == "second"


def test_the_second_of_three_gets_a_part_of_the_time_too(tmp_path: Path) -> None:
    """E5: all but the last leave some of the deadline to the next."""
    now = utc("2025-03-07 22:00")
    down = UnavailableError("down", provider="x")
    chain = [ScriptedProvider(now, name, error=down) for name in ("a", "b", "c")]
    with pytest.raises(CandleError):
        house(tmp_path, list(chain)).cache.get(DAYS, deadline_s=4.0)
    given = [provider.requests[0].deadline_s for provider in chain]
    assert given[0] == pytest.approx(2.0, abs=0.2)
    assert given[1] == pytest.approx(2.0, abs=0.2)
    assert given[2] == pytest.approx(4.0, abs=0.3)


def test_a_question_for_a_source_that_is_not_there_names_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(BadQueryError, match="first, second"):
        house(tmp_path, two(None)).cache.get(replace(DAYS, source="nobody"))


def test_a_view_whose_splits_cannot_be_checked_is_another_sources_turn(tmp_path: Path) -> None:
    """cache-16: prices on an unknown scale are worse than another source's."""
    first, second = two(None)
    assert isinstance(first, ScriptedProvider)
    place = house(tmp_path, [first, second])
    place.cache.get(replace(FIVE, adjust=Adjust.RAW))
    first.error = UnavailableError("First says so.", provider="first")
    raw = place.cache.get(replace(FIVE, adjust=Adjust.RAW))
    assert raw.source == "first"
    shown = place.cache.get(FIVE)
    assert (shown.source, shown.shortfall) == ("second", "")
    assert first.kind is Kind.LIVE
