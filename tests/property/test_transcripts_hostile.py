"""Any bytes and any text are a transcript that keeps its promise, or a refusal with a sentence."""

from __future__ import annotations

import json
import math
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from adapters.transcripts import BadTranscriptError, Transcript, read_transcript

PIECES = st.sampled_from([
    "WEBVTT\n", "1\n", "\n", "\n\n", "00:00:01,000 --> 00:00:02,500\n", "-1:00 --> 2:00\n", "-->", "<c>",
    "0:01\n", "1:02 words\n", "<00:00:01.000>", "i bought apple ", '{"events": [', "<?xml", "<transcript>",
    '[{"text": "x", "start": 1}]', "<text start='1'>", "</text>", "&amp;#39;", "\ufeff", "\r", "\0", "&lt;b>",
    "99:99:99.999",
])  # fmt: skip


def check(content: bytes | str) -> Transcript | None:
    try:
        found = read_transcript(content)
    except BadTranscriptError as error:
        refused = str(error)
    else:
        refused = ""
    if refused:
        assert refused.endswith(".")
        return None
    assert found.snippets
    for snippet in found.snippets:
        assert snippet.text == snippet.text.strip() != ""
        assert "\n" not in snippet.text
        assert math.isfinite(snippet.end_s)
        assert 0 <= snippet.start_s <= snippet.end_s <= 24 * 3_600
    assert all(a.start_s <= b.start_s for a, b in pairwise(found.snippets))
    return found


@given(st.binary(max_size=300))
def test_any_bytes(content: bytes) -> None:
    check(content)


@given(st.lists(PIECES | st.text(max_size=8), max_size=14).map("".join))
def test_any_pieces_of_the_forms(content: str) -> None:
    check(content)


NAMES = st.sampled_from(["text", "start", "duration", "events", "segs", "utf8", "tStartMs", "snippets"])
VALUES = st.none() | st.booleans() | st.floats() | st.text(max_size=5)


@given(
    st.recursive(
        VALUES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
        max_leaves=12,
    )
)
def test_any_json(value: object) -> None:
    check(json.dumps([value]))
    check(json.dumps({"events": value}))


WORDS = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=9)


@given(
    st.lists(
        st.tuples(st.integers(0, 80_000), st.lists(WORDS, min_size=1, max_size=4)), min_size=1, max_size=8
    )
)
def test_what_is_written_as_srt_and_as_json_is_read_alike(said: list[tuple[int, list[str]]]) -> None:
    said.sort(key=lambda each: each[0])
    raw = [{"text": " ".join(words), "start": float(at), "duration": 2.0} for at, words in said]
    srt = "".join(
        f"{n}\n{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02},000 --> "
        f"{(at + 2) // 3600:02}:{(at + 2) // 60 % 60:02}:{(at + 2) % 60:02},000\n{' '.join(words)}\n\n"
        for n, (at, words) in enumerate(said, start=1)
    )
    as_srt, as_json = check(srt), check(json.dumps(raw))
    assert as_srt is not None
    assert as_json is not None
    assert as_srt.snippets == as_json.snippets
