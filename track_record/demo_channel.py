"""The demo's channel: synthetic videos and transcripts over the demo's years, bundled with the app.

It is a feed like YouTube, so that a machine without keys shows the whole way from a video to a score.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.transcripts import NoTranscriptError, Transcript, read_transcript
from adapters.youtube_parsing import Availability, ChannelInfo, VideoInfo
from store import Absent
from track_record import keys
from track_record.entities import MAX_MONTHS, NewChannel
from track_record.errors import DuplicateChannelError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store import Table
    from track_record.entities import Channel
    from track_record.records import Records

YOUTUBE_ID = "demo/synthetic"
"""No id of YouTube's looks like it."""
NAME = "Synthetic demo channel"
_ADDRESS = "https://example.com/synthetic-demo-channel"
_FILE = Path(__file__).with_name("data") / "demo_channel.json"
_MARK = ("DEMO", "CHANNEL")


@dataclass(frozen=True, slots=True)
class _Talk:
    """A synthetic video."""

    info: VideoInfo
    transcript: str


class DemoFeed:
    """The bundled videos; a ``Feed``. However many months are chosen, all of them are listed."""

    def info(self, channel: Channel) -> ChannelInfo:
        """Return the demo's channel."""
        del channel
        return ChannelInfo(YOUTUBE_ID, NAME, "", "")

    def videos(self, info: ChannelInfo, since: datetime) -> Iterator[list[VideoInfo]]:
        """Yield all videos at once, the newest first."""
        del info, since
        yield [talk.info for talk in reversed(_talks().values())]

    def url_of(self, youtube_video_id: str) -> str:
        """Return an address that is nobody's."""
        return f"{_ADDRESS}/{youtube_video_id}"

    def transcript(self, youtube_video_id: str) -> Transcript:
        """Return what nobody said in a video.

        Raises:
            NoTranscriptError: it is none of the demo's.
        """
        talk = _talks().get(youtube_video_id)
        if talk is None:
            raise NoTranscriptError("The demo's channel has no such video.")
        return read_transcript(talk.transcript, language="en")


def is_demo(channel: Channel) -> bool:
    """Return whether a channel is the demo's."""
    return channel.youtube_channel_id == YOUTUBE_ID


def add(records: Records) -> Channel:
    """Follow the demo's channel, or return it if it is followed; it is not processed yet.

    Raises:
        TableError: the table fails.
    """
    new = NewChannel(YOUTUBE_ID, NAME, _ADDRESS, time_range_months=MAX_MONTHS)
    try:
        return records.channels.add(new)
    except DuplicateChannelError as error:
        found = records.channels.get(error.channel_id)
        return found or records.channels.add(new)


def add_again(records: Records) -> Channel:
    """Follow the demo's channel and have it processed, also where it was before.

    Raises:
        TableError: the table fails.
    """
    return records.channels.want(add(records).id)


def add_once(records: Records, main: Table) -> None:
    """Follow the demo's channel where no channel is, and have it processed; once deleted it stays away.

    Raises:
        TableError: the table fails.
    """
    pk, sk = _MARK
    if main.get(_MARK, consistent=True) is not None:
        return
    if records.channels.page(1, 1).total == 0:
        add_again(records)
    main.put(
        {"PK": pk, "SK": sk, "entity_type": "Mark", "id": keys.channel_id_of(YOUTUBE_ID)}, when=Absent("PK")
    )


@cache
def _talks() -> dict[str, _Talk]:
    """Return the bundled videos by id, oldest first."""
    kept = json.loads(_FILE.read_text("utf-8"))["videos"]
    kept.sort(key=lambda video: video["published_at"])
    return {
        video["id"]: _Talk(
            VideoInfo(
                video["id"],
                video["title"],
                datetime.fromisoformat(video["published_at"]),
                timedelta(minutes=5),
                Availability.PUBLIC,
            ),
            video["transcript"],
        )
        for video in kept
    }
