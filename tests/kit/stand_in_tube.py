"""YouTube's Data API as the stand-in server speaks it: made-up channels, their uploads, a quota."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Answer = tuple[int, bytes, dict[str, str]]
PAGE = 50


@dataclass
class TubeVideo:
    """A video; ``published`` is ISO text ending in Z, "" where it is gone; ``state`` as YouTube names it."""

    id: str
    title: str
    published: str
    duration: str = "PT10M"
    state: str = "none"


@dataclass
class TubeChannel:
    """A channel with its uploads, in the order of uploading, newest first."""

    id: str
    handle: str
    name: str
    videos: list[TubeVideo] = field(default_factory=list)

    @property
    def uploads(self) -> str:
        return f"UU{self.id[2:]}"


@dataclass
class Tube:
    """What YouTube has, and how many units of the day's quota are left (None: no end)."""

    channels: list[TubeChannel] = field(default_factory=list)
    left: int | None = None

    def answer(self, path: str, params: Mapping[str, str], *, key: str | None) -> Answer:
        if key is None:
            return _error(400, "API_KEY_INVALID")
        if self.left == 0:
            return _error(403, "quotaExceeded")
        if self.left is not None:
            self.left -= 1
        what = path.rsplit("/", maxsplit=1)[-1]
        asked = {"channels": self._channels, "playlistItems": self._uploads, "videos": self._videos}
        return asked[what](params) if what in asked else _error(404, "notFound")

    def _channels(self, params: Mapping[str, str]) -> Answer:
        def matches(channel: TubeChannel) -> bool:
            by_name = {params.get("forHandle", "").lower(), params.get("forUsername", "").lower()}
            return params.get("id") == channel.id or channel.handle.lower() in by_name

        return _json([_channel(channel) for channel in self.channels if matches(channel)])

    def _uploads(self, params: Mapping[str, str]) -> Answer:
        found = next((c for c in self.channels if c.uploads == params["playlistId"]), None)
        if found is None:
            return _error(404, "playlistNotFound")
        begin = int(params.get("pageToken", "0"))
        size = min(int(params.get("maxResults", "5")), PAGE)
        page = found.videos[begin : begin + size]
        more = {"nextPageToken": str(begin + size)} if begin + size < len(found.videos) else {}
        return _json([_upload(video) for video in page], **more)

    def _videos(self, params: Mapping[str, str]) -> Answer:
        asked = params["id"].split(",")
        if len(asked) > PAGE:
            return _error(400, "invalidParameter")
        known = {v.id: v for channel in self.channels for v in channel.videos if v.published}
        return _json([_video(known[id_]) for id_ in asked if id_ in known])


def _channel(channel: TubeChannel) -> dict[str, Any]:
    thumbnails = {"medium": {"url": f"https://img.example/{channel.id}.jpg", "width": 240, "height": 240}}
    return {
        "kind": "youtube#channel",
        "id": channel.id,
        "snippet": {"title": channel.name, "customUrl": f"@{channel.handle}", "thumbnails": thumbnails},
        "contentDetails": {"relatedPlaylists": {"likes": "", "uploads": channel.uploads}},
    }


def _upload(video: TubeVideo) -> dict[str, Any]:
    title = video.title if video.published else "Deleted video"
    details = {"videoId": video.id} | ({"videoPublishedAt": video.published} if video.published else {})
    # When it was put into the list, which is not when people could see it.
    return {"snippet": {"title": title, "publishedAt": "2001-01-01T00:00:00Z"}, "contentDetails": details}


def _video(video: TubeVideo) -> dict[str, Any]:
    snippet = {"title": video.title, "publishedAt": video.published, "liveBroadcastContent": video.state}
    return {"id": video.id, "snippet": snippet, "contentDetails": {"duration": video.duration}}


def _json(items: list[dict[str, Any]], **more: Any) -> Answer:
    return 200, json.dumps({"items": items, "pageInfo": {"totalResults": len(items)}, **more}).encode(), {}


def _error(code: int, reason: str) -> Answer:
    error = {"code": code, "message": "words of YouTube's", "errors": [{"reason": reason, "domain": "x"}]}
    return code, json.dumps({"error": error}).encode(), {}
