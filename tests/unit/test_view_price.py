"""The price that a page shows beside its chart: asked for when it is needed, and never of another session."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters.demo import DemoProvider
from adapters.prices import RUNNING_LIFE_S
from cache.candle_cache import CandleCache
from cache.query import Adjust, CandleQuery
from market.resolution import Resolution
from pages.chart import answer
from tests.kit.house import house
from tests.kit.providers import ScriptedProvider, utc

LAST = date(2013, 3, 1)
LAST_CLOSE = 430.47


def asked(cache: CandleCache, **question: object) -> dict[str, Any]:
    """Return the answer to a question as the browser puts it."""
    told = answer(cache, {"ticker": "AAPL", "resolution": "D", "adjust": "split", "px": 900, **question})
    assert "error" not in told, told
    return told


@pytest.fixture
def demo(tmp_path: Path) -> CandleCache:
    return house(tmp_path, [DemoProvider()]).cache


PAN = {"from": 1_330_000_000, "to": 1_340_000_000}


@pytest.mark.parametrize("resolution", ["5", "D", "W", "M"])
@pytest.mark.parametrize("window", [{"range": "1D"}, {"range": "6M"}, PAN])
def test_the_first_answer_names_the_last_sessions_close_wherever_it_looks(
    demo: CandleCache, resolution: str, window: dict[str, object]
) -> None:
    assert asked(demo, resolution=resolution, **window)["price"] == LAST_CLOSE


@pytest.mark.parametrize("resolution", ["5", "D", "W", "M"])
@pytest.mark.parametrize("adjust", ["raw", "split", "total"])
@pytest.mark.parametrize("window", [{"range": "1D"}, {"range": "6M"}, PAN])
def test_beside_the_price_stands_the_close_of_the_session_before(
    demo: CandleCache, resolution: str, adjust: str, window: dict[str, object]
) -> None:
    """The day's change, whatever is on the screen: AAPL closed at 441.40 on 28 February 2013."""
    assert asked(demo, resolution=resolution, adjust=adjust, **window)["price_before"] == 441.4


def test_on_the_day_of_a_split_the_close_before_is_in_new_shares(tmp_path: Path) -> None:
    provider = ScriptedProvider(utc("2025-03-07 22:00"), splits=((date(2025, 3, 7), 4.0, 0.0),))
    told = asked(house(tmp_path, [provider]).cache, range="1D", resolution="5", adjust="raw")
    assert (told["price"], told["price_before"]) == (100.0, 25.0)


def test_the_close_before_costs_no_call(tmp_path: Path) -> None:
    """One for the running year's days, as for the price; on its first session none for the year before."""
    for day in ("2025-03-07", "2025-01-02"):
        provider = ScriptedProvider(utc(f"{day} 22:00"))
        folder = tmp_path / day
        folder.mkdir()
        told = asked(house(folder, [provider]).cache, range="1D", resolution="5")
        assert told["price"] == 100.0
        assert told["price_before"] == (100.0 if day == "2025-03-07" else None)
        daily = [request for request in provider.requests if request.resolution is Resolution.DAY]
        assert [request.start.year for request in daily] == [2025]


@pytest.mark.parametrize("adjust", ["raw", "split", "total"])
def test_no_adjustment_changes_the_present_price(demo: CandleCache, adjust: str) -> None:
    """The last session's candle is never scaled, so the loaded candles can tell the price."""
    for ticker, close in (("AAPL", LAST_CLOSE), ("IBM", 202.91), ("MSFT", 27.95)):
        assert asked(demo, ticker=ticker, range="1Y", adjust=adjust)["price"] == close


def test_a_pan_that_gives_back_what_its_price_is_of_is_not_told_it_again(demo: CandleCache) -> None:
    """The second look at memory is saved; the page keeps the price (assets/story.js)."""
    first = asked(demo, range="6M")
    before = demo.statistics.snapshot()["requests"]
    pan = asked(demo, **first["state"] | PAN)
    assert (pan["price"], pan["price_before"]) == (None, None)
    assert pan["state"]["priced"] == first["state"]["priced"]
    assert demo.statistics.snapshot()["requests"] == before + 1


def test_another_ticker_is_told_its_price_although_the_page_still_names_the_former(demo: CandleCache) -> None:
    first = asked(demo, range="6M")
    assert asked(demo, **first["state"] | PAN | {"ticker": "IBM"})["price"] == 202.91


def test_candles_that_end_with_the_last_session_answer_without_a_second_look(demo: CandleCache) -> None:
    asked(demo, range="1Y")
    before = demo.statistics.snapshot()["requests"]
    assert asked(demo, range="1Y")["price"] == LAST_CLOSE
    assert demo.statistics.snapshot()["requests"] == before + 1


def test_another_sources_answer_is_not_taken_for_the_listings_price(tmp_path: Path) -> None:
    """A view is pinned to one source (api-7)."""
    other = ScriptedProvider(utc("2013-03-01 22:00"))
    cache = house(tmp_path, [DemoProvider(), other]).cache
    shown = cache.get(
        CandleQuery("AAPL", Resolution.DAY, date(2013, 2, 1), LAST, Adjust.RAW, source=other.name)
    )
    assert shown.candles.close[-1] != LAST_CLOSE
    assert cache.last_price(cache.listing("AAPL", "demo"), shown) == LAST_CLOSE


def test_while_the_market_trades_every_answer_tells_the_price(tmp_path: Path) -> None:
    """cache-7: the running candle's close changes, so no price is the one that is known already."""
    cache = house(tmp_path, [ScriptedProvider(utc("2025-03-07 16:02"))]).cache
    first = asked(cache, range="6M", resolution="D")
    assert first["state"]["priced"] is None
    assert first["price"] is not None
    again = asked(cache, **first["state"] | {"from": 1_738_000_000, "to": 1_739_500_000})
    assert again["price"] == first["price"]


def test_a_close_that_is_corrected_in_the_evening_is_told_anew(tmp_path: Path) -> None:
    """C2, cache-7: Tiingo's is that of its own minutes until its daily bar comes."""
    provider = ScriptedProvider(utc("2025-03-07 21:01"), correction_s=6 * 3600)
    place = house(tmp_path, [provider])
    first = asked(place.cache, range="6M", resolution="D")
    provider.close = 101.5
    provider.present = utc("2025-03-07 21:31")
    place.clock.now_s += 1_800
    again = asked(place.cache, **first["state"] | PAN)
    assert again["price"] == 101.5
    provider.present = utc("2025-03-08 04:01")
    place.clock.now_s += 6.5 * 3_600
    final = asked(place.cache, **again["state"] | PAN)
    assert final["price"] == 101.5
    assert asked(place.cache, **final["state"] | PAN)["price"] is None


def test_minutes_that_run_on_the_screen_tell_the_price_and_nothing_else_is_asked_for(tmp_path: Path) -> None:
    """cache-7, cache-9: a chart that is left open costs its own candles only, and the day before is final."""
    provider = ScriptedProvider(utc("2025-03-07 17:02"), splits=((date(2025, 3, 7), 4.0, 0.0),))
    place = house(tmp_path, [provider])
    for close in (100.0, 101.0, 102.0):
        provider.close = close
        told = asked(place.cache, range="1D", resolution="5")
        assert (told["price"], told["price_before"]) == (close, 25.0)
        place.clock.now_s += RUNNING_LIFE_S + 1
    by_resolution = Counter(request.resolution for request in provider.requests)
    assert by_resolution == {Resolution.M5: 3, Resolution.DAY: 1}
