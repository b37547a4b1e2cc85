"""Channels in words and marks: how one is called, how its processing is, and what is said when that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import structlog
from dash import html

from components.marks import labelled, testid, unheard
from track_record.demo_channel import is_demo
from track_record.entities import ChannelStatus

if TYPE_CHECKING:
    from datetime import datetime

    from track_record.entities import Channel
    from track_record.errors import TableError

UNREACHABLE: Final = "The track record cannot be reached at the moment. Try again in a few seconds."
STATUS: Final = {
    ChannelStatus.PENDING: "Not looked through yet",
    ChannelStatus.PROCESSING: "Being looked through",
    ChannelStatus.COMPLETED: "Looked through",
    ChannelStatus.FAILED: "Could not be looked through",
    ChannelStatus.CANCELLED: "Cancelled",
}
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_log = structlog.get_logger(__name__)


def unreachable(error: TableError) -> str:
    """Return what a person is told when the table fails; what it said goes to the log alone."""
    _log.error("track_page_failed", code=error.code, error=str(error))
    return UNREACHABLE


def no_answer() -> html.P:
    """Return what is shown while the server is gone (assets/connection.js); then what was asked is sent."""
    words = "The server does not answer. It is asked again by itself."
    return html.P(words, role="status", className="old server-gone", **testid("server-gone"))


def initials(channel: Channel) -> html.Span:
    """Return up to two letters that stand in the place of a picture."""
    words = ["".join(filter(str.isalnum, word)) for word in channel.name.split()]
    letters = "".join(word[0] for word in words if word)[:2].upper()
    return html.Span(letters or "?", className="initials", **unheard())


def name(channel: Channel) -> html.Bdi:
    """Return a channel's name, whose letters turn nothing around that stands beside it."""
    return html.Bdi(channel.name)


def marks(channel: Channel) -> list[html.Span]:
    """Return what must be known of a channel beside its name."""
    return [html.Span("Synthetic", className="tag")] if is_demo(channel) else []


def status(channel: Channel) -> html.Span:
    """Return how the processing of a channel is, with a mark for the eye."""
    state: dict[str, Any] = {"data-status": channel.status.value}
    return html.Span(STATUS[channel.status], className="channel-status", **state)


def counted(channel: Channel) -> str:
    """Return "31 of 72 videos"."""
    if not channel.video_count:
        return "No videos yet"
    videos = "video" if channel.video_count == 1 else "videos"
    return f"{channel.processed_video_count:,} of {channel.video_count:,} {videos}"


def progress(channel: Channel) -> html.Div:
    """Return how many of a channel's videos were looked through, as a bar and in words."""
    words, most = counted(channel), channel.video_count
    bar: dict[str, Any] = {
        "role": "progressbar",
        "aria-valuemin": "0",
        "aria-valuemax": str(most or 1),
        "aria-valuetext": words,
        "data-status": channel.status.value,
        **labelled("Videos looked through"),
        **testid("processing-progress"),
    }
    done = min(channel.processed_video_count, most)
    if most or channel.status is not ChannelStatus.PROCESSING:
        bar["aria-valuenow"] = str(done)  # else nobody knows how much there is to do
    full = html.I(style={"width": f"{100 * done / most:.1f}%" if most else "0%"})
    return html.Div([html.Span(words), html.Div(full, className="progress-bar")], className="progress", **bar)


def link(channel: Channel) -> html.A | None:
    """Return the way to a channel on YouTube; None where its address leads nowhere that is safe."""
    if is_demo(channel) or urlsplit(channel.url).scheme not in ("http", "https"):
        return None
    return html.A("On YouTube", href=channel.url, target="_blank", rel="noopener noreferrer")


def day(when: datetime) -> str:
    """Return "Fri 1 Mar 2013", UTC."""
    return f"{_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]} {when.year}"
