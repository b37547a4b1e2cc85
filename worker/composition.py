"""A worker put together from the parts of a running cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cache.guarded import GuardedCalls
from cache.lock_items import LockClocks, LockItems
from cache.seams import OpenGuard
from cache.warming import Warming
from worker.done_marks import DoneMarks
from worker.leader import LEASE_S, Leader
from worker.schedule import Daily
from worker.worker import WarmingJob, Worker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.prices import PriceProvider
    from cache.candle_cache import CandleCache
    from store.table import Table

LOCK = "LOCK#worker"
OFF = "off"


def worker(  # noqa: PLR0913 - what the composition root knows
    cache: CandleCache,
    providers: Sequence[PriceProvider],
    table: Table,
    *,
    warm_at: str,
    tickers: Sequence[str],
    lease_s: float = LEASE_S,
) -> Worker:
    """Compose a worker.

    Args:
        cache: what is warmed.
        providers: its sources.
        table: the OHLC table; it holds the lock and the marks of what is done.
        warm_at: New York time as "09:00", or "off".
        tickers: canonical spellings.
        lease_s: a leader that does not beat for so long is taken for dead.
    """
    calls = GuardedCalls(cache.breaker or OpenGuard(), cache.statistics)
    clocks = LockClocks()
    leader = Leader(LockItems(table, calls, clocks), clocks, LOCK, lease_s)
    if warm_at == OFF:
        return Worker(leader, None)
    marks = DoneMarks(table, calls, "warm", clocks.utc)
    return Worker(leader, WarmingJob(leader, marks, Warming(cache, providers), tickers, Daily.parse(warm_at)))
