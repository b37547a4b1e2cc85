"""The counters of sources on every item table: a place is taken by one process, or by none (cache-17)."""

from __future__ import annotations

import pytest

from adapters.allowance import Allowance, Window
from cache.breaker import Breaker
from cache.budget_items import BudgetItems, Closed
from cache.budget_known import Known, Page
from cache.guarded import GuardedCalls
from cache.statistics import Statistics
from store import Table
from tests.kit.providers import utc
from tests.kit.tables import at_once

pytestmark = pytest.mark.contract

NOW_S = utc("2026-11-21 17:10").timestamp()
RIVALS = 8
ALLOWANCE = Allowance(minute=100, hour=20, day=500)


def items_of(table: Table) -> BudgetItems:
    return BudgetItems("tiingo", table, GuardedCalls(Breaker(), Statistics()))


def page(now_s: float = NOW_S) -> Page:
    return Known(ALLOWANCE).page(now_s)


def take(items: BudgetItems, now_s: float = NOW_S, requests: int = 1) -> dict[str, int] | None:
    names = page(now_s).names
    return items.take(names, ALLOWANCE.requests, dict.fromkeys(names.values(), requests), now_s)


def test_every_window_is_counted_in_one_item(table: Table) -> None:
    items = items_of(table)
    take(items, requests=3)
    take(items, NOW_S + 60)
    counts = take(items, NOW_S + 3_600)
    assert counts == {"minute#2026-11-21T18:10": 1, "hour#2026-11-21T18": 1, "day#2026-11-21": 5}
    assert items.used(page().names) == {
        "minute#2026-11-21T17:10": 3,
        "hour#2026-11-21T17": 4,
        "day#2026-11-21": 5,
    }
    assert [item["SK"] for item in table.query("BUDGET#tiingo")] == ["day#2026-11-21"]


def test_the_last_place_is_taken_by_one_of_many(table: Table) -> None:
    """At a barrier."""
    rivals = [items_of(table) for _ in range(RIVALS)]
    take(rivals[0], requests=19)
    taken = at_once(RIVALS, lambda number: take(rivals[number]))
    assert sum(counts is not None for counts in taken) == 1
    assert rivals[0].used(page().names)["hour#2026-11-21T17"] == 20


def test_who_asks_first_and_counts_then_takes_it_together(table: Table) -> None:
    """The negative twin: a look, and a count after it."""
    rivals = [items_of(table) for _ in range(RIVALS)]
    take(rivals[0], requests=19)
    seen = at_once(RIVALS, lambda number: rivals[number].used(page().names)["hour#2026-11-21T17"])
    assert sum(used < 20 for used in seen) == RIVALS


def test_a_ticker_is_counted_once_and_the_last_place_given_once(table: Table) -> None:
    rivals = [items_of(table) for _ in range(RIVALS)]
    month = Window.MONTH.name_at(NOW_S)
    same = at_once(RIVALS, lambda number: rivals[number].add_symbol(month, "BRK.B", 2, NOW_S))
    assert sum(same) == 1
    others = at_once(RIVALS, lambda number: rivals[number].add_symbol(month, f"T{number}", 2, NOW_S))
    assert sum(others) == 1
    assert rivals[0].symbols(month) == {"BRK.B", f"T{others.index(True)}"}


def test_what_the_source_said_is_kept_as_long_as_it_said(table: Table) -> None:
    items = items_of(table)
    assert items.closed() is None
    items.close(Closed(NOW_S + 600, "Ten minutes.", NOW_S))
    items.close(Closed(NOW_S + 60, "A minute."))
    assert items.closed() == Closed(NOW_S + 600, "Ten minutes.", NOW_S)
    items.close(Closed(NOW_S + 6_000, "Longer."))
    assert items.closed() == Closed(NOW_S + 6_000, "Longer.")
    items.reopen()
    items.reopen()
    assert items.closed() is None


def test_an_item_that_somebody_has_damaged_counts_as_nothing(table: Table) -> None:
    table.put({"PK": "BUDGET#tiingo", "SK": "day#2026-11-21", "calls": "many"})
    table.put({"PK": "BUDGET#tiingo", "SK": "closed", "until": "tomorrow"})
    items = items_of(table)
    assert set(items.used(page().names).values()) == {0}
    assert items.closed() is None
