"""Second opinion: where other sources hold the same bars, those that do not agree (ahead-9)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SourceBar:
    """One source's values of a bar.

    Attributes:
        source: the provider's name.
        open, high, low, close: prices, adjusted as the query asks.
        volume: shares, adjusted likewise; told, but never compared, because some sources count one exchange.
    """

    source: str
    open: float
    high: float
    low: float
    close: float
    volume: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A bar that two sources hold with different prices.

    Attributes:
        time: the bar's start, UTC seconds; midnight UTC of the date for daily bars and coarser.
        values: the shown source first, then every other that holds the bar.
    """

    time: int
    values: tuple[SourceBar, ...]
