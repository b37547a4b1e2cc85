"""The memory tier: a segmented LRU bounded in bytes.

A new entry is on probation and becomes protected when it is asked for again, so a scan (warming, a robot
walking through all tickers) washes through probation only and what people look at stays. The oldest entries
make room.

Promise: the bytes held never exceed the budget, and every lookup is counted as a hit or a miss. Nothing
expires here; whether a value is still fresh is for the caller to judge. Safe to use from many threads.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class MemoryStats:
    """The state of a memory tier at one moment; ``hits + misses`` is the number of lookups."""

    entries: int
    bytes: int
    budget_bytes: int
    hits: int
    misses: int
    evictions: int
    probation_bytes: int
    protected_bytes: int


class _Segment(Generic[K, V]):
    """Entries from least to most recently used, with their sizes and the sum of them."""

    __slots__ = ("bytes", "entries")

    def __init__(self) -> None:
        self.entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self.bytes = 0

    def add(self, key: K, value: V, size_bytes: int) -> None:
        """Put an entry that is not there yet at the recent end."""
        self.entries[key] = (value, size_bytes)
        self.bytes += size_bytes

    def replace(self, key: K, value: V, size_bytes: int) -> None:
        """Change an entry that is there; its place stays."""
        self.bytes += size_bytes - self.entries[key][1]
        self.entries[key] = (value, size_bytes)

    def remove(self, key: K) -> bool:
        """Take an entry out; return whether it was there."""
        entry = self.entries.pop(key, None)
        if entry is None:
            return False
        self.bytes -= entry[1]
        return True

    def oldest(self) -> tuple[K, V, int]:
        """Take the least recently used entry out and return it."""
        key, (value, size_bytes) = self.entries.popitem(last=False)
        self.bytes -= size_bytes
        return key, value, size_bytes


class SegmentedLRU(Generic[K, V]):
    """Values by key within a byte budget. None is no value: it is what a miss returns."""

    def __init__(self, budget_bytes: int, protected_share: float = 0.8) -> None:
        """Hold at most ``budget_bytes``, of which protected entries take at most ``protected_share``.

        Raises:
            ValueError: the budget is not positive or the share is not within 0 and 1.
        """
        if budget_bytes <= 0 or not 0 <= protected_share <= 1:
            raise ValueError(f"need a budget > 0 and a share of 0 to 1: {budget_bytes}, {protected_share}")
        self._budget = budget_bytes
        self._protected_budget = int(budget_bytes * protected_share)
        self._probation: _Segment[K, V] = _Segment()
        self._protected: _Segment[K, V] = _Segment()
        self._lock = threading.Lock()
        self._hits = 0
        self._misses = 0
        self._evictions = 0

    def get(self, key: K) -> V | None:
        """Return the value, or None."""
        return self.get_many((key,)).get(key)

    def get_many(self, keys: Sequence[K]) -> dict[K, V]:
        """Return what is held of some keys, in their order; each key counts as one lookup."""
        found: dict[K, V] = {}
        with self._lock:
            protected = self._protected.entries
            held, refresh, misses = protected.get, protected.move_to_end, 0
            for key in keys:
                entry = held(key)
                if entry is not None:
                    refresh(key)
                else:
                    entry = self._promote(key)
                    if entry is None:
                        misses += 1
                        continue
                found[key] = entry[0]
            self._misses += misses
            self._hits += len(keys) - misses
        return found

    def peek(self, key: K) -> V | None:
        """Return the value, or None, without counting a lookup or making the entry recent."""
        with self._lock:
            entry = self._protected.entries.get(key) or self._probation.entries.get(key)
        return None if entry is None else entry[0]

    def put(self, key: K, value: V, size_bytes: int, *, hot: bool = True) -> bool:
        """Hold a value, in place of the key's former one.

        Args:
            key: whose.
            value: what; the caller does not change it afterwards.
            size_bytes: what it costs, the key included.
            hot: False for what nobody asked for (warming): it may push out entries on probation, never
                protected ones.

        Returns:
            Whether the value is held now. When it is not (larger than the budget, or not hot and larger than
            what protected entries leave), the key's former value is gone too: it was about to be replaced.

        Raises:
            ValueError: the size is negative.
        """
        if size_bytes < 0:
            raise ValueError(f"a size cannot be negative, got {size_bytes}")
        with self._lock:
            if key in self._protected.entries and self._replace_protected(key, value, size_bytes, hot=hot):
                return True
            self._probation.remove(key)
            if size_bytes > self._budget - (0 if hot else self._protected.bytes):
                return False
            self._make_room(size_bytes)
            self._probation.add(key, value, size_bytes)
            return True

    def delete(self, key: K) -> bool:
        """Forget a key; return whether it was held."""
        with self._lock:
            return self._protected.remove(key) or self._probation.remove(key)

    def delete_where(self, predicate: Callable[[K], bool]) -> int:
        """Forget all keys that fulfil the predicate, at one moment; return how many.

        The predicate runs while other threads wait, and must not use this cache.
        """
        with self._lock:
            doomed = 0
            for segment in (self._probation, self._protected):
                for key in [k for k in segment.entries if predicate(k)]:
                    doomed += segment.remove(key)
            return doomed

    def clear(self) -> None:
        """Forget everything; the counters stay."""
        with self._lock:
            self._probation = _Segment()
            self._protected = _Segment()

    def stats(self) -> MemoryStats:
        """Return the counters and sums of one moment."""
        with self._lock:
            return MemoryStats(
                entries=len(self._probation.entries) + len(self._protected.entries),
                bytes=self._probation.bytes + self._protected.bytes,
                budget_bytes=self._budget,
                hits=self._hits,
                misses=self._misses,
                evictions=self._evictions,
                probation_bytes=self._probation.bytes,
                protected_bytes=self._protected.bytes,
            )

    def check(self) -> None:
        """Verify that the sums are right and the bounds kept.

        Raises:
            AssertionError: they are not; the message says which.
        """
        with self._lock:
            sums = [sum(size for _, size in s.entries.values()) for s in (self._probation, self._protected)]
            held = [self._probation.bytes, self._protected.bytes]
            twice = self._probation.entries.keys() & self._protected.entries.keys()
            facts = {
                f"segments hold {sums} bytes but say {held}": sums == held,
                f"{sum(held)} bytes exceed the budget": sum(held) <= self._budget,
                f"{held[1]} protected bytes exceed their share": held[1] <= self._protected_budget,
                f"{len(twice)} keys are in both segments": not twice,
            }
        broken = [fact for fact, true in facts.items() if not true]
        if broken:
            raise AssertionError("; ".join(broken))

    def _promote(self, key: K) -> tuple[V, int] | None:
        """Move an entry on probation to the protected segment; return it, None when it is not there."""
        entry = self._probation.entries.get(key)
        if entry is None:
            return None
        if entry[1] > self._protected_budget:
            self._probation.entries.move_to_end(key)
            return entry
        self._probation.remove(key)
        self._protected.add(key, *entry)
        self._demote_surplus()
        return entry

    def _replace_protected(self, key: K, value: V, size_bytes: int, *, hot: bool) -> bool:
        """Replace a protected entry where it is; take it out and return False where it no longer belongs."""
        growth = size_bytes - self._protected.entries[key][1]
        needed = size_bytes if hot else self._protected.bytes + growth
        if needed > self._protected_budget:
            self._protected.remove(key)
            return False
        self._protected.replace(key, value, size_bytes)
        if hot:
            self._protected.entries.move_to_end(key)
        self._demote_surplus()
        self._make_room(0)
        return True

    def _demote_surplus(self) -> None:
        while self._protected.bytes > self._protected_budget:
            self._probation.add(*self._protected.oldest())

    def _make_room(self, size_bytes: int) -> None:
        while self._probation.bytes + self._protected.bytes + size_bytes > self._budget:
            (self._probation if self._probation.entries else self._protected).oldest()
            self._evictions += 1
