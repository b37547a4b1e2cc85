"""Daily prices of many stocks and the benchmark, read through the candle cache within a time.

One ticker that fails keeps no other from being read. What was not there in time, or is not as sure as a score
has to be, is waited for: who asks again goes on, because the cache keeps what it found.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cache.errors import BadQueryError, CandleError, RefusedError, TickerNotFoundError
from cache.query import CandleQuery
from market.calendars import US_CALENDAR, calendar_name, sessions_of
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S, day_number
from track_record.method import LONGEST_WAIT_SESSIONS
from track_record.panel import span_for
from track_record.stand_in import stand_in, stand_in_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from cache.candle_cache import CandleCache
    from cache.query import Answer
    from market.actions import CorporateAction
    from market.sessions import Sessions

BENCHMARK = "SPY"
_AT_ONCE = 4
"""Tickers that are asked for side by side: sources are far away, and the machine has few cores."""
_LATE = "There was no time to ask for its prices. They are asked for again."
_ABROAD = "It is not traded at an exchange of the United States; only stocks that are can be judged."
_NOT_DAILY = "Its source has no daily prices of these years."
_BEHIND = "Its closes of the last week are not known yet. They are asked for again."


@dataclass(frozen=True, slots=True, eq=False)
class DailyPrices:
    """What is known of some stocks and of the benchmark.

    Attributes:
        sessions: of the exchanges of the United States.
        span: indices of the sessions that a panel is made of; the last is the last whose close is final.
        stocks: daily candles by ticker, adjusted for splits as of today.
        splits: by ticker, those since the span's first session.
        benchmark: daily candles; None where there are none, or not yet.
        benchmark_name: what they are of.
        waiting: by ticker, a sentence why there are no prices yet.
        missing: by ticker, a sentence why there are none; asking again changes nothing.
    """

    sessions: Sessions
    span: range
    stocks: Mapping[str, Candles]
    splits: Mapping[str, tuple[CorporateAction, ...]]
    benchmark: Candles | None
    benchmark_name: str
    waiting: Mapping[str, str]
    missing: Mapping[str, str]

    @property
    def until(self) -> date:
        """The last session whose close is final."""
        return self.sessions.date(self.span.stop - 1)


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """What a source says of a ticker.

    Attributes:
        candles: daily, adjusted for splits.
        splits: on the same days.
        settled: the last session whose close is final.
        is_all: whether the source goes on no further.
    """

    candles: Candles
    splits: tuple[CorporateAction, ...]
    settled: date
    is_all: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """What came of asking."""

    told: dict[str, _Told] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


class DailyPriceReader:
    """Reads daily prices. Thread-safe; nothing is kept here."""

    def __init__(self, cache: CandleCache, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Ask this cache; ``monotonic`` gives seconds."""
        self._cache = cache
        self._monotonic = monotonic

    def settled(self) -> date:
        """Return the last session that has ended by now, without asking for a price."""
        sessions = sessions_of(US_CALENDAR)
        ended = int(np.searchsorted(sessions.close, self._cache.now_s, side="right"))
        return sessions.date(max(0, ended - 1))

    def read(self, tickers: Sequence[str], oldest_s: int, deadline_s: float) -> DailyPrices:
        """Return what can be had in time of some stocks and of the benchmark.

        Args:
            tickers: canonical ones, each once.
            oldest_s: UTC seconds of the oldest call: prices begin early enough to score it.
            deadline_s: seconds that it may take, about.
        """
        ends = self._monotonic() + deadline_s
        sessions = sessions_of(US_CALENDAR)
        start = sessions.date(span_for(sessions, oldest_s, self.settled()).start)
        found = _Found(missing={ticker: _ABROAD for ticker in tickers if not _is_american(ticker)})
        measures = self._measures()
        self._ask([*measures, *(t for t in tickers if t not in found.missing)], start, ends, found)
        until = self._until(found, measures)
        measured = {ticker: found.told[ticker] for ticker in measures if ticker in found.told}
        whole = bool(measured) and not found.waiting.keys() & set(measures)
        stocks = {ticker: found.told[ticker] for ticker in tickers if ticker in found.told}
        after_s = (day_number(until) + 1) * DAY_S
        laid = {ticker: told.candles.between(0, after_s) for ticker, told in measured.items()}
        stop = sessions.between(until, until).stop
        return DailyPrices(
            sessions=sessions,
            span=range(min(sessions.index(start), stop - 1), stop),
            stocks={ticker: told.candles.between(0, after_s) for ticker, told in stocks.items()},
            splits={ticker: told.splits for ticker, told in stocks.items()},
            benchmark=(laid.get(BENCHMARK) or stand_in(laid)) if whole else None,
            benchmark_name=BENCHMARK if measures == (BENCHMARK,) else stand_in_name(laid),
            waiting=found.waiting,
            missing=found.missing,
        )

    def _measures(self) -> tuple[str, ...]:
        """Return what the benchmark is made of: SPY, or all stocks of sources that have none."""
        try:
            self._cache.listing(BENCHMARK)
        except TickerNotFoundError:
            return tuple(t for t in self._cache.examples if _is_american(t)) or (BENCHMARK,)
        except CandleError:
            pass  # it is told when its prices are asked for
        return (BENCHMARK,)

    def _ask(self, tickers: Sequence[str], start: date, ends: float, found: _Found) -> None:
        """Ask for all tickers, a few at a time, in their order."""
        asked = tuple(dict.fromkeys(tickers))
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="daily-prices") as threads:
            answers = list(threads.map(lambda ticker: self._told(ticker, start, ends), asked))
        for ticker, told in zip(asked, answers, strict=True):
            if isinstance(told, _Told):
                found.told[ticker] = told
            elif isinstance(told, CandleError):
                (found.missing if _is_lasting(told) else found.waiting)[ticker] = str(told)
            else:
                found.waiting[ticker] = told

    def _told(self, ticker: str, start: date, ends: float) -> _Told | CandleError | str:
        """Return what is known of a ticker, an error, or why it is to be asked for again."""
        left_s = ends - self._monotonic()
        if left_s <= 0:
            return _LATE
        try:
            last = self._cache.listing(ticker).last_session
            if last < start:
                return _Told(Candles.empty(), (), last, is_all=True)
            query = CandleQuery(ticker, Resolution.DAY, start, last)
            answer = self._cache.get(query, deadline_s=left_s)
        except CandleError as error:
            return error
        return _of(answer)

    def _until(self, found: _Found, measures: Sequence[str]) -> date:
        """Return the last session whose close is final for all; who is far behind is waited for.

        A ticker whose source ends earlier keeps nobody back: it has no later prices to wait for.
        """
        measured = [found.told[ticker].settled for ticker in measures if ticker in found.told]
        if not (measured or found.told):
            return self.settled()
        newest = max(measured or [told.settled for told in found.told.values()])
        sessions = sessions_of(US_CALENDAR)
        oldest = sessions.date(max(0, sessions.index(newest) - LONGEST_WAIT_SESSIONS))
        for ticker, told in list(found.told.items()):
            if told.settled < oldest and not told.is_all:
                found.waiting[ticker] = _BEHIND
                del found.told[ticker]
        return min([newest, *(told.settled for told in found.told.values() if not told.is_all)])


def _of(answer: Answer) -> _Told | CandleError | str:
    """Return what an answer tells, or why it is not good enough."""
    if answer.resolution is not Resolution.DAY:
        return BadQueryError(_NOT_DAILY)
    if answer.missing:
        return answer.missing[0].reason
    # Prices of which it is not sure whether they are adjusted for a split would make an outcome of it.
    if answer.shortfall and answer.stale_since is None:
        return answer.shortfall
    splits = tuple(action for action in answer.events if action.split != 1.0)
    settled = _settled(answer)
    return _Told(answer.candles, splits, settled, is_all=settled >= answer.last_session)


def _settled(answer: Answer) -> date:
    """Return the last session of an answer whose close is final, and all before it."""
    sessions = sessions_of(US_CALENDAR)
    for span in answer.spans:
        if span.settled_to <= day_number(span.end) * DAY_S:
            final = int(np.searchsorted(sessions.day * DAY_S, span.settled_to))
            return sessions.date(max(0, final - 1))
    return answer.spans[-1].end if answer.spans else answer.last_session


def _is_american(ticker: str) -> bool:
    return calendar_name(ticker) == US_CALENDAR


def _is_lasting(error: CandleError) -> bool:
    """Return whether asking again would be answered the same."""
    return isinstance(error, TickerNotFoundError | BadQueryError | RefusedError)
