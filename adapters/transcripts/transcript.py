"""One shape for what is said in a video, wherever it came from.

Promise: snippets are in the order of their times, none is empty, and every time is a finite number of seconds
from the video's start, at most 24 hours. Texts are texts: entities are resolved once, the markup of caption
formats is gone, and whatever else looks like markup is left as the characters that it is.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from html import unescape
from typing import TYPE_CHECKING, Literal
from unicodedata import category

from adapters.transcripts.errors import BadTranscriptError

if TYPE_CHECKING:
    from collections.abc import Iterable

Origin = Literal["manual", "automatic", "given"]
"""Written by people, by YouTube's speech recognition, or given here as a file or a text."""

LONGEST_S = 24 * 3_600.0
MOST_SNIPPETS = 200_000
MOST_CHARACTERS = 8_000_000

_CAPTION_MARKUP = re.compile(
    r"</?(?:i|b|u|c|v|em|strong|font|ruby|rt|lang)(?:[.\s][^<>]*)?>|<\d+:\d\d(?::\d\d)?\.\d{3}>|\{\\[^{}]*\}",
    re.IGNORECASE,
)
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A few words of a video.

    Attributes:
        text: on one line, never empty.
        start_s: seconds from the video's start; 0.0 where the transcript has no times.
        duration_s: how long it stays on the screen, which may reach into the next snippets; 0.0 if unknown.
    """

    text: str
    start_s: float
    duration_s: float

    @property
    def end_s(self) -> float:
        """When it leaves the screen."""
        return self.start_s + self.duration_s


@dataclass(frozen=True, slots=True)
class Transcript:
    """What is said in a video.

    Attributes:
        snippets: at least one, in the order of their times.
        language: as YouTube writes it ("en", "en-US"); "" where nobody said.
        origin: who wrote it down.
        timed: whether the times mean something; a plain text has none.
    """

    snippets: tuple[Snippet, ...]
    language: str
    origin: Origin
    timed: bool = True

    @property
    def end_s(self) -> float:
        """When the last words leave the screen."""
        return max(snippet.end_s for snippet in self.snippets)


def snippet(text: str, start_s: float, duration_s: float, where: str) -> Snippet:
    """Return a snippet whose times have been looked at; its text may be empty.

    Raises:
        BadTranscriptError: a time that cannot be; ``where`` begins the message.
    """
    if not (math.isfinite(start_s) and 0 <= start_s <= LONGEST_S):
        raise BadTranscriptError(
            f"{where}: the time is not between 0 and 24 hours. Correct it, or give the text without times."
        )
    # A caption that ends before it begins is a slip of a subtitle editor; its words are still said there.
    lasts_s = min(max(duration_s, 0.0), LONGEST_S - start_s) if math.isfinite(duration_s) else 0.0
    return Snippet(text, start_s, lasts_s)


def plain(text: str) -> str:
    """Return one line without caption markup and control characters, entities resolved."""
    shown = unescape(_CAPTION_MARKUP.sub("", text))
    return _SPACE.sub(" ", "".join(" " if category(sign) in {"Cc", "Cs"} else sign for sign in shown)).strip()


def transcript(
    snippets: Iterable[Snippet], *, language: str = "", origin: Origin = "given", timed: bool = True
) -> Transcript:
    """Put snippets in order and leave out the empty ones.

    Raises:
        BadTranscriptError: nothing is said, or more than any video can hold.
    """
    kept = sorted((each for each in snippets if each.text), key=lambda each: each.start_s)
    if not kept:
        raise BadTranscriptError("There are no words in this transcript. Give the one with the spoken text.")
    if len(kept) > MOST_SNIPPETS or sum(len(each.text) for each in kept) > MOST_CHARACTERS:
        raise BadTranscriptError("This is more text than a day of speech. Give one video at a time.")
    return Transcript(tuple(kept), language, origin, timed)
