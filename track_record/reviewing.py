"""What people decide about what an extractor was unsure of, and how that holds when a video is done again.

An accepted review is a mention as long as it is accepted, a dismissed one is none, whatever an extractor
finds later. Of a decision and a worker that cross each other the decision counts: it is kept before the
mention changes, and the worker looks again after it has replaced the mentions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from adapters.extractors import Stocks
from track_record import keys
from track_record.entities import Action, Stock
from track_record.errors import BadFieldError, UnknownReviewError
from track_record.reviews import BY_A_PERSON, Decision

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

    from track_record.entities import NewMention, Video
    from track_record.pricing import Pricing
    from track_record.records import Records
    from track_record.reviews import NewReview, Review

_ATTEMPTS = 5
_NO_STOCK = {
    "etf": "This is a fund. Only shares of single companies are kept; give another ticker, or dismiss it.",
    "crypto": "This is no stock. Only US stocks are kept; give another ticker, or dismiss it.",
    "foreign": "This is not listed on NYSE or Nasdaq. Give its US ticker, or dismiss it.",
}
_UNKNOWN = "No US stock has this ticker. Check the spelling, for example AAPL."
_NO_ACTION = f"The action must be one of {', '.join(Action)}."


@dataclass(frozen=True, slots=True)
class ReviewEntry:
    """A review and the video that it is about."""

    review: Review
    video: Video


class ReviewDesk:
    """Where people decide. Thread-safe; every method may raise TableError."""

    def __init__(
        self, records: Records, pricing: Pricing, stocks: Callable[[], Stocks] = Stocks.load
    ) -> None:
        """Use these tables and prices; ``stocks`` is called when the first ticker is judged."""
        self._records = records
        self._pricing = pricing
        self._stocks = stocks

    def of_channel(self, channel_id: str) -> list[ReviewEntry]:
        """Return all that is or was to be decided, of the videos published last first."""
        known = {video.id: video for video in self._records.videos.of_channel(channel_id)}
        found = reversed(self._records.reviews.of_channel(channel_id))
        return [ReviewEntry(one, known[one.video_id]) for one in found if one.video_id in known]

    def accept(
        self,
        channel_id: str,
        video_id: str,
        review_id: str,
        *,
        ticker: str | None = None,
        action: str | None = None,
    ) -> Review:
        """Keep it as a mention, as it was understood or as a person corrects it; doing it again is well.

        Raises:
            UnknownReviewError: there is no such review (any more).
            BadFieldError: the ticker is no US stock's, or the action is none.
        """
        video, review = self._here(channel_id, video_id, review_id)
        stock = self._stock(review.ticker if ticker is None else ticker)
        kept_action = _action(review.action if action is None else action)
        was = review.stood_for
        if was is not None and (was.ticker, was.action) != (stock.ticker, kept_action):
            review = self._undone(video, review, Decision.OPEN)
        decided = self._decided(review, Decision.ACCEPTED, stock.ticker, kept_action)
        self._records.stocks.add(stock)
        self._stand_for(video, decided)
        return decided

    def dismiss(self, channel_id: str, video_id: str, review_id: str) -> Review:
        """Keep that it is no mention; one that had been accepted goes.

        Raises:
            UnknownReviewError: there is no such review (any more).
        """
        return self._undone(*self._here(channel_id, video_id, review_id), Decision.DISMISSED)

    def reopen(self, channel_id: str, video_id: str, review_id: str) -> Review:
        """Have it decided again.

        Raises:
            UnknownReviewError: there is no such review (any more).
        """
        return self._undone(*self._here(channel_id, video_id, review_id), Decision.OPEN)

    def _undone(self, video: Video, review: Review, to: Decision) -> Review:
        decided = self._decided(review, to)
        if decided.stood_for is None:
            return decided
        self._take_back(video, decided.stood_for)
        return self._records.reviews.forget(decided) or decided

    def _take_back(self, video: Video, was: NewMention) -> None:
        """Remove the mention that stood for an earlier decision, unless another one still does."""
        mention_id = keys.mention_id_of(video.id, was.ticker, was.action)
        self._records.videos.remove_mention(video.id, mention_id, BY_A_PERSON)
        for other in self._records.reviews.of_video(video.id):
            self._stand_for(video, other)

    def _stand_for(self, video: Video, review: Review) -> None:
        """Have the mention there that an accepted review stands for."""
        mention = review.accepted and self._records.videos.add_mention(video, review.accepted)
        if mention and mention.price_at_mention is None:
            self._pricing.fill(mention)

    def _decided(
        self, review: Review, decision: Decision, ticker: str | None = None, action: Action | None = None
    ) -> Review:
        decided = self._records.reviews.decide(review, decision, ticker, action)
        if decided is None:
            raise _unknown()
        return decided

    def _here(self, channel_id: str, video_id: str, review_id: str) -> tuple[Video, Review]:
        video = self._records.videos.get(channel_id, video_id)
        review = self._records.reviews.get(video_id, review_id)
        if video is None or review is None:
            raise _unknown()
        return video, review

    def _stock(self, ticker: str) -> Stock:
        verdict = self._stocks().listing.judge(ticker)
        if isinstance(verdict, str):
            raise BadFieldError(_NO_STOCK.get(verdict, _UNKNOWN), "ticker")
        return Stock(verdict.ticker, verdict.name, verdict.exchange)


def keep(
    records: Records,
    video: Video,
    found: Sequence[NewMention],
    unsure: Sequence[NewReview],
    price_of: Callable[[str], Decimal | None],
) -> None:
    """Keep what an extractor found in a video, together with what people decided about it.

    Args:
        records: where to.
        video: what was looked through.
        found: what counts.
        unsure: what is to be decided.
        price_of: the first price after the video's publication, by ticker.

    Raises:
        UnknownChannelError: the channel is gone; nothing is kept.
        UnprocessedItemsError: some of it could not be written: do it again.
    """
    records.reviews.replace(video, unsure)
    for _ in range(_ATTEMPTS):
        decided = _decided_of(records, video)
        records.videos.replace_mentions(video, _with_decisions(found, decided, price_of))
        if _decided_of(records, video) == decided:
            return


def _decided_of(records: Records, video: Video) -> list[Review]:
    return [one for one in records.reviews.of_video(video.id) if one.decision is not Decision.OPEN]


def _with_decisions(
    found: Sequence[NewMention], decided: Sequence[Review], price_of: Callable[[str], Decimal | None]
) -> list[NewMention]:
    """Return what was found, without what was dismissed, and with what was accepted."""
    refused = {(one.ticker, one.action) for one in decided}
    kept = [one for one in found if (one.ticker, one.action) not in refused]
    there = {(one.ticker, one.action) for one in kept}
    accepted = [one.accepted for one in decided if one.accepted is not None]
    added = [one for one in accepted if (one.ticker, one.action) not in there]
    return [*kept, *(_priced(one, price_of(one.ticker)) for one in added)]


def _priced(mention: NewMention, price: Decimal | None) -> NewMention:
    return replace(mention, price_at_mention=price)


def _action(text: str) -> Action:
    try:
        return Action(text)
    except ValueError:
        raise BadFieldError(_NO_ACTION, "action") from None


def _unknown() -> UnknownReviewError:
    return UnknownReviewError(
        "This is not to be decided any more: its video was looked through again, or is gone."
    )
