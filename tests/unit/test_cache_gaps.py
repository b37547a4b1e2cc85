"""Which gaps are asked of the provider, as what, when, and what becomes of an answer that took its time."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from adapters.errors import UnavailableError
from adapters.prices import PriceRequest
from cache import policy
from cache.errors import PricesUnavailableError
from cache.query import Adjust, CandleQuery, Tier
from market.calendars import sessions_for
from market.resolution import Resolution
from market.sessions import DAY_S, day_number
from tests.kit.files import Folder, csv_of, daily_rows
from tests.kit.house import Clock, house
from tests.kit.providers import ScriptedProvider, utc

AFTER_CLOSE = utc("2025-03-07 22:00")
FRIDAY = date(2025, 3, 7)


def ask(resolution: str, start: str, end: str) -> CandleQuery:
    """Return a query for AAPL's prices as traded."""
    first, last = date.fromisoformat(start), date.fromisoformat(end)
    return CandleQuery("AAPL", Resolution(resolution), first, last, Adjust.RAW)


def asked(provider: ScriptedProvider) -> list[tuple[str, str]]:
    """Return the spans that the provider was asked for, and forget them."""
    spans = [(str(r.start), str(r.end)) for r in provider.requests]
    provider.requests.clear()
    return spans


def test_an_empty_year_is_asked_for_again_whole_after_a_day(tmp_path: Path) -> None:
    """cache-5, cache-6: nothing in it can be built upon, and its end is not a day to begin with."""
    start, end = (day_number(date(year, 1, 1)) * DAY_S for year in (2005, 2006))
    provider = ScriptedProvider(AFTER_CLOSE, mangle=lambda c: c.take((c.time < start) | (c.time >= end)))
    place = house(tmp_path, [provider])
    query = ask("D", "2004-06-01", "2006-06-01")
    before = place.cache.get(query)
    assert asked(provider) == [("2004-01-01", "2006-12-31")]
    place.clock.now_s += 25 * 3600
    provider.mangle = lambda c: c
    after = place.cache.get(query)
    assert asked(provider) == [("2005-01-01", "2005-12-31")]
    assert len(after.candles) - len(before.candles) == len(
        sessions_for("AAPL").between(date(2005, 1, 1), date(2005, 12, 31))
    )


@pytest.mark.parametrize(("days", "start"), [(89, "2025-06-04"), (91, "2025-01-01")])
def test_what_was_final_is_asked_for_again_after_ninety_days(tmp_path: Path, days: int, start: str) -> None:
    """C1, C11, cache-6: until then only what is new, afterwards the year."""
    provider = ScriptedProvider(AFTER_CLOSE)
    place = house(tmp_path, [provider])
    place.cache.get(ask("D", "2025-01-02", "2025-03-07"))
    asked(provider)
    place.clock.now_s += days * DAY_S
    provider.present += timedelta(days=days)
    today = provider.present.date()
    place.cache.get(ask("D", "2025-01-02", str(today)))
    want = "2025-03-08" if days < 90 else start
    assert asked(provider) == [(want, str(today))]


def test_years_and_months_that_are_no_neighbours_are_asked_for_apart(tmp_path: Path) -> None:
    """cache-9, cache-5: what lies between them is held, and is not asked for again."""
    provider = ScriptedProvider(AFTER_CLOSE)
    place = house(tmp_path, [provider])
    place.cache.get(ask("D", "2006-01-03", "2006-02-03"))
    place.cache.get(ask("5", "2024-06-03", "2024-06-28"))
    asked(provider)
    place.cache.get(ask("D", "2005-01-03", "2007-02-01"))
    assert asked(provider) == [("2005-01-01", "2005-12-31"), ("2007-01-01", "2007-12-31")]
    place.cache.get(ask("5", "2024-04-30", "2024-08-01"))
    assert asked(provider) == [("2024-04-01", "2024-05-31"), ("2024-07-01", "2024-08-30")]


def test_a_file_saved_while_it_was_read_is_read_again(tmp_path: Path) -> None:
    """cache-6: an answer is as old as its question."""
    provider = ScriptedProvider(AFTER_CLOSE)
    place = house(tmp_path, [provider])

    def saved_meanwhile(_: PriceRequest) -> None:
        provider.changed = place.clock.now_s + 0.5
        place.clock.now_s += 1.0

    provider.before = saved_meanwhile
    query = ask("D", "2025-03-03", "2025-03-07")
    assert place.cache.get(query).fetched_at == AFTER_CLOSE.timestamp()
    provider.before = lambda _: None
    provider.close = 200.0
    assert place.cache.get(query).candles.close.tolist() == [200.0] * 5


def test_a_bar_that_begins_during_the_call_does_not_reject_the_answer(tmp_path: Path) -> None:
    """C10, cache-4: it is no bar from the future; and it is not final either."""
    provider = ScriptedProvider(utc("2025-03-07 14:59:59"))
    place = house(tmp_path, [provider])

    def a_minute_begins(_: PriceRequest) -> None:
        provider.present = utc("2025-03-07 15:00:01")

    provider.before = a_minute_begins
    answer = place.cache.get(ask("1", "2025-03-07", "2025-03-07"))
    assert len(answer.candles) == 31
    assert answer.expires_at == place.clock.now_s + 15


def test_a_session_that_closes_during_the_call_is_not_final(tmp_path: Path) -> None:
    """cache-6: the answer may have been made before the close; what is final is judged by the question."""
    provider = ScriptedProvider(utc("2025-03-07 20:59:59"))
    place = house(tmp_path, [provider])

    def it_closes(_: PriceRequest) -> None:
        provider.present = utc("2025-03-07 21:00:01")

    provider.before = it_closes
    place.cache.get(ask("1", "2025-03-07", "2025-03-07"))
    place.clock.now_s += 301
    place.cache.get(ask("1", "2025-03-07", "2025-03-07"))
    assert asked(provider) == [("2025-03-03", "2025-03-07"), ("2025-03-07", "2025-03-07")]


def test_with_no_time_left_the_provider_is_not_called(tmp_path: Path) -> None:
    """cache-11: the caller gets a sentence, the provider's budget is not touched."""
    provider = ScriptedProvider(AFTER_CLOSE)
    place = house(tmp_path, [provider])
    with pytest.raises(PricesUnavailableError, match="did not answer in time"):
        place.cache.get(ask("D", "2025-03-03", "2025-03-07"), deadline_s=0.0)
    assert asked(provider) == []
    assert place.cache.statistics.snapshot().get("provider_calls", 0) == 0


@pytest.mark.parametrize(("request_s", "at_most_s"), [(1.0, 1.0), (60.0, 4.0)])
def test_the_provider_gets_what_is_left_of_the_deadline(
    tmp_path: Path, request_s: float, at_most_s: float
) -> None:
    """cache-11: and never more than its own share."""
    provider = ScriptedProvider(AFTER_CLOSE)
    house(tmp_path, [provider]).cache.get(ask("D", "2025-03-03", "2025-03-07"), deadline_s=request_s)
    assert at_most_s - 0.5 < provider.requests[0].deadline_s <= at_most_s


def test_a_gap_parts_the_spans_and_ends_the_answers_life(tmp_path: Path) -> None:
    """cache-11: what is missing lies in no span, and is asked for again with the next question."""
    provider = ScriptedProvider(AFTER_CLOSE)
    place = house(tmp_path, [provider])
    place.cache.get(ask("D", "2005-01-03", "2005-02-01"))
    place.cache.get(ask("D", "2007-01-03", "2007-02-01"))
    provider.error = UnavailableError("scripted is down. Try again.", provider="scripted")
    answer = place.cache.get(ask("D", "2005-06-01", "2007-06-01"))
    assert [(s.start, s.end) for s in answer.spans] == [
        (date(2005, 6, 1), date(2005, 12, 31)),
        (date(2007, 1, 1), date(2007, 6, 1)),
    ]
    assert [(m.start, m.end) for m in answer.missing] == [(date(2006, 1, 1), date(2006, 12, 31))]
    assert answer.expires_at == place.clock.now_s


def test_stale_parts_end_the_answers_life(tmp_path: Path) -> None:
    """cache-11: an answer is as fresh as its oldest part."""
    provider = ScriptedProvider(utc("2025-03-07 16:02"))
    place = house(tmp_path, [provider])
    query = ask("5", "2025-03-06", "2025-03-07")
    place.cache.get(query)
    provider.error = UnavailableError("scripted is down. Try again.", provider="scripted")
    place.clock.now_s += 60
    answer = place.cache.get(query)
    assert [s.stale for s in answer.spans] == [False, True]
    assert answer.expires_at == place.clock.now_s


@pytest.mark.parametrize(
    ("resolution", "end"), [("D", "2025-03-09"), ("W", "2025-03-07"), ("M", "2025-02-28")]
)
def test_a_span_that_ends_on_a_day_off_is_final_with_its_last_session(
    tmp_path: Path, resolution: str, end: str
) -> None:
    """cache-6, G1: Friday's prices do not get better by Sunday's not coming."""
    provider = ScriptedProvider(utc("2025-03-10 15:00"))
    place = house(tmp_path, [provider])
    place.cache.get(ask(resolution, "2025-02-03", end))
    asked(provider)
    place.clock.now_s += 3600
    answer = place.cache.get(ask(resolution, "2025-02-03", end))
    assert asked(provider) == []
    assert answer.tier is Tier.MEMORY
    assert answer.expires_at > place.clock.now_s + 80 * DAY_S


def test_a_year_that_begins_with_days_off_wants_nothing_of_it(tmp_path: Path) -> None:
    """cache-6: 1 January is in a year that has no session yet."""
    provider = ScriptedProvider(utc("2025-01-02 15:00"))
    place = house(tmp_path, [provider])
    query = ask("D", "2024-12-30", "2025-01-01")
    assert len(place.cache.get(query).candles) == 2
    asked(provider)
    place.clock.now_s += 3600
    assert place.cache.get(query).tier is Tier.MEMORY
    assert asked(provider) == []


def test_a_source_that_runs_without_a_break_ends_with_its_last_session(tmp_path: Path) -> None:
    """api-7: a person's file of a market that never closes is final and comes from memory."""
    folder = Folder(tmp_path)
    folder.write("BTC-USD.csv", csv_of(daily_rows(date(2012, 1, 3), date(2012, 2, 10), "BTC-USD")))
    place = house(tmp_path, [folder.provider], clock=Clock(folder.now_s))
    query = CandleQuery("BTC-USD", Resolution.DAY, date(2012, 2, 1), date(2012, 2, 10))
    assert not place.cache.get(query).market_open
    place.clock.now_s += 3600
    answer = place.cache.get(query)
    assert (answer.tier, len(answer.candles), answer.market_open) == (Tier.MEMORY, 10, False)
    assert answer.last_session == date(2012, 2, 10)
    assert answer.expires_at > place.clock.now_s + 80 * DAY_S


def test_a_market_that_never_closes_is_open_at_its_midnight() -> None:
    """cache-7: only the very last second of a session counts as its end."""
    sessions = sessions_for("BTC-USD")
    late, last, early = (policy.moment(sessions, utc(f"2025-03-0{t}"), 0.0) for t in MIDNIGHT)
    assert [m.market_open for m in (late, last, early)] == [True, False, True]
    assert [sessions.date(m.last).day for m in (late, last, early)] == [7, 7, 8]


MIDNIGHT = ("7 23:59:58", "7 23:59:59", "8 00:00:00")
