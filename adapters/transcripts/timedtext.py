"""YouTube's own XML: ``<transcript><text start dur>`` and the newer ``<timedtext><body><p t d>``.

The older form holds text that is escaped twice, with a little HTML in it. A document that declares a type or
entities is refused before any of it is expanded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.parsers import expat

from adapters.transcripts.errors import BadTranscriptError
from adapters.transcripts.transcript import plain, snippet, transcript

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import NoReturn

    from adapters.transcripts.transcript import Snippet, Transcript

_DAMAGED = "The XML is cut off or damaged. Save the transcript again, or paste its text."


def read_timedtext(text: str, language: str) -> Transcript:
    """Return the transcript of YouTube's XML.

    Raises:
        BadTranscriptError: no XML, other XML, or one with declarations.
    """
    reader = _Reader()
    # A declared encoding was true of the bytes; of this text it no longer is.
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_declarations
    parser.StartElementHandler = reader.start
    parser.CharacterDataHandler = reader.words
    parser.EndElementHandler = reader.end
    try:
        parser.Parse(text.encode("utf-8", errors="replace"), True)  # noqa: FBT003 - its only form
    except expat.ExpatError:
        raise BadTranscriptError(_DAMAGED) from None
    return transcript(reader.snippets, language=language)


def _refuse_declarations(*_: object) -> NoReturn:
    raise BadTranscriptError("The XML declares things of its own. Paste the transcript's text instead.")


class _Reader:
    """Collects the texts of one document."""

    def __init__(self) -> None:
        self.snippets: list[Snippet] = []
        self._times: tuple[float, float] | None = None
        self._words: list[str] = []

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag in {"text", "p"}:
            names, unit_s = (("start", "dur"), 1.0) if tag == "text" else (("t", "d"), 0.001)
            try:
                start_s, duration_s = (float(attributes.get(name, "0")) * unit_s for name in names)
            except ValueError:
                raise BadTranscriptError(
                    f"Text {len(self.snippets) + 1} has a time that is no number. {_DAMAGED}"
                ) from None
            self._times, self._words = (start_s, duration_s), []

    def words(self, text: str) -> None:
        if self._times is not None:
            self._words.append(text)

    def end(self, tag: str) -> None:
        if tag in {"text", "p"} and self._times is not None:
            where = f"Text {len(self.snippets) + 1}"
            self.snippets.append(snippet(plain("".join(self._words)), *self._times, where))
            self._times = None
