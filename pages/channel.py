"""The page of one channel: who it is, how its processing goes, what it said and what that is worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import dcc, html

from components.header import header
from pages import said, score
from track_record.entry import Policy
from track_record.errors import TableError, UnknownChannelError

if TYPE_CHECKING:
    from dash import Dash

    from track_record.service import TrackRecord


def page_id(part: str, page: object = 1) -> dict[str, Any]:
    """Return the id of a part. A pattern, because Dash misses a plain one while another page is shown."""
    return {"type": part, "page": page}


def layout(track_record: TrackRecord, channel_id: str) -> html.Main:
    """Return the page; its sections fill themselves once ``channel-state`` is there."""
    try:
        channel = track_record.channel(channel_id)
    except UnknownChannelError:
        return no_such_channel()
    state = {
        "id": channel.id,
        "status": channel.status.value,
        "processed": channel.processed_video_count,
        "revision": 0,
    }
    return html.Main(
        [
            header(here="track-record"),
            html.Div(
                [html.H1(channel.name), score.section(channel.id), said.section(channel.id)],
                className="track",
            ),
            dcc.Store(id=page_id("channel-state"), data=state),
            dcc.Store(id=page_id("entry-policy"), data=Policy.NEXT_OPEN.value),
        ],
        className="page track-page",
    )


def exists(track_record: TrackRecord, channel_id: str) -> bool:
    """Return whether there is such a channel; while the table fails nobody can say that there is none."""
    try:
        track_record.channel(channel_id)
    except UnknownChannelError:
        return False
    except TableError:
        return True
    return True


def register(app: Dash, track_record: TrackRecord) -> None:
    """Wire the page."""
    del app, track_record


def no_such_channel() -> html.Main:
    """Return the page of a channel that is not there (any more)."""
    said_so = html.Div(
        [
            html.H1("There is no such channel"),
            html.P("It may have been deleted."),
            html.A("All channels", href="/track-record"),
        ],
        className="not-found",
    )
    return html.Main([header(here="track-record"), said_so])
