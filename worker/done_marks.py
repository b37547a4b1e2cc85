"""What was done on which day, as items of the OHLC table: no job is done twice on one day, whoever leads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store.table import Absent

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from cache.guarded import GuardedCalls
    from store.table import Key, Table

KEPT_S = 7 * 86_400
"""How long a mark stays before the table may remove it."""
_EVENT = "worker_mark_failed"


class DoneMarks:
    """The marks of one job. Every method may raise TableError."""

    def __init__(self, table: Table, calls: GuardedCalls, job: str, utc: Callable[[], float]) -> None:
        """Keep the marks of ``job`` in ``table``; ``utc`` is UTC seconds, for the table's expiry alone."""
        self._table = table
        self._calls = calls
        self._job = job
        self._utc = utc

    def done(self, day: date) -> bool:
        """Return whether the job has been done for a day."""
        item = self._calls.run(lambda: self._table.get(self._key(day), consistent=True), _EVENT)
        return item is not None

    def mark(self, day: date) -> bool:
        """Note that the job has been done; False when somebody else had noted it."""
        pk, sk = self._key(day)
        item = {"PK": pk, "SK": sk, "ttl": int(self._utc()) + KEPT_S}
        return self._calls.run(lambda: self._table.put(item, when=Absent("PK")), _EVENT)

    def _key(self, day: date) -> Key:
        return f"JOB#{self._job}", day.isoformat()
