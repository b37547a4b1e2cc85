"""The track record's tables, opened together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Self

from track_record.channel_log import ChannelLog
from track_record.channel_records import ChannelRecords
from track_record.listening import Nobody
from track_record.review_records import ReviewRecords
from track_record.stock_records import StockRecords
from track_record.video_records import VideoRecords

if TYPE_CHECKING:
    from collections.abc import Callable

    from store import Table
    from track_record.listening import MentionListener


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Records:
    """All that is kept: channels, their videos, mentions and reviews, their logs, and stocks."""

    channels: ChannelRecords
    videos: VideoRecords
    log: ChannelLog
    stocks: StockRecords
    reviews: ReviewRecords

    @classmethod
    def of(
        cls,
        main: Table,
        stocks: Table,
        now: Callable[[], datetime] = _now,
        listener: MentionListener | None = None,
    ) -> Self:
        """Use the two tables of ``store.schemas``; ``listener`` hears of mentions. No call is made."""
        hears = listener or Nobody()
        return cls(
            ChannelRecords(main, now, hears),
            VideoRecords(main, now, hears),
            ChannelLog(main, now),
            StockRecords(stocks),
            ReviewRecords(main, now),
        )
