"""The one road to candles: memory → table → provider, for pages and routes alike.

``CandleCache.get`` either returns an ``Answer`` that tells where every span came from, how old it is and what
is missing, or raises one of ``cache.errors``. All candles of an answer are of one source (``chain.py``).
"""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from structlog.contextvars import bound_contextvars

from cache import policy
from cache.answering import Answering, Request
from cache.blocks import partition
from cache.chain import Chain
from cache.choosing import choose, listed
from cache.deadline import Deadline
from cache.errors import CandleError
from cache.invalidations import ALL
from cache.query import Adjust, CandleQuery
from cache.reader import Reader
from cache.second_opinion import SecondOpinion
from cache.source_states import source_state
from cache.state import CacheState
from market.calendars import sessions_for
from market.resolution import Resolution
from market.sessions import DAY_S, day_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    from adapters.prices import PriceProvider
    from cache.breaker import Breaker
    from cache.fetch import Fetcher
    from cache.invalidations import Invalidations
    from cache.policy import Choice
    from cache.query import Answer
    from cache.refreshing import RefreshAhead
    from cache.second_opinion import Disagreement
    from cache.state import SourceState
    from cache.statistics import Statistics
    from cache.tiers import Tiers, View
    from market.sessions import Sessions

_ASIDE_S = 1.0
"""What a price beside the chart may cost, seconds."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Times:
    """Clocks of the cache, and how long things may take.

    Attributes:
        clock: the real one, UTC seconds.
        monotonic: seconds, for deadlines.
        deadline_s: of a whole request.
        marks_every_s: between two looks for invalidations by other processes; None: never.
    """

    clock: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    deadline_s: float = 5.0
    marks_every_s: float | None = None


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
        invalidations: Invalidations,
        *,
        times: Times,
        breaker: Breaker | None = None,
        ahead: RefreshAhead | None = None,
    ) -> None:
        """Ask ``providers`` in their order.

        ``breaker`` is the table's, where it has one, for those who show its state; ``ahead`` refreshes what
        is about to expire.
        """
        self._chain = Chain(providers, statistics)
        self._tiers = tiers
        self._fetcher = fetcher
        reader = Reader(tiers, fetcher, ahead)
        self._answering = Answering(reader, invalidations, statistics, times.clock)
        self._second = SecondOpinion(reader, self._aside)
        self._invalidations = invalidations
        self._times = times
        self.statistics = statistics
        self.breaker = breaker
        self.budgets = fetcher.budgets

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the providers, in the order in which they are asked."""
        return tuple(p.name for p in self._chain.providers)

    @property
    def chain(self) -> tuple[str, ...]:
        """Names of the providers that are asked when none is named, in their order."""
        return tuple(p.name for p in self._chain.of(None))

    @property
    def examples(self) -> tuple[str, ...]:
        """All tickers of the sources that can list theirs, in the order in which these are asked."""
        named = (ticker for provider in self._chain.of(None) for ticker in provider.examples())
        return tuple(dict.fromkeys(named))

    @property
    def example(self) -> str:
        """A ticker to show when nobody named one: the first that the sources say they have, else AAPL."""
        return next(iter(self.examples), "AAPL")

    def listing(self, ticker: str, source: str | None = None, *, prefer: str | None = None) -> Listing:
        """Return what is known about a ticker, from the first source that has it; ``prefer`` as in a query.

        Raises:
            CandleError: no source has it, or the named source does not exist.
        """
        chain = self._chain.of(source, prefer)
        return self._chain.first(ticker, chain, lambda provider: self._listing(provider, ticker))

    def choice(self, query: CandleQuery) -> Choice:
        """Return the resolution that ``get`` shows for a query, and why, without asking for a price.

        A source that cannot be used now may have to be replaced by one that has it coarser only.

        Raises:
            CandleError: no source has the ticker or any resolution for the span.
        """
        chain = self._chain.fitting(query)
        return self._chain.first(query.ticker, chain, lambda provider: choose(provider, query))

    def get(
        self,
        query: CandleQuery,
        *,
        deadline_s: float | None = None,
        request_id: str = "",
        warming: bool = False,
    ) -> Answer:
        """Answer a query.

        Every source but the last gets a part of the time only, so that the next one can still answer.

        Args:
            query: what is wanted.
            deadline_s: seconds from now; the cache's own where None.
            request_id: for logs; every line that anybody writes on the way carries it.
            warming: nobody waits for it; it does not push out of memory what people look at.

        Raises:
            CandleError: see cache.errors.
        """
        times = self._times
        deadline = Deadline.after(times.deadline_s if deadline_s is None else deadline_s, times.monotonic)

        def ask(provider: PriceProvider, is_last: bool) -> Answer:  # noqa: FBT001 - the chain's own question
            until = deadline if is_last else deadline.spare()
            return self._answering.answer(provider, Request(query, until, request_id, warming))

        bound = bound_contextvars(request_id=request_id) if request_id else nullcontext()
        with bound, self.statistics.request(warming=warming) as ended:
            if times.marks_every_s is not None:
                self._invalidations.watch(times.marks_every_s)
            answer = self._chain.best(query, ask)
            self._answering.tell(answer)
            return ended(answer)

    def second_opinion(self, query: CandleQuery, source: str) -> tuple[Disagreement, ...]:
        """Return the bars on which another source of the chain does not agree with the one that is shown.

        Only what memory and table hold is compared: no source is ever asked. See cache.second_opinion.

        Raises:
            BadQueryError: there is no source of that name.
        """
        (shown,) = self._chain.of(source)
        others = [provider for provider in self._chain.of(None) if provider is not shown]
        return self._second.disagreements(query, shown, others)

    def _aside(self, provider: PriceProvider, query: CandleQuery, choice: Choice) -> View:
        """Return the view of somebody who makes nothing recent in memory, and for whom nothing is counted."""
        until = Deadline.after(_ASIDE_S, self._times.monotonic)
        return self._answering.view(provider, Request(query, until, warming=True), choice)

    def invalidate(self, ticker: str) -> int:
        """Throw away what every layer of every process holds of a ticker (cache-12).

        Returns:
            How many items the table lost.

        Raises:
            TableError: the table could not be cleared; this process refuses what it held all the same.
        """
        return self._clear(ticker, [partition(ticker, name) for name in self.sources])

    def forget(self, ticker: str) -> None:
        """Empty this process's memory of a ticker; the table keeps what it has."""
        self._tiers.clear_memory(ticker)

    def invalidate_all(self) -> int:
        """Throw away all that every layer of every process holds; as ``invalidate``."""
        return self._clear(ALL, None)

    def _clear(self, name: str, partitions: Sequence[str] | None) -> int:
        """Mark first: whoever reads or fetches while the layers are cleared finds nothing old in them."""
        self.statistics.add("invalidations")
        self._invalidations.mark(name)
        self._invalidations.forget(name)
        self._invalidations.publish(name)
        removed = self._tiers.table.remove(partitions)
        _log.info("ohlc_invalidated", ticker=name, items=removed)
        return removed

    def state(self) -> CacheState:
        """Return what the cache is doing now, for pages and metrics."""
        return CacheState(
            breaker=self.breaker.report() if self.breaker else None,
            memory=self._tiers.memory.stats(),
            actions=self._tiers.actions.stats(),
            flights=self._fetcher.flights.flying(),
            locks=self._fetcher.lock.held(),
            late_writes=self._tiers.table.late_writes,
            cooling=self._fetcher.cooldown.report(),
        )

    @property
    def now_s(self) -> float:
        """The real present as life times are measured by it, UTC seconds."""
        return self._times.clock()

    def key_changed(self, source: str) -> None:
        """Hear that a source has another key: what the one before was refused no longer counts."""
        self._fetcher.cooldown.key_changed(source)
        self.budgets.reopen(source)

    def source_states(self) -> tuple[SourceState, ...]:
        """Return how the sources do, in the order in which they are asked; cheap, and nothing is asked."""
        now_s, cooldown = self._times.clock(), self._fetcher.cooldown
        return tuple(
            source_state(provider, cooldown, self.budgets, now_s) for provider in self._chain.providers
        )

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

    def _listing(self, provider: PriceProvider, ticker: str) -> Listing:
        sessions = sessions_for(ticker)
        now = policy.moment(sessions, provider.now(ticker), self._times.clock())
        first = listed(provider, ticker, provider.resolutions(ticker))
        last = sessions.date(now.last)
        return Listing(ticker, provider.name, provider.label, sessions, first, last, now.market_open)
