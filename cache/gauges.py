"""What a cache is doing at one moment, as numbers for metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cache.breaker import State

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cache.budgets import Budgets
    from cache.state import CacheState

_STATES = {State.CLOSED: 0, State.HALF_OPEN: 1, State.OPEN: 2}


def gauges(state: CacheState) -> dict[str, float]:
    """Return the values by name; a cache whose table has no breaker counts as one whose breaker is closed."""
    return {
        "breaker_state": _STATES[state.breaker.state] if state.breaker else 0,
        "memory_bytes": state.memory.bytes + state.actions.bytes,
        "memory_entries": state.memory.entries,
        "flights": state.flights,
        "locks": len(state.locks),
        "late_writes_waiting": state.late_writes,
        "cooling": len(state.cooling),
    }


def budget_gauges(budgets: Budgets) -> Iterator[tuple[str, str, int, int]]:
    """Yield what is used of each source's budgets: source, window or "symbols", how many, of how many."""
    for source in budgets.sources:
        for use in budgets.uses(source):
            yield source, use.what if use.what == "symbols" else use.window.value, use.used, use.limit
