"""Transcripts from YouTube, by the optional package youtube-transcript-api.

YouTube's API gives captions to a video's owner only, so this reads what the player reads. It lies outside of
YouTube's official API and is used only where somebody switched it on; most addresses of clouds are refused,
which is a state of its own (``TranscriptsBlockedError``) and says nothing about the video.

Promise: ``fetch`` returns a transcript or raises a ``TranscriptError``, whose sentence has nothing of what
the other side sent. Thread-safe: every call has a session of its own, as the package asks for.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from adapters.extras import install
from adapters.transcripts.errors import (
    FetcherMissingError,
    NoTranscriptError,
    TranscriptError,
    TranscriptsBlockedError,
    TranscriptUnavailableError,
    VideoGoneError,
)
from adapters.transcripts.transcript import plain, snippet, transcript

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Protocol

    from adapters.transcripts.transcript import Transcript

    class Line(Protocol):
        """One snippet as the package has it."""

        @property
        def text(self) -> str:
            """What is said."""
            ...

        @property
        def start(self) -> float:
            """When, seconds."""
            ...

        @property
        def duration(self) -> float:
            """For how long, seconds."""
            ...

    class Fetched(Protocol):
        """What the package returns."""

        @property
        def snippets(self) -> Sequence[Line]:
            """All lines, in order."""
            ...

        @property
        def language_code(self) -> str:
            """Such as en or en-GB."""
            ...

        @property
        def is_generated(self) -> bool:
            """Whether a machine wrote it."""
            ...

    class Api(Protocol):
        """What is used of ``youtube_transcript_api.YouTubeTranscriptApi`` 1.2."""

        def fetch(self, video_id: str, languages: Iterable[str] = ("en",)) -> Fetched:
            """Return the first transcript that there is in these languages."""
            ...


TIMEOUT_S = 10.0
LANGUAGES = ("en", "en-US", "en-GB")

_VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{11}\Z")
_BLOCKED = TranscriptsBlockedError(
    "YouTube refuses transcripts to this machine. Try again later, or upload the transcript as a file."
)
_NONE = NoTranscriptError("The video has no transcript in English.")
_GONE = VideoGoneError("The video is deleted, private or restricted.")
_OUTCOMES: dict[str, TranscriptError] = {
    # The names are looked for along a class's ancestors, so IpBlocked counts as RequestBlocked.
    "RequestBlocked": _BLOCKED,
    "PoTokenRequired": _BLOCKED,
    "TranscriptsDisabled": _NONE,
    "NoTranscriptFound": _NONE,
    "VideoUnavailable": _GONE,
    "VideoUnplayable": _GONE,
    "AgeRestricted": _GONE,
    "InvalidVideoId": _GONE,
}


class TranscriptFetcher:
    """Fetches transcripts of videos, one call each."""

    def __init__(
        self, *, languages: Sequence[str] = LANGUAGES, api: Callable[[float], Api] | None = None
    ) -> None:
        """Ask for the first of ``languages`` that there is; ``api`` makes the package's object."""
        self._languages = tuple(languages)
        self._api = api or _package

    def fetch(self, video_id: str) -> Transcript:
        """Return a video's transcript; what people wrote comes before automatic captions.

        Raises:
            TranscriptError: as its tree says; also when the package is not installed.
        """
        if not _VIDEO_ID.match(video_id):
            raise VideoGoneError("This is no id of a YouTube video: it has 11 letters, digits, dashes.")
        api = self._api(TIMEOUT_S)
        try:
            fetched = api.fetch(video_id, languages=self._languages)
        except Exception as error:  # noqa: BLE001 - the package, requests and YouTube: all mean "not now"
            raise _outcome(error) from None
        lines = (
            snippet(plain(line.text), line.start, line.duration, f"Snippet {number}")
            for number, line in enumerate(fetched.snippets, start=1)
        )
        origin = "automatic" if fetched.is_generated else "manual"
        return transcript(lines, language=fetched.language_code, origin=origin)  # type: ignore[arg-type]


def _outcome(error: Exception) -> TranscriptError:
    names = (kind.__name__ for kind in type(error).__mro__)
    known = next((_OUTCOMES[name] for name in names if name in _OUTCOMES), None)
    if known is None:
        return TranscriptUnavailableError("YouTube gave no transcript this time. Try again later.")
    return type(known)(*known.args)


def _package(timeout_s: float) -> Api:
    try:
        import requests  # noqa: PLC0415 - only who fetches needs it
        from youtube_transcript_api import YouTubeTranscriptApi
    except ImportError:
        raise FetcherMissingError(
            "Transcripts cannot be fetched: the package youtube-transcript-api is not installed. "
            f"Upload the transcript as a file, or install it: {install('youtube-transcript-api')}"
        ) from None
    session = requests.Session()
    session.trust_env = False  # proxies and passwords of the environment are not ours to use (cache-15)
    session.request = partial(session.request, timeout=timeout_s)  # type: ignore[method-assign]
    api: Api = YouTubeTranscriptApi(http_client=session)
    return api
