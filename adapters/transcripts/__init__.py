"""What is said in a video, with its times: from files that people have, from pasted text, or from YouTube."""

from adapters.transcripts.errors import (
    BadTranscriptError,
    FetcherMissingError,
    NoTranscriptError,
    TranscriptError,
    TranscriptsBlockedError,
    TranscriptUnavailableError,
    VideoGoneError,
)
from adapters.transcripts.fetching import TranscriptFetcher
from adapters.transcripts.reading import read_transcript
from adapters.transcripts.transcript import Origin, Snippet, Transcript

__all__ = [
    "BadTranscriptError",
    "FetcherMissingError",
    "NoTranscriptError",
    "Origin",
    "Snippet",
    "Transcript",
    "TranscriptError",
    "TranscriptFetcher",
    "TranscriptUnavailableError",
    "TranscriptsBlockedError",
    "VideoGoneError",
    "read_transcript",
]
