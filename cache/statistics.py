"""Honest counters of one process: every lookup is a hit or a miss, and the sums add up."""

from __future__ import annotations

import threading
from collections import Counter

NAMES = frozenset(
    {
        "requests",
        "memory_hits",
        "table_hits",
        "misses",
        "provider_calls",
        "provider_errors",
        "table_errors",
        "table_skipped",
        "writes_refused",
        "lock_waits",
        "lock_timeouts",
        "lock_takeovers",
        "lock_losses",
        "write_errors",
        "corrupt_blocks",
        "dropped_bars",
        "rejected_answers",
        "stale_answers",
        "older_blocks",
        "late_writes",
        "unprocessed_items",
        "truncated_queries",
        "breaker_opened",
        "cooled_down",
        "repaired_bars",
        "invalidations",
    }
)
"""What is counted. ``memory_hits + table_hits + misses`` is the number of blocks asked for."""


class Statistics:
    """Counters that threads may add to."""

    def __init__(self) -> None:
        """Begin at zero."""
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def add(self, name: str, amount: int = 1) -> None:
        """Count; a name that is not in NAMES is a programming error."""
        if name not in NAMES:
            msg = f"no such counter: {name}"
            raise ValueError(msg)
        with self._lock:
            self._counts[name] += amount

    def snapshot(self) -> dict[str, int]:
        """Return all counters at one moment."""
        with self._lock:
            return {name: self._counts[name] for name in sorted(NAMES)}
