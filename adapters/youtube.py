"""YouTube's Data API v3: a channel and its videos, with a person's own key.

A channel's uploads are listed page by page (50 videos for one unit), and each page is asked once more for
lengths and live broadcasts: 1,000 videos cost 1 + 20 + 20 = 41 of a day's 10,000 units. The key goes in a
header.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from adapters.errors import BadKeyError, BadPayloadError
from adapters.http_client import HttpClient
from adapters.youtube_links import LinkKind
from adapters.youtube_parsing import (
    SOURCE,
    TITLE,
    Availability,
    VideoInfo,
    parse_channel,
    parse_uploads,
    parse_videos,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from adapters.http_client import Reply
    from adapters.youtube_links import ChannelLink
    from adapters.youtube_parsing import ChannelInfo, Upload

PAGE = 50
MOST_PAGES = 400
"""YouTube itself lists at most 20,000 uploads."""
_DEADLINE_S = 10.0
_BY_KIND = {
    LinkKind.HANDLE: "forHandle",
    LinkKind.ID: "id",
    LinkKind.CUSTOM: "forHandle",
    LinkKind.USER: "forUsername",
}
"""The API knows no custom addresses; nearly all of them became the handle of the same name."""


class YouTube:
    """Asks YouTube. Thread-safe; ``units`` is what has been spent of the day's quota by this object."""

    def __init__(
        self,
        key: str | None,
        base_url: str = "https://www.googleapis.com",
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Use ``key`` in headers only; ``clock`` gives UTC seconds. Nothing is opened yet."""
        self._http = HttpClient(SOURCE, TITLE, base_url)
        self._key = key
        self._clock = clock
        self._lock = threading.Lock()
        self.units = 0

    def channel(self, link: ChannelLink) -> ChannelInfo:
        """Return what a link leads to.

        Raises:
            ProviderError: ChannelNotFoundError, or one of adapters.errors.
        """
        question = {"part": "id,snippet,contentDetails", _BY_KIND[link.kind]: link.name}
        return parse_channel(self._get("channels", question), self._clock())

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
            reply = self._get("playlistItems", question | ({"pageToken": token} if token else {}))
            uploads, token = parse_uploads(reply, self._clock())
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
        reply = self._get("videos", {"part": "snippet,contentDetails", "id": ids, "maxResults": str(PAGE)})
        told = parse_videos(reply, self._clock())
        gone = (None, Availability.GONE)
        return [VideoInfo(u.video_id, u.title, u.published_at, *told.get(u.video_id, gone)) for u in uploads]

    def _get(self, what: str, question: Mapping[str, str]) -> Reply:
        if not self._key:
            raise BadKeyError("YouTube needs a key: set YOUTUBE_API_KEY.", provider=SOURCE)
        if not (self._key.isascii() and self._key.isprintable()) or " " in self._key:
            raise BadKeyError("YOUTUBE_API_KEY holds no usable key; copy it anew.", provider=SOURCE)
        with self._lock:
            self.units += 1
        call = self._http.within(_DEADLINE_S, {"X-Goog-Api-Key": self._key})
        return call.get(f"/youtube/v3/{what}", question)
