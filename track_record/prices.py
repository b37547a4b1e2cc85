"""Prices of the track record, through the candle cache (record-6): the newest one, and that of a mention.

Both are adjusted for splits as of today, so that one can be held against the other whatever happened between
them. A mention's price is looked for in 5-minute candles where it was made in mid-session, and in daily ones
where it is a session's open, which costs a year of days instead of a month of minutes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from cache.errors import PricesUnavailableError
from cache.query import CandleQuery
from market.resolution import Resolution
from track_record import entry, instants
from track_record.entry import NoEntry
from track_record.method import LONGEST_WAIT_SESSIONS

if TYPE_CHECKING:
    from cache.candle_cache import CandleCache, Listing
    from cache.query import Answer
    from market.sessions import Sessions

_RECENT = timedelta(days=14)
"""The newest daily candle is looked for so far back: more than any closure of an exchange since 1990."""
_BEFORE_SESSIONS = 5


@dataclass(frozen=True, slots=True)
class Quote:
    """A price, and when a source said so last (aware UTC)."""

    price: Decimal
    updated_at: datetime


class Prices:
    """Looks prices up. Thread-safe; nothing is kept here."""

    def __init__(self, cache: CandleCache) -> None:
        """Ask this cache."""
        self._cache = cache

    def newest(self, ticker: str, deadline_s: float) -> Quote | None:
        """Return the close of a ticker's newest daily candle; None where its source has none of late.

        Args:
            ticker: the canonical ticker.
            deadline_s: seconds that it may take.

        Raises:
            CandleError: nothing can be had.
        """
        listing = self._cache.listing(ticker)
        last = listing.last_session
        query = CandleQuery(ticker, Resolution.DAY, last - _RECENT, last)
        answer = self._cache.get(query, deadline_s=deadline_s)
        if not len(answer.candles):
            return None
        told_s = answer.spans[-1].fetched_at
        return Quote(_exact(answer.candles.close[-1]), instants.of(datetime.fromtimestamp(told_s, UTC)))

    def first_tradable(self, ticker: str, published_at: datetime, deadline_s: float) -> Decimal | NoEntry:
        """Return the first price that a viewer of a video could have had, or why there is none.

        Args:
            ticker: the canonical ticker.
            published_at: when people could see the video (aware).
            deadline_s: seconds that it may take.

        Raises:
            CandleError: nothing can be had.
        """
        published_s = int(published_at.timestamp())
        listing = self._cache.listing(ticker)
        sessions = listing.sessions
        due_s = entry.bar_after(sessions, published_s, Resolution.M5)
        if due_s is None:
            return NoEntry.NO_CALENDAR
        at = sessions.at(datetime.fromtimestamp(due_s, UTC))
        if sessions.date(at) > listing.last_session:
            return NoEntry.PENDING
        resolution = Resolution.DAY if due_s == sessions.open[at] else Resolution.M5
        return self._entry(listing, at, resolution, published_s, deadline_s)

    def _entry(
        self, listing: Listing, at: int, resolution: Resolution, published_s: int, deadline_s: float
    ) -> Decimal | NoEntry:
        """Return the first price from session ``at`` on, of candles as fine as the source has them.

        Raises:
            CandleError: nothing can be had, or not the session that counts: a later one must not stand in.
        """
        sessions = listing.sessions
        start = sessions.date(max(0, at - _BEFORE_SESSIONS))
        end = min(sessions.date(min(at + LONGEST_WAIT_SESSIONS, len(sessions) - 1)), listing.last_session)
        query = CandleQuery(listing.ticker, resolution, start, end, exact=False)
        answer = self._cache.get(query, deadline_s=deadline_s)
        known_s = _known_until(sessions, answer, self._cache.now_s)
        found = entry.could_be_had(
            sessions, answer.candles, answer.resolution, published_s, known_until_s=known_s
        )
        used_to = end if isinstance(found, NoEntry) else sessions.date(found.session)
        for hole in answer.missing:
            if hole.end >= sessions.date(at) and hole.start <= used_to:
                raise PricesUnavailableError(hole.reason)
        return found if isinstance(found, NoEntry) else _exact(found.price)


def _known_until(sessions: Sessions, answer: Answer, now_s: float) -> int:
    """Return until when the source of an answer can know prices, UTC seconds."""
    close_s = int(sessions.close[sessions.index(answer.last_session)])
    return min(close_s, int(now_s)) if answer.market_open else close_s


def _exact(price: float) -> Decimal:
    """Return the decimal that the number is written as."""
    return Decimal(repr(float(price)))
