"""What can go wrong at a provider, as one tree.

::

    ProviderError
    ├── UnknownTickerError      the provider has no such instrument           → next source, else 404
    ├── NotOfferedError         not this resolution, or not for this range    → coarser, else next source
    ├── NotInPlanError          the key is fine, the plan is not              → next source
    ├── BadKeyError             the key is missing or wrong                   → next source
    ├── RateLimitedError        asked too often; ``retry_after_s`` says when  → next source, else 429
    │   └── BudgetUsedUpError   not asked, because it would be too often      → next source, else 429
    ├── UnavailableError        timeout, reset, 5xx                           → next source, else 503
    └── BadPayloadError         an answer that is not what was promised       → next source, else 503

Messages are for people and never carry a key, a URL with a key, or a path of the machine.
"""

from __future__ import annotations


class ProviderError(Exception):
    """A provider could not answer; ``code`` is stable, the message is a sentence for people."""

    code = "provider_error"

    def __init__(self, message: str, *, provider: str = "", retry_after_s: float | None = None) -> None:
        """Keep who failed and, where known, when asking again makes sense (seconds)."""
        super().__init__(message)
        self.provider = provider
        self.retry_after_s = retry_after_s


class UnknownTickerError(ProviderError):
    """The provider has no such instrument."""

    code = "ticker_not_found"


class NotOfferedError(ProviderError):
    """The provider does not have this resolution, or not for this range."""

    code = "not_offered"


class NotInPlanError(ProviderError):
    """The key works, but its plan does not include this."""

    code = "not_in_plan"


class BadKeyError(ProviderError):
    """The key is missing or was refused."""

    code = "bad_key"


class RateLimitedError(ProviderError):
    """Asked too often or a budget is used up."""

    code = "rate_limited"


class BudgetUsedUpError(RateLimitedError):
    """Our own count says that a budget is used up: the request was not made."""


class UnavailableError(ProviderError):
    """The provider did not answer in time, or with a server error."""

    code = "unavailable"


class BadPayloadError(ProviderError):
    """The provider answered with something that is not what it promised."""

    code = "bad_payload"
