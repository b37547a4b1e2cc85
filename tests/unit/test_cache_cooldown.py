"""A live source that has just failed is left alone for a while (cache-11, reliability 5 and 6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

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
from adapters.prices import Kind
from cache import cooldown
from cache.cooldown import Cooldown
from cache.errors import PricesUnavailableError, ProviderBusyError
from cache.query import Adjust, CandleQuery, Tier
from market.resolution import Resolution
from tests.kit.cooling import AFTER_CLOSE, DAY, MICROSOFT, failure, place_of
from tests.kit.house import Clock, house
from tests.kit.providers import ScriptedProvider, spoiled

DOWN = UnavailableError("It did not answer.", provider="scripted")
BUSY = RateLimitedError("Its budget is used up.", provider="scripted", retry_after_s=600.0)
LATER_S = 100 * 24 * 3600


def test_a_source_that_is_down_is_asked_once_in_thirty_seconds(tmp_path: Path, timer: Clock) -> None:
    """Reliability 5: for the ticker it failed for; the error says what is left of the time."""
    provider = ScriptedProvider(AFTER_CLOSE, error=DOWN)
    place = place_of(tmp_path, timer, provider)
    assert failure(place).retry_after_s == 30.0
    timer.now_s += 12
    again = failure(place)
    assert (str(again), again.retry_after_s, len(provider.requests)) == ("It did not answer.", 18.0, 1)
    assert isinstance(again, PricesUnavailableError)
    assert place.cache.statistics.snapshot()["cooled_down"] == 1
    failure(place, MICROSOFT)
    assert len(provider.requests) == 2, "another ticker is asked for"
    timer.now_s += 18
    provider.error = None
    assert place.cache.get(DAY).tier is Tier.PROVIDER
    assert [c.ticker for c in place.cache.state().cooling] == ["MSFT"]


def test_without_a_cooldown_every_question_is_asked(tmp_path: Path, timer: Clock) -> None:
    """Reliability 5's negative twin."""
    provider = ScriptedProvider(AFTER_CLOSE, error=DOWN)
    place = house(tmp_path, [provider], monotonic=timer, cooldown_s=0.0)
    for _ in range(3):
        failure(place)
    assert len(provider.requests) == 3


def test_a_success_ends_it(tmp_path: Path, timer: Clock) -> None:
    """cache-11: a call that was under way when the other failed has shown that the source answers."""
    provider = ScriptedProvider(AFTER_CLOSE)
    place = place_of(tmp_path, timer, provider)
    place.cache._fetcher.cooldown.failed(provider, "AAPL", DOWN, "daily")
    place.cache._fetcher.cooldown.succeeded("scripted", "AAPL")
    assert place.cache.get(DAY).tier is Tier.PROVIDER


@pytest.mark.parametrize("error", [DOWN, BUSY, BadPayloadError("Nonsense.", provider="scripted")])
def test_stale_prices_are_shown_meanwhile_without_asking(
    tmp_path: Path, timer: Clock, error: ProviderError
) -> None:
    """cache-11, reliability 4: at once, and marked as what they are."""
    provider = ScriptedProvider(AFTER_CLOSE)
    place = place_of(tmp_path, timer, provider)
    place.cache.get(DAY)
    place.clock.now_s += LATER_S
    provider.error = error
    asked = len(provider.requests)
    answers = [place.cache.get(DAY) for _ in range(5)]
    assert len(provider.requests) - asked == 1
    assert {answer.shown_tier for answer in answers} == {"stale"}


def test_a_busy_source_is_left_alone_as_long_as_it_says_and_the_next_one_answers(
    tmp_path: Path, timer: Clock
) -> None:
    """Reliability 6: for every ticker; no call within the window, whatever else succeeds meanwhile."""
    busy = ScriptedProvider(AFTER_CLOSE, name="busy", error=BUSY)
    other = ScriptedProvider(AFTER_CLOSE, name="other")
    place = place_of(tmp_path, timer, busy, other)
    assert [place.cache.get(query).source for query in (DAY, MICROSOFT)] == ["other", "other"]
    assert (len(busy.requests), len(other.requests)) == (1, 2)
    place.cache._fetcher.cooldown.succeeded("busy", "AAPL")
    place.cache._fetcher.cooldown.forget(None)
    timer.now_s += 599
    named = replace(DAY, source="busy")
    error = failure(place, named)
    assert (type(error), error.retry_after_s, len(busy.requests)) == (ProviderBusyError, 1.0, 1)
    timer.now_s += 1
    busy.error = None
    assert place.cache.get(named).source == "busy"


def test_a_busy_source_that_does_not_say_how_long_is_left_alone_for_the_usual_time(
    tmp_path: Path, timer: Clock
) -> None:
    """Reliability 6."""
    place = place_of(tmp_path, timer, ScriptedProvider(AFTER_CLOSE, error=RateLimitedError("Too often.")))
    assert failure(place).retry_after_s == 30.0


def test_a_shorter_failure_does_not_shorten_a_longer_one(timer: Clock) -> None:
    """Reliability 6: calls under way end with what they end with."""
    cool, provider = Cooldown(30.0, timer), ScriptedProvider(AFTER_CLOSE)
    cool.failed(provider, "AAPL", BUSY, "daily")
    cool.failed(provider, "AAPL", RateLimitedError("Wait.", retry_after_s=5.0), "daily")
    assert [c.left_s for c in cool.report()] == [600.0]


@pytest.mark.parametrize("kind", [Kind.LOCAL, Kind.DEMO])
def test_files_and_demo_prices_are_never_left_alone(tmp_path: Path, timer: Clock, kind: Kind) -> None:
    """Bad input: a file that has been mended is seen at once."""
    provider = ScriptedProvider(AFTER_CLOSE, kind=kind, mangle=lambda c: spoiled(c, 0, time=2e9))
    place = place_of(tmp_path, timer, provider)
    failure(place)
    provider.mangle = lambda candles: candles
    assert place.cache.get(DAY).tier is Tier.PROVIDER


@pytest.mark.parametrize("error", [UnknownTickerError("None here."), NotOfferedError("Not in this plan.")])
def test_what_does_not_pass_is_no_reason_to_leave_a_source_alone(
    tmp_path: Path, timer: Clock, error: ProviderError
) -> None:
    """cache-4: an unknown ticker is not kept."""
    provider = ScriptedProvider(AFTER_CLOSE, error=error)
    place = place_of(tmp_path, timer, provider)
    failure(place)
    failure(place)
    assert (len(provider.requests), place.cache.state().cooling) == (2, ())


@pytest.mark.parametrize(("deadline_s", "calls"), [(1.0, 2), (3.0, 1)])
def test_a_source_that_had_no_fair_time_is_not_blamed(
    tmp_path: Path, timer: Clock, deadline_s: float, calls: int
) -> None:
    """cache-11: a price beside the chart may cost a second; that it took longer does not cost the chart."""

    def before(request: object) -> None:
        timer.now_s += provider.requests[-1].deadline_s
        raise DOWN

    provider = ScriptedProvider(AFTER_CLOSE, before=before)
    place = place_of(tmp_path, timer, provider)
    for _ in range(2):
        with pytest.raises(PricesUnavailableError):
            place.cache.get(DAY, deadline_s=deadline_s)
    assert len(provider.requests) == calls


def test_a_second_gap_of_one_request_is_not_asked_after_the_first_has_failed(
    tmp_path: Path, timer: Clock
) -> None:
    """Reliability 5: one call for the key, however many gaps there are."""
    provider = ScriptedProvider(AFTER_CLOSE)
    place = place_of(tmp_path, timer, provider)
    years = CandleQuery("AAPL", Resolution.DAY, date(2022, 1, 3), date(2024, 12, 31), Adjust.RAW)
    place.cache.get(replace(years, start=date(2023, 1, 3), end=date(2023, 12, 29)))
    provider.error = DOWN
    provider.requests.clear()
    assert len(place.cache.get(years).missing) == 2
    assert len(provider.requests) == 1


def test_a_plan_without_news_is_no_word_about_prices(timer: Clock) -> None:
    """user-2: a refused key is one for both, a plan's gap for what it is in."""
    cool, provider = Cooldown(30.0, timer), ScriptedProvider(AFTER_CLOSE)
    cool.failed(provider, "AAPL", NotInPlanError("No news.", provider="scripted"), "news")
    assert isinstance(cool.error("scripted", "MSFT", "news"), NotInPlanError)
    assert cool.error("scripted", "AAPL", "daily") is None
    assert cool.refused("scripted") is None
    cool.failed(provider, "AAPL", BadKeyError("Refused.", provider="scripted"), "news")
    assert isinstance(cool.error("scripted", "AAPL", "daily"), BadKeyError)


def test_what_is_remembered_is_bounded(timer: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flood of tickers that fail costs no memory; the oldest are forgotten."""
    monkeypatch.setattr(cooldown, "_MOST_REMEMBERED", 3)
    cool, provider = Cooldown(30.0, timer), ScriptedProvider(AFTER_CLOSE)
    for number in range(5):
        cool.failed(provider, f"T{number}", DOWN, "daily")
    assert [c.ticker for c in cool.report()] == ["T2", "T3", "T4"]
    assert cool.error("scripted", "T0", "daily") is None
    cool.forget("T3")
    timer.now_s += 29
    assert [(c.ticker, c.left_s, c.reason) for c in cool.report()] == [
        ("T2", 1.0, "It did not answer."),
        ("T4", 1.0, "It did not answer."),
    ]
    timer.now_s += 1
    assert cool.report() == ()
