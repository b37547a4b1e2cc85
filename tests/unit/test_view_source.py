"""Which source the page shows: the one on the screen goes on while panning (api-7)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters.errors import UnavailableError
from cache.candle_cache import CandleCache
from pages.chart import answer
from tests.kit.house import house
from tests.kit.providers import ScriptedProvider, utc

NOW = utc("2025-03-07 22:00")


@pytest.fixture
def first() -> ScriptedProvider:
    return ScriptedProvider(NOW, "first", title="First", label="first's prices")


@pytest.fixture
def cache(tmp_path: Path, first: ScriptedProvider) -> CandleCache:
    second = ScriptedProvider(NOW, "second", title="Second", label="second's prices", close=50.0)
    return house(tmp_path, [first, second]).cache


def ask(cache: CandleCache, state: dict[str, Any] | None = None, **question: Any) -> dict[str, Any]:
    usual = {"seq": 1, "ticker": "AAPL", "resolution": "D", "range": "6M", "px": 1_000}
    return answer(cache, {**usual, **(state or {}), **question})


def pan(state: dict[str, Any]) -> dict[str, Any]:
    return {**state, "range": None, "from": "2024-03-04", "to": "2024-06-03", "pan": True}


def test_panning_goes_on_with_what_is_shown_and_a_new_choice_asks_in_order(
    cache: CandleCache, first: ScriptedProvider
) -> None:
    first.error = UnavailableError("First is down. Try again.", provider="first")
    shown = ask(cache)
    assert (shown["source"], shown["label"]) == ("second", "second's prices")
    assert shown["price"] == 50.0  # of the source that is shown, too
    assert "First is down; showing Second." in shown["notes"]
    first.error = None
    assert ask(cache, pan(shown["state"]))["source"] == "second"
    assert ask(cache, shown["state"], range="1M")["source"] == "first"


@pytest.mark.parametrize("shown", ["nobody", 7, None, ["second"], {"second": 1}])
def test_a_source_that_is_not_there_is_no_wish(cache: CandleCache, shown: Any) -> None:
    state = {"from": "2024-03-04", "to": "2024-06-03", "range": None, "pan": True}
    assert ask(cache, state, shown=shown)["source"] == "first"


def test_a_level_that_was_picked_by_hand_may_change_the_source_an_automatic_one_may_not(
    cache: CandleCache, first: ScriptedProvider
) -> None:
    """api-4."""
    from market.resolution import Resolution

    first.first = {Resolution.M5: date(2025, 3, 3), Resolution.M30: date(2025, 3, 3)}
    window = {"range": None, "from": "2025-02-03", "to": "2025-02-06"}
    picked, automatic = ask(cache, window, resolution="5"), ask(cache, window, resolution="auto")
    assert (picked["source"], picked["resolution"]) == ("second", "5")
    assert automatic["source"] == "first"
