"""What a caller of the cache has to know when there are no candles to give.

::

    CandleError
    ├── BadQueryError            the question itself; ``field`` says which part       → 400
    │   └── DateInFutureError    it begins after today                             → 400
    ├── TickerNotFoundError      no source has the ticker                             → 404
    ├── ProviderBusyError        every source said "too often"; ``retry_after_s``     → 429
    └── PricesUnavailableError   nothing held and no source answered                  → 503
        └── RefusedError         the key or the plan is not one that gives it         → 503

Every message is a sentence for people and holds no secret.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.errors import (
    BadKeyError,
    BadPayloadError,
    NotInPlanError,
    NotOfferedError,
    ProviderError,
    RateLimitedError,
    UnavailableError,
    UnknownTickerError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_EXAMPLES = 5
_BUSY_S = 60.0
_PASSING = (RateLimitedError, UnavailableError, BadPayloadError)
"""What may be over in a while; an unknown ticker or a plan without it is not."""


class CandleError(Exception):
    """No candles; ``code`` is stable and the message says what to do."""

    code = "prices_unavailable"

    def __init__(self, message: str, *, field: str = "", retry_after_s: float | None = None) -> None:
        """Keep the field at fault and when to ask again (seconds), where they are known."""
        super().__init__(message)
        self.field = field
        self.retry_after_s = retry_after_s


class BadQueryError(CandleError):
    """The question cannot be answered as it stands."""

    code = "bad_request"


class DateInFutureError(BadQueryError):
    """The question begins after the exchange's today."""

    code = "date_in_future"


class TickerNotFoundError(CandleError):
    """No source has the ticker; ``examples`` are a few that the sources said they have."""

    code = "ticker_not_found"

    def __init__(self, message: str, *, examples: Sequence[str] = ()) -> None:
        """Keep what there is instead."""
        super().__init__(message, field="ticker")
        self.examples = tuple(examples)


class NotAmongError(UnknownTickerError):
    """A source has no such instrument; ``examples`` are tickers that it has."""

    def __init__(self, message: str, *, provider: str, examples: Sequence[str]) -> None:
        """Keep what the source has instead."""
        super().__init__(message, provider=provider)
        self.examples = tuple(examples)


class ProviderBusyError(CandleError):
    """The sources that could answer must not be asked yet."""

    code = "rate_limited"


class PricesUnavailableError(CandleError):
    """Nothing is held and no source answered."""

    code = "prices_unavailable"


class RefusedError(PricesUnavailableError):
    """Nothing is held, and who could answer wants another key or plan; ``code`` says which."""

    def __init__(self, message: str, *, code: str) -> None:
        """Keep the code: "bad_key" or "not_in_plan". Waiting does not help, so there is no time."""
        super().__init__(message)
        self.code = code


def no_candles(ticker: str, errors: Sequence[ProviderError]) -> CandleError:
    """Turn what the sources said into the one error that the caller should see."""
    known = [e for e in errors if not isinstance(e, UnknownTickerError)]
    if not known:
        hint = f" {errors[-1]}" if errors else ""
        there = dict.fromkeys(t for e in errors if isinstance(e, NotAmongError) for t in e.examples)
        message = f"No prices for {ticker}. Check the spelling, or pick a source.{hint}"
        return TickerNotFoundError(message, examples=list(there)[:_MOST_EXAMPLES])
    # What is worth waiting for counts for more.
    known = [e for e in known if isinstance(e, _PASSING)] or known
    last = known[-1]
    if all(isinstance(e, RateLimitedError) for e in known):
        soonest = min(known, key=lambda e: e.retry_after_s or _BUSY_S)
        return ProviderBusyError(str(soonest), retry_after_s=soonest.retry_after_s or _BUSY_S)
    if isinstance(last, NotOfferedError):
        return BadQueryError(str(last), field="resolution")
    if isinstance(last, BadKeyError):  # whose words say which setting to look at
        return RefusedError(str(last), code=last.code)
    if isinstance(last, NotInPlanError):
        return RefusedError(f"{last} Choose another source, or a plan that has it.", code=last.code)
    # Prices that cannot be right do not become right by waiting: a file has to be mended.
    usual = None if isinstance(last, BadPayloadError) else 30.0
    return PricesUnavailableError(str(last), retry_after_s=last.retry_after_s or usual)
