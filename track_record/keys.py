"""Ids and keys of the track record's items (requirements, section 5).

Ids follow from what they stand for: a channel's from its YouTube id, a video's from its channel and YouTube
id, a mention's from its video, ticker and action. So one thing has one key, whoever writes it and how often:
a conditional put is all that uniqueness takes, and what is done again after a crash writes the same items.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from track_record import instants

if TYPE_CHECKING:
    from datetime import datetime

    from store import Key
    from track_record.entities import Action

CHANNELS = "CHANNELS"
"""Partition of GSI1 with every channel."""

VIDEOS, MENTIONS, LOGS, REVIEWS = "VIDEO#", "MENTION#", "LOG#", "REVIEW#"
"""What the sort keys of each kind begin with."""

TO_PROCESS = "PROCESSING"
"""Partition of GSI3 with the channels that are processed or to be processed; the others have no key there."""

BY_LIST_OR_TICKER, BY_YOUTUBE_CHANNEL, BY_YOUTUBE_VIDEO = "GSI1-index", "GSI2-index", "GSI3-index"

_NAMESPACE = UUID("6f0f7a0e-2a57-5c1c-9c5e-0f8f0a6e9b51")
_AFTER_ALL_SUFFIXES = "~"


def channel_id_of(youtube_channel_id: str) -> str:
    """Return the id of the channel that stands for a YouTube channel; handles (``@name``) know no case."""
    name = youtube_channel_id.strip()
    return str(uuid5(_NAMESPACE, "channel/" + (name.lower() if name.startswith("@") else name)))


def video_id_of(channel_id: str, youtube_video_id: str) -> str:
    """Return the id of a video of a channel."""
    return str(uuid5(_NAMESPACE, f"video/{channel_id}/{youtube_video_id}"))


def mention_id_of(video_id: str, ticker: str, action: Action) -> str:
    """Return the id of what a video says about a ticker."""
    return str(uuid5(_NAMESPACE, f"mention/{video_id}/{ticker}/{action}"))


def channel_partition(channel_id: str) -> str:
    """Return where a channel, its videos and its logs are; in GSI2, its mentions."""
    return f"CHANNEL#{channel_id}"


def channel_key(channel_id: str) -> Key:
    """Return the key of a channel."""
    return channel_partition(channel_id), channel_partition(channel_id)


def video_key(channel_id: str, video_id: str) -> Key:
    """Return the key of a video."""
    return channel_partition(channel_id), VIDEOS + video_id


def video_partition(video_id: str) -> str:
    """Return where the mentions of a video are."""
    return f"VIDEO#{video_id}"


def mention_key(video_id: str, mention_id: str) -> Key:
    """Return the key of a mention."""
    return video_partition(video_id), MENTIONS + mention_id


def review_key(video_id: str, review_id: str) -> Key:
    """Return the key of what a person is to decide about a video."""
    return video_partition(video_id), REVIEWS + review_id


def reviews_partition(channel_id: str) -> str:
    """Return where GSI2 has what a person is to decide about a channel's videos."""
    return f"REVIEWS#{channel_id}"


def log_key(channel_id: str, created_at: datetime, suffix: str) -> Key:
    """Return the key of a log line; ``suffix`` (8 characters of a UUID) keeps lines of one instant apart."""
    return channel_partition(channel_id), f"{LOGS}{instants.text_of(created_at)}#{suffix}"


def log_bounds(after: datetime, until: datetime) -> tuple[str, str]:
    """Return the lowest and highest sort key of logs with after < created_at <= until."""
    first = instants.text_of(instants.from_ms(instants.to_ms(after) + 1))
    return LOGS + first, LOGS + instants.text_of(until) + _AFTER_ALL_SUFFIXES


def ticker_partition(ticker: str) -> str:
    """Return where GSI1 has the mentions of a ticker, by time of publication."""
    return f"TICKER#{ticker}"


def youtube_channel_partition(youtube_channel_id: str) -> str:
    """Return where GSI2 has the channel of a YouTube channel."""
    return f"YT#{youtube_channel_id}"


def youtube_video_partition(youtube_video_id: str) -> str:
    """Return where GSI3 has the video of a YouTube video."""
    return f"YTVID#{youtube_video_id}"
