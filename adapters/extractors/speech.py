"""A transcript as one text: its words with their places, and the time of every place."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.transcripts.transcript import Transcript

_WORD = re.compile(r"\$?\d{1,3}(?:,\d{3})+(?:\.\d+)?|\$?[^\W_]+(?:[.&'’\-][^\W_]+)*|[.?!;:,&]")
_FEWEST_CAPITALS = 0.012
"""Share of the letters: edited English has about 3 % capitals, automatic captions have none or few names."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word or a sign of punctuation.

    Attributes:
        text: as it stands there.
        low: in small letters, with a straight apostrophe.
        start, end: its place in the text.
    """

    text: str
    low: str
    start: int
    end: int

    @property
    def is_sign(self) -> bool:
        """Whether it is punctuation."""
        return not self.text[0].isalnum() and self.text[0] not in "$&"


class Speech:
    """What is said, as text; immutable."""

    def __init__(self, transcript: Transcript) -> None:
        self._snippets = transcript.snippets
        self.text = " ".join(snippet.text for snippet in self._snippets)
        self._starts = list(accumulate((len(snippet.text) + 1 for snippet in self._snippets), initial=0))

    @cached_property
    def words(self) -> tuple[Word, ...]:
        """All words and signs, in order."""
        return tuple(words_of(self.text))

    @cached_property
    def is_cased(self) -> bool:
        """Whether capitals mean something, as in edited text; automatic captions are in small letters."""
        letters = sum(sign.isalpha() for sign in self.text)
        capitals = sum(sign.isupper() for sign in self.text)
        return _FEWEST_CAPITALS * letters < capitals < letters / 2

    def times_of(self, start: int, end: int) -> tuple[float, float]:
        """Return when the captions that hold ``text[start:end]`` begin and end, seconds."""
        first, last = (
            self._snippets[bisect_right(self._starts, at) - 1] for at in (start, max(start, end - 1))
        )
        return first.start_s, max(first.end_s, last.end_s)

    def find(self, quote: str, about_s: float | None = None) -> tuple[int, int] | None:
        """Return where words are said, capitals and punctuation aside; the place nearest to ``about_s``.

        None where they are not said in this order without a gap.
        """
        sought = [word.low for word in words_of(quote) if not word.is_sign]
        if not sought:
            return None
        needle, spoken = f" {' '.join(sought)} ", self._spoken
        at = spoken.place_of(self._text_at(about_s or 0.0))
        places = (spoken.text.find(needle, at), spoken.text.rfind(needle, 0, at + len(needle)))
        spans = [spoken.span(place, len(sought)) for place in places if place >= 0]
        if not spans:
            return None
        return min(spans, key=lambda span: abs(self.times_of(*span)[0] - (about_s or 0.0)))

    def _text_at(self, seconds: float) -> int:
        """Return where in the text the caption begins that is shown at a time."""
        number = bisect_right(self._snippets, seconds, key=lambda snippet: snippet.start_s) - 1
        return self._starts[max(0, number)]

    @cached_property
    def _spoken(self) -> _Spoken:
        return _Spoken([word for word in self.words if not word.is_sign])


class _Spoken:
    """The words alone, in small letters with one blank around each, so that they can be searched in C."""

    def __init__(self, words: Sequence[Word]) -> None:
        self._words = words
        self.text = f" {' '.join(word.low for word in words)} "
        self._places = list(accumulate((len(word.low) + 1 for word in words), initial=0))

    def place_of(self, start: int) -> int:
        """Return the place of the first word at or behind a place of the whole text."""
        return self._places[bisect_left(self._words, start, key=lambda word: word.start)]

    def span(self, place: int, count: int) -> tuple[int, int]:
        """Return where in the whole text so many words from a place on begin and end."""
        first = bisect_left(self._places, place)
        return self._words[first].start, self._words[first + count - 1].end


def words_of(text: str) -> list[Word]:
    """Return the words and signs of a text."""
    return [
        Word(found.group(), found.group().casefold().replace("’", "'"), found.start(), found.end())
        for found in _WORD.finditer(text)
    ]
