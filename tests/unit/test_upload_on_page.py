"""Videos and transcripts that a person gives on a page: no token is asked for where pages ask for none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from dash import Dash
from flask.testing import FlaskClient

import pages
from tests.kit.failing_table import FailingTable
from tests.kit.record_web import RecordWeb, record_web
from tests.kit.track import filled, new_channel
from track_record.entities import ChannelStatus
from track_record.given import MOST_BYTES

APPLE = b"1\n00:00:01,000 --> 00:00:09,000\nI bought Apple this morning.\n"
NOBODY = "00000000-0000-5000-8000-000000000000"


@pytest.fixture
def tables() -> list[FailingTable]:
    return []


@pytest.fixture
def site(tmp_path: Path, tables: list[FailingTable]) -> RecordWeb:
    """Return routes that let nobody in, as a person's browser without a token finds them."""

    def through(table: Any) -> Any:
        tables.append(FailingTable(table))
        return tables[0]

    return record_web(tmp_path, through=through, identify=lambda _request: None)


@pytest.fixture
def page(site: RecordWeb) -> FlaskClient:
    app = Dash("chandlery", use_pages=False)
    pages.register(app, site.parts.cache, lambda _ticker: None, track_record=site.service)
    return app.server.test_client()


def put(page: FlaskClient, channel: str, video: str, content: bytes = APPLE) -> Any:
    return page.put(f"/track-record/{channel}/videos/{video}/transcript", data=content)


def test_record_4_a_page_gives_what_the_api_would_want_a_token_for(
    site: RecordWeb, page: FlaskClient
) -> None:
    channel, videos = filled(site.records)
    api = site.client.put(f"/api/channels/{channel.id}/videos/{videos[0].id}/transcript", data=APPLE)
    assert api.status_code == 401
    assert site.service.given.of(videos[0].id) is None
    answer = put(page, channel.id, videos[0].id)
    assert (answer.status_code, answer.data) == (204, b"")
    kept = site.service.given.of(videos[0].id)
    assert kept is not None
    assert [snippet.text for snippet in kept.snippets] == ["I bought Apple this morning."]
    assert site.service.channel(channel.id).status is ChannelStatus.PROCESSING


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "bad_request"),
        (b"\x00\x01\x02" * 100, 400, "bad_request"),
        (b"a" * (MOST_BYTES + 1), 413, "transcript_too_large"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(
    site: RecordWeb, page: FlaskClient, content: bytes, status: int, code: str
) -> None:
    channel, videos = filled(site.records)
    answer = put(page, channel.id, videos[0].id, content)
    error = answer.get_json()["error"]
    assert (answer.status_code, error["code"]) == (status, code)
    assert error["message"].endswith(".")
    assert site.service.given.of(videos[0].id) is None


def test_what_is_not_there_is_not_found(site: RecordWeb, page: FlaskClient) -> None:
    channel, videos = filled(site.records)
    for where in ((NOBODY, videos[0].id), (channel.id, NOBODY), ("x", "y")):
        assert put(page, *where).status_code == 404


def test_a_table_that_fails_is_said_without_its_words(
    site: RecordWeb, page: FlaskClient, tables: list[FailingTable]
) -> None:
    channel, videos = filled(site.records)
    tables[0].down()
    answer = put(page, channel.id, videos[0].id)
    assert answer.status_code == 503
    assert "Try again" in answer.get_json()["error"]["message"]
    tables[0].up()
    assert put(page, channel.id, videos[0].id).status_code == 204


def test_record_3_a_page_adds_a_video_and_says_which_field_is_wrong(
    site: RecordWeb, page: FlaskClient
) -> None:
    """record-3: 201 with its id, 200 when it is there already, else a sentence and its field."""
    channel = site.records.channels.add(new_channel())
    address = f"/track-record/{channel.id}/videos"
    fields = {"url": "youtu.be/dQw4w9WgXcQ", "title": "Mine", "published_at": "2024-03-01T19:30:00Z"}
    assert site.client.post(f"/api/channels/{channel.id}/videos", json=fields).status_code == 401
    first, again = page.put(address, json=fields), page.put(address, json=fields)
    assert (first.status_code, again.status_code) == (201, 200)
    (video,) = site.records.videos.of_channel(channel.id)
    assert first.get_json() == again.get_json() == {"id": video.id}
    for field in fields:
        wrong = page.put(address, json=fields | {field: ""})
        assert (wrong.status_code, wrong.get_json()["error"]["field"]) == (400, field)
    for strange in (b"", b"[]", b"{", b"null"):
        assert page.put(address, data=strange, content_type="application/json").status_code == 400
    assert page.put(address, json=fields | {"title": "x" * 20_000}).status_code == 413
    assert page.put(f"/track-record/{NOBODY}/videos", json=fields).status_code == 404
    assert page.get(address).status_code != 405  # also the address of a page
    assert len(site.records.videos.of_channel(channel.id)) == 1
