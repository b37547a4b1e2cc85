"""Blocks: the unit in which candles are held, written and judged, and the units in which they are fetched.

A block holds one session (intraday) or one calendar year (daily) of one ticker, source and resolution, as
traded. It is whole or absent. A fetch unit is what is asked of a provider and flown at once: a calendar month
of intraday blocks, or a year of daily ones (which is one block).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from adapters.prices import Basis
from market.resolution import Resolution
from market.sessions import DAY_S, Sessions, day_number, day_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from market.candles import Candles

_BLOCK_OVERHEAD_BYTES = 1_024
"""What a block costs in memory beside its columns: six array headers, the key, the entry."""


class BlockKey(NamedTuple):
    """Identity of a block. A plain tuple of plain values, because thousands are hashed for one view."""

    ticker: str
    source: str
    resolution: str
    day: int
    """Days since 1970-01-01 of the session, or of 1 January."""

    @property
    def pk(self) -> str:
        """Partition key, "AAPL#tiingo"."""
        return partition(self.ticker, self.source)

    @property
    def sk(self) -> str:
        """Sort key, "5#2025-12-23T00:00:00Z"."""
        return f"{self.resolution}#{day_of(self.day).isoformat()}T00:00:00Z"

    @property
    def unit(self) -> Unit:
        """The fetch unit that the block belongs to."""
        start = day_of(self.day)
        name = f"{start.year}" if self.resolution == Resolution.DAY else f"{start.year}-{start.month:02d}"
        return Unit(self.ticker, self.source, self.resolution, name)


class Unit(NamedTuple):
    """What is fetched at once: "2025" of D, or "2025-12" of an intraday resolution."""

    ticker: str
    source: str
    resolution: str
    name: str

    @property
    def lock_key(self) -> str:
        """Name of the unit's lock, "LOCK#AAPL#tiingo#5#2025-12"."""
        return f"LOCK#{self.ticker}#{self.source}#{self.resolution}#{self.name}"

    def days(self) -> tuple[date, date]:
        """Return the first and last calendar day of the unit."""
        year, _, month = self.name.partition("-")
        if not month:
            return date(int(year), 1, 1), date(int(year), 12, 31)
        first = date(int(year), int(month), 1)
        following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        return first, date.fromordinal(following.toordinal() - 1)


@dataclass(frozen=True, slots=True)
class Block:
    """Candles of one period as the provider gave them, with what is known about them.

    Attributes:
        key: whose, and which period.
        candles: as traded (or as ``basis`` says), ascending, inside the period; may be empty.
        fetched_at: UTC seconds by the real clock, when the provider answered.
        settled_to: UTC seconds; bars with an earlier ``time`` are final. At or before the first instant
            of the period: nothing is final.
        basis: what the provider had adjusted already.
    """

    key: BlockKey
    candles: Candles
    fetched_at: float
    settled_to: int
    basis: Basis = Basis.RAW

    @property
    def nbytes(self) -> int:
        """Bytes that the block takes in memory."""
        return self.candles.nbytes + _BLOCK_OVERHEAD_BYTES


def partition(ticker: str, source: str) -> str:
    """Return the partition key of everything held for a ticker from a source."""
    return f"{ticker}#{source}"


def block_keys(  # noqa: PLR0913 - a key's parts and a span
    ticker: str, source: str, resolution: Resolution, sessions: Sessions, start: date, end: date
) -> list[BlockKey]:
    """Return the keys of the blocks that hold the sessions from start to end, both inclusive, ascending."""
    if resolution is Resolution.DAY:
        years = range(start.year, end.year + 1)
        return [BlockKey(ticker, source, "D", day_number(date(y, 1, 1))) for y in years]
    chosen = sessions.between(start, end)
    days = sessions.day[chosen.start : chosen.stop].tolist()
    return [BlockKey(ticker, source, resolution.value, day) for day in days]


def units_of(keys: Iterable[BlockKey]) -> list[Unit]:
    """Return the fetch units of some blocks, each once, in the order of the keys."""
    return list(dict.fromkeys(key.unit for key in keys))


def neighbours(units: Iterable[Unit]) -> list[list[Unit]]:
    """Group ascending units of one series into those that follow each other without a gap."""
    groups: list[list[Unit]] = []
    for unit in units:
        if groups and (unit.days()[0] - groups[-1][-1].days()[1]).days == 1:
            groups[-1].append(unit)
        else:
            groups.append([unit])
    return groups


def period(key: BlockKey, sessions: Sessions) -> tuple[int, int]:
    """Return the span [start, end) of bar times that a block can hold, UTC seconds."""
    if key.resolution == Resolution.DAY:
        first = day_of(key.day)
        return key.day * DAY_S, day_number(date(first.year + 1, 1, 1)) * DAY_S
    index = sessions.index(day_of(key.day))
    return int(sessions.open[index]), int(sessions.close[index])
