"""Channels over HTTP: added, listed, processed, cancelled, deleted, their logs (record-1 to record-3)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from accounts.identity import LOCAL_USER
from adapters import http_client
from adapters.errors import ProviderError, UnavailableError
from adapters.youtube import YouTube
from adapters.youtube_links import ChannelLink
from adapters.youtube_parsing import ChannelInfo
from store import Table, schemas
from tests.kit.failing_table import FailingTable
from tests.kit.house import NAMES
from tests.kit.provider_server import ProviderServer
from tests.kit.record_web import HANDLE, RecordWeb, record_web
from tests.kit.stand_in_tube import TubeChannel
from tests.kit.tables import at_once
from tests.kit.track import filled, new_channel
from tests.kit.web import problem, without_table
from track_record.entities import LogLevel

CHANNEL = {
    "id", "youtube_channel_id", "name", "url", "thumbnail_url", "status", "video_count", "created_at",
    "processed_video_count", "time_range_months", "updated_at",
}  # fmt: skip
YOUTUBE_ID = "UC_x5XG1OV2P6uZZ5FSM9Ttw"
NOBODY = "00000000-0000-5000-8000-000000000000"


@pytest.fixture
def site(tmp_path: Path) -> RecordWeb:
    return record_web(tmp_path)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> RecordWeb:
    """Return routes for what is refused: nothing is ever added to them."""
    return record_web(tmp_path_factory.mktemp("empty"))


def test_record_1_a_channel_is_added_without_a_key_and_its_id_is_the_handle(site: RecordWeb) -> None:
    """record-2: the shape; record-3: no key for YouTube is no reason to refuse."""
    answer = site.add(time_range_months=6)
    channel = answer.get_json()
    assert answer.status_code == 201
    assert set(channel) == CHANNEL
    assert answer.headers["Location"] == f"/api/channels/{channel['id']}"
    assert site.client.get(answer.headers["Location"]).get_json() == channel
    assert (channel["youtube_channel_id"], channel["url"]) == ("@chandler", HANDLE)
    assert (channel["status"], channel["time_range_months"]) == ("pending", 6)
    assert site.add("youtube.com/channel/" + YOUTUBE_ID).get_json()["time_range_months"] == 12


@pytest.mark.parametrize("url", [HANDLE, "youtube.com/@Chandler/videos", "https://m.youtube.com/c/chandler"])
def test_record_3_a_duplicate_is_refused_whatever_its_spelling(site: RecordWeb, url: str) -> None:
    site.add()
    answer = site.add(url)
    error = problem(answer)
    assert (answer.status_code, error["code"], error["field"]) == (400, "channel_duplicate", "url")
    assert site.client.get("/api/channels").get_json()["total"] == 1


@pytest.mark.parametrize(
    "url",
    [
        "", "  ", "chandler", "https://vimeo.com/@chandler", "https://youtube.com.evil.example/@chandler",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ", "https://www.youtube.com/playlist?list=PL1",
        "https://youtu.be/dQw4w9WgXcQ", "javascript:alert(1)", "https://user@youtube.com/@chandler",
        "https://www.youtube.com/@<script>", "https://www.youtube.com/channel/UC1", "x" * 5000,
        None, 7, ["https://www.youtube.com/@chandler"], {"a": 1},
    ],
)  # fmt: skip
def test_record_3_what_is_no_channel_of_youtube_is_refused_with_an_example(
    empty: RecordWeb, url: object
) -> None:
    answer = empty.client.post("/api/channels", json={"url": url})
    error = problem(answer)
    assert (answer.status_code, error["code"], error["field"]) == (400, "bad_request", "url")
    assert "for example https://www.youtube.com/@handle" in error["message"] or "UC…" in error["message"]
    assert "script" not in error["message"]


@pytest.mark.parametrize("months", [0, 37, -1, 1.5, "12", True, None, [12], 10**30])
def test_record_2_months_out_of_bounds_are_refused(empty: RecordWeb, months: object) -> None:
    answer = empty.add(time_range_months=months)
    error = problem(answer)
    assert (answer.status_code, error["field"]) == (400, "time_range_months")
    assert "1 to 36" in error["message"]


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "application/json"),
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'"url"', "application/json"),
        (b"\xff\xfe", "application/json"),
        (b'{"url": "\\ud800"}', "application/json"),
        (b"[" * 5_000, "application/json"),
        (b'{"url": "https://www.youtube.com/@chandler"}', "text/plain"),
        (b"url=https://www.youtube.com/@chandler", "application/x-www-form-urlencoded"),
        (b'{"url": "https://www.youtube.com/@chandler", "admin": true}', "application/json"),
    ],
)
def test_api_3_a_body_that_is_not_what_is_taken_is_refused(
    empty: RecordWeb, body: bytes, content_type: str
) -> None:
    answer = empty.client.post("/api/channels", data=body, content_type=content_type)
    assert (answer.status_code, problem(answer)["code"]) == (400, "bad_request")
    assert empty.client.get("/api/channels").get_json()["total"] == 0


def test_a_body_without_end_is_not_read(empty: RecordWeb) -> None:
    answer = empty.client.post("/api/channels", data=b"x" * 20_000, content_type="application/json")
    assert (answer.status_code, problem(answer)["code"]) == (413, "request_entity_too_large")


def test_record_1_pages_are_newest_first_and_the_total_is_true_past_the_end(site: RecordWeb) -> None:
    for number in range(5):
        site.records.channels.add(new_channel(f"@channel{number}"))
    first = site.client.get("/api/channels?per_page=2").get_json()
    assert [item["name"] for item in first["items"]] == ["channel4", "channel3"]
    assert (first["total"], first["page"], first["per_page"]) == (5, 1, 2)
    last = site.client.get("/api/channels?page=3&per_page=2").get_json()
    assert [item["name"] for item in last["items"]] == ["channel0"]
    past = site.client.get("/api/channels?page=999999999999").get_json()
    assert past == {"items": [], "total": 5, "page": 999999999999, "per_page": 20}


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("page=0", "page"), ("page=-1", "page"), ("page=1.5", "page"), ("page=", "page"), ("page=٣", "page"),
        ("page=1e3", "page"), (f"page={'9' * 5000}", "page"), ("per_page=0", "per_page"),
        ("per_page=101", "per_page"), ("per_page=ten", "per_page"), ("page=1&page=2", "page"),
    ],
)  # fmt: skip
def test_record_1_a_page_that_is_none_is_refused(empty: RecordWeb, query: str, field: str) -> None:
    answer = empty.client.get(f"/api/channels?{query}")
    assert (answer.status_code, problem(answer)["field"]) == (400, field)


@pytest.mark.parametrize(
    ("method", "rest"),
    [
        ("GET", ""), ("DELETE", ""), ("POST", "/process"), ("POST", "/cancel"), ("GET", "/logs"),
        ("GET", "/stocks"), ("GET", "/timeline"), ("GET", "/stocks/AAPL"), ("POST", "/refresh-prices"),
        ("POST", "/backfill-prices"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("channel_id", [NOBODY, "1", "%00", "..", "CHANNELS", "x" * 5000, "%3Cscript%3E"])
def test_record_1_unknown_ids_are_404(empty: RecordWeb, method: str, rest: str, channel_id: str) -> None:
    answer = empty.client.open(f"/api/channels/{channel_id}{rest}", method=method)
    assert answer.status_code == 404
    error = problem(answer)
    if channel_id != "..":  # which the client resolves to another address
        assert error["code"] == "channel_not_found"
        assert error["message"].isascii()


def test_record_1_deleting_takes_all_that_hangs_on_it(site: RecordWeb) -> None:
    """record-8: nothing is left behind."""
    channel, videos = filled(site.records)
    other, _ = filled(site.records, "@other")
    answer = site.client.delete(f"/api/channels/{channel.id}")
    assert (answer.status_code, answer.data) == (204, b"")
    assert site.client.delete(f"/api/channels/{channel.id}").status_code == 404
    assert not site.records.videos.of_channel(channel.id)
    assert not site.records.videos.of_video(videos[0].id)
    assert not site.records.videos.mentions_of_channel(channel.id)
    assert len(site.get(other.id, "/timeline").get_json()["timeline"]) == 3


def test_record_1_processing_moves_through_its_statuses(site: RecordWeb) -> None:
    """400 when already processing, 400 when there is nothing to cancel; added, nothing runs."""
    channel_id = site.add().get_json()["id"]
    assert site.records.channels.waiting() == []
    early = site.post(channel_id, "/cancel")
    assert (early.status_code, problem(early)["code"]) == (400, "not_processing")
    assert site.post(channel_id, "/process").get_json()["status"] == "processing"
    assert [channel.id for channel in site.records.channels.waiting()] == [channel_id]
    again = site.post(channel_id, "/process")
    assert (again.status_code, problem(again)["code"]) == (400, "already_processing")
    assert site.post(channel_id, "/cancel").get_json()["status"] == "cancelled"
    late = site.post(channel_id, "/cancel")
    assert (late.status_code, problem(late)["code"]) == (400, "not_processing")
    assert "Cancelled" in site.get(channel_id, "/logs").get_json()["logs"][-1]["message"]
    assert site.records.channels.waiting() == []
    assert site.post(channel_id, "/process").get_json()["status"] == "processing"


def test_record_1_two_who_ask_at_once_start_it_once(site: RecordWeb) -> None:
    """Of many who let go at a barrier one is told that it begins, the others that it is at it."""
    channel_id = site.add().get_json()["id"]
    clients = [site.client.application.test_client() for _ in range(8)]
    answers = at_once(8, lambda n: clients[n].post(f"/api/channels/{channel_id}/process").status_code)
    assert sorted(answers) == [200] + [400] * 7


def test_record_1_logs_go_on_from_an_id(site: RecordWeb) -> None:
    channel_id = site.add().get_json()["id"]
    for number in range(3):
        site.records.log.write(channel_id, LogLevel.WARNING, f"line {number} <b>")
    lines = site.get(channel_id, "/logs").get_json()["logs"]
    assert [set(line) for line in lines] == [{"id", "channel_id", "log_level", "message", "created_at"}] * 3
    assert [line["id"] for line in lines] == sorted({line["id"] for line in lines})
    rest = site.get(channel_id, f"/logs?since={lines[0]['id']}").get_json()["logs"]
    assert rest == lines[1:]
    assert site.get(channel_id, f"/logs?since={lines[-1]['id']}").get_json() == {"logs": []}
    assert site.get(channel_id, "/logs?since=").get_json()["logs"] == lines
    for since in ("-1", "yesterday", "1.0", "9" * 400):
        assert site.get(channel_id, f"/logs?since={since}").status_code == 400


# --- With a key ---------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer(keys=frozenset({"key"})) as running:
        running.tube.channels.append(TubeChannel(YOUTUBE_ID, "chandler", "Chandler’s <b>stocks</b>"))
        yield running
    http_client.reset()


def test_record_3_with_a_key_a_handle_is_resolved(tmp_path: Path, server: ProviderServer) -> None:
    site = record_web(tmp_path, finder=YouTube("key", server.url))
    channel = site.add().get_json()
    assert (channel["youtube_channel_id"], channel["name"]) == (YOUTUBE_ID, "Chandler’s <b>stocks</b>")
    assert channel["thumbnail_url"].endswith(f"{YOUTUBE_ID}.jpg")
    for url in (HANDLE, f"youtube.com/channel/{YOUTUBE_ID}"):
        assert problem(site.add(url))["code"] == "channel_duplicate"
    assert site.client.get("/api/channels").get_json()["total"] == 1


def test_record_3_one_channel_under_two_addresses_is_a_duplicate(
    tmp_path: Path, server: ProviderServer
) -> None:
    """What was added by its id first is found when its handle is resolved, and nothing is left over."""
    site = record_web(tmp_path, finder=YouTube("key", server.url))
    assert site.add(f"youtube.com/channel/{YOUTUBE_ID}").status_code == 201
    assert problem(site.add())["code"] == "channel_duplicate"
    assert site.client.get("/api/channels").get_json()["total"] == 1


def test_a_channel_that_youtube_does_not_have_is_not_added(tmp_path: Path, server: ProviderServer) -> None:
    site = record_web(tmp_path, finder=YouTube("key", server.url))
    answer = site.add("youtube.com/@nobody-at-all")
    assert (answer.status_code, problem(answer)["field"]) == (400, "url")
    assert site.client.get("/api/channels").get_json()["total"] == 0


@pytest.mark.parametrize("key", ["key", "another"])
def test_record_3_youtube_that_does_not_answer_is_no_reason_to_refuse(tmp_path: Path, key: str) -> None:
    """It is gone, or it refuses the key."""
    with ProviderServer(keys=frozenset({"key"})) as running:
        address = running.url
        if key == "key":
            running.tube.left = 0
        answer = record_web(tmp_path, finder=YouTube(key, address)).add()
    http_client.reset()
    assert (answer.status_code, answer.get_json()["youtube_channel_id"]) == (201, "@chandler")


@dataclass
class Silent:
    """YouTube, which cannot be reached."""

    error: ProviderError = field(default_factory=lambda: UnavailableError("gone", provider="youtube"))

    def channel(self, link: ChannelLink) -> ChannelInfo:
        raise self.error


def test_youtube_that_is_unreachable_costs_the_name_only(tmp_path: Path) -> None:
    site = record_web(tmp_path, finder=Silent())
    assert site.add().get_json()["name"] == "@chandler"


# --- Races, doors and failures ------------------------------------------------------------------------------


def test_two_who_add_one_channel_at_once_make_one(site: RecordWeb) -> None:
    clients = [site.client.application.test_client() for _ in range(8)]
    answers = at_once(8, lambda n: clients[n].post("/api/channels", json={"url": HANDLE}).status_code)
    assert sorted(answers) == [201] + [400] * 7
    assert site.client.get("/api/channels").get_json()["total"] == 1


@dataclass
class Forgetful:
    """A table that puts without looking, as one without conditions would; all look before anybody puts."""

    table: Table
    barrier: threading.Barrier

    def __getattr__(self, name: str) -> Any:
        return getattr(self.table, name)

    def put(self, item: Any, **conditions: Any) -> bool:
        found = self.table.get((item["PK"], item["SK"]), consistent=True)
        self.barrier.wait(timeout=10)
        return found is None and self.table.put(item)


def test_without_conditional_puts_two_would_be_added(tmp_path: Path) -> None:
    """The negative twin of the test above."""
    barrier = threading.Barrier(8)
    site = record_web(tmp_path, through=lambda table: Forgetful(table, barrier))  # type: ignore[arg-type, return-value]
    clients = [site.client.application.test_client() for _ in range(8)]
    answers = at_once(8, lambda n: clients[n].post("/api/channels", json={"url": HANDLE}).status_code)
    assert answers == [201] * 8


def test_nobody_comes_in_without_a_token(tmp_path: Path) -> None:
    site = record_web(
        tmp_path, identify=lambda request: LOCAL_USER if "Authorization" in request.headers else None
    )
    calls = [("GET", "/api/channels"), ("POST", "/api/channels"), ("GET", "/api/stocks/AAPL/price")]
    calls += [("DELETE", f"/api/channels/{NOBODY}"), ("POST", f"/api/channels/{NOBODY}/process")]
    for method, address in calls:
        answer = site.client.open(address, method=method)
        assert (answer.status_code, problem(answer)["code"]) == (401, "unauthorized")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 204),
        ({"Origin": "http://localhost"}, 204),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://behind.a.proxy"}, 204),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
    ],
)
def test_a_page_of_another_site_can_change_nothing(
    site: RecordWeb, headers: dict[str, str], status: int
) -> None:
    channel, _ = filled(site.records)
    answer = site.client.delete(f"/api/channels/{channel.id}", headers=headers)
    assert answer.status_code == status
    assert site.get(channel.id).status_code == (404 if status == 204 else 200)
    if status == 403:
        assert problem(answer)["code"] == "other_site"


def test_a_table_that_fails_is_503_and_says_when_to_try_again(tmp_path: Path) -> None:
    tables: list[FailingTable] = []

    def failing(table: Table) -> Table:
        tables.append(FailingTable(table))
        return tables[0]

    site = record_web(tmp_path, through=failing)
    channel_id = site.add().get_json()["id"]
    tables[0].down()
    for answer in (site.add(), site.get(channel_id), site.client.delete(f"/api/channels/{channel_id}")):
        assert (answer.status_code, problem(answer)["code"]) == (503, "track_record_unavailable")
        assert answer.headers["Retry-After"] == "5"
        assert str(tmp_path) not in answer.text
    tables[0].up()
    assert site.get(channel_id).status_code == 200


def test_a_table_that_is_not_there_says_no_path(tmp_path: Path) -> None:
    site = record_web(tmp_path)
    without_table(tmp_path, schemas(NAMES).track_record.name)
    answer = site.client.get("/api/channels")
    assert (answer.status_code, problem(answer)["code"]) == (503, "track_record_unavailable")
    assert "sqlite" not in answer.text
