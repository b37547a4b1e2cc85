"""Plain text, with or without times: also what YouTube's own "Show transcript" panel gives when it is copied.

That panel gives a time on a line ("12:04"), then the words on the next ones, or both on one line. Times count
only where the text has them regularly and never going back, so that "9:30" in a sentence is a word.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from adapters.transcripts.transcript import plain, snippet, transcript

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.transcripts.transcript import Snippet, Transcript

_STAMP = re.compile(r"\s*[\[(]?(?:(\d{1,2}):)?(\d{1,2}):(\d{2})[\])]?(?:\s+(?:-\s+)?|\Z)(.*)\Z")
_FEWEST_STAMPS = 2


class _Part(NamedTuple):
    line: int
    start_s: float
    words: list[str]


def read_plain_text(text: str, language: str) -> Transcript:
    """Return the transcript of a text; ``timed`` tells whether it has times.

    Raises:
        BadTranscriptError: no words, or a time beyond 24 hours.
    """
    lines = text.split("\n")
    parts = _parts(lines)
    if parts:
        return transcript(_timed(parts), language=language)
    untimed = (snippet(plain(line), 0.0, 0.0, f"Line {number}") for number, line in enumerate(lines, start=1))
    return transcript(untimed, language=language, timed=False)


def _parts(lines: Sequence[str]) -> list[_Part]:
    """Return the text cut at its times; nothing where it has none, or none that go forward from the start."""
    parts: list[_Part] = []
    for number, line in enumerate(lines, start=1):
        found = _STAMP.match(line)
        if found:
            hours, minutes, seconds, words = found.groups()
            start_s = float(int(hours or 0) * 3_600 + int(minutes) * 60 + int(seconds))
            parts.append(_Part(number, start_s, [words]))
        elif parts:
            parts[-1].words.append(line)
        elif line.strip():
            return []
    forward = all(before.start_s <= after.start_s for before, after in pairwise(parts))
    return parts if forward and len(parts) >= _FEWEST_STAMPS else []


def _timed(parts: Sequence[_Part]) -> list[Snippet]:
    ends = [part.start_s for part in parts[1:]] + [parts[-1].start_s]
    return [
        snippet(plain(" ".join(part.words)), part.start_s, end_s - part.start_s, f"Line {part.line}")
        for part, end_s in zip(parts, ends, strict=True)
    ]
