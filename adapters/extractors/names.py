"""What people call the companies of the list: "Apple" for Apple Inc., "J P Morgan" for JPMorgan Chase.

Aliases come from the list's names without their legal forms, and from the vocabulary where people say
something else. Where two companies share one, it means the one that is worth more. Many are ordinary words
("target", "gap") or people's names; those are ``doubtful`` and count only with a sign that the company is
meant.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.extractors.speech import words_of
from adapters.extractors.vocabulary import vocabulary

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from adapters.symbols import Symbol

_BRACKETS = re.compile(r"\([^)]*\)")
_LEGAL = re.compile(
    r"(?:incorporated|inc|corporation|corp|company|companies|co|limited|ltd|plc|llc|lp|nv|sa|ag|se|ab|spa|de|del|"
    r"the|class|a|b|c|s|com|new|and|&)\Z"
)
_KIND = re.compile(
    r"(?:holdings?|group|technologies|technology|systems|platforms|platform|pharmaceuticals?|therapeutics|"
    r"international|brands|financial|networks|stores|motors?|motor|bancorp|bancshares|industries|enterprises|"
    r"worldwide|global|energy|resources|laboratories|labs|software|solutions|services|semiconductors?|devices|"
    r"entertainment|communications|bank|trust|realty|foods?|airlines|markets|interactive|wholesale|biosciences|"
    r"robotics|automotive|media|digital|chase|research|materials|hldg|hldgs)\Z"
)
_STOCK = re.compile(r"[A-Z]{1,5}(?:\.[A-Z])?\Z")
_WELL_KNOWN = 1_200
"""So many of the list's first companies are also known by one distinctive first word ("Lockheed")."""
_LEAST_FIRST_WORD = 5
_LEAST_NAME = 3


@dataclass(frozen=True, slots=True)
class Alias:
    """What a company is called; ``doubtful`` where it may as well be another word.

    ``well_known`` companies are among the most valuable of the list.
    """

    words: tuple[str, ...]
    ticker: str
    doubtful: bool
    well_known: bool


class CompanyNames:
    """Finds companies by what people call them; immutable."""

    def __init__(self, symbols: Iterable[Symbol]) -> None:
        """Take the listed securities, the most valuable first."""
        self._words = vocabulary()
        self._by_first: dict[str, list[Alias]] = {}
        known: dict[tuple[str, ...], str] = {
            tuple(said.split()): ticker for said, ticker in self._words.said.items()
        }
        shortened: dict[tuple[str, ...], str] = {}
        well_known: set[str] = set(self._words.said.values())
        for rank, symbol in enumerate(symbols):
            if not _STOCK.match(symbol.ticker):
                continue
            if rank < _WELL_KNOWN:
                well_known.add(symbol.ticker)
            full = _core(symbol.name, _LEGAL)
            known.setdefault(full, symbol.ticker)
            shortened.setdefault(_core(" ".join(full), _KIND), symbol.ticker)
            if rank < _WELL_KNOWN and len(full[0]) >= _LEAST_FIRST_WORD and full[0] not in self._words.common:
                shortened.setdefault(full[:1], symbol.ticker)
        for words, ticker in (shortened | known).items():
            if len(words) == 1 and words[0] in self._words.sectors:
                continue
            alias = Alias(words, ticker, self._is_doubtful(words), ticker in well_known)
            self._by_first.setdefault(words[0], []).append(alias)
        for aliases in self._by_first.values():
            aliases.sort(key=lambda alias: -len(alias.words))

    def _is_doubtful(self, words: tuple[str, ...]) -> bool:
        known, joined = self._words, " ".join(words)
        if joined in known.trusted:
            return False
        if joined in known.said and joined not in known.common and joined not in known.other_senses:
            return False
        if len(words) > 1:
            return joined in known.other_senses or all(word in known.common for word in words)
        return words[0] in known.common | known.also_doubtful or len(words[0]) < _LEAST_NAME

    def is_common(self, word: str) -> bool:
        """Tell whether a word in small letters is one of everyday English."""
        return word in self._words.common

    def longest_at(self, forms: Sequence[tuple[str, ...]], at: int) -> tuple[Alias, int] | None:
        """Return the longest alias that begins at a word, and how many words it takes.

        Args:
            forms: for each word, how it may be meant ("wendy's" is "wendys" and "wendy").
            at: the first word.
        """
        best: tuple[Alias, int] | None = None
        for form in forms[at]:
            for alias in self._by_first.get(form, ()):
                if best is not None and len(alias.words) <= best[1]:
                    break
                if all(at + n < len(forms) and word in forms[at + n] for n, word in enumerate(alias.words)):
                    best = alias, len(alias.words)
                    break
        return best

    def ticker_of(self, name: str) -> str | None:
        """Return the ticker of a name as it is said, None where it is no company's."""
        words = _core(name, _LEGAL)
        found = self.longest_at([(word,) for word in words], 0) if words else None
        return found[0].ticker if found and found[1] == len(words) else None


def forms_of(low: str) -> tuple[str, ...]:
    """Return how a word in small letters may be meant as part of a name; possessives both ways."""
    if "'" in low:
        stem, _, tail = low.partition("'")
        return (f"{stem}{tail}", stem) if tail == "s" else (f"{stem}{tail}",)
    return ("and",) if low == "&" else (low,)


def split_words(low: str) -> list[str]:
    """Return the parts of a word that names write apart or together: "coca-cola", "at&t"."""
    return re.sub(r"&", " and ", low).replace("-", " ").replace(".com", "").replace(".", "").split()


def _core(name: str, endings: re.Pattern[str]) -> tuple[str, ...]:
    """Return a name's words in small letters, without the endings that nobody says; at least one."""
    spelt = _BRACKETS.sub(" ", name).replace("&", " and ")
    words = [
        part
        for word in words_of(spelt)
        if not word.is_sign
        for part in split_words(word.low.replace("'", ""))
    ] or ["?"]
    while len(words) > 1 and words[0] == "the":
        words.pop(0)
    while len(words) > 1 and endings.match(words[-1]):
        words.pop()
    return tuple(words)
