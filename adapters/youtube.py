"""YouTube's Data API v3: a channel and its videos, with a person's own key.

A channel's uploads are listed page by page (50 videos for one unit), and each page is asked once more for
lengths and live broadcasts: 1,000 videos cost 1 + 20 + 20 = 41 of a day's 10,000 units. The key goes in a
header.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from adapters.allowance import Allowance
from adapters.errors import BadKeyError, BadPayloadError, RateLimitedError
from adapters.http_client import HttpClient
from adapters.keyed import FixedKey
from adapters.prices import free
from adapters.youtube_links import LinkKind
from adapters.youtube_parsing import (
    SOURCE,
    TITLE,
    Availability,
    ChannelNotFoundError,
    VideoInfo,
    parse_channel,
    parse_uploads,
    parse_videos,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from adapters.http_client import Reply
    from adapters.keyed import Key
    from adapters.youtube_links import ChannelLink
    from adapters.youtube_parsing import ChannelInfo, Upload

PAGE = 50
MOST_PAGES = 400
"""YouTube itself lists at most 20,000 uploads."""
_DEADLINE_S = 10.0
_RENEWAL_S = 1.0
_ALLOWANCE = Allowance(pacific_day=10_000)
_BY_KIND = {
    LinkKind.HANDLE: "forHandle",
    LinkKind.ID: "id",
    LinkKind.CUSTOM: "forHandle",
    LinkKind.USER: "forUsername",
}
"""The API knows no custom addresses; nearly all of them became the handle of the same name."""

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class YouTubeQuota:
    """What YouTube lets a key ask: each request that is made here is one of a day's 10,000 units."""

    name: str = SOURCE
    title: str = TITLE
    label: str = "YouTube’s Data API"
    allowance: Allowance = _ALLOWANCE


class YouTube:
    """Asks YouTube. Thread-safe."""

    def __init__(
        self,
        key: Key | str | None,
        base_url: str = "https://www.googleapis.com",
        clock: Callable[[], float] = time.time,
        *,
        spend: Callable[[], None] = free,
        closed: Callable[[RateLimitedError], object] = lambda _: None,
    ) -> None:
        """Ask with a key; nothing is opened yet.

        Args:
            key: one that stays, or one that may change; it is in headers only.
            base_url: YouTube's, or a stand-in's.
            clock: UTC seconds.
            spend: is called before each request, which is one unit; what it raises is passed on.
            closed: hears that YouTube said "too often".
        """
        self._http = HttpClient(SOURCE, TITLE, base_url)
        self._key: Key = FixedKey(key) if key is None or isinstance(key, str) else key
        self._clock = clock
        self._spend = spend
        self._closed = closed

    def channel(self, link: ChannelLink) -> ChannelInfo:
        """Return what a link leads to.

        Raises:
            ProviderError: ChannelNotFoundError, or one of adapters.errors.
        """
        question = {"part": "id,snippet,contentDetails", _BY_KIND[link.kind]: link.name}
        return self._ask("channels", question, parse_channel)

    def videos(self, channel: ChannelInfo, since: datetime) -> Iterator[list[VideoInfo]]:
        """Yield a channel's videos since an instant (aware), newest first, page by page.

        The list is in the order of uploading, and a video may be published later than it was uploaded. So it
        is read to the first page on which nothing is as new as wanted.

        Raises:
            ProviderError: as above; what was yielded before counts.
        """
        token, seen = "", {""}
        for _ in range(MOST_PAGES):
            question = {
                "part": "snippet,contentDetails",
                "playlistId": channel.uploads,
                "maxResults": str(PAGE),
            }
            question |= {"pageToken": token} if token else {}
            try:
                uploads, token = self._ask("playlistItems", question, parse_uploads)
            except ChannelNotFoundError:  # who has no video has no list of them
                return
            wanted = [u for u in uploads if u.published_at is None or u.published_at >= since]
            if wanted:
                yield self._described(wanted)
            dated = [u for u in uploads if u.published_at is not None]
            if not token or (dated and not any(u in wanted for u in dated)):
                return
            if token in seen:
                raise BadPayloadError("YouTube sent the same page again and again.", provider=SOURCE)
            seen.add(token)

    def _described(self, uploads: Sequence[Upload]) -> list[VideoInfo]:
        ids = ",".join(upload.video_id for upload in uploads)
        question = {"part": "snippet,contentDetails", "id": ids, "maxResults": str(PAGE)}
        told = self._ask("videos", question, parse_videos)
        gone = (None, Availability.GONE)
        return [VideoInfo(u.video_id, u.title, u.published_at, *told.get(u.video_id, gone)) for u in uploads]

    def _ask(
        self, what: str, question: Mapping[str, str], understand: Callable[[Reply, float], _Answer]
    ) -> _Answer:
        """Ask; where the key is refused and there is another by now, once more with that."""
        key = self._key.current()
        try:
            return self._ask_with(key, what, question, understand)
        except BadKeyError:
            other = self._key.refused(key, _RENEWAL_S) if key else None
            if other is None:
                raise
        return self._ask_with(other, what, question, understand)

    def _ask_with(
        self,
        key: str | None,
        what: str,
        question: Mapping[str, str],
        understand: Callable[[Reply, float], _Answer],
    ) -> _Answer:
        call = self._http.within(_DEADLINE_S, {"X-Goog-Api-Key": _usable(key)}, self._spend)
        reply = call.get(f"/youtube/v3/{what}", question)
        try:
            return understand(reply, self._clock())
        except RateLimitedError as error:
            self._closed(error)
            raise


def _usable(key: str | None) -> str:
    if not key:
        raise BadKeyError("YouTube needs a key: set YOUTUBE_API_KEY.", provider=SOURCE)
    if not (key.isascii() and key.isprintable()) or " " in key:
        raise BadKeyError("YOUTUBE_API_KEY holds no usable key; copy it anew.", provider=SOURCE)
    return key
