"""The sentiment of a stock over a span of days: the table first, then whoever has news of the days it lacks.

Promise: an answer within the deadline, of what there is; where it may be short of something, a sentence says
so. A day counts as told only when a provider has answered for all of it and its items are in the table.
Threads that want the same ticker share one fetch; two processes may both ask, and write the same items.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

import structlog

from adapters.errors import NotInPlanError, ProviderError, UnavailableError
from cache.single_flight import FlightTimeoutError, SingleFlight
from sentiment import lives
from sentiment.asking import ask
from sentiment.points import YOUTUBE, SentimentPoint
from store.table import TableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adapters.news import NewsItem, NewsProvider
    from sentiment.asking import Restraint
    from sentiment.items import Scored, SentimentItems

__all__ = ["History", "SentimentHistory", "SentimentPoint"]

NEEDS = "News needs a Tiingo plan with news, or FINNHUB_API_KEY."
_BACK_TO = "News is asked for back to"
_HELD = "Showing what is held."
_HURRIED = "There was no time for all of the news. Ask again in a moment."
_NOT_KEPT = "The news could not be kept, and is asked for again next time."
_LEAST_S = 0.2
_PROVIDERS_SHARE = 0.8
"""Of the time that is left, for one answer; the rest is for writing it."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class History:
    """What there is for a span, by day, and what people should know about it (whole sentences)."""

    points: tuple[SentimentPoint, ...]
    notes: tuple[str, ...] = ()


class SentimentHistory:
    """Reads histories. Thread-safe."""

    def __init__(  # noqa: PLR0913 - the composition gives all parts once
        self,
        items: SentimentItems,
        providers: Sequence[NewsProvider],
        restraint: Restraint,
        score: Callable[[NewsItem, str], Scored],
        *,
        older_mentions: Callable[[str, float], None] = lambda _, __: None,
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read from the table, and from providers in their order.

        Args:
            items: the table.
            providers: of news; may be none.
            restraint: budgets, and who is left alone.
            score: scores an item of a source.
            older_mentions: writes mentions of a ticker that were there before the table, within seconds.
            clock: UTC seconds.
            monotonic: seconds, for deadlines.
        """
        self._items = items
        self._providers = tuple(providers)
        self._restraint = restraint
        self._score = score
        self._older_mentions = older_mentions
        self._clock = clock
        self._monotonic = monotonic
        self._flights: SingleFlight[tuple[str, str | None], tuple[str, ...]] = SingleFlight(monotonic)

    def read(
        self, ticker: str, first: date, last: date, *, source: str | None = None, deadline_s: float
    ) -> History:
        """Return the items of the days (New York, both inclusive) of a canonical ticker, by day.

        Args:
            ticker: the canonical ticker.
            first: the first day.
            last: the last day.
            source: tiingo, finnhub or youtube alone; None for all.
            deadline_s: after so many seconds there is an answer, with what is held and a note.

        Raises:
            TableError: what is held cannot be read.
        """
        until_s = self._monotonic() + deadline_s
        if source in (None, YOUTUBE):
            self._older_mentions(ticker, deadline_s / 2)
        notes = () if source == YOUTUBE else self._complete(ticker, (first, last), source, until_s)
        points = self._items.points(ticker, first, last).values()
        chosen = tuple(point for point in points if source in (None, point.source))
        may_pass = notes and not notes[-1].startswith((NEEDS, _BACK_TO))
        return History(chosen, (*notes, _HELD) if may_pass and chosen else notes)

    def _complete(
        self, ticker: str, span: tuple[date, date], source: str | None, until_s: float
    ) -> tuple[str, ...]:
        """Have the news of a span in the table, as far as it can be had; return what is to be said."""
        providers = [p for p in self._providers if source in (None, p.name)]
        if not providers:
            return (NEEDS,)
        notes: tuple[str, ...] = ()
        while not notes and (days := self._missing(ticker, span, providers)):
            with self._flights.claim([(ticker, source)]) as claim:
                if claim.led:
                    claim.finish({claim.led[0]: self._fetch(ticker, days, providers, until_s)})
            try:
                (notes,) = claim.wait(until_s - self._monotonic()).values()
            except FlightTimeoutError:
                notes = (_HURRIED,)
            if claim.led:
                break  # who has waited for another's fetch looks again: it may have been for other days
        return notes or _reach_note(span[0], providers, self._clock())

    def _missing(self, ticker: str, span: tuple[date, date], providers: Sequence[NewsProvider]) -> list[date]:
        """Return the days that nobody has told and somebody can be asked for."""
        now_s = self._clock()
        first = max(span[0], min(_first_day(provider, now_s) for provider in providers))
        if first > span[1]:
            return []
        asked = self._items.asked(ticker)
        return lives.missing(first, span[1], [asked.get(p.name, {}) for p in providers], now_s)

    def _fetch(
        self, ticker: str, days: Sequence[date], providers: Sequence[NewsProvider], until_s: float
    ) -> tuple[str, ...]:
        """Ask for days, each provider for what those before it have not told; return what is to be said."""
        left = list(days)
        problems: dict[str, ProviderError | None] = {}
        useful = []
        for provider in providers:
            first = _first_day(provider, self._clock())
            problem = self._ask_for(ticker, [day for day in left if day >= first], provider, until_s)
            left = self._missing(ticker, (days[0], days[-1]), providers)
            if not left:
                return ()
            if problem is None:
                useful.append(provider)
            else:
                problems[str(problem)] = problem
        if useful:  # what the plan of another does not have, this one has, as far as it reaches
            problems = {
                text: error for text, error in problems.items() if not isinstance(error, NotInPlanError)
            }
        elif all(isinstance(error, NotInPlanError) for error in problems.values()):
            problems[NEEDS] = None
        return tuple(problems) or _reach_note(left[0], useful, self._clock())

    def _ask_for(
        self, ticker: str, days: Sequence[date], provider: NewsProvider, until_s: float
    ) -> ProviderError | None:
        """Ask one provider for days, the newest first; return what that, or keeping it, failed with."""
        for span in lives.spans(days):
            left_s = until_s - self._monotonic()
            if left_s < _LEAST_S:
                return UnavailableError(_HURRIED, provider=provider.name)
            try:
                self._fetch_span(ticker, span, provider, left_s * _PROVIDERS_SHARE)
            except ProviderError as error:
                return error
            except TableError as error:
                _log.error("sentiment_not_kept", ticker=ticker, code=error.code, error=str(error))
                return UnavailableError(_NOT_KEPT, provider=provider.name)
        return None

    def _fetch_span(
        self, ticker: str, span: tuple[date, date], provider: NewsProvider, deadline_s: float
    ) -> None:
        """Ask one provider for a span and keep what it tells: the items first, then that it was told.

        Raises:
            UnavailableError: there was no time for all of it; what was told is kept.
            ProviderError: it told nothing.
        """
        asked_s = self._clock()
        news = ask(provider, self._restraint, ticker, span, deadline_s)
        first, last = span
        told = [item for item in news.items if first <= lives.day_of(item.published_at) <= last]
        self._items.keep(ticker, [self._score(item, provider.name) for item in told])
        since = max(first, news.since or first)
        self._items.mark(ticker, provider.name, lives.days_between(since, last), asked_s)
        days = (last - since).days + 1
        _log.info("sentiment_kept", ticker=ticker, source=provider.name, days=days, items=len(told))
        if since > first:
            raise UnavailableError(_HURRIED, provider=provider.name)


def _first_day(provider: NewsProvider, now_s: float) -> date:
    return lives.today(now_s) - timedelta(days=provider.reach_days)


def _reach_note(first: date, providers: Sequence[NewsProvider], now_s: float) -> tuple[str, ...]:
    """Return what is to be said of days that lie before all reaches."""
    reach = min(_first_day(provider, now_s) for provider in providers)
    if first >= reach:
        return ()
    return (f"{_BACK_TO} {reach:%a} {reach.day} {reach:%b %Y}.",)
