"""The prices of a channel's stocks: those of now, and those of the mentions that have none yet.

Whatever is asked for ends within a time: what could not be had by then is said, and asking again goes on.
A kept price never stands against one of another basis: both prices of a line are looked up as of today, and
where one of them cannot be had the kept ones stand in, which were right when they were kept.
"""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from cache.errors import CandleError, TickerNotFoundError
from track_record.entities import Stock
from track_record.entry import NoEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

    from track_record.entities import Mention
    from track_record.prices import Prices, Quote
    from track_record.records import Records

LONGEST_S = 4.0
"""What a request may spend on prices, seconds."""
_LATE = "There was no time to ask for it. Ask again."
_NO_PRICE = "Its source has no price of the last two weeks."


@dataclass(frozen=True, slots=True)
class CurrentPrice:
    """The newest price of a ticker; ``error`` is a sentence where there is none, and then it alone is set."""

    ticker: str
    quote: Quote | None
    error: str | None


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh came to, by ticker: prices, and sentences where there is none; and when (aware UTC)."""

    prices: Mapping[str, Decimal]
    errors: Mapping[str, str]
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Backfilled:
    """What became of the mentions that had no price: ``mentions = priced + unpriced + remaining``.

    Attributes:
        mentions: how many there were.
        priced: have one now.
        unpriced: there is none, or not yet.
        remaining: could not be asked for in time, or the source failed: ask again.
        reasons: why there is none (values of ``entry.NoEntry``, or "ticker_not_found") and of how many.
        errors: by ticker, a sentence about the source that failed.
    """

    mentions: int
    priced: int
    unpriced: int
    remaining: int
    reasons: Mapping[str, int]
    errors: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AsOfNow:
    """Current prices by ticker, and the prices of some mentions, all on the basis of today."""

    stocks: Mapping[str, Stock]
    first_prices: Mapping[str, Decimal | None]

    def price_at(self, mention: Mention) -> Decimal | None:
        """Return the price at a mention."""
        return self.first_prices.get(mention.id, mention.price_at_mention)


class Pricing:
    """Prices for a channel. Thread-safe; every method may raise TableError."""

    def __init__(
        self,
        records: Records,
        prices: Prices,
        *,
        longest_s: float = LONGEST_S,
        monotonic: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Keep what is found in ``records``; no request takes longer than ``longest_s``."""
        self._records = records
        self._prices = prices
        self._longest_s = longest_s
        self._monotonic = monotonic
        self._now = now

    def current(self, ticker: str) -> CurrentPrice:
        """Return the newest price of a canonical ticker, and keep it where the stock is known."""
        return self._current(ticker, self._monotonic() + self._longest_s)

    def refresh(self, channel_id: str) -> Refreshed:
        """Look up the newest price of every stock that a channel mentions, and keep it."""
        until = self._monotonic() + self._longest_s
        tickers = sorted({m.ticker for m in self._records.videos.mentions_of_channel(channel_id)})
        found = [self._current(ticker, until) for ticker in tickers]
        return Refreshed(
            {one.ticker: one.quote.price for one in found if one.quote},
            {one.ticker: one.error for one in found if one.error},
            self._now(),
        )

    def backfill(self, channel_id: str) -> Backfilled:
        """Look up the price of every mention of a channel that has none, and keep it."""
        until = self._monotonic() + self._longest_s
        said = self._records.videos.mentions_of_channel(channel_id)
        wanted = sorted((m for m in said if m.price_at_mention is None), key=lambda m: m.ticker)
        priced, reasons, errors = 0, Counter[str](), dict[str, str]()
        for mention in wanted:
            left_s = until - self._monotonic()
            # A source that failed for a ticker would fail for its next mention too, and take as long.
            if left_s <= 0 or mention.ticker in errors:
                continue
            try:
                price = self._prices.first_tradable(mention.ticker, mention.published_at, left_s)
            except TickerNotFoundError as error:
                reasons[error.code] += 1
            except CandleError as error:
                errors[mention.ticker] = str(error)
            else:
                if isinstance(price, NoEntry):
                    reasons[price.value] += 1
                else:
                    priced += self._records.videos.set_price(mention, price) is not None
        unpriced = reasons.total()
        return Backfilled(
            len(wanted), priced, unpriced, len(wanted) - priced - unpriced, dict(reasons), errors
        )

    def fill(self, mention: Mention) -> None:
        """Look up the price of one mention, and keep it if there is one."""
        try:
            price = self._prices.first_tradable(mention.ticker, mention.published_at, self._longest_s)
        except CandleError:
            return
        if not isinstance(price, NoEntry):
            self._records.videos.set_price(mention, price)

    def as_of_now(self, first: Mapping[str, Mention]) -> AsOfNow:
        """Return the prices of stocks now and at a mention of each, by ticker."""
        until = self._monotonic() + self._longest_s / 2
        stocks: dict[str, Stock] = {}
        first_prices: dict[str, Decimal | None] = {}
        for ticker, mention in first.items():
            kept = self._records.stocks.get(ticker) or Stock(ticker, None)
            both = self._both(mention, until)
            if both is None:
                stocks[ticker] = kept
                continue
            quote, first_prices[mention.id] = both
            stocks[ticker] = Stock(ticker, kept.name, kept.exchange, quote.price, quote.updated_at)
        return AsOfNow(stocks, first_prices)

    def _both(self, mention: Mention, until: float) -> tuple[Quote, Decimal | None] | None:
        """Return the price of now and at a mention; None where they cannot be had on the same basis."""
        try:
            quote = self._prices.newest(mention.ticker, max(0.0, until - self._monotonic()))
            left_s = max(0.0, until - self._monotonic())
            price = self._prices.first_tradable(mention.ticker, mention.published_at, left_s)
        except CandleError:
            return None
        if not isinstance(price, NoEntry):
            return None if quote is None else (quote, price)
        # Its kept price came from a source that is not here any more; today's would be on another basis.
        return None if quote is None or mention.price_at_mention is not None else (quote, None)

    def _current(self, ticker: str, until: float) -> CurrentPrice:
        left_s = until - self._monotonic()
        if left_s <= 0:
            return CurrentPrice(ticker, None, _LATE)
        try:
            quote = self._prices.newest(ticker, left_s)
        except CandleError as error:
            return CurrentPrice(ticker, None, str(error))
        if quote is None:
            return CurrentPrice(ticker, None, _NO_PRICE)
        self._records.stocks.set_price(ticker, quote.price, quote.updated_at)
        return CurrentPrice(ticker, quote, None)
