"""Of all processes on one table one leads, by a lock item that it keeps beating: cache-9's, held for long.

Promise: a leader that died is replaced after a lease; one that was paused, or cannot reach the table, for a
lease knows by its own clock that it leads no more, before it does anything else. No clocks are compared.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from store.table import TableError

if TYPE_CHECKING:
    from cache.lock_items import LockClocks, LockItems

LEASE_S = 30.0
"""A leader that has not beaten for so long is taken for dead."""
BEATS_PER_LEASE = 3
_log = structlog.get_logger(__name__)


class Leader:
    """Whether this process leads. ``beat`` is called by one thread, ``leads`` may be asked by any."""

    def __init__(self, items: LockItems, clocks: LockClocks, name: str, lease_s: float = LEASE_S) -> None:
        """Compete for the lock ``name`` in ``items``, which run on the same ``clocks``."""
        self._items = items
        self._clocks = clocks
        self._name = name
        self._owner = ""
        self._lease_s = lease_s
        self._held_since_s: float | None = None
        self._table_answers = True

    @property
    def beat_s(self) -> float:
        """How often ``beat`` has to be called, seconds."""
        return self._lease_s / BEATS_PER_LEASE

    @property
    def leads(self) -> bool:
        """Whether the lock is held for certain: the last beat that succeeded is younger than a lease."""
        held_since_s = self._held_since_s
        return held_since_s is not None and self._clocks.monotonic() - held_since_s < self._lease_s

    def beat(self) -> bool:
        """Keep the lead, or take it where nobody has it; return whether this process leads now."""
        self._owner = self._owner or self._clocks.new_owner()  # not before: processes fork
        led, asked_s = self._held_since_s is not None, self._clocks.monotonic()
        try:
            held = (led and self._items.beat(self._name, self._owner)) or self._take()
        except TableError as error:
            if self._table_answers:
                _log.error("worker_waits_for_table", code=error.code, error=str(error))
            self._table_answers = False
            return self.leads
        if not self._table_answers:
            _log.info("worker_table_answers")
        self._table_answers = True
        self._held_since_s = asked_s if held else None
        if held != led:
            _log.info("worker_leads" if held else "worker_leads_no_more", lock=self._name)
        return self.leads

    def resign(self) -> None:
        """Let the lock go, so that another need not wait for the lease."""
        if self._held_since_s is None:
            return
        self._held_since_s = None
        try:
            self._items.release(self._name, self._owner)
        except TableError:  # logged and counted; the lease ends by itself
            return
        _log.info("worker_resigned", lock=self._name)

    def _take(self) -> bool:
        """Take a lock that is free, or whose holder has been silent for a lease."""
        item = self._items.look(self._name)
        if item is None:
            return self._items.create(self._name, self._owner)
        if item.get("owner") == self._owner:  # taken by a call whose answer never came
            return self._items.beat(self._name, self._owner)
        if self._items.silent_s(self._name, item) < self._lease_s:
            return False
        return self._items.take_over(self._name, self._owner, item)
