"""Writes of the table that are off every request's path: one thread for each process, in order, bounded.

Promise: what is added is written, or it is counted (``unprocessed_items``) and logged at ERROR: nothing is
lost silently. ``add`` never waits, and a table that its guard leaves alone is not called. After a fork the
child begins with nothing waiting and a thread of its own; what waited is the parent's.

What waits is not in the table yet: another process that looks for it there may ask the provider once more.
That costs a call and makes nothing wrong: every block is whole, and none replaces a newer one.
"""

from __future__ import annotations

import atexit
import os
import random as randomness
import threading
import time
from collections import deque
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import structlog

from cache.guarded import TableLeftAloneError
from store.batches import chunks, pause_s
from store.items import size
from store.table import BATCH_SIZE, TableError, UnprocessedItemsError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from cache.guarded import GuardedCalls
    from cache.statistics import Statistics
    from store.table import Condition, Item, Key, Table

PUT_RETRIES = 3
DELETE_RETRIES = 5
MOST_ITEMS = 20_000
MOST_BYTES = 16 * 1024 * 1024
DRAIN_S = 2.0
"""How long the end of a process waits for what is left to write."""
_KEY_BYTES = 128
_log = structlog.get_logger(__name__)


def _nobody() -> None:
    """Hear of a refusal where nobody wants to."""


@dataclass(frozen=True, slots=True)
class LateWrite:
    """Items of one partition to put, or keys of it to delete.

    Attributes:
        partition: the partition key of all of them.
        items: to put; exactly one where there is a condition.
        when: the condition of the one item.
        on_refused: hears that the condition did not hold.
        keys: to delete.
        then: is done once this one is, refused or not; not where this one was given up.
        tried: attempts that were made already.
        request_id: for logs.
    """

    partition: str
    items: tuple[Item, ...] = ()
    when: Condition | None = None
    on_refused: Callable[[], object] = _nobody
    keys: tuple[Key, ...] = ()
    then: LateWrite | None = None
    tried: int = 0
    request_id: str = ""

    @property
    def count(self) -> int:
        """Items and keys, those of ``then`` included."""
        return len(self.items) + len(self.keys) + (self.then.count if self.then else 0)

    @property
    def nbytes(self) -> int:
        """Bytes that it takes while it waits, about."""
        own = sum(map(size, self.items)) + _KEY_BYTES * len(self.keys)
        return own + (self.then.nbytes if self.then else 0)

    @property
    def attempts(self) -> int:
        """How often it is tried at most, the attempts before included."""
        return 1 + (DELETE_RETRIES if self.keys else PUT_RETRIES)


@dataclass(slots=True)
class _Line:
    """What waits in one process; ``changed`` guards the rest.

    Attributes:
        writes: not begun yet.
        current: being written now.
        dropped: the current one is not to be tried again.
        count, nbytes: of all of it.
    """

    changed: threading.Condition = field(default_factory=threading.Condition)
    writes: deque[LateWrite] = field(default_factory=deque)
    current: LateWrite | None = None
    dropped: bool = False
    count: int = 0
    nbytes: int = 0
    thread: threading.Thread | None = None

    def push(self, write: LateWrite) -> None:
        self.writes.append(write)
        self.count += write.count
        self.nbytes += write.nbytes

    def gone(self, write: LateWrite) -> None:
        self.count -= write.count
        self.nbytes -= write.nbytes
        self.changed.notify_all()


class LateWrites:
    """The late writes of one table. Thread-safe."""

    def __init__(
        self,
        table: Table,
        calls: GuardedCalls,
        statistics: Statistics,
        *,
        sleep: Callable[[float], None] = time.sleep,
        random: Callable[[], float] = randomness.random,
    ) -> None:
        """Start no thread yet.

        Args:
            table: where to write.
            calls: makes its calls, as everybody else's.
            statistics: counts what is handed over and what is given up.
            sleep: waits some seconds between two attempts.
            random: returns a number in [0, 1), for the jitter of the pauses.
        """
        self._table = table
        self._calls = calls
        self._statistics = statistics
        self._sleep = sleep
        self._random = random
        self._lines: dict[int, _Line] = {}
        _all.add(self)

    @property
    def waiting(self) -> int:
        """How many items are still to be written or deleted by this process."""
        return self._line().count

    def add(self, write: LateWrite) -> bool:
        """Take a write, or report that it is lost, because too much waits already."""
        taken = self.offer(write)
        if not taken:
            self._given_up(write.count, "too_many_wait", write.request_id)
        return taken

    def offer(self, write: LateWrite) -> bool:
        """Take a write; False, and nothing is taken, when too much waits already."""
        line = self._line()
        with line.changed:
            if line.count + write.count > MOST_ITEMS or line.nbytes + write.nbytes > MOST_BYTES:
                return False
            line.push(write)
            if line.thread is None or not line.thread.is_alive():
                line.thread = threading.Thread(
                    target=self._run, args=(line,), name="late-writes", daemon=True
                )
                line.thread.start()
            line.changed.notify_all()
        self._statistics.add("late_writes", write.count)
        return True

    def drop(self, partitions: Collection[str] | None) -> int:
        """Forget what waits for some partitions (None: for all), and wait for a call that is under way.

        Returns:
            How many items are not written because of it, those of that call left out.
        """

        def meant(write: LateWrite) -> bool:
            return partitions is None or write.partition in partitions

        line = self._line()
        with line.changed:
            before = line.count
            for write in [write for write in line.writes if meant(write)]:
                line.writes.remove(write)
                line.gone(write)
            dropped = before - line.count
            doomed = line.current
            if doomed is not None and meant(doomed):
                line.dropped = True
                line.changed.wait_for(lambda: line.current is not doomed)
        return dropped

    def drain(self, timeout_s: float) -> int:
        """Wait until nothing waits any more, at most some seconds; return how many items are left."""
        line = self._line()
        with line.changed:
            line.changed.wait_for(lambda: line.count == 0, timeout_s)
            return line.count

    def report_left(self, timeout_s: float) -> None:
        """Drain before the process ends, and report what is lost with it."""
        left = self.drain(timeout_s)
        if left:
            self._given_up(left, "shutdown", "")

    def _line(self) -> _Line:
        process = os.getpid()
        return self._lines.get(process) or self._lines.setdefault(process, _Line())

    def _run(self, line: _Line) -> None:
        while True:
            with line.changed:
                line.changed.wait_for(lambda: line.writes)
                line.current, line.dropped = line.writes.popleft(), False
            write, done = line.current, False
            try:
                done = self._carry_out(line, write)
            except Exception:  # noqa: BLE001 - a fault of ours: what it cost is said, and the next has its turn
                _log.exception("ohlc_late_write_crashed")
                self._given_up(write.count, "crashed", write.request_id)
            finally:
                with line.changed:
                    if done and write.then is not None and not line.dropped:
                        line.push(write.then)
                    line.current = None
                    line.gone(write)

    def _carry_out(self, line: _Line, write: LateWrite) -> bool:
        """Try again and again; return whether all of it was done."""
        reason = "unprocessed"
        for attempt in range(write.tried, write.attempts):
            if attempt:
                self._sleep(pause_s(attempt - 1, self._random))
            if line.dropped:
                return False
            try:
                left = self._calls.run(partial(self._send, write), "ohlc_late_write_failed", write.request_id)
            except TableLeftAloneError as error:
                reason = error.code
                break
            except TableError as error:
                reason = error.code
                continue
            if not left:
                return True
            write = replace(write, keys=left) if write.keys else replace(write, items=left)
        self._given_up(len(write.items) + len(write.keys), reason, write.request_id)
        return False

    def _send(self, write: LateWrite) -> tuple[Any, ...]:
        """Make one attempt and return what is left."""
        try:
            if write.keys:
                self._table.delete_many(write.keys, retries=0)
            elif write.when is None:
                self._table.put_many(write.items, retries=0)
            elif not self._table.put(write.items[0], when=write.when):
                self._statistics.add("writes_refused")
                write.on_refused()
        except UnprocessedItemsError as error:
            return error.items
        return ()

    def _given_up(self, items: int, reason: str, request_id: str) -> None:
        self._statistics.add("unprocessed_items", items)
        _log.error("ohlc_write_gave_up", items=items, reason=reason, request_id=request_id)


def in_batches(items: Sequence[Item], request_id: str, *, tried: int = 0) -> list[LateWrite]:
    """Return items of any partitions as writes of at most one batch each, ``tried`` so often already."""
    by_partition: dict[str, list[Item]] = {}
    for item in items:
        by_partition.setdefault(item["PK"], []).append(item)
    return [
        LateWrite(pk, tuple(some), tried=tried, request_id=request_id)
        for pk, own in by_partition.items()
        for some in chunks(own, BATCH_SIZE)
    ]


_all: WeakSet[LateWrites] = WeakSet()


def drain_all(timeout_s: float = DRAIN_S) -> None:
    """Give all late writes of this process a last chance, some seconds together, and report what is left."""
    until_s = time.monotonic() + timeout_s
    for late in list(_all):
        late.report_left(max(0.0, until_s - time.monotonic()))


atexit.register(drain_all)
