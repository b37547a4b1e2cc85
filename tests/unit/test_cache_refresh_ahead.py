"""What people look at is fetched again shortly before its life is over; what nobody looks at is not."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.allowance import Allowance
from adapters.errors import UnavailableError
from cache import refreshing
from cache.policy import PROVISIONAL_LIFE_S, RUNNING_LIFE_S
from cache.query import Adjust, Answer, CandleQuery, Tier
from cache.refreshing import MOST_WAITING, RefreshAhead
from market.resolution import Resolution
from tests.kit import inside
from tests.kit.house import TestHouse, house
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.tables import at_once

GUARD_S = 20.0
IN_SESSION = utc("2025-03-07 16:02")
FRIDAY, MONTH_START = date(2025, 3, 7), date(2025, 3, 3)
READERS = 20


@pytest.fixture
def provider() -> ScriptedProvider:
    return ScriptedProvider(IN_SESSION)


@pytest.fixture
def at(tmp_path: Path, provider: ScriptedProvider) -> Iterator[TestHouse]:
    made = house(tmp_path, [provider], refresh_ahead=True)
    yield made
    assert ahead_of(made).settled(GUARD_S)


def ahead_of(at: TestHouse) -> RefreshAhead:
    ahead = at.cache._answering._reader._ahead
    assert ahead is not None
    return ahead


def ask(at: TestHouse, start: date = FRIDAY, ticker: str = "AAPL", *, warming: bool = False) -> Answer:
    query = CandleQuery(ticker, Resolution.M5, start, FRIDAY, Adjust.RAW)
    return at.cache.get(query, warming=warming)


def steady(at: TestHouse, seconds: int) -> list[Answer]:
    """Ask every second; what was begun ahead ends within it."""
    answers = []
    for _ in range(seconds):
        at.clock.now_s += 1
        answers.append(ask(at))
        if at.cache._answering._reader._ahead is not None:
            assert ahead_of(at).settled(GUARD_S)
    return answers


def test_reliability_24_under_steady_reading_nobody_meets_an_expired_session(
    at: TestHouse, provider: ScriptedProvider
) -> None:
    """cache-6, reliability 24: every read is a hit, one call for each life, and prices are never older."""
    ask(at)
    answers = steady(at, 10 * RUNNING_LIFE_S)
    assert {answer.tier for answer in answers} == {Tier.MEMORY}
    assert all(answer.stale_since is None for answer in answers)
    assert 10 <= len(provider.requests) - 1 <= 13
    counts = at.cache.statistics.snapshot()
    assert (counts["request_misses"], counts["request_memory_hits"]) == (1, 10 * RUNNING_LIFE_S)


@pytest.mark.parametrize(("per_hour", "ahead"), [(50, False), (300, False), (1_000, True), (None, True)])
def test_a_source_that_allows_few_calls_is_not_asked_ahead(
    at: TestHouse, provider: ScriptedProvider, per_hour: int | None, *, ahead: bool
) -> None:
    """cache-6: up to a quarter more calls are too many of fifty an hour."""
    provider.allowance = Allowance(hour=per_hour)
    ask(at)
    tiers = {answer.tier for answer in steady(at, 3 * RUNNING_LIFE_S)}
    assert tiers == ({Tier.MEMORY} if ahead else {Tier.MEMORY, Tier.PROVIDER})


def test_without_refreshing_somebody_waits_at_the_end_of_each_life(
    tmp_path: Path, provider: ScriptedProvider
) -> None:
    """The negative twin: it proves that the test above can fail."""
    plain = house(tmp_path, [provider])
    ask(plain)
    assert [answer.tier for answer in steady(plain, 10 * RUNNING_LIFE_S)].count(Tier.PROVIDER) == 10


@pytest.mark.parametrize(("age_s", "calls"), [(11, 1), (13, 2), (15, 2)])
def test_only_the_last_fifth_of_a_life_is_ahead(
    at: TestHouse, provider: ScriptedProvider, age_s: int, calls: int
) -> None:
    """cache-6: before it nothing is asked, after it the reader asks."""
    ask(at)
    at.clock.now_s += age_s
    ask(at)
    assert ahead_of(at).settled(GUARD_S)
    assert len(provider.requests) == calls


def test_what_nobody_asks_for_expires(at: TestHouse, provider: ScriptedProvider) -> None:
    """Reliability 24: an idle ticker costs its source nothing, and warming is nobody."""
    ask(at)
    ask(at, ticker="MSFT")
    at.clock.now_s += 13
    ask(at, ticker="MSFT", warming=True)
    ask(at)
    assert ahead_of(at).settled(GUARD_S)
    assert [request.ticker for request in provider.requests] == ["AAPL", "MSFT", "AAPL"]


def test_only_what_is_not_final_is_fetched_ahead(at: TestHouse, provider: ScriptedProvider) -> None:
    """cache-7: the days of the month that are final are left alone."""
    ask(at, MONTH_START)
    at.clock.now_s += 13
    ask(at, MONTH_START)
    assert ahead_of(at).settled(GUARD_S)
    assert [(request.start, request.end) for request in provider.requests[1:]] == [(FRIDAY, FRIDAY)]


def test_after_the_close_the_day_is_refreshed_by_its_longer_life(
    at: TestHouse, provider: ScriptedProvider
) -> None:
    """C3: corrections may still come, every five minutes."""
    provider.present, provider.correction_s = utc("2025-03-07 21:30"), 6 * 3600
    ask(at)
    for age_s, calls in ((0.7 * PROVISIONAL_LIFE_S, 1), (0.15 * PROVISIONAL_LIFE_S, 2)):
        at.clock.now_s += age_s
        assert ask(at).tier is Tier.MEMORY
        assert ahead_of(at).settled(GUARD_S)
        assert len(provider.requests) == calls


def test_many_readers_begin_one_refresh_and_wait_for_none(at: TestHouse, provider: ScriptedProvider) -> None:
    """cache-9, D1: they get what is fresh still, while the source takes its time."""
    ask(at)
    release = threading.Event()
    provider.before = lambda request: release.wait(GUARD_S)
    at.clock.now_s += 13
    answers: list[Answer] = []
    at_once(READERS, lambda _: answers.append(ask(at)))
    assert [answer.tier for answer in answers] == [Tier.MEMORY] * READERS
    release.set()
    assert ahead_of(at).settled(GUARD_S)
    assert len(provider.requests) == 2


def test_a_source_that_fails_is_tried_ahead_once(at: TestHouse, provider: ScriptedProvider) -> None:
    """cache-11: what is held stays, and it is said; the next try is a reader's, once it has expired."""
    first = ask(at)
    provider.error = UnavailableError("It is down.", provider="scripted")
    at.clock.now_s += 12.5
    for _ in range(4):
        at.clock.now_s += 0.5
        assert ask(at).stale_since is None
        assert ahead_of(at).settled(GUARD_S)
    assert len(provider.requests) == 2
    at.clock.now_s += 1
    assert ask(at).stale_since == first.fetched_at
    assert len(provider.requests) == 3


def test_a_fault_of_an_adapter_does_not_end_refreshing(at: TestHouse, provider: ScriptedProvider) -> None:
    """E9: the next life is refreshed again."""

    def crash(request: object) -> None:
        raise ZeroDivisionError("made to crash")

    ask(at)
    provider.before = crash
    at.clock.now_s += 13
    ask(at)
    assert ahead_of(at).settled(GUARD_S)
    provider.before = lambda request: None
    at.clock.now_s += 3
    assert ask(at).tier is Tier.PROVIDER
    at.clock.now_s += 13
    ask(at)
    assert ahead_of(at).settled(GUARD_S)
    assert len(provider.requests) == 4


def test_another_process_that_has_refreshed_saves_the_call(
    tmp_path: Path, at: TestHouse, provider: ScriptedProvider
) -> None:
    """cache-9, D5: the second look finds what it has written."""
    other = house(tmp_path, [provider], refresh_ahead=True, clock=at.clock)
    for place in (at, other):
        ask(place)
    for place in (at, other):
        at.clock.now_s = IN_SESSION.timestamp() + 13
        ask(place)
        assert ahead_of(place).settled(GUARD_S)
    assert len(provider.requests) == 2
    at.clock.now_s += 10
    assert [ask(place).tier for place in (at, other)] == [Tier.MEMORY] * 2


def test_the_line_is_short(at: TestHouse, provider: ScriptedProvider) -> None:
    """A source that hangs does not make a process hoard what it will never do in time."""
    tickers = [f"T{number}" for number in range(MOST_WAITING + 10)]
    provider.known = frozenset(tickers)
    for ticker in tickers:
        ask(at, ticker=ticker)
    release = threading.Event()
    provider.before = lambda request: release.wait(GUARD_S)
    at.clock.now_s += 13
    for ticker in tickers:
        assert ask(at, ticker=ticker).tier is Tier.MEMORY
    assert len(ahead_of(at)._line) <= MOST_WAITING
    release.set()
    assert ahead_of(at).settled(GUARD_S)
    assert len(provider.requests) <= len(tickers) + MOST_WAITING + 1


def test_what_has_waited_until_its_life_was_over_is_left_to_readers(
    tmp_path: Path, provider: ScriptedProvider
) -> None:
    """cache-11: the line does not do what somebody has done since."""
    timer = [0.0]
    at = house(tmp_path, [provider], refresh_ahead=True, monotonic=lambda: timer[0])
    for ticker in ("AAPL", "MSFT"):
        ask(at, ticker=ticker)

    def before(request: object) -> None:
        timer[0] += 2.5

    provider.before = before
    with ahead_of(at)._changed:  # the thread cannot begin before both wait
        at.clock.now_s += 13
        for ticker in ("AAPL", "MSFT"):
            ask(at, ticker=ticker)
    assert ahead_of(at).settled(GUARD_S)
    assert [request.ticker for request in provider.requests[2:]] == ["AAPL"]


def test_a_fault_in_a_refresh_is_logged_and_the_next_goes_well(
    at: TestHouse, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E9: the thread lives on, and so does what waits."""
    ask(at)
    with monkeypatch.context() as patched, capture_logs() as logs:
        patched.setattr(inside.fetcher(at.cache), "fetch", lambda *arguments, **named: 1 / 0)
        at.clock.now_s += 13
        assert ask(at).tier is Tier.MEMORY
        assert ahead_of(at).settled(GUARD_S)
    assert [log["exc_info"] for log in logs if log["event"] == "ohlc_refresh_failed"] == [True]
    at.clock.now_s += 3
    ask(at)
    at.clock.now_s += 13
    ask(at)
    assert ahead_of(at).settled(GUARD_S)
    assert len(provider.requests) == 3


def test_what_was_refreshed_is_remembered_for_so_many_blocks(
    at: TestHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that has shown every ticker there is holds a bounded list of them."""
    monkeypatch.setattr(refreshing, "_MOST_REMEMBERED", 1)
    for ticker in ("AAPL", "MSFT"):
        ask(at, ticker=ticker)
    at.clock.now_s += 13
    for ticker in ("AAPL", "MSFT"):
        ask(at, ticker=ticker)
    assert ahead_of(at).settled(GUARD_S)
    assert [key.ticker for key in ahead_of(at)._taken] == ["MSFT"]
