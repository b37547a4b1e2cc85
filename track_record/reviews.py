"""What an extractor was unsure of, and what a person decided about it.

A review stands for what one video may say about one ticker with one action. Its id is the one that the
mention would have, so a video that is looked through again finds what was decided, whatever its words are.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING

from track_record import instants, items, keys
from track_record.entities import Action, NewMention

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.extractors import Mention as Found
    from store import Item
    from track_record.entities import Video

REVIEW = "Review"
"""The value of ``entity_type``."""
BY_A_PERSON = Decimal(1)
"""The confidence of a mention that a person has accepted."""
_SUREST = Decimal("0.9999")
"""Of an extractor: models say 1.0, and what they found must not be taken for a person's."""


class Decision(StrEnum):
    """What became of it."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"


class Doubt(StrEnum):
    """Why an extractor was unsure, beside how unsure it was."""

    OTHER_COMPANY = "other_company"
    CONTRADICTED = "contradicted"
    HYPOTHETICAL = "hypothetical"
    PAST = "past"
    QUOTED = "quoted"
    SPONSORED = "sponsored"


@dataclass(frozen=True, slots=True)
class NewReview:
    """What an extractor understood, and doubts; ``confidence`` is between 0 and 1."""

    ticker: str
    action: Action
    confidence: Decimal
    quote: str
    company_as_said: str
    doubts: tuple[Doubt, ...] = ()


@dataclass(frozen=True, slots=True)
class Review:
    """What may be a mention, for a person to decide.

    Attributes:
        ticker, action, confidence, quote, company_as_said, doubts: as the extractor understood it.
        as_ticker, as_action: what an accepted one stands for; of another, what it stood for as long as the
            mention of that may still be there.
        published_at: the video's.
    """

    id: str
    video_id: str
    channel_id: str
    published_at: datetime
    ticker: str
    action: Action
    confidence: Decimal
    quote: str
    company_as_said: str
    doubts: tuple[Doubt, ...]
    created_at: datetime
    decision: Decision = Decision.OPEN
    as_ticker: str | None = None
    as_action: Action | None = None

    @property
    def accepted(self) -> NewMention | None:
        """The mention that an accepted one stands for."""
        return self.stood_for if self.decision is Decision.ACCEPTED else None

    @property
    def stood_for(self) -> NewMention | None:
        """The mention that may be there because of it, whatever was decided since."""
        if self.as_ticker is None or self.as_action is None:
            return None
        return NewMention(self.as_ticker, self.as_action, BY_A_PERSON, self.quote)


def confidence_of(mention: Found) -> Decimal:
    """Return how sure an extractor is, to four places; less than a person."""
    return min(Decimal(repr(round(mention.confidence, 4))), _SUREST)


def found(mention: Found) -> NewReview:
    """Return what to ask a person about what an extractor is unsure of."""
    asides = {
        Doubt.HYPOTHETICAL: mention.is_hypothetical,
        Doubt.PAST: mention.is_past,
        Doubt.QUOTED: mention.is_quoted,
        Doubt.SPONSORED: mention.sponsor_disclosure,
    }
    return NewReview(
        mention.ticker,
        Action(mention.action),
        confidence_of(mention),
        mention.quote,
        mention.company_as_said,
        (*map(Doubt, mention.doubts), *(doubt for doubt, is_so in asides.items() if is_so)),
    )


def made(video: Video, new: NewReview, now: datetime) -> Review:
    """Return the review of a video, not decided yet."""
    return Review(
        keys.mention_id_of(video.id, new.ticker, new.action),
        video.id,
        video.channel_id,
        video.published_at,
        new.ticker,
        new.action,
        new.confidence,
        new.quote,
        new.company_as_said,
        new.doubts,
        instants.of(now),
    )


def of_review(review: Review) -> Item:
    """Return the item of a review: in its video's partition, and by channel (GSI2)."""
    pk, sk = keys.review_key(review.video_id, review.id)
    item = {
        "PK": pk,
        "SK": sk,
        "entity_type": REVIEW,
        "GSI2PK": keys.reviews_partition(review.channel_id),
        "id": review.id,
        "video_id": review.video_id,
        "channel_id": review.channel_id,
        "published_at": instants.text_of(review.published_at),
        "ticker": review.ticker,
        "action": review.action.value,
        "confidence": review.confidence,
        "quote": review.quote,
        "company_as_said": review.company_as_said,
        "doubts": [doubt.value for doubt in review.doubts],
        "created_at": instants.text_of(review.created_at),
        "decision": review.decision.value,
        "as_ticker": review.as_ticker,
        "as_action": None if review.as_action is None else review.as_action.value,
    }
    return {name: value for name, value in item.items() if value is not None}


def to_review(item: Item) -> Review:
    """Return the review of an item."""
    as_action = item.get("as_action")
    return Review(
        item["id"],
        item["video_id"],
        item["channel_id"],
        instants.parse(item["published_at"]),
        item["ticker"],
        Action(item["action"]),
        Decimal(item["confidence"]),
        item["quote"],
        item["company_as_said"],
        tuple(map(Doubt, item["doubts"])),
        instants.parse(item["created_at"]),
        Decision(item["decision"]),
        item.get("as_ticker"),
        None if as_action is None else Action(as_action),
    )


def readable(found_items: list[Item]) -> list[Review]:
    """Return reviews by time of publication; what cannot be read is logged and left out."""
    return sorted(items.readable(found_items, to_review), key=lambda one: (one.published_at, one.id))
