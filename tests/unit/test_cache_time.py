"""What the clock does to what is held: life times, midnight, and clocks that jump."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.prices import Basis, PriceRequest
from cache import policy
from cache.blocks import Block, BlockKey, period
from cache.query import Adjust, CandleQuery, Tier
from market.calendars import sessions_for
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S, day_number
from tests.kit.house import Clock, house
from tests.kit.providers import ScriptedProvider, utc

NEW_YORK = ZoneInfo("America/New_York")
THURSDAY, FRIDAY = date(2025, 3, 6), date(2025, 3, 7)
DAY = CandleQuery("AAPL", Resolution.DAY, date(2025, 3, 3), FRIDAY, Adjust.RAW)
MINUTES = replace(DAY, resolution=Resolution.M5)
FOR_EVER_S = policy.SETTLED_LIFE_S + policy.PROVISIONAL_LIFE_S


@pytest.mark.parametrize(
    ("present", "life_s"),
    [("2025-03-07 16:00", policy.RUNNING_LIFE_S), ("2025-03-07 21:30", policy.PROVISIONAL_LIFE_S)],
    ids=["while it trades", "before its corrections are over"],
)
def test_todays_daily_candle_lives_five_minutes(tmp_path: Path, present: str, life_s: int) -> None:
    """C3, C2, cache-6, cache-7: and only that day is asked for again, not its year."""
    provider = ScriptedProvider(utc(present), correction_s=6 * 3600)
    place = house(tmp_path, [provider])
    place.cache.get(DAY)
    place.clock.now_s += life_s - 1
    assert place.cache.get(DAY).tier is Tier.MEMORY
    place.clock.now_s += 2
    provider.close = 123.0
    again = place.cache.get(DAY)
    assert again.tier is Tier.PROVIDER
    assert again.candles.close.tolist() == [100.0] * 4 + [123.0]
    assert (provider.requests[-1].start, provider.requests[-1].end) == (FRIDAY, FRIDAY)


def test_what_was_written_is_read_at_once(tmp_path: Path) -> None:
    """C12: by another process as soon as the answer is there, and the same bit for bit."""
    provider = ScriptedProvider(utc("2025-03-07 22:00"), close=100.1 + 0.2)
    for query in (DAY, MINUTES):
        first = house(tmp_path, [provider]).cache.get(query)
        second = house(tmp_path, [provider]).cache.get(query)
        assert (first.tier, second.tier) == (Tier.PROVIDER, Tier.SQLITE)
        for column in ("time", "open", "high", "low", "close", "volume"):
            assert np.array_equal(getattr(first.candles, column), getattr(second.candles, column))


def at(text: str) -> datetime:
    """Return a wall clock time in New York."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    "begun", [at("2025-03-06 23:59:59"), at("2025-03-06 18:59:59")], ids=["New York's", "UTC's"]
)
def test_a_request_over_midnight_has_one_today(tmp_path: Path, begun: datetime) -> None:
    """C14: it begins on Thursday and its answer comes on Friday; Thursday is its today, whole and final."""
    provider = ScriptedProvider(begun)
    place = house(tmp_path, [provider])

    def before(request: PriceRequest) -> None:
        place.clock.now_s += 2
        provider.present = begun + timedelta(seconds=2)

    provider.before = before
    answer = place.cache.get(MINUTES)
    assert (answer.last_session, answer.market_open) == (THURSDAY, False)
    assert len(answer.candles) == 4 * 78
    provider.requests.clear()
    for days in range(1, 31):
        place.clock.now_s += DAY_S
        again = place.cache.get(replace(MINUTES, end=THURSDAY))
        assert (days, again.tier, len(again.candles)) == (days, Tier.MEMORY, 4 * 78)
    assert provider.requests == []


def test_after_midnight_yesterday_is_final_and_today_has_not_begun(tmp_path: Path) -> None:
    """C15: one second to the other changes nothing; the next morning's open does."""
    provider = ScriptedProvider(at("2025-03-06 23:59:59"))
    place = house(tmp_path, [provider])
    first = place.cache.get(DAY)
    for moment in (at("2025-03-07 00:00:01"), at("2025-03-07 09:29:59")):
        provider.present, place.clock.now_s = moment, moment.timestamp()
        answer = place.cache.get(DAY)
        assert (answer.tier, answer.last_session) == (Tier.MEMORY, THURSDAY)
        assert answer.candles.time.tolist() == first.candles.time.tolist()
    provider.present = at("2025-03-07 09:30:01")
    place.clock.now_s = provider.present.timestamp()
    opened = place.cache.get(DAY)
    assert (opened.tier, opened.last_session) == (Tier.PROVIDER, FRIDAY)
    assert opened.candles.time[-1] == day_number(FRIDAY) * DAY_S


def block_of(resolution: Resolution, fetched_at: float, settled: float) -> Block:
    """Return a block of a week in March 2025, final up to a share of its period."""
    sessions = sessions_for("AAPL")
    day = date(2025, 1, 1) if resolution is Resolution.DAY else THURSDAY
    key = BlockKey("AAPL", "scripted", resolution.value, day_number(day))
    start, end = period(key, sessions)
    bar = np.array([1.0])
    candles = Candles(np.array([start]), bar, bar, bar, bar, np.array([1]))
    return Block(key, candles, fetched_at, int(start + settled * (end - start)), Basis.RAW)


@given(
    resolution=st.sampled_from([Resolution.DAY, Resolution.M5]),
    settled=st.sampled_from([0.0, 0.4, 1.0]),
    empty=st.booleans(),
    jump_s=st.floats(-5 * 365 * DAY_S, 5 * 365 * DAY_S),
    wanted=st.floats(0.0, 1.0),
    market_open=st.booleans(),
)
def test_no_jump_of_a_clock_makes_anything_fresh_for_ever(
    *, resolution: Resolution, settled: float, empty: bool, jump_s: float, wanted: float, market_open: bool
) -> None:
    """C7, reliability 16: neither forward nor back; and the table's expiry always lies after the fetch."""
    block = block_of(resolution, utc("2025-03-07 12:00").timestamp(), settled)
    block = replace(block, candles=Candles.empty()) if empty else block
    start, end = period(block.key, sessions_for("AAPL"))
    wanted_to = int(start + wanted * (end - start))
    now = policy.Moment(block.fetched_at + jump_s, int(block.fetched_at), 0, market_open)
    fresh = policy.is_fresh(block, wanted_to, now, start)
    ahead_s = policy.CLOCKS_APART_S if wanted_to <= block.settled_to else policy.PROVISIONAL_LIFE_S
    if not -ahead_s <= jump_s < policy.SETTLED_LIFE_S:
        assert not fresh
    left_s = policy.expires_at(block, wanted_to, now, start) - block.fetched_at
    assert 0 < left_s <= FOR_EVER_S
    assert block.fetched_at < policy.ttl(block, start) <= block.fetched_at + FOR_EVER_S


@pytest.mark.parametrize(("ahead_s", "believed"), [(1_200, True), (DAY_S, True), (DAY_S + 60, False)])
def test_final_bars_of_a_machine_whose_clock_is_ahead_are_believed(
    tmp_path: Path, *, ahead_s: int, believed: bool
) -> None:
    """C7, reliability 16: else machines whose clocks differ would ask for old days again and again."""
    provider = ScriptedProvider(utc("2025-03-07 16:00"))
    now_s = provider.present.timestamp()
    settled = replace(MINUTES, end=THURSDAY)
    house(tmp_path, [provider], clock=Clock(now_s + ahead_s)).cache.get(settled)
    behind = house(tmp_path, [provider], clock=Clock(now_s))
    tiers = [behind.cache.get(settled).tier for _ in range(2)]
    assert tiers == ([Tier.SQLITE, Tier.MEMORY] if believed else [Tier.PROVIDER, Tier.MEMORY])
    assert len(provider.requests) == (1 if believed else 2)


def test_what_runs_is_not_believed_from_a_clock_that_is_ahead(tmp_path: Path) -> None:
    """C7: how old prices of a running session are cannot be told by a clock that is wrong."""
    provider = ScriptedProvider(utc("2025-03-07 16:00"))
    now_s = provider.present.timestamp()
    running = replace(MINUTES, start=FRIDAY)
    house(tmp_path, [provider], clock=Clock(now_s + 1_200)).cache.get(running)
    assert house(tmp_path, [provider], clock=Clock(now_s)).cache.get(running).tier is Tier.PROVIDER


@pytest.mark.parametrize("jump_s", [-3600, 3600, 91 * DAY_S])
def test_a_clock_that_jumps_costs_calls_and_never_an_answer(tmp_path: Path, jump_s: int) -> None:
    """C7: a change of the clock and back; every answer is right, and calm returns."""
    provider = ScriptedProvider(utc("2025-03-07 16:00"))
    clock = Clock(provider.present.timestamp())
    place = house(tmp_path, [provider], clock=clock)
    expected = place.cache.get(DAY).candles.close.tolist()
    for jump in (jump_s, -jump_s):
        clock.now_s += jump
        answers = [place.cache.get(DAY) for _ in range(2)]
        assert [answer.candles.close.tolist() for answer in answers] == [expected, expected]
        assert all(answer.expires_at > clock.now_s for answer in answers[1:])
    calls = len(provider.requests)
    clock.now_s += 1
    assert place.cache.get(DAY).tier is Tier.MEMORY
    assert len(provider.requests) == calls
