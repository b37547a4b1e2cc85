"""A whole day of a ticker that somebody watches, from before the open to the next morning (level-21).

Tiingo's and Yahoo's real clients, the stand-in server, and a clock that the test moves: what is shown is
never older than its life, nothing is final before the source's corrections are over, nothing is asked for
again once it is final, and the calls of the day are counted.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from adapters import http_client
from adapters.live import LiveSource
from adapters.tiingo import TiingoProvider
from adapters.yahoo import YahooProvider
from cache.policy import PROVISIONAL_LIFE_S
from cache.query import Adjust, Answer, CandleQuery, Tier
from cache.seams import NoLock
from market.calendars import sessions_for
from market.candles import Candles
from market.resolution import Resolution
from tests.kit import provider_server as stand_in
from tests.kit.house import Clock, TestHouse, house
from tests.kit.provider_server import ProviderServer
from tests.kit.stand_in_market import Market

NEW_YORK = ZoneInfo("America/New_York")
SESSIONS = sessions_for("AAPL")
USUAL, HALF_DAY, AFTER_DST = date(2025, 3, 5), date(2024, 11, 29), date(2025, 3, 10)
STEP_S = 120
WATCHERS = 20


@dataclass(frozen=True)
class Corrected(Market):
    """A session's bars are a little off until ``correction_s`` after its close."""

    correction_s: int = 0

    def intraday(
        self, ticker: str, start: date, end: date, resolution: Resolution, now_s: float, *, as_traded: bool
    ) -> Candles:
        bars = Market.intraday(self, ticker, start, end, resolution, now_s, as_traded=as_traded)
        day = SESSIONS.open.searchsorted(bars.time, side="right") - 1
        return _off(bars, SESSIONS.close[day] + self.correction_s > now_s)

    def daily(self, ticker: str, start: date, end: date, now_s: float, *, as_traded: bool) -> Candles:
        bars = Market.daily(self, ticker, start, end, now_s, as_traded=as_traded)
        day = SESSIONS.day.searchsorted(bars.time // 86_400)
        return _off(bars, SESSIONS.close[day] + self.correction_s > now_s)


def _off(bars: Candles, provisional: object) -> Candles:
    volume = bars.volume.copy()
    volume[provisional] += 1
    return replace(bars, volume=volume)


class Scene:
    """One source on one server, and somebody who looks at its minutes and its days."""

    def __init__(self, folder: Path, kind: type[LiveSource], day: date) -> None:
        self.day = day
        self.index = SESSIONS.index(day)
        self.clock = Clock(0.0)
        self.at(day, 9, 0)
        self.market = Corrected(correction_s=kind.correction_s)  # type: ignore[attr-defined]
        self.server = ProviderServer(now=self.clock, market=self.market)
        url = self.server.url
        self.source = (
            TiingoProvider("key", url, clock=self.clock)
            if kind is TiingoProvider
            else YahooProvider(url, clock=self.clock)
        )
        self.house: TestHouse = house(folder, [self.source], clock=self.clock, deadline_s=30.0)

    def at(self, day: date, hour: int, minute: int = 0, second: int = 0) -> None:
        when = datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=NEW_YORK)
        self.clock.now_s = when.timestamp()

    @property
    def open_s(self) -> int:
        return int(SESSIONS.open[self.index])

    @property
    def close_s(self) -> int:
        return int(SESSIONS.close[self.index])

    def minutes(self, day: date | None = None) -> Answer:
        day = day or self.day
        return self.house.cache.get(CandleQuery("AAPL", Resolution.M5, day, day, Adjust.RAW))

    def days(self) -> Answer:
        start = self.day - timedelta(days=20)
        return self.house.cache.get(CandleQuery("AAPL", Resolution.DAY, start, self.day, Adjust.RAW))

    def truth(self, fetched_at: float | None) -> Candles:
        """Return what the market's minutes of the day were when they were fetched."""
        assert fetched_at is not None
        traded = isinstance(self.source, TiingoProvider)
        return self.market.intraday("AAPL", self.day, self.day, Resolution.M5, fetched_at, as_traded=traded)

    def calls(self) -> tuple[int, int]:
        """Return how often minutes and days were asked for since the last look."""
        daily = [c.path.startswith("/tiingo") or c.params.get("interval") == "1d" for c in self.server.seen]
        self.server.seen.clear()
        return len(daily) - sum(daily), sum(daily)


@pytest.fixture
def day() -> date:
    return USUAL


@pytest.fixture
def kind() -> type[LiveSource]:
    return TiingoProvider


@pytest.fixture
def scene(tmp_path: Path, kind: type[LiveSource], day: date) -> Iterator[Scene]:
    made = Scene(tmp_path, kind, day)
    with made.server:
        yield made
    http_client.reset()


def same(shown: Candles, truth: Candles) -> bool:
    return shown.time.tolist() == truth.time.tolist() and bool((abs(shown.close - truth.close) < 1e-6).all())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "day"),
    [
        (TiingoProvider, USUAL),
        (TiingoProvider, HALF_DAY),
        (TiingoProvider, AFTER_DST),
        (YahooProvider, USUAL),
    ],
    ids=["tiingo", "half-day", "after DST", "yahoo"],
)
def test_a_day_from_before_the_open_to_the_next_morning(scene: Scene) -> None:
    """C2, C3, C5, C8, G3, G18, G19, cache-6, cache-7: what is final is never asked for again."""
    before = scene.minutes()
    assert (before.market_open, len(before.candles), before.last_session < scene.day) == (False, 0, True)
    scene.days()
    scene.calls()
    life_s = scene.source.running_life_s(Resolution.M5)

    scene.clock.now_s = scene.open_s + 5.0
    closes = set()
    while scene.clock.now_s < scene.close_s:
        shown, days = scene.minutes(), scene.days()
        assert shown.market_open
        assert same(shown.candles, scene.truth(shown.fetched_at))
        assert scene.clock.now_s - (shown.fetched_at or 0.0) < life_s
        assert days.candles.close[-1] == pytest.approx(shown.candles.close[-1], rel=0.02)
        assert days.candles.time[-1] // 86_400 == SESSIONS.day[scene.index]
        closes.add(float(shown.candles.close[-1]))
        scene.clock.now_s += STEP_S
    steps = -((scene.open_s + 5 - scene.close_s) // STEP_S)
    assert len(closes) > 0.9 * steps, "the running candle moves"
    in_session = scene.calls()
    assert in_session == expected_in_session(scene, steps)

    final_s = scene.close_s + scene.source.correction_s
    while scene.clock.now_s < final_s:
        shown = scene.minutes()
        assert not shown.market_open
        assert same(shown.candles, scene.truth(shown.fetched_at))
        assert all(span.settled_to <= scene.open_s for span in shown.spans), "nothing is final yet"
        scene.clock.now_s += PROVISIONAL_LIFE_S
    assert scene.calls()[0] <= scene.source.correction_s / PROVISIONAL_LIFE_S + 1

    scene.at(scene.day + timedelta(days=1), 9)
    final = scene.minutes()
    assert final.candles.volume.tolist() == scene.truth(scene.clock.now_s).volume.tolist(), (
        "the corrected one"
    )
    assert final.spans[-1].settled_to == scene.close_s
    scene.days()
    assert scene.calls() == (1, 1)
    for hours in (1, 24, 240, 1_000):
        scene.clock.now_s += hours * 3_600
        assert scene.minutes(scene.day).tier is Tier.MEMORY
    assert scene.calls()[0] == 0


def expected_in_session(scene: Scene, steps: int) -> tuple[int, int]:
    """Return the calls for minutes and for days of a session that is looked at every two minutes."""
    per_life = -(-scene.source.running_life_s(Resolution.DAY) // STEP_S)
    days = -(-steps // int(per_life))
    return steps, days


@pytest.mark.parametrize("kind", [TiingoProvider, YahooProvider], ids=["tiingo", "yahoo"])
def test_a_watched_ticker_stays_within_the_hour(scene: Scene) -> None:
    """Issue 5: looked at every 5 s, one ticker takes no more than eight in ten of an hour's calls."""
    scene.at(scene.day, 10)
    scene.minutes()
    scene.days()
    scene.calls()
    for _ in range(720):
        scene.clock.now_s += 5
        scene.minutes()
        scene.days()
    assert scene.source.allowance.hour is not None
    assert sum(scene.calls()) <= 0.9 * scene.source.allowance.hour


def test_the_day_costs_the_same_however_many_people_watch(scene: Scene) -> None:
    """cache-7, cache-9: one call for each life, for everybody."""
    scene.at(scene.day, 10)
    scene.minutes()
    scene.calls()
    scene.server.fail("/iex/", stand_in.slow(0.1))
    barrier = threading.Barrier(WATCHERS, timeout=30)

    def watch(_: int) -> float | None:
        barrier.wait()
        return scene.minutes().fetched_at

    with ThreadPoolExecutor(WATCHERS) as pool:
        for step in range(1, 6):
            scene.clock.now_s += scene.source.running_life_s(Resolution.M5)
            seen = set(pool.map(watch, range(WATCHERS)))
            assert seen == {scene.clock.now_s}
            assert len(scene.server.seen) == step


def test_watchers_that_do_not_share_cost_a_call_each(scene: Scene, tmp_path: Path) -> None:
    """The negative twin: caches of their own, without the lock between them."""
    scene.at(scene.day, 10)
    places = []
    for number in range(4):
        (tmp_path / str(number)).mkdir()
        places.append(house(tmp_path / str(number), [scene.source], clock=scene.clock, lock=NoLock()))
    barrier = threading.Barrier(len(places), timeout=30)

    def watch(place: TestHouse) -> None:
        barrier.wait()
        place.cache.get(CandleQuery("AAPL", Resolution.M5, scene.day, scene.day, Adjust.RAW))

    with ThreadPoolExecutor(len(places)) as pool:
        list(pool.map(watch, places))
    assert len(scene.server.seen) == len(places)


@pytest.mark.parametrize(
    ("day", "hour", "minute", "is_open"),
    [
        (USUAL, 9, 29, False),
        (USUAL, 9, 30, True),
        (USUAL, 15, 59, True),
        (USUAL, 16, 0, False),
        (HALF_DAY, 12, 59, True),
        (HALF_DAY, 13, 0, False),
        (AFTER_DST, 9, 30, True),
        (date(2025, 1, 9), 12, 0, False),  # a day of mourning
        (date(2025, 3, 8), 12, 0, False),  # a Saturday
    ],
)
def test_the_market_is_open_by_the_calendar(
    scene: Scene, day: date, hour: int, minute: int, *, is_open: bool
) -> None:
    """level-21, cache-7: holidays and half-days are known."""
    scene.at(day, hour, minute)
    assert scene.minutes().market_open is is_open
    assert scene.house.cache.listing("AAPL").market_open is is_open
