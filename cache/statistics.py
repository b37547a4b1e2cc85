"""Honest counters of one process: every lookup is a hit or a miss, and the sums add up.

Two sums always hold, once nothing is under way::

    memory_hits + table_hits + misses = blocks asked for
    request_memory_hits + request_table_hits + request_misses + request_stale + request_errors = requests

Observers hear of everything that is counted, as it is counted. One that raises changes nothing.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import structlog

from cache.query import Tier

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cache.query import Answer

NAMES = {
    "requests": "Questions to the cache, however they ended.",
    "request_memory_hits": "Answered from memory alone.",
    "request_table_hits": "Answered from the table, or from memory and the table.",
    "request_misses": "Answered with something that a provider was asked for.",
    "request_stale": "Answered with something older than it should be.",
    "request_errors": "Ended without candles: no such ticker, no source that answers, a bad question.",
    "warm_requests": "Questions to fetch ahead; they are not among the requests.",
    "memory_hits": "Blocks found fresh in memory.",
    "table_hits": "Blocks found fresh in the table.",
    "misses": "Blocks found fresh nowhere.",
    "provider_calls": "Calls of price providers.",
    "provider_errors": "Calls of price providers that failed.",
    "table_errors": "Calls of the table that failed.",
    "table_skipped": "Calls of the table that the breaker did not let through.",
    "writes_refused": "Writes that a newer block in the table refused.",
    "lock_waits": "Waits for another process that fetches the same.",
    "lock_timeouts": "Such waits that ended by time.",
    "lock_takeovers": "Locks taken over from a process that was gone.",
    "lock_losses": "Locks that another process took from this one.",
    "write_errors": "Answers whose first write to the table failed.",
    "corrupt_blocks": "Blocks in the table that could not be read, and were fetched again.",
    "dropped_bars": "Bars of providers that cannot be right, and were left out.",
    "rejected_answers": "Answers of providers that were refused whole.",
    "stale_answers": "Series that were given although their time was over.",
    "older_blocks": "Blocks in an older layout that were read and rewritten.",
    "late_writes": "Items that were written off the request's path.",
    "unprocessed_items": "Items that could not be written, and were given up: they are fetched again.",
    "truncated_queries": "Queries of the table that ended before their last page.",
    "breaker_opened": "Times that the circuit breaker opened, or opened again.",
    "refreshed_ahead": "Fetches of what was about to expire, before anybody had to wait.",
    "cooled_down": "Questions that a source was not asked, because it is left alone or has no budget left.",
    "repaired_bars": "Bars of providers that were sorted, or had a double left out.",
    "invalidations": "Times that what is held was thrown away by hand.",
}
"""What is counted, and what it means."""

_OUTCOMES = {Tier.MEMORY: "request_memory_hits", Tier.PROVIDER: "request_misses"}
_ERROR = "request_errors"
OUTCOMES = (*_OUTCOMES.values(), "request_table_hits", "request_stale", _ERROR)
"""How a request can end: exactly one of these is counted for each."""
_log = structlog.get_logger(__name__)


class Observer(Protocol):
    """Hears what is counted."""

    def observe(self, name: str, amount: int) -> object:
        """Hear that ``amount`` (not 0) was added to a counter of NAMES."""

    def timed(self, outcome: str, took_s: float) -> object:
        """Hear that a request ended, in one of OUTCOMES, and how long it took."""


class Statistics:
    """Counters that threads may add to."""

    def __init__(self, timer: Callable[[], float] = time.perf_counter) -> None:
        """Begin at zero; ``timer`` gives seconds for how long requests take."""
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._timer = timer
        self._observers: tuple[Observer, ...] = ()
        self._failing: set[int] = set()

    def tell(self, observer: Observer) -> None:
        """Let an observer hear of everything from now on."""
        self._observers = (*self._observers, observer)

    def add(self, name: str, amount: int = 1) -> None:
        """Count; a name that is not in NAMES is a programming error."""
        if name not in NAMES:
            msg = f"no such counter: {name}"
            raise ValueError(msg)
        if not amount:
            return
        with self._lock:
            self._counts[name] += amount
        self._tell_all(lambda observer: observer.observe(name, amount))

    @contextmanager
    def request(self, *, warming: bool = False) -> Iterator[Callable[[Answer], Answer]]:
        """Count one request by how it ends, and time it.

        The caller passes the answer through what it gets here; a request that raises is counted as an error.
        One that only fetches ahead is counted apart, so that hit rates tell what people meet.
        """
        began_s, outcome = self._timer(), _ERROR

        def ended(answer: Answer) -> Answer:
            nonlocal outcome
            outcome = outcome_of(answer)
            return answer

        try:
            yield ended
        finally:
            if warming:
                self.add("warm_requests")
            else:
                self.add("requests")
                self.add(outcome)
                took_s = self._timer() - began_s
                self._tell_all(lambda observer: observer.timed(outcome, took_s))

    def snapshot(self) -> dict[str, int]:
        """Return all counters at one moment."""
        with self._lock:
            return {name: self._counts[name] for name in sorted(NAMES)}

    def _tell_all(self, say: Callable[[Observer], object]) -> None:
        for observer in self._observers:
            try:
                say(observer)
            except Exception as error:  # noqa: BLE001 - whatever is wrong with it, prices come first (O5)
                if id(observer) not in self._failing:  # once; it may fail thousands of times a second
                    self._failing.add(id(observer))
                    _log.warning("metrics_failed", error=repr(error))


def outcome_of(answer: Answer) -> str:
    """Return the one of OUTCOMES that an answer is counted as; X-Cache-Source says the same."""
    if answer.stale_since is not None:
        return "request_stale"
    return _OUTCOMES.get(answer.tier, "request_table_hits")
