"""The one road to candles: memory → table → provider, for pages and routes alike.

``CandleCache.get`` either returns an ``Answer`` that tells where every span came from, how old it is and what
is missing, or raises one of ``cache.errors``. It never returns candles of a source that was not asked for.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import structlog

from adapters.errors import ProviderError
from adapters.prices import Kind
from cache import policy
from cache.adjusting import Adjuster
from cache.choosing import choose, listed
from cache.deadline import Deadline
from cache.errors import BadQueryError, CandleError, no_candles
from cache.query import Adjust, Answer, CandleQuery
from cache.reader import Reader
from cache.series import whole_periods
from cache.tiers import View
from market.calendars import FIRST_DAY, sessions_for
from market.resolution import Resolution
from market.sessions import DAY_S, day_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from adapters.prices import PriceProvider
    from cache.breaker import Breaker
    from cache.fetch import Fetcher
    from cache.policy import Choice
    from cache.statistics import Statistics
    from cache.tiers import Tiers
    from market.sessions import Sessions

_MOST_PROBLEMS = 5
_ASIDE_S = 1.0
"""What a price beside the chart may cost, seconds."""
_log = structlog.get_logger(__name__)
_Told = TypeVar("_Told")


@dataclass(frozen=True, slots=True)
class Listing:
    """What can be said about a ticker without fetching a price.

    Attributes:
        ticker: canonical spelling.
        source: the provider that answers for it.
        label: one sentence about the source's prices.
        sessions: of its calendar.
        first_session: of its daily prices; None where the source does not know.
        last_session: the source's present session.
        market_open: whether it trades now, by the source's clock.
    """

    ticker: str
    source: str
    label: str
    sessions: Sessions
    first_session: date | None
    last_session: date
    market_open: bool


class CandleCache:
    """Candles of any ticker, through the tiers."""

    def __init__(  # noqa: PLR0913 - the composition root gives all parts once
        self,
        providers: Sequence[PriceProvider],
        tiers: Tiers,
        fetcher: Fetcher,
        statistics: Statistics,
        *,
        clock: Callable[[], float] = time.time,
        deadline_s: float = 5.0,
        breaker: Breaker | None = None,
    ) -> None:
        """Ask ``providers`` in their order; ``clock`` is the real one (UTC seconds).

        ``breaker`` is the table's, where it has one, for those who show its state.
        """
        self._providers = tuple(providers)
        self._reader = Reader(tiers, fetcher)
        self._adjuster = Adjuster(self._reader)
        self.statistics = statistics
        self.breaker = breaker
        self._clock = clock
        self._deadline_s = deadline_s

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the providers, in the order in which they are asked."""
        return tuple(p.name for p in self._providers)

    @property
    def example(self) -> str:
        """A ticker to show when nobody named one: the first that the sources say they have, else AAPL."""
        named = (ticker for provider in self._providers for ticker in provider.examples())
        return next(named, "AAPL")

    def listing(self, ticker: str, source: str | None = None) -> Listing:
        """Return what is known about a ticker, from the first source that has it.

        Raises:
            CandleError: no source has it, or the named source does not exist.
        """
        return self._first(ticker, source, lambda provider: self._listing(provider, ticker))

    def choice(self, query: CandleQuery) -> Choice:
        """Return the resolution that ``get`` shows for a query, and why, without asking for a price.

        Raises:
            CandleError: no source has the ticker or any resolution for the span.
        """
        return self._first(query.ticker, query.source, lambda provider: choose(provider, query))

    def get(self, query: CandleQuery, *, deadline_s: float | None = None, request_id: str = "") -> Answer:
        """Answer a query by the deadline (seconds from now; the cache's own where None).

        Raises:
            CandleError: see cache.errors.
        """
        deadline = Deadline.after(self._deadline_s if deadline_s is None else deadline_s)

        def ask(provider: PriceProvider) -> Answer:
            return self._answer(provider, query, deadline, request_id)

        with self.statistics.request() as ended:
            return ended(self._first(query.ticker, query.source, ask))

    def _first(self, ticker: str, source: str | None, ask: Callable[[PriceProvider], _Told]) -> _Told:
        """Return what the first source says that has something to say."""
        errors: list[ProviderError] = []
        for provider in self._chain(source):
            try:
                return ask(provider)
            except ProviderError as error:
                errors.append(error)
        raise no_candles(ticker, errors)

    def last_price(self, listing: Listing, shown: Answer, *, request_id: str = "") -> float | None:
        """Return the close of the source's present session, from daily candles; None where it cannot be had.

        Args:
            listing: whose.
            shown: an answer for the same ticker and source. Nothing is asked where it ends with that
                session's daily candle, which no adjustment changes.
            request_id: for logs.
        """
        day, candles = listing.last_session, shown.candles
        daily = shown.resolution is Resolution.DAY and shown.source == listing.source
        if not (daily and len(candles) and candles.time[-1] == day_number(day) * DAY_S):
            query = CandleQuery(listing.ticker, Resolution.DAY, day, day, Adjust.RAW, listing.source)
            try:
                candles = self.get(query, deadline_s=_ASIDE_S, request_id=request_id).candles
            except CandleError:  # the chart is there without it
                return None
        return float(candles.close[-1]) if len(candles) else None

    def _chain(self, source: str | None) -> list[PriceProvider]:
        """Return the providers to ask; demo prices never stand in for a live source before them."""
        if source is not None:
            named = [p for p in self._providers if p.name == source]
            if not named:
                msg = f"Source must be one of {', '.join(self.sources)}, for example {self.sources[0]}."
                raise BadQueryError(msg, field="source")
            return named
        chain: list[PriceProvider] = []
        for provider in self._providers:
            if provider.kind is Kind.DEMO and any(p.kind is Kind.LIVE for p in chain):
                continue
            chain.append(provider)
        return chain

    def _listing(self, provider: PriceProvider, ticker: str) -> Listing:
        sessions = sessions_for(ticker)
        now = policy.moment(sessions, provider.now(ticker), self._clock())
        first = listed(provider, ticker, provider.resolutions(ticker))
        last = sessions.date(now.last)
        return Listing(ticker, provider.name, provider.label, sessions, first, last, now.market_open)

    def _answer(
        self, provider: PriceProvider, query: CandleQuery, deadline: Deadline, request_id: str
    ) -> Answer:
        """Answer from one source, or raise its error when it gives nothing at all."""
        sessions = sessions_for(query.ticker)
        now = policy.moment(sessions, provider.now(query.ticker), self._clock())
        choice = choose(provider, query)
        first, last = whole_periods(query.start, query.end, choice.shown)
        begin = provider.first_session(query.ticker, choice.base)
        floor = max(begin or FIRST_DAY, FIRST_DAY)
        view = View(
            sessions,
            max(first, floor),
            min(last, sessions.date(now.last)),
            now,
            floor,
            provider.changed_at(query.ticker),
            request_id,
        )
        series = self._reader.series(provider, query.ticker, choice.base, view, deadline)
        candles, adjust_notes = self._adjuster.shown(provider, series, query, choice, view, deadline)
        remarks = provider.remarks(query.ticker, choice.base)
        notes = (*_notes(query, choice, view), *remarks, *series.problems[:_MOST_PROBLEMS], *adjust_notes)
        if series.stale:
            self.statistics.add("stale_answers")
        answer = Answer(
            query=query,
            candles=candles,
            resolution=choice.shown,
            source=provider.name,
            spans=series.spans,
            first_session=begin,
            last_session=sessions.date(now.last),
            market_open=now.market_open,
            expires_at=series.expires_at,
            missing=series.missing,
            notes=tuple(dict.fromkeys(notes)),
            table_failed=series.table_failed,
            write_failed=series.write_failed,
            request_id=request_id,
        )
        _log.debug("ohlc_cache_hit", tier=answer.tier.value, ticker=query.ticker, request_id=request_id)
        return answer


def _notes(query: CandleQuery, choice: Choice, view: View) -> list[str]:
    notes = [choice.note] if choice.note else []
    if view.sessions.note:
        notes.append(f"{view.sessions.note}.")
    if query.extended:
        notes.append("This source has no pre- or post-market bars; the regular session is shown.")
    if query.start > view.today:
        notes.append(f"The last session here is {view.today}; nothing is later.")
    return notes
