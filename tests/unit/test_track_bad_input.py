"""What people and YouTube may throw at processing, from routes to table and back (record-1 to record-5)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from adapters import http_client
from adapters.extractors.apart import RulesApart
from adapters.transcripts import VideoGoneError
from store import schemas
from tests.kit.house import NAMES
from tests.kit.provider_server import ProviderServer
from tests.kit.record_web import RecordWeb, record_web
from tests.kit.stand_in_tube import TubeVideo
from tests.kit.track import new_channel
from tests.kit.track_work import APPLE, KEY, NOW, Waits, Works, on_air, talks, works
from track_record.entities import AnalysisStatus, ChannelStatus

HOSTILE = "<script>alert(1)</script> </textarea><img src=x onerror=alert(1)> \u202egpj.exe\u202c & \"'`"


@dataclass
class Site:
    """Routes and a worker on one table, and YouTube."""

    web: RecordWeb
    works: Works
    server: ProviderServer

    def added(self) -> str:
        """Add the channel by its address and have it processed; return its id."""
        channel_id: str = self.web.add("https://www.youtube.com/@talks").get_json()["id"]
        assert self.web.post(channel_id, "/process").status_code == 200
        return channel_id

    def run(self, channel_id: str) -> None:
        """Do what the worker does."""
        self.works.processing.run(channel_id, Waits())

    def videos(self, channel_id: str) -> list[Any]:
        """Return the timeline's entries, the newest first."""
        found: list[Any] = self.web.get(channel_id, "/timeline").get_json()["timeline"]
        return found

    def lines(self, channel_id: str, since: int | None = None) -> list[Any]:
        """Return the log as the route gives it."""
        rest = "/logs" if since is None else f"/logs?since={since}"
        found: list[Any] = self.web.get(channel_id, rest).get_json()["logs"]
        return found


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = record_web(tmp_path)
    tables = schemas(NAMES)
    store = made.parts.store
    with ProviderServer(now=NOW.timestamp, keys=frozenset({KEY})) as server:
        on_air(server, talks(3))
        at_work = works(store.table(tables.track_record), store.table(tables.stocks), server)
        at_work.spoken.said = {f"video{n:06d}": APPLE for n in range(3)}
        yield Site(made, at_work, server)
    http_client.reset()


def test_hostile_titles_and_quotes_come_back_as_the_text_they_are(site: Site) -> None:
    """record-2: HTML, scripts, marks that turn writing around, in JSON that nothing takes for a page."""
    on_air(site.server, [TubeVideo("video000000", HOSTILE, "2026-11-19T12:00:00Z")])
    site.works.spoken.said = {"video000000": f"{HOSTILE}. I bought Apple {HOSTILE} this morning."}
    channel_id = site.added()
    site.run(channel_id)
    for rest in ("/timeline", "/stocks", "/stocks/AAPL", "/logs", ""):
        answer = site.web.get(channel_id, rest)
        assert (answer.status_code, answer.mimetype) == (200, "application/json")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    (entry,) = site.videos(channel_id)
    assert entry["video"]["title"] == HOSTILE
    (mention,) = entry["mentions"]
    assert mention["ticker"] == "AAPL"
    assert "<script>" in mention["context_snippet"]
    (stock,) = site.web.get(channel_id, "/stocks").get_json()["stocks"]
    assert stock["first_mention_video_title"] == HOSTILE
    assert stock["link"] == f"/track-record/{channel_id}/AAPL"
    assert entry["video"]["url"] == "https://www.youtube.com/watch?v=video000000"
    for line in site.lines(channel_id):
        assert line["message"].isprintable()
        assert "\u202e" not in line["message"]


def test_a_video_that_is_deleted_in_the_middle_is_skipped_with_a_reason(site: Site) -> None:
    """It was there when the channel was listed, and gone when its turn came; the others are read."""
    site.works.spoken.said["video000001"] = VideoGoneError("The video is not there any more.")
    channel_id = site.added()
    site.run(channel_id)
    shown = [
        (e["video"]["transcript_status"], e["video"]["analysis_status"]) for e in site.videos(channel_id)
    ]
    assert shown == [("completed", "completed"), ("missing", "skipped"), ("completed", "completed")]
    messages = [line["message"] for line in site.lines(channel_id)]
    assert "“Talk 1” is skipped: The video is not there any more." in messages
    assert site.web.get(channel_id).get_json()["status"] == "completed"


def test_counts_and_log_are_right_while_it_is_processed_and_after(site: Site) -> None:
    """record-2, record-4: what a page shows live; who reads the log misses nothing, sees nothing twice."""
    channel_id = site.added()
    seen: list[tuple[str, int, int]] = []
    read: list[Any] = []

    def look(_: str) -> None:
        channel = site.web.get(channel_id).get_json()
        seen.append((channel["status"], channel["video_count"], channel["processed_video_count"]))
        read.extend(site.lines(channel_id, read[-1]["id"] if read else None))

    site.works.spoken.on_ask = look
    site.run(channel_id)
    look("")
    assert seen == [
        ("processing", 3, 0), ("processing", 3, 1), ("processing", 3, 2), ("completed", 3, 3),
    ]  # fmt: skip
    assert read == site.lines(channel_id)
    assert site.web.post(channel_id, "/process").get_json()["processed_video_count"] == 3


def test_a_channel_is_one_whatever_its_address(site: Site) -> None:
    """record-3: by handle and by id; the one that turns out to be the other says so, and is not run."""
    by_id = site.web.add("https://www.youtube.com/channel/UC_x5XG1OV2P6uZZ5FSM9Ttw").get_json()["id"]
    by_handle = site.web.add("youtube.com/@TALKS?si=abc").get_json()["id"]
    assert site.web.add("https://m.youtube.com/@talks/").get_json()["error"]["code"] == "channel_duplicate"
    site.web.post(by_handle, "/process")
    site.run(by_handle)
    assert site.web.get(by_handle).get_json()["status"] == "failed"
    assert "in the list already" in site.lines(by_handle)[-1]["message"]
    assert site.videos(by_handle) == []
    site.web.post(by_id, "/process")
    site.run(by_id)
    assert len(site.videos(by_id)) == 3


def test_five_hundred_channels_are_listed_whole_and_none_is_touched(site: Site) -> None:
    """record-1: pages are of one order, and nothing runs of what nobody asked for."""
    for number in range(500):
        site.web.records.channels.add(new_channel(f"@channel{number}"))
    pages = [site.web.client.get(f"/api/channels?page={n}&per_page=100").get_json() for n in range(1, 7)]
    assert [len(page["items"]) for page in pages] == [100] * 5 + [0]
    assert {page["total"] for page in pages} == {500}
    names = [item["name"] for page in pages for item in page["items"]]
    assert names == [f"channel{n}" for n in reversed(range(500))]
    assert site.web.records.channels.waiting() == []


def test_twelve_hours_can_be_cancelled_while_they_are_read(site: Site) -> None:
    """record-4: within seconds, by the route; the video waits again, and its transcript is kept."""
    site.works.processing._work._make_reader = RulesApart
    on_air(site.server, talks(1))
    long = "\n".join(
        f"so number {n} i bought apple and i sold intel and pfizer is cheap" for n in range(40_000)
    )
    site.works.spoken.said = {"video000000": long}
    channel_id = site.added()
    cancelled_at: list[float] = []

    def cancel_soon(seconds: float) -> bool:
        del seconds
        (entry,) = site.videos(channel_id) or [None]
        reads = entry is not None and entry["video"]["analysis_status"] == "processing"
        if reads and site.works.spoken.asked and not cancelled_at:
            site.web.post(channel_id, "/cancel")
            cancelled_at.append(time.monotonic())
        return False

    site.works.processing.run(channel_id, cancel_soon)
    assert time.monotonic() - cancelled_at[0] < 5
    assert site.web.get(channel_id).get_json()["status"] == "cancelled"
    (entry,) = site.videos(channel_id)
    assert (entry["video"]["analysis_status"], entry["mentions"]) == (AnalysisStatus.PENDING, [])
    site.works.spoken.said = {"video000000": APPLE}
    site.web.post(channel_id, "/process")
    site.run(channel_id)
    assert site.web.get(channel_id).get_json()["status"] == ChannelStatus.COMPLETED
    assert len(site.videos(channel_id)[0]["mentions"]) == 2
