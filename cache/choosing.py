"""Which resolution of a source answers a query, from what the source says about itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.errors import NotOfferedError, UnknownTickerError
from cache import policy
from cache.errors import NotAmongError
from market.calendars import sessions_for
from market.resolution import FINEST_FIRST, Resolution

if TYPE_CHECKING:
    from datetime import date

    from adapters.prices import PriceProvider
    from cache.policy import Choice
    from cache.query import CandleQuery


def choose(provider: PriceProvider, query: CandleQuery) -> Choice:
    """Choose the resolution that the source can show over the span.

    Raises:
        NotAmongError: the source does not have the ticker, and has others.
        NotOfferedError: it has nothing at or above the resolution.
    """
    try:
        offered = provider.resolutions(query.ticker)
    except UnknownTickerError as error:
        raise NotAmongError(str(error), provider=provider.name, examples=provider.examples()) from error
    sessions = sessions_for(query.ticker)
    begin_of_all = listed(provider, query.ticker, offered)
    wanted = sessions.index(max(query.reach or query.start, begin_of_all or query.start))

    def reaches(resolution: Resolution) -> bool:
        begin = provider.first_session(query.ticker, resolution)
        # Before the listing there is nothing at any resolution.
        return (
            begin is None
            or sessions.index(begin) <= wanted
            or (begin_of_all is not None and begin_of_all > query.end)
        )

    choice = policy.choose(query.resolution, offered, reaches)
    if choice is None:
        finest = ", ".join(r for r in Resolution if r in offered)
        msg = (
            f"{provider.title}: {query.ticker} comes only at {finest}; choose one of these or a coarser one."
        )
        raise NotOfferedError(msg, provider=provider.name)
    return choice


def listed(provider: PriceProvider, ticker: str, offered: frozenset[Resolution]) -> date | None:
    """Return the first session of the coarsest series that a source has, None where it does not know."""
    coarsest = max(offered, key=FINEST_FIRST.index)
    return provider.first_session(ticker, coarsest)
