"""A track record to test with: a clock that ticks, channels, videos and mentions by the dozen."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from track_record.entities import Action, Channel, LogLevel, NewChannel, NewMention, NewVideo, Video

if TYPE_CHECKING:
    from track_record.records import Records

START = datetime(2025, 3, 3, 12, tzinfo=UTC)


class Ticking:
    """A clock that is some milliseconds later each time it is looked at."""

    def __init__(self, step_ms: int = 1_000) -> None:
        """Begin at START; a step of 0 stands still, a negative one goes back."""
        self._now = START
        self._step = timedelta(milliseconds=step_ms)

    def __call__(self) -> datetime:
        self._now += self._step
        return self._now


def new_channel(name: str = "@chandler") -> NewChannel:
    """Return what a person gives of a channel."""
    return NewChannel(name, name.removeprefix("@"), f"https://www.youtube.com/{name}")


def new_videos(count: int, first: int = 0) -> list[NewVideo]:
    """Return videos that were published an hour after each other."""
    return [
        NewVideo(f"yt{n}", f"Video {n}", f"https://youtu.be/yt{n}", START + timedelta(hours=n))
        for n in range(first, first + count)
    ]


def filled(records: Records, name: str = "@chandler", videos: int = 3) -> tuple[Channel, list[Video]]:
    """Return a channel with videos, each with two mentions and a line in the log."""
    channel = records.channels.add(new_channel(name))
    added = records.videos.add(channel.id, new_videos(videos))
    for video in added:
        found = [
            NewMention("AAPL", Action.BUY, Decimal("0.9"), "buy apple"),
            NewMention("F", Action.SELL, context_snippet="sell ford"),
        ]
        records.videos.replace_mentions(video, found)
        records.log.write(channel.id, LogLevel.INFO, f"{video.title}: 2 mentions")
    return channel, added
