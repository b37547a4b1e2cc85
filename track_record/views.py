"""A channel's record as pages and routes show it (record-1, record-2): by time, by stock, and as JSON values.

Promise: pure; nothing is asked. A mention whose video is not given is left out, as its deletion is under way.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import TYPE_CHECKING, Any

from track_record import instants
from track_record.entities import Channel, Log, Mention, Sentiment, Stock, Video

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_KEPT_APART = {Video: {"vanished_at", "by_hand"}, Mention: {"channel_id", "published_at"}}
"""What the routes' shapes do not have."""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """A video and what it mentions, by ticker."""

    video: Video
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class StockSummary:
    """What a channel says about one stock.

    ``price_change_percent`` is from the first mention to now; None where one of the prices is not known.
    """

    ticker: str
    name: str | None
    first_mention_date: datetime
    first_mention_video_id: str
    first_mention_video_title: str
    price_at_first_mention: Decimal | None
    current_price: Decimal | None
    price_change_percent: Decimal | None
    buy_count: int
    hold_count: int
    sell_count: int
    mentioned_count: int
    total_mentions: int
    link: str


def timeline(videos: Sequence[Video], mentions: Sequence[Mention]) -> list[TimelineEntry]:
    """Return every video with what it mentions, those published last first."""
    by_video: dict[str, list[Mention]] = {video.id: [] for video in videos}
    for mention in mentions:
        by_video.get(mention.video_id, []).append(mention)
    newest_first = sorted(videos, key=lambda video: (video.published_at, video.id), reverse=True)
    return [
        TimelineEntry(
            video, tuple(sorted(by_video[video.id], key=lambda mention: (mention.ticker, mention.id)))
        )
        for video in newest_first
    ]


def of_price(mention: Mention) -> Decimal | None:
    """Return the price as it was kept, which is right as long as there was no split since."""
    return mention.price_at_mention


def stock_summaries(
    videos: Sequence[Video],
    mentions: Sequence[Mention],
    stocks: Mapping[str, Stock],
    *,
    price_at: Callable[[Mention], Decimal | None] = of_price,
) -> list[StockSummary]:
    """Return one line for each stock, those mentioned most first.

    Args:
        videos: of one channel.
        mentions: of these videos.
        stocks: those that are known, by ticker, with their current prices.
        price_at: gives the price at a mention on the basis of the current price (re-based on splits).
    """
    known = {video.id: video for video in videos}
    by_ticker: dict[str, list[Mention]] = {}
    for mention in sorted(mentions, key=lambda mention: (mention.published_at, mention.id)):
        if mention.video_id in known:
            by_ticker.setdefault(mention.ticker, []).append(mention)
    lines = [
        _summary(said, known[said[0].video_id], stocks.get(ticker, Stock(ticker, None)), price_at(said[0]))
        for ticker, said in by_ticker.items()
    ]
    return sorted(lines, key=lambda line: (-line.total_mentions, line.ticker))


def as_json(thing: Channel | Video | Mention | Log | Stock | StockSummary) -> dict[str, Any]:
    """Return the attributes that the routes show: instants as text, prices as numbers."""
    shown = {name: _plain(getattr(thing, name)) for name in shown_fields(type(thing))}
    if isinstance(thing, Mention):
        shown["sentiment"] = thing.sentiment.value
    return shown


def shown_fields(kind: type[Any]) -> list[str]:
    """Return which fields of a kind the routes show; a mention has its sentiment beside them."""
    apart = _KEPT_APART.get(kind, set())
    return [field.name for field in fields(kind) if field.name not in apart]


def _summary(said: Sequence[Mention], first: Video, stock: Stock, price: Decimal | None) -> StockSummary:
    counts = {kind: sum(mention.sentiment is kind for mention in said) for kind in Sentiment}
    current = stock.last_price
    return StockSummary(
        ticker=stock.ticker,
        name=stock.name,
        first_mention_date=first.published_at,
        first_mention_video_id=first.id,
        first_mention_video_title=first.title,
        price_at_first_mention=price,
        current_price=current,
        price_change_percent=(current / price - 1) * 100 if current is not None and price else None,
        buy_count=counts[Sentiment.BUY],
        hold_count=counts[Sentiment.HOLD],
        sell_count=counts[Sentiment.SELL],
        mentioned_count=counts[Sentiment.MENTIONED],
        total_mentions=len(said),
        link=f"/track-record/{first.channel_id}/{stock.ticker}",
    )


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return instants.text_of(value)
    if isinstance(value, Enum):
        return value.value
    return float(value) if isinstance(value, Decimal) else value
