"""Transcripts that people have: .srt, .vtt, .json, YouTube's XML, and plain text, uploaded or pasted.

Promise: the content decides what it is, never a file's name, so that a pasted text and a file are one thing;
any bytes give a ``Transcript`` or a ``BadTranscriptError``, in time proportional to their number.
"""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from adapters.transcripts.cues import is_cues, read_cues
from adapters.transcripts.errors import BadTranscriptError
from adapters.transcripts.json_form import read_json
from adapters.transcripts.plain_text import read_plain_text
from adapters.transcripts.timedtext import read_timedtext

if TYPE_CHECKING:
    from adapters.transcripts.transcript import Transcript

MOST_BYTES = 16 * 1024 * 1024
"""Twelve hours of YouTube's automatic captions with a time for every word are half of it."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NO_TEXT = ("PK\x03\x04", "%PDF", "\x7fELF", "\x89PNG")
_PAGES = ("<!doctype html", "<html")


def read_transcript(content: bytes | str, *, language: str = "") -> Transcript:
    """Return the transcript that a file or a pasted text holds.

    Args:
        content: a file's bytes (UTF-8, UTF-16 with its mark, else Windows-1252), or text.
        language: of the words, where the person said it.

    Raises:
        BadTranscriptError: too large, empty, no text, or not what its first lines promise.
    """
    if len(content) > MOST_BYTES:
        raise BadTranscriptError("The transcript is larger than 16 MB. Give one video at a time, as text.")
    text = _decoded(content).replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff \t\n")
    start = text[:64].casefold()
    if text.startswith(_NO_TEXT) or "\0" in text[:1024] or start.startswith(_PAGES):
        raise BadTranscriptError(
            "This is no transcript. Give an .srt, .vtt, .json or .txt file, or paste the text."
        )
    if start.startswith(("<?xml", "<transcript", "<timedtext")):
        return read_timedtext(text, language)
    if text.startswith(("{", "[{", "[ {", "[\n", "[]")):
        return read_json(text, language)
    if is_cues(text):
        return read_cues(text, language)
    return read_plain_text(text, language)


def _decoded(content: bytes | str) -> str:
    if isinstance(content, str):
        return content
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            try:
                return content.decode(encoding)
            except UnicodeDecodeError:
                raise BadTranscriptError(
                    "The file's text is damaged. Save it again as UTF-8, then upload it."
                ) from None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        # Subtitle editors on Windows write this; every byte is some character of it or is replaced.
        return content.decode("cp1252", errors="replace")
