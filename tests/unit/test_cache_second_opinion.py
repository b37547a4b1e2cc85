"""Second opinion: bars on which two sources do not agree, out of what is held (ahead-9)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from adapters import http_client
from adapters.prices import Basis
from adapters.tiingo import TiingoProvider
from adapters.yahoo import YahooProvider
from cache.errors import BadQueryError
from cache.query import Adjust, CandleQuery
from cache.second_opinion import Disagreement, SourceBar
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S, day_number
from tests.kit.failing_table import FailingTable
from tests.kit.house import Clock, TestHouse, house
from tests.kit.provider_server import ProviderServer
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.stand_in_market import Market

NOW = utc("2025-03-08 15:00")
WEEK = CandleQuery("AAPL", Resolution.DAY, date(2025, 3, 3), date(2025, 3, 7))
THURSDAY_S = day_number(date(2025, 3, 6)) * DAY_S


def bent(time_s: int, by: float) -> Callable[[Candles], Candles]:
    """Return what moves the prices of one bar."""

    def bend(candles: Candles) -> Candles:
        add = np.where(candles.time == time_s, by, 0.0)
        prices = (getattr(candles, name) + add for name in ("open", "high", "low", "close"))
        return Candles(candles.time, *prices, candles.volume)

    return bend


def two(mine: float = 0.0, theirs: float = 0.0, time_s: int = THURSDAY_S) -> list[ScriptedProvider]:
    return [
        ScriptedProvider(NOW, "first", mangle=bent(time_s, mine)),
        ScriptedProvider(NOW, "second", mangle=bent(time_s, theirs)),
    ]


def both_held(folder: Path, providers: list[ScriptedProvider], query: CandleQuery = WEEK) -> TestHouse:
    place = house(folder, providers)
    for provider in providers:
        place.cache.get(replace(query, source=provider.name))
        provider.requests.clear()
    return place


def test_a_bar_on_which_two_do_not_agree_is_told_with_both_values(tmp_path: Path) -> None:
    """ahead-9: the shown source first, and volume as it is."""
    providers = two(theirs=0.5)
    place = both_held(tmp_path, providers)
    assert place.cache.second_opinion(WEEK, "first") == (
        Disagreement(
            THURSDAY_S,
            (
                SourceBar("first", 99.5, 101.0, 99.0, 100.0, 1_000),
                SourceBar("second", 100.0, 101.5, 99.5, 100.5, 1_000),
            ),
        ),
    )
    (turned,) = place.cache.second_opinion(WEEK, "second")
    assert [bar.source for bar in turned.values] == ["second", "first"]
    assert [provider.requests for provider in providers] == [[], []]


@pytest.mark.parametrize(
    ("close", "apart", "told"),
    [(100.0, 0.099, False), (100.0, 0.11, True), (1.0, 0.0049, False), (1.0, 0.0051, True)],
)
def test_a_thousandth_or_half_a_cent_is_no_disagreement(
    tmp_path: Path, close: float, apart: float, *, told: bool
) -> None:
    flat = np.full(5, close)
    providers = two()
    for provider, add in zip(providers, (0.0, apart), strict=True):
        prices = [flat + add for _ in range(4)]
        provider.mangle = lambda bars, prices=prices: Candles(bars.time[-5:], *prices, bars.volume[-5:])
    assert bool(both_held(tmp_path, providers).cache.second_opinion(WEEK, "first")) is told


def test_volume_is_not_compared(tmp_path: Path) -> None:
    providers = two()
    providers[1].mangle = lambda bars: replace(bars, volume=bars.volume * 40)
    assert both_held(tmp_path, providers).cache.second_opinion(WEEK, "first") == ()


def test_what_is_not_held_is_not_asked_for(tmp_path: Path) -> None:
    """ahead-9: no source is called, whatever is missing."""
    providers = two(theirs=9.0)
    place = house(tmp_path, providers)
    assert place.cache.second_opinion(WEEK, "first") == ()
    place.cache.get(replace(WEEK, source="first"))
    assert place.cache.second_opinion(WEEK, "first") == ()
    assert place.cache.second_opinion(replace(WEEK, ticker="NOPE"), "first") == ()
    assert [len(provider.requests) for provider in providers] == [1, 0]
    with pytest.raises(BadQueryError):
        place.cache.second_opinion(WEEK, "nobody")


def test_the_table_is_read_once_and_nothing_becomes_recent_or_counts(tmp_path: Path) -> None:
    both_held(tmp_path, two(theirs=0.5))
    tables: list[FailingTable] = []

    def watched(table: object) -> FailingTable:
        tables.append(FailingTable(table))  # type: ignore[arg-type]
        return tables[0]

    other = house(tmp_path, two(), through=watched)
    assert len(other.cache.second_opinion(WEEK, "first")) == 1
    reads = tables[0].calls.count("query")
    assert reads == 2
    assert len(other.cache.second_opinion(WEEK, "first")) == 1
    assert tables[0].calls.count("query") == reads
    counts = other.cache.statistics.snapshot()
    assert all(counts.get(name, 0) == 0 for name in ("memory_hits", "table_hits", "misses", "provider_calls"))


def test_a_table_that_fails_gives_no_opinion(tmp_path: Path) -> None:
    both_held(tmp_path, two(theirs=0.5))

    def broken(table: object) -> FailingTable:
        return FailingTable(table, fails=lambda method, arguments: True)  # type: ignore[arg-type]

    assert house(tmp_path, two(), through=broken).cache.second_opinion(WEEK, "first") == ()


def test_only_final_bars_are_compared(tmp_path: Path) -> None:
    """A day that still runs, or may still be corrected, differs for good reasons."""
    friday = day_number(date(2025, 3, 7)) * DAY_S
    providers = two(theirs=5.0, time_s=friday)
    for provider in providers:
        provider.present = utc("2025-03-07 18:00")
    place = both_held(tmp_path, providers)
    assert place.cache.second_opinion(WEEK, "first") == ()
    for provider in providers:
        provider.present = NOW
    place.clock.now_s = NOW.timestamp()
    for name in ("first", "second"):
        place.cache.get(replace(WEEK, source=name))
    assert [d.time for d in place.cache.second_opinion(WEEK, "first")] == [friday]


def test_a_week_is_compared_where_both_have_all_of_it(tmp_path: Path) -> None:
    providers = two(theirs=0.5)
    weeks = replace(WEEK, resolution=Resolution.WEEK)
    place = both_held(tmp_path, providers, weeks)
    (found,) = place.cache.second_opinion(weeks, "first")
    assert found.time == day_number(date(2025, 3, 3)) * DAY_S
    running = two(theirs=0.5)
    (tmp_path / "running").mkdir()
    for provider in running:
        provider.present = utc("2025-03-07 15:00")
    assert both_held(tmp_path / "running", running, weeks).cache.second_opinion(weeks, "first") == ()


def test_hours_that_are_built_and_hours_that_are_given_are_compared(tmp_path: Path) -> None:
    """One source has 5 minutes, the other only hours."""
    hours = replace(WEEK, resolution=Resolution.M60)
    at = int(utc("2025-03-06 15:30").timestamp())
    providers = two(theirs=3.0, time_s=at)
    providers[1].offered = frozenset({Resolution.M60, Resolution.DAY})
    place = both_held(tmp_path, providers, hours)
    (found,) = place.cache.second_opinion(hours, "first")
    assert (found.time, [bar.close for bar in found.values]) == (at, [100.0, 103.0])


def test_prices_as_traded_and_adjusted_ones_are_compared_on_one_scale(tmp_path: Path) -> None:
    """cache-16: 400 before a 4:1 split is 100 after it."""
    split = ((date(2025, 3, 5), 4.0, 0.0),)
    raw = ScriptedProvider(NOW, "raw", splits=split, close=100.0)

    def traded(bars: Candles) -> Candles:
        factor = np.where(bars.time < day_number(date(2025, 3, 5)) * DAY_S, 4.0, 1.0)
        return Candles(
            bars.time,
            bars.open * factor,
            bars.high * factor,
            bars.low * factor,
            bars.close * factor,
            bars.volume,
        )

    raw.mangle = traded
    adjusted = ScriptedProvider(NOW, "adjusted", splits=split, basis=Basis.SPLIT)
    place = both_held(tmp_path, [raw, adjusted])
    for adjust in Adjust:
        assert place.cache.second_opinion(replace(WEEK, adjust=adjust), "raw") == ()
    adjusted.mangle = traded  # the negative twin: one that forgot to adjust is found out
    (tmp_path / "twin").mkdir()
    twin = both_held(tmp_path / "twin", [raw, adjusted])
    assert [d.time // DAY_S for d in twin.cache.second_opinion(WEEK, "raw")] == [
        day_number(date(2025, 3, day)) for day in (3, 4)
    ]


@pytest.mark.parametrize(
    ("present", "told"), [("2025-03-06 16:00", 0), ("2025-03-06 23:00", 1)], ids=["noon", "evening"]
)
@pytest.mark.parametrize("shown", ["first", "second"])
def test_on_the_day_of_a_split_who_has_not_heard_of_it_is_not_compared(
    tmp_path: Path, present: str, told: int, shown: str
) -> None:
    """ahead-9, cache-16: else every bar would be marked until the evening, when Tiingo tells it."""
    now, day = utc(present), date(2025, 3, 6)
    split = ((day, 4.0, 0.0),)
    early, late = (
        ScriptedProvider(now, name, mangle=bent(THURSDAY_S - 2 * DAY_S, by))
        for name, by in (("first", 0.0), ("second", 9.0))
    )
    early.splits, late.splits = split, split if told else ()
    place = both_held(tmp_path, [early, late], replace(WEEK, end=day))
    assert len(place.cache.second_opinion(replace(WEEK, end=day), shown)) == told


def test_no_more_than_a_thousand_bars_are_compared(tmp_path: Path) -> None:
    month = replace(WEEK, resolution=Resolution.M5, start=date(2025, 1, 2))
    early, late = (int(utc(f"2025-{day} 16:00").timestamp()) for day in ("01-06", "03-06"))
    assert both_held(tmp_path, two(theirs=9.0, time_s=late), month).cache.second_opinion(month, "first")
    (tmp_path / "early").mkdir()
    place = both_held(tmp_path / "early", two(theirs=9.0, time_s=early), month)
    assert place.cache.second_opinion(month, "first") == ()


@pytest.mark.parametrize("resolution", ["5", "60", "D", "W"])
def test_two_real_clients_of_one_market_agree(tmp_path: Path, resolution: str) -> None:
    """Over HTTP, with a split in the middle: rounding in two languages is no disagreement."""
    market = Market({"AAPL": [(date(2025, 2, 12), 4.0)]}, {"AAPL": [(date(2025, 2, 20), 0.5)]})
    clock = Clock(NOW.timestamp())
    query = CandleQuery("AAPL", Resolution(resolution), date(2025, 2, 3), date(2025, 3, 7))
    with ProviderServer(now=clock, market=market) as server:
        place = house(
            tmp_path,
            [TiingoProvider("key", server.url, clock=clock), YahooProvider(server.url, clock=clock)],
            clock=clock,
        )
        for source in ("tiingo", "yahoo"):
            assert len(place.cache.get(replace(query, source=source)).candles) > 4
        calls = len(server.seen)
        assert place.cache.second_opinion(query, "tiingo") == ()
        assert len(server.seen) == calls
    http_client.reset()
