"""Items of the table that nobody may rely on: unsound ones, and those of a clock that had jumped ahead.

A conditional put refuses to replace what was fetched later, and such items would say so for ever. So what a
reader of this process saw of one is remembered, and exactly that may be replaced. Whoever has slept since and
finds something else there is refused as ever: no clock is compared with another machine's.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from store.table import Absent, AnyOf, Below, Equals

if TYPE_CHECKING:
    from store.table import Condition, Item, Key

MOST_REMEMBERED = 4_096
_MISSING = object()
_NEVER_SEEN = object()


class Doubtful:
    """What this process saw of doubtful items. Thread-safe."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._seen: OrderedDict[Key, object] = OrderedDict()

    def note(self, key: Key, item: Item) -> None:
        """Remember the item that lies under a key."""
        with self._lock:
            self._seen.pop(key, None)
            self._seen[key] = item.get("fetched_at", _MISSING)
            if len(self._seen) > MOST_REMEMBERED:
                self._seen.popitem(last=False)

    def replaceable(self, item: Item, content: str) -> Condition:
        """Return when an item may be put: what is there was fetched no later, or is doubtful.

        Args:
            item: with its key and ``fetched_at``.
            content: the attribute that every item of this kind has.
        """
        older = (Absent(content), Below("fetched_at", item["fetched_at"] + 1))
        with self._lock:
            seen: Any = self._seen.get((item["PK"], item["SK"]), _NEVER_SEEN)
        if seen is _NEVER_SEEN:
            return AnyOf(older)
        return AnyOf((*older, Absent("fetched_at") if seen is _MISSING else Equals("fetched_at", seen)))
