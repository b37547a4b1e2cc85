"""The running day of a source that tells it only in the evening (cache-6, cache-7, C3, level-21).

Tiingo's real client on the stand-in server, which has a day's bar from 17:30 New York on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from adapters import http_client
from adapters.prices import PriceProvider
from adapters.tiingo import TiingoProvider
from adapters.yahoo import YahooProvider
from cache.blocks import BlockKey
from cache.query import Adjust, CandleQuery
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S, day_number
from tests.kit import provider_server as stand_in
from tests.kit.house import Clock, TestHouse, house
from tests.kit.provider_server import ProviderServer
from tests.kit.providers import utc
from tests.kit.stand_in_market import Market

TODAY = date(2025, 3, 5)
LABEL = day_number(TODAY) * DAY_S
IN_SESSION_S = utc("2025-03-05 16:02").timestamp()  # 11:02 in New York
DAYS = CandleQuery("AAPL", Resolution.DAY, date(2025, 2, 3), TODAY)
MINUTES = CandleQuery("AAPL", Resolution.M5, TODAY, TODAY)
NOTE = "Today's candle is built from Tiingo's 5-minute prices."


class Scene:
    """Tiingo in a session, on a server with a clock that the test moves."""

    def __init__(self, folder: Path, market: Market) -> None:
        self.folder = folder
        self.clock = Clock(IN_SESSION_S)
        self.server = ProviderServer(now=self.clock, market=market)

    def tiingo(self) -> PriceProvider:
        return TiingoProvider("key", self.server.url, clock=self.clock)

    def yahoo(self) -> PriceProvider:
        return YahooProvider(self.server.url, clock=self.clock)

    def house(self, *providers: PriceProvider) -> TestHouse:
        return house(self.folder, providers or [self.tiingo()], clock=self.clock, deadline_s=30.0)

    def at(self, text: str) -> None:
        self.clock.now_s = utc(text).timestamp()

    def minutes(self, *, as_traded: bool = True) -> Candles:
        return self.server.market.intraday(
            "AAPL", TODAY, TODAY, Resolution.M5, self.clock.now_s, as_traded=as_traded
        )


@pytest.fixture
def market() -> Market:
    return Market()


@pytest.fixture
def scene(tmp_path: Path, market: Market) -> Iterator[Scene]:
    made = Scene(tmp_path, market)
    with made.server:
        yield made
    http_client.reset()


def last(candles: Candles) -> tuple[float, ...]:
    return tuple(
        float(getattr(candles, name)[-1]) for name in ("time", "open", "high", "low", "close", "volume")
    )


def built(bars: Candles) -> tuple[float, ...]:
    return (LABEL, bars.open[0], bars.high.max(), bars.low.min(), bars.close[-1], bars.volume.sum())


def test_the_days_candle_is_made_of_its_minutes_and_told_to_be(scene: Scene) -> None:
    """C3: with a story of its own: how old the minutes are, and that it is not final."""
    place = scene.house()
    answer = place.cache.get(DAYS)
    assert last(answer.candles) == built(scene.minutes())
    assert answer.notes == (NOTE,)
    *_, before, today = answer.spans
    assert (today.start, today.end, today.settled_to) == (TODAY, TODAY, LABEL)
    assert before.end == date(2025, 3, 4)
    assert (answer.missing, answer.shortfall) == ((), "")


def test_it_moves_with_the_market_and_is_looked_at_every_five_minutes(scene: Scene) -> None:
    """cache-6: the minutes of a daily candle may be five minutes old; its days half an hour."""
    place = scene.house()
    place.cache.get(DAYS)
    calls = []
    for _ in range(30):
        scene.clock.now_s += 60
        scene.server.seen.clear()
        answer = place.cache.get(DAYS)
        calls += [call.path.split("/")[1] for call in scene.server.seen]
        assert answer.expires_at <= answer.spans[-1].fetched_at + 300
        assert scene.clock.now_s - answer.spans[-1].fetched_at < 300
    assert calls.count("iex") == 6
    assert calls.count("tiingo") == 1
    assert last(answer.candles) == built(scene.minutes())


def test_who_looks_at_the_minutes_pays_for_the_days_candle(scene: Scene) -> None:
    """The same block: no call of its own, and as fresh as the intraday chart."""
    place = scene.house()
    place.cache.get(DAYS)
    for _ in range(5):
        scene.clock.now_s += 90
        place.cache.get(MINUTES)
        scene.server.seen.clear()
        assert last(place.cache.get(DAYS).candles) == built(scene.minutes())
        assert scene.server.seen == []


def test_it_is_never_stored(scene: Scene) -> None:
    place = scene.house()
    place.cache.get(DAYS)
    key = BlockKey("AAPL", "tiingo", "D", day_number(date(2025, 1, 1)))
    held = place.cache._tiers.memory.peek(key)
    assert held is not None
    assert held.candles.time[-1] < LABEL
    scene.server.fail("/", stand_in.reset)
    other = scene.house().cache.get(replace(DAYS, end=date(2025, 3, 4)))
    assert other.candles.time[-1] < LABEL


@pytest.mark.parametrize("resolution", [Resolution.WEEK, Resolution.MONTH])
def test_weeks_and_months_have_it_too(scene: Scene, resolution: Resolution) -> None:
    answer = scene.house().cache.get(replace(DAYS, resolution=resolution))
    minutes = scene.minutes()
    assert answer.candles.close[-1] == minutes.close[-1]
    assert answer.candles.high[-1] >= minutes.high.max()
    assert NOTE in answer.notes


def test_the_sources_own_bar_takes_its_place(scene: Scene) -> None:
    """From half past five on, half an hour later at the latest."""
    place = scene.house()
    scene.at("2025-03-05 22:29")
    assert place.cache.get(DAYS).notes == (NOTE,)
    scene.at("2025-03-05 23:00")
    answer = place.cache.get(DAYS)
    assert answer.notes == ()
    truth = scene.server.market.daily("AAPL", TODAY, TODAY, scene.clock.now_s, as_traded=True)
    assert last(answer.candles) == last(truth)
    assert answer.spans[-1].start < TODAY


@pytest.mark.parametrize("now", ["2025-03-05 14:29", "2025-03-05 11:00"])
def test_before_the_open_there_is_no_today(scene: Scene, now: str) -> None:
    """level-21: the market is closed, and no minute is asked for."""
    scene.at(now)
    answer = scene.house().cache.get(DAYS)
    assert (answer.last_session, answer.market_open) == (date(2025, 3, 4), False)
    assert answer.candles.time[-1] == LABEL - DAY_S
    assert scene.server.count("tiingo", "/iex/") == 0


def test_a_day_that_nobody_asked_for_is_not_built(scene: Scene) -> None:
    place = scene.house()
    place.cache.get(replace(DAYS, end=date(2025, 3, 4)))
    place.cache.get(DAYS, warming=True)
    assert scene.server.count("tiingo", "/iex/") == 0


REFUSED = stand_in.status(403, '{"detail":"You do not have permission"}')
BUSY = stand_in.status(429, '{"detail":"Error: You have run over your hourly request allocation."}')


@pytest.mark.parametrize(("fault", "notes"), [(REFUSED, 0), (BUSY, 1), (stand_in.reset, 1)])
def test_without_minutes_the_chart_is_there_without_today(
    scene: Scene, fault: stand_in.Fault, notes: int
) -> None:
    """A plan without minutes needs no word each time; what passes is told."""
    scene.server.fail("/iex/", fault)
    answer = scene.house().cache.get(DAYS)
    assert answer.candles.time[-1] == LABEL - DAY_S
    assert (answer.source, answer.shortfall) == ("tiingo", "")
    assert len(answer.notes) == notes
    assert all(note.startswith("Today's candle is not there yet. ") for note in answer.notes)


def test_old_minutes_are_another_sources_turn(scene: Scene) -> None:
    """cache-11: the hour is used up while a chart of days is looked at."""
    place = scene.house(scene.tiingo(), scene.yahoo())
    place.cache.get(DAYS)
    scene.server.fail("/iex/", BUSY)
    scene.clock.now_s += 400
    answer = place.cache.get(DAYS)
    assert (answer.source, answer.stale_since) == ("yahoo", None)
    alone = place.cache.get(replace(DAYS, source="tiingo"))
    assert alone.stale_since == IN_SESSION_S
    assert "budget" in alone.shortfall


def test_who_has_todays_bar_is_left_as_it_is(scene: Scene) -> None:
    answer = scene.house(scene.yahoo()).cache.get(DAYS)
    assert (answer.candles.time[-1], answer.notes) == (LABEL, ())
    assert all(call.params["interval"] == "1d" for call in scene.server.seen)


@dataclass(frozen=True)
class Delisted(Market):
    """The ticker traded until January."""

    def daily(self, ticker: str, start: date, end: date, now_s: float, *, as_traded: bool) -> Candles:
        end = min(end, date(2025, 1, 17))
        return Market.daily(self, ticker, start, end, now_s, as_traded=as_traded)


@pytest.mark.parametrize("market", [Delisted()])
def test_a_ticker_that_is_not_traded_any_more_costs_no_minutes(scene: Scene) -> None:
    """G8: Tiingo's free hour has 50 calls."""
    answer = scene.house().cache.get(replace(DAYS, start=date(2025, 1, 2)))
    assert answer.candles.time[-1] == day_number(date(2025, 1, 17)) * DAY_S
    assert scene.server.count("tiingo", "/iex/") == 0


SPLIT_TODAY = Market({"AAPL": [(TODAY, 4.0)]})
AROUND = replace(MINUTES, start=date(2025, 3, 4))


@pytest.mark.parametrize("market", [SPLIT_TODAY])
@pytest.mark.parametrize("query", [DAYS, replace(DAYS, resolution=Resolution.WEEK), AROUND])
def test_a_split_that_is_told_in_the_evening_is_another_sources_turn_until_then(
    scene: Scene, query: CandleQuery
) -> None:
    """cache-16: Tiingo's splits come with the daily bar; before, a chart would show a crash."""
    place = scene.house(scene.tiingo(), scene.yahoo())
    answer = place.cache.get(query)
    assert (answer.source, answer.shortfall) == ("yahoo", "")
    assert "AAPL opened at 25% of its last close; showing Yahoo." in answer.notes
    assert answer.candles.low.min() > 0.8 * answer.candles.high.max()
    alone = place.cache.get(replace(query, source="tiingo"))
    assert alone.shortfall.endswith("If that was a split, Tiingo tells it in the evening.")
    assert alone.shortfall in alone.notes
    scene.at("2025-03-05 23:30")
    evening = place.cache.get(query)
    assert (evening.source, evening.shortfall) == ("tiingo", "")
    assert evening.candles.low.min() > 0.8 * evening.candles.high.max()


@pytest.mark.parametrize("market", [SPLIT_TODAY])
def test_prices_as_traded_are_in_no_doubt(scene: Scene) -> None:
    answer = scene.house(scene.tiingo(), scene.yahoo()).cache.get(replace(DAYS, adjust=Adjust.RAW))
    assert (answer.source, answer.shortfall) == ("tiingo", "")


@pytest.mark.parametrize("market", [Market(dividends={"AAPL": [(TODAY, 0.5)]})])
def test_a_usual_day_is_in_no_doubt(scene: Scene) -> None:
    """And a dividend of today, which is as small as usual, comes in the evening."""
    answer = scene.house(scene.tiingo(), scene.yahoo()).cache.get(replace(DAYS, adjust=Adjust.TOTAL))
    assert (answer.source, answer.shortfall) == ("tiingo", "")


def test_on_a_weekend_the_day_is_named(scene: Scene) -> None:
    """The source is late: Friday's bar is not there on Saturday."""
    scene.at("2025-03-07 22:00")
    place = scene.house()
    place.cache.get(DAYS)
    scene.server.fail("/tiingo/", stand_in.reset)
    scene.at("2025-03-08 15:00")
    answer = place.cache.get(replace(DAYS, end=date(2025, 3, 7)))
    assert "The candle of 2025-03-07 is built from Tiingo's 5-minute prices." in answer.notes


def test_a_span_after_today_does_not_get_todays_candle(scene: Scene) -> None:
    """Found by hypothesis: after midnight UTC the day to come begins while New York has the old one."""
    place = scene.house()
    place.cache.get(DAYS)
    tomorrow = date(2025, 3, 6)
    answer = place.cache.get(CandleQuery("AAPL", Resolution.DAY, tomorrow, tomorrow))
    assert len(answer.candles) == 0
