"""Transcripts that people have, over HTTP: the bytes of a file, put to a video (record-4)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from accounts.identity import LOCAL_USER
from tests.kit.record_web import RecordWeb, record_web
from tests.kit.track import filled
from tests.kit.web import problem
from track_record.entities import Channel, ChannelStatus, Video
from track_record.given import MOST_BYTES

APPLE = "1\n00:00:01,000 --> 00:00:09,000\nI bought Apple this morning.\n"
NOBODY = "00000000-0000-5000-8000-000000000000"


@pytest.fixture
def site(tmp_path: Path) -> RecordWeb:
    return record_web(tmp_path)


@pytest.fixture
def talk(site: RecordWeb) -> tuple[Channel, Video]:
    channel, videos = filled(site.records)
    return channel, videos[0]


def put(site: RecordWeb, channel_id: str, video_id: str, content: bytes, **options: Any) -> Any:
    address = f"/api/channels/{channel_id}/videos/{video_id}/transcript"
    return site.client.put(address, data=content, **options)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/octet-stream",
        "application/x-subrip",
        "text/plain",
        "application/x-www-form-urlencoded",
        None,
    ],
)
def test_record_4_a_file_is_kept_and_looked_through_next(
    site: RecordWeb, talk: tuple[Channel, Video], content_type: str | None
) -> None:
    """Whatever the sender calls it; the content says what it is."""
    channel, video = talk
    answer = put(site, channel.id, video.id, APPLE.encode(), content_type=content_type)
    assert answer.status_code == 200
    shown = answer.get_json()
    assert (shown["id"], shown["transcript_status"], shown["analysis_status"]) == (
        video.id, "completed", "pending",
    )  # fmt: skip
    kept = site.service.given.of(video.id)
    assert kept is not None
    assert [snippet.text for snippet in kept.snippets] == ["I bought Apple this morning."]
    (waiting,) = site.records.channels.waiting()
    assert (waiting.id, waiting.status) == (channel.id, ChannelStatus.PROCESSING)


@pytest.mark.parametrize(
    "content", [b"", b" \n", b"%PDF-1.7", b"PK\x03\x04zip", b"<html>", b'{"a": 1}', b"\0" * 99]
)
def test_what_is_no_transcript_is_refused_and_changes_nothing(
    site: RecordWeb, talk: tuple[Channel, Video], content: bytes
) -> None:
    channel, video = talk
    answer = put(site, channel.id, video.id, content)
    error = problem(answer)
    assert (answer.status_code, error["code"], error["field"]) == (400, "bad_request", "transcript")
    assert site.service.given.of(video.id) is None
    assert site.records.videos.get(channel.id, video.id) == video
    assert site.records.channels.waiting() == []


def test_one_that_is_too_large_is_not_read(site: RecordWeb, talk: tuple[Channel, Video]) -> None:
    channel, video = talk
    answer = put(site, channel.id, video.id, b"x" * (MOST_BYTES + 1))
    error = problem(answer)
    assert (answer.status_code, error["code"]) == (413, "transcript_too_large")
    assert "16 MB" in error["message"]


@pytest.mark.parametrize("video_id", [NOBODY, "yt0", "..", "%00", "x" * 5000])
def test_a_video_that_is_none_of_the_channels_is_404(
    site: RecordWeb, talk: tuple[Channel, Video], video_id: str
) -> None:
    channel, _ = talk
    assert put(site, channel.id, video_id, APPLE.encode()).status_code == 404
    assert site.records.channels.waiting() == []


def test_a_video_of_another_channel_or_of_none_is_404(site: RecordWeb, talk: tuple[Channel, Video]) -> None:
    channel, video = talk
    other, _ = filled(site.records, "@other")
    assert problem(put(site, other.id, video.id, APPLE.encode()))["code"] == "video_not_found"
    assert problem(put(site, NOBODY, video.id, APPLE.encode()))["code"] == "channel_not_found"
    site.records.channels.delete(channel.id)
    assert problem(put(site, channel.id, video.id, APPLE.encode()))["code"] == "channel_not_found"
    assert site.service.given.of(video.id) is None


def test_no_page_of_another_site_and_nobody_without_a_token_gives_any(tmp_path: Path) -> None:
    site = record_web(
        tmp_path, identify=lambda request: LOCAL_USER if "Authorization" in request.headers else None
    )
    channel, (video, *_) = filled(site.records)
    stranger = put(site, channel.id, video.id, APPLE.encode())
    assert (stranger.status_code, problem(stranger)["code"]) == (401, "unauthorized")
    known = {"Authorization": "Bearer x"}
    forged = put(site, channel.id, video.id, APPLE.encode(), headers=known | {"Sec-Fetch-Site": "cross-site"})
    assert (forged.status_code, problem(forged)["code"]) == (403, "other_site")
    assert site.service.given.of(video.id) is None
    assert put(site, channel.id, video.id, APPLE.encode(), headers=known).status_code == 200


def test_hostile_words_are_kept_as_text(site: RecordWeb, talk: tuple[Channel, Video]) -> None:
    """Bad input: HTML, scripts, right-to-left marks; they come back as what was said, in JSON."""
    channel, video = talk
    said = "I bought \u202eApple\u202c <script>alert('x')</script> & </table> today."
    assert put(site, channel.id, video.id, said.encode()).status_code == 200
    kept = site.service.given.of(video.id)
    assert kept is not None
    assert "<script>alert('x')</script>" in kept.snippets[0].text
    logs = site.get(channel.id, "/logs")
    assert logs.mimetype == "application/json"
    assert "<script" not in logs.text  # what was said is nobody's log line
