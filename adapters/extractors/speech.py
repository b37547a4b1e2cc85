"""A transcript as one text: its words with their places, and the time of every place."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from adapters.transcripts.transcript import Transcript

_WORD = re.compile(r"\$?[^\W_]+(?:[.&'’\-][^\W_]+)*|[.?!;:,&]")
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
        spoken, lows = self._spoken
        places = [at for at in self._places.get(sought[0], ()) if lows[at : at + len(sought)] == sought]
        if not places:
            return None
        spans = [(spoken[at].start, spoken[at + len(sought) - 1].end) for at in places]
        if about_s is None:
            return spans[0]
        return min(spans, key=lambda span: abs(self.times_of(*span)[0] - about_s))

    @cached_property
    def _spoken(self) -> tuple[list[Word], list[str]]:
        spoken = [word for word in self.words if not word.is_sign]
        return spoken, [word.low for word in spoken]

    @cached_property
    def _places(self) -> dict[str, list[int]]:
        places: dict[str, list[int]] = {}
        for at, low in enumerate(self._spoken[1]):
            places.setdefault(low, []).append(at)
        return places


def words_of(text: str) -> list[Word]:
    """Return the words and signs of a text."""
    return [
        Word(found.group(), found.group().casefold().replace("’", "'"), found.start(), found.end())
        for found in _WORD.finditer(text)
    ]
