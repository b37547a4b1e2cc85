"""The prices that are measured with: real daily bars of the demo source, and its simulated 5-minute ones.

A year of 5-minute candles is the last 252 sessions up to the end of 2012. The demo has 13 whole years; for
twenty years of daily candles, 2001 to 2007 also stand for 1993 to 1999, eight years (2,922 days) earlier.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING

from adapters.demo import DemoProvider
from adapters.prices import PriceRequest
from cache.blocks import Block, block_keys, period
from market.calendars import sessions_for
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S, day_number, day_of

if TYPE_CHECKING:
    from market.sessions import Sessions

TICKER = "AAPL"
LAST_DAY = date(2012, 12, 31)
FETCHED_AT = datetime(2013, 3, 1, 21, tzinfo=UTC).timestamp()
"""UTC seconds."""
_FIRST_YEAR = 2000
_REPEATED_AFTER_DAYS = 2_922
_REPEATED_YEARS = 8


def sessions() -> Sessions:
    """Return the sessions of the ticker's calendar."""
    return sessions_for(TICKER)


@cache
def intraday_blocks(count: int) -> tuple[Block, ...]:
    """Return one sealed block of 5-minute candles for each of the last ``count`` sessions."""
    last = sessions().index(LAST_DAY)
    return _blocks(Resolution.M5, sessions().date(last - count + 1))


@cache
def daily_blocks(years: int) -> tuple[Block, ...]:
    """Return one sealed block of daily candles for each of the last ``years`` years, at most twenty."""
    first = LAST_DAY.year - years + 1
    if first >= _FIRST_YEAR:
        return _blocks(Resolution.DAY, date(first, 1, 1))
    real = _blocks(Resolution.DAY, date(_FIRST_YEAR, 1, 1))
    again = (b for b in real if first <= day_of(b.key.day).year - _REPEATED_YEARS < _FIRST_YEAR)
    return (*(_earlier(block) for block in again), *real)


def joined(blocks: tuple[Block, ...]) -> Candles:
    """Return the candles of blocks that follow each other."""
    return Candles.concat(block.candles for block in blocks)


def _blocks(resolution: Resolution, first: date) -> tuple[Block, ...]:
    answer = DemoProvider().candles(PriceRequest(TICKER, resolution, first, LAST_DAY))
    blocks = []
    for key in block_keys(TICKER, DemoProvider.name, resolution, sessions(), first, LAST_DAY):
        start, end = period(key, sessions())
        blocks.append(Block(key, answer.candles.between(start, end), FETCHED_AT, end))
    return tuple(blocks)


def _earlier(block: Block) -> Block:
    """Return a daily block as if it were of eight years before."""
    year = day_of(block.key.day).year - _REPEATED_YEARS
    key = block.key._replace(day=day_number(date(year, 1, 1)))
    candles = replace(block.candles, time=block.candles.time - _REPEATED_AFTER_DAYS * DAY_S)
    return replace(block, key=key, candles=candles, settled_to=period(key, sessions())[1])
