"""One answer never holds more than 50,000 candles; what is left is a question of its own.

Promise: following ``rest`` until there is none gives every candle of the whole span exactly once, all from
one source and in one resolution, and no portion makes the cache read much more than it gives.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from datetime import date

    from cache.asking import Question
    from cache.candle_cache import CandleCache
    from cache.query import Answer, CandleQuery
    from market.candles import Candles
    from market.sessions import Sessions

MAX_CANDLES = 50_000


@dataclass(frozen=True, slots=True)
class Rest:
    """What to ask for next.

    Attributes:
        query: begins with the session of the first candle that was not given.
        after_s: UTC seconds of the last candle that was given of that session; None when none was.
    """

    query: CandleQuery
    after_s: int | None


@dataclass(frozen=True, slots=True)
class Portion:
    """The first candles of an answer.

    Attributes:
        candles: at most ``limit``.
        answer: where they came from; its query is the span that this portion covers.
        notes: sentences for people, each once.
        rest: None when this was all.
    """

    candles: Candles
    answer: Answer
    notes: tuple[str, ...]
    rest: Rest | None


@dataclass(frozen=True, slots=True)
class _Cut:
    """A query that ends early, why its resolution is another one, and where the next one begins."""

    query: CandleQuery
    note: str = ""
    following: date | None = None


def first_portion(
    cache: CandleCache, question: Question, *, request_id: str = "", limit: int = MAX_CANDLES
) -> Portion:
    """Ask the cache once, for no more sessions than the limit needs.

    Raises:
        CandleError: see cache.errors.
    """
    cut = _shortened(cache, question, limit)
    answer = cache.get(cut.query, request_id=request_id)
    candles = answer.candles
    if question.after_s is not None:
        candles = candles.take(candles.time > question.after_s)
    rest = _rest(candles, answer, question, cut, limit)
    notes = dict.fromkeys(note for note in (*question.notes, cut.note, *answer.notes) if note)
    return Portion(candles.take(slice(limit)), answer, tuple(notes), rest)


def _shortened(cache: CandleCache, question: Question, limit: int) -> _Cut:
    """End the query with the session in which the limit is reached, by the calendar's count of bars."""
    cut = _ended(question, question.query, limit)
    if cut.following is None:
        return cut
    # What the source can show is decided for the whole span: decided again for each portion, it could change.
    choice = cache.choice(question.query)
    if choice.shown is question.query.resolution:
        return cut
    coarser = _ended(question, replace(question.query, resolution=choice.shown), limit)
    return replace(coarser, note=choice.note)


def _ended(question: Question, query: CandleQuery, limit: int) -> _Cut:
    if not query.resolution.is_intraday:
        return _Cut(query)  # all days since 1990 are far fewer
    sessions = question.listing.sessions
    chosen = sessions.between(max(query.start, question.listing.first_session or query.start), query.end)
    bars = sessions.bar_counts(query.resolution)[chosen.start : chosen.stop]
    if question.after_s is not None:
        bars[:1] = 0  # how many of the first session are left is not known; none is a safe guess
    full = int(np.searchsorted(np.cumsum(bars), limit))
    if full + 1 >= len(chosen):
        return _Cut(query)
    end, following = sessions.date(chosen[full]), sessions.date(chosen[full + 1])
    return _Cut(replace(query, end=end), following=following)


def _rest(candles: Candles, answer: Answer, question: Question, cut: _Cut, limit: int) -> Rest | None:
    """Return what follows: within a session where the limit fell into one, else from the next session on."""
    if len(candles) > limit:
        sessions = question.listing.sessions
        given, following = (_day(sessions, int(candles.time[i])) for i in (limit - 1, limit))
        after_s = int(candles.time[limit - 1]) if given == following else None
    elif cut.following is not None:
        following, after_s = cut.following, None
    else:
        return None
    whole = replace(question.query, resolution=cut.query.resolution, source=answer.source)
    return Rest(replace(whole, start=following), after_s)


def _day(sessions: Sessions, second: int) -> date:
    """Return the date of the session in which an intraday bar starts."""
    return sessions.date(int(np.searchsorted(sessions.open, second, side="right")) - 1)
