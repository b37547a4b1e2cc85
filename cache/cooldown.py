"""A live source that has just failed is left alone for a while (cache-11); in this process's memory only.

A failure counts for one ticker of the source and 30 s. "Asked too often" counts for the whole source, and for
as long as the source has said. Meanwhile callers get the error that it gave, with the seconds that are left.
Files and demo prices are never left alone: a file that was mended is seen at once.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.errors import BadPayloadError, ProviderError, RateLimitedError, UnavailableError
from adapters.prices import Kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.prices import PriceProvider

COOLDOWN_S = 30.0
_MOST_REMEMBERED = 4_096
_WHOLE_SOURCE = ""
_PASSING = (UnavailableError, BadPayloadError, RateLimitedError)
"""What may be over in a while; an unknown ticker or a plan without it is not."""


@dataclass(frozen=True, slots=True)
class Cooling:
    """A source that is left alone.

    Attributes:
        source: its name.
        ticker: for which; "" is the whole source.
        left_s: seconds until it may be asked again.
        reason: what it said, a sentence for people.
    """

    source: str
    ticker: str
    left_s: float
    reason: str


class Cooldown:
    """The sources that are left alone, for how long and why. Thread-safe and bounded."""

    def __init__(self, seconds: float = COOLDOWN_S, clock: Callable[[], float] = time.monotonic) -> None:
        """Leave a source alone for ``seconds`` by ``clock`` (monotonic); 0: never leave any alone."""
        self._seconds = seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._until: OrderedDict[tuple[str, str], tuple[float, ProviderError]] = OrderedDict()
        self._failing: dict[str, str] = {}

    def error(self, source: str, ticker: str) -> ProviderError | None:
        """Return what to tell instead of asking a source for a ticker; None where it may be asked."""
        if not self._until:  # nearly always; read without the lock
            return None
        with self._lock:
            now_s = self._clock()
            for key in ((source, _WHOLE_SOURCE), (source, ticker)):
                until_s, error = self._until.get(key, (now_s, None))
                if error is not None and until_s > now_s:
                    return _again(error, until_s - now_s)
                self._until.pop(key, None)
        return None

    def failed(self, provider: PriceProvider, ticker: str, error: ProviderError) -> ProviderError:
        """Begin to leave a source alone where its error is one that passes.

        Returns:
            The error for callers: with the seconds until the source is asked again, where it is left alone.
        """
        if provider.kind is not Kind.LIVE or not self._seconds or not isinstance(error, _PASSING):
            return error
        whole = isinstance(error, RateLimitedError)
        seconds = (error.retry_after_s if whole else None) or self._seconds
        key = (provider.name, _WHOLE_SOURCE if whole else ticker)
        with self._lock:
            until_s = self._clock() + seconds
            known_s, _ = self._until.pop(key, (until_s, error))
            self._until[key] = (max(until_s, known_s), error)
            self._failing[provider.name] = key[1]
            if len(self._until) > _MOST_REMEMBERED:
                self._until.popitem(last=False)
        return _again(error, seconds)

    def succeeded(self, source: str, ticker: str) -> None:
        """Hear that a source has answered for a ticker; it does not shorten a time that it asked for."""
        if self._until:
            with self._lock:
                self._until.pop((source, ticker), None)
                self._failing.pop(source, None)

    def forget(self, ticker: str | None) -> None:
        """Forget what failed for a ticker, or for all; not the times that sources asked for."""
        with self._lock:
            for key in [k for k in self._until if k[1] != _WHOLE_SOURCE and ticker in (None, k[1])]:
                del self._until[key]

    def key_changed(self, source: str) -> None:
        """Forget all that a source said about its key before: limits are a key's, too."""
        with self._lock:
            for key in [k for k in self._until if k[0] == source]:
                del self._until[key]

    def whole(self, source: str) -> Cooling | None:
        """Return why and for how long a source is left alone for every ticker, None while it may be asked."""
        return self._left(source, _WHOLE_SOURCE)

    def failing(self, source: str) -> Cooling | None:
        """Return what a source failed with last, None where it has answered since, or is asked again."""
        ticker = self._failing.get(source)
        return None if ticker is None else self._left(source, ticker)

    def _left(self, source: str, ticker: str) -> Cooling | None:
        with self._lock:
            until_s, error = self._until.get((source, ticker), (0.0, None))
            left_s = until_s - self._clock()
        return None if error is None or left_s <= 0 else Cooling(source, ticker, left_s, str(error))

    def report(self) -> tuple[Cooling, ...]:
        """Return what is left alone now, for pages and metrics."""
        with self._lock:
            now_s = self._clock()
            left = [(key, until_s - now_s, error) for key, (until_s, error) in self._until.items()]
        return tuple(Cooling(*key, left_s, str(error)) for key, left_s, error in left if left_s > 0)


def _again(error: ProviderError, left_s: float) -> ProviderError:
    """Return the same error of its own kind: raised in many threads, one object would gather their frames."""
    return type(error)(str(error), provider=error.provider, retry_after_s=left_s)
