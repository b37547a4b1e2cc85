"""Entities as table items and back.

Promise: lossless both ways for what ``entities`` describes; None is written by leaving the attribute out, and
attributes that an entity does not know are ignored. Keys and indexes are those of ``keys``.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from track_record import instants, keys
from track_record.entities import (
    Action,
    AnalysisStatus,
    Channel,
    ChannelStatus,
    Log,
    LogLevel,
    Mention,
    Stock,
    TranscriptStatus,
    Video,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from store import Item, Key

CHANNEL, VIDEO, MENTION, LOG, STOCK, ALIAS = "Channel", "Video", "Mention", "Log", "Stock", "Alias"
"""Values of ``entity_type``."""

T = TypeVar("T")
_log = structlog.get_logger(__name__)


def readable(found: Iterable[Item], to_entity: Callable[[Item], T]) -> list[T]:
    """Return the entities of many items; one that cannot be read costs itself and is logged."""
    entities = []
    for item in found:
        try:
            entities.append(to_entity(item))
        except (KeyError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
            # Its values stay out of the log: they may be anybody's words.
            _log.error(
                "track_item_unreadable", pk=item.get("PK"), sk=item.get("SK"), error=type(error).__name__
            )
    return entities


def of_channel(channel: Channel) -> Item:
    """Return the item of a channel: found by its id, by its YouTube id (GSI2), and in the list (GSI1)."""
    return _item(
        keys.channel_key(channel.id),
        CHANNEL,
        GSI1PK=keys.CHANNELS,
        GSI1SK=instants.text_of(channel.created_at),
        GSI2PK=keys.youtube_channel_partition(channel.youtube_channel_id),
        id=channel.id,
        youtube_channel_id=channel.youtube_channel_id,
        name=channel.name,
        url=channel.url,
        thumbnail_url=channel.thumbnail_url,
        status=channel.status.value,
        video_count=channel.video_count,
        processed_video_count=channel.processed_video_count,
        time_range_months=channel.time_range_months,
        created_at=instants.text_of(channel.created_at),
        updated_at=instants.text_of(channel.updated_at),
    )


def to_channel(item: Item) -> Channel:
    """Return the channel of an item."""
    return Channel(
        id=item["id"],
        youtube_channel_id=item["youtube_channel_id"],
        name=item["name"],
        url=item["url"],
        thumbnail_url=item.get("thumbnail_url"),
        status=ChannelStatus(item["status"]),
        video_count=int(item["video_count"]),
        processed_video_count=int(item["processed_video_count"]),
        time_range_months=int(item["time_range_months"]),
        created_at=instants.parse(item["created_at"]),
        updated_at=instants.parse(item["updated_at"]),
    )


def of_video(video: Video) -> Item:
    """Return the item of a video: in its channel's partition, and found by its YouTube id (GSI3)."""
    return _item(
        keys.video_key(video.channel_id, video.id),
        VIDEO,
        GSI3PK=keys.youtube_video_partition(video.youtube_video_id),
        id=video.id,
        channel_id=video.channel_id,
        youtube_video_id=video.youtube_video_id,
        title=video.title,
        url=video.url,
        published_at=instants.text_of(video.published_at),
        transcript_status=video.transcript_status.value,
        analysis_status=video.analysis_status.value,
        created_at=instants.text_of(video.created_at),
        vanished_at=_text(video.vanished_at),
        by_hand=video.by_hand or None,
    )


def to_video(item: Item) -> Video:
    """Return the video of an item."""
    return Video(
        id=item["id"],
        channel_id=item["channel_id"],
        youtube_video_id=item["youtube_video_id"],
        title=item["title"],
        url=item["url"],
        published_at=instants.parse(item["published_at"]),
        transcript_status=TranscriptStatus(item["transcript_status"]),
        analysis_status=AnalysisStatus(item["analysis_status"]),
        created_at=instants.parse(item["created_at"]),
        vanished_at=_instant(item.get("vanished_at")),
        by_hand=item.get("by_hand", False),
    )


def of_mention(mention: Mention) -> Item:
    """Return the item of a mention: in its video's partition, by ticker (GSI1), and by channel (GSI2).

    GSI2 spares a channel's page a query for each of its videos.
    """
    return _item(
        keys.mention_key(mention.video_id, mention.id),
        MENTION,
        GSI1PK=keys.ticker_partition(mention.ticker),
        GSI1SK=instants.text_of(mention.published_at),
        GSI2PK=keys.channel_partition(mention.channel_id),
        id=mention.id,
        video_id=mention.video_id,
        ticker=mention.ticker,
        action=mention.action.value,
        sentiment=mention.sentiment.value,
        price_at_mention=mention.price_at_mention,
        confidence_score=mention.confidence_score,
        context_snippet=mention.context_snippet,
        created_at=instants.text_of(mention.created_at),
        channel_id=mention.channel_id,
        published_at=instants.text_of(mention.published_at),
    )


def to_mention(item: Item) -> Mention:
    """Return the mention of an item."""
    return Mention(
        id=item["id"],
        video_id=item["video_id"],
        ticker=item["ticker"],
        action=Action(item["action"]),
        price_at_mention=_decimal(item.get("price_at_mention")),
        confidence_score=_decimal(item.get("confidence_score")),
        context_snippet=item.get("context_snippet"),
        created_at=instants.parse(item["created_at"]),
        channel_id=item["channel_id"],
        published_at=instants.parse(item["published_at"]),
    )


def of_log(log: Log, suffix: str) -> Item:
    """Return the item of a log line; ``suffix`` is 8 characters of a UUID."""
    return _item(
        keys.log_key(log.channel_id, log.created_at, suffix),
        LOG,
        id=log.id,
        channel_id=log.channel_id,
        log_level=log.log_level.value,
        message=log.message,
        created_at=instants.text_of(log.created_at),
    )


def to_log(item: Item) -> Log:
    """Return the log line of an item."""
    return Log(
        id=int(item["id"]),
        channel_id=item["channel_id"],
        log_level=LogLevel(item["log_level"]),
        message=item["message"],
        created_at=instants.parse(item["created_at"]),
    )


def of_stock(stock: Stock) -> Item:
    """Return the item of a stock, for the stocks table."""
    item = {
        "ticker": stock.ticker,
        "entity_type": STOCK,
        "name": stock.name,
        "exchange": stock.exchange,
        "last_price": stock.last_price,
        "price_updated_at": _text(stock.price_updated_at),
    }
    return {name: value for name, value in item.items() if value is not None}


def to_stock(item: Item) -> Stock:
    """Return the stock of an item."""
    return Stock(
        ticker=item["ticker"],
        name=item.get("name"),
        exchange=item["exchange"],
        last_price=_decimal(item.get("last_price")),
        price_updated_at=_instant(item.get("price_updated_at")),
    )


def _item(key: Key, entity_type: str, **attributes: Any) -> Item:  # noqa: ANN401 - values of any kind
    pk, sk = key
    given = {name: value for name, value in attributes.items() if value is not None}
    return {"PK": pk, "SK": sk, "entity_type": entity_type, **given}


def _decimal(value: int | Decimal | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _text(when: datetime | None) -> str | None:
    return None if when is None else instants.text_of(when)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else instants.parse(text)
