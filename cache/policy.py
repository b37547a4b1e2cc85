"""Decisions of the cache, pure: facts in, verdict out, no clock and no I/O.

Two clocks appear and must not be mixed: the *source's* present decides what is settled and which session
runs; the *real* one measures ages and life times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.prices import RUNNING_LIFE_S
from market.resolution import FINEST_FIRST, Resolution
from market.sessions import DAY_S, Sessions, day_number, day_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from cache.actions import HeldActions
    from cache.blocks import Block, BlockKey

SETTLED_LIFE_S = 90 * DAY_S
EMPTY_LIFE_S = DAY_S
PROVISIONAL_LIFE_S = 300
LAST_SHARE = 0.2
"""Of the life of a block that is not final: asked for in this last part of it, it is fetched ahead."""
LONGEST_AHEAD_S = LAST_SHARE * PROVISIONAL_LIFE_S
CLOCKS_APART_S = DAY_S
"""How far ahead of this machine's clock another's may run whose final bars are believed."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The present, once for a whole request.

    Attributes:
        real_s: UTC seconds by the real clock.
        source_s: UTC seconds by the source's clock.
        last: index of the session that runs or ran last, by the source's clock.
        market_open: whether it trades now.
    """

    real_s: float
    source_s: int
    last: int
    market_open: bool


def moment(sessions: Sessions, source_now: datetime, real_s: float) -> Moment:
    """Take the present for one request.

    Where sessions follow each other without a break, the last second of one is taken for its end: a source
    whose data end with a session can say no later time, because the next second lies in the next session.
    """
    second, last = int(source_now.timestamp()), max(sessions.at(source_now), 0)
    at_once = last + 1 < len(sessions) and sessions.open[last + 1] == sessions.close[last]
    if at_once and second + 1 == sessions.close[last]:
        return Moment(real_s, second + 1, last, market_open=False)
    return Moment(real_s, second, last, sessions.is_open(source_now))


def expires_at(
    block: Block, wanted_to: int, now: Moment, running_from: int, running_life_s: float = RUNNING_LIFE_S
) -> float:
    """Return when (real UTC seconds) a block stops being fresh for bars before ``wanted_to``.

    After the close nothing is asked for more often than before it.

    Args:
        block: what is held.
        wanted_to: UTC seconds; the bars asked for start before it.
        now: the present.
        running_from: UTC seconds of the first bar time that belongs to the running session.
        running_life_s: how long the source's running session stays fresh.
    """
    if len(block.candles) == 0 and wanted_to <= block.settled_to:
        return block.fetched_at + EMPTY_LIFE_S
    if wanted_to <= block.settled_to:
        return block.fetched_at + SETTLED_LIFE_S
    if now.market_open and wanted_to > running_from:
        return block.fetched_at + running_life_s
    return block.fetched_at + max(PROVISIONAL_LIFE_S, running_life_s)


def is_fresh(
    block: Block, wanted_to: int, now: Moment, running_from: int, running_life_s: float = RUNNING_LIFE_S
) -> bool:
    """Decide whether a held block still answers for the bars before ``wanted_to``.

    A block from the future (a clock that jumped back) counts as expired, so that nothing is fresh for ever.
    What is final does not depend on when it was fetched, so there a clock may be wrong by much more.
    """
    believed = wanted_to <= block.settled_to and block.fetched_at <= now.real_s + CLOCKS_APART_S
    if not believed and is_from_the_future(block, now):
        return False
    return now.real_s < expires_at(block, wanted_to, now, running_from, running_life_s)


def is_due(
    block: Block, wanted_to: int, now: Moment, running_from: int, running_life_s: float = RUNNING_LIFE_S
) -> bool:
    """Decide whether a fresh block that is not final is in the last part of its life."""
    if wanted_to <= block.settled_to:
        return False
    ends = expires_at(block, wanted_to, now, running_from, running_life_s)
    return now.real_s < ends <= now.real_s + LAST_SHARE * (ends - block.fetched_at)


def fetch_from(block: Block | None, key: BlockKey, now: Moment, changed_at: float) -> date:
    """Return the exchange date from which a block has to be fetched: after what is final and still alive."""
    first = day_of(key.day)
    if block is None or key.resolution != Resolution.DAY:
        return first
    life = SETTLED_LIFE_S if len(block.candles) else EMPTY_LIFE_S
    dead = now.real_s >= block.fetched_at + life or block.fetched_at <= changed_at
    if dead or is_from_the_future(block, now):
        return first
    return max(first, day_of(block.settled_to // DAY_S))


def is_from_the_future(held: Block | HeldActions, now: Moment) -> bool:
    """Decide whether something was fetched later than clocks differ by: a clock has jumped since."""
    return held.fetched_at > now.real_s + PROVISIONAL_LIFE_S


def ttl(block: Block, period_start: int) -> int:
    """Return the table's expiry (UTC seconds) of a block: when nothing in it is fresh any more."""
    if len(block.candles) == 0:
        life = EMPTY_LIFE_S
    elif block.settled_to > period_start:
        life = SETTLED_LIFE_S
    else:
        life = PROVISIONAL_LIFE_S
    return int(block.fetched_at + life)


def settled_to(key: BlockKey, sessions: Sessions, now: Moment, correction_s: int) -> int:
    """Return up to which bar time (UTC seconds, exclusive) a block fetched now is final.

    A session is final once the provider's corrections after its close are over. Daily bars are labelled with
    midnight of their date, so a year is final up to the midnight after its last final session.
    """
    final = sessions.close + correction_s <= now.source_s
    if key.resolution != Resolution.DAY:
        index = sessions.index(day_of(key.day))
        return int(sessions.close[index]) if final[index] else int(sessions.open[index])
    count = int(final.sum())
    first, year_end = key.day, day_number(day_of(key.day).replace(month=12, day=31))
    if count == 0:
        return first * DAY_S
    if count < len(sessions) and sessions.day[count] > year_end:
        return (year_end + 1) * DAY_S  # nothing of this year is left to come
    return min(max(int(sessions.day[count - 1]) + 1, first), year_end + 1) * DAY_S


@dataclass(frozen=True, slots=True)
class Choice:
    """Which resolution is shown, from which stored one it is built, and what to tell the person."""

    shown: Resolution
    base: Resolution
    note: str = ""


def choose(
    asked: Resolution,
    offered: frozenset[Resolution],
    reaches: Callable[[Resolution], bool],
) -> Choice | None:
    """Choose what a source can show for a span: the asked resolution or the finest coarser one.

    One view is built from one stored resolution: W and M from D; 15, 30 and 60 from 5 where 5 reaches that
    far.

    Args:
        asked: the resolution wanted.
        offered: what the source stores.
        reaches: whether a stored resolution goes back to the start of the span.

    Returns:
        None when the source has nothing at or above the asked resolution.
    """
    for shown in FINEST_FIRST[FINEST_FIRST.index(asked) :]:
        base = _base(shown, offered, reaches)
        if base is not None:
            return Choice(shown, base, not_offered(asked, shown))
    return None


def not_offered(asked: Resolution, shown: Resolution) -> str:
    """Return the sentence for a person who chose a resolution and gets a coarser one; "" where it is that."""
    if shown is asked:
        return ""
    return f"{kind_of(asked).capitalize()} candles are not offered here; showing {kind_of(shown)} ones."


def kind_of(resolution: Resolution) -> str:
    """Return what candles of a resolution are called in a sentence: "5-minute", "daily"."""
    if resolution.is_intraday:
        return f"{resolution.minutes}-minute"
    return {Resolution.DAY: "daily", Resolution.WEEK: "weekly", Resolution.MONTH: "monthly"}[resolution]


def _base(
    shown: Resolution, offered: frozenset[Resolution], reaches: Callable[[Resolution], bool]
) -> Resolution | None:
    if not shown.is_intraday:
        return Resolution.DAY if Resolution.DAY in offered else None
    wide = shown in (Resolution.M15, Resolution.M30, Resolution.M60)
    for base in (Resolution.M5, shown) if wide else (shown,):
        if base in offered and reaches(base):
            return base
    return None
