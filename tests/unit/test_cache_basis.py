"""One series never mixes two bases, and what adjustment leans on is part of the answer (cache-16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from adapters.errors import UnavailableError
from adapters.prices import Basis, PriceRequest
from cache.query import Adjust, CandleQuery
from market.resolution import Resolution
from tests.kit.house import TestHouse, house
from tests.kit.providers import ScriptedProvider, utc

THURSDAY_EVENING = utc("2025-03-06 21:30")
FRIDAY_EVENING = utc("2025-03-07 21:30")
SPLIT = (date(2025, 3, 7), 2.0, 0.0)


def daily(start: str, end: str, adjust: Adjust = Adjust.SPLIT) -> CandleQuery:
    return CandleQuery("AAPL", Resolution.DAY, date.fromisoformat(start), date.fromisoformat(end), adjust)


def next_evening(place: TestHouse, provider: ScriptedProvider) -> None:
    place.clock.now_s += 86_400
    provider.present = FRIDAY_EVENING


def asked(provider: ScriptedProvider) -> list[tuple[str, str]]:
    spans = [(str(r.start), str(r.end)) for r in provider.requests]
    provider.requests.clear()
    return spans


def test_a_new_split_of_adjusted_prices_fetches_everything_before_it_again(tmp_path: Path) -> None:
    """cache-16: this year, which is never joined, and the years before, which are on the old scale."""
    provider = ScriptedProvider(THURSDAY_EVENING, basis=Basis.SPLIT, close=200.0)
    place = house(tmp_path, [provider])
    query = daily("2024-12-02", "2025-03-07")
    assert set(place.cache.get(query).candles.close) == {200.0}
    next_evening(place, provider)
    provider.close, provider.splits = 100.0, (SPLIT,)
    asked(provider)
    answer = place.cache.get(query)
    assert set(answer.candles.close) == {100.0}
    assert answer.missing == ()
    assert asked(provider) == [("2025-01-01", "2025-03-07"), ("2024-01-01", "2024-12-31")]
    assert place.cache.get(query).candles == answer.candles
    assert asked(provider) == []


def test_a_new_process_knows_the_split_from_the_table(tmp_path: Path) -> None:
    """cache-16: a year that was held before the split is fetched again, whoever fetched the split."""
    provider = ScriptedProvider(THURSDAY_EVENING, basis=Basis.SPLIT, close=200.0)
    first = house(tmp_path, [provider])
    first.cache.get(daily("2024-12-02", "2025-03-07"))
    next_evening(first, provider)
    provider.close, provider.splits = 100.0, (SPLIT,)
    first.cache.get(daily("2025-01-02", "2025-03-07"))
    answer = house(tmp_path, [provider], clock=first.clock).cache.get(daily("2024-12-02", "2024-12-31"))
    assert set(answer.candles.close) == {100.0}


def test_prices_of_two_bases_are_fetched_again_until_they_have_one(tmp_path: Path) -> None:
    """cache-16: a provider that begins to adjust."""
    provider = ScriptedProvider(THURSDAY_EVENING, close=200.0, splits=((date(2025, 1, 10), 2.0, 0.0),))
    place = house(tmp_path, [provider])
    place.cache.get(daily("2023-12-04", "2023-12-07"))
    provider.basis, provider.close = Basis.SPLIT, 100.0
    place.clock.now_s += 1
    answer = place.cache.get(daily("2023-12-04", "2024-12-06"))
    assert {span.basis for span in answer.spans} == {"split"}
    assert set(answer.candles.close) == {100.0}
    assert answer.missing == ()


def test_the_running_year_is_fetched_whole_when_its_basis_changes(tmp_path: Path) -> None:
    """cache-16: adjusted days are not joined to days as traded."""
    provider = ScriptedProvider(THURSDAY_EVENING, close=200.0)
    place = house(tmp_path, [provider])
    place.cache.get(daily("2025-01-02", "2025-03-06"))
    next_evening(place, provider)
    asked(provider)
    provider.basis, provider.close = Basis.SPLIT, 100.0
    answer = place.cache.get(daily("2025-01-02", "2025-03-07"))
    assert asked(provider) == [("2025-03-07", "2025-03-07"), ("2025-01-01", "2025-03-07")]
    assert set(answer.candles.close) == {100.0}


def test_what_keeps_another_basis_is_left_out_and_named(tmp_path: Path) -> None:
    """cache-16: the provider fails when asked for the older year again; a gap is better than a false jump."""
    provider = ScriptedProvider(THURSDAY_EVENING, close=200.0)
    place = house(tmp_path, [provider])
    place.cache.get(daily("2023-01-03", "2023-12-29"))
    provider.basis, provider.close = Basis.SPLIT, 100.0
    place.clock.now_s += 1

    def only_2024(request: PriceRequest) -> None:
        if request.start.year == 2023:
            raise UnavailableError("scripted is down. Try again.", provider="scripted")

    provider.before = only_2024
    answer = place.cache.get(daily("2023-06-01", "2024-06-03"))
    assert set(answer.candles.close) == {100.0}
    assert [(m.start, m.end) for m in answer.missing] == [(date(2023, 6, 1), date(2023, 12, 31))]
    assert "another basis" in answer.missing[0].reason
    assert [s.start for s in answer.spans] == [date(2024, 1, 1)]


def test_a_split_that_is_only_announced_fetches_nothing_again(tmp_path: Path) -> None:
    """cache-16: nobody has adjusted for it yet, so asking again would never help."""
    announced = (date(2025, 3, 14), 2.0, 0.0)
    provider = ScriptedProvider(THURSDAY_EVENING, basis=Basis.SPLIT, splits=(announced,))
    place = house(tmp_path, [provider])
    place.cache.get(daily("2024-12-02", "2025-03-06"))
    assert asked(provider) == [("2024-01-01", "2025-03-06")]
    place.cache.get(daily("2024-12-02", "2025-03-06"))
    assert asked(provider) == []


def test_dividends_that_cannot_be_known_leave_the_candles_as_they_are(tmp_path: Path) -> None:
    """cache-11, cache-16: the provider fails for the daily closes; held minutes are shown, and told of."""
    provider = ScriptedProvider(FRIDAY_EVENING, splits=((date(2025, 1, 3), 1.0, 2.0),))
    place = house(tmp_path, [provider])
    minutes = CandleQuery("AAPL", Resolution.M60, date(2024, 12, 30), date(2024, 12, 31))
    place.cache.get(minutes)
    provider.error = UnavailableError("scripted is down. Try again.", provider="scripted")
    answer = place.cache.get(replace(minutes, adjust=Adjust.TOTAL))
    assert set(answer.candles.close) == {100.0}
    assert any("Dividends could not be applied" in note for note in answer.notes)


def test_a_provider_that_has_no_daily_prices_at_all_costs_the_dividends_only(tmp_path: Path) -> None:
    """cache-11: what is held is shown although not one daily candle can be had."""
    provider = ScriptedProvider(FRIDAY_EVENING, splits=((date(2025, 1, 3), 1.0, 2.0),))
    place = house(tmp_path, [provider])
    minutes = CandleQuery("AAPL", Resolution.M60, date(2025, 1, 2), date(2025, 1, 8), Adjust.RAW)
    place.cache.get(minutes)
    place.cache.get(replace(minutes, adjust=Adjust.SPLIT))
    place.table.delete(("AAPL#scripted", "D#2025-01-01T00:00:00Z"))
    provider.error = UnavailableError("scripted is down. Try again.", provider="scripted")
    answer = house(tmp_path, [provider], clock=place.clock).cache.get(replace(minutes, adjust=Adjust.TOTAL))
    assert set(answer.candles.close) == {100.0}
    assert any("Dividends could not be applied" in note for note in answer.notes)


def test_dividends_from_held_closes_say_that_these_are_old(tmp_path: Path) -> None:
    """cache-11: the closes before the dividend are held, only today's are past their life."""
    provider = ScriptedProvider(utc("2025-03-07 16:02"), splits=((date(2025, 3, 6), 1.0, 2.0),))
    place = house(tmp_path, [provider])
    minutes = CandleQuery("AAPL", Resolution.M60, date(2025, 3, 5), date(2025, 3, 5), Adjust.TOTAL)
    fresh = place.cache.get(minutes)
    provider.error = UnavailableError("scripted is down. Try again.", provider="scripted")
    place.clock.now_s += 3600
    later = place.cache.get(minutes)
    assert set(fresh.candles.close) == set(later.candles.close) == {98.0}
    assert not any("held daily prices" in note for note in fresh.notes)
    assert any("held daily prices" in note for note in later.notes)


def test_prices_from_before_a_split_are_stale_where_newer_ones_cannot_be_had(tmp_path: Path) -> None:
    """cache-11, cache-16: they are of one scale, but not of today's; the next question asks again."""
    provider = ScriptedProvider(THURSDAY_EVENING, basis=Basis.SPLIT, close=200.0)
    place = house(tmp_path, [provider])
    query = daily("2024-12-02", "2024-12-31")
    place.cache.get(query)
    next_evening(place, provider)
    provider.close, provider.splits = 100.0, (SPLIT,)
    place.cache.get(daily("2025-01-02", "2025-03-07"))
    provider.error = UnavailableError("scripted is down. Try again.", provider="scripted")
    answer = place.cache.get(query)
    assert set(answer.candles.close) == {200.0}
    assert answer.stale_since == THURSDAY_EVENING.timestamp()
    assert answer.expires_at == place.clock.now_s
    provider.error = None
    assert set(place.cache.get(query).candles.close) == {100.0}
