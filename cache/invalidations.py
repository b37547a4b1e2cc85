"""Since when what is held counts: what was fetched before an invalidation is refused everywhere (cache-12).

Clearing the layers one after the other cannot be enough: a fetch under way writes what it asked for before,
and other processes hold memory of their own. So every invalidation leaves a mark, and every reader refuses
what was fetched before it, fresh or stale. Marks travel between processes as items of the OHLC table::

    PK "INVALIDATED", SK ticker or "*", at_ms

A process looks for them every 15 s from a thread of its own, never on the way of a request. Clocks of
machines differ, so a mark that appears while a process runs counts from when this process saw it; one that it
finds at its start counts from the time it carries, and never from the future.
"""

from __future__ import annotations

import math
import threading
import weakref
from typing import TYPE_CHECKING

import structlog

from cache.policy import SETTLED_LIFE_S
from store.table import TableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from cache.guarded import GuardedCalls
    from cache.statistics import Statistics
    from store.table import Item, Table

ALL = "*"
LOOK_EVERY_S = 15.0
_PARTITION = "INVALIDATED"
_log = structlog.get_logger(__name__)


class Invalidations:
    """The marks of one process. Thread-safe."""

    def __init__(
        self,
        table: Table,
        calls: GuardedCalls,
        clock: Callable[[], float],
        forget: Callable[[str], object],
        statistics: Statistics,
    ) -> None:
        """Keep marks in ``table``, and refuse what is older.

        Args:
            table: the OHLC table.
            calls: make its calls, as the blocks' tier does.
            clock: UTC seconds.
            forget: empties the memory of this process, for a ticker or ``ALL``.
            statistics: counts what other processes have thrown away since this one looked first.
        """
        self._table = table
        self._calls = calls
        self._clock = clock
        self.forget = forget
        self._statistics = statistics
        self._lock = threading.Lock()
        self._since: dict[str, float] = {}
        self._seen: dict[str, object] | None = None
        self._watching = False
        self._ended = threading.Event()

    def since(self, ticker: str) -> float:
        """Return the UTC seconds after which something must have been fetched to count; 0.0 for no limit."""
        if not self._since:  # nearly always; read without the lock
            return 0.0
        with self._lock:
            # After the clock has jumped back, what is fetched from now on counts all the same.
            now_s = self._clock()
            for name in (ticker, ALL):
                if self._since.get(name, 0.0) > now_s:
                    self._since[name] = math.nextafter(now_s, 0.0)
            return max(self._since.get(ticker, 0.0), self._since.get(ALL, 0.0))

    def mark(self, name: str) -> None:
        """Refuse, in this process, what was fetched before now; ``name`` is a ticker or ``ALL``."""
        with self._lock:
            self._since[name] = self._clock()

    def publish(self, name: str) -> None:
        """Leave the mark for the other processes.

        Raises:
            TableError: they cannot be told.
        """
        at_s = self._since[name]
        item: Item = {
            "PK": _PARTITION,
            "SK": name,
            "at_ms": int(at_s * 1000),
            "ttl": int(at_s) + SETTLED_LIFE_S,  # nothing fetched before is alive by then
        }
        self._calls.run(lambda: self._table.put(item), "ohlc_invalidation_failed")
        with self._lock:
            self._seen = (self._seen or {}) | {name: item["at_ms"]}

    def look(self) -> None:
        """Look for marks of other processes once; a table that fails changes nothing."""
        try:
            items = self._calls.run(
                lambda: self._table.query(_PARTITION, attributes=("at_ms",)), "ohlc_invalidation_failed"
            )
        except TableError:
            return  # logged and counted; looked for again soon
        now_s = self._clock()
        with self._lock:
            known, first = self._seen or {}, self._seen is None
            marks = {i["SK"]: i["at_ms"] for i in items if isinstance(i.get("at_ms"), int)}
            new = {name: at_ms for name, at_ms in marks.items() if known.get(name) != at_ms}
            for name, at_ms in new.items():
                at_s = min(at_ms / 1000, now_s) if first else now_s
                self._since[name] = max(self._since.get(name, 0.0), at_s)
            self._seen = known | new
        for name in new:
            # At the first look, too: the publisher's clock may be behind that of what is held here.
            self.forget(name)
            if not first:
                self._statistics.add("invalidations")
                _log.info("ohlc_invalidation_seen", ticker=name)

    def watch(self, every_s: float) -> None:
        """Look now and then from a thread that ends with this object; asked again, it does nothing."""
        with self._lock:
            if self._watching:
                return
            self._watching = True
        watch = (weakref.ref(self), self._ended, every_s)
        threading.Thread(target=_watch, args=watch, name="invalidations", daemon=True).start()

    def close(self) -> None:
        """Look no more."""
        self._ended.set()


def _watch(ref: weakref.ref[Invalidations], ended: threading.Event, every_s: float) -> None:
    while not ended.is_set() and (marks := ref()) is not None:
        try:
            marks.look()
        except Exception:  # noqa: BLE001 - whatever it is, the next look may do better
            _log.exception("ohlc_invalidation_failed")
        del marks  # nothing is held while it waits
        ended.wait(every_s)
