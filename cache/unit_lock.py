"""One process fetches a unit while the others wait, by lock items in the OHLC table (cache-9, ADR 6).

Promise: ``hold`` never raises for a table that fails, and never waits longer than it is told; its caller goes
on without the lock then. So the lock saves provider calls and nothing else relies on it: what is written late
is refused by the blocks' own condition (``TableTier.write``).
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from cache.guarded import TableLeftAloneError
from cache.lock_items import LockClocks, LockItems
from store.table import TableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cache.blocks import Unit
    from cache.deadline import Deadline
    from cache.guarded import GuardedCalls
    from cache.statistics import Statistics
    from store.table import Table

LEASE_PER_CALL = 2.0
"""How many of the longest provider calls a lease lasts (D14)."""
BEATS_PER_LEASE = 3
WAITING_SHARE = 0.6
"""Of what is left of the request, for waiting at most; the rest is for asking the provider after all."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class LockTimes:
    """How long things take, seconds.

    Attributes:
        lease_s: a holder that does not beat for so long is taken for dead.
        poll_s: between two looks of one who waits.
        wait_s: the longest that a request waits, for all of its units together.
    """

    lease_s: float
    poll_s: float = 0.2
    wait_s: float = 3.0

    @classmethod
    def for_calls(cls, longest_s: float) -> LockTimes:
        """Return the times for provider calls of at most ``longest_s``."""
        return cls(LEASE_PER_CALL * longest_s)


@dataclass(slots=True, eq=False)
class _Hold:
    """What one caller has: locks, and those it may have because the table failed when it asked for them."""

    owner: str
    names: list[str] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)


class TableLock:
    """A ``UnitLock`` in the table itself. Thread-safe; each hold is an owner of its own."""

    def __init__(
        self,
        table: Table,
        calls: GuardedCalls,
        statistics: Statistics,
        times: LockTimes,
        clocks: LockClocks | None = None,
    ) -> None:
        """Keep the items in ``table`` and make its calls by ``calls``, as the blocks' tier does."""
        self._clocks = clocks or LockClocks()
        self._items = LockItems(table, calls, self._clocks)
        self._statistics = statistics
        self._holds: set[_Hold] = set()
        self.times = times

    def held(self) -> tuple[str, ...]:
        """Return the names of the locks that this process holds now, sorted."""
        return tuple(sorted(name for hold in self._holds.copy() for name in tuple(hold.names)))

    @contextmanager
    def hold(
        self, units: Sequence[Unit], deadline: Deadline, arrived: Callable[[Unit], bool]
    ) -> Iterator[None]:
        """Hold the locks of some units, as ``UnitLock.hold``: not those that arrive while it waits."""
        hold = _Hold(self._clocks.new_owner())
        self._holds.add(hold)
        try:
            with self._beating(hold, deadline):
                self._take(hold, units, deadline, arrived)
                yield
        finally:
            self._holds.discard(hold)
            for name in (*hold.names, *hold.doubtful):
                self._release(name, hold.owner)

    def _take(
        self, hold: _Hold, units: Sequence[Unit], deadline: Deadline, arrived: Callable[[Unit], bool]
    ) -> None:
        """Take the locks one after the other, ascending, so that no two callers wait for each other."""
        patience_s = min(self.times.wait_s, WAITING_SHARE * deadline.left_s)
        until_s = self._clocks.monotonic() + patience_s
        for unit in sorted(set(units)):
            name = unit.lock_key
            try:
                if self._items.create(name, hold.owner) or self._wait(unit, hold.owner, until_s, arrived):
                    hold.names.append(name)
            except TableLeftAloneError:
                return
            except TableError:  # logged and counted; without a table there are no locks
                hold.doubtful.append(name)
                return

    def _wait(self, unit: Unit, owner: str, until_s: float, arrived: Callable[[Unit], bool]) -> bool:
        """Wait for a lock that somebody holds.

        Returns:
            Whether it was taken. It was not when the unit has arrived, or the time is up.
        """
        self._statistics.add("lock_waits")
        while True:
            if self._try(unit.lock_key, owner):
                return True
            left_s = until_s - self._clocks.monotonic()
            if left_s <= 0:
                self._statistics.add("lock_timeouts")
                _log.warning("fetch_lock_wait_over", lock=unit.lock_key)
                return False
            self._clocks.sleep(min(self.times.poll_s, left_s))
            if arrived(unit):
                return False

    def _try(self, name: str, owner: str) -> bool:
        """Take a lock that is free by now, or whose holder has been silent for a lease."""
        item = self._items.look(name)
        if item is None:
            return self._items.create(name, owner)
        if self._items.silent_s(name, item) < self.times.lease_s:
            return False
        taken = self._items.take_over(name, owner, item)
        if taken:
            self._statistics.add("lock_takeovers")
            _log.warning("fetch_lock_taken_over", lock=name)
        return taken

    @contextmanager
    def _beating(self, hold: _Hold, deadline: Deadline) -> Iterator[None]:
        """Beat from a thread while the body runs, not longer than the request may take."""
        done = threading.Event()
        every_s = self.times.lease_s / BEATS_PER_LEASE

        def beat() -> None:
            while not done.wait(every_s) and deadline.left_s > 0:
                self._beat(hold)

        heart = threading.Thread(
            target=copy_context().run, args=(beat,), name="fetch-lock", daemon=True
        )  # its log lines carry the request's id too
        heart.start()
        try:
            yield
        finally:
            done.set()
            heart.join()

    def _beat(self, hold: _Hold) -> None:
        """Show others that the holder lives; what has been taken over is let go."""
        for name in list(hold.names):
            try:
                if self._items.beat(name, hold.owner):
                    continue
            except TableError:
                continue  # logged and counted; a lease has room for two beats that fail
            hold.names.remove(name)
            self._statistics.add("lock_losses")
            _log.warning("fetch_lock_lost", lock=name)

    def _release(self, name: str, owner: str) -> None:
        try:
            self._items.release(name, owner)
        except TableError:
            return  # logged and counted; others take it over after a lease
