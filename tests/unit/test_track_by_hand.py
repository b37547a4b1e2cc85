"""Videos that a person adds where no key lists them, over HTTP and in processing (record-3, record-4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from pages import said
from store import Table
from tests.kit.provider_server import ProviderServer
from tests.kit.record_web import RecordWeb, record_web
from tests.kit.stand_in_tube import TubeVideo
from tests.kit.track import new_channel
from tests.kit.track_work import NOW, Waits, Works, on_air, works
from tests.kit.web import problem
from track_record import demo_channel
from track_record.by_hand import VideosByHand, confirm
from track_record.entities import (
    Action,
    AnalysisStatus,
    Channel,
    ChannelStatus,
    Mention,
    NewMention,
    NewVideo,
    TranscriptStatus,
    Video,
)
from track_record.records import Records
from track_record.reviews import Doubt, NewReview

URL = "https://www.youtube.com/watch?v=video000000"
TITLE = "Three <b>stocks</b> \u202eI bought"
WHEN = "2026-11-10T15:00:00-05:00"
INSTANT = datetime(2026, 11, 10, 20, tzinfo=UTC)
HOSTILE = "<script>window.hurt=1</script>"
APPLE = "I bought Apple this morning. I sold my Intel shares, all of them."
FIELDS = {"url": URL, "title": TITLE, "published_at": WHEN}


@pytest.fixture
def site(tmp_path: Path) -> RecordWeb:
    return record_web(tmp_path)


@pytest.fixture
def channel_id(site: RecordWeb) -> str:
    return str(site.add().get_json()["id"])


def post(site: RecordWeb, channel_id: str, **changed: Any) -> Any:
    fields = {name: value for name, value in (FIELDS | changed).items() if value is not None}
    return site.client.post(f"/api/channels/{channel_id}/videos", json=fields)


def test_record_3_a_video_is_added_without_a_key_and_nothing_else_changes(
    site: RecordWeb, channel_id: str
) -> None:
    """record-3: it is counted, it is pending, and its channel's status stays."""
    answer = post(site, channel_id)
    assert answer.status_code == 201
    shown = answer.get_json()
    assert {name: shown[name] for name in ("youtube_video_id", "title", "url", "published_at")} == {
        "youtube_video_id": "video000000", "title": TITLE, "url": URL,
        "published_at": "2026-11-10T20:00:00.000Z",
    }  # fmt: skip
    assert (shown["transcript_status"], shown["analysis_status"]) == ("pending", "pending")
    channel = site.get(channel_id).get_json()
    assert (channel["status"], channel["video_count"], channel["processed_video_count"]) == ("pending", 1, 0)
    (entry,) = site.get(channel_id, "/timeline").get_json()["timeline"]
    assert entry["video"] == shown
    told = said.timeline_message(site.service.timeline(channel_id), {"id": channel_id})
    assert [(video["title"], video["by_hand"]) for video in told["videos"]] == [(TITLE, True)]


def test_the_same_video_again_is_the_same_and_says_what_was_typed_last(
    site: RecordWeb, channel_id: str
) -> None:
    """record-3: whoever mistyped the day types it again; one that YouTube has listed is YouTube's."""
    first = post(site, channel_id).get_json()
    again = post(
        site, channel_id, url="https://youtu.be/video000000?t=5", title=HOSTILE,
        published_at="2026-11-09T20:00:00Z",
    )  # fmt: skip
    assert again.status_code == 200
    shown = again.get_json()
    assert (shown["id"], shown["title"], shown["published_at"][:10]) == (first["id"], HOSTILE, "2026-11-09")
    assert site.get(channel_id).get_json()["video_count"] == 1
    video = site.records.videos.get(channel_id, first["id"])
    assert video is not None
    site.records.videos.confirm(video)
    listed = post(site, channel_id, title="Another")
    assert (listed.status_code, listed.get_json()["title"]) == (200, HOSTILE)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", None),
        ("url", 7),
        ("url", "https://www.youtube.com/@handle"),
        ("url", "https://evil.example/watch?v=video000000"),
        ("title", None),
        ("title", ""),
        ("title", " \u200b\n\x00"),
        ("title", "x" * 201),
        ("title", ["a"]),
        ("published_at", None),
        ("published_at", "yesterday"),
        ("published_at", "2024-03-01"),
        ("published_at", "2024-03-01T14:30:00"),
        ("published_at", 1709321400),
        ("published_at", "2005-02-13T23:59:59Z"),
        ("published_at", "9999-12-31T23:59:59-14:00"),
        ("published_at", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_record_3_what_cannot_be_used_is_refused_beside_its_field(
    site: RecordWeb, channel_id: str, field: str, value: object
) -> None:
    """record-3: 400 with a sentence and its field, and nothing is kept."""
    answer = post(site, channel_id, **{field: value})
    error = problem(answer)
    assert (answer.status_code, error["code"], error["field"]) == (400, "bad_request", field)
    assert site.records.videos.of_channel(channel_id) == []


def test_a_video_of_tomorrow_is_refused_and_one_of_this_second_is_not(
    site: RecordWeb, channel_id: str
) -> None:
    channel = site.service.channel(channel_id)
    by_hand = VideosByHand(site.records, lambda: INSTANT)
    assert by_hand.add(channel, URL, TITLE, WHEN).video.published_at == INSTANT
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    error = problem(post(site, channel_id, url="https://youtu.be/video000001", published_at=tomorrow))
    assert "in the future" in error["message"]


def test_unknown_channels_and_the_demos_take_none(site: RecordWeb) -> None:
    demo = demo_channel.add(site.records)
    refused = post(site, demo.id)
    assert (refused.status_code, problem(refused)["code"]) == (400, "demo_channel")
    assert site.records.videos.of_channel(demo.id) == []
    assert post(site, "00000000-0000-5000-8000-000000000000").status_code == 404


class Heard:
    """What was said to a listener: title, ticker and day of every mention that is kept elsewhere."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, datetime], str] = {}

    def written(self, video: Video, mentions: Sequence[Mention]) -> None:
        self.kept |= {(one.ticker, one.published_at): video.title for one in mentions}

    def removed(self, mentions: Sequence[Mention]) -> None:
        for one in mentions:
            self.kept.pop((one.ticker, one.published_at), None)


def added(at_work: Works) -> tuple[Channel, Video]:
    """Return a channel with a video that was added by hand, and looked through."""
    channel = at_work.add()
    at_work.processing.run(channel.id, Waits())
    video = VideosByHand(at_work.records, lambda: NOW).add(channel, URL, TITLE, WHEN).video
    at_work.given.attach(channel.id, video.id, APPLE)
    at_work.processing.run(channel.id, Waits())
    return channel, video


def test_record_4_without_a_key_it_is_looked_through_and_its_channel_is_done(
    track_tables: tuple[Table, Table], youtube: ProviderServer
) -> None:
    """record-4: the missing key is said, and is no failure where something was done."""
    at_work = works(*track_tables, youtube, key=None)
    channel, video = added(at_work)
    now = at_work.now(channel)
    assert (now.status, now.video_count, now.processed_video_count) == (ChannelStatus.COMPLETED, 1, 1)
    assert {m.ticker for m in at_work.records.videos.of_video(video.id)} == {"AAPL", "INTC"}
    assert at_work.lines(channel)[-1].endswith("“Add a video”.")


def test_record_4_a_later_list_puts_it_right_and_loses_nothing(
    track_tables: tuple[Table, Table], youtube: ProviderServer
) -> None:
    """record-4: title and instant are YouTube's, mentions are dated and priced anew."""
    keyless = works(*track_tables, youtube, key=None)
    channel, video = added(keyless)
    before = keyless.records.videos.of_video(video.id)
    doubts = keyless.records.reviews.of_video(video.id)
    on_air(youtube, [TubeVideo("video000000", "Three stocks I bought", "2026-11-12T14:00:00Z")])
    keyed = works(*track_tables, youtube)
    keyed.entries.by_ticker = {"AAPL": Decimal("11.5")}
    keyed.again(channel)
    (right,) = keyed.records.videos.of_channel(channel.id)
    assert (right.id, right.title, right.by_hand) == (video.id, "Three stocks I bought", False)
    assert right.published_at == datetime(2026, 11, 12, 14, tzinfo=UTC)
    after = keyed.records.videos.of_video(video.id)
    assert [(m.id, m.context_snippet) for m in after] == [(m.id, m.context_snippet) for m in before]
    assert {m.published_at for m in after} == {right.published_at}
    assert {m.ticker: m.price_at_mention for m in after} == {"AAPL": Decimal("11.5"), "INTC": Decimal("10.5")}
    assert [m.id for m in keyed.records.videos.mentions_of_ticker("AAPL", start=right.published_at, end=NOW)]
    assert len(keyed.records.reviews.of_video(video.id)) == len(doubts)
    now = keyed.now(channel)
    assert (now.status, now.video_count, now.processed_video_count) == (ChannelStatus.COMPLETED, 1, 1)
    assert "Videos listed: 0 new, 1 in all." in keyed.lines(channel)


def test_who_keeps_mentions_elsewhere_hears_of_the_right_day(track_tables: tuple[Table, Table]) -> None:
    """user-2: none is left at the day that was typed, also where the correction is made twice."""
    heard = Heard()
    records = Records.of(*track_tables, listener=heard)
    channel = records.channels.add(new_channel())
    video = VideosByHand(records, lambda: NOW).add(channel, URL, TITLE, WHEN).video
    records.videos.replace_mentions(video, [NewMention("AAPL", Action.BUY), NewMention("F", Action.SELL)])
    doubt = NewReview("MSFT", Action.BUY, Decimal("0.3"), "maybe", "", (Doubt.PAST,))
    records.reviews.replace(video, [doubt])
    assert heard.kept == dict.fromkeys([("AAPL", INSTANT), ("F", INSTANT)], TITLE)
    right = datetime(2026, 11, 12, 14, tzinfo=UTC)
    for _ in range(2):
        confirm(records, video, NewVideo("video000000", "Right", URL, right))
    assert heard.kept == dict.fromkeys([("AAPL", right), ("F", right)], "Right")
    assert [review.published_at for review in records.reviews.of_channel(channel.id)] == [right]


def test_what_is_corrected_while_it_is_looked_through_is_looked_through_again(
    track_tables: tuple[Table, Table], youtube: ProviderServer
) -> None:
    """record-6: a worker that began with the wrong day does not leave the wrong price."""
    at_work = works(*track_tables, youtube, key=None)
    channel, video = added(at_work)
    video = at_work.given.attach(channel.id, video.id, APPLE)
    assert at_work.records.videos.move(video, analysis=AnalysisStatus.PROCESSING) is not None
    VideosByHand(at_work.records, lambda: NOW).add(channel, URL, TITLE, "2026-11-03T15:00:00Z")
    there = at_work.records.videos.get(channel.id, video.id)
    assert there is not None
    assert (there.analysis_status, there.transcript_status) == (
        AnalysisStatus.PENDING, TranscriptStatus.COMPLETED,
    )  # fmt: skip
    assert {m.published_at for m in at_work.records.videos.of_video(video.id)} == {there.published_at}


def test_one_that_is_in_no_list_is_not_called_gone(
    track_tables: tuple[Table, Table], youtube: ProviderServer
) -> None:
    """record-4: it may be of another channel, or of another day; nobody knows that it is deleted."""
    channel, video = added(works(*track_tables, youtube, key=None))
    on_air(youtube, [TubeVideo("video000001", "Another", "2026-11-12T14:00:00Z")])
    keyed = works(*track_tables, youtube)
    keyed.again(channel)
    there = keyed.records.videos.get(channel.id, video.id)
    assert there is not None
    assert (there.by_hand, there.vanished_at, there.title) == (True, None, TITLE)
    assert keyed.now(channel).video_count == 2
