"""Whatever is asked by whomever, no window of an allowance is ever overrun (cache-17)."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.allowance import Allowance, Window
from adapters.errors import BudgetUsedUpError
from adapters.prices import PriceRequest
from cache.budgets import Budgets
from cache.guarded import GuardedCalls
from cache.seams import OpenGuard
from cache.statistics import Statistics
from market.resolution import Resolution
from store import TableSchema
from tests.kit.failing_table import FailingTable
from tests.kit.house import Clock
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.tables import sqlite_store, unique

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store import SqliteStore

START = utc("2026-10-31 22:50")  # two days before it, and the month's end, and the clocks change
small = st.none() | st.integers(1, 6)
allowances = st.builds(Allowance, small, small, small, small, small)
steps = st.tuples(
    st.integers(0, 2),  # which process asks
    st.sampled_from(["AAPL", "MSFT", "NVDA", "TSLA", "KO", "F", "SK"]),
    st.booleans(),  # in the background
    st.sampled_from([0, 0, 0, 0, 20, 61, 1_800, 3_599, 40_000]),  # seconds that pass before
    st.sampled_from([True, True, True, False]),  # whether the table answers
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteStore]:
    folder: Path = tmp_path_factory.mktemp("budgets")
    opened = sqlite_store(folder)
    yield opened
    opened.close()


class Granted:
    """What was granted, counted as a person with a pencil would."""

    def __init__(self, allowance: Allowance) -> None:
        self.allowance = allowance
        self.requests: Counter[str] = Counter()
        self.symbols: set[tuple[str, str]] = set()

    def note(self, ticker: str, now_s: float) -> None:
        self.requests.update(window.name_at(now_s) for window in self.allowance.requests)
        self.symbols.add((Window.MONTH.name_at(now_s), ticker))

    def is_within(self) -> bool:
        within = all(
            count <= self.allowance.requests[Window(name.partition("#")[0])]
            for name, count in self.requests.items()
        )
        months = Counter(month for month, _ in self.symbols)
        most = self.allowance.symbols
        return within and (most is None or all(count <= most for count in months.values()))


def run(store: SqliteStore, allowance: Allowance, plan: list[tuple[Any, ...]], processes: int) -> Granted:
    schema = TableSchema(unique("ohlc"), ttl_attribute="ttl")
    store.create([schema])
    clock, answers = Clock(START.timestamp()), [True]
    table: Any = FailingTable(store.table(schema), lambda method, arguments: not answers[0])
    provider = ScriptedProvider(START, name="tiingo", title="Tiingo", allowance=allowance)
    calls = GuardedCalls(OpenGuard(), Statistics())
    started = [Budgets.of([provider], table, calls, clock) for _ in range(processes)]
    granted, day = Granted(allowance), date(2026, 10, 30)
    for process, ticker, background, seconds, answers[0] in plan:
        clock.now_s += seconds
        request = PriceRequest(ticker, Resolution.DAY, day, day, background=background)
        try:
            started[process % processes].spender("tiingo", request)()
        except BudgetUsedUpError:
            continue
        granted.note(ticker, clock.now_s)
    return granted


@given(allowances, st.lists(steps, max_size=60))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_processes_on_a_table_that_answers_stay_within(
    store: SqliteStore, allowance: Allowance, plan: list[tuple[Any, ...]]
) -> None:
    assert run(store, allowance, [(*step[:4], True) for step in plan], 3).is_within()


@given(allowances, st.lists(steps, max_size=60))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_process_stays_within_whatever_the_table_does(
    store: SqliteStore, allowance: Allowance, plan: list[tuple[Any, ...]]
) -> None:
    """E1: what it owes the table counts as much as what the table knows."""
    assert run(store, allowance, plan, 1).is_within()


def test_the_pencil_finds_an_overrun(store: SqliteStore) -> None:
    """The negative twin: two processes without a table know nothing of each other."""
    plan = [(n, "AAPL", False, 0, False) for n in range(4)]
    assert not run(store, Allowance(hour=1), plan, 2).is_within()
