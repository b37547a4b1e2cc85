"""One deadline for a whole request, handed down from tier to tier."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_SPARED_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point on a monotonic clock (seconds).

    Attributes:
        at_s: the point.
        clock: gives monotonic seconds.
        spared: some of the request has been put aside for a stand-in (see ``spare``).
    """

    at_s: float
    clock: Callable[[], float] = field(default=time.monotonic)
    spared: bool = False

    @classmethod
    def after(cls, seconds: float, clock: Callable[[], float] = time.monotonic) -> Deadline:
        """Return the deadline that is ``seconds`` from now."""
        return cls(clock() + seconds, clock)

    @property
    def left_s(self) -> float:
        """Seconds that are left, never negative."""
        return max(0.0, self.at_s - self.clock())

    def spare(self) -> Deadline:
        """Return the deadline of something that has a stand-in, a stale copy or another source.

        It gets half of what is left; however many stand-ins there are, half is put aside once.
        """
        if self.spared:
            return self
        return Deadline(self.clock() + _SPARED_SHARE * self.left_s, self.clock, spared=True)


NO_DEADLINE = Deadline(math.inf)
