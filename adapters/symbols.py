"""The offline list of US tickers with the names of their companies, and its search.

The list is the SEC's (``data/README.md``), in the SEC's order: first the companies by what they are worth,
then funds and second share classes. Promise: any text is only a text to find, a search never raises, and the
same text finds the same symbols in the same order. The list knows names, not prices: a ticker that it has may
have no prices here, and one that it lacks may have some.
"""

from __future__ import annotations

import csv
import gzip
import re
from bisect import bisect_right
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import accumulate, chain, islice
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import normalize

from market.ticker import InvalidTickerError, parse_ticker

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

FILE = Path(__file__).parent / "data" / "symbols.csv.gz"
LIMIT = 8

_ACCENTS = re.compile("[\u0300-\u036f]+")
_NO_WORD = re.compile(r"[^\w\n]+|_+")


@dataclass(frozen=True, slots=True)
class Symbol:
    """One listed security.

    Attributes:
        ticker: in the spelling of ``market.ticker.parse_ticker``.
        name: of the company, as people write it.
        exchange: Nasdaq, NYSE, CBOE or OTC; "" where the SEC names none.
    """

    ticker: str
    name: str
    exchange: str


class SymbolIndex:
    """Symbols that can be searched; immutable, so that threads may share it."""

    def __init__(self, rows: Iterable[Sequence[str]]) -> None:
        """Take (ticker, name, exchange) rows, the best known first."""
        self._rows = list(rows)
        self._row_of = {row[0]: number for number, row in enumerate(self._rows)}

    @staticmethod
    def load() -> SymbolIndex:
        """Return the bundled list, which is read at the first call."""
        return _bundled()

    def __iter__(self) -> Iterator[Symbol]:
        """Yield all symbols, the best known first."""
        return (Symbol(*row) for row in self._rows)

    def search(self, text: str, limit: int = LIMIT) -> tuple[Symbol, ...]:
        """Return at most ``limit`` symbols for what somebody types, the best first.

        Capitals, accents and punctuation do not count. In this order, and within each in the list's: the
        ticker is the text; the ticker begins with it; the name begins with it, spaces aside ("cocacola");
        every word of the text begins a word of the name. A text without letters and digits finds nothing.
        """
        words = _folded(text.replace("\n", " ")).split()
        if not words:
            return ()
        typed = "".join(words)
        tickers, names, _ = self._columns
        found = chain(
            self._spelt(text),
            tickers.having(f"\n{typed}\n"),
            tickers.having(f"\n{typed}"),
            names.having(f"\n{typed}"),
            self._with_words(words),
        )
        return tuple(Symbol(*self._rows[number]) for number in islice(_once(found), limit))

    def of(self, tickers: Iterable[str]) -> SymbolIndex:
        """Return an index of these tickers alone, in the list's order; those it lacks last, without names."""
        known = sorted(self._row_of[ticker] for ticker in set(tickers) & self._row_of.keys())
        others = sorted(set(tickers) - self._row_of.keys())
        return SymbolIndex([self._rows[number] for number in known] + [(ticker, "", "") for ticker in others])

    def name_of(self, ticker: str) -> Symbol | None:
        """Return the symbol of a ticker in any spelling, None where the list does not have it."""
        return next((Symbol(*self._rows[number]) for number in self._spelt(ticker)), None)

    @cached_property
    def _columns(self) -> tuple[_Lines, _Lines, _Lines]:
        """Return tickers, names without spaces, and names as words: most of the work, and only a search's."""
        tickers, names = (_folded("\n".join(row[part] for row in self._rows)) for part in (0, 1))
        words = _Lines(" " + names.replace("\n", "\n "))
        return _Lines(tickers.replace(" ", "")), _Lines(names.replace(" ", "")), words

    def _spelt(self, ticker: str) -> Iterator[int]:
        # Without punctuation T-PC and TPC are the same, so who spells one gets that one first.
        with suppress(InvalidTickerError, KeyError):
            yield self._row_of[parse_ticker(ticker)]

    def _with_words(self, words: list[str]) -> Iterator[int]:
        # The longest word is in the fewest names, so the others are looked for in those only.
        rarest, *others = (f" {word}" for word in sorted(dict.fromkeys(words), key=len, reverse=True))
        _, _, lines = self._columns
        for number in lines.having(rarest):
            line = lines.line(number)
            if all(word in line for word in others):
                yield number


class _Lines:
    """A text that is searched as a whole, in C, and whose hits are given as line numbers."""

    def __init__(self, lines: str) -> None:
        self._text = f"\n{lines}\n"
        self._starts = list(accumulate((len(line) + 1 for line in lines.split("\n")), initial=0))

    def having(self, needle: str) -> Iterator[int]:
        """Yield the lines that hold a text, in order; a line begins and ends with a line break."""
        at = self._text.find(needle)
        while at >= 0:
            number = bisect_right(self._starts, at) - 1
            yield number
            at = self._text.find(needle, self._starts[number + 1])

    def line(self, number: int) -> str:
        """Return a line without its line breaks."""
        return self._text[self._starts[number] + 1 : self._starts[number + 1]]


def _folded(lines: str) -> str:
    """Return lines in small letters and digits, without accents, with spaces for whatever else is there."""
    plain = normalize("NFKD", normalize("NFKD", lines).casefold())
    return _NO_WORD.sub(" ", _ACCENTS.sub("", plain))


def _once(numbers: Iterable[int]) -> Iterator[int]:
    seen: set[int] = set()
    for number in numbers:
        if number not in seen:
            seen.add(number)
            yield number


@cache
def _bundled() -> SymbolIndex:
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        return SymbolIndex(rows)
