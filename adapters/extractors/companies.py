"""Where companies are named in what is said: cashtags, tickers, and names; with what each is taken for.

A ticker in capitals or a name that is also an ordinary word counts only with a sign that the company is
meant: "Target stock", "shares of Gap", a capital inside of a sentence, or such a sign elsewhere in the video.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.extractors.clauses import is_abbreviation
from adapters.extractors.names import forms_of, split_words
from adapters.extractors.vocabulary import vocabulary
from adapters.symbols import Symbol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.extractors.claims import AssetType
    from adapters.extractors.names import Alias
    from adapters.extractors.speech import Speech, Word
    from adapters.extractors.stocks import Stocks

SURE, PROBABLE, POSSIBLE = 0.95, 0.85, 0.7
"""Confidence in a cashtag or a distinctive name; in a word that was said as a company; in less."""

_OF = (
    "shares of", "stock of", "position in", "stake in", "long on", "short on", "bullish on", "bearish on",
    "puts on", "calls on", "ticker", "ticker symbol", "symbol", "shorting",
)  # fmt: skip
_TRADE = re.compile(
    r"\b(?:bought|buying|sold|selling|dumped|shorted|shorting|trimmed|trimming|owned|holding|added|adding)"
    r"(?: (?:some|my|more|to|of|all|the|another|up))*$"
)
_SUBJECT_OF = re.compile(
    r"(?:is|was|has|had|are|reported|reports|trades|looks|keeps|just|announced|raised|cut|beat|missed|stock)\Z"
)
_TICKER = re.compile(r"[A-Z]{2,5}(?:\.[A-Z])?\Z")
_FOREIGN = re.compile(r"(?:[A-Z0-9]{1,6}\.(?:[A-Z]{2}|[LTFV])|\d{4}\.[A-Z]{1,2})\Z")
_ELSEWHERE = re.compile(
    r"^(?:on|in|at|over in) (?:the )?(?:paris|frankfurt|xetra|tokyo|toronto|london|hong kong|milan|madrid|"
    r"zurich|stockholm|amsterdam|mumbai|shanghai|sydney|seoul|copenhagen|oslo|helsinki|vienna|brussels|dublin|germany|france|japan|canada)\b"
)
_ARTICLES = frozenset({"the", "a", "an"})
_SPELT = re.compile(r"[a-z]\Z")
_FEWEST_LETTERS, _MOST_LETTERS = 3, 5


@dataclass(frozen=True, slots=True)
class Named:
    """A company that is named.

    Attributes:
        ticker: of the bundled list where it is there; "" where only the words are known.
        said: the words.
        asset_type: what it is taken for.
        first, last: its words' places in ``Speech.words``; ``last`` is the first behind it.
        confidence: that this company is meant.
    """

    ticker: str
    said: str
    asset_type: AssetType
    first: int
    last: int
    confidence: float


class CompanyFinder:
    """Finds companies in speech; immutable."""

    def __init__(self, stocks: Stocks) -> None:
        self._stocks = stocks

    def find(self, speech: Speech) -> list[Named]:
        """Return all companies, coins and funds that are named, in order."""
        reader = _Reading(speech, self._stocks)
        found, doubtful = reader.look()
        # A company that was meant once is meant again: one "Target stock" settles the other "Target".
        meant = {named.ticker for named in found}
        found += [
            named for named, alias in doubtful if named.ticker in meant and not reader.is_other(named, alias)
        ]
        return sorted(found, key=lambda named: named.first)


class _Reading:
    """One transcript while it is read."""

    def __init__(self, speech: Speech, stocks: Stocks) -> None:
        self._speech = speech
        self._names = stocks.names
        self._listing = stocks.listing
        self._known = vocabulary()
        self._words: Sequence[Word] = speech.words
        self._forms, self._origin = _parts(self._words)

    def look(self) -> tuple[list[Named], list[tuple[Named, Alias]]]:
        """Return what is certainly named, and what is if something else says so."""
        found: list[Named] = []
        doubtful: list[tuple[Named, Alias]] = []
        at = 0
        while at < len(self._forms):
            number = self._origin[at]
            named = self._spelt_out(at) or self._symbol(number)
            taken = 1
            if named is None and (hit := self._names.longest_at(self._forms, at)):
                alias, taken = hit
                named = self._name(alias, number, self._origin[at + taken - 1] + 1)
                if named and alias.doubtful and not self._is_meant(named, alias):
                    doubtful.append((named, alias))
                    named = None
                elif named and not alias.doubtful and self.is_other(named, alias):
                    named = None
            if named:
                found.append(named)
                while at < len(self._forms) and self._origin[at] < named.last:
                    at += 1
            else:
                at += taken
        return found, doubtful

    def is_other(self, named: Named, alias: Alias) -> bool:
        """Tell whether the words around make it another thing: "price target", "apple pie"."""
        around = self._text(named.first - 3, named.last + 3)
        return any(
            f" {phrase}" in around for phrase in self._known.other_senses.get(" ".join(alias.words), ())
        )

    def _symbol(self, number: int) -> Named | None:
        """Return what a single word names by its spelling: a cashtag, a coin, a fund, a ticker."""
        word = self._words[number]
        if word.text.startswith("$"):
            ticker = word.text[1:].upper()
            return self._named(ticker, number, SURE) if ticker[0].isalpha() else None
        other = self._no_stock(word)
        if other:
            return Named(other[0], word.text, other[1], number, number + 1, SURE)
        if not self._speech.is_cased:
            return self._small_ticker(word, number)
        return self._ticker(word, number) if _TICKER.match(word.text) else None

    def _no_stock(self, word: Word) -> tuple[str, AssetType] | None:
        """Return the ticker of a coin, a fund or a foreign listing."""
        if word.low in self._known.coins:
            return self._known.coins[word.low], "crypto"
        if self._is_fund(word):
            return word.text.upper(), "etf"
        if _FOREIGN.match(word.text) and not self._is_stock(word.text):
            return word.text, "foreign"
        return None

    def _small_ticker(self, word: Word, number: int) -> Named | None:
        """Return a ticker in small letters: captions have no others, and stock words must follow it."""
        if len(word.low) < _FEWEST_LETTERS or self._names.is_common(word.low):
            return None
        return (
            self._listed(word.text.upper(), number, POSSIBLE)
            if self._next_is_stock_word(number + 1)
            else None
        )

    def _ticker(self, word: Word, number: int) -> Named | None:
        sign = self._next_is_stock_word(number + 1) or self._after_of(number)
        if word.text in self._known.abbreviations or self._names.is_common(word.low):
            return self._listed(word.text, number, PROBABLE) if sign else None
        return None if self._shouts(number) and not sign else self._listed(word.text, number, SURE)

    def _is_fund(self, word: Word) -> bool:
        known = self._known
        if self._speech.is_cased:
            return word.text in known.funds
        return word.text.upper() in known.funds and word.low not in known.funds_that_are_words

    def _spelt_out(self, at: int) -> Named | None:
        """Return a ticker that captions spell: "u p s", "i b m"."""
        end = at
        while end < min(len(self._forms), at + _MOST_LETTERS + 1) and _SPELT.match(self._forms[end][0]):
            end += 1
        if not _FEWEST_LETTERS <= end - at <= _MOST_LETTERS or self._names.longest_at(self._forms, at):
            return None
        letters = "".join(form[0] for form in self._forms[at:end]).upper()
        named = self._listed(letters, self._origin[at], PROBABLE)
        return named and Named(
            named.ticker, letters, "stock", named.first, self._origin[end - 1] + 1, PROBABLE
        )

    def _name(self, alias: Alias, first: int, last: int) -> Named | None:
        said = " ".join(word.text for word in self._words[first:last])
        if _ELSEWHERE.match(self._text(last, last + 5).strip()):
            return Named(alias.ticker, said, "foreign", first, last, PROBABLE)
        if not alias.doubtful and self._speech.is_cased and said.islower() and len(alias.words) == 1:
            return (
                None
                if self._names.is_common(alias.words[0])
                else Named(alias.ticker, said, "stock", first, last, POSSIBLE)
            )
        return Named(alias.ticker, said, "stock", first, last, PROBABLE if alias.doubtful else SURE)

    def _is_meant(self, named: Named, alias: Alias) -> bool:
        """Tell whether an ordinary word is said as a company's name."""
        if self._next_is_stock_word(named.last) or self._after_of(named.first):
            return named.said[0].isupper() if self._speech.is_cased else alias.well_known
        if self._speech.is_cased:
            return self._is_meant_by_its_capital(named, alias)
        before = self._text(named.first - 4, named.first).strip()
        traded = bool(_TRADE.search(before)) and alias.ticker in self._known.traded_words
        return not self.is_other(named, alias) and (traded or (len(alias.words) > 1 and alias.well_known))

    def _is_meant_by_its_capital(self, named: Named, alias: Alias) -> bool:
        if not named.said[0].isupper() or named.said.isupper() or self._shouts(named.first):
            return False
        before = self._words[named.first - 1] if named.first else None
        if before and before.low in _ARTICLES:  # "the Nasdaq", "a Ford": a thing, not the shares
            return False
        if before and not _ends_sentence(before):
            # A capital next to another one is part of some other name ("Gap Year Program").
            return not any(self._is_capital(near) for near in (named.first - 1, named.last))
        behind = self._words[named.last].low if named.last < len(self._words) else ""
        return alias.well_known and bool(_SUBJECT_OF.match(behind))

    def _is_capital(self, number: int) -> bool:
        if not 0 <= number < len(self._words):
            return False
        text = self._words[number].text
        return (
            text[0].isupper()
            and text not in {"I", "I'm", "I've", "I’m"}
            and not text.isupper()
            and (number == 0 or not _ends_sentence(self._words[number - 1]))
        )

    def _named(self, ticker: str, number: int, confidence: float) -> Named:
        return Named(ticker, self._words[number].text, "stock", number, number + 1, confidence)

    def _listed(self, ticker: str, number: int, confidence: float) -> Named | None:
        return self._named(ticker, number, confidence) if self._is_stock(ticker) else None

    def _is_stock(self, ticker: str) -> bool:
        return isinstance(self._listing.judge(ticker), Symbol)

    def _next_is_stock_word(self, number: int) -> bool:
        return number < len(self._words) and self._words[number].low in self._known.stock_words

    def _after_of(self, number: int) -> bool:
        return self._text(number - 3, number).rstrip().endswith(tuple(f" {phrase}" for phrase in _OF))

    def _shouts(self, number: int) -> bool:
        near = [word for word in self._words[max(0, number - 4) : number + 5] if len(word.text) > 1]
        return sum(word.text.isupper() for word in near) > len(near) / 2

    def _text(self, first: int, last: int) -> str:
        return f" {' '.join(word.low for word in self._words[max(0, first) : max(0, last)])} "


def _ends_sentence(word: Word) -> bool:
    return word.text in {".", "?", "!", ":", ";"}


def _parts(words: Sequence[Word]) -> tuple[list[tuple[str, ...]], list[int]]:
    """Return all parts of words as names write them, and the word that each belongs to."""
    forms: list[tuple[str, ...]] = []
    origin: list[int] = []
    for number, word in enumerate(words):
        if is_abbreviation(words, number):
            continue
        for part in split_words(word.low) or [word.low]:
            forms.append(forms_of(part))
            origin.append(number)
    return forms, origin
