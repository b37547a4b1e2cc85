"""Where protection plugs in: before every table call, around every fetch across processes, behind every read.

The app uses ``cache.breaker``, ``cache.unit_lock`` and ``cache.invalidations``. The implementations here are
the ones of a single process with a table that is trusted: they let everything through.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cache.blocks import Unit
    from cache.deadline import Deadline


class TableGuard(Protocol):
    """Decides whether the table is called at all, and hears how every call ended (circuit breaker)."""

    def allows(self) -> bool:
        """Return False while the table must be left alone."""

    def succeeded(self) -> None:
        """Hear that a call succeeded."""

    def failed(self) -> None:
        """Hear that a call failed."""


class UnitLock(Protocol):
    """Makes one process fetch a unit while the others wait."""

    def hold(
        self, units: Sequence[Unit], deadline: Deadline, arrived: Callable[[Unit], bool]
    ) -> AbstractContextManager[None]:
        """Hold the locks of some units, ascending, or give up waiting and go on without them.

        Args:
            units: what is about to be fetched.
            deadline: of the request; waiting leaves some of it for the provider.
            arrived: tells whether a unit is held in memory or table by now, so that nobody needs its lock.
        """

    def held(self) -> tuple[str, ...]:
        """Return the names of the locks that this process holds now."""


class Since(Protocol):
    """Knows since when what was fetched counts (invalidation)."""

    def since(self, ticker: str) -> float:
        """Return UTC seconds; what was fetched at them or before is refused. 0.0: all counts."""


class OpenGuard:
    """Lets every call through."""

    def allows(self) -> bool:
        """Return True."""
        return True

    def succeeded(self) -> None:
        """Take note of nothing."""

    def failed(self) -> None:
        """Take note of nothing."""


class NoLock:
    """Holds nothing: single flight alone keeps the threads of one process apart."""

    def hold(
        self, units: Sequence[Unit], deadline: Deadline, arrived: Callable[[Unit], bool]
    ) -> AbstractContextManager[None]:
        """Return at once."""
        del units, deadline, arrived
        return nullcontext()

    def held(self) -> tuple[str, ...]:
        """Return none."""
        return ()


class AllCounts:
    """Nothing is ever invalidated."""

    def since(self, ticker: str) -> float:
        """Return 0.0."""
        del ticker
        return 0.0
