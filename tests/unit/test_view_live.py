"""When the page is told to ask again: seconds that need no clock of the browser's (level-21)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters.demo import DemoProvider
from cache.candle_cache import CandleCache
from components.live import live
from market.calendars import sessions_of
from market.resolution import Resolution
from pages.chart import answer
from tests.kit.house import Clock, house
from tests.kit.providers import ScriptedProvider, utc

FRIDAY = utc("2025-03-07 16:00")
XNYS = sessions_of("XNYS")
PAST = {"from": 1_700_000_000, "to": 1_702_000_000}
"""Seconds of November 2023."""


def asked(cache: CandleCache, **question: object) -> dict[str, Any]:
    told = answer(cache, {"ticker": "AAPL", "resolution": "D", "adjust": "split", "px": 900, **question})
    found: dict[str, Any] = told["live"]
    return found


@pytest.mark.parametrize("window", [{"range": "6M"}, {"range": "1D", "resolution": "5"}, PAST])
def test_in_session_it_is_the_life_of_the_running_candle_wherever_the_view_is(
    tmp_path: Path, window: dict[str, object]
) -> None:
    """level-21: the last price is shown beside history, too."""
    place = house(tmp_path, [ScriptedProvider(FRIDAY)], clock=Clock(FRIDAY.timestamp()))
    told = asked(place.cache, **window)
    assert told == {"open": True, "fresh_s": 15.0, "opens_s": None}
    place.clock.now_s += 5
    assert asked(place.cache, **window)["fresh_s"] == 10.0


def test_on_a_saturday_it_says_when_monday_opens(tmp_path: Path) -> None:
    saturday = utc("2025-03-08 16:00")
    place = house(tmp_path, [ScriptedProvider(saturday)], clock=Clock(saturday.timestamp()))
    told = asked(place.cache, range="6M")
    assert told["open"] is False
    assert told["opens_s"] == (utc("2025-03-10 13:30") - saturday).total_seconds()


@pytest.mark.parametrize(
    ("present", "opens"),
    [("02:31", "03:30"), ("03:29", "03:30"), ("06:31", "00:00")],
    ids=["lunch begins", "lunch ends", "the day is over"],
)
def test_at_lunch_it_says_when_the_afternoon_begins(tmp_path: Path, present: str, opens: str) -> None:
    """level-21: in Tokyo the morning ends at half past eleven, 02:30 UTC."""
    now = utc(f"2025-03-06 {present}")
    provider = ScriptedProvider(now, known=frozenset({"7203.T"}))
    place = house(tmp_path, [provider], clock=Clock(now.timestamp()))
    told = asked(place.cache, range="6M", ticker="7203.T")
    day = "2025-03-07" if opens == "00:00" else "2025-03-06"
    assert (told["open"], told["opens_s"]) == (False, (utc(f"{day} {opens}") - now).total_seconds())


def test_a_source_whose_present_is_long_past_opens_no_more(tmp_path: Path) -> None:
    """The demo's is 1 March 2013."""
    place = house(tmp_path, [DemoProvider()], clock=Clock(FRIDAY.timestamp()))
    told = asked(place.cache, range="6M")
    assert (told["open"], told["opens_s"]) == (False, None)


def test_what_is_past_its_life_is_not_fresh_for_less_than_nothing() -> None:
    told = live(XNYS, date(2025, 3, 7), 1_000.0, 990.0, market_open=True)
    assert told.fresh_s == 0.0


def test_heading_and_running_candle_say_the_same_price(tmp_path: Path) -> None:
    """level-21: the day's candle may be some seconds older than the minutes on the screen."""
    provider = ScriptedProvider(FRIDAY)
    place = house(tmp_path, [provider], clock=Clock(FRIDAY.timestamp()))
    question = {"ticker": "AAPL", "resolution": "5", "adjust": "split", "px": 900, "range": "1D"}
    provider.before = lambda request: setattr(
        provider, "close", 123.0 if request.resolution is Resolution.DAY else 124.0
    )
    told = answer(place.cache, question)
    assert told["price"] == 124.0
    assert answer(place.cache, question | {"resolution": "D", "range": "6M"})["price"] == 123.0
