"""Cues with a line of times above their words: SubRip (.srt) and WebVTT (.vtt), which differ in little.

Both write ``start --> end``, SubRip with a comma before the milliseconds and WebVTT with a dot; both are
taken with either, as players do. A WebVTT file of YouTube's automatic captions shows every line twice, first
as the new lower line and then as the old upper one; those repetitions are dropped.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from adapters.transcripts.errors import BadTranscriptError
from adapters.transcripts.transcript import plain, snippet, transcript

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from adapters.transcripts.transcript import Snippet, Transcript

_ARROW = "-->"
_TIME = r"(-?)(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?"
_TIMES = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?\Z")
_WORD_TIME = re.compile(r"<\d+:\d\d(?::\d\d)?\.\d{3}>")
_PREVIEW = 4_000


class _Cue(NamedTuple):
    line: int
    start_s: float
    end_s: float
    lines: list[str]


def is_cues(text: str) -> bool:
    """Tell whether a text is a file of cues by its beginning."""
    return text.startswith("WEBVTT") or any(_TIMES.match(line) for line in text[:_PREVIEW].split("\n"))


def read_cues(text: str, language: str) -> Transcript:
    """Return the transcript of a .srt or .vtt file.

    Raises:
        BadTranscriptError: a line of times that cannot be read, or no words.
    """
    cues = list(_cues(text.split("\n")))
    snippets = _rolled_up(cues) if _WORD_TIME.search(text) else (_snippet(cue, cue.lines) for cue in cues)
    return transcript(snippets, language=language)


def _cues(lines: Sequence[str]) -> Iterator[_Cue]:
    """Yield cues; a cue ends at an empty line, and at the next line of times where that is missing."""
    cue: _Cue | None = None
    for number, line in enumerate(lines, start=1):
        if _ARROW in line and _looks_like_times(line):
            if cue:
                # Without an empty line between them, the next cue's number stands under this one's words.
                if cue.lines and cue.lines[-1].strip().isdecimal():
                    cue.lines.pop()
                yield cue
            cue = _Cue(number, *_times(line, number), [])
        elif cue and line:  # one blank is words of YouTube's; only an empty line ends a cue
            cue.lines.append(line)
        elif cue:
            yield cue
            cue = None
    if cue:
        yield cue


def _looks_like_times(line: str) -> bool:
    """Tell a line of times from words that have an arrow in them ("AAPL --> 200")."""
    before = line.split(_ARROW, maxsplit=1)[0]
    return bool(re.match(r"\s*-?\d+:\d", before))


def _times(line: str, number: int) -> tuple[float, float]:
    found = _TIMES.match(line)
    if found is None:
        raise BadTranscriptError(
            f"Line {number}: times look like 00:01:02,500 --> 00:01:04,000. Correct the line and try again."
        )
    parts = found.groups()
    return _seconds(parts[:5]), _seconds(parts[5:])


def _seconds(parts: Sequence[str | None]) -> float:
    sign, hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3_600 + int(minutes or 0) * 60 + int(seconds or 0)
    value = whole + float(f"0.{fraction or 0}")
    return -value if sign else value


def _snippet(cue: _Cue, lines: Sequence[str]) -> Snippet:
    words = plain(" ".join(lines))
    return snippet(words, cue.start_s, cue.end_s - cue.start_s, f"Line {cue.line}")


def _rolled_up(cues: Sequence[_Cue]) -> Iterator[Snippet]:
    """Yield each line once, in the cue that shows it first."""
    shown: list[str] = []
    for cue in cues:
        lines = [line for line in map(plain, cue.lines) if line]
        fresh = lines[1:] if lines and shown and lines[0] == shown[-1] else lines
        yield _snippet(cue, fresh)
        shown = lines or shown
