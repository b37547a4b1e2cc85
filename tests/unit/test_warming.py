"""Warming through a real cache on a real table: what is fetched, what it may cost, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from adapters.allowance import Allowance
from adapters.errors import RateLimitedError, UnavailableError
from adapters.prices import PriceRequest
from cache.query import CandleQuery, Tier
from cache.seams import OpenGuard
from cache.warming import RESOLUTIONS, Outcome, Step, Warming
from market.resolution import Resolution
from store import Table
from tests.kit.failing_table import FailingTable
from tests.kit.house import TestHouse, house
from tests.kit.providers import ScriptedProvider, utc

PRESENT = utc("2025-03-07 22:00")
ONE_TICKER = [Outcome.FETCHED, Outcome.FETCHED, Outcome.HELD]
"""Candles of 15 minutes are built from those of 5, which are held by then."""


class Time:
    """Monotonic seconds that pass when somebody waits; ``stop_after`` waits it says that enough is enough.

    The clock of ``home`` goes with it, so that budgets have their hours.
    """

    def __init__(self, stop_after: int = 1_000_000, home: TestHouse | None = None) -> None:
        self.now_s = 0.0
        self.home = home
        self.waits_left = stop_after

    def clock(self) -> float:
        return self.now_s

    def cancelled(self, seconds: float) -> bool:
        self.now_s += seconds
        if self.home is not None:
            self.home.clock.now_s += seconds
        self.waits_left -= 1
        return self.waits_left < 0


def warming(home: TestHouse, provider: ScriptedProvider, time: Time) -> Warming:
    return Warming(home.cache, [provider], clock=time.clock)


def noting(time: Time, at_s: list[float]) -> Callable[[PriceRequest], None]:
    return lambda request: at_s.append(time.now_s)


def outcomes(steps: list[Step]) -> list[Outcome]:
    return [step.outcome for step in steps]


def test_every_ticker_is_fetched_at_three_resolutions_and_then_held(tmp_path: Path) -> None:
    """cache-17: D, 5 and 15 over a month; a second run, and a new process, find all of it."""
    provider = ScriptedProvider(PRESENT)
    home = house(tmp_path, [provider])
    steps = list(warming(home, provider, Time()).run(["AAPL", "MSFT"], Time().cancelled))
    expected = [(ticker, resolution) for ticker in ("AAPL", "MSFT") for resolution in RESOLUTIONS]
    assert [(s.ticker, s.resolution) for s in steps] == expected
    assert [(s.done, s.total) for s in steps] == [(n, 6) for n in range(1, 7)]
    assert outcomes(steps) == ONE_TICKER * 2
    intraday = next(r for r in provider.requests if r.resolution is Resolution.M5)
    assert intraday.start.isoformat() <= "2025-02-07"
    calls = len(provider.requests)
    for home_again in (home, house(tmp_path, [provider])):
        again = list(warming(home_again, provider, Time()).run(["AAPL", "MSFT"], Time().cancelled))
        assert set(outcomes(again)) == {Outcome.HELD}
    assert len(provider.requests) == calls


def test_never_more_than_half_of_what_the_provider_allows_evenly(tmp_path: Path) -> None:
    """cache-17, row 25: in no hour more than half the calls, and they keep their distance."""
    time, at_s = Time(), list[float]()
    tickers = [f"T{number:02d}" for number in range(40)]
    provider = ScriptedProvider(
        PRESENT, known=frozenset(tickers), allowance=Allowance(hour=50), before=noting(time, at_s)
    )
    time.home = house(tmp_path, [provider])
    steps = list(warming(time.home, provider, time).run(tickers, time.cancelled))
    assert outcomes(steps) == ONE_TICKER * 40
    assert len(at_s) == 80
    for begin in at_s:
        assert sum(begin <= moment < begin + 3_600 for moment in at_s) <= 25
    assert min(b - a for a, b in pairwise(at_s)) >= 3_600 / 25 - 1e-6


def test_without_a_limit_nothing_is_waited_for(tmp_path: Path) -> None:
    """The twin of the one above: the same steps, and the clock stands still."""
    time = Time()
    provider = ScriptedProvider(PRESENT)
    list(warming(house(tmp_path, [provider]), provider, time).run(["AAPL", "MSFT"], time.cancelled))
    assert time.now_s == 0


def test_what_is_held_costs_nothing(tmp_path: Path) -> None:
    """However little the provider allows."""
    provider = ScriptedProvider(PRESENT, allowance=Allowance(hour=2))
    home = house(tmp_path, [provider])
    first = Time(home=home)
    list(warming(home, provider, first).run(["AAPL", "MSFT"], first.cancelled))
    time = Time()
    steps = list(warming(home, provider, time).run(["AAPL", "MSFT"], time.cancelled))
    assert set(outcomes(steps)) == {Outcome.HELD}
    assert time.now_s == 0


def test_a_ticker_that_nobody_has_is_skipped_and_said(tmp_path: Path) -> None:
    provider = ScriptedProvider(PRESENT)
    steps = list(
        warming(house(tmp_path, [provider]), provider, Time()).run(["NOPE", "AAPL"], Time().cancelled)
    )
    assert outcomes(steps) == [Outcome.SKIPPED] * 3 + ONE_TICKER
    assert "NOPE" in steps[0].message
    assert {request.ticker for request in provider.requests} == {"AAPL"}


def test_a_provider_that_fails_costs_the_step_and_not_the_run(tmp_path: Path) -> None:
    provider = ScriptedProvider(PRESENT, error=UnavailableError("scripted is down.", provider="scripted"))
    home = house(tmp_path, [provider])
    steps = list(warming(home, provider, Time()).run(["AAPL", "MSFT"], Time().cancelled))
    assert outcomes(steps) == [Outcome.FAILED] * 6
    assert steps[0].message


def test_a_month_that_is_only_partly_there_is_no_success(tmp_path: Path) -> None:
    """The reason of what is missing is the step's."""
    provider = ScriptedProvider(PRESENT)
    home = house(tmp_path, [provider])
    home.cache.get(CandleQuery("AAPL", Resolution.M5, date(2025, 2, 10), date(2025, 2, 14)))
    provider.error = UnavailableError("scripted is down.", provider="scripted")
    steps = list(warming(home, provider, Time()).run(["AAPL"], Time().cancelled))
    assert outcomes(steps)[1:] == [Outcome.FAILED] * 2
    assert "scripted is down" in steps[1].message


def test_prices_that_could_not_be_renewed_are_no_success(tmp_path: Path) -> None:
    """Stale ones stay, and the step says so."""
    provider = ScriptedProvider(utc("2025-03-07 16:00"))
    home = house(tmp_path, [provider])
    list(warming(home, provider, Time()).run(["AAPL"], Time().cancelled))
    home.clock.now_s += 3_600
    provider.error = UnavailableError("scripted is down.", provider="scripted")
    (step, *_) = warming(home, provider, Time()).run(["AAPL"], Time().cancelled)
    assert step.outcome is Outcome.FAILED
    assert step.message


def test_a_source_that_says_too_often_is_left_alone_for_as_long_as_it_says(tmp_path: Path) -> None:
    time, at_s = Time(), list[float]()
    busy = RateLimitedError("Too often.", provider="scripted", retry_after_s=90)
    provider = ScriptedProvider(PRESENT, error=busy, before=noting(time, at_s))
    list(warming(house(tmp_path, [provider]), provider, time).run(["AAPL"], time.cancelled))
    assert len(at_s) == 3
    assert min(b - a for a, b in pairwise(at_s)) >= 90


@pytest.mark.parametrize("stop_after", [0, 1, 4])
def test_it_stops_between_two_steps(tmp_path: Path, stop_after: int) -> None:
    """cache-17: cancellable; what has been fetched stays."""
    provider = ScriptedProvider(PRESENT)
    time = Time(stop_after)
    steps = list(warming(house(tmp_path, [provider]), provider, time).run(["AAPL", "MSFT"], time.cancelled))
    assert len(steps) == stop_after


def test_what_people_look_at_stays_in_memory(tmp_path: Path) -> None:
    """cache-17, row 25: more is warmed than fits; what was only warmed makes room."""
    tickers = [f"T{number:02d}" for number in range(60)]
    provider = ScriptedProvider(PRESENT, known=frozenset([*tickers, "AAPL"]))
    home = house(tmp_path, [provider], memory_bytes=1024 * 1024)
    question = CandleQuery("AAPL", Resolution.M5, date(2025, 2, 7), date(2025, 3, 7))
    for _ in range(3):
        home.cache.get(question)
    list(warming(home, provider, Time()).run(tickers, Time().cancelled))
    assert home.cache.get(question).tier is Tier.MEMORY
    assert home.cache.get(replace(question, ticker="T00")).tier is Tier.SQLITE


def test_what_the_table_does_not_keep_is_no_success(tmp_path: Path) -> None:
    """cache-17: memory ends with the process that warms."""
    provider = ScriptedProvider(PRESENT)
    tables: list[FailingTable] = []

    def through(table: Table) -> Any:
        tables.append(FailingTable(table))
        return tables[-1]

    home = house(tmp_path, [provider], through=through, guard=OpenGuard())
    tables[0].down()
    steps = list(warming(home, provider, Time()).run(["AAPL"], Time().cancelled))
    assert outcomes(steps) == [Outcome.LOST], "nothing more is asked for"
    assert "The table cannot be used" in steps[0].message
    tables[0].up()
    again = list(warming(home, provider, Time()).run(["AAPL"], Time().cancelled))
    assert outcomes(again) == ONE_TICKER, "memory alone does not count as kept"
    fresh = house(tmp_path, [ScriptedProvider(PRESENT)])
    kept = CandleQuery("AAPL", Resolution.DAY, date(2025, 3, 3), date(2025, 3, 7))
    assert fresh.cache.get(kept).tier is Tier.SQLITE
