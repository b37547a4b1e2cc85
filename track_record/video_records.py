"""Videos and what they mention.

What is written under a channel that is being deleted is taken back by its writer: first it writes, then it
looks whether the channel is there, so that either the deletion sees the item or the writer the deletion.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from store import Absent, AllOf, Equals
from track_record import instants, items, keys
from track_record.channel_records import ALIVE, is_alive, unknown
from track_record.entities import AnalysisStatus, Mention, NewMention, NewVideo, TranscriptStatus, Video

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from decimal import Decimal

    from store import Table
    from track_record.listening import MentionListener

_BY_HAND = AllOf((Equals("entity_type", items.VIDEO), Equals("by_hand", True)))  # noqa: FBT003 - what is kept


class VideoRecords:
    """The videos and mentions in the track record's table. Thread-safe; every method may raise TableError."""

    def __init__(self, table: Table, now: Callable[[], datetime], listener: MentionListener) -> None:
        """Use the main table; ``now`` gives the present with its time zone; see ``listening``."""
        self._table = table
        self._now = now
        self._listener = listener

    def add(self, channel_id: str, listed: Sequence[NewVideo], *, by_hand: bool = False) -> list[Video]:
        """Keep those that are new, and count them; those that are known stay as they are.

        Raises:
            UnknownChannelError: there is no such channel (any more); none is kept.
        """
        known = {video.youtube_video_id for video in self.of_channel(channel_id)}
        wanted = {new.youtube_video_id: new for new in listed if new.youtube_video_id not in known}
        made = [replace(self._made(channel_id, new), by_hand=by_hand) for new in wanted.values()]
        kept = [video for video in made if self._table.put(items.of_video(video), when=Absent("PK"))]
        if (
            self._table.update(keys.channel_key(channel_id), add={"video_count": len(kept)}, when=ALIVE)
            is None
        ):
            self._table.delete_many(keys.video_key(channel_id, video.id) for video in kept)
            raise unknown(channel_id)
        return kept

    def get(self, channel_id: str, video_id: str) -> Video | None:
        """Return a video of a channel."""
        item = self._table.get(keys.video_key(channel_id, video_id), consistent=True)
        return None if item is None else items.to_video(item)

    def by_youtube_id(self, youtube_video_id: str) -> Video | None:
        """Return the video that stands for one on YouTube; one just added may be missing for a moment."""
        found = self._table.query(
            keys.youtube_video_partition(youtube_video_id), index=keys.BY_YOUTUBE_VIDEO, limit=1
        )
        item = self._table.get((found[0]["PK"], found[0]["SK"]), consistent=True) if found else None
        return None if item is None else items.to_video(item)

    def of_channel(self, channel_id: str) -> list[Video]:
        """Return all videos of a channel, those published last first."""
        found = self._table.query(keys.channel_partition(channel_id), prefix=keys.VIDEOS, consistent=True)
        return sorted(
            items.readable(found, items.to_video),
            key=lambda video: (video.published_at, video.id),
            reverse=True,
        )

    def move(
        self,
        video: Video,
        *,
        transcript: TranscriptStatus | None = None,
        analysis: AnalysisStatus | None = None,
    ) -> Video | None:
        """Change statuses if they still are what ``video`` says, and count what is processed.

        Returns None when they are not: of two workers with the same video one goes on.
        """
        transcript = transcript or video.transcript_status
        analysis = analysis or video.analysis_status
        unchanged = AllOf(
            (
                Equals("transcript_status", video.transcript_status.value),
                Equals("analysis_status", video.analysis_status.value),
            )
        )
        put = {"transcript_status": transcript.value, "analysis_status": analysis.value}
        item = self._table.update(keys.video_key(video.channel_id, video.id), put=put, when=unchanged)
        if item is None:
            return None
        step = analysis.is_final - video.analysis_status.is_final
        if step:
            add = {"processed_video_count": step}
            self._table.update(keys.channel_key(video.channel_id), add=add, when=ALIVE)
        return items.to_video(item)

    def set_vanished(self, video: Video, since: datetime | None) -> Video | None:
        """Keep that a video is gone from YouTube, or (None) that it is back; None when it is not here."""
        key, here = keys.video_key(video.channel_id, video.id), Equals("entity_type", items.VIDEO)
        if since is None:
            item = self._table.update(key, remove=("vanished_at",), when=here)
        else:
            item = self._table.update(key, put={"vanished_at": instants.text_of(since)}, when=here)
        return None if item is None else items.to_video(item)

    def retell(self, video: Video, new: NewVideo) -> Video | None:
        """Keep another title, address and instant of a video that was added by hand; None when it is none.

        Whoever is looking through it does it again: what it has found is dated by what was said before.
        """
        put = {"title": new.title, "url": new.url, "published_at": instants.text_of(new.published_at)}
        key = keys.video_key(video.channel_id, video.id)
        item = self._table.update(key, put=put, when=_BY_HAND)
        told = None if item is None else items.to_video(item)
        if told is not None and told.analysis_status is AnalysisStatus.PROCESSING:
            return self.move(told, analysis=AnalysisStatus.PENDING) or told
        return told

    def confirm(self, video: Video) -> None:
        """Keep that YouTube says the same of a video as whoever added it by hand."""
        self._table.update(keys.video_key(video.channel_id, video.id), remove=("by_hand",), when=_BY_HAND)

    def redate(self, video: Video) -> None:
        """Date what a video mentions by when it was published; prices of another day go. Again is fine."""
        said = self.of_video(video.id)
        stale = [mention for mention in said if mention.published_at != video.published_at]
        self._listener.removed(stale)
        when = instants.text_of(video.published_at)
        for mention in stale:
            self._table.update(
                keys.mention_key(video.id, mention.id),
                put={"published_at": when, "GSI1SK": when},
                remove=("price_at_mention",),
                when=Equals("entity_type", items.MENTION),
            )
        self._listener.written(video, self.of_video(video.id))

    def recount(self, channel_id: str) -> None:
        """Count a channel's videos anew: a worker that died may have left one uncounted.

        For whoever processes the channel, before it begins; what others add at that moment may count twice.

        Raises:
            UnknownChannelError: there is no such channel.
        """
        videos = self.of_channel(channel_id)
        processed = sum(video.analysis_status.is_final for video in videos)
        put = {"video_count": len(videos), "processed_video_count": processed}
        if self._table.update(keys.channel_key(channel_id), put=put, when=ALIVE) is None:
            raise unknown(channel_id)

    def replace_mentions(self, video: Video, found: Sequence[NewMention]) -> list[Mention]:
        """Keep what a video mentions in place of what was kept before; of one ticker and action the last.

        Raises:
            UnknownChannelError: the channel is gone; nothing is kept.
            UnprocessedItemsError: some of it could not be written or deleted: do it again.
        """
        mentions = {mention.id: mention for mention in (self._mention(video, new) for new in found)}
        before = {mention.id: mention for mention in self.of_video(video.id)}
        self._table.put_many(map(items.of_mention, mentions.values()))
        self._listener.written(video, list(mentions.values()))
        # The video too, because its channel may have been deleted and added anew meanwhile.
        alive = is_alive(self._table, video.channel_id) and self.get(video.channel_id, video.id) is not None
        gone = [one for one in (before | mentions).values() if not (alive and one.id in mentions)]
        self._remove(gone)
        if not alive:
            raise unknown(video.channel_id)
        return list(mentions.values())

    def add_mention(self, video: Video, new: NewMention) -> Mention | None:
        """Keep one mention more, and return it; None when there is one of its ticker and action already.

        Raises:
            UnknownChannelError: the channel is gone; nothing is kept.
        """
        mention = self._mention(video, new)
        if not self._table.put(items.of_mention(mention), when=Absent("PK")):
            self._tell_again(mention)  # who wrote it may have died before it told
            return None
        self._listener.written(video, [mention])
        if not is_alive(self._table, video.channel_id) or self.get(video.channel_id, video.id) is None:
            self._remove([mention])
            raise unknown(video.channel_id)
        return mention

    def remove_mention(self, video_id: str, mention_id: str, confidence: Decimal) -> bool:
        """Remove a mention if it has this confidence; return whether it was there."""
        key = keys.mention_key(video_id, mention_id)
        here = next((one for one in self.of_video(video_id) if one.id == mention_id), None)
        if here is None or here.confidence_score != confidence:
            return False
        self._listener.removed([here])
        if self._table.delete(key, when=Equals("confidence_score", confidence)):
            return True
        self._tell_again(here)
        return False

    def _remove(self, mentions: Sequence[Mention]) -> None:
        if mentions:
            self._listener.removed(mentions)
            self._table.delete_many(keys.mention_key(one.video_id, one.id) for one in mentions)

    def _tell_again(self, mention: Mention) -> None:
        """Have a mention heard of that is there, whatever its writer told."""
        video = self.get(mention.channel_id, mention.video_id)
        there = [one for one in self.of_video(mention.video_id) if one.id == mention.id]
        if video is not None and there:
            self._listener.written(video, there)
            if not is_alive(self._table, mention.channel_id):
                self._listener.removed(there)

    def of_video(self, video_id: str) -> list[Mention]:
        """Return what a video mentions, by ticker."""
        found = self._table.query(keys.video_partition(video_id), prefix=keys.MENTIONS, consistent=True)
        return sorted(
            items.readable(found, items.to_mention), key=lambda mention: (mention.ticker, mention.id)
        )

    def mentions_of_channel(self, channel_id: str) -> list[Mention]:
        """Return all that a channel's videos mention, by time of publication; the newest may come late."""
        return self._by_time(keys.channel_partition(channel_id), keys.BY_YOUTUBE_CHANNEL)

    def mentions_of_ticker(
        self, ticker: str, *, start: datetime | None = None, end: datetime | None = None
    ) -> list[Mention]:
        """Return who mentions a ticker, by time of publication; the newest may come late.

        Args:
            ticker: the canonical ticker.
            start: of the time of publication, inclusive; together with ``end``.
            end: likewise, inclusive.
        """
        between = (instants.text_of(start), instants.text_of(end)) if start and end else None
        return self._by_time(keys.ticker_partition(ticker), keys.BY_LIST_OR_TICKER, between)

    def set_price(self, mention: Mention, price: Decimal) -> Mention | None:
        """Keep the price that a viewer could first have had; None when the mention is not here any more."""
        item = self._table.update(
            keys.mention_key(mention.video_id, mention.id),
            put={"price_at_mention": price},
            when=Equals("entity_type", items.MENTION),
        )
        return None if item is None else items.to_mention(item)

    def _by_time(self, partition: str, index: str, between: tuple[str, str] | None = None) -> list[Mention]:
        found = self._table.query(partition, index=index, between=between)
        return sorted(
            items.readable(found, items.to_mention), key=lambda mention: (mention.published_at, mention.id)
        )

    def _made(self, channel_id: str, new: NewVideo) -> Video:
        return Video(
            id=keys.video_id_of(channel_id, new.youtube_video_id),
            channel_id=channel_id,
            youtube_video_id=new.youtube_video_id,
            title=new.title,
            url=new.url,
            published_at=instants.of(new.published_at),
            transcript_status=TranscriptStatus.PENDING,
            analysis_status=AnalysisStatus.PENDING,
            created_at=instants.of(self._now()),
        )

    def _mention(self, video: Video, new: NewMention) -> Mention:
        return Mention(
            id=keys.mention_id_of(video.id, new.ticker, new.action),
            video_id=video.id,
            ticker=new.ticker,
            action=new.action,
            price_at_mention=new.price_at_mention,
            confidence_score=new.confidence_score,
            context_snippet=new.context_snippet,
            created_at=instants.of(self._now()),
            channel_id=video.channel_id,
            published_at=video.published_at,
        )
