"""YouTube's Data API: recorded answers understood, a stand-in server asked over HTTP (record-4, S1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from adapters import http_client
from adapters.errors import BadKeyError, BadPayloadError, NotInPlanError, ProviderError, RateLimitedError
from adapters.http_client import Reply
from adapters.youtube import YouTube
from adapters.youtube_links import parse_channel_link
from adapters.youtube_parsing import (
    Availability,
    ChannelNotFoundError,
    VideoInfo,
    duration,
    error_of,
    parse_channel,
    parse_uploads,
    parse_videos,
)
from tests.kit import provider_server as stand_in
from tests.kit.adapter_tests import needs_recordings
from tests.kit.provider_server import PAYLOADS, ProviderServer
from tests.kit.providers import utc
from tests.kit.stand_in_tube import TubeChannel, TubeVideo

CANARY = "canary-key-0123456789"
NOW_S = utc("2026-11-20 12:00").timestamp()
ID = "UC_x5XG1OV2P6uZZ5FSM9Ttw"
LINK = parse_channel_link("https://www.youtube.com/@talks")


def recorded(name: str) -> Reply:
    return Reply(200, (PAYLOADS / name).read_bytes())


def uploads(count: int, newest: str = "2026-11-19T12:00:00Z") -> list[TubeVideo]:
    """Return videos, a day apart."""
    last = datetime.fromisoformat(newest)
    days = [(last - timedelta(days=back)).strftime("%Y-%m-%dT%H:%M:%SZ") for back in range(count)]
    return [TubeVideo(f"video{n:06d}", f"Talk {n}", day) for n, day in enumerate(days)]


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer(now=lambda: NOW_S, keys=frozenset({CANARY})) as running:
        running.tube.channels.append(TubeChannel(ID, "talks", "Talks about stocks", uploads(120)))
        yield running
    http_client.reset()


def tube(server: ProviderServer, key: str | None = CANARY) -> YouTube:
    return YouTube(key, server.url, clock=lambda: NOW_S)


def listed(asked: YouTube, since: datetime) -> list[VideoInfo]:
    return [video for page in asked.videos(asked.channel(LINK), since) for video in page]


@needs_recordings
def test_recorded_answers_are_understood() -> None:
    channel = parse_channel(recorded("youtube-channels_list.json"), NOW_S)
    assert (channel.id, channel.name) == (ID, "Google Developers")
    assert channel.thumbnail_url.startswith("https://yt3.ggpht.com/")
    assert channel.uploads == ""  # this recording has no contentDetails
    whole = json.loads(recorded("youtube-playlistItems_list-p1.json").body)
    for item in whole["items"]:  # it was recorded without the part that we ask for, too
        snippet = item["snippet"]
        item["contentDetails"] = {"videoId": snippet["resourceId"]["videoId"]}
        item["contentDetails"]["videoPublishedAt"] = snippet["publishedAt"]
    page, token = parse_uploads(Reply(200, json.dumps(whole).encode()), NOW_S)
    assert (len(page), token) == (10, "CAoQAA")
    assert page[0].video_id == "CvTApw9X8aA"
    videos = parse_videos(recorded("youtube-videos_list.json"), NOW_S)
    assert len(videos) == 2
    assert videos["D-lhorsDlUQ"][1] is Availability.PUBLIC


@needs_recordings
def test_a_recorded_refusal_is_the_plans_fault() -> None:
    body = (PAYLOADS / "youtube-error-permission.json").read_bytes()
    assert isinstance(error_of(Reply(403, body), NOW_S), NotInPlanError)


def test_a_channel_and_its_videos_since_a_day(server: ProviderServer) -> None:
    """record-4: 1 unit for the channel, and 2 for every 50 videos."""
    units: list[int] = []
    asked = YouTube(CANARY, server.url, clock=lambda: NOW_S, spend=lambda: units.append(1))
    videos = listed(asked, datetime(2026, 8, 1, tzinfo=UTC))
    assert [v.title for v in videos] == [f"Talk {n}" for n in range(111)]
    assert videos[0].published_at == datetime(2026, 11, 19, 12, tzinfo=UTC)
    assert videos[0].duration == timedelta(minutes=10)
    assert videos[0].url == "https://www.youtube.com/watch?v=video000000"
    assert len(units) == 1 + 3 + 3
    assert {call.key for call in server.seen} == {CANARY}
    assert not any(CANARY in str(call.params) + call.path for call in server.seen)  # S1: in headers only


def test_a_video_that_was_uploaded_early_and_published_late_is_found(server: ProviderServer) -> None:
    """The list is in the order of uploading: one old date does not end it, a whole old page does."""
    videos = uploads(200)
    for n in range(40, 60):
        videos[n].published = "2020-01-01T00:00:00Z"
    videos[55].published = "2026-11-18T00:00:00Z"
    server.tube.channels[0].videos = videos
    found = listed(tube(server), datetime(2026, 10, 1, tzinfo=UTC))
    assert "Talk 55" in {v.title for v in found}
    assert server.count("youtube", "playlistItems") == 3  # of 4


def test_what_cannot_be_heard_is_told_apart(server: ProviderServer) -> None:
    server.tube.channels[0].videos = [
        TubeVideo("coming00000", "Soon", "2026-11-19T12:00:00Z", "P0D", "upcoming"),
        TubeVideo("running0000", "Now", "2026-11-19T11:00:00Z", "P0D", "live"),
        TubeVideo("deleted0000", "Was there", ""),
        TubeVideo("normal00000", "Talk", "2026-11-19T09:00:00Z", "PT12H0M1S"),
    ]
    found = listed(tube(server), datetime(2026, 11, 1, tzinfo=UTC))
    assert [v.availability.value for v in found] == ["coming", "live", "gone", "public"]
    assert (found[2].published_at, found[2].title) == (None, "Deleted video")
    assert found[3].duration == timedelta(hours=12, seconds=1)


@pytest.mark.parametrize(
    "link", ["https://www.youtube.com/@nobody", f"https://www.youtube.com/channel/{ID[:-1]}x"]
)
def test_a_channel_that_is_not_there(server: ProviderServer, link: str) -> None:
    with pytest.raises(ChannelNotFoundError, match="Check its address"):
        tube(server).channel(parse_channel_link(link))


def test_a_quota_that_ends_in_the_middle_keeps_what_came_before(server: ProviderServer) -> None:
    """It begins anew at midnight Pacific time."""
    server.tube.left = 4
    asked = tube(server)
    pages = asked.videos(asked.channel(LINK), datetime(2026, 1, 1, tzinfo=UTC))
    assert len(next(pages)) == 50
    with pytest.raises(RateLimitedError, match="midnight Pacific") as stopped:
        next(pages)
    assert stopped.value.retry_after_s == 20 * 3600  # 04:00 in Los Angeles


@pytest.mark.parametrize("key", [None, "", "two words", "umlaut-ü", "line\nbreak"])
def test_a_key_that_cannot_be_used_is_not_sent(server: ProviderServer, key: str | None) -> None:
    with pytest.raises(BadKeyError, match="YOUTUBE_API_KEY"):
        tube(server, key).channel(LINK)
    assert server.seen == []


def test_a_refused_key_is_the_keys_fault(server: ProviderServer) -> None:
    with pytest.raises(BadKeyError, match="refused the key") as refused:
        tube(server, "another-key").channel(LINK)
    assert "another-key" not in str(refused.value) + repr(tube(server, "another-key"))


@dataclass
class Rotated:
    """A key that was replaced: the one before is refused; a ``Key``."""

    key: str = "an-older-key"
    heard: list[str | None] = field(default_factory=list)

    def current(self) -> str:
        return self.key

    def refused(self, key: str | None, wait_s: float) -> str | None:
        del wait_s
        self.heard.append(key)
        self.key = CANARY
        return CANARY


def test_a_key_that_was_rotated_is_asked_with_once_more(server: ProviderServer) -> None:
    key = Rotated()
    assert YouTube(key, server.url, clock=lambda: NOW_S).channel(LINK).id == ID
    assert key.heard == ["an-older-key"]
    assert [call.key for call in server.seen] == ["an-older-key", CANARY]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>Sorry</html>",
        b'{"items": [',
        b'{"items": {}}',
        b'{"items": [{"id": 5}]}',
        b'{"items": [{"snippet": {}}]}',
        b"[]",
        b"null",
    ],
)
def test_an_answer_of_another_form_is_refused_whole(server: ProviderServer, body: bytes) -> None:
    server.fail("/youtube/", stand_in.status(200, body))
    with pytest.raises(BadPayloadError, match="Nothing of it was kept"):
        tube(server).channel(LINK)


def test_pages_that_never_end_are_refused(server: ProviderServer) -> None:
    page = {"items": [{"contentDetails": {"videoId": "a", "videoPublishedAt": "2026-11-19T00:00:00Z"}}]}
    asked = tube(server)
    channel = asked.channel(LINK)
    server.fail("playlistItems", stand_in.status(200, json.dumps(page | {"nextPageToken": "again"})))
    with pytest.raises(BadPayloadError, match="again and again"):
        list(asked.videos(channel, datetime(2026, 1, 1, tzinfo=UTC)))


@pytest.mark.parametrize(
    ("status", "reason", "code"),
    [
        (403, "dailyLimitExceeded", "rate_limited"),
        (403, "rateLimitExceeded", "rate_limited"),
        (429, "", "rate_limited"),
        (400, "keyInvalid", "bad_key"),
        (401, "", "bad_key"),
        (403, "accessNotConfigured", "not_in_plan"),
        (404, "playlistNotFound", "channel_not_found"),
        (500, "backendError", "unavailable"),
        (400, "invalidParameter", "bad_payload"),
    ],
)
def test_every_error_has_its_kind_and_none_of_youtubes_words(status: int, reason: str, code: str) -> None:
    said = {"error": {"code": status, "message": "their words", "errors": [{"reason": reason}]}}
    error = error_of(Reply(status, json.dumps(said).encode()), NOW_S)
    assert isinstance(error, ProviderError)
    assert (error.code, "their words" in str(error)) == (code, False)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT15S", 15),
        ("PT1H2M3S", 3723),
        ("P1DT1S", 86_401),
        ("P0D", None),
        ("", None),
        ("1:00", None),
        ("PT", None),
    ],
)
def test_lengths(text: str, seconds: int | None) -> None:
    found = duration(text)
    assert (found and found.total_seconds()) == seconds
