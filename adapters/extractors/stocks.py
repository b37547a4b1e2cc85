"""The US stocks that can be spoken of: which tickers count, and what people call them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from adapters.extractors.listing import Listing
from adapters.extractors.names import CompanyNames
from adapters.symbols import SymbolIndex


@dataclass(frozen=True, slots=True)
class Stocks:
    """Tickers and names of one list of symbols; immutable."""

    listing: Listing
    names: CompanyNames

    @classmethod
    def of(cls, symbols: SymbolIndex) -> Stocks:
        """Know the stocks of a list."""
        return cls(Listing(symbols), CompanyNames(symbols))

    @staticmethod
    def load() -> Stocks:
        """Know those of the bundled list, which is read at the first call (half a second)."""
        return _bundled()


@cache
def _bundled() -> Stocks:
    return Stocks.of(SymbolIndex.load())
