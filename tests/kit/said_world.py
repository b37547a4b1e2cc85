"""A channel that says all that a page must be able to show: hostile words, tombstones, doubts, no prices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from app import open_cache
from recording import open_records
from settings import load
from track_record.entities import (
    Action,
    AnalysisStatus,
    ChannelStatus,
    NewChannel,
    NewMention,
    NewVideo,
    TranscriptStatus,
    Video,
)
from track_record.records import Records
from track_record.reviews import Doubt, NewReview

IMAGE = '<img src=x onerror="window.hurt=1">'
SCRIPT = "<script>window.hurt=1</script>"
OVERRIDE = "Gains \u202eesrever ni\u202c \u2067and\u2066"
LONG = "x" * 5_000
WHEN = datetime(2012, 6, 1, 18, 30, tzinfo=UTC)
TITLES = (IMAGE, SCRIPT, OVERRIDE, LONG, "Blocked", "Gone")


@dataclass(frozen=True, slots=True)
class Said:
    """The channel's id, and its videos by title."""

    channel_id: str
    videos: dict[str, Video]


def hostile(records: Records) -> Said:
    """Add the channel; its worker has nothing to do."""
    channel = records.channels.add(NewChannel("@hostile", f"Hostile {IMAGE}", "javascript:alert(1)"))
    records.channels.move(channel.id, ChannelStatus.COMPLETED, allowed=(ChannelStatus.PENDING,))
    new = [
        NewVideo(f"hostile{at}", title, _address(title, at), WHEN - timedelta(days=7 * at))
        for at, title in enumerate(TITLES)
    ]
    added = {video.title: video for video in records.videos.add(channel.id, new)}
    for title, video in added.items():
        done, analysis = TranscriptStatus.COMPLETED, AnalysisStatus.COMPLETED
        if title == "Blocked":
            done, analysis = TranscriptStatus.BLOCKED, AnalysisStatus.SKIPPED
        records.videos.move(video, transcript=done, analysis=analysis)
    records.videos.set_vanished(added["Gone"], datetime(2012, 12, 3, 12, tzinfo=UTC))
    for title in TITLES[:4]:
        found = [
            NewMention("AAPL", Action.BUY, Decimal("0.9"), title, Decimal(80)),
            NewMention("ZZZZQ", Action.SELL, Decimal("0.7"), f"{SCRIPT} {title}"),
        ]
        records.videos.replace_mentions(added[title], found)
    doubtful = NewReview(
        "AAPL", Action.SELL, Decimal("0.45"), f"{IMAGE} {LONG}", SCRIPT, (Doubt.CONTRADICTED,)
    )
    other = NewReview("MSFT", Action.BUY, Decimal("0.3"), OVERRIDE, "", (Doubt.OTHER_COMPANY, Doubt.PAST))
    records.reviews.replace(added[IMAGE], [doubtful])
    records.reviews.replace(added[OVERRIDE], [other])
    return Said(channel.id, added)


def many(records: Records, videos: int = 1_000, stocks: int = 200, each: int = 5) -> str:
    """Add a channel with many videos, each with as many mentions as ``each``; return its id."""
    channel = records.channels.add(NewChannel("@many", "Many", "https://www.youtube.com/@many"))
    records.channels.move(channel.id, ChannelStatus.COMPLETED, allowed=(ChannelStatus.PENDING,))
    new = [
        NewVideo(
            f"many{at:06d}",
            f"Five stocks that I look at this morning, and what I did about them, part {at}",
            f"https://www.youtube.com/watch?v=many{at:06d}",
            WHEN - timedelta(hours=20 * at),
        )
        for at in range(videos)
    ]
    actions = list(Action)
    for at, video in enumerate(records.videos.add(channel.id, new)):
        found = [
            NewMention(
                f"T{(at * each + place) % stocks:03d}",
                actions[(at + place) % len(actions)],
                Decimal("0.9"),
                f"I have been buying some more of this one, number {at}, since I believe in what they do",
                Decimal(10),
            )
            for place in range(each)
        ]
        records.videos.replace_mentions(video, found)
        records.videos.move(video, transcript=TranscriptStatus.COMPLETED, analysis=AnalysisStatus.COMPLETED)
    return channel.id


def records_in(data_dir: Path) -> Records:
    """Return the records of an app's folder, before it starts."""
    settings = load(env_file=None, data_dir=data_dir, providers="demo")
    store, schemas, _, _ = open_cache(settings)
    return open_records(store, schemas)


def _address(title: str, at: int) -> str:
    return "javascript:window.hurt=1" if title == SCRIPT else f"https://www.youtube.com/watch?v=hostile{at}"
