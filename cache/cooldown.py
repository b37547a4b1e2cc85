"""A live source that has just failed is left alone for a while (cache-11); in this process's memory only.

A failure counts for one ticker of the source and 30 s. "Asked too often" counts for the whole source, and for
as long as the source has said. A refused key counts for the whole source and an hour, or until there is
another key; a plan without something, for the source's daily prices, its intraday ones or its news. Meanwhile
callers get the error that it gave, with the seconds that are left where it passes by itself. An unknown
ticker is never remembered: it may be listed tomorrow. Files and demo prices are never left alone: a file that
was mended is seen at once.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from adapters.errors import (
    BadKeyError,
    BadPayloadError,
    NotInPlanError,
    ProviderError,
    RateLimitedError,
    UnavailableError,
)
from adapters.prices import Kind
from market.resolution import Resolution

if TYPE_CHECKING:
    from collections.abc import Callable

COOLDOWN_S = 30.0
REFUSED_S = 3_600.0
_MOST_REMEMBERED = 4_096
_WHOLE_SOURCE = ""
_KEY = " key"
"""No ticker begins with a space."""
Part = Literal["daily", "intraday", "news"]
"""What plans have or have not, each by itself."""
_REFUSED = (BadKeyError, NotInPlanError)
"""What is over with another key or plan."""
_PASSING = (UnavailableError, BadPayloadError, RateLimitedError)
"""What may be over in a while; an unknown ticker or a plan without it is not."""


class Source(Protocol):
    """Whoever is left alone: a provider of prices or of news."""

    @property
    def name(self) -> str: ...  # noqa: D102 - as PriceProvider has it
    @property
    def kind(self) -> Kind: ...  # noqa: D102 - likewise


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

    def error(self, source: str, ticker: str, part: Part) -> ProviderError | None:
        """Return what to tell instead of asking about a ticker; None where the source may be asked."""
        if not self._until:  # nearly always; read without the lock
            return None
        with self._lock:
            now_s = self._clock()
            for scope in (_KEY, f" {part}", _WHOLE_SOURCE, ticker):
                until_s, error = self._until.get((source, scope), (now_s, None))
                if error is not None and until_s > now_s:
                    return _again(error, until_s - now_s)
                self._until.pop((source, scope), None)
        return None

    def failed(self, provider: Source, ticker: str, error: ProviderError, part: Part) -> ProviderError:
        """Begin to leave a source alone, unless its error is about the ticker or the question.

        Returns:
            The error for callers: with the seconds until the source is asked again, where it is left alone.
        """
        remembered = isinstance(error, (*_PASSING, *_REFUSED))
        if provider.kind is not Kind.LIVE or not self._seconds or not remembered:
            return error
        if isinstance(error, BadKeyError):
            scope, seconds = _KEY, REFUSED_S
        elif isinstance(error, NotInPlanError):
            scope, seconds = f" {part}", REFUSED_S
        elif isinstance(error, RateLimitedError):
            scope, seconds = _WHOLE_SOURCE, error.retry_after_s or self._seconds
        else:
            scope, seconds = ticker, self._seconds
        key = (provider.name, scope)
        with self._lock:
            until_s = self._clock() + seconds
            known_s, _ = self._until.pop(key, (until_s, error))
            self._until[key] = (max(until_s, known_s), error)
            if scope == ticker:
                self._failing[provider.name] = ticker
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
        """Forget what failed for a ticker, or all failures and refusals; not times that sources asked for."""
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

    def refused(self, source: str) -> Cooling | None:
        """Return what a source said about the key or the plan, where that is remembered."""
        found = (self._left(source, scope) for scope in (_KEY, " daily", " intraday"))
        return next((cooling for cooling in found if cooling is not None), None)

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
        """Return what is left alone now, for pages and metrics; not who refuses the key or the plan."""
        with self._lock:
            now_s = self._clock()
            left = [(key, until_s - now_s, error) for key, (until_s, error) in self._until.items()]
        return tuple(
            Cooling(*key, left_s, str(error))
            for key, left_s, error in left
            if left_s > 0 and not isinstance(error, _REFUSED)
        )


def part_of(resolution: str) -> Part:
    """Return which of a source's prices a resolution is of."""
    return "daily" if resolution == Resolution.DAY else "intraday"


def _again(error: ProviderError, left_s: float) -> ProviderError:
    """Return the same error of its own kind: raised in many threads, one object would gather their frames."""
    passes_s = None if isinstance(error, _REFUSED) else left_s  # waiting does not help
    return type(error)(str(error), provider=error.provider, retry_after_s=passes_s)
