"""Asking for news: within budgets, and not where a provider is left alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import structlog

from adapters.errors import BudgetUsedUpError, ProviderError, RateLimitedError, UnavailableError
from adapters.news import News, NewsRequest

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from adapters.news import NewsProvider

_log = structlog.get_logger(__name__)


class LeftAlone(Protocol):
    """Which providers are left alone for a while (``cache.cooldown.Cooldown``)."""

    def error(self, source: str, ticker: str, part: Literal["news"]) -> ProviderError | None:
        """Return what to tell instead of asking."""

    def failed(
        self, provider: NewsProvider, ticker: str, error: ProviderError, part: Literal["news"]
    ) -> ProviderError:
        """Hear of a failure; return the error for callers."""

    def succeeded(self, source: str, ticker: str) -> None:
        """Hear of an answer."""


@dataclass(frozen=True, slots=True)
class Restraint:
    """What keeps us from asking too often.

    Attributes:
        spender: returns what counts one request to a source for a ticker, or raises BudgetUsedUpError.
        closed: hears that a source said "too often".
        left_alone: who is left alone.
    """

    spender: Callable[[str, str], Callable[[], None]]
    closed: Callable[[str, RateLimitedError], None]
    left_alone: LeftAlone


def ask(
    provider: NewsProvider, restraint: Restraint, ticker: str, span: tuple[date, date], deadline_s: float
) -> News:
    """Ask a provider for the news of a span of New York days.

    Raises:
        ProviderError: it failed, or is not to be asked now.
    """
    resting = restraint.left_alone.error(provider.name, ticker, "news")
    if resting is not None:
        raise resting
    request = NewsRequest(ticker, *span, deadline_s, restraint.spender(provider.name, ticker))
    try:
        news = provider.news(request)
    except BudgetUsedUpError:
        raise
    except ProviderError as error:
        raise _failed(provider, restraint, ticker, error) from None
    except Exception as error:  # whatever it is, others can answer and what is held stays
        _log.exception("sentiment_source_broken", source=provider.name, ticker=ticker)
        broken = UnavailableError(f"{provider.title} could not be read. Try again.", provider=provider.name)
        raise _failed(provider, restraint, ticker, broken) from error
    restraint.left_alone.succeeded(provider.name, ticker)
    if news.dropped:
        _log.warning("sentiment_rows_dropped", source=provider.name, ticker=ticker, rows=news.dropped)
    return news


def _failed(provider: NewsProvider, restraint: Restraint, ticker: str, error: ProviderError) -> ProviderError:
    _log.warning(
        "sentiment_source_failed", source=provider.name, ticker=ticker, code=error.code, error=str(error)
    )
    if isinstance(error, RateLimitedError):
        restraint.closed(provider.name, error)
    return restraint.left_alone.failed(provider, ticker, error, "news")
