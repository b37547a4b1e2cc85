"""Looks into the table that readers share: whoever looks first tells all who want the same.

What a look found is told for as long as its reader goes on, which is until what was not there has been
fetched. So a thousand readers of one thing cost the table one look, whenever they come, and those who come
while it is fetched go on to wait for the fetch at once. Nothing is remembered after that: then memory has it.

Promise: a look always ends. Where its reader was stopped instead, the next of those who wait looks.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence
    from types import TracebackType

K = TypeVar("K", bound="Hashable")
R = TypeVar("R")


class _Look(Generic[R]):
    """One look: what it found, once it has ended; nothing where it was stopped."""

    __slots__ = ("ended", "found")

    def __init__(self) -> None:
        self.ended = threading.Event()
        self.found: list[R] = []


class Looks(Generic[K, R]):
    """The looks under way in this process. Thread-safe."""

    def __init__(self) -> None:
        """Begin with none."""
        self._lock = threading.Lock()
        self._under_way: dict[K, _Look[R]] = {}

    def claim(self, keys: Sequence[K]) -> tuple[_Look[R], list[K], dict[_Look[R], list[K]]]:
        """Split keys, at one moment.

        Returns:
            A new look, the keys that it is for because nobody else looks for them, and the looks of others.
        """
        mine: _Look[R] = _Look()
        own: list[K] = []
        others: dict[_Look[R], list[K]] = {}
        with self._lock:
            for key in keys:
                look = self._under_way.setdefault(key, mine)
                (own if look is mine else others.setdefault(look, [])).append(key)
        return mine, own, others

    def end(self, look: _Look[R], keys: Sequence[K]) -> None:
        """Forget a look; those who wait for one that was stopped go on."""
        with self._lock:
            for key in keys:
                self._under_way.pop(key, None)
        look.ended.set()


class Looking(Generic[K, R]):
    """One reader's looks; others share them until it is left."""

    __slots__ = ("_looks", "_own")

    def __init__(self, looks: Looks[K, R]) -> None:
        """Take part in ``looks``."""
        self._looks = looks
        self._own: list[tuple[_Look[R], list[K]]] = []

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End what this reader has looked at."""
        for look, keys in self._own:
            self._looks.end(look, keys)

    def find(
        self, keys: Sequence[K], look_at: Callable[[Sequence[K]], R], left_s: Callable[[], float]
    ) -> list[R]:
        """Return what looks for some keys found, the own one first.

        Args:
            keys: what is wanted, in order.
            look_at: looks for those of them that nobody else looks for, in order.
            left_s: seconds to wait for the looks of others; what has not ended by then is left out.
        """
        found: list[R] = []
        while keys:
            mine, own, others = self._looks.claim(keys)
            if own:
                self._own.append((mine, own))
                mine.found.append(look_at(own))
                mine.ended.set()
                found += mine.found
            keys = []
            for look, theirs in others.items():
                if look.ended.wait(left_s()):
                    found += look.found
                    keys += theirs if not look.found else []
        return found
