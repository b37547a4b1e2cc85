"""What a person can look for: the list of names, and what the sources say that they have.

Promise: a ticker that a source has is always found, whether the list of names knows it or not, and stands
before those that cannot be shown. No price is fetched.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING

from adapters.symbols import LIMIT, SymbolIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from adapters.prices import PriceProvider
    from adapters.symbols import Symbol


@dataclass(frozen=True, slots=True)
class Found:
    """A match: the symbol's attributes, and whether there are prices of it.

    Attributes:
        ticker, name, exchange: as ``adapters.symbols.Symbol`` has them; the latter two may be "".
        priced: True when a source says that it has it, False when all sources list what they have and none
            has it, None when a source has to be asked.
    """

    ticker: str
    name: str
    exchange: str
    priced: bool | None


class Catalogue:
    """The list of names together with the sources' own lists; threads may share it."""

    def __init__(self, names: Callable[[], SymbolIndex], providers: Sequence[PriceProvider]) -> None:
        """Look at nothing yet; ``names`` gives the list when it is first needed."""
        self._names = names
        self._providers = tuple(providers)
        self._own = lru_cache(maxsize=1)(lambda tickers: names().of(tickers))

    def search(self, text: str, limit: int = LIMIT) -> tuple[Found, ...]:
        """Return at most ``limit`` matches.

        First the ticker that is spelt as the text, then what a source has, then the rest, each in the order
        of ``SymbolIndex.search``.
        """
        lists = [provider.examples() for provider in self._providers]
        held = frozenset(chain.from_iterable(lists))
        otherwise = False if all(lists) else None
        matches = islice(self._ranked(text, held, limit), limit)
        return tuple(
            Found(s.ticker, s.name, s.exchange, True if s.ticker in held else otherwise) for s in matches
        )

    def _ranked(self, text: str, held: frozenset[str], limit: int) -> Iterator[Symbol]:
        own, names = self._own(held), self._names()
        spelt = own.name_of(text) or names.name_of(text)
        ranked = chain([spelt] if spelt else [], own.search(text, limit), names.search(text, limit))
        yield from dict.fromkeys(ranked)
