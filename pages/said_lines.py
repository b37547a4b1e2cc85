"""From the track record to what is shown of it: plain values for components, prices and scores as floats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from components.review_list import ReviewLine
from components.said_words import LONGEST_TITLE, NEW_YORK, shortened
from components.stocks_grid import StockLine
from components.timeline import ChipLine, VideoLine

if TYPE_CHECKING:
    from decimal import Decimal

    from track_record.entities import Mention
    from track_record.reviewing import ReviewEntry
    from track_record.views import StockSummary, TimelineEntry


def stock_line(stock: StockSummary) -> StockLine:
    """Return a line of the grid."""
    return StockLine(
        stock.ticker,
        stock.name or "",
        stock.first_mention_date.astimezone(NEW_YORK).date().isoformat(),
        shortened(stock.first_mention_video_title, LONGEST_TITLE),
        _float(stock.price_at_first_mention),
        _float(stock.current_price),
        _float(stock.price_change_percent),
        stock.buy_count,
        stock.hold_count,
        stock.sell_count,
        stock.mentioned_count,
        stock.total_mentions,
        stock.link,
    )


def video_line(entry: TimelineEntry) -> VideoLine:
    """Return a video of the timeline."""
    video = entry.video
    return VideoLine(
        video.id,
        video.title,
        video.url,
        video.published_at,
        video.transcript_status.value,
        video.analysis_status.value,
        None if video.vanished_at is None else video.vanished_at.astimezone(NEW_YORK).date(),
        tuple(_chip(mention) for mention in entry.mentions),
        video.by_hand,
    )


def review_line(
    entry: ReviewEntry, *, ticker: str | None = None, action: str = "", error: str = ""
) -> ReviewLine:
    """Return a line of the review list; what was given for it and refused stands in its fields."""
    review = entry.review
    return ReviewLine(
        review.id,
        review.video_id,
        entry.video.title,
        entry.video.url,
        review.published_at,
        review.ticker,
        review.action.value,
        float(review.confidence),
        tuple(doubt.value for doubt in review.doubts),
        review.company_as_said,
        review.quote,
        review.decision.value,
        (review.as_ticker or review.ticker) if ticker is None else ticker,
        action or (review.as_action or review.action).value,
        error,
    )


def _chip(mention: Mention) -> ChipLine:
    return ChipLine(
        mention.ticker,
        mention.action.value,
        mention.sentiment.value,
        _float(mention.confidence_score),
        mention.context_snippet or "",
    )


def _float(number: Decimal | None) -> float | None:
    return None if number is None else float(number)
