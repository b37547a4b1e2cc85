"""Small things that several rows measure with."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_R = TypeVar("_R")


def p99(values: Sequence[float]) -> float:
    """Return the value that 99 of 100 do not exceed (the nearest rank)."""
    ordered = sorted(values)
    return ordered[math.ceil(0.99 * len(ordered)) - 1]


@dataclass
class Stopwatch:
    """Times calls, from any thread; milliseconds."""

    each_ms: list[float] = field(default_factory=list)

    def time(self, work: Callable[[], _R]) -> _R:
        """Do it and keep how long it took, even when it raises."""
        began = time.perf_counter()
        try:
            return work()
        finally:
            self.each_ms.append((time.perf_counter() - began) * 1_000)

    @property
    def p99_ms(self) -> float:
        """Of all so far."""
        return p99(self.each_ms)

    @property
    def longest_ms(self) -> float:
        """Of all so far."""
        return max(self.each_ms)
