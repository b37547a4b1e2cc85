"""The tiers of one process, put together."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from cache.breaker import Breaker
from cache.budgets import Budgets
from cache.candle_cache import CandleCache, Times
from cache.cooldown import COOLDOWN_S, Cooldown
from cache.fetch import Fetcher
from cache.guarded import GuardedCalls
from cache.invalidations import ALL, LOOK_EVERY_S, Invalidations
from cache.memory import SegmentedLRU
from cache.refreshing import RefreshAhead
from cache.statistics import Statistics
from cache.table_tier import TableTier
from cache.tiers import Tiers
from cache.unit_lock import LockTimes, TableLock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adapters.prices import PriceProvider
    from cache.budgets import Counted
    from cache.seams import TableGuard, UnitLock
    from store.table import Table


def candle_cache(  # noqa: PLR0913 - what the composition root knows
    providers: Sequence[PriceProvider],
    table: Table,
    kind: str,
    *,
    memory_bytes: int,
    deadline_s: float = 5.0,
    provider_deadline_s: float = 4.0,
    clock: Callable[[], float] = time.time,
    guard: TableGuard | None = None,
    lock: UnitLock | None = None,
    monotonic: Callable[[], float] = time.monotonic,
    cooldown_s: float = COOLDOWN_S,
    marks_every_s: float | None = LOOK_EVERY_S,
    refresh_ahead: bool = False,
    counted: Sequence[Counted] = (),
) -> CandleCache:
    """Compose the tiers of one process, with a breaker before the table and a lock around every fetch.

    Args:
        providers: in the order in which they are asked.
        table: the OHLC table.
        kind: the store's ("sqlite", "dynamodb").
        memory_bytes: budget of the memory tier.
        deadline_s: of a whole request.
        provider_deadline_s: of a provider's part in it.
        clock: the real one, UTC seconds.
        guard: takes the place of the breaker.
        lock: takes the place of the lock in the table.
        monotonic: seconds, for deadlines and cool-downs.
        cooldown_s: how long a live provider that has failed is left alone; 0: not at all.
        marks_every_s: between two looks for invalidations by other processes; None: never.
        refresh_ahead: fetch what is asked for at the end of its life before it ends, from a thread.
        counted: what has a budget beside the providers.
    """
    statistics = Statistics()
    guard = guard or Breaker(on_opened=lambda: statistics.add("breaker_opened"))
    calls = GuardedCalls(guard, statistics)
    actions_bytes = memory_bytes // 64
    tiers = Tiers(
        SegmentedLRU(memory_bytes - actions_bytes),
        SegmentedLRU(actions_bytes),
        TableTier(table, kind, statistics, guard, clock=clock),
        statistics,
    )
    cooldown = Cooldown(cooldown_s, monotonic)

    def forget(name: str) -> None:
        ticker = None if name == ALL else name
        tiers.clear_memory(ticker)
        cooldown.forget(ticker)

    invalidations = Invalidations(table, calls, clock, forget, statistics)
    budgets = Budgets.of([*providers, *counted], table, calls, clock)
    fetcher = Fetcher(
        tiers,
        statistics,
        clock,
        provider_deadline_s=provider_deadline_s,
        lock=lock or TableLock(table, calls, statistics, LockTimes.for_calls(provider_deadline_s)),
        cooldown=cooldown,
        budgets=budgets,
        since=invalidations,
        monotonic=monotonic,
    )
    return CandleCache(
        providers,
        tiers,
        fetcher,
        statistics,
        invalidations,
        times=Times(clock, monotonic, deadline_s, marks_every_s),
        breaker=guard if isinstance(guard, Breaker) else None,
        ahead=RefreshAhead(fetcher, statistics, deadline_s=deadline_s, monotonic=monotonic)
        if refresh_ahead
        else None,
    )
