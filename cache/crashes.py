"""What an adapter throws that it never promised to throw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog

from adapters.errors import UnavailableError

if TYPE_CHECKING:
    from adapters.prices import PriceProvider

_log = structlog.get_logger(__name__)


def crashed(provider: PriceProvider, ticker: str) -> UnavailableError:
    """Log the exception being handled, with its stack, and return the error that callers get."""
    _log.exception("ohlc_provider_crashed", ticker=ticker, source=provider.name)
    return UnavailableError(f"{provider.title} could not answer: it has a fault.", provider=provider.name)
