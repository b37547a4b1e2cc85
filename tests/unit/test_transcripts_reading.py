"""record-4: transcripts that people have are read whatever form they are in, or refused with a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.transcripts import BadTranscriptError, Snippet, Transcript, read_transcript

PAYLOADS = Path(__file__).resolve().parents[3] / "shared" / "payloads"

SRT = """1
00:00:01,500 --> 00:00:04,000
I bought <i>Apple</i>
this morning.

2
00:00:03,900 --> 00:00:06,000
AT&amp;T I sold.
"""
VTT = """WEBVTT
Kind: captions
Language: en

STYLE
::cue { color: red }

NOTE made by hand

intro
00:01.500 --> 00:04.000 align:start position:0%
<v Ann>I bought <c.yellow>Apple</c>

01:00:03.900 --> 01:00:06.000
this morning
"""
ROLLING = """WEBVTT

00:00:00.000 --> 00:00:02.000 align:start position:0%
\x20
so<00:00:00.500><c> i</c><00:00:00.900><c> bought</c>

00:00:02.000 --> 00:00:02.010 align:start position:0%
so i bought
\x20

00:00:02.010 --> 00:00:04.000 align:start position:0%
so i bought
apple<00:00:02.500><c> and</c>

00:00:04.000 --> 00:00:04.010 align:start position:0%
apple and
\x20

00:00:04.010 --> 00:00:06.000 align:start position:0%
apple and
apple<00:00:05.000><c> and</c>
"""


def texts(transcript: Transcript) -> list[str]:
    return [snippet.text for snippet in transcript.snippets]


def test_srt_with_commas_markup_entities_and_overlap() -> None:
    found = read_transcript(SRT)
    assert found.snippets == (
        Snippet("I bought Apple this morning.", 1.5, 2.5),
        Snippet("AT&T I sold.", 3.9, pytest.approx(2.1)),  # type: ignore[arg-type]
    )
    assert (found.origin, found.timed, found.end_s) == ("given", True, 6.0)


def test_vtt_with_notes_styles_settings_voices_and_times_without_hours() -> None:
    found = read_transcript(VTT, language="en")
    assert [(s.text, s.start_s) for s in found.snippets] == [
        ("I bought Apple", 1.5),
        ("this morning", 3_603.9),
    ]
    assert found.language == "en"


def test_automatic_captions_say_every_line_once_even_when_it_is_said_twice() -> None:
    found = read_transcript(ROLLING)
    assert texts(found) == ["so i bought", "apple and", "apple and"]
    assert [s.start_s for s in found.snippets] == [0.0, 2.01, 4.01]


def test_lines_that_repeat_in_a_file_without_word_times_stay() -> None:
    twice = "WEBVTT\n\n00:01.000 --> 00:02.000\nno\n\n00:02.000 --> 00:03.000\nno\n"
    assert texts(read_transcript(twice)) == ["no", "no"]


def test_youtubes_recorded_xml() -> None:
    found = read_transcript((PAYLOADS / "youtube-transcript-timedtext.xml").read_bytes())
    assert found.snippets == (
        Snippet("Hey, this is just a test", 0.0, 1.54),
        Snippet("this is not the original transcript", 1.54, 4.16),
        Snippet("just something shorter, I made up for testing", 5.7, 3.239),
    )


def test_youtubes_newer_xml_counts_milliseconds_and_words() -> None:
    body = '<p t="1500" d="2000"><s>buy</s><s t="9"> apple</s></p>'
    newer = f'<timedtext format="3"><body>{body}</body></timedtext>'
    assert read_transcript(newer).snippets == (Snippet("buy apple", 1.5, 2.0),)


@pytest.mark.parametrize(
    "content",
    [
        [{"text": "buy apple", "start": 1.5, "duration": 2}],
        {"snippets": [{"text": "buy apple", "start": 1.5, "duration": 2}], "language_code": "en"},
        {
            "events": [
                {"tStartMs": 0},
                {"tStartMs": 1500, "dDurationMs": 2000, "segs": [{"utf8": "buy apple"}]},
            ]
        },
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_json_in_its_three_forms(content: object, indent: int | None) -> None:
    assert read_transcript(json.dumps(content, indent=indent)).snippets == (Snippet("buy apple", 1.5, 2.0),)


def test_what_youtubes_own_panel_gives_when_it_is_copied() -> None:
    found = read_transcript("0:00\nwelcome back\n0:04\ni bought apple\nat 9:30 sharp\n1:02:03\nbye\n")
    assert found.snippets == (
        Snippet("welcome back", 0.0, 4.0),
        Snippet("i bought apple at 9:30 sharp", 4.0, 3_719.0),
        Snippet("bye", 3_723.0, 0.0),
    )
    assert texts(read_transcript("[00:00] welcome\n(00:04) - apple")) == ["welcome", "apple"]


def test_plain_text_has_no_times_and_its_clock_times_are_words() -> None:
    found = read_transcript("The bell rings at\n9:30 every day.\n\n10:15 is later.\n")
    assert texts(found) == ["The bell rings at", "9:30 every day.", "10:15 is later."]
    assert (found.timed, found.end_s) == (False, 0.0)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_encodings_marks_and_line_ends_make_no_difference(encoding: str, ends: str) -> None:
    text = "1\n00:00:01,000 --> 00:00:02,000\nEstée Lauder – buy\n".replace("\n", ends)
    assert read_transcript(text.encode(encoding)).snippets == (Snippet("Estée Lauder – buy", 1.0, 1.0),)


def test_hostile_text_stays_text() -> None:
    hostile = "<script>alert(1)</script> <img src=x onerror=alert(1)> \u202eelppA \x1b[31m"
    assert texts(read_transcript(f"1\n00:00:01,000 --> 00:00:02,000\nbuy {hostile}\n")) == [
        "buy <script>alert(1)</script> <img src=x onerror=alert(1)> \u202eelppA [31m"
    ]


def test_out_of_order_is_put_in_order_and_a_caption_that_ends_too_soon_keeps_its_words() -> None:
    found = read_transcript(
        "1\n00:00:09,000 --> 00:00:08,000\nlate\n2\n00:00:01,000 --> 00:00:02,000\nearly\n"
    )
    assert found.snippets == (Snippet("early", 1.0, 1.0), Snippet("late", 9.0, 0.0))


def test_twelve_hours_are_read() -> None:
    """14,400 captions of three seconds."""
    cues = (
        f"{n}\n{n // 1200:02}:{n // 20 % 60:02}:{n * 3 % 60:02},000 --> {n // 1200:02}:{n // 20 % 60:02}:"
        f"{n * 3 % 60 + 2:02},900\nand then i bought caption number {n}\n\n"
        for n in range(14_400)
    )
    found = read_transcript("".join(cues))
    assert (len(found.snippets), found.end_s) == (14_400, 43_199.9)


REFUSED = {
    "empty": (b"", "no words"),
    "blank": (" \n\t\n", "no words"),
    "only times": ("1\n00:00:01,000 --> 00:00:02,000\n\n", "no words"),
    "negative": ("1\n-00:00:01,000 --> 00:00:02,000\nx\n", "Line 2: the time"),
    "beyond a day": ("1\n25:00:01,000 --> 25:00:02,000\nx\n", "Line 2: the time"),
    "times that are none": (
        "1\n00:00:01,000 --> 00:00:02,000\nx\n\n2\n00:00:0x --> 00:00:09\ny\n",
        "Line 6: times",
    ),
    "a Word file": (b"PK\x03\x04\x14\x00word/document.xml", "This is no transcript"),
    "a video": (b"\x00\x00\x00 ftypisom", "This is no transcript"),
    "a page": ("<!DOCTYPE html><html>Sign in</html>", "This is no transcript"),
    "half a JSON": ('[{"text": "x", "sta', "cut off"),
    "other JSON": ('{"error": {"code": 403}}', "The JSON is no transcript"),
    "JSON without text": ('[{"start": 1}]', "Entry 1 has no text"),
    "JSON without start": ('[{"text": "x"}]', "Entry 1 has no start"),
    "JSON with words for numbers": ('[{"text": "x", "start": "soon"}]', "Entry 1 has a time"),
    "JSON before the start": ('[{"text": "x", "start": -1}]', "Entry 1: the time"),
    "half an XML": ("<transcript><text start='1'>x", "cut off"),
    "XML with a time that is none": ("<transcript><text start='x'>x</text></transcript>", "Text 1"),
    "XML not a number": ("<transcript><text start='nan'>x</text></transcript>", "Text 1"),
    "damaged UTF-16": (b"\xff\xfeA\x00\x00\xd8A\x00", "damaged"),
    "too large": (b"a" * (16 * 1024 * 1024 + 1), "larger than 16 MB"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_read_is_refused_with_a_sentence(what: str) -> None:
    content, sentence = REFUSED[what]
    with pytest.raises(BadTranscriptError, match=sentence) as refused:
        read_transcript(content)
    assert str(refused.value).endswith(".")
    assert refused.value.status == "unreadable"


def test_xml_that_would_expand_to_gigabytes_is_refused_at_its_declaration() -> None:
    laughs = (
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><transcript>&b;</transcript>'
    )
    with pytest.raises(BadTranscriptError, match="declares"):
        read_transcript(laughs)
