"""What sources may still be asked, counted by all processes together (cache-11, cache-17)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.allowance import Allowance
from adapters.errors import BudgetUsedUpError, RateLimitedError
from adapters.prices import PriceRequest
from cache.breaker import Breaker
from cache.budgets import Budgets
from cache.guarded import GuardedCalls
from cache.seams import OpenGuard, TableGuard
from cache.statistics import Statistics
from market.resolution import Resolution
from store import SqliteStore, Table
from store.schema import TableSchema
from tests.kit.failing_table import FailingTable
from tests.kit.house import Clock
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.tables import at_once

NOON = utc("2026-11-21 17:10")  # 12:10 in New York
FREE = Allowance(hour=50, day=1_000, symbols=500)
SCHEMA = TableSchema("test-ohlc", ttl_attribute="ttl")


class Processes:
    """Budgets of any number of processes on one table that can be made to fail, and their clock."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock(NOON.timestamp())
        self.store = SqliteStore(folder / "budgets.sqlite", now=self.clock)
        self.store.create([SCHEMA])
        self.table: Table = self.store.table(SCHEMA)
        self.fails = False
        self.failing: Any = FailingTable(self.table, lambda method, arguments: self.fails)

    def start(self, allowance: Allowance | None, guard: TableGuard | None = None) -> Budgets:
        """Return the budgets of a new process for one source."""
        provider = ScriptedProvider(NOON, name="tiingo", title="Tiingo", allowance=allowance)
        calls = GuardedCalls(guard or OpenGuard(), Statistics())
        return Budgets.of([provider], self.failing, calls, self.clock)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Processes]:
    made = Processes(tmp_path)
    yield made
    made.store.close()


def spend(budgets: Budgets, ticker: str = "AAPL", *, background: bool = False) -> None:
    day = NOON.date()
    budgets.spender("tiingo", PriceRequest(ticker, Resolution.DAY, day, day, background=background))()


def granted(budgets: Budgets, most: int = 2_000, *, background: bool = False) -> tuple[int, str]:
    """Return how many requests are granted until one is not, and why it is not."""
    for number in range(most):
        try:
            spend(budgets, background=background)
        except BudgetUsedUpError as error:
            return number, str(error)
    return most, ""


def used(budgets: Budgets) -> dict[tuple[str, str], int]:
    return {(use.window.value, use.what): use.used for use in budgets.uses("tiingo")}


def test_the_fifty_first_request_of_an_hour_is_refused_until_the_next_one(processes: Processes) -> None:
    budgets = processes.start(FREE)
    assert granted(budgets) == (50, "Tiingo's hourly budget is used up until 13:00 (New York).")
    with pytest.raises(BudgetUsedUpError) as caught:
        spend(budgets)
    assert (caught.value.retry_after_s, caught.value.provider, caught.value.code) == (
        3_000.0,
        "tiingo",
        "rate_limited",
    )
    processes.clock.now_s += 2_999
    assert granted(budgets)[0] == 0
    processes.clock.now_s += 1
    assert granted(budgets)[0] == 50
    assert used(budgets) == {("hour", "requests"): 50, ("day", "requests"): 100, ("month", "symbols"): 1}


def test_what_is_refused_is_not_counted(processes: Processes) -> None:
    budgets = processes.start(Allowance(hour=3))
    granted(budgets)
    for _ in range(5):
        granted(budgets)
    assert used(budgets) == {("hour", "requests"): 3}


def test_a_day_ends_at_midnight_in_new_york_and_outlasts_its_hours(processes: Processes) -> None:
    budgets = processes.start(Allowance(hour=50, day=60))
    assert granted(budgets)[0] == 50
    processes.clock.now_s += 3_600
    assert granted(budgets) == (10, "Tiingo's daily budget is used up until midnight (New York).")
    processes.clock.now_s = utc("2026-11-22 04:59:59").timestamp()
    assert granted(budgets)[0] == 0
    processes.clock.now_s = utc("2026-11-22 05:00").timestamp()
    assert granted(budgets)[0] == 50


def test_the_hour_that_comes_twice_is_two_hours(processes: Processes) -> None:
    """On 1 November 2026 the clocks of New York show 01:30 twice."""
    budgets = processes.start(Allowance(hour=5, day=1_000))
    for moment in ("2026-11-01 05:30", "2026-11-01 06:30"):
        processes.clock.now_s = utc(moment).timestamp()
        assert granted(budgets)[0] == 5
    assert used(budgets)["day", "requests"] == 10


def test_a_source_without_an_allowance_may_always_be_asked(processes: Processes) -> None:
    budgets = processes.start(None)
    assert granted(budgets, 200) == (200, "")
    assert (budgets.uses("tiingo"), budgets.refusal("tiingo", "AAPL", background=True)) == ((), None)


def test_a_tenth_is_kept_for_people_who_wait(processes: Processes) -> None:
    """cache-17: what nobody waits for is refused first."""
    budgets = processes.start(FREE)
    assert granted(budgets, background=True) == (
        45,
        "The rest of Tiingo's hourly budget is kept for new charts until 13:00 (New York).",
    )
    assert budgets.refusal("tiingo", "AAPL", background=True) is not None
    assert budgets.refusal("tiingo", "AAPL", background=False) is None
    assert granted(budgets)[0] == 5


def test_a_restart_changes_nothing(processes: Processes) -> None:
    """And is told on the system page before anything is asked."""
    granted(processes.start(FREE), 31)
    again = processes.start(FREE)
    again.look()
    assert used(again) == {("hour", "requests"): 31, ("day", "requests"): 31, ("month", "symbols"): 1}
    assert granted(again)[0] == 19


def test_processes_share_one_budget_to_the_last_request(processes: Processes) -> None:
    """At a barrier: eight processes that know nothing of each other are granted fifty in all."""
    started = [processes.start(FREE) for _ in range(8)]
    assert sum(number for number, _ in at_once(8, lambda n: granted(started[n]))) == 50


def test_without_the_condition_they_overrun_it(processes: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative twin: the same race, counted without asking whether there is room."""
    started = [processes.start(FREE) for _ in range(8)]
    update = processes.table.update

    def blind(key: Any, **change: Any) -> Any:
        return update(key, **(change | {"when": None}))

    monkeypatch.setattr(processes.failing, "update", blind)
    assert sum(number for number, _ in at_once(8, lambda n: granted(started[n]))) > 50


def test_the_log_says_once_that_a_budget_is_used_up(processes: Processes) -> None:
    """By who used the last of it, and by who found it so; not for every question after it."""
    first, second = processes.start(Allowance(hour=3)), processes.start(Allowance(hour=3))
    with capture_logs() as lines:
        granted(first)
        granted(first)
        granted(second)
        granted(second)
    told = [(line["event"], line["reason"]) for line in lines]
    sentence = "Tiingo's hourly budget is used up until 13:00 (New York)."
    assert told == [("ohlc_budget_used_up", sentence)] * 2


def test_one_request_is_one_write(processes: Processes) -> None:
    budgets = processes.start(FREE)
    spend(budgets)
    processes.failing.calls.clear()
    spend(budgets)
    assert processes.failing.calls == ["update"]


def test_a_new_process_makes_three_calls_for_its_first_request(processes: Processes) -> None:
    """A slow table may cost a person's first chart so much and no more: what others heard, ticker, count."""
    budgets = processes.start(FREE)
    spend(budgets)
    assert processes.failing.calls == ["get", "update", "update"]


def test_while_the_table_fails_each_process_counts_from_what_it_knew(processes: Processes) -> None:
    """E1: never in the way, and not without limit."""
    budgets = processes.start(FREE)
    granted(budgets, 30)
    processes.fails = True
    assert granted(budgets)[0] == 20
    processes.clock.now_s += 3_600
    assert granted(budgets)[0] == 50


def test_a_table_that_fails_costs_one_call_for_a_request_at_most(processes: Processes) -> None:
    """E1: with the breaker, three in all."""
    budgets = processes.start(FREE, Breaker())
    processes.fails = True
    spend(budgets)
    assert len(processes.failing.calls) == 1
    granted(budgets, 20)
    assert len(processes.failing.calls) == 3


def test_what_the_table_was_not_told_it_is_told_later(processes: Processes) -> None:
    budgets = processes.start(FREE)
    granted(budgets, 10)
    processes.fails = True
    granted(budgets, 20)
    spend(budgets, "MSFT")
    processes.fails = False
    spend(budgets)
    other = processes.start(FREE)
    other.look()
    assert used(other)["hour", "requests"] == 32
    processes.clock.now_s += 61
    spend(budgets)
    later = processes.start(FREE)
    later.look()
    assert used(later)["month", "symbols"] == 2


def test_what_the_source_says_closes_it_for_every_process(processes: Processes) -> None:
    """Reliability 6: "too often" counts more than our own count."""
    here, there = processes.start(FREE), processes.start(FREE)
    spend(there)
    processes.clock.now_s += 5
    said = RateLimitedError("Tiingo's monthly budget is used up until 1 December.", retry_after_s=9 * 86_400)
    here.closed("tiingo", said)
    assert granted(here) == (0, str(said))
    processes.clock.now_s += 61
    assert granted(there) == (0, str(said))
    processes.clock.now_s += 9 * 86_400
    assert granted(there)[0] == 50


def test_a_shorter_time_does_not_shorten_a_longer_one(processes: Processes) -> None:
    budgets, other = processes.start(FREE), processes.start(FREE)
    budgets.closed("tiingo", RateLimitedError("A day.", retry_after_s=86_400))
    budgets.closed("tiingo", RateLimitedError("A minute.", retry_after_s=60))
    other.closed("tiingo", RateLimitedError("An hour.", retry_after_s=3_600))
    processes.clock.now_s += 3_601
    assert granted(budgets)[1] == "A day."
    assert granted(other)[1] == "A day."


def test_a_process_that_starts_believes_the_source_for_an_hour_and_then_asks_once(
    processes: Processes,
) -> None:
    """It may have been started because there is another key or plan; the longer word is not the last."""
    said = RateLimitedError("Tiingo's monthly budget is used up.", retry_after_s=9 * 86_400)
    processes.start(FREE).closed("tiingo", said)
    processes.clock.now_s += 5
    again = processes.start(FREE)
    spend(again)
    again.closed("tiingo", said)
    assert granted(again) == (0, str(said))
    processes.start(FREE).closed("tiingo", RateLimitedError("An hour.", retry_after_s=3_000))
    processes.clock.now_s += 9 * 86_400 - 3_000
    assert granted(processes.start(FREE)) == (0, str(said)), "what is left of it is within the hour"


def test_with_another_key_it_may_be_asked_again(processes: Processes) -> None:
    """E30."""
    budgets = processes.start(FREE)
    budgets.closed("tiingo", RateLimitedError("Wait.", retry_after_s=86_400))
    budgets.reopen("tiingo")
    assert granted(budgets)[0] == 50
    assert budgets.refusal("tiingo", "AAPL", background=False) is not None, "the count stays"


def test_distinct_tickers_of_a_month_are_counted_once(processes: Processes) -> None:
    here, there = (processes.start(Allowance(symbols=3)) for _ in range(2))
    for budgets, ticker in ((here, "A"), (there, "A"), (here, "A"), (there, "B"), (here, "C")):
        spend(budgets, ticker)
    words = (
        "Tiingo's budget of 3 tickers a month is used up until 1 December. Tickers of this month still work."
    )
    for budgets in (here, there, processes.start(Allowance(symbols=3))):
        with pytest.raises(BudgetUsedUpError) as caught:
            spend(budgets, "D")
        assert str(caught.value) == words
        spend(budgets, "B")
    processes.clock.now_s = utc("2026-12-01 05:00").timestamp()
    spend(there, "D")
    assert used(there) == {("month", "symbols"): 1}


def test_new_tickers_are_not_for_the_background_when_few_are_left(processes: Processes) -> None:
    budgets = processes.start(Allowance(symbols=10))
    for number in range(9):
        spend(budgets, f"T{number}", background=True)
    with pytest.raises(BudgetUsedUpError):
        spend(budgets, "NEW", background=True)
    spend(budgets, "T1", background=True)
    spend(budgets, "NEW")


@pytest.mark.parametrize("ticker", ["PK", "SK", "TTL", "COUNT"])
def test_no_ticker_is_taken_for_a_part_of_an_item(processes: Processes, ticker: str) -> None:
    """A4."""
    budgets = processes.start(FREE)
    spend(budgets, ticker)
    other = processes.start(FREE)
    other.look()
    assert used(other)["month", "symbols"] == 1


def test_a_clock_that_jumps_back_closes_nothing_for_long(processes: Processes) -> None:
    """C15."""
    budgets = processes.start(FREE)
    granted(budgets)
    processes.clock.now_s -= 7_200
    assert granted(budgets)[0] == 50


@pytest.mark.parametrize("restart", [False, True])
def test_what_a_source_said_while_a_clock_was_ahead_closes_nothing_for_long(
    processes: Processes, *, restart: bool
) -> None:
    """C15: neither here nor in a process that starts later; and what it says now is heard by all."""
    budgets = processes.start(FREE)
    processes.clock.now_s += 400 * 86_400
    budgets.closed("tiingo", RateLimitedError("Later.", provider="tiingo", retry_after_s=3_600))
    processes.clock.now_s -= 400 * 86_400
    budgets = processes.start(FREE) if restart else budgets
    spend(budgets)
    budgets.closed("tiingo", RateLimitedError("Soon.", provider="tiingo", retry_after_s=600))
    processes.clock.now_s += 60
    for one in (budgets, processes.start(FREE)):
        with pytest.raises(BudgetUsedUpError, match=r"Soon\."):
            spend(one)
    processes.clock.now_s += 541
    spend(budgets)


def test_items_are_removed_when_their_window_is_long_over(processes: Processes) -> None:
    granted(processes.start(FREE), 3)
    items = processes.table.query("BUDGET#tiingo")
    ends = {item["SK"]: item["ttl"] for item in items}
    day, month = (utc(text).timestamp() + 3 * 86_400 for text in ("2026-11-22 05:00", "2026-12-01 05:00"))
    assert ends == {"day#2026-11-21": day, "symbols#2026-11": month}


@pytest.mark.parametrize(
    "allowance", [FREE, Allowance(minute=2), Allowance(hour=1), Allowance(month=40, day=7)]
)
def test_whatever_is_limited_a_flood_of_threads_stays_within(
    processes: Processes, allowance: Allowance
) -> None:
    """D11: one process, many threads at a barrier."""
    budgets = processes.start(allowance)
    total = sum(number for number, _ in at_once(16, lambda n: granted(budgets)))
    assert total == min(allowance.requests.values())


def test_a_table_that_fails_under_a_flood_loses_no_count(processes: Processes) -> None:
    """E1: it fails for every second call, and threads owe and tell at once."""
    numbers = count()
    flaky: Callable[..., bool] = lambda method, arguments: next(numbers) % 2 == 0  # noqa: E731
    processes.failing = FailingTable(processes.table, flaky)
    budgets = processes.start(Allowance(hour=400))
    assert sum(number for number, _ in at_once(8, lambda n: granted(budgets))) == 400
