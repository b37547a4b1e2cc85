"""The way of a request through memory, table and provider, on a real table."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from adapters.errors import RateLimitedError, UnavailableError
from adapters.prices import Kind
from cache.errors import BadQueryError, PricesUnavailableError, ProviderBusyError, TickerNotFoundError
from cache.query import Adjust, CandleQuery, Tier
from market.resolution import Resolution
from tests.kit.files import Folder, csv_of, daily_rows
from tests.kit.house import Clock, house
from tests.kit.providers import ScriptedProvider, spoiled, utc

AFTER_CLOSE = utc("2025-03-07 22:00")
IN_SESSION = utc("2025-03-07 16:02")
FRIDAY = date(2025, 3, 7)


def ask(resolution: str, start: str, end: str, **more: object) -> CandleQuery:
    return CandleQuery(
        "AAPL", Resolution(resolution), date.fromisoformat(start), date.fromisoformat(end), **more
    )


def test_a_cold_span_comes_from_the_provider_then_memory_then_the_table(tmp_path: Path) -> None:
    """B11, F2, F3, E15: each tier answers with the same candles, and a table hit warms memory."""
    provider = ScriptedProvider(AFTER_CLOSE)
    first = house(tmp_path, [provider])
    query = ask("5", "2025-03-05", "2025-03-07")
    cold = first.cache.get(query)
    assert (cold.tier, len(cold.candles)) == (Tier.PROVIDER, 3 * 78)
    warm = first.cache.get(query)
    assert warm.tier is Tier.MEMORY
    again = house(tmp_path, [provider], clock=first.clock)
    stored = again.cache.get(query)
    assert stored.tier is Tier.SQLITE
    assert cold.candles == warm.candles == stored.candles
    assert again.cache.get(query).tier is Tier.MEMORY
    assert len([r for r in provider.requests if r.resolution is Resolution.M5]) == 1


def test_two_hours_of_a_cached_month_cost_one_query_and_no_call(tmp_path: Path) -> None:
    """cache-2, cache-9: the first look fetched the whole month, so its other days are held."""
    provider = ScriptedProvider(AFTER_CLOSE)
    first = house(tmp_path, [provider])
    first.cache.get(ask("5", "2025-02-10", "2025-02-10"))
    calls = len(provider.requests)
    answer = house(tmp_path, [provider], clock=first.clock).cache.get(ask("5", "2025-02-24", "2025-02-24"))
    assert answer.tier is Tier.SQLITE
    assert len(provider.requests) == calls


def test_a_new_session_is_a_new_block(tmp_path: Path) -> None:
    """A1, cache-6: the next day only its own session is asked for."""
    provider = ScriptedProvider(utc("2025-03-06 22:00"))
    place = house(tmp_path, [provider])
    place.cache.get(ask("5", "2025-03-03", "2025-03-06"))
    provider.requests.clear()
    provider.present = AFTER_CLOSE
    place.clock.now_s = AFTER_CLOSE.timestamp()
    answer = place.cache.get(ask("5", "2025-03-03", "2025-03-07"))
    intraday = [r for r in provider.requests if r.resolution is Resolution.M5]
    assert [(r.start, r.end) for r in intraday] == [(FRIDAY, FRIDAY)]
    assert [s.tier for s in answer.spans] == [Tier.MEMORY, Tier.PROVIDER]
    assert len(answer.candles) == 5 * 78


def test_a_new_day_never_refetches_the_year(tmp_path: Path) -> None:
    """cache-6: what is final stays; the provider is asked from the first day that is not."""
    provider = ScriptedProvider(utc("2025-03-06 22:00"))
    place = house(tmp_path, [provider])
    place.cache.get(ask("D", "2025-01-02", "2025-03-06"))
    provider.requests.clear()
    provider.present = AFTER_CLOSE
    place.clock.now_s = AFTER_CLOSE.timestamp()
    answer = place.cache.get(ask("D", "2025-01-02", "2025-03-07"))
    assert [(r.start, r.end) for r in provider.requests] == [(FRIDAY, FRIDAY)]
    assert len(answer.candles) == 44


@pytest.mark.parametrize(("age_s", "calls"), [(14, 0), (16, 1)])
def test_the_running_candle_is_fetched_again_after_fifteen_seconds(
    tmp_path: Path, age_s: int, calls: int
) -> None:
    """cache-7, C2: and its close is seen to change."""
    provider = ScriptedProvider(IN_SESSION)
    place = house(tmp_path, [provider])
    place.cache.get(ask("5", "2025-03-07", "2025-03-07", adjust=Adjust.RAW))
    provider.requests.clear()
    provider.close = 101.0
    place.clock.now_s += age_s
    answer = place.cache.get(ask("5", "2025-03-07", "2025-03-07", adjust=Adjust.RAW))
    assert len(provider.requests) == calls
    assert answer.candles.close[-1] == (101.0 if calls else 100.0)


@pytest.mark.parametrize(("age_s", "calls"), [(299, 0), (301, 1)])
def test_after_the_close_an_unsettled_session_lives_five_minutes(
    tmp_path: Path, age_s: int, calls: int
) -> None:
    """C2, C5: until the provider's corrections are over."""
    provider = ScriptedProvider(AFTER_CLOSE, correction_s=4 * 3600)
    place = house(tmp_path, [provider])
    query = ask("5", "2025-03-07", "2025-03-07", adjust=Adjust.RAW)
    place.cache.get(query)
    provider.requests.clear()
    place.clock.now_s += age_s
    place.cache.get(query)
    assert len(provider.requests) == calls


@pytest.mark.parametrize(("days", "calls"), [(89, 0), (91, 1)])
def test_settled_candles_live_ninety_days(tmp_path: Path, days: int, calls: int) -> None:
    """C1, C6, C11: in memory and table alike."""
    provider = ScriptedProvider(AFTER_CLOSE)
    place = house(tmp_path, [provider])
    query = ask("5", "2025-02-03", "2025-02-03", adjust=Adjust.RAW)
    place.cache.get(query)
    provider.requests.clear()
    place.clock.now_s += days * 86_400
    later = house(tmp_path, [provider], clock=place.clock)
    later.cache.get(query)
    assert len(provider.requests) == calls


def test_weekly_candles_are_whole_and_come_from_daily_ones(tmp_path: Path) -> None:
    """cache-1: a window that begins on a Wednesday still shows the whole week."""
    provider = ScriptedProvider(AFTER_CLOSE)
    answer = house(tmp_path, [provider]).cache.get(ask("W", "2025-02-26", "2025-03-05"))
    assert answer.candles.volume.tolist() == [5000, 5000]
    assert {r.resolution for r in provider.requests} == {Resolution.DAY}


def test_wide_intraday_is_built_from_five_minutes_where_they_reach(tmp_path: Path) -> None:
    """cache-1: one view never mixes two bases."""
    provider = ScriptedProvider(AFTER_CLOSE, first={Resolution.M5: date(2025, 1, 2)})
    place = house(tmp_path, [provider])
    near = place.cache.get(ask("30", "2025-03-03", "2025-03-07", adjust=Adjust.RAW))
    far = place.cache.get(ask("30", "2024-12-02", "2025-03-07", adjust=Adjust.RAW))
    assert len(near.candles) == 5 * 13
    assert [r.resolution for r in provider.requests] == [Resolution.M5, Resolution.M30]
    assert far.candles.time[0] == utc("2024-12-02 14:30").timestamp()


def test_a_resolution_that_is_not_offered_falls_back_and_says_so(tmp_path: Path) -> None:
    """api-4, G16."""
    provider = ScriptedProvider(AFTER_CLOSE, offered=frozenset({Resolution.DAY}))
    answer = house(tmp_path, [provider]).cache.get(ask("5", "2025-03-03", "2025-03-07"))
    assert answer.resolution is Resolution.DAY
    assert "not offered" in answer.notes[0]


def test_a_split_is_applied_when_read_and_never_stored(tmp_path: Path) -> None:
    """G12, cache-16: splits scale prices and volume; raw prices stay as traded."""
    provider = ScriptedProvider(AFTER_CLOSE, splits=((date(2025, 3, 6), 4.0, 0.0),))
    place = house(tmp_path, [provider])
    adjusted = place.cache.get(ask("D", "2025-03-04", "2025-03-07"))
    raw = place.cache.get(ask("D", "2025-03-04", "2025-03-07", adjust=Adjust.RAW))
    assert adjusted.candles.close.tolist() == [25.0, 25.0, 100.0, 100.0]
    assert adjusted.candles.volume.tolist() == [4000, 4000, 1000, 1000]
    assert raw.candles.close.tolist() == [100.0] * 4


def test_intraday_uses_the_actions_of_the_daily_series(tmp_path: Path) -> None:
    """cache-16: and asks for them once a session."""
    provider = ScriptedProvider(AFTER_CLOSE, splits=((date(2025, 3, 6), 2.0, 0.0),))
    place = house(tmp_path, [provider])
    answer = place.cache.get(ask("60", "2025-03-05", "2025-03-06"))
    place.cache.get(ask("60", "2025-03-05", "2025-03-06"))
    assert answer.candles.close[0] == 50.0
    assert answer.candles.close[-1] == 100.0
    assert [r.resolution for r in provider.requests] == [Resolution.M5, Resolution.DAY]


def test_total_return_uses_the_close_before_each_dividend(tmp_path: Path) -> None:
    """cache-16: 2 % paid, so earlier prices are worth 98 %; volume is untouched."""
    provider = ScriptedProvider(AFTER_CLOSE, splits=((date(2025, 3, 6), 1.0, 2.0),))
    place = house(tmp_path, [provider])
    answer = place.cache.get(ask("D", "2025-03-05", "2025-03-07", adjust=Adjust.TOTAL))
    assert np.allclose(answer.candles.close, [98.0, 100.0, 100.0])
    assert answer.candles.volume.tolist() == [1000] * 3


def test_a_bad_bar_is_dropped_and_the_block_asked_for_again_soon(tmp_path: Path) -> None:
    """cache-4, B9: one bad bar costs this bar and five minutes, not the answer."""
    provider = ScriptedProvider(AFTER_CLOSE)
    provider.mangle = lambda c: spoiled(c, -5, high=1.0)
    place = house(tmp_path, [provider])
    query = ask("5", "2025-03-07", "2025-03-07", adjust=Adjust.RAW)
    assert len(place.cache.get(query).candles) == 77
    provider.mangle = lambda c: c
    place.clock.now_s += 301
    assert len(place.cache.get(query).candles) == 78
    assert place.cache.statistics.snapshot()["dropped_bars"] == 1


def test_an_answer_from_the_future_is_rejected_whole_and_nothing_is_kept(tmp_path: Path) -> None:
    """cache-4, C10: the table stays empty and the next call asks again."""
    provider = ScriptedProvider(AFTER_CLOSE)
    provider.mangle = lambda c: spoiled(c, -1, time=int(AFTER_CLOSE.timestamp()) + 60)
    place = house(tmp_path, [provider])
    with pytest.raises(PricesUnavailableError, match="Nothing of it was kept"):
        place.cache.get(ask("5", "2025-03-07", "2025-03-07"))
    assert place.table.query("AAPL#scripted") == []


def test_an_unknown_ticker_is_not_cached(tmp_path: Path) -> None:
    """E4, cache-4."""
    provider = ScriptedProvider(AFTER_CLOSE)
    place = house(tmp_path, [provider])
    query = CandleQuery("ZZZQ", Resolution.DAY, FRIDAY, FRIDAY)
    with pytest.raises(TickerNotFoundError, match="Check the spelling"):
        place.cache.get(query)
    provider.known = frozenset({"ZZZQ"})
    assert len(place.cache.get(query).candles) == 1


def test_stale_beats_broken_when_the_provider_fails(tmp_path: Path) -> None:
    """E3, cache-11: what is held is shown with its age; with nothing held the caller gets an error."""
    provider = ScriptedProvider(IN_SESSION)
    place = house(tmp_path, [provider])
    query = ask("5", "2025-03-07", "2025-03-07", adjust=Adjust.RAW)
    place.cache.get(query)
    provider.error = UnavailableError("scripted is down. Try again.", provider="scripted")
    place.clock.now_s += 3600
    answer = place.cache.get(query)
    assert answer.stale_since == IN_SESSION.timestamp()
    assert answer.shown_tier == "stale"
    with pytest.raises(PricesUnavailableError, match="scripted is down"):
        place.cache.get(ask("5", "2025-01-07", "2025-01-07", adjust=Adjust.RAW))


def test_the_next_source_answers_and_demo_never_stands_in_for_a_live_one(tmp_path: Path) -> None:
    """api-7."""
    down = ScriptedProvider(AFTER_CLOSE, error=UnavailableError("down"), name="first")
    second = ScriptedProvider(AFTER_CLOSE, name="second")
    demo = ScriptedProvider(AFTER_CLOSE, name="demo", kind=Kind.DEMO)
    query = ask("D", "2025-03-03", "2025-03-07")
    assert house(tmp_path, [down, second]).cache.get(query).source == "second"
    with pytest.raises(PricesUnavailableError):
        house(tmp_path / "b", [down, demo]).cache.get(query)
    assert house(tmp_path / "c", [demo]).cache.get(query).source == "demo"


def test_a_named_source_is_the_only_one_asked(tmp_path: Path) -> None:
    first, second = ScriptedProvider(AFTER_CLOSE, name="first"), ScriptedProvider(AFTER_CLOSE, name="second")
    cache = house(tmp_path, [first, second]).cache
    assert cache.get(ask("D", "2025-03-03", "2025-03-07", source="second")).source == "second"
    assert first.requests == []
    with pytest.raises(BadQueryError, match="first, second"):
        cache.get(ask("D", "2025-03-03", "2025-03-07", source="third"))


def test_every_source_being_busy_is_told_with_the_time_to_wait(tmp_path: Path) -> None:
    provider = ScriptedProvider(AFTER_CLOSE, error=RateLimitedError("budget used up", retry_after_s=900))
    with pytest.raises(ProviderBusyError) as caught:
        house(tmp_path, [provider]).cache.get(ask("D", "2025-03-03", "2025-03-07"))
    assert caught.value.retry_after_s == 900


def test_a_span_before_the_first_session_is_empty_and_costs_nothing(tmp_path: Path) -> None:
    """G11, api-4."""
    provider = ScriptedProvider(AFTER_CLOSE, first={r: date(2012, 5, 18) for r in Resolution})
    answer = house(tmp_path, [provider]).cache.get(ask("D", "2005-01-03", "2005-12-30"))
    assert len(answer.candles) == 0
    assert provider.requests == []


def test_weekends_and_the_future_are_empty_answers(tmp_path: Path) -> None:
    """G1, G2, C10: nothing is asked of the provider for days that have no session yet."""
    provider = ScriptedProvider(AFTER_CLOSE)
    cache = house(tmp_path, [provider]).cache
    assert len(cache.get(ask("5", "2025-03-08", "2025-03-09")).candles) == 0
    future = cache.get(ask("D", "2026-01-01", "2026-02-01"))
    assert len(future.candles) == 0
    assert "nothing is later" in future.notes[0]
    assert provider.requests == []


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    """What was fetched before the source's own data changed no longer counts."""
    provider = ScriptedProvider(AFTER_CLOSE, kind=Kind.LOCAL)
    place = house(tmp_path, [provider])
    query = ask("D", "2025-03-03", "2025-03-07", adjust=Adjust.RAW)
    place.cache.get(query)
    provider.close, provider.changed = 200.0, place.clock.now_s + 10
    place.clock.now_s += 20
    assert place.cache.get(query).candles.close.tolist() == [200.0] * 5


def test_hits_and_misses_add_up_to_what_was_asked(tmp_path: Path) -> None:
    """F6."""
    provider = ScriptedProvider(AFTER_CLOSE)
    place = house(tmp_path, [provider])
    for _ in range(3):
        place.cache.get(ask("5", "2025-03-03", "2025-03-07", adjust=Adjust.RAW))
    counts = place.cache.statistics.snapshot()
    assert counts["memory_hits"] + counts["table_hits"] + counts["misses"] == 15
    assert (counts["misses"], counts["requests"], counts["provider_calls"]) == (5, 3, 1)


@pytest.mark.parametrize("data", [b"", b"rubbish", b"\x00" * 2000])
def test_a_foreign_block_in_the_table_is_counted_and_fetched_again(tmp_path: Path, data: bytes) -> None:
    """E, cache-5: never drawn, never trusted, replaced."""
    provider = ScriptedProvider(AFTER_CLOSE)
    clock = Clock(AFTER_CLOSE.timestamp())
    place = house(tmp_path, [provider], clock=clock)
    query = ask("D", "2025-03-03", "2025-03-07", adjust=Adjust.RAW)
    good = place.cache.get(query).candles
    item = place.table.get(("AAPL#scripted", "D#2025-01-01T00:00:00Z"))
    assert item is not None
    place.table.put({**item, "data": data})
    again = house(tmp_path, [provider], clock=Clock(clock.now_s + 1))
    answer = again.cache.get(query)
    assert answer.candles == good
    assert again.cache.statistics.snapshot()["corrupt_blocks"] >= 1
    assert house(tmp_path, [provider], clock=clock).cache.get(query).tier is Tier.SQLITE


def test_each_of_a_persons_files_ends_on_its_own_day(tmp_path: Path) -> None:
    """Ranges end at the ticker's last day: an old file is not empty because a newer one exists."""
    folder = Folder(tmp_path)
    folder.write("OLD.csv", csv_of(daily_rows(date(2012, 1, 3), date(2012, 6, 29))))
    folder.write("NEW.csv", csv_of(daily_rows(date(2012, 1, 3), date(2013, 6, 28))))
    cache = house(tmp_path, [folder.provider]).cache
    assert cache.listing("OLD").last_session == date(2012, 6, 29)
    assert cache.listing("NEW").last_session == date(2013, 6, 28)
    last_day = CandleQuery("OLD", Resolution.DAY, date(2012, 6, 29), date(2012, 6, 29))
    assert len(cache.get(last_day).candles) == 1


def test_minutes_before_the_sources_minutes_fall_back_and_say_so(tmp_path: Path) -> None:
    """api-4: daily prices go back further than intraday ones; the chart shows them and not an empty day."""
    first = {r: date(2000, 1, 3) if r is Resolution.DAY else date(2024, 1, 2) for r in Resolution}
    cache = house(tmp_path, [ScriptedProvider(AFTER_CLOSE, first=first)]).cache
    answer = cache.get(ask("5", "2005-03-07", "2005-03-11"))
    assert (answer.resolution, len(answer.candles)) == (Resolution.DAY, 5)
    assert "5-minute candles are not offered here; showing daily ones." in answer.notes


def test_a_margin_before_the_sources_minutes_does_not_cost_the_minutes(tmp_path: Path) -> None:
    """The window decides the resolution, also when it begins on a weekend before the first session."""
    first = {r: date(2000, 1, 3) if r is Resolution.DAY else date(2025, 3, 3) for r in Resolution}
    cache = house(tmp_path, [ScriptedProvider(AFTER_CLOSE, first=first)]).cache
    answer = cache.get(ask("5", "2025-02-20", "2025-03-07", reach=date(2025, 3, 1)))
    assert answer.resolution is Resolution.M5
    assert len(answer.candles) == 5 * 78


def test_a_price_beside_the_chart_never_costs_the_chart(tmp_path: Path) -> None:
    """The view is held; the provider is down; the price of today cannot be had."""
    provider = ScriptedProvider(AFTER_CLOSE)
    place = house(tmp_path, [provider])
    held = place.cache.get(ask("5", "2025-02-03", "2025-02-28", adjust=Adjust.RAW))
    provider.error = UnavailableError("down", provider="scripted")
    assert place.cache.last_price(place.cache.listing("AAPL"), held) is None


def test_rows_left_out_of_a_file_are_told_with_every_answer(tmp_path: Path) -> None:
    """Bad input: by file and line, also when the candles come from memory or the table."""
    folder = Folder(tmp_path)
    rows = daily_rows(date(2012, 1, 3), date(2012, 12, 31))
    rows[9] = (rows[9][0], 100, 90, 80, 95, 1000)
    folder.write("AAPL.csv", csv_of(rows))
    cache = house(tmp_path, [folder.provider], clock=Clock(time.time())).cache
    query = ask("D", "2012-01-03", "2012-12-31")
    first, again = cache.get(query), cache.get(query)
    assert again.tier is Tier.MEMORY
    for answer in (first, again):
        assert any("AAPL.csv line 11" in note for note in answer.notes)
