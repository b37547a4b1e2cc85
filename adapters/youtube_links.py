"""The addresses of YouTube's channels and videos, as people copy them from a browser (record-3); pure.

Promise: whatever is typed, the result is what it leads to, or an error whose sentence says what such
an address looks like. Only YouTube's own hosts are taken, and nothing is asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit

EXAMPLE = "https://www.youtube.com/@handle"
VIDEO_EXAMPLE = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
LONGEST = 500
_HOSTS = frozenset({"youtube.com", "www.youtube.com", "m.youtube.com"})
_SHORT_HOST = "youtu.be"
_VIDEO_PATHS = frozenset({"shorts", "live"})
_VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{11}\Z")
_CHANNEL_ID = re.compile(r"UC[A-Za-z0-9_-]{22}\Z")
_HANDLE = re.compile(r"[\w.·-]{3,30}\Z")
_NAME = re.compile(r"[\w.-]{1,100}\Z")
_OTHER_THINGS = {
    "watch": "a video",
    "shorts": "a video",
    "live": "a video",
    "embed": "a video",
    "playlist": "a playlist",
    "results": "a search",
    "feed": "a feed",
    "hashtag": "a hashtag",
}


class LinkKind(StrEnum):
    """The four ways in which YouTube writes a channel's address; the value is the path's first part."""

    HANDLE = "@"
    ID = "channel"
    CUSTOM = "c"
    USER = "user"


class ChannelLinkError(ValueError):
    """Not the address of a channel; the message says what one looks like."""


class VideoLinkError(ValueError):
    """Not the address of a video; the message says what one looks like."""


@dataclass(frozen=True, slots=True)
class ChannelLink:
    """A channel's address.

    Attributes:
        kind: how it is written.
        name: the handle without its "@", the id, or the old name.
    """

    kind: LinkKind
    name: str

    @property
    def url(self) -> str:
        """The address in its one spelling."""
        middle = "@" if self.kind is LinkKind.HANDLE else f"{self.kind.value}/"
        return f"https://www.youtube.com/{middle}{quote(self.name, safe='·')}"


def parse_channel_link(text: str) -> ChannelLink:
    """Understand an address; "https://" may be left out, and a tab of the channel ("/videos") may follow.

    Raises:
        ChannelLinkError: it is not one.
    """
    address = text.strip()
    if not address or len(address) > LONGEST:
        raise ChannelLinkError(f"Give the address of a channel, for example {EXAMPLE}.")
    whole = _split(address)
    if whole is None or whole.hostname not in _HOSTS:
        raise ChannelLinkError(f"Only channels of youtube.com can be added, for example {EXAMPLE}.")
    parts = _path(whole)
    first = parts[0] if parts else ""
    if first in _OTHER_THINGS:
        message = f"This is the address of {_OTHER_THINGS[first]}. Give its channel's, for example {EXAMPLE}."
        raise ChannelLinkError(message)
    link = _link(first, parts[1] if len(parts) > 1 else "")
    if link is None:
        raise ChannelLinkError(
            f"A channel's address looks like {EXAMPLE} or https://www.youtube.com/channel/UC… (24 letters)."
        )
    return link


def by_id(youtube_channel_id: str) -> ChannelLink | None:
    """Return the link that leads to a channel by its id, None where the text is no id."""
    return ChannelLink(LinkKind.ID, youtube_channel_id) if _CHANNEL_ID.match(youtube_channel_id) else None


def parse_video_link(text: str) -> str:
    """Return YouTube's id of the video that an address leads to: watch?v=, youtu.be/, /shorts/ or /live/.

    Raises:
        VideoLinkError: it leads to none.
    """
    address = text.strip()
    if not address or len(address) > LONGEST:
        raise VideoLinkError(f"Give the address of a video, for example {VIDEO_EXAMPLE}.")
    whole = _split(address)
    if whole is None or whole.hostname not in _HOSTS | {_SHORT_HOST}:
        raise VideoLinkError(f"Only videos of youtube.com can be added, for example {VIDEO_EXAMPLE}.")
    found = _video_id(whole)
    if not _VIDEO_ID.match(found):
        raise VideoLinkError(
            f"This address leads to no video. A video's looks like {VIDEO_EXAMPLE} or https://youtu.be/…"
        )
    return found


def video_url(video_id: str) -> str:
    """Return where people watch a video."""
    return f"https://www.youtube.com/watch?v={video_id}"


def _video_id(whole: SplitResult) -> str:
    """Return what stands where a video's id does, "" where nothing does."""
    first, second, *_ = [*_path(whole), "", ""]
    if whole.hostname == _SHORT_HOST:
        return first
    if first == "watch":
        return parse_qs(whole.query).get("v", [""])[0]
    return second if first in _VIDEO_PATHS else ""


def _split(address: str) -> SplitResult | None:
    """Return the parts of an address; None where it is not a plain one of the web."""
    whole = address if "://" in address else f"https://{address}"
    try:
        parts = urlsplit(whole)
        plain = parts.scheme in ("http", "https") and parts.username is None and parts.port in (None, 80, 443)
    except ValueError:
        return None
    return parts if plain else None


def _path(whole: SplitResult) -> list[str]:
    return [part for part in unquote(whole.path).split("/") if part]


def _link(first: str, second: str) -> ChannelLink | None:
    if first.startswith("@"):
        return ChannelLink(LinkKind.HANDLE, first[1:]) if _HANDLE.match(first[1:]) else None
    if first == LinkKind.ID:
        return by_id(second)
    if first in (LinkKind.CUSTOM, LinkKind.USER):
        return ChannelLink(LinkKind(first), second) if _NAME.match(second) else None
    return None
