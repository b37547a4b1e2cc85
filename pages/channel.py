"""The page of one channel: who it is, how its processing goes, what it said and what that is worth.

This module is the frame: head, buttons, progress and log. The sections below it fill themselves when Store
``channel-state`` is there, and again when its ``revision`` changes, so the frame is painted at once. While
the channel is processed the browser asks how it goes, as long as somebody looks (assets/track.js).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import dcc, html

from components.header import header
from components.marks import adds_video, dialog_name, labelled, opens, page_id, shuts, testid
from pages import channel_live, said_parts, score
from pages import channel_parts as parts
from track_record.demo_channel import is_demo
from track_record.entities import ChannelStatus
from track_record.entry import Policy
from track_record.errors import TableError, UnknownChannelError

if TYPE_CHECKING:
    from dash.development.base_component import Component

    from track_record.entities import Channel
    from track_record.service import TrackRecord

register = channel_live.register


def layout(track_record: TrackRecord, channel_id: str) -> html.Main:
    """Return the page."""
    try:
        channel = track_record.channel(channel_id)
    except UnknownChannelError:
        return no_such_channel()
    except TableError as error:
        return unreachable(error)
    return html.Main(
        [
            header(here="track-record"),
            html.Div(
                [
                    _frame(channel, asks_youtube=track_record.asks_youtube),
                    score.section(channel.id),
                    said_parts.section(channel.id, takes_videos=not is_demo(channel)),
                ],
                className="track",
            ),
            _delete_dialog(channel),
            *_stores(channel),
        ],
        className="page track-page",
        **testid("channel-page"),
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


def no_such_channel() -> html.Main:
    """Return the page of a channel that is not there (any more)."""
    return instead("There is no such channel", "It may have been deleted.")


def unreachable(error: TableError) -> html.Main:
    """Return the page of a channel that nobody can read at the moment."""
    return instead("This channel cannot be shown", parts.unreachable(error))


def instead(title: str, words: str, way: html.A | None = None) -> html.Main:
    """Return a page that says why another one is not there, with a way out."""
    said = [html.H1(title), html.P(words), way or html.A("All channels", href="/track-record")]
    return html.Main([header(here="track-record"), html.Div(said, className="not-found")])


def _frame(channel: Channel, *, asks_youtube: bool) -> html.Div:
    """Return what is known of the channel itself, and what can be done with it."""
    now = channel_live.shown(channel)
    title = html.Div(
        [
            parts.initials(channel),
            html.H1(parts.name(channel), id=page_id("channel-name")),
            *parts.marks(channel),
        ],
        className="channel-title",
    )
    old = "The server does not answer. What is here stays; it is asked for again."
    return html.Div(
        [
            html.Nav(html.A("All channels", href="/track-record"), className="way-back", **labelled("Back")),
            html.Div([title, _deeds(now)], className="track-head"),
            html.P(_facts(channel), className="facts-line quiet"),
            html.P(old, hidden=True, role="status", className="old", **testid("channel-old")),
            html.P(role="status", className="old trouble-line", **testid("channel-trouble")),
            html.P(now.status, id=page_id("channel-status"), role="status", **testid("channel-status")),
            html.Div(now.progress, id=page_id("channel-progress")),
            html.P(id=page_id("channel-said"), role="status", className="said", **testid("channel-said")),
            _log(channel),
            *([] if asks_youtube or is_demo(channel) else [_no_key()]),
        ],
        className="channel-frame",
        **testid("channel-head"),
    )


def _facts(channel: Channel) -> list[Component | str]:
    months = "month" if channel.time_range_months == 1 else "months"
    said_so = f"The last {channel.time_range_months} {months} · added {parts.day(channel.created_at)}"
    if is_demo(channel):
        said_so = f"Made up for this demo, over its prices · added {parts.day(channel.created_at)}"
    link = parts.link(channel)
    return [said_so] if link is None else [said_so, " · ", link]


def _deeds(now: channel_live.Shown) -> html.Div:
    """Return the buttons. Which of them can be used changes with the status; none of them ever moves away."""

    def button(words: str, part: str, **more: Any) -> html.Button:  # noqa: ANN401 - Dash's attributes
        return html.Button(words, type="button", className="deed", id=page_id(part), **more)

    return html.Div(
        [
            button(now.start, "start", disabled=now.runs, **testid("start-analysis")),
            button("Cancel", "cancel", disabled=not now.runs, **testid("cancel-processing")),
            button("Refresh prices", "refresh", **testid("refresh-prices")),
            button("Delete", "delete-ask", **opens("delete"), **testid("delete-channel")),
        ],
        className="deeds",
    )


def _log(channel: Channel) -> html.Details:
    """Return the log, open where something goes on or went wrong; assets/track.js writes it."""
    marks: dict[str, Any] = {"role": "log", "tabIndex": "0", **labelled("Log"), **testid("processing-log")}
    return html.Details(
        [html.Summary("Log"), html.Div(className="log", **marks)],
        open=channel.status is not ChannelStatus.COMPLETED,
        className="log-of",
    )


def _no_key() -> html.P:
    """Return what can be done where nobody lists a channel's videos."""
    add = html.Button(
        "Add a video", type="button", className="link-button", **adds_video(), **testid("add-video")
    )
    words = (
        "There is no key for YouTube, so its videos cannot be listed. Add them by hand, with transcripts. "
    )
    return html.P([words, add], className="no-key", **testid("no-youtube-key"))


def _delete_dialog(channel: Channel) -> html.Dialog:
    words = (
        "Its videos, what they said and its log are deleted with it. "
        "This cannot be taken back; the channel can be added and looked through again."
    )
    sure = html.Button(
        "Delete",
        type="button",
        id=page_id("delete"),
        className="deed grave",
        **shuts(),
        **testid("delete-sure"),
    )
    keep = html.Button("Keep it", type="button", className="deed", **shuts())
    return html.Dialog(
        [
            html.H2(["Delete ", parts.name(channel), "?"]),
            html.P(words),
            html.Div([keep, sure], className="deeds"),
        ],
        className="dialog",
        **dialog_name("delete"),
        **labelled("Delete this channel"),
    )


def _stores(channel: Channel) -> list[Component]:
    return [
        dcc.Store(id=page_id("channel-state"), data=channel_live.state_of(channel, revision=0)),
        dcc.Store(id=page_id("entry-policy"), data=Policy.NEXT_OPEN.value),
        dcc.Store(id=page_id("channel-asked")),
        dcc.Store(id=page_id("channel-done")),
        dcc.Store(id=page_id("channel-news")),
        dcc.Store(id=page_id("channel-written")),
        dcc.Store(id=page_id("channel-left")),
        dcc.Store(id=page_id("channel-went")),
        dcc.Interval(id=page_id("channel-interval"), interval=channel_live.EVERY_MS),
    ]
