"""Clearing what the cache holds, on every store: all of it goes, and nothing of others (cache-12)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cache.statistics import Statistics
from cache.table_tier import TableTier
from store import TableUnavailableError
from tests.kit.failing_table import FailingTable

if TYPE_CHECKING:
    from store import Table

pytestmark = pytest.mark.contract

OURS = [
    *(
        ("AAPL#tiingo", f"5#2025-{month:02}-{day:02}T00:00:00Z")
        for month in range(1, 13)
        for day in range(1, 29)
    ),
    ("AAPL#tiingo", "5#2025-03-07T14:30:00Z"),
    ("AAPL#tiingo", "D#2025-01-01T00:00:00Z"),
    ("AAPL#tiingo", "ACTIONS"),
    ("AAPL#demo", "60#2025-03-07T00:00:00Z"),
    ("MSFT#tiingo", "D#2025-01-01T00:00:00Z"),
]
OTHERS = [
    ("LOCK#AAPL#tiingo#5#2025-03", "LOCK"),
    ("JOB#warm", "JOB"),
    ("INVALIDATED", "AAPL"),
    ("INVALIDATED", "*"),
    ("AAPL#tiingo#5", "2025-03-07"),
    ("BUDGET#tiingo", "day#2025-03-07"),
    ("BUDGET#tiingo", "symbols#2025-03"),
    ("BUDGET#tiingo", "closed"),
]


@pytest.fixture
def filled(table: Table) -> Table:
    table.put_many({"PK": pk, "SK": sk, "data": b"x"} for pk, sk in (*OURS, *OTHERS))
    return table


def test_some_partitions_are_cleared(filled: Table) -> None:
    tier = TableTier(filled, "sqlite", Statistics())
    assert tier.remove(["AAPL#tiingo", "AAPL#demo", "AAPL#yahoo", "BUDGET#tiingo"]) == len(OURS) - 1
    assert sorted(filled.keys()) == sorted([OURS[-1], *OTHERS])


def test_all_is_cleared_but_what_others_keep_there(filled: Table) -> None:
    """Locks, jobs, marks and budgets are not the cache's to remove."""
    tier = TableTier(filled, "sqlite", Statistics())
    assert tier.remove(None) == len(OURS)
    assert sorted(filled.keys()) == sorted(OTHERS)
    assert tier.remove(None) == 0


@pytest.mark.parametrize("fails", ["query", "delete_many"])
def test_a_table_that_cannot_be_cleared_says_so(filled: Table, fails: str) -> None:
    shared: Any = FailingTable(filled, lambda method, arguments: method == fails)
    statistics = Statistics()
    with pytest.raises(TableUnavailableError):
        TableTier(shared, "sqlite", statistics).remove(["AAPL#tiingo"])
    assert statistics.snapshot()["table_errors"] == 1
    assert len(list(filled.keys())) == len(OURS) + len(OTHERS)
