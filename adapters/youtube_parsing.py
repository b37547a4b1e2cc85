"""What YouTube's Data API says, understood; pure.

Numbers come as text, durations as ISO 8601, and videos that are gone stay in the list of uploads with a title
in brackets and without a date. Texts of people (titles) are kept as they are: whoever shows them shows text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from adapters.errors import (
    BadKeyError,
    BadPayloadError,
    NotInPlanError,
    ProviderError,
    RateLimitedError,
    UnavailableError,
)

if TYPE_CHECKING:
    from adapters.http_client import Reply

SOURCE = "youtube"
TITLE = "YouTube"
_PACIFIC = ZoneInfo("America/Los_Angeles")
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?\Z")
_DAILY = frozenset({"quotaExceeded", "dailyLimitExceeded"})
_OFTEN = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
_PAUSE_S = 60.0
_Model = TypeVar("_Model", bound="_Answer")


class Availability(StrEnum):
    """Whether there is anything to listen to yet, or still."""

    PUBLIC = "public"
    COMING = "coming"
    LIVE = "live"
    GONE = "gone"


class ChannelNotFoundError(ProviderError):
    """YouTube has no such channel."""

    code = "channel_not_found"


class _Answer(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore", frozen=True)


class _Thumbnail(_Answer):
    url: str = ""


class _Snippet(_Answer):
    title: str = ""
    thumbnails: dict[str, _Thumbnail] = Field(default_factory=dict)
    live_broadcast_content: str = "none"
    channel_id: str = ""


class _RelatedPlaylists(_Answer):
    uploads: str = ""


class _ChannelDetails(_Answer):
    related_playlists: _RelatedPlaylists = Field(default_factory=_RelatedPlaylists)


class _Channel(_Answer):
    id: str
    snippet: _Snippet = Field(default_factory=_Snippet)
    content_details: _ChannelDetails = Field(default_factory=_ChannelDetails)


class _Channels(_Answer):
    items: list[_Channel] = Field(default_factory=list)


class _UploadDetails(_Answer):
    video_id: str
    video_published_at: AwareDatetime | None = None


class _Upload(_Answer):
    content_details: _UploadDetails
    snippet: _Snippet = Field(default_factory=_Snippet)


class _Uploads(_Answer):
    items: list[_Upload] = Field(default_factory=list)
    next_page_token: str = ""


class _VideoDetails(_Answer):
    duration: str = ""


class _Video(_Answer):
    id: str
    snippet: _Snippet = Field(default_factory=_Snippet)
    content_details: _VideoDetails = Field(default_factory=_VideoDetails)


class _Videos(_Answer):
    items: list[_Video] = Field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """A channel as YouTube describes it.

    Attributes:
        id: YouTube's own ("UC…").
        name: as it calls itself.
        thumbnail_url: "" where there is none.
        uploads: id of the playlist of all its videos.
    """

    id: str
    name: str
    thumbnail_url: str
    uploads: str


@dataclass(frozen=True, slots=True)
class Upload:
    """An entry of a list of uploads; ``published_at`` is aware UTC, None where the video is gone."""

    video_id: str
    title: str
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """A video.

    Attributes:
        id: YouTube's own, 11 characters.
        title: as it is; text of a stranger.
        published_at: aware UTC, when people could see it; None where it is gone.
        duration: None while nobody can know it.
        availability: whether there is anything to listen to.
    """

    id: str
    title: str
    published_at: datetime | None
    duration: timedelta | None
    availability: Availability

    @property
    def url(self) -> str:
        """Where people watch it."""
        return f"https://www.youtube.com/watch?v={self.id}"


def parse_channel(reply: Reply, now_s: float) -> ChannelInfo:
    """Return the one channel of an answer.

    Raises:
        ProviderError: there is none, or the answer is an error or not what was promised.
    """
    found = _understood(_Channels, reply, now_s).items
    if not found:
        raise ChannelNotFoundError("YouTube has no such channel. Check its address.", provider=SOURCE)
    channel = found[0]
    thumbnails = channel.snippet.thumbnails
    best = thumbnails.get("medium") or thumbnails.get("default") or _Thumbnail()
    uploads = channel.content_details.related_playlists.uploads
    return ChannelInfo(channel.id, channel.snippet.title, best.url, uploads)


def parse_uploads(reply: Reply, now_s: float) -> tuple[list[Upload], str]:
    """Return a page of uploads, and the token of the next page ("" after the last).

    Raises:
        ProviderError: as above.
    """
    page = _understood(_Uploads, reply, now_s)
    uploads = [
        Upload(i.content_details.video_id, i.snippet.title, _utc(i.content_details.video_published_at))
        for i in page.items
    ]
    return uploads, page.next_page_token


def parse_videos(reply: Reply, now_s: float) -> dict[str, tuple[timedelta | None, Availability]]:
    """Return how long videos are and whether they can be heard, by id; those that are gone are not in it.

    Raises:
        ProviderError: as above.
    """
    states = {"upcoming": Availability.COMING, "live": Availability.LIVE}
    return {
        video.id: (
            duration(video.content_details.duration),
            states.get(video.snippet.live_broadcast_content, Availability.PUBLIC),
        )
        for video in _understood(_Videos, reply, now_s).items
    }


def duration(text: str) -> timedelta | None:
    """Return the length of "PT1H2M3S", None for no length; "P0D" is a broadcast that has not begun."""
    found = _DURATION.match(text)
    if not found or not any(found.groups()):
        return None
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    length = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
    return length or None


def error_of(reply: Reply, now_s: float) -> ProviderError:
    """Return what a status other than 200 means; never repeats YouTube's own words."""
    reasons = _reasons(reply.body)
    if reply.status == 429 or reasons & (_DAILY | _OFTEN):  # noqa: PLR2004 - statuses are known by their numbers
        return _limited(now_s, daily=bool(reasons & _DAILY))
    if reply.status == 401 or reasons & {"keyInvalid", "API_KEY_INVALID", "keyExpired"}:  # noqa: PLR2004
        return BadKeyError("YouTube refused the key. Check YOUTUBE_API_KEY.", provider=SOURCE)
    if reply.status == 403:  # noqa: PLR2004
        message = "YouTube does not allow this key the Data API v3. Switch it on in Google's console."
        return NotInPlanError(message, provider=SOURCE)
    if reply.status == 404:  # noqa: PLR2004
        return ChannelNotFoundError("YouTube has no such channel. Check its address.", provider=SOURCE)
    if reply.status >= 500 or reply.status == 408:  # noqa: PLR2004
        return UnavailableError(f"YouTube has a problem (status {reply.status}). Try again.", provider=SOURCE)
    return BadPayloadError(f"YouTube refused the question (status {reply.status}).", provider=SOURCE)


def _limited(now_s: float, *, daily: bool) -> RateLimitedError:
    message, wait_s = "YouTube was asked too often.", _PAUSE_S
    if daily:
        message = "YouTube's daily quota is used up. It begins anew at midnight Pacific time."
        wait_s = until_midnight_pacific_s(now_s)
    return RateLimitedError(message, provider=SOURCE, retry_after_s=wait_s)


def until_midnight_pacific_s(now_s: float) -> float:
    """Return the seconds until the day ends where YouTube counts its quota."""
    here = datetime.fromtimestamp(now_s, _PACIFIC)
    tomorrow = (here + timedelta(days=1)).date()
    return datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=_PACIFIC).timestamp() - now_s


def _reasons(body: bytes) -> frozenset[str]:
    """Return the reasons that an error names, in both forms in which Google names them."""
    try:
        error = orjson.loads(body)["error"]
        named = [*error.get("errors", ()), *error.get("details", ())]
        return frozenset(str(one.get("reason", "")) for one in named)
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
        return frozenset()


def _understood(model: type[_Model], reply: Reply, now_s: float) -> _Model:
    if reply.status != 200:  # noqa: PLR2004 - as above
        raise error_of(reply, now_s)
    try:
        return model.model_validate_json(reply.body)
    except ValidationError:
        message = "YouTube sent something else than was promised. Nothing of it was kept."
        raise BadPayloadError(message, provider=SOURCE) from None


def _utc(when: datetime | None) -> datetime | None:
    return None if when is None else when.astimezone(UTC)
