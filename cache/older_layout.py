"""The older layout of the table: one item for each candle, under the same partition keys (cache-18).

Sort key ``5#2025-12-23T14:30:00Z`` (a candle's start) or ``D#2025-12-23T00:00:00Z``, number attributes ``open
high low close volume``, and ``fetched_at`` as text. Promise: pure. A hit means complete here too: candles
make a block only where none is missing.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np

from cache.blocks import Block, BlockKey, period
from cache.codec import CorruptBlockError
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S, day_number, day_of
from market.validate import RejectedError, validate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from market.candles import Floats, Ints
    from market.sessions import Sessions
    from store.table import Item, Key

ATTRIBUTES = ("open", "high", "low", "close", "volume")
_PRICES = ("open", "high", "low", "close")


@dataclass(frozen=True, slots=True)
class OlderCandles:
    """The candles that lie in the period of one block.

    Attributes:
        key: the block's.
        times: UTC seconds, ascending.
        items: one for each.
    """

    key: BlockKey
    times: Sequence[int]
    items: Sequence[Item]

    @property
    def keys(self) -> tuple[Key, ...]:
        """What is to be deleted once the block is written: all but what lies under the block's own key."""
        return tuple((item["PK"], item["SK"]) for item in self.items if item["SK"] != self.key.sk)


def span(run: Sequence[BlockKey], sessions: Sessions) -> tuple[str, str]:
    """Return the lowest and highest sort key of a run of blocks, in either layout."""
    start, end = period(run[0], sessions)[0], period(run[-1], sessions)[1]
    low, name = run[0].sk, run[0].resolution
    if start < run[0].day * DAY_S:  # its session begins on the evening before
        low = f"{name}#{datetime.fromtimestamp(start, UTC):%Y-%m-%dT%H:%M:%SZ}"
    return low, f"{name}#{day_of((end - 1) // DAY_S).isoformat()}T23:59:59Z"


def is_candle(item: Item) -> bool:
    """Tell a candle from a block: the first one of a period may lie under the block's key."""
    return "open" in item and "data" not in item


def by_block(run: Sequence[BlockKey], candles: Sequence[Item], sessions: Sessions) -> Iterator[OlderCandles]:
    """Give the candles of each block that has any; those between sessions belong to none."""
    dated = sorted((at, place) for place, item in enumerate(candles) if (at := _start(item)) is not None)
    times = [at for at, _ in dated]
    for key in run:
        first, end = (bisect_left(times, instant) for instant in period(key, sessions))
        if first < end:
            yield OlderCandles(key, times[first:end], [candles[place] for _, place in dated[first:end]])


def block_of(older: OlderCandles, sessions: Sessions, floor: date) -> Block | None:
    """Return the block that some candles are, None where one is missing.

    Args:
        older: the candles.
        sessions: of their calendar.
        floor: the source has no older daily candle.

    Raises:
        CorruptBlockError: an item is not one that was ever written, or its prices cannot be.
    """
    key, times = older.key, older.times
    expected = _expected(key, times[-1], sessions, floor)
    if list(times) != expected.tolist():
        return None
    try:
        open_, high, low, close = ([float(item[name]) for item in older.items] for name in _PRICES)
        volume = [int(item["volume"]) for item in older.items]
        fetched = np.array([_instant(item["fetched_at"]) for item in older.items])
        candles = Candles.of(list(times), open_, high, low, close, volume)
        start, end = period(key, sessions)
        sound = validate(candles, start_s=start, end_s=end, now_s=end).candles is candles
    except (KeyError, ValueError, TypeError, RejectedError) as error:
        raise CorruptBlockError(f"its candles are not of the older layout: {type(error).__name__}") from error
    if not sound:
        raise CorruptBlockError("its candles cannot be right")
    settled = (
        _settled_day(key, times, fetched, sessions) if _daily(key) else _settled_bar(key, fetched, sessions)
    )
    return Block(key, candles, float(fetched.min()), settled)


def _daily(key: BlockKey) -> bool:
    return key.resolution == Resolution.DAY


def _expected(key: BlockKey, last: int, sessions: Sessions, floor: date) -> Ints:
    """Return the times that must be there: all of a session, or of a year up to its last candle."""
    if not _daily(key):
        return sessions.bar_starts(sessions.index(day_of(key.day)), Resolution(key.resolution))
    chosen = sessions.between(max(day_of(key.day), floor), day_of(last // DAY_S))
    return sessions.day[chosen.start : chosen.stop] * DAY_S


def _settled_bar(key: BlockKey, fetched: Floats, sessions: Sessions) -> int:
    """Return up to where a session is final: whole if it had closed when its oldest candle was fetched."""
    start, end = period(key, sessions)
    return end if fetched.min() >= end else start


def _settled_day(key: BlockKey, times: Sequence[int], fetched: Floats, sessions: Sessions) -> int:
    """Return up to where a year is final: its first candle that was fetched before the session had closed."""
    days = sessions.day.searchsorted(np.array(times) // DAY_S)
    early = np.flatnonzero(sessions.close[days] > fetched)
    if len(early):
        return int(times[early[0]])
    year_end = day_number(date(day_of(key.day).year, 12, 31))
    following = int(days[-1]) + 1
    if following < len(sessions) and sessions.day[following] > year_end:
        return (year_end + 1) * DAY_S
    return int(times[-1]) + DAY_S


def _start(item: Item) -> int | None:
    """Return when a candle starts, UTC seconds; None where its sort key does not say so."""
    try:
        return int(datetime.strptime(item["SK"].partition("#")[2], "%Y-%m-%dT%H:%M:%S%z").timestamp())
    except ValueError:
        return None


def _instant(text: str) -> float:
    """Return a time given as text in UTC seconds; without a zone it is UTC."""
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
