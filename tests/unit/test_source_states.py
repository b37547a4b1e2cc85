"""What the sources' states say, from what this process has met (E3, E15)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from adapters.errors import (
    BadKeyError,
    BadPayloadError,
    NotInPlanError,
    ProviderError,
    RateLimitedError,
    UnavailableError,
)
from adapters.prices import Kind
from cache.errors import CandleError
from cache.state import SourceState
from tests.kit.cooling import AFTER_CLOSE, DAY, MICROSOFT, failure, place_of
from tests.kit.house import Clock, TestHouse
from tests.kit.providers import ScriptedProvider

DOWN = UnavailableError("It did not answer.", provider="scripted")
BUSY = RateLimitedError("It was asked too often.", provider="scripted", retry_after_s=600.0)


def only(place: TestHouse) -> SourceState:
    (state,) = place.cache.source_states()
    return state


def test_before_anything_was_asked_all_are_well(tmp_path: Path, timer: Clock) -> None:
    place = place_of(
        tmp_path, timer, ScriptedProvider(AFTER_CLOSE), ScriptedProvider(AFTER_CLOSE, name="b", title="B")
    )
    assert place.cache.source_states() == (
        SourceState("scripted", "Scripted", Kind.LIVE),
        SourceState("b", "B", Kind.LIVE),
    )


def test_one_that_was_asked_too_often_is_limited_until_it_says(tmp_path: Path, timer: Clock) -> None:
    """Reliability 6."""
    provider = ScriptedProvider(AFTER_CLOSE, error=BUSY)
    place = place_of(tmp_path, timer, provider)
    failure(place)
    now_s = place.clock.now_s
    assert only(place) == SourceState(
        "scripted", "Scripted", Kind.LIVE, "limited", "It was asked too often.", now_s + 600
    )
    timer.now_s += 600
    assert only(place).state == "ok"


@pytest.mark.parametrize("error", [DOWN, BadPayloadError("Nonsense.", provider="scripted")])
def test_one_that_fails_is_failing_until_it_answers_for_any_ticker(
    tmp_path: Path, timer: Clock, error: ProviderError
) -> None:
    """E3: one ticker that it cannot give does not outlast an answer for another."""
    provider = ScriptedProvider(AFTER_CLOSE, error=error)
    place = place_of(tmp_path, timer, provider)
    failure(place)
    state = only(place)
    assert (state.state, state.words, state.until_s) == ("failing", str(error), place.clock.now_s + 30)
    provider.error = None
    place.cache.get(MICROSOFT)
    assert only(place).state == "ok"
    assert [c.ticker for c in place.cache.state().cooling] == ["AAPL"], "which is left alone all the same"


def test_a_failure_that_is_over_is_told_no_more(tmp_path: Path, timer: Clock) -> None:
    place = place_of(tmp_path, timer, ScriptedProvider(AFTER_CLOSE, error=DOWN))
    failure(place)
    timer.now_s += 30
    assert only(place).state == "ok"


@pytest.mark.parametrize(
    "error",
    [DOWN, BUSY, BadKeyError("Refused.", provider="scripted"), NotInPlanError("No.", provider="scripted")],
)
def test_with_another_key_a_source_is_asked_again_at_once_and_the_others_are_left_alone(
    tmp_path: Path, timer: Clock, error: ProviderError
) -> None:
    """E30: limits and refusals are those of the key before."""
    provider, other = ScriptedProvider(AFTER_CLOSE, error=error), ScriptedProvider(AFTER_CLOSE, name="b")
    other.error = DOWN
    place = place_of(tmp_path, timer, provider, other)
    failure(place)
    provider.error = other.error = None
    place.cache.key_changed("scripted")
    assert place.cache.source_states()[0].state == "ok"
    assert place.cache.get(DAY).source == "scripted"
    with pytest.raises(CandleError):
        place.cache.get(replace(DAY, source="b"))
