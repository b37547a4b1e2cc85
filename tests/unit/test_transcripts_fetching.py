"""record-4: what YouTube answers is a transcript or a status; "blocked" is never "nothing was said"."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, field

import pytest

from adapters.transcripts import (
    FetcherMissingError,
    NoTranscriptError,
    Snippet,
    TranscriptError,
    TranscriptFetcher,
    TranscriptsBlockedError,
    TranscriptUnavailableError,
    VideoGoneError,
)
from adapters.transcripts.fetching import _OUTCOMES, TIMEOUT_S

VIDEO = "dQw4w9WgXcQ"


@dataclass
class Line:
    text: str
    start: float
    duration: float


@dataclass
class Fetched:
    snippets: list[Line]
    language_code: str = "en"
    is_generated: bool = True


@dataclass
class Api:
    """Answers like the package's object: the same call, attributes and names of errors."""

    answer: Fetched | Exception
    asked: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    def fetch(self, video_id: str, languages: Iterable[str] = ("en",)) -> Fetched:
        self.asked.append((video_id, tuple(languages)))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def error_named(*names: str) -> Exception:
    """Return an error whose class has these names, itself first, with an address in its text."""
    kind: type[Exception] = Exception
    for name in reversed(names):
        kind = type(name, (kind,), {})
    return kind("https://www.youtube.com/watch?v=x&key=canary")


def fetcher(answer: Fetched | Exception) -> TranscriptFetcher:
    return TranscriptFetcher(api=lambda _timeout_s: Api(answer))


def test_a_transcript_keeps_words_times_language_and_who_wrote_it() -> None:
    lines = [Line("i bought\napple", 0.5, 3.0), Line("[Music]", 2.0, 1.0), Line("", 4.0, 1.0)]
    found = fetcher(Fetched(lines)).fetch(VIDEO)
    assert found.snippets == (Snippet("i bought apple", 0.5, 3.0), Snippet("[Music]", 2.0, 1.0))
    assert (found.language, found.origin, found.timed) == ("en", "automatic", True)
    assert fetcher(Fetched(lines, "en-GB", is_generated=False)).fetch(VIDEO).origin == "manual"


def test_every_call_has_an_object_of_its_own_with_a_time_limit() -> None:
    given: list[float] = []
    apis: list[Api] = []

    def api(timeout_s: float) -> Api:
        given.append(timeout_s)
        apis.append(Api(Fetched([Line("x", 0, 1)])))
        return apis[-1]

    made = TranscriptFetcher(languages=("de", "en"), api=api)
    made.fetch(VIDEO)
    made.fetch(VIDEO)
    assert given == [TIMEOUT_S, TIMEOUT_S]
    assert [each.asked for each in apis] == [[(VIDEO, ("de", "en"))]] * 2


@pytest.mark.parametrize(
    ("names", "kind", "status"),
    [
        (("RequestBlocked",), TranscriptsBlockedError, "blocked"),
        (("IpBlocked", "RequestBlocked"), TranscriptsBlockedError, "blocked"),
        (("PoTokenRequired",), TranscriptsBlockedError, "blocked"),
        (("NoTranscriptFound",), NoTranscriptError, "none"),
        (("TranscriptsDisabled",), NoTranscriptError, "none"),
        (("VideoUnavailable",), VideoGoneError, "video_gone"),
        (("AgeRestricted",), VideoGoneError, "video_gone"),
        (("YouTubeRequestFailed",), TranscriptUnavailableError, "unavailable"),
        (("ReadTimeout", "OSError"), TranscriptUnavailableError, "unavailable"),
        (("NewNameOfNextVersion",), TranscriptUnavailableError, "unavailable"),
    ],
)
def test_each_refusal_has_its_status(
    names: tuple[str, ...], kind: type[TranscriptError], status: str
) -> None:
    with pytest.raises(kind) as refused:
        fetcher(error_named(*names)).fetch(VIDEO)
    assert refused.value.status == status
    assert refused.value.may_come == (status in {"blocked", "unavailable"})
    assert "canary" not in str(refused.value)
    assert "youtube.com" not in str(refused.value)


def test_a_transcript_without_words_is_unreadable_and_not_a_crash() -> None:
    with pytest.raises(TranscriptError, match="no words"):
        fetcher(Fetched([])).fetch(VIDEO)


@pytest.mark.parametrize("video_id", ["", "short", "https://youtu.be/x", "dQw4w9WgXcQ\n", "../../../etc"])
def test_what_is_no_video_id_is_never_sent(video_id: str) -> None:
    api = Api(Fetched([]))
    with pytest.raises(VideoGoneError):
        TranscriptFetcher(api=lambda _: api).fetch(video_id)
    assert api.asked == []


def test_without_the_package_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "youtube_transcript_api", None)
    with pytest.raises(
        FetcherMissingError, match=r"youtube-transcript-api is not installed\. .* pip install"
    ):
        TranscriptFetcher().fetch(VIDEO)


def test_the_real_package_has_the_errors_that_are_named() -> None:
    package = pytest.importorskip("youtube_transcript_api", reason="optional package not installed")
    missing = [name for name in _OUTCOMES if not issubclass(getattr(package, name, int), Exception)]
    assert missing == []
    assert issubclass(package.IpBlocked, package.RequestBlocked)


def test_the_real_package_with_no_way_out_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its own session, ours with a time limit, and a machine without a network: one status, in no time."""
    pytest.importorskip("youtube_transcript_api", reason="optional package not installed")
    import requests

    def refuse(*_: object, timeout: float, **__: object) -> None:
        assert timeout == TIMEOUT_S
        raise requests.ConnectionError

    monkeypatch.setattr(requests.Session, "request", refuse)
    with pytest.raises(TranscriptUnavailableError):
        TranscriptFetcher().fetch(VIDEO)
