"""JSON transcripts: youtube-transcript-api's raw data, and the "json3" that download tools keep.

::

    [{"text": "…", "start": 1.54, "duration": 4.16}, …]                     also under "snippets"
    {"events": [{"tStartMs": 1540, "dDurationMs": 4160, "segs": [{"utf8": "…"}]}, …]}
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from adapters.transcripts.errors import BadTranscriptError
from adapters.transcripts.transcript import plain, snippet, transcript

if TYPE_CHECKING:
    from adapters.transcripts.transcript import Snippet, Transcript

_FORM = 'a list of {"text": "…", "start": 1.5, "duration": 4.2}'


def read_json(text: str, language: str) -> Transcript:
    """Return the transcript of a JSON text.

    Raises:
        BadTranscriptError: no JSON, or none of the forms above; names the entry that is wrong.
    """
    try:
        value = orjson.loads(text.encode("utf-8", errors="replace"))
    except orjson.JSONDecodeError:
        raise BadTranscriptError(
            "The JSON is cut off or damaged. Save the transcript again, or paste its text."
        ) from None
    spoken, entry = language, _raw
    if isinstance(value, dict):
        code = value.get("language_code")
        spoken = language or (code if isinstance(code, str) else "")
        entry = _json3 if "events" in value else _raw
        value = value.get("events", value.get("snippets"))
    if not isinstance(value, list):
        raise BadTranscriptError(f"The JSON is no transcript. It must be {_FORM}.")
    return transcript((entry(item, number) for number, item in enumerate(value, start=1)), language=spoken)


def _raw(item: object, number: int) -> Snippet:
    if not isinstance(item, dict) or not isinstance(item.get("text"), str):
        raise BadTranscriptError(f"Entry {number} has no text. The JSON must be {_FORM}.")
    start_s, duration_s = (_number(item.get(name, 0.0), number) for name in ("start", "duration"))
    if "start" not in item:
        raise BadTranscriptError(f"Entry {number} has no start. The JSON must be {_FORM}.")
    return snippet(plain(item["text"]), start_s, duration_s, f"Entry {number}")


def _json3(item: object, number: int) -> Snippet:
    if not isinstance(item, dict):
        raise BadTranscriptError(f"Entry {number} of the events is no object. Save the transcript again.")
    segments = item.get("segs", [])
    texts = (
        [part.get("utf8") for part in segments if isinstance(part, dict)]
        if isinstance(segments, list)
        else []
    )
    words = "".join(text for text in texts if isinstance(text, str))
    start_ms, duration_ms = (_number(item.get(name, 0), number) for name in ("tStartMs", "dDurationMs"))
    return snippet(plain(words), start_ms / 1_000, duration_ms / 1_000, f"Entry {number}")


def _number(value: object, number: int) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadTranscriptError(f"Entry {number} has a time that is no number. The JSON must be {_FORM}.")
    return float(value)
