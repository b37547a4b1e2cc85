"""Reviews in the track record's table. What a person has decided is never written over by a machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import Absent, AnyOf, Equals
from track_record import instants, keys, reviews
from track_record.channel_records import is_alive, unknown
from track_record.reviews import REVIEW, Decision, Review

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from store import Table, Value
    from track_record.entities import Action, Video
    from track_record.reviews import NewReview

_IS_OPEN = Equals("decision", Decision.OPEN.value)


class ReviewRecords:
    """The reviews in the main table. Thread-safe; every method may raise TableError."""

    def __init__(self, table: Table, now: Callable[[], datetime]) -> None:
        """Use the main table; ``now`` gives the present with its time zone."""
        self._table = table
        self._now = now

    def replace(self, video: Video, found: Sequence[NewReview]) -> list[Review]:
        """Keep what is unsure in a video in place of what was open before; what is decided stays.

        Returns the video's reviews, those that are decided among them.

        Raises:
            UnknownChannelError: the channel is gone; nothing is kept.
        """
        wanted = {one.id: one for one in (reviews.made(video, new, self._now()) for new in found)}
        before = {one.id for one in self.of_video(video.id)}
        for one in wanted.values():
            self._table.put(reviews.of_review(one), when=AnyOf((Absent("PK"), _IS_OPEN)))
        for review_id in before - wanted.keys():
            self._table.delete(keys.review_key(video.id, review_id), when=_IS_OPEN)
        if (
            not is_alive(self._table, video.channel_id)
            or self._table.get(keys.video_key(video.channel_id, video.id), consistent=True) is None
        ):
            self._table.delete_many(keys.review_key(video.id, one) for one in sorted(before | wanted.keys()))
            raise unknown(video.channel_id)
        return self.of_video(video.id)

    def redate(self, video: Video) -> None:
        """Date the reviews of a video by when it was published. Again is no error."""
        when = instants.text_of(video.published_at)
        for one in self.of_video(video.id):
            if one.published_at != video.published_at:
                self._table.update(
                    keys.review_key(video.id, one.id),
                    put={"published_at": when},
                    when=Equals("entity_type", REVIEW),
                )

    def of_video(self, video_id: str) -> list[Review]:
        """Return the reviews of a video."""
        return reviews.readable(
            self._table.query(keys.video_partition(video_id), prefix=keys.REVIEWS, consistent=True)
        )

    def of_channel(self, channel_id: str) -> list[Review]:
        """Return the reviews of all videos of a channel, by time of publication; the newest may come late."""
        return reviews.readable(
            self._table.query(keys.reviews_partition(channel_id), index=keys.BY_YOUTUBE_CHANNEL)
        )

    def get(self, video_id: str, review_id: str) -> Review | None:
        """Return a review."""
        item = self._table.get(keys.review_key(video_id, review_id), consistent=True)
        return None if item is None else reviews.to_review(item)

    def decide(
        self, review: Review, decision: Decision, ticker: str | None = None, action: Action | None = None
    ) -> Review | None:
        """Keep what a person decided; None when the review, or its video, is gone.

        ``ticker`` and ``action`` are what an accepted one stands for. Of another it stays known what it stood
        for until ``forget``: whoever is broken off before the mention is gone can do it again.
        """
        put: dict[str, Value] = {"decision": decision.value}
        if ticker is not None and action is not None:
            put |= {"as_ticker": ticker, "as_action": action.value}
        item = self._table.update(
            keys.review_key(review.video_id, review.id), put=put, when=Equals("entity_type", REVIEW)
        )
        return None if item is None else reviews.to_review(item)

    def forget(self, review: Review) -> Review | None:
        """Keep no longer what it stood for; None when it was decided otherwise meanwhile, or is gone."""
        item = self._table.update(
            keys.review_key(review.video_id, review.id),
            remove=("as_ticker", "as_action"),
            when=Equals("decision", review.decision.value),
        )
        return None if item is None else reviews.to_review(item)
