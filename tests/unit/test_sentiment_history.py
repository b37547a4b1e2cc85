"""Histories of sentiment: what is asked for and kept, for how long, and what people are told (user-2)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from adapters.errors import (
    BadKeyError,
    BadPayloadError,
    BudgetUsedUpError,
    NotInPlanError,
    ProviderError,
    RateLimitedError,
    UnavailableError,
    UnknownTickerError,
)
from sentiment import lives
from sentiment.history import NEEDS, History
from store import SqliteStore, Table, TableUnavailableError
from tests.kit.failing_table import FailingTable
from tests.kit.house import Clock
from tests.kit.providers import utc
from tests.kit.sentiments import NOW_S, TODAY, ScriptedNews, Sentiments, day, item, sentiments
from tests.kit.tables import at_once, sqlite_store, table_schema

DOWN = UnavailableError("Tiingo did not answer in time. Try again.", provider="tiingo")
NO_PLAN = NotInPlanError("Your Tiingo plan does not include news.", provider="tiingo")
WEEK = "2025-03-01", "2025-03-07"
GOOD = item("1", "2025-03-05 15:00", "Apple beats estimates", "https://example.com/1")
BAD = item("2", "2025-03-06 15:00", "Apple shares tumble after profit warning")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = sqlite_store(tmp_path, now=lambda: NOW_S)  # by which it removes what has expired
    yield opened
    opened.close()


@pytest.fixture
def table(store: SqliteStore) -> Table:
    schema = table_schema("sentiments", indexes=())
    store.create([schema])
    return store.table(schema)


def read(place: Sentiments, first: str = WEEK[0], last: str = WEEK[1], **changes: object) -> History:
    asked = {"deadline_s": 4.0, **changes}
    return place.history.read("AAPL", day(first), day(last), **asked)  # type: ignore[arg-type]


def test_what_a_provider_tells_is_scored_kept_and_not_asked_for_again(table: Table) -> None:
    """user-2: by another process neither; weekends are days like others, and days without news are told."""
    provider = ScriptedNews(items=[GOOD, BAD])
    found = read(sentiments(table, provider))
    good, bad = found.points
    assert (good.day, good.source, good.label, good.title) == (
        date(2025, 3, 5), "tiingo", "positive", GOOD.title,
    )  # fmt: skip
    assert (bad.label, bad.url, good.url) == ("negative", "", "https://example.com/1")
    assert 0.33 <= good.score <= 1
    assert found.notes == ()
    assert provider.spans == [WEEK]
    assert read(sentiments(table, provider)) == found
    assert provider.spans == [WEEK]


def test_what_there_was_time_for_is_kept_and_the_rest_is_asked_for_next(table: Table) -> None:
    """user-2: else the news of a busy stock, which takes many answers, would never come."""
    provider = ScriptedNews(items=[GOOD, BAD], most_days=3)
    place = sentiments(table, provider)
    found = read(place)
    assert {point.title for point in found.points} == {GOOD.title, BAD.title}
    assert found.notes[0] == "There was no time for all of the news. Ask again in a moment."
    for _ in range(2):
        found = read(place)
    assert provider.spans == [WEEK, ("2025-03-01", "2025-03-04"), ("2025-03-01", "2025-03-01")]
    assert found.notes == ()


def test_only_days_that_nobody_told_are_asked_for(table: Table) -> None:
    provider = ScriptedNews()
    place = sentiments(table, provider)
    read(place, "2025-02-10", "2025-02-14")
    read(place, "2025-02-01", "2025-02-20")
    assert provider.spans[1:] == [("2025-02-15", "2025-02-20"), ("2025-02-01", "2025-02-09")]


def test_long_spans_are_asked_for_in_parts_the_newest_first(table: Table) -> None:
    provider = ScriptedNews()
    read(sentiments(table, provider), "2024-08-01")
    assert provider.spans == [
        ("2024-12-06", "2025-03-07"), ("2024-09-05", "2024-12-05"), ("2024-08-01", "2024-09-04"),
    ]  # fmt: skip


def test_today_lives_a_quarter_of_an_hour_and_what_is_settled_90_days(table: Table) -> None:
    provider = ScriptedNews()
    place = sentiments(table, provider)
    read(place)
    place.clock.now_s += 14 * 60
    read(place)
    assert len(provider.requests) == 1
    place.clock.now_s += 2 * 60
    read(place)
    assert provider.spans[1:] == [("2025-03-07", "2025-03-07")]
    place.clock.now_s += 12 * 3_600  # the day is over: once more, and that counts
    read(place)
    place.clock.now_s += 80 * 86_400
    read(place)
    assert provider.spans[2:] == [("2025-03-07", "2025-03-07")]
    place.clock.now_s += 9.9 * 86_400
    read(place)
    assert provider.spans[3:] == [("2025-03-01", "2025-03-06")]


@pytest.mark.parametrize(
    ("asked", "now", "fresh"),
    [
        ("2025-03-08 06:59", "2025-03-08 07:13", True),  # two hours after midnight in New York, less a minute
        ("2025-03-08 06:59", "2025-03-08 07:15", False),
        ("2025-03-08 07:00", "2025-06-06 06:59", True),
        ("2025-03-08 07:00", "2025-06-06 07:00", False),
        ("2025-03-10 05:59", "2025-03-10 06:20", True),
        ("2025-03-07 20:00", "2025-03-07 19:56", True),  # clocks differ
        ("2025-03-08 20:00", "2025-03-08 19:00", False),  # not by an hour
    ],
)
def test_the_life_of_a_day_begins_two_hours_after_it_in_new_york(asked: str, now: str, fresh: bool) -> None:  # noqa: FBT001 - a column of the table
    day_ = date(2025, 3, 7)
    assert lives.is_fresh(day_, utc(asked).timestamp(), utc(now).timestamp()) is fresh


def test_the_day_the_clocks_change_ends_an_hour_earlier() -> None:
    """2025-03-09 has 23 hours in New York: it is over at 04:00 UTC, and told from 06:00 on."""
    sunday = date(2025, 3, 9)
    assert not lives.is_fresh(
        sunday, utc("2025-03-10 05:59").timestamp(), utc("2025-03-12 00:00").timestamp()
    )
    assert lives.is_fresh(sunday, utc("2025-03-10 06:00").timestamp(), utc("2025-03-12 00:00").timestamp())


def test_days_are_those_of_new_york(table: Table) -> None:
    """Half past midnight UTC is the evening before."""
    late = item("3", "2025-03-06 00:30")
    points = read(sentiments(table, ScriptedNews(items=[late]))).points
    assert [point.day for point in points] == [date(2025, 3, 5)]


def test_days_to_come_are_not_asked_for(table: Table) -> None:
    provider = ScriptedNews()
    place = sentiments(table, provider)
    read(place, "2025-03-07", "2025-03-20")
    read(place, "2025-03-08", "2025-03-20")
    assert provider.spans == [("2025-03-07", "2025-03-07")]


def test_news_outside_of_what_was_asked_for_is_not_kept(table: Table) -> None:
    """Providers are asked for more than a span, because of their zones; only whole days count as told."""
    provider = ScriptedNews(items=[GOOD, BAD])
    place = sentiments(table, provider)
    assert [point.title for point in read(place, "2025-03-05", "2025-03-05").points] == [GOOD.title]
    assert place.items.points("AAPL", day("2025-01-01"), TODAY).keys() == {"2025-03-05#tiingo#1"}


def test_a_correction_takes_the_place_of_what_it_corrects(table: Table) -> None:
    provider = ScriptedNews(items=[item("1", "2025-03-07 15:00")])
    place = sentiments(table, provider)
    read(place)
    provider.items = [item("1", "2025-03-07 15:00", "Correction: Apple misses estimates")]
    place.clock.now_s += 3_600
    assert [point.label for point in read(place).points] == ["negative"]


@pytest.mark.parametrize(
    "error",
    [
        DOWN,
        NO_PLAN,
        BadKeyError("Tiingo refused the key. Check TIINGO_API_KEY.", provider="tiingo"),
        RateLimitedError("Used up.", provider="tiingo", retry_after_s=60.0),
        BadPayloadError("Tiingo sent no JSON. Nothing of it was kept.", provider="tiingo"),
        UnknownTickerError("Tiingo does not have this ticker.", provider="tiingo"),
        BudgetUsedUpError("Used up.", provider="tiingo", retry_after_s=60.0),
    ],
)
def test_where_one_fails_the_next_is_asked_and_nothing_is_said(table: Table, error: ProviderError) -> None:
    first, second = ScriptedNews(error=error), ScriptedNews("finnhub", [GOOD])
    found = read(sentiments(table, first, second))
    assert [point.source for point in found.points] == ["finnhub"]
    assert found.notes == ()
    assert (first.spans, second.spans) == ([WEEK], [WEEK])


def test_the_next_one_is_asked_only_as_far_as_it_reaches(table: Table) -> None:
    """Finnhub has a year: the plan of the other explains nothing of the days before."""
    first, second = ScriptedNews(error=NO_PLAN), ScriptedNews("finnhub", [GOOD], reach_days=6)
    found = read(sentiments(table, first, second), "2025-02-01")
    assert second.spans == [WEEK]
    assert len(found.points) == 1
    assert found.notes == ("News is asked for back to Sat 1 Mar 2025.",)


def test_a_failing_provider_is_left_alone_and_what_is_held_is_shown(table: Table) -> None:
    """user-2: with what went wrong, in words, and without asking again for half a minute."""
    provider = ScriptedNews(items=[GOOD])
    place = sentiments(table, provider)
    read(place, last="2025-03-05")
    provider.error = DOWN
    found = read(place)
    assert [point.title for point in found.points] == [GOOD.title]
    assert found.notes == (str(DOWN), "Showing what is held.")
    assert read(place).notes == found.notes
    assert len(provider.requests) == 2
    provider.error = None
    place.monotonic.now_s += 31
    assert read(place).notes == ()
    assert provider.spans[2:] == [("2025-03-06", "2025-03-07")]


def test_a_plan_without_news_is_remembered_for_an_hour_and_says_what_to_do(table: Table) -> None:
    provider = ScriptedNews(error=NO_PLAN)
    place = sentiments(table, provider)
    assert read(place).notes == (str(NO_PLAN), NEEDS)
    place.monotonic.now_s += 3_500
    assert read(place).notes == (str(NO_PLAN), NEEDS)
    assert len(provider.requests) == 1
    place.monotonic.now_s += 200
    read(place)
    assert len(provider.requests) == 2


def test_without_a_provider_there_are_mentions_and_a_sentence(table: Table) -> None:
    assert read(sentiments(table)) == History((), (NEEDS,))
    assert read(sentiments(table), source="youtube") == History(())


def test_what_lasts_is_said_without_what_is_held(table: Table) -> None:
    """There is nothing to wait for: all that there is, is shown."""
    read(sentiments(table, ScriptedNews(items=[GOOD])))
    found = read(sentiments(table))
    assert (len(found.points), found.notes) == (1, (NEEDS,))


def test_a_source_can_be_named(table: Table) -> None:
    tiingo, finnhub = ScriptedNews(items=[GOOD]), ScriptedNews("finnhub", [BAD])
    place = sentiments(table, tiingo, finnhub)
    assert [point.source for point in read(place, source="finnhub").points] == ["finnhub"]
    assert tiingo.requests == []
    assert read(place, source="youtube") == History(())
    # What one has told need not be told by the other.
    assert [point.source for point in read(place).points] == ["finnhub"]
    assert tiingo.requests == []


def test_too_often_is_told_to_those_who_count(table: Table) -> None:
    heard: list[tuple[str, float | None]] = []
    busy = RateLimitedError("Tiingo's hourly budget is used up.", provider="tiingo", retry_after_s=600.0)
    place = sentiments(
        table,
        ScriptedNews(error=busy),
        closed=lambda source, error: heard.append((source, error.retry_after_s)),
    )
    read(place)
    read(place)
    assert heard == [("tiingo", 600.0)]


def test_a_used_up_budget_asks_nobody_and_is_not_held_against_the_source(table: Table) -> None:
    def refuse() -> None:
        raise BudgetUsedUpError("Tiingo's hourly budget is used up until 15:00 (New York).")

    provider = ScriptedNews(items=[GOOD])
    assert read(sentiments(table, provider, spend=refuse)).notes == (
        "Tiingo's hourly budget is used up until 15:00 (New York).",
    )
    assert len(read(sentiments(table, provider)).points) == 1


def test_a_provider_that_breaks_is_one_that_fails(table: Table) -> None:
    """E9: an error of ours in reading an answer costs that answer alone."""

    def crash() -> None:
        raise ZeroDivisionError

    broken, next_one = ScriptedNews(before=crash), ScriptedNews("finnhub", [GOOD])
    assert [point.source for point in read(sentiments(table, broken, next_one)).points] == ["finnhub"]


def test_the_deadline_leaves_the_oldest_for_the_next_time(table: Table) -> None:
    """cache-11: what was told by then is kept, and asking again goes on from there."""
    timer = Clock(0.0)

    def take_two_seconds() -> None:
        timer.now_s += 2.0

    provider = ScriptedNews(items=[GOOD], before=take_two_seconds)
    place = sentiments(table, provider, monotonic=timer)
    found = read(place, "2024-08-01")
    assert [point.title for point in found.points] == [GOOD.title]
    assert "no time" in found.notes[0]
    assert provider.spans == [("2024-12-06", "2025-03-07"), ("2024-09-05", "2024-12-05")]
    assert [request.deadline_s for request in provider.requests] == pytest.approx([3.2, 1.6])
    assert read(place, "2024-08-01").notes == ()
    assert provider.spans[2:] == [("2024-08-01", "2024-09-04")]


def test_what_could_not_be_kept_does_not_count_as_told(table: Table) -> None:
    """cache-5: the mark is written last, so that no day passes for one without news."""
    broken = FailingTable(table, lambda method, arguments: method == "update")
    provider = ScriptedNews(items=[GOOD])
    found = read(sentiments(broken, provider))  # type: ignore[arg-type]
    assert "could not be kept" in found.notes[0]
    assert read(sentiments(table, provider)).notes == ()
    assert len(provider.requests) == 2
    broken = FailingTable(table, lambda method, arguments: method == "put_many")
    read(sentiments(broken, provider), "2025-02-01", "2025-02-03")  # type: ignore[arg-type]
    assert sentiments(table).items.asked("AAPL")["tiingo"].keys() >= {TODAY}
    assert day("2025-02-01") not in sentiments(table).items.asked("AAPL")["tiingo"]


def test_a_table_that_does_not_answer_is_said(table: Table) -> None:
    broken = FailingTable(table, lambda method, arguments: method == "query")
    with pytest.raises(TableUnavailableError):
        read(sentiments(broken, ScriptedNews()))  # type: ignore[arg-type]


def test_many_who_look_at_once_ask_once(table: Table) -> None:
    """cache-9: at a barrier; those who wait get the same answer."""
    provider = ScriptedNews(items=[GOOD, BAD])
    place = sentiments(table, provider, real_time=True)
    found = at_once(8, lambda _: read(place, deadline_s=30.0))
    assert len(provider.requests) == 1
    assert {tuple(point.title for point in each.points) for each in found} == {(GOOD.title, BAD.title)}


def test_without_their_flight_each_would_ask(table: Table) -> None:
    """The negative twin: as many processes."""
    together = threading.Barrier(4)

    def meet() -> None:
        together.wait(timeout=10)

    providers = [ScriptedNews(items=[GOOD, BAD], before=meet) for _ in range(4)]
    places = [sentiments(table, provider, real_time=True) for provider in providers]
    found = at_once(4, lambda number: read(places[number], deadline_s=30.0))
    assert [len(provider.requests) for provider in providers] == [1, 1, 1, 1]
    assert {len(each.points) for each in found} == {2}  # they write the same items


def test_who_waited_for_other_days_looks_again(table: Table) -> None:
    begun, gate = threading.Event(), threading.Event()
    provider = ScriptedNews(items=[GOOD, BAD], before=begun.set, gate=gate)
    place = sentiments(table, provider, real_time=True)
    results: list[History] = []
    first = threading.Thread(
        target=lambda: results.append(read(place, "2025-03-05", "2025-03-05", deadline_s=30.0))
    )
    first.start()
    assert begun.wait(10)
    second = threading.Thread(
        target=lambda: results.append(read(place, "2025-03-04", "2025-03-06", deadline_s=30.0))
    )
    second.start()
    gate.set()
    first.join(10)
    second.join(10)
    assert sorted(len(each.points) for each in results) == [1, 2]
    assert provider.spans[0] == ("2025-03-05", "2025-03-05")


def test_who_waits_too_long_is_shown_what_is_held(table: Table) -> None:
    begun, gate = threading.Event(), threading.Event()
    provider = ScriptedNews(items=[GOOD])
    place = sentiments(table, provider, real_time=True)
    read(place, last="2025-03-05")
    provider.before, provider.gate = begun.set, gate
    slow = threading.Thread(target=lambda: read(place, deadline_s=30.0))
    slow.start()
    assert begun.wait(10)
    found = read(place, deadline_s=0.3)
    gate.set()
    slow.join(10)
    assert [point.title for point in found.points] == [GOOD.title]
    assert "no time" in found.notes[0]


def test_damaged_items_cost_themselves_and_out_of_bounds_are_brought_back(table: Table) -> None:
    place = sentiments(table, ScriptedNews(items=[GOOD]))
    read(place)
    whole = table.get(("AAPL", "2025-03-05#tiingo#1"))
    assert whole is not None
    table.put(whole | {"SK": "2025-03-05#tiingo#x", "score": "much"})
    table.put(whole | {"SK": "2025-03-05#tiingo"})
    table.put(whole | {"SK": "2025-03-05#tiingo#y", "score": 900, "confidence": -5})
    table.put({"PK": "AAPL", "SK": "ASKED#tiingo#2025-13", "07": 5, "ttl": 9})
    table.put({"PK": "AAPL", "SK": "ASKED#tiingo#2025-02", "30": 5, "x": "y"})
    points = read(place).points
    assert [(point.score <= 1, point.confidence >= 0) for point in points] == [(True, True)] * 2


def test_asking_far_back_is_bounded_by_the_reach(table: Table) -> None:
    provider = ScriptedNews(reach_days=30)
    found = read(sentiments(table, provider), "1990-01-01", "2025-03-07")
    first = TODAY - timedelta(days=30)
    assert provider.spans == [(first.isoformat(), "2025-03-07")]
    assert found.notes == ("News is asked for back to Wed 5 Feb 2025.",)
    assert replace(found, notes=()) == History(())
    assert read(sentiments(table, provider), "2012-01-01", "2012-02-01").notes == found.notes
