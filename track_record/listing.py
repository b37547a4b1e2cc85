"""Finding a channel's videos in the chosen months, and keeping them (record-4)."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adapters.youtube_parsing import Availability
from track_record.by_hand import confirm
from track_record.entities import LogLevel, NewVideo

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from adapters.youtube_parsing import ChannelInfo, VideoInfo
    from track_record.entities import Channel, Video
    from track_record.feeds import Feed
    from track_record.records import Records
    from track_record.steps import Steps


class VideoListing:
    """Asks a feed for a channel's videos. Thread-safe."""

    def __init__(self, records: Records, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Keep videos in ``records``; ``now`` gives the present with its time zone."""
        self._records = records
        self._now = now

    def run(self, channel: Channel, feed: Feed, steps: Steps) -> None:
        """Keep what is new; what was kept before an error counts.

        Raises:
            DuplicateChannelError: another channel stands for the same one on YouTube.
            LaterError, StoppedError: see ``steps``.
            ProviderError: the feed does not answer.
            UnknownChannelError: the channel is gone.
        """
        info = steps.patiently(lambda: feed.info(channel))
        if (info.id, info.name or channel.name) != (channel.youtube_channel_id, channel.name):
            self._records.channels.resolve(
                channel.id, info.id, name=info.name or channel.name, thumbnail_url=info.thumbnail_url or None
            )
        before = len(self._records.videos.of_channel(channel.id))
        # As a whole, because pages end with the first that fails. What is kept already is not kept twice.
        since = months_before(self._now(), channel.time_range_months)
        states = steps.patiently(lambda: self._keep(channel, info, feed, since, steps))
        videos = self._records.videos.of_channel(channel.id)
        self._mark_vanished(videos, states, since)
        coming = sum(state in {Availability.COMING, Availability.LIVE} for state in states.values())
        later = f" {coming} not over yet: they are looked at when it is processed again." if coming else ""
        steps.say(
            LogLevel.INFO,
            f"Videos listed: {len(videos) - before} new, {len(videos)} in all.{later}",
        )

    def _keep(
        self, channel: Channel, info: ChannelInfo, feed: Feed, since: datetime, steps: Steps
    ) -> dict[str, Availability]:
        """Keep all that is new, and return what every listed video's state is, by YouTube's ids."""
        there = self._records.videos.of_channel(channel.id)
        typed = {video.youtube_video_id: video for video in there if video.by_hand}
        states: dict[str, Availability] = {}
        for page in feed.videos(info, since):
            steps.check()
            listed = _to_keep(page, feed)
            self._records.videos.add(channel.id, listed)
            for new in listed:
                if video := typed.get(new.youtube_video_id):
                    confirm(self._records, video, new)
            states.update((video.id, video.availability) for video in page)
        return states

    def _mark_vanished(
        self, videos: Sequence[Video], states: Mapping[str, Availability], since: datetime
    ) -> None:
        for video in videos:
            # All since then were listed, so what is not among them is deleted or private; or was never the
            # channel's, or not of that day, where a person has typed it.
            known = video.published_at >= since and not video.by_hand
            unlisted = Availability.GONE if known else None
            state = states.get(video.youtube_video_id, unlisted)
            is_gone = state is Availability.GONE
            if state is not None and is_gone != (video.vanished_at is not None):
                self._records.videos.set_vanished(video, self._now() if is_gone else None)


def months_before(when: datetime, months: int) -> datetime:
    """Return the same day of an earlier month, or its last day where it has no such day."""
    year, month = divmod(when.year * 12 + when.month - 1 - months, 12)
    day = min(when.day, calendar.monthrange(year, month + 1)[1])
    return when.replace(year=year, month=month + 1, day=day)


def _to_keep(page: Sequence[VideoInfo], feed: Feed) -> list[NewVideo]:
    return [
        NewVideo(video.id, video.title, feed.url_of(video.id), video.published_at)
        for video in page
        if video.availability is Availability.PUBLIC and video.published_at is not None
    ]
