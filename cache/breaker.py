"""The circuit breaker before the table: one for each process, in memory (cache-10).

::

    closed ──3 failures in a row──▶ open, 60 s ──the next call──▶ half-open: that call is the probe
       ▲                              ▲                                │          │
       │                              └──────── it failed, 30 s ───────┘          │
       └──────────────────────────────────────── it succeeded ────────────────────┘

Promise: while it is not closed, at most one call is let through at a time, and only its outcome counts: calls
that began before it opened and end late decide nothing. A probe that nobody reports is given up after 30 s.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

FAILURES = 3
OPEN_S = 60.0
REOPENED_S = 30.0
_log = structlog.get_logger(__name__)


class State(StrEnum):
    """Whether calls go through: all, none, or one."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, slots=True)
class BreakerReport:
    """The breaker at one moment.

    Attributes:
        state: open until a probe is made, however long nobody asks.
        for_s: seconds since it came into this state.
        next_probe_s: seconds until a call may probe, 0 when the next one will; None while it is closed.
        failures: in a row, while it is closed.
        opened: how often it has opened, reopening after a failed probe included.
        refused: calls that were not made.
    """

    state: State
    for_s: float
    next_probe_s: float | None
    failures: int
    opened: int
    refused: int


class Breaker:
    """A ``TableGuard`` that leaves a failing table alone. Thread-safe; a call is made by one thread."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        *,
        on_opened: Callable[[], object] = lambda: None,
    ) -> None:
        """Begin closed; ``clock`` gives monotonic seconds, ``on_opened`` hears of every (re)opening."""
        self._clock = clock
        self._on_opened = on_opened
        self._lock = threading.Lock()
        self._state = State.CLOSED
        self._since_s = clock()
        self._probe_at_s = 0.0
        self._prober = 0
        self._failures = self._opened = self._refused = 0

    def allows(self) -> bool:
        """Return whether the table may be called; a caller that was let through reports how it ended."""
        with self._lock:
            if self._state is State.CLOSED:
                return True
            now_s = self._clock()
            if now_s < self._probe_at_s:
                self._refused += 1
                return False
            self._enter(State.HALF_OPEN, now_s)
            self._prober = threading.get_ident()
            self._probe_at_s = now_s + REOPENED_S  # should this probe never report, another one is due then
        _log.info("circuit_breaker_half_open")
        return True

    def succeeded(self) -> None:
        """Hear that a call succeeded."""
        with self._lock:
            if self._state is State.CLOSED:
                self._failures = 0
                return
            if not self._is_probe():
                return
            self._failures = 0
            self._enter(State.CLOSED, self._clock())
        _log.info("circuit_breaker_closed")

    def failed(self) -> None:
        """Hear that a call failed."""
        with self._lock:
            if self._state is State.CLOSED:
                self._failures += 1
                if self._failures < FAILURES:
                    return
                pause_s = OPEN_S
            elif self._is_probe():
                pause_s = REOPENED_S
            else:
                return
            now_s = self._clock()
            self._enter(State.OPEN, now_s)
            self._probe_at_s = now_s + pause_s
            self._opened += 1
        _log.error("circuit_breaker_opened", seconds=pause_s)
        self._on_opened()

    def report(self) -> BreakerReport:
        """Return the state, for pages and metrics."""
        with self._lock:
            now_s = self._clock()
            closed = self._state is State.CLOSED
            next_probe_s = None if closed else max(0.0, self._probe_at_s - now_s)
            return BreakerReport(
                self._state, now_s - self._since_s, next_probe_s, self._failures, self._opened, self._refused
            )

    def _is_probe(self) -> bool:
        return self._state is State.HALF_OPEN and self._prober == threading.get_ident()

    def _enter(self, state: State, now_s: float) -> None:
        if state is not self._state:
            self._state, self._since_s = state, now_s
