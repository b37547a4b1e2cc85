"""One source's answer to one request: what is looked at, what came of it, and its story."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from adapters.prices import Basis
from cache import policy
from cache.adjusting import Adjuster
from cache.choosing import choose
from cache.query import Adjust, Answer, Tier
from cache.series import whole_periods
from cache.tiers import View
from cache.today import Today
from market.calendars import FIRST_DAY, sessions_for
from market.resolution import Resolution

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.prices import PriceProvider
    from cache.deadline import Deadline
    from cache.policy import Choice
    from cache.query import CandleQuery
    from cache.reader import Reader
    from cache.seams import Since
    from cache.series import Series
    from cache.statistics import Statistics
    from market.actions import CorporateAction

_MOST_PROBLEMS = 5
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """A query on its way.

    Attributes:
        query: what is wanted.
        deadline: by when, or by when it is the next source's turn.
        request_id: for logs.
        warming: nobody waits for it.
    """

    query: CandleQuery
    deadline: Deadline
    request_id: str = ""
    warming: bool = False


class Answering:
    """Answers from one source."""

    def __init__(
        self, reader: Reader, since: Since, statistics: Statistics, clock: Callable[[], float]
    ) -> None:
        """Read through ``reader`` what ``since`` lets count; ``clock`` gives UTC seconds."""
        self._reader = reader
        self._adjuster = Adjuster(reader)
        self._today = Today(reader)
        self._since = since
        self._statistics = statistics
        self._clock = clock

    def answer(self, provider: PriceProvider, request: Request) -> Answer:
        """Answer from a source.

        Raises:
            ProviderError: it gives nothing at all.
        """
        query = request.query
        choice = choose(provider, query)
        view = self.view(provider, request, choice)
        series = self._reader.series(provider, query.ticker, choice.base, view)
        today: list[str] = []
        if choice.base is Resolution.DAY:
            series, today = self._today.joined(provider, query.ticker, series, view)
        shown = self._adjuster.shown(provider, series, query, choice, view)
        doubt = shown.doubt
        if query.adjust is not Adjust.RAW and series.basis is Basis.RAW:
            doubt = doubt or self._today.doubt(provider, query.ticker, series, choice.base, view)
        remarks = provider.remarks(query.ticker, choice.base)
        stale = [series.failure] if series.failure and not series.missing else []
        problems = series.problems[:_MOST_PROBLEMS]
        notes = (*_notes(query, choice, view), *stale, *remarks, *problems, *today, *shown.notes, doubt)
        return Answer(
            query=query,
            candles=shown.candles,
            resolution=choice.shown,
            source=provider.name,
            spans=series.spans,
            first_session=provider.first_session(query.ticker, choice.base),
            last_session=view.today,
            market_open=view.now.market_open,
            expires_at=series.expires_at,
            missing=series.missing,
            notes=tuple(dict.fromkeys(note for note in notes if note)),
            table_failed=series.table_failed,
            write_failed=series.write_failed,
            request_id=request.request_id,
            events=self._events(provider, query, choice, series, view),
            shortfall=series.failure or doubt,
        )

    def _events(
        self, provider: PriceProvider, query: CandleQuery, choice: Choice, series: Series, view: View
    ) -> tuple[CorporateAction, ...]:
        """Return the splits and dividends of the query's days that are held.

        They come with daily prices; where these came out of the table, theirs are looked for there, too.
        """
        in_memory = choice.base.is_intraday or all(span.tier is Tier.MEMORY for span in series.spans)
        held = self._reader.held_actions(provider, query.ticker, view, in_memory=in_memory)
        return held.actions.between(query.start, min(query.end, view.today)) if held else ()

    def view(self, provider: PriceProvider, request: Request, choice: Choice) -> View:
        """Return what the request looks at."""
        query = request.query
        sessions = sessions_for(query.ticker)
        now = policy.moment(sessions, provider.now(query.ticker), self._clock())
        first, last = whole_periods(query.start, query.end, choice.shown)
        floor = max(provider.first_session(query.ticker, choice.base) or FIRST_DAY, FIRST_DAY)
        invalidated_at = self._since.since(query.ticker)
        return View(
            sessions,
            max(first, floor),
            min(last, sessions.date(now.last)),
            now,
            floor,
            max(provider.changed_at(query.ticker), invalidated_at),
            request.request_id,
            invalidated_at,
            request.deadline,
            request.warming,
            provider.running_life_s(choice.base),
        )

    def tell(self, answer: Answer) -> None:
        """Log how it went, where nobody else has: a provider's answer is told with its write."""
        ticker = answer.query.ticker
        if answer.stale_since is not None:
            self._statistics.add("stale_answers")
            _log.warning(
                "ohlc_stale_served", ticker=ticker, source=answer.source, stale_since=answer.stale_since
            )
        elif answer.tier is not Tier.PROVIDER:
            _log.debug("ohlc_cache_hit", tier=answer.tier.value, ticker=ticker)


def _notes(query: CandleQuery, choice: Choice, view: View) -> list[str]:
    notes = [choice.note] if choice.note else []
    if view.sessions.note:
        notes.append(f"{view.sessions.note}.")
    if query.extended:
        notes.append("This source has no pre- or post-market bars; the regular session is shown.")
    if query.start > view.today:
        notes.append(f"The last session here is {view.today}; nothing is later.")
    return notes
