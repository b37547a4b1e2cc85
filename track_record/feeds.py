"""Where a channel's videos and transcripts come from: YouTube, or what is bundled for the demo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from adapters.transcripts import FetcherMissingError
from adapters.youtube_links import by_id, parse_channel_link, video_url

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from adapters.transcripts import Transcript
    from adapters.youtube import YouTube
    from adapters.youtube_parsing import ChannelInfo, VideoInfo
    from track_record.entities import Channel

_OFF = (
    "Transcripts are not fetched here. Give this video's transcript as a file or as text, "
    "or set YOUTUBE_TRANSCRIPTS=on."
)


class TranscriptSource(Protocol):
    """Gives what is said in videos; adapters.transcripts.TranscriptFetcher is one."""

    def fetch(self, video_id: str) -> Transcript:
        """Return a video's transcript, or raise a TranscriptError."""
        ...


class Feed(Protocol):
    """All that is asked about a channel; raises ProviderError, and TranscriptError for transcripts."""

    def info(self, channel: Channel) -> ChannelInfo:
        """Return who a channel is."""
        ...

    def videos(self, info: ChannelInfo, since: datetime) -> Iterator[list[VideoInfo]]:
        """Yield the videos since an instant, page by page, the newest first."""
        ...

    def url_of(self, youtube_video_id: str) -> str:
        """Return where people watch a video."""
        ...

    def transcript(self, youtube_video_id: str) -> Transcript:
        """Return what is said in a video."""
        ...


class YouTubeFeed:
    """YouTube, by its Data API; transcripts from where somebody has switched them on. Thread-safe."""

    def __init__(self, tube: YouTube, transcripts: TranscriptSource | None) -> None:
        """Ask ``tube``, which may have no key; ``transcripts`` is None where nobody has switched it on."""
        self._tube = tube
        self._transcripts = transcripts

    def info(self, channel: Channel) -> ChannelInfo:
        """Return who a channel is, by its id as soon as that is known: handles change hands."""
        known = by_id(channel.youtube_channel_id)
        return self._tube.channel(known or parse_channel_link(channel.url))

    def videos(self, info: ChannelInfo, since: datetime) -> Iterator[list[VideoInfo]]:
        """Yield the videos since an instant, page by page, the newest first."""
        return self._tube.videos(info, since)

    def url_of(self, youtube_video_id: str) -> str:
        """Return where people watch a video."""
        return video_url(youtube_video_id)

    def transcript(self, youtube_video_id: str) -> Transcript:
        """Return what is said in a video.

        Raises:
            TranscriptError: there is none, or nobody fetches any.
        """
        if self._transcripts is None:
            raise FetcherMissingError(_OFF)
        return self._transcripts.fetch(youtube_video_id)
