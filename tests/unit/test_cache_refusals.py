"""What a source refuses for its key or plan is remembered, and not asked for over and over (cache-4, E30)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from adapters.errors import (
    BadKeyError,
    NotInPlanError,
    ProviderError,
    RateLimitedError,
    UnavailableError,
    UnknownTickerError,
)
from cache.errors import PricesUnavailableError, ProviderBusyError, RefusedError, no_candles
from market.resolution import Resolution
from tests.kit.cooling import AFTER_CLOSE, DAY, MICROSOFT, failure, place_of
from tests.kit.house import Clock, house
from tests.kit.providers import ScriptedProvider

FIVE = replace(DAY, resolution=Resolution.M5)
NOT_IN_PLAN = NotInPlanError("Your Scripted plan does not include this.", provider="scripted")
BAD_KEY = BadKeyError("Scripted refused the key. Check SCRIPTED_API_KEY.", provider="scripted")


def test_a_plan_without_daily_prices_is_asked_for_them_once_an_hour(tmp_path: Path, timer: Clock) -> None:
    """For any ticker; intraday prices may be part of it."""
    provider = ScriptedProvider(AFTER_CLOSE, error=NOT_IN_PLAN)
    place = place_of(tmp_path, timer, provider)
    for query in (DAY, MICROSOFT, DAY):
        failure(place, query)
    assert len(provider.requests) == 1
    failure(place, FIVE)
    assert len(provider.requests) == 2
    timer.now_s += 3_599
    failure(place)
    assert len(provider.requests) == 2
    timer.now_s += 1
    provider.error = None
    assert place.cache.get(DAY).source == "scripted"


def test_a_refused_key_is_used_once_an_hour_for_anything(tmp_path: Path, timer: Clock) -> None:
    provider = ScriptedProvider(AFTER_CLOSE, error=BAD_KEY)
    place = place_of(tmp_path, timer, provider)
    for query in (DAY, FIVE, MICROSOFT):
        failure(place, query)
    assert len(provider.requests) == 1


def test_without_a_memory_every_question_is_asked(tmp_path: Path, timer: Clock) -> None:
    """The negative twin."""
    provider = ScriptedProvider(AFTER_CLOSE, error=BAD_KEY)
    place = house(tmp_path, [provider], monotonic=timer, cooldown_s=0.0)
    for query in (DAY, DAY, DAY):
        failure(place, query)
    assert len(provider.requests) == 3


@pytest.mark.parametrize("error", [BAD_KEY, NOT_IN_PLAN, RateLimitedError("Wait.", retry_after_s=9_999.0)])
def test_another_key_is_tried_at_once(tmp_path: Path, timer: Clock, error: ProviderError) -> None:
    """E30."""
    provider = ScriptedProvider(AFTER_CLOSE, error=error)
    place = place_of(tmp_path, timer, provider)
    failure(place)
    provider.error = None
    failure(place)
    place.cache.key_changed("another source")
    failure(place)
    place.cache.key_changed("scripted")
    assert place.cache.get(DAY).source == "scripted"


def test_an_unknown_ticker_is_never_remembered(tmp_path: Path, timer: Clock) -> None:
    """cache-4: it may be listed tomorrow."""
    provider = ScriptedProvider(AFTER_CLOSE, error=UnknownTickerError("None here.", provider="scripted"))
    place = place_of(tmp_path, timer, provider)
    failure(place)
    failure(place)
    assert len(provider.requests) == 2


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (
            NOT_IN_PLAN,
            "not_in_plan",
            "Your Scripted plan does not include this. Choose another source, or a plan that has it.",
        ),
        (BAD_KEY, "bad_key", "Scripted refused the key. Check SCRIPTED_API_KEY."),
    ],
)
def test_the_person_is_told_what_to_do_and_not_to_wait(
    tmp_path: Path, timer: Clock, error: ProviderError, code: str, words: str
) -> None:
    """The first time, and when it is remembered."""
    place = place_of(tmp_path, timer, ScriptedProvider(AFTER_CLOSE, error=error))
    for _ in range(2):
        told = failure(place)
        assert (type(told), told.code, str(told), told.retry_after_s) == (RefusedError, code, words, None)
        assert isinstance(told, PricesUnavailableError)


def test_who_will_answer_later_counts_for_more() -> None:
    """One source has the wrong plan, another one a budget that comes back: it is worth waiting."""
    busy = RateLimitedError("Tiingo's hourly budget is used up.", retry_after_s=600.0)
    told = no_candles("AAPL", [busy, NOT_IN_PLAN])
    assert (type(told), told.retry_after_s) == (ProviderBusyError, 600.0)
    down = UnavailableError("Yahoo could not be reached.")
    assert no_candles("AAPL", [down, BAD_KEY]).retry_after_s == 30.0
    assert no_candles("AAPL", [UnknownTickerError("None."), BAD_KEY]).code == "bad_key"


def test_a_source_that_refuses_says_so_and_is_not_left_alone_for_a_while(
    tmp_path: Path, timer: Clock
) -> None:
    place = place_of(tmp_path, timer, ScriptedProvider(AFTER_CLOSE, error=NOT_IN_PLAN))
    failure(place)
    (state,) = place.cache.source_states()
    assert (state.state, state.words, state.until_s) == (
        "refused",
        "Your Scripted plan does not include this.",
        None,
    )
    assert place.cache.state().cooling == ()
