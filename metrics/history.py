"""What was counted over the last hour, as a ring of samples."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

EVERY_S = 10.0
KEPT_S = 3600.0


@dataclass(frozen=True, slots=True)
class Sample:
    """All counters at one moment.

    Attributes:
        at_s: UTC seconds.
        totals: of all processes since they began, by name.
    """

    at_s: float
    totals: Mapping[str, int]


class History:
    """The samples of the last hour, oldest first. Thread-safe."""

    def __init__(self) -> None:
        """Begin empty."""
        self._lock = threading.Lock()
        self._samples: deque[Sample] = deque(maxlen=int(KEPT_S / EVERY_S) + 1)

    def put(self, sample: Sample) -> None:
        """Add the newest; those that a clock set back would put into the future are let go."""
        with self._lock:
            while self._samples and self._samples[-1].at_s >= sample.at_s:
                self._samples.pop()
            self._samples.append(sample)

    def samples(self) -> list[Sample]:
        """Return them, oldest first."""
        with self._lock:
            return list(self._samples)
