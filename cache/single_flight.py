"""One call for one thing: threads of a process that want the same keys at the same time share one fetch.

A caller *leads* the keys that nobody is fetching and *awaits* the others. It always finishes the keys it
leads before it waits, so threads whose keys overlap cannot wait for each other in a circle; a caller that
would wait while it leads is refused instead of left hanging.

Promise: a key in flight always lands. A leader that raises releases its keys, every waiter gets that one
error, and the next call tries again. Nothing is remembered once a flight has landed: that is for a cache to
do, and whoever leads looks there again before fetching, since another flight may just have landed.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence
    from types import TracebackType

K = TypeVar("K", bound="Hashable")
R = TypeVar("R")


class FlightTimeoutError(Exception):
    """Waiting took too long; the caller may go on alone.

    Attributes:
        unfinished: the keys still in flight.
        done: results by key that this caller has already, led ones included.
    """

    code = "flight_timeout"

    def __init__(self, unfinished: tuple[Any, ...], done: Mapping[Any, Any]) -> None:
        """Keep what is still to be had, and what is there."""
        super().__init__(f"still waiting for {len(unfinished)} of {len(unfinished) + len(done)} keys")
        self.unfinished = unfinished
        self.done = dict(done)


class FlightAbortedError(Exception):
    """The leader gave up without a result (interrupted, or it forgot to finish); the cause is chained."""

    code = "flight_aborted"


class NestedFlightError(RuntimeError):
    """A thread wanted to wait for itself: it leads keys in flight and asked for one of them, or to wait."""

    code = "nested_flight"


class _Flight(Generic[R]):
    """A key on its way: who leads it and, once it has landed, its result or error."""

    __slots__ = ("error", "landed", "leader", "result")

    result: R

    def __init__(self, leader: int) -> None:
        self.leader = leader
        self.landed = threading.Event()
        self.error: Exception | None = None


class Claim(Generic[K, R]):
    """What one caller leads and awaits. Leaving it as a context manager lands what it leads in any case.

    Attributes:
        led: keys that this caller fetches; it must call ``finish`` or ``fail``, once.
        awaited: keys that others fetch.
    """

    def __init__(
        self, flights: SingleFlight[K, R], wanted: Mapping[K, _Flight[R]], led: tuple[K, ...]
    ) -> None:
        """Made by SingleFlight.claim."""
        self._flights = flights
        self._wanted = wanted
        self._settled = not led
        self.led = led
        leading = frozenset(led)
        self.awaited = tuple(key for key in wanted if key not in leading)

    def __enter__(self) -> Self:
        """Return the claim itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Fail the led keys with what was raised; leaving without ``finish`` or ``fail`` is an error too."""
        if self._settled:
            return
        if error is not None:
            self.fail(error)
            return
        forgotten = FlightAbortedError("the leader left without finishing its keys")
        self.fail(forgotten)
        raise forgotten

    def finish(self, results: Mapping[K, R]) -> None:
        """Hand the results of all led keys to everybody who waits for them.

        Raises:
            LookupError: a led key has no result; all waiters get this error.
            RuntimeError: the claim is settled already.
        """
        self._refuse_twice()
        absent = sum(key not in results for key in self.led)
        if absent:
            error = LookupError(f"the fetch gave no result for {absent} of {len(self.led)} keys")
            self.fail(error)
            raise error
        for key in self.led:
            self._wanted[key].result = results[key]
        self._land()

    def fail(self, error: BaseException) -> None:
        """Hand an error to everybody who waits; what would end their threads too becomes FlightAbortedError.

        Raises:
            RuntimeError: the claim is settled already.
        """
        self._refuse_twice()
        if isinstance(error, Exception):
            shared = error
        else:
            shared = FlightAbortedError(f"the leader was interrupted by {type(error).__name__}")
            shared.__cause__ = error
        for key in self.led:
            self._wanted[key].error = shared
        self._land()

    def wait(self, timeout_s: float) -> dict[K, R]:
        """Return the results of all keys, led and awaited, in the order they were asked for.

        Raises:
            FlightTimeoutError: an awaited key is still in flight after ``timeout_s`` seconds.
            NestedFlightError: this claim, or another of this thread, still leads keys.
            Exception: what the leader of an awaited key failed with.
        """
        if not self._settled or self._flights.leads(threading.get_ident()):
            raise NestedFlightError("finish the keys you lead before you wait for others")
        clock = self._flights.clock
        deadline = clock() + timeout_s
        for flight in self._wanted.values():
            if not flight.landed.wait(max(0.0, deadline - clock())):
                raise self._timeout()
            if flight.error is not None:
                raise flight.error
        return {key: flight.result for key, flight in self._wanted.items()}

    def _timeout(self) -> FlightTimeoutError:
        landed = {key: flight for key, flight in self._wanted.items() if flight.landed.is_set()}
        done = {key: flight.result for key, flight in landed.items() if flight.error is None}
        return FlightTimeoutError(tuple(key for key in self._wanted if key not in landed), done)

    def _refuse_twice(self) -> None:
        if self._settled and self.led:
            raise RuntimeError("this claim is settled already")

    def _land(self) -> None:
        self._settled = True
        self._flights.land({key: self._wanted[key] for key in self.led})


class SingleFlight(Generic[K, R]):
    """The keys in flight in this process. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing in flight; ``clock`` gives monotonic seconds."""
        self.clock = clock
        self._lock = threading.Lock()
        self._flying: dict[K, _Flight[R]] = {}

    def run(
        self, keys: Sequence[K], fetch: Callable[[tuple[K, ...]], Mapping[K, R]], timeout_s: float
    ) -> dict[K, R]:
        """Return results of all keys: fetch those that are free in one call, then wait for the others.

        Args:
            keys: what is wanted; repeated keys count once.
            fetch: called at most once, with the keys led, in their order; gives a result for each of them.
            timeout_s: seconds from now until waiting ends; what has landed by then is used even when the own
                fetch took longer.

        Raises:
            FlightTimeoutError: as ``Claim.wait``.
            NestedFlightError: as ``claim`` and ``Claim.wait``.
            LookupError: as ``Claim.finish``.
            Exception: what this fetch, or the one that was waited for, failed with.
        """
        deadline = self.clock() + timeout_s
        with self.claim(keys) as claim:
            if claim.led:
                claim.finish(fetch(claim.led))
        return claim.wait(deadline - self.clock())

    def claim(self, keys: Sequence[K]) -> Claim[K, R]:
        """Split keys, at one moment, into those that are free (led from now on) and those in flight.

        Raises:
            NestedFlightError: this thread leads one of them already; nothing is claimed.
        """
        me = threading.get_ident()
        with self._lock:
            wanted = {key: self._flying.get(key) for key in keys}
            if any(flight is not None and flight.leader == me for flight in wanted.values()):
                raise NestedFlightError("this thread is fetching one of these keys already")
            new: dict[K, _Flight[R]] = {key: _Flight(me) for key, flight in wanted.items() if flight is None}
            self._flying.update(new)
            flights = {key: self._flying[key] for key in wanted}
        return Claim(self, flights, tuple(new))

    def leads(self, thread: int) -> bool:
        """Return whether a thread (by its identifier) leads any key in flight."""
        with self._lock:
            return any(flight.leader == thread for flight in self._flying.values())

    def flying(self) -> int:
        """Return how many keys are in flight."""
        with self._lock:
            return len(self._flying)

    def land(self, flights: Mapping[K, _Flight[R]]) -> None:
        """Take settled flights out and wake those who wait for them (a claim does this)."""
        with self._lock:
            for key in flights:
                del self._flying[key]
        for flight in flights.values():
            flight.landed.set()
