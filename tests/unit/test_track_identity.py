"""A channel stays the one that it is, and its videos those that YouTube still has (record-3, record-4)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from adapters.errors import UnavailableError
from store import Table
from tests.kit import provider_server as stand_in
from tests.kit.provider_server import ProviderServer
from tests.kit.stand_in_tube import TubeChannel
from tests.kit.track_work import APPLE, ID, NOW, Refusing, Waits, Works, on_air, talks, works
from track_record.entities import Channel, ChannelStatus
from track_record.listing import VideoListing
from track_record.steps import REST_S, Steps

SOMEBODY_ELSE = "UCaaaaaaaaaaaaaaaaaaaaaa"
NO_LIST = b'{"error": {"code": 404, "errors": [{"reason": "playlistNotFound"}]}}'


def test_a_handle_that_somebody_else_has_by_now_leads_to_nobody_elses_videos(
    at_work: Works, youtube: ProviderServer
) -> None:
    """Handles change hands: once it is known who a channel is, its id is asked for."""
    channel = at_work.add()
    at_work.processing.run(channel.id, Waits())
    videos = at_work.records.videos.of_channel(channel.id)
    youtube.tube.channels[:] = [
        TubeChannel(ID, "renamed", "Talks about stocks", talks(3)),
        TubeChannel(SOMEBODY_ELSE, "talks", "Somebody else", [*talks(5)[3:]]),
    ]
    at_work.again(channel)
    now = at_work.now(channel)
    assert (now.youtube_channel_id, now.name) == (ID, "Talks about stocks")
    assert now.status is ChannelStatus.COMPLETED
    assert [v.id for v in at_work.records.videos.of_channel(channel.id)] == [v.id for v in videos]


def test_a_channel_without_videos_is_no_unknown_channel(at_work: Works, youtube: ProviderServer) -> None:
    """YouTube says 404 of the uploads of who has never uploaded anything."""
    youtube.fail("playlistItems", stand_in.status(404, NO_LIST))
    channel = at_work.add()
    at_work.processing.run(channel.id, Waits())
    assert at_work.now(channel).status is ChannelStatus.COMPLETED
    assert "Videos listed: 0 new, 0 in all." in at_work.lines(channel)


def test_a_video_that_has_left_the_list_is_gone_and_one_of_before_its_months_is_not(
    at_work: Works, youtube: ProviderServer
) -> None:
    """A deleted video leaves its channel's uploads; it and its mentions stay (a tombstone)."""
    older = talks(1, NOW - timedelta(days=300))[0]
    on_air(youtube, [*talks(3), replace(older, id="older000000", title="Long ago")])
    at_work.spoken.said = {"video000001": APPLE}
    channel = at_work.add()
    at_work.processing.run(channel.id, Waits())
    on_air(youtube, [talks(3)[0], talks(3)[2]])
    at_work.records.channels.want(channel.id)
    at_work.records.channels.set_begun(channel.id)
    months_later = VideoListing(at_work.records, lambda: NOW + timedelta(days=90))
    months_later.run(at_work.now(channel), at_work.feed, Steps(at_work.records, channel.id, Waits()))
    assert gone(at_work, channel) == ["Talk 1"]
    assert at_work.records.videos.mentions_of_channel(channel.id)
    on_air(youtube, talks(3))
    at_work.again(channel)
    assert "Talk 1" not in gone(at_work, channel)


def gone(at_work: Works, channel: Channel) -> list[str]:
    return [v.title for v in at_work.records.videos.of_channel(channel.id) if v.vanished_at is not None]


def test_a_reader_that_is_down_is_left_alone_also_where_nothing_can_be_listed(
    track_tables: tuple[Table, Table], youtube: ProviderServer
) -> None:
    """What waits for its reader rests, instead of being begun with every two seconds."""
    down = Refusing(UnavailableError("Gemini does not answer."))
    at_work = works(*track_tables, youtube, extractor=down)  # type: ignore[arg-type]
    channel = at_work.add()
    at_work.processing.run(channel.id, Waits(stop_after=2))
    assert at_work.records.videos.of_channel(channel.id)
    youtube.fail("/youtube/", stand_in.status(401, b"{}"))
    for video in at_work.records.videos.of_channel(channel.id):
        at_work.given.attach(channel.id, video.id, APPLE)
    pause = at_work.processing.run(channel.id, Waits())
    assert at_work.now(channel).status is ChannelStatus.PROCESSING
    assert pause is not None
    assert pause.wait_s == REST_S
    assert any("refused the key" in line for line in at_work.lines(channel))
