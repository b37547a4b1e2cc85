"""The log of a channel's processing, for people to follow live.

A line's id is its instant in milliseconds, and the channel's item says which was given last, so ids only grow
and lines are in the order of their ids. A line is written before its id is taken: a reader who has seen an id
has been shown every line before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from store import Absent, AllOf, AnyOf, Below, TableUnavailableError
from track_record import instants, items, keys
from track_record.channel_records import ALIVE, unknown
from track_record.entities import Log, LogLevel

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from store import Table

MAX_MESSAGE = 2_000
_LAST = "last_log_id"
_ATTEMPTS = 50


def _suffix() -> str:
    return uuid4().hex[:8]


class ChannelLog:
    """The log lines in the track record's table. Thread-safe; every method may raise TableError."""

    def __init__(
        self, table: Table, now: Callable[[], datetime], suffix: Callable[[], str] = _suffix
    ) -> None:
        """Use the main table.

        Args:
            table: the main table.
            now: gives the present with its time zone.
            suffix: gives 8 characters that keep the keys of two lines apart.
        """
        self._table = table
        self._now = now
        self._suffix = suffix

    def write(self, channel_id: str, log_level: LogLevel, message: str) -> Log:
        """Add a line, cut to 2,000 characters.

        Raises:
            UnknownChannelError: there is no such channel (any more); nothing is kept.
        """
        log_id = instants.to_ms(self._now())
        for _ in range(_ATTEMPTS):
            log = Log(log_id, channel_id, log_level, message[:MAX_MESSAGE], instants.from_ms(log_id))
            item = items.of_log(log, self._suffix())
            self._table.put(item)
            if self._take(channel_id, log_id):
                return log
            self._table.delete((item["PK"], item["SK"]))
            log_id = max(instants.to_ms(self._now()), self._last(channel_id) + 1)
        raise TableUnavailableError("the channel's log is too busy: try again in a moment")

    def read(self, channel_id: str, since: int | None = None) -> list[Log]:
        """Return the lines after an id, or all, oldest first.

        Where two processes write at the same moment a line may come once more under a later id; none is lost.

        Raises:
            UnknownChannelError: there is no such channel.
        """
        last = self._last(channel_id)
        after = -1 if since is None else max(since, -1)
        if after >= last:
            return []
        bounds = keys.log_bounds(instants.from_ms(after), instants.from_ms(last))
        found = self._table.query(keys.channel_partition(channel_id), between=bounds, consistent=True)
        return items.readable(found, items.to_log)

    def _take(self, channel_id: str, log_id: int) -> bool:
        is_next = AnyOf((Absent(_LAST), Below(_LAST, log_id)))
        key = keys.channel_key(channel_id)
        return self._table.update(key, put={_LAST: log_id}, when=AllOf((ALIVE, is_next))) is not None

    def _last(self, channel_id: str) -> int:
        """Return the id that was given last, -1 when there is none.

        Raises:
            UnknownChannelError: there is no such channel.
        """
        there = self._table.get(keys.channel_key(channel_id), consistent=True)
        if there is None or there["entity_type"] != items.CHANNEL or "deleting" in there:
            raise unknown(channel_id)
        return int(there.get(_LAST, -1))
