"""Processing a channel: its videos are listed, and each that is pending is looked through (record-4).

One worker at a time is at a channel, which is the caller's promise (``worker.channels``). So a video that is
found "processing" was left by a worker that died, and is pending again. What is done is not done again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from adapters.errors import BadKeyError, ProviderError
from adapters.youtube_links import ChannelLinkError
from track_record.entities import AnalysisStatus, ChannelStatus, LogLevel, TranscriptStatus
from track_record.errors import DuplicateChannelError, UnknownChannelError
from track_record.steps import HopelessError, LaterError, Steps, StoppedError
from track_record.tally import Tally
from track_record.video_work import MOST_REFUSALS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from track_record.entities import Channel, Video
    from track_record.feeds import Feed
    from track_record.listing import VideoListing
    from track_record.records import Records
    from track_record.video_work import VideoWork

_AGAIN = {TranscriptStatus.BLOCKED, TranscriptStatus.FAILED}
"""What may be had now that a person asks again."""
_BY_HAND = "Until then, add videos by hand with their transcripts: in the timeline, “Add a video”."
_CAPTIONS_COME = timedelta(days=30)
"""Automatic captions come hours after a video, or never: so long it is asked again for those it lacks."""
_ENDED = (ChannelStatus.COMPLETED, ChannelStatus.FAILED)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Pause:
    """A channel that is to be left alone for ``wait_s`` seconds, unless it is changed after ``since``."""

    wait_s: float
    since: datetime


class Processing:
    """Processes channels, one call each. Thread-safe."""

    def __init__(
        self,
        records: Records,
        listing: VideoListing,
        work: VideoWork,
        feed_of: Callable[[Channel], Feed],
    ) -> None:
        """Use these parts; ``feed_of`` says where a channel's videos come from."""
        self._records = records
        self._listing = listing
        self._work = work
        self._feed_of = feed_of

    def run(self, channel_id: str, stopped: Callable[[float], bool]) -> Pause | None:
        """Process a channel until it is done, cancelled or deleted, or this process must stop.

        Args:
            channel_id: of a channel that is to be processed, or that a worker has left.
            stopped: waits for some seconds, and tells whether this process must stop.

        Returns:
            How long to leave it alone, where a quota is used up; it is to be processed still.

        Raises:
            TableError: the table fails; what is done is kept, and another call goes on.
        """
        steps = Steps(self._records, channel_id, stopped)
        try:
            channel = self._begun(channel_id, steps)
            return None if channel is None else self._whole(channel, steps)
        except UnknownChannelError:
            _log.info("track_channel_gone", channel_id=channel_id)
        except StoppedError:
            _log.info("track_processing_stopped", channel_id=channel_id)
        finally:
            self._work.close()
        return None

    def give_up(self, channel_id: str, sentence: str) -> None:
        """End a channel's processing with an error in its log."""
        try:
            self._records.log.write(channel_id, LogLevel.ERROR, sentence)
            self._end(channel_id, ChannelStatus.FAILED)
        except UnknownChannelError:
            return

    def _begun(self, channel_id: str, steps: Steps) -> Channel | None:
        channels = self._records.channels
        channel = channels.get(channel_id)
        if channel is None or channel.status is not ChannelStatus.PROCESSING:
            return None
        is_new = not channels.is_begun(channel_id)
        for video in self._records.videos.of_channel(channel_id):
            left = video.analysis_status is AnalysisStatus.PROCESSING
            if left or (is_new and _may_be_done_now(video, channel.updated_at)):
                self._records.videos.move(
                    video, transcript=TranscriptStatus.PENDING, analysis=AnalysisStatus.PENDING
                )
        self._records.videos.recount(channel_id)
        channels.set_begun(channel_id)
        steps.say(LogLevel.INFO, "Processing begins." if is_new else "Processing goes on where it was left.")
        return channel

    def _whole(self, channel: Channel, steps: Steps) -> Pause | None:
        feed, tally = self._feed_of(channel), Tally()
        pause = problem = None
        hopeless = False
        try:
            self._listing.run(channel, feed, steps)
        except LaterError as error:
            pause = error
        except BadKeyError as error:
            problem = f"{error} {_BY_HAND}"
        except (ProviderError, DuplicateChannelError, ChannelLinkError) as error:
            problem = str(error)
        since = steps.check().updated_at
        try:
            # Those that are known need no list, and some may have a transcript that a person gave.
            self._work.fill_prices(channel.id, steps, tally)
            self._videos(channel.id, feed, steps, tally)
        except LaterError as error:
            pause = error
        except HopelessError as error:
            problem, hopeless = str(error), True
        steps.check()
        self._sum_up(steps, tally)
        found = None
        if pause is not None and not hopeless:
            if problem is not None:
                steps.say(LogLevel.ERROR, problem)
            steps.say(LogLevel.WARNING, f"{pause} It goes on by itself in {_in_words(pause.wait_s)}.")
            found = Pause(pause.wait_s, since)
        else:
            self._ended(channel.id, steps, tally, problem)
        if not hopeless and any(is_given(video) for video in self._records.videos.of_channel(channel.id)):
            # Given too late to be seen above, and too early for its giver to see that it was over.
            self._records.channels.move(channel.id, ChannelStatus.PROCESSING, allowed=_ENDED)
        return found

    def _videos(self, channel_id: str, feed: Feed, steps: Steps, tally: Tally) -> None:
        seen: set[str] = set()
        while pending := self._pending(channel_id, seen):
            for video in pending:
                steps.check()
                seen.add(video.id)
                self._work.run(video, feed, steps, tally)

    def _pending(self, channel_id: str, seen: set[str]) -> list[Video]:
        """Return what is left to do, oldest first; again what was looked at, if a transcript was given."""
        return [
            video
            for video in reversed(self._records.videos.of_channel(channel_id))
            if video.analysis_status is AnalysisStatus.PENDING and (video.id not in seen or is_given(video))
        ]

    def _sum_up(self, steps: Steps, tally: Tally) -> None:
        if tally.refusals >= MOST_REFUSALS:
            steps.say(
                LogLevel.WARNING,
                "YouTube refuses transcripts to this machine. Give them as files, or process again later.",
            )
        if tally.videos:
            steps.say(
                LogLevel.INFO,
                f"Videos looked through: {tally.done}, with {tally.mentions} mentions. "
                f"Skipped: {tally.skipped}. Failed: {tally.failed}.",
            )

    def _ended(self, channel_id: str, steps: Steps, tally: Tally, problem: str | None) -> None:
        nothing_done = problem is not None and not tally.done
        trouble = LogLevel.ERROR if nothing_done else LogLevel.WARNING
        steps.say(trouble if problem else LogLevel.INFO, problem or "Done.")
        self._end(channel_id, ChannelStatus.FAILED if nothing_done else ChannelStatus.COMPLETED)

    def _end(self, channel_id: str, status: ChannelStatus) -> None:
        self._records.channels.move(channel_id, status, allowed=(ChannelStatus.PROCESSING,))


def is_given(video: Video) -> bool:
    """Return whether somebody gave a transcript that was not looked through yet."""
    return (
        video.analysis_status is AnalysisStatus.PENDING
        and video.transcript_status is TranscriptStatus.COMPLETED
    )


def _may_be_done_now(video: Video, asked_at: datetime) -> bool:
    may_have_come = (
        video.transcript_status is TranscriptStatus.MISSING and asked_at - video.published_at < _CAPTIONS_COME
    )
    refused = video.transcript_status in _AGAIN
    return may_have_come or refused or video.analysis_status is AnalysisStatus.FAILED


def _in_words(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    return f"{hours} h {rest} min"
