"""Channels, videos, mentions, logs and stocks, as people and programs speak of them (record-2).

All instants are UTC to the millisecond (``instants.of``); prices and scores are Decimals, because tables keep
them exactly. What is empty is None.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

MIN_MONTHS, DEFAULT_MONTHS, MAX_MONTHS = 1, 12, 36


class ChannelStatus(StrEnum):
    """How far the processing of a channel is."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class TranscriptStatus(StrEnum):
    """Whether there is a transcript. Blocked is not missing: another way to get it may work."""

    PENDING = "pending"
    COMPLETED = "completed"
    MISSING = "missing"
    BLOCKED = "blocked"
    FAILED = "failed"


class AnalysisStatus(StrEnum):
    """Whether a video was looked through for mentions."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    SKIPPED = "skipped"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Whether the video counts as processed."""
        return self in {AnalysisStatus.COMPLETED, AnalysisStatus.SKIPPED, AnalysisStatus.FAILED}


class Sentiment(StrEnum):
    """What a mention comes to."""

    BUY = "buy"
    HOLD = "hold"
    SELL = "sell"
    MENTIONED = "mentioned"


class Action(StrEnum):
    """What was said to do with a stock."""

    BUY = "buy"
    ADD = "add"
    HOLD = "hold"
    WATCH = "watch"
    TRIM = "trim"
    SELL = "sell"
    SHORT = "short"
    AVOID = "avoid"
    MENTION = "mention"

    @property
    def sentiment(self) -> Sentiment:
        """What it comes to."""
        return _SENTIMENTS[self]

    @property
    def direction(self) -> int:
        """1 when a rise proves it right, -1 when a fall does, 0 when it is no call and is never scored."""
        return _DIRECTIONS.get(self.sentiment, 0)


_SENTIMENTS = {
    Action.BUY: Sentiment.BUY,
    Action.ADD: Sentiment.BUY,
    Action.HOLD: Sentiment.HOLD,
    Action.WATCH: Sentiment.HOLD,
    Action.TRIM: Sentiment.SELL,
    Action.SELL: Sentiment.SELL,
    Action.SHORT: Sentiment.SELL,
    Action.AVOID: Sentiment.SELL,
    Action.MENTION: Sentiment.MENTIONED,
}
_DIRECTIONS = {Sentiment.BUY: 1, Sentiment.SELL: -1}


class LogLevel(StrEnum):
    """How bad it is."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Channel:
    """A YouTube channel that is followed; ``time_range_months`` (1–36) is how far back it is looked through.

    ``youtube_channel_id`` is its handle (``@name``) until somebody with a key has resolved it.
    """

    id: str
    youtube_channel_id: str
    name: str
    url: str
    thumbnail_url: str | None
    status: ChannelStatus
    video_count: int
    processed_video_count: int
    time_range_months: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Video:
    """A video of a channel.

    ``vanished_at`` says since when it is gone from YouTube; it and its mentions stay (a tombstone).
    ``by_hand``: title and instant are what a person typed; YouTube has not been asked.
    """

    id: str
    channel_id: str
    youtube_video_id: str
    title: str
    url: str
    published_at: datetime
    transcript_status: TranscriptStatus
    analysis_status: AnalysisStatus
    created_at: datetime
    vanished_at: datetime | None = None
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """What a video says about one stock.

    ``price_at_mention`` is None until there is a price that a viewer could have had. ``channel_id`` and
    ``published_at`` are the video's, so that a mention that was found by its ticker says where it belongs.
    """

    id: str
    video_id: str
    ticker: str
    action: Action
    price_at_mention: Decimal | None
    confidence_score: Decimal | None
    context_snippet: str | None
    created_at: datetime
    channel_id: str
    published_at: datetime

    @property
    def sentiment(self) -> Sentiment:
        """What the action comes to."""
        return self.action.sentiment


@dataclass(frozen=True, slots=True)
class Log:
    """A line of a channel's log. ``id`` only grows within a channel: it is ``created_at`` in milliseconds."""

    id: int
    channel_id: str
    log_level: LogLevel
    message: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Stock:
    """A stock that somebody mentioned, and the last price that was seen of it."""

    ticker: str
    name: str | None
    exchange: str = "NYSE"
    last_price: Decimal | None = None
    price_updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NewChannel:
    """What is known of a channel before it is followed."""

    youtube_channel_id: str
    name: str
    url: str
    thumbnail_url: str | None = None
    time_range_months: int = DEFAULT_MONTHS


@dataclass(frozen=True, slots=True)
class NewVideo:
    """What a channel's list says about a video."""

    youtube_video_id: str
    title: str
    url: str
    published_at: datetime


@dataclass(frozen=True, slots=True)
class NewMention:
    """What an extractor found in a video; one for each ticker and action."""

    ticker: str
    action: Action
    confidence_score: Decimal | None = None
    context_snippet: str | None = None
    price_at_mention: Decimal | None = None
