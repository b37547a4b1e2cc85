"""What holds after every test that composes a cache: nothing in flight, nothing locked, nothing left open.

A test that means to leave something says so: ``@pytest.mark.leaves("locks")``; the names are in ``CHECKS``.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import psutil

from cache.candle_cache import CandleCache
from cache.memory import SegmentedLRU
from store import Table, TableError
from tests.kit import inside

GRACE_S = 2.0
"""For threads that are ending."""
RESIDENT = ("late-writes", "metrics")
"""Threads of which a process keeps one for good."""
MORE_DESCRIPTORS = 6
"""How many a process may open once and keep: libraries, calendars, a pool's first connection."""
CHECKS = ("flights", "locks", "memory", "threads", "descriptors")


@dataclass(frozen=True)
class Footprint:
    """What this process has open."""

    threads: frozenset[threading.Thread]
    descriptors: int

    @classmethod
    def now(cls) -> Footprint:
        """Return it as it is now."""
        return cls(frozenset(threading.enumerate()), psutil.Process().num_fds())


def of_caches(caches: Sequence[CandleCache], leaves: Iterable[str]) -> list[str]:
    """Return what is wrong in some caches, a sentence each."""
    wrong = []
    for cache in caches:
        flying = inside.fetcher(cache).flights.flying()
        if flying and "flights" not in leaves:
            wrong.append(f"{flying} units are still in flight")
        if "memory" not in leaves:
            tiers = inside.tiers(cache)
            wrong += filter(None, map(_broken, (tiers.memory, tiers.actions)))
    return wrong


def of_tables(tables: Iterable[Table], caches: Sequence[CandleCache], leaves: Iterable[str]) -> list[str]:
    """Return the locks that nobody has released.

    Where calls of a table failed, a release may be among them: others take such a lock over after its lease.
    """
    if "locks" in leaves or any(_met_a_failing_table(cache) for cache in caches):
        return []
    held: set[str] = set()
    for table in tables:
        with suppress(TableError):  # a test took the table away
            held |= {pk for pk, _ in table.keys() if pk.startswith("LOCK#")}  # noqa: SIM118 - no mapping
    return [f"{name} is still held" for name in sorted(held)]


def of_process(
    before: Footprint,
    leaves: Iterable[str],
    *,
    grace_s: float = GRACE_S,
    sleep: Callable[[float], None] = time.sleep,
) -> list[str]:
    """Return the threads and descriptors that were not there before; threads may take a moment to end."""
    wrong = []
    until_s = time.monotonic() + grace_s
    while (more := _new_threads(before)) and time.monotonic() < until_s:
        sleep(0.01)
    if more and "threads" not in leaves:
        wrong.append(f"threads are left: {', '.join(sorted(thread.name for thread in more))}")
    opened = psutil.Process().num_fds() - before.descriptors
    if opened > MORE_DESCRIPTORS and "descriptors" not in leaves:
        wrong.append(f"{opened} more descriptors are open than before")
    return wrong


def _new_threads(before: Footprint) -> list[threading.Thread]:
    return [
        thread
        for thread in threading.enumerate()
        if thread not in before.threads and not thread.name.startswith(RESIDENT)
    ]


def _met_a_failing_table(cache: CandleCache) -> bool:
    counts = cache.statistics.snapshot()
    return counts["table_errors"] + counts["table_skipped"] > 0


def _broken(memory: SegmentedLRU[Any, Any]) -> str:
    try:
        memory.check()
    except AssertionError as error:
        return f"the memory tier is broken: {error}"
    return ""
