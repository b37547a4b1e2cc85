"""A split that happens between two requests: nothing stays on the old scale (cache-16, ahead-2, G12).

The clients are the real ones, on the stand-in server; what Yahoo says is adjusted for the splits of its day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from adapters import http_client
from adapters.demo import DemoProvider
from adapters.prices import PriceProvider
from adapters.tiingo import TiingoProvider
from adapters.yahoo import YahooProvider
from cache.query import Adjust, Answer, CandleQuery
from market.actions import CorporateAction
from market.candles import Candles
from market.resolution import Resolution
from tests.kit import provider_server as stand_in
from tests.kit.house import Clock, TestHouse, house
from tests.kit.provider_server import ProviderServer
from tests.kit.providers import utc
from tests.kit.stand_in_market import Market

SPLIT = date(2025, 2, 12)
MARKET = Market({"AAPL": [(SPLIT, 4.0)]})
EVENING_BEFORE, IN_SESSION, EVENING_AFTER = (
    utc(text).timestamp() for text in ("2025-02-11 22:30", "2025-02-12 16:00", "2025-02-12 22:45")
)


class Scene:
    """One real client on one server, on both sides of a split."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clock = Clock(EVENING_BEFORE)
        self.server = ProviderServer(now=self.clock, market=MARKET)

    def provider(self, name: str) -> PriceProvider:
        if name == "tiingo":
            return TiingoProvider("key", self.server.url, clock=self.clock)
        return YahooProvider(self.server.url, clock=self.clock)

    def house(self, *names: str) -> TestHouse:
        return house(self.folder, [self.provider(name) for name in names], clock=self.clock, deadline_s=30.0)

    def truth(self, query: CandleQuery) -> Candles:
        """Return what the market is by now, adjusted for the splits that have come."""
        span = query.start, query.end
        if query.resolution is Resolution.DAY:
            return MARKET.daily("AAPL", *span, self.clock.now_s, as_traded=False)
        return MARKET.intraday("AAPL", *span, query.resolution, self.clock.now_s, as_traded=False)

    def is_right(self, answer: Answer) -> bool:
        """Return whether an answer has every bar, and none on an old scale."""
        truth = self.truth(answer.query)
        same = answer.candles.time.tolist() == truth.time.tolist() and not answer.missing
        return same and bool(np.abs(answer.candles.close - truth.close).max() < 1e-3)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    made = Scene(tmp_path)
    with made.server:
        yield made
    http_client.reset()


def span(resolution: str, start: str, end: str) -> CandleQuery:
    return CandleQuery("AAPL", Resolution(resolution), date.fromisoformat(start), date.fromisoformat(end))


@pytest.mark.parametrize("other_process", [False, True], ids=["this process", "another process"])
@pytest.mark.parametrize("end", ["2025-02-12", "2025-02-10"], ids=["with today", "before the split only"])
@pytest.mark.parametrize("resolution", ["5", "60", "1", "D"])
@pytest.mark.parametrize("name", ["yahoo", "tiingo"])
def test_what_was_held_before_a_split_is_on_the_new_scale_after_it(
    scene: Scene, name: str, resolution: str, end: str, *, other_process: bool
) -> None:
    """cache-16, G12: although nobody asked for a daily candle; and from then on out of memory."""
    place = scene.house(name)
    before = place.cache.get(span(resolution, "2025-02-03", "2025-02-11"))
    assert scene.is_right(before)
    # Tiingo tells a split with the day's bar, half past five in the afternoon.
    scene.clock.now_s = IN_SESSION if name == "yahoo" else EVENING_AFTER
    place = scene.house(name) if other_process else place
    query = span(resolution, "2025-02-03", end)
    answer = place.cache.get(query)
    assert scene.is_right(answer)
    assert answer.candles.close[0] == pytest.approx(before.candles.close[0] / 4, abs=1e-3)
    assert answer.shortfall == ""
    calls = len(scene.server.seen)
    again = place.cache.get(query)
    assert again.candles == answer.candles
    assert len(scene.server.seen) == calls


def test_minutes_that_were_looked_at_in_the_session_are_on_the_new_scale_in_the_evening(scene: Scene) -> None:
    """cache-16: what Tiingo knew of splits at noon does not count for the evening."""
    place = scene.house("tiingo")
    query = span("5", "2025-02-03", "2025-02-10")
    scene.clock.now_s = IN_SESSION
    noon = place.cache.get(query)
    scene.clock.now_s = EVENING_AFTER
    assert scene.is_right(place.cache.get(query))
    assert place.cache.get(query).candles.close[0] == pytest.approx(noon.candles.close[0] / 4, abs=1e-3)


def test_the_minutes_cost_three_calls_on_the_day_of_the_split_and_one_for_the_splits_on_any_other(
    scene: Scene,
) -> None:
    """What is new, this year's days with the splits, and the month anew: whatever is looked at afterwards."""
    place = scene.house("yahoo")
    place.cache.get(span("5", "2025-02-03", "2025-02-10"))
    scene.server.market = Market()  # the negative twin: no split comes
    scene.server.seen.clear()
    scene.clock.now_s = utc("2025-02-11 15:00").timestamp() + 86_400
    place.cache.get(span("5", "2025-02-03", "2025-02-12"))
    assert [call.params["interval"] for call in scene.server.seen] == ["5m", "1d"]
    scene.server.seen.clear()
    place.cache.get(span("5", "2025-02-03", "2025-02-07"))
    assert scene.server.seen == []


def test_splits_that_cannot_be_checked_are_told_and_leave_the_view_to_the_next_source(scene: Scene) -> None:
    """cache-11, cache-16: alone, what is held is shown with a word of warning."""
    place = scene.house("yahoo", "tiingo")
    query = span("5", "2025-02-03", "2025-02-10")
    place.cache.get(query)
    scene.clock.now_s = EVENING_AFTER
    scene.server.fail("/v8/", stand_in.reset)
    answer = place.cache.get(query)
    assert answer.source == "tiingo"
    assert scene.is_right(answer)
    alone = place.cache.get(replace(query, source="yahoo"))
    assert "could not be checked" in alone.shortfall
    assert alone.shortfall in alone.notes


@pytest.mark.parametrize("late_s", [0.0, 1_800.0], ids=["at the open", "half an hour late"])
@pytest.mark.parametrize("resolution", ["5", "60", "D"])
@pytest.mark.parametrize("other_process", [False, True])
def test_what_was_fetched_on_the_day_of_a_split_before_it_was_told_is_on_the_new_scale_after_it(
    scene: Scene, resolution: str, late_s: float, *, other_process: bool
) -> None:
    """cache-16: before the open, and after it where Yahoo is late, its prices are still on the old scale."""
    past = span(resolution, "2024-12-02" if resolution == "D" else "2025-02-03", "2025-02-11")
    scene.server.market = replace(MARKET, told_late_s=late_s)
    place = scene.house("yahoo")
    seen = ["2025-02-12 09:00", "2025-02-12 14:40"]
    for text in seen[: 2 if late_s else 1]:  # the past of before is on one scale, whenever it was fetched
        scene.clock.now_s = utc(text).timestamp()
        place.cache.get(past)
    scene.clock.now_s = utc("2025-02-12 15:10").timestamp()
    place.cache.get(span("D", "2025-02-03", "2025-02-12"))  # somebody hears of it
    place = scene.house("yahoo") if other_process else place
    assert scene.is_right(place.cache.get(past))
    scene.clock.now_s = utc("2025-02-13 22:45").timestamp()
    calls = len(scene.server.seen)
    assert scene.is_right(place.cache.get(past))
    assert len(scene.server.seen) <= calls + 1  # that no split has come


def test_the_same_view_never_holds_two_scales(scene: Scene) -> None:
    """cache-16: the month cannot be had anew on the day of the split; what is old is left out and named."""
    place = scene.house("yahoo")
    place.cache.get(span("5", "2025-02-03", "2025-02-11"))
    scene.clock.now_s = IN_SESSION
    answered: list[str] = []

    def once_each(handler: stand_in.Handler) -> bool:
        interval = "5m" if "interval=5m" in handler.path else "1d"
        answered.append(interval)
        return answered.count("5m") > 1 and stand_in.reset(handler)

    scene.server.fail("/v8/", once_each)
    answer = place.cache.get(span("5", "2025-02-03", "2025-02-12"))
    assert [str(part.start) for part in answer.missing][:1] == ["2025-02-03"]
    # The evening before, Tuesday was not final yet: it came again with Wednesday.
    truth = scene.truth(span("5", "2025-02-11", "2025-02-12"))
    assert answer.candles.time.tolist() == truth.time.tolist()


@pytest.mark.parametrize("resolution", ["5", "D"])
@pytest.mark.parametrize("name", ["tiingo", "yahoo"])
@pytest.mark.parametrize("other_process", [False, True])
def test_a_split_is_heard_of_although_a_clock_was_ahead_for_a_while(
    scene: Scene, name: str, resolution: str, *, other_process: bool
) -> None:
    """C15, cache-16: what was known of splits "in a month" does not count until then."""
    place = scene.house(name)
    scene.server.now = Clock(EVENING_BEFORE)
    scene.clock.now_s += 30 * 86_400
    place.cache.get(span("D", "2025-02-03", "2025-03-12"))
    scene.server.now, scene.clock.now_s = scene.clock, EVENING_AFTER
    place = scene.house(name) if other_process else place
    query = span(resolution, "2025-02-03", "2025-02-12")
    for _ in range(2):
        assert scene.is_right(place.cache.get(query))
    calls = len(scene.server.seen)
    assert scene.is_right(place.cache.get(query))
    assert len(scene.server.seen) == calls


REAL = [("AAPL", "2000-06-21", 2.0), ("MSFT", "2003-02-18", 2.0), ("AAPL", "2005-02-28", 2.0)]


@pytest.mark.parametrize(("ticker", "ex_date", "ratio"), REAL)
@pytest.mark.parametrize("adjust", list(Adjust))
def test_the_demos_three_real_splits_are_no_crashes(
    tmp_path: Path, ticker: str, ex_date: str, ratio: float, adjust: Adjust
) -> None:
    """ahead-2: as traded the price halves over night, adjusted it does not; the split is told either way."""
    day = date.fromisoformat(ex_date)
    query = CandleQuery(ticker, Resolution.DAY, day.replace(day=1), day, adjust)
    answer = house(tmp_path, [DemoProvider()]).cache.get(query)
    before, on = answer.candles.close[-2:]
    step = ratio if adjust is Adjust.RAW else 1.0
    assert on * step / before == pytest.approx(1.0, abs=0.1)  # AAPL rose by 9.9 % that day
    assert [a for a in answer.events if a.split != 1.0] == [CorporateAction(day, ratio)]


@pytest.mark.parametrize("adjust", list(Adjust))
def test_the_demos_one_real_crash_stays_one(tmp_path: Path, adjust: Adjust) -> None:
    """ahead-2: AAPL lost 52 % on 29 September 2000, and no adjustment smooths it away."""
    query = CandleQuery("AAPL", Resolution.DAY, date(2000, 9, 28), date(2000, 9, 29), adjust)
    answer = house(tmp_path, [DemoProvider()]).cache.get(query)
    before, on = answer.candles.close
    assert on / before == pytest.approx(0.48, abs=0.01)
    assert answer.events == ()
