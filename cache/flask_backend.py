"""Flask-Caching's backend on a memory tier of its own, for results that are costly to compute.

::

    CACHE_TYPE = "cache.flask_backend.MemoryTierBackend"
    CACHE_OPTIONS = {"memory": SegmentedLRU(budget_bytes)}

Promise: values are held as bytes, so every hit is an object of its own and nobody's change reaches the next
hit; timeouts are kept by a monotonic clock; ``add``, ``inc`` and ``dec`` are atomic between threads.
"""

from __future__ import annotations

import pickle
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask_caching.backends.base import BaseCache

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from flask import Flask

    from cache.memory import SegmentedLRU

_ENTRY_OVERHEAD_BYTES = 256
"""What an entry costs beside its key and data: the record, the tuple, the segment's node."""


@dataclass(frozen=True, slots=True)
class Held:
    """A pickled value and when it ends: seconds of the backend's clock, None for never."""

    data: bytes
    expires_at: float | None


class MemoryTierBackend(BaseCache):
    """Results by key; timeouts are whole seconds (0: never expires, negative: at once)."""

    def __init__(
        self,
        memory: SegmentedLRU[str, Held],
        default_timeout: int = 300,
        *,
        ignore_delete_many_errors: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Hold values in ``memory``, which nothing else uses: ``clear`` empties it."""
        super().__init__(default_timeout, ignore_delete_many_errors)
        self._memory = memory
        self._clock = clock
        self._writing = threading.RLock()

    @classmethod
    def factory(
        cls, app: Flask, config: dict[str, Any], args: list[Any], kwargs: dict[str, Any]
    ) -> MemoryTierBackend:
        """Return a backend made from CACHE_OPTIONS, as Flask-Caching asks for it.

        Raises:
            ValueError: the options hold no memory tier.
        """
        del app, config
        if "memory" not in kwargs:
            raise ValueError('CACHE_OPTIONS must hold the tier: {"memory": SegmentedLRU(budget_bytes)}')
        return cls(*args, **kwargs)

    def get(self, key: str) -> Any:  # noqa: ANN401 - any value can be cached
        """Return a fresh copy of the value, None where there is none."""
        return self.get_many(key)[0]

    def get_many(self, *keys: str) -> list[Any]:
        """Return fresh copies of some values in the keys' order, None where there is none."""
        found = self._memory.get_many(keys)
        now = self._clock()
        values = []
        for key in keys:
            held = found.get(key)
            if held is not None and _is_over(held, now):
                self._drop(key, held)
                held = None
            values.append(None if held is None else pickle.loads(held.data))  # noqa: S301 - this process wrote it
        return values

    def has(self, key: str) -> bool:
        """Return whether there is a value (None is one); counts as no lookup."""
        held = self._memory.peek(key)
        return held is not None and not _is_over(held, self._clock())

    def set(self, key: str, value: Any, timeout: int | timedelta | None = None) -> bool:  # noqa: ANN401 - as above
        """Hold a value; return False when it is larger than the whole tier.

        Raises:
            pickle.PicklingError, TypeError, AttributeError: the value cannot be pickled; a former one stays.
        """
        data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        lasts_s = self._normalize_timeout(timeout)
        held = Held(data, None if lasts_s == 0 else self._clock() + lasts_s)
        with self._writing:
            return self._memory.put(key, held, len(data) + len(key) + _ENTRY_OVERHEAD_BYTES)

    def add(self, key: str, value: Any, timeout: int | timedelta | None = None) -> bool:  # noqa: ANN401 - as above
        """Hold a value unless there is one; return whether it is held now because of this call."""
        with self._writing:
            return not self.has(key) and self.set(key, value, timeout)

    def delete(self, key: str) -> bool:
        """Forget a value; return whether there was one."""
        with self._writing:
            existed = self.has(key)
            self._memory.delete(key)
            return existed

    def clear(self) -> bool:
        """Forget everything."""
        with self._writing:
            self._memory.clear()
        return True

    def inc(self, key: str, delta: int = 1) -> int | None:
        """Add to a number (from 0, with the default timeout); return it, None when it cannot be held."""
        with self._writing:
            return super().inc(key, delta)

    def dec(self, key: str, delta: int = 1) -> int | None:
        """Take from a number; as ``inc``."""
        with self._writing:
            return super().dec(key, delta)

    def _drop(self, key: str, over: Held) -> None:
        with self._writing:
            if self._memory.peek(key) is over:
                self._memory.delete(key)


def _is_over(held: Held, now: float) -> bool:
    return held.expires_at is not None and held.expires_at <= now
