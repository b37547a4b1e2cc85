"""Videos that a person adds, where nobody here may list them; YouTube's own list puts them right later.

What a person typed counts until YouTube is asked: then title and instant are YouTube's, and what the video
mentions is dated anew, with prices of the right day. Nothing that was found in it is lost.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adapters.youtube_links import VIDEO_EXAMPLE, VideoLinkError, parse_video_link, video_url
from track_record import instants, keys
from track_record.demo_channel import is_demo
from track_record.entities import NewVideo
from track_record.errors import BadFieldError, DemoChannelError
from track_record.given import no_such_video, on_one_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from track_record.entities import Channel, Video
    from track_record.records import Records

EXAMPLE = "2024-03-01T19:30:00Z"
LONGEST_TITLE = 200
_YOUTUBE_BEGAN = datetime(2005, 2, 14, tzinfo=UTC)
_UNWRITABLE = ("Cc", "Cs")


@dataclass(frozen=True, slots=True)
class Added:
    """A video, and whether it is new; one that was there already by hand has what was typed last."""

    video: Video
    is_new: bool


class VideosByHand:
    """Adds videos. Thread-safe; may raise TableError."""

    def __init__(self, records: Records, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Keep videos in ``records``; ``now`` gives the present with its time zone."""
        self._records = records
        self._now = now

    def add(self, channel: Channel, url: object, title: object, published_at: object) -> Added:
        """Add a video to a channel, whose status stays; one that YouTube has listed stays as it is.

        Args:
            channel: which one; not the demo's.
            url: of the video on YouTube.
            title: 1 to 200 signs.
            published_at: ISO, with a time zone.

        Raises:
            BadFieldError: one of them is none that can be used.
            DemoChannelError: nothing is added there.
            UnknownChannelError, UnknownVideoError: the channel is gone; nothing is kept.
        """
        if is_demo(channel):
            raise DemoChannelError("The demo's channel is synthetic. Add a channel of YouTube first.")
        new = new_video(url, title, published_at, self._now())
        videos = self._records.videos
        made = videos.add(channel.id, [new], by_hand=True)
        if made:
            return Added(made[0], is_new=True)
        there = videos.get(channel.id, keys.video_id_of(channel.id, new.youtube_video_id))
        if there is None:
            raise no_such_video()
        return Added(_told(self._records, there, new), is_new=False)


def confirm(records: Records, video: Video, new: NewVideo) -> None:
    """Put a video right that was added by hand, now that YouTube has told of it. Interrupted, do it again."""
    records.videos.confirm(_told(records, video, new))


def new_video(url: object, title: object, published_at: object, now: datetime) -> NewVideo:
    """Return the video that a person means.

    Raises:
        BadFieldError: a value is none that can be used; the first of them.
    """
    youtube_id, words = _id_of(url), _title(title)
    return NewVideo(youtube_id, words, video_url(youtube_id), _instant(published_at, now))


def _told(records: Records, video: Video, new: NewVideo) -> Video:
    """Keep what is now said of a video, and date by it all that was found; as it is if it was listed."""
    told = records.videos.retell(video, new) if video.by_hand else None
    if told is None:
        return video
    # After the video itself: whoever begins with it from now on has the right instant.
    records.videos.redate(told)
    records.reviews.redate(told)
    return told


def _id_of(url: object) -> str:
    if not isinstance(url, str):
        raise BadFieldError(f"Give the address of a video as text, for example {VIDEO_EXAMPLE}.", "url")
    try:
        return parse_video_link(url)
    except VideoLinkError as error:
        raise BadFieldError(str(error), "url") from None


def _title(title: object) -> str:
    if isinstance(title, str):
        plain = "".join(" " if unicodedata.category(sign) in _UNWRITABLE else sign for sign in title)
        words = " ".join(plain.split())
        if on_one_line(words) and len(words) <= LONGEST_TITLE:
            return words
    raise BadFieldError(f"Give the video's title, 1 to {LONGEST_TITLE} signs, as it is on YouTube.", "title")


def _instant(published_at: object, now: datetime) -> datetime:
    try:
        when = instants.parse(published_at) if isinstance(published_at, str) else None
    except (ValueError, OverflowError):
        when = None
    if when is None:
        words = f"Say when it was published, with date, time and time zone, for example {EXAMPLE}."
    elif when > now:
        words = "This is in the future. Give the day and the time at which the video was published."
    elif when < _YOUTUBE_BEGAN:
        words = "YouTube began on 14 Feb 2005. Give the day and the time at which the video was published."
    else:
        return when
    raise BadFieldError(words, "published_at")
