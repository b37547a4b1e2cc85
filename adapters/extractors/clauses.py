"""Speech cut into clauses, each a text in small letters with its companies as ``@0``, ``@1`` ….

Edited text is cut at its punctuation. Automatic captions have none, so they are cut where people begin to say
the next thing: at "but", "so", "then", and where somebody speaks of themselves again ("… i sold …").
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from adapters.extractors.companies import Named
    from adapters.extractors.speech import Speech, Word

PLACE = re.compile(r"@(\d+)")
_LONGEST = 150
"""Words without a full stop after which a new sentence is taken to begin; captions have none at all."""
_ENDS = frozenset(".?!")
_TITLES = frozenset({"mr", "mrs", "dr", "st", "bros", "vs"})
_NO_ENDS = frozenset({"inc", "corp", "co", "ltd", "jr", "no"})
_TURNS = frozenset({
    "but", "however", "although", "though", "whereas", "while", "because", "instead", "anyway",
    "meanwhile", "otherwise",
})  # fmt: skip
_SPOKEN_TURNS = _TURNS | frozenset({
    "so", "then", "now", "okay", "ok", "next", "also", "honestly",
})  # fmt: skip
_I = frozenset({
    "i", "i'm", "i've", "i'd", "i'll", "we", "we're", "we've",
})  # fmt: skip
_CARRIES_ON = frozenset({
    "if", "when", "what", "that", "which", "as", "than", "thing", "how", "where", "who", "why", "like",
    "unless", "until", "and", "think", "or", "before", "after", "since", "did", "do", "would", "should",
    "because", "everything", "something",
})  # fmt: skip


_DOES = frozenset({
    "is", "was", "has", "had", "are", "reported", "reports", "cut", "raised", "announced", "beat",
    "missed", "keeps", "looks", "trades", "fell", "dropped", "scares",
})  # fmt: skip
_OBJECTS = frozenset({"it", "that", "this", "them", "those", "here", "there", "today"})
_JOINS = frozenset({
    "and", "or", "of", "the", "a", "my", "our", "in", "to", "on", "says", "said", "thinks", "guys",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clause:
    """A part of what is said.

    Attributes:
        text: in small letters, companies as places, signs set apart by blanks.
        first, last: of its words in ``Speech.words``; ``last`` is the first behind it.
        sentence: the number of the sentence it belongs to.
        is_question: whether its sentence ends with a question mark.
    """

    text: str
    first: int
    last: int
    sentence: int
    is_question: bool


@dataclass(frozen=True, slots=True)
class Cut:
    """A speech as clauses; ``named`` are its companies, by the numbers of their places."""

    clauses: tuple[Clause, ...]
    named: tuple[Named, ...]


def cut(speech: Speech, named: Sequence[Named]) -> Cut:
    """Cut a speech into clauses."""
    words = speech.words
    at = {company.first: number for number, company in enumerate(named)}
    starts = list(at)
    clauses: list[Clause] = []
    for sentence, (first, last) in enumerate(_sentences(words)):
        question = any(word.text == "?" for word in words[max(first, last - 1) : last])
        for start, end in _parts(words, (first, last), named, starts, cased=speech.is_cased):
            clauses.append(Clause(_text(words, start, end, at, named), start, end, sentence, question))
    return Cut(tuple(clauses), tuple(named))


def places(text: str) -> list[tuple[int, int, int]]:
    """Return the companies of a clause's text: number, start, end."""
    return [(int(found[1]), found.start(), found.end()) for found in PLACE.finditer(text)]


def _sentences(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    first = 0
    for number, word in enumerate(words):
        if number - first >= _LONGEST or (word.text in _ENDS and not is_abbreviation(words, number)):
            yield first, number + 1
            first = number + 1
    if first < len(words):
        yield first, len(words)


def is_abbreviation(words: Sequence[Word], number: int) -> bool:
    """Tell whether a full stop belongs to the word before it: "Gap Inc. reported"."""
    if words[number].text != "." or number == 0:
        return False
    before = words[number - 1].low
    return before in _TITLES or (before in _NO_ENDS and _goes_on(words, number))


def _goes_on(words: Sequence[Word], number: int) -> bool:
    return number + 1 < len(words) and not words[number + 1].text[0].isupper()


def _parts(
    words: Sequence[Word],
    sentence: tuple[int, int],
    named: Sequence[Named],
    starts: Sequence[int],
    *,
    cased: bool,
) -> Iterator[tuple[int, int]]:
    """Yield the clauses of a sentence; ``starts`` are the first words of the companies."""
    turns = _TURNS if cased else _SPOKEN_TURNS
    first, last = sentence
    begin = first
    for number in range(first + 1, last):
        company = bisect_right(starts, number) - 1
        inside = company >= 0 and number < named[company].last and number > named[company].first
        subject = (
            not cased and company >= 0 and number == named[company].first and _acts(words, named, company)
        )
        if not inside and (subject or _turns(words, number, turns, cased=cased)):
            yield begin, number
            begin = number
    yield begin, last


def _acts(words: Sequence[Word], named: Sequence[Named], number: int) -> bool:
    """Tell whether a company begins a statement of its own: "… ups cut its guidance", "… ups i sold"."""
    company, earlier = named[number], named[number - 1] if number else None
    behind = words[company.last].low if company.last < len(words) else ""
    before = words[company.first - 1].low
    if behind in _DOES:
        return before not in _CARRIES_ON | _JOINS
    if behind not in _I:
        return False
    gap = company.first - earlier.last if earlier else -1
    return before in _OBJECTS or gap == 0 or (gap == 1 and before == "and")


def _turns(words: Sequence[Word], number: int, turns: frozenset[str], *, cased: bool) -> bool:
    """Tell whether the next thing begins at a word."""
    word, before = words[number], words[number - 1]
    if word.text == ";" or word.low in turns:
        return before.low not in _I | {"if", "and"}
    following = words[number + 1].low if number + 1 < len(words) else ""
    if word.low == "and" and (following in _I or following == "then"):
        return True
    if word.low not in _I:
        return False
    return before.text == "," or (not cased and before.low not in _CARRIES_ON)


def _text(words: Sequence[Word], first: int, last: int, at: dict[int, int], named: Sequence[Named]) -> str:
    parts: list[str] = []
    number = first
    while number < last:
        if number in at:
            parts.append(f"@{at[number]}")
            if words[named[at[number]].last - 1].low.endswith("'s"):
                parts.append("'s")
            number = named[at[number]].last
        else:
            parts.append(words[number].low)
            number += 1
    return " ".join(parts)
