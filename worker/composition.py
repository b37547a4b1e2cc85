"""A worker put together from the parts of a running cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cache.guarded import GuardedCalls
from cache.lock_items import LockClocks, LockItems
from cache.seams import OpenGuard
from cache.warming import Warming
from worker.channels import ChannelJob
from worker.done_marks import DoneMarks
from worker.leader import LEASE_S, Leader
from worker.schedule import Daily
from worker.worker import WarmingJob, Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adapters.prices import PriceProvider
    from cache.candle_cache import CandleCache
    from store.table import Table
    from worker.channels import Channels, Processes

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
    channels: Channels | None = None,
    processing: Callable[[], Processes] | None = None,
) -> Worker:
    """Compose a worker.

    Args:
        cache: what is warmed.
        providers: its sources.
        table: the OHLC table; it holds the lock and the marks of what is done.
        warm_at: New York time as "09:00", or "off".
        tickers: canonical spellings.
        lease_s: a leader that does not beat for so long is taken for dead.
        channels: the track record's, where there is one.
        processing: makes what processes them, when the first waits.
    """
    calls = GuardedCalls(cache.breaker or OpenGuard(), cache.statistics)
    clocks = LockClocks()
    leader = Leader(LockItems(table, calls, clocks), clocks, LOCK, lease_s)
    job = ChannelJob(leader, channels, processing) if channels and processing else None
    if warm_at == OFF:
        return Worker(leader, None, job)
    marks = DoneMarks(table, calls, "warm", clocks.utc)
    warming = WarmingJob(leader, marks, Warming(cache, providers), tickers, Daily.parse(warm_at))
    return Worker(leader, warming, job)
