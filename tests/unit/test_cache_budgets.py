"""A used-up budget on the way of a request: what is held is shown and said, the rest is refused till then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from adapters.allowance import Allowance
from adapters.errors import RateLimitedError
from cache.errors import ProviderBusyError
from cache.query import Adjust, CandleQuery, Tier
from market.resolution import Resolution
from tests.kit.house import Clock, TestHouse, house
from tests.kit.providers import ScriptedProvider, utc

AFTER_CLOSE = utc("2025-03-07 21:12")  # 16:12 in New York
DAY = CandleQuery("AAPL", Resolution.DAY, date(2025, 3, 3), date(2025, 3, 7), Adjust.RAW)
MICROSOFT = replace(DAY, ticker="MSFT")
TICKERS = [f"T{number}" for number in range(9)]
LATER_S = 100 * 24 * 3600


def source(allowance: Allowance, **more: object) -> ScriptedProvider:
    known = frozenset({"AAPL", "MSFT", *TICKERS})
    provider = ScriptedProvider(AFTER_CLOSE, name="tiingo", title="Tiingo", allowance=allowance, known=known)
    for name, value in more.items():
        setattr(provider, name, value)
    return provider


def use_up(place: TestHouse, requests: int) -> None:
    for ticker in TICKERS[:requests]:
        place.cache.get(replace(DAY, ticker=ticker))


def test_what_is_not_held_is_refused_until_the_next_hour(tmp_path: Path) -> None:
    """cache-11: before anything is asked, with the time to come back."""
    provider = source(Allowance(hour=3))
    place = house(tmp_path, [provider])
    use_up(place, 3)
    with pytest.raises(ProviderBusyError) as caught:
        place.cache.get(DAY)
    assert str(caught.value) == "Tiingo's hourly budget is used up until 17:00 (New York)."
    assert caught.value.retry_after_s == 48 * 60
    assert len(provider.requests) == 3
    place.clock.now_s += 48 * 60
    assert place.cache.get(DAY).tier is Tier.PROVIDER


def test_what_is_held_is_shown_and_said_with_its_time(tmp_path: Path) -> None:
    """cache-11: stale candles beside the sentence, not instead of it."""
    provider = source(Allowance(hour=3))
    place = house(tmp_path, [provider])
    place.cache.get(DAY)
    place.clock.now_s += LATER_S - 30 * 60
    use_up(place, 3)
    place.clock.now_s += 60
    answer = place.cache.get(DAY)
    assert (answer.shown_tier, len(answer.candles)) == ("stale", 5)
    note = "Tiingo's hourly budget is used up until 17:00 (New York). Showing prices from 7 Mar, 16:12."
    assert answer.notes[0] == note
    assert answer.shortfall == note


def test_the_next_source_answers_and_the_reason_is_told(tmp_path: Path) -> None:
    place = house(tmp_path, [source(Allowance(hour=1)), source(Allowance(), name="yahoo", title="Yahoo")])
    assert place.cache.get(DAY).source == "tiingo"
    answer = place.cache.get(MICROSOFT)
    assert answer.source == "yahoo"
    assert answer.notes == ("Tiingo's hourly budget is used up until 17:00 (New York); showing Yahoo.",)


def test_who_has_a_stale_copy_leaves_the_last_tenth_to_who_has_nothing(tmp_path: Path) -> None:
    """The reserve: nine of ten are for anything, the tenth for what nobody has seen."""
    place = house(tmp_path, [source(Allowance(hour=10))])
    place.cache.get(DAY)
    place.clock.now_s += LATER_S
    use_up(place, 9)
    stale = place.cache.get(DAY)
    assert stale.shown_tier == "stale"
    assert stale.notes[0].startswith("The rest of Tiingo's hourly budget is kept for new charts until")
    assert place.cache.source_states()[0].state == "ok"
    assert place.cache.get(MICROSOFT).tier is Tier.PROVIDER


def test_requests_say_whether_somebody_waits_for_them(tmp_path: Path) -> None:
    """Warming, and who has a stale copy, do not."""
    provider = source(Allowance(hour=100))
    place = house(tmp_path, [provider])
    place.cache.get(DAY)
    place.cache.get(MICROSOFT, warming=True)
    place.clock.now_s += LATER_S
    place.cache.get(DAY)
    assert [request.background for request in provider.requests] == [False, True, True]


def test_every_process_and_a_new_one_know_what_is_used(tmp_path: Path) -> None:
    """A restart is no new budget."""
    provider = source(Allowance(hour=4))
    first, second = house(tmp_path, [provider]), house(tmp_path, [provider])
    use_up(first, 2)
    second.cache.get(DAY)
    second.cache.get(MICROSOFT)
    for place in (first, second, house(tmp_path, [provider])):
        with pytest.raises(ProviderBusyError):
            place.cache.get(replace(DAY, ticker="T8"))
    assert len(provider.requests) == 4


def test_a_source_that_says_too_often_is_closed_for_the_other_processes(tmp_path: Path) -> None:
    """Reliability 6: its own word counts more than our count."""
    said = RateLimitedError(
        "Tiingo's daily budget is used up until midnight (New York).", retry_after_s=9_999
    )
    provider = source(Allowance(hour=50), error=said)
    place = house(tmp_path, [provider], cooldown_s=30.0)
    with pytest.raises(ProviderBusyError):
        place.cache.get(DAY)
    with pytest.raises(ProviderBusyError) as caught:
        house(tmp_path, [provider], cooldown_s=30.0).cache.get(DAY)
    assert (str(caught.value), caught.value.retry_after_s) == (str(said), pytest.approx(9_999, abs=1))
    provider.error = None
    place.clock.now_s += 10_000
    assert house(tmp_path, [provider], clock=place.clock).cache.get(DAY).source == "tiingo"


def test_the_state_of_a_source_says_until_when(tmp_path: Path) -> None:
    """And all that is asked for it is memory."""
    place = house(tmp_path, [source(Allowance(hour=1, symbols=7))], clock=Clock(AFTER_CLOSE.timestamp()))
    place.cache.get(DAY)
    (state,) = place.cache.source_states()
    assert (state.state, state.words) == (
        "limited",
        "Tiingo's hourly budget is used up until 17:00 (New York).",
    )
    assert state.until_s == place.clock.now_s + 48 * 60
    place.clock.now_s += 48 * 60
    assert place.cache.source_states()[0].state == "ok"


@pytest.mark.parametrize("everything", [True, False])
def test_clearing_prices_clears_no_budget(tmp_path: Path, *, everything: bool) -> None:
    """cache-12: even where the ticker is called BUDGET."""
    provider = source(Allowance(hour=2), known=frozenset({"BUDGET", "AAPL"}))
    place = house(tmp_path, [provider])
    budget = replace(DAY, ticker="BUDGET")
    place.cache.get(budget)
    assert (place.cache.invalidate_all() if everything else place.cache.invalidate("BUDGET")) > 0
    place.clock.now_s += 1
    place.cache.get(budget)
    with pytest.raises(ProviderBusyError):
        house(tmp_path, [provider]).cache.get(DAY)
