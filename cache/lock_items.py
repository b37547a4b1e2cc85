"""Lock items in a table: made, looked at, beaten, taken over and removed, each in one conditional call.

An item ``LOCK#AAPL#tiingo#5#2025-12`` says who holds it and a version that changes with every beat of the
holder. No clock is ever compared with another machine's: a lock is taken over when this process's *own*
monotonic clock has seen one owner and version for a whole lease, remembered from request to request.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from store.table import Absent, AllOf, Equals

if TYPE_CHECKING:
    from collections.abc import Callable

    from cache.guarded import GuardedCalls
    from store.table import Condition, Item, Key, Table

KEPT_S = 3_600
"""How long a forgotten item stays before the table may remove it: far more than clocks differ by."""
_MOST_REMEMBERED = 4_096
_EVENT = "fetch_lock_failed"


def _new_owner() -> str:
    return uuid4().hex


@dataclass(frozen=True, slots=True)
class LockClocks:
    """What a lock takes from its machine.

    Attributes:
        monotonic: seconds, for everything that is decided.
        utc: UTC seconds, for the table's expiry alone.
        sleep: waits for some seconds.
        new_owner: gives a name that nobody else has.
    """

    monotonic: Callable[[], float] = time.monotonic
    utc: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    new_owner: Callable[[], str] = _new_owner


class LockItems:
    """The lock items of one table, as one process sees them. Every method may raise TableError."""

    def __init__(self, table: Table, calls: GuardedCalls, clocks: LockClocks) -> None:
        """Keep the items in ``table`` and make its calls by ``calls``, as the blocks' tier does."""
        self._table = table
        self._calls = calls
        self._clocks = clocks
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, tuple[object, float]] = OrderedDict()

    def create(self, name: str, owner: str) -> bool:
        """Take a lock that nobody holds; False when somebody does."""
        return self._put(name, owner, Absent("owner"))

    def look(self, name: str) -> Item | None:
        """Return the item as it is now."""
        item: Item | None = self._call(lambda: self._table.get(key_of(name), consistent=True))
        if item is None:
            with self._lock:
                self._seen.pop(name, None)
        return item

    def silent_s(self, name: str, item: Item) -> float:
        """Note what a lock looks like, and return for how long this process has seen it look so."""
        now_s = self._clocks.monotonic()
        mark = (item.get("owner"), item.get("version"))
        with self._lock:
            known, since_s = self._seen.pop(name, (None, now_s))
            since_s = since_s if known == mark else now_s
            self._seen[name] = (mark, since_s)
            if len(self._seen) > _MOST_REMEMBERED:
                self._seen.popitem(last=False)
        return now_s - since_s

    def take_over(self, name: str, owner: str, item: Item) -> bool:
        """Take a lock from a holder taken for dead; False when it has changed since it was looked at."""
        same = tuple(
            Equals(part, item[part]) if part in item else Absent(part) for part in ("owner", "version")
        )
        return self._put(name, owner, AllOf(same))

    def beat(self, name: str, owner: str) -> bool:
        """Show that the holder lives; False when the lock is another's by now."""
        beaten = self._call(
            lambda: self._table.update(
                key_of(name), add={"version": 1}, put={"ttl": self._ttl()}, when=Equals("owner", owner)
            )
        )
        return beaten is not None

    def release(self, name: str, owner: str) -> bool:
        """Remove the item; False when it is another's, and then it stays."""
        gone: bool = self._call(lambda: self._table.delete(key_of(name), when=Equals("owner", owner)))
        return gone

    def _put(self, name: str, owner: str, when: Condition) -> bool:
        pk, sk = key_of(name)
        item: Item = {"PK": pk, "SK": sk, "owner": owner, "version": 1, "ttl": self._ttl()}
        put: bool = self._call(lambda: self._table.put(item, when=when))
        return put

    def _call(self, call: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the table gives
        return self._calls.run(call, _EVENT)

    def _ttl(self) -> int:
        return int(self._clocks.utc()) + KEPT_S


def key_of(name: str) -> Key:
    """Return the key of a lock's item."""
    return name, "LOCK"
