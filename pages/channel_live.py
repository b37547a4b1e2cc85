"""What moves on the page of a channel: its status, its progress and its log, and what the buttons do.

The browser asks with the id of the last log line that it has (``since``), and is told what came after it.
What a person does is answered in words, and the browser asks again at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from dash import MATCH, ClientsideFunction, Input, Output, State, ctx, html, no_update
from dash.exceptions import PreventUpdate

from components.marks import page_id
from pages import channel_parts as parts
from track_record.entities import ChannelStatus
from track_record.errors import RecordError, TableError, UnknownChannelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dash import Dash
    from dash.development.base_component import Component

    from track_record.entities import Channel, Log
    from track_record.pricing import Refreshed
    from track_record.service import TrackRecord

EVERY_MS: Final = 2000
MOST_LINES: Final = 500
"""Of a log that is read from its beginning: the newest."""
_LARGEST: Final = 2**53
_DELETED: Final = "This channel was deleted."


@dataclass(frozen=True, slots=True)
class Shown:
    """What the frame shows of a channel: ``runs`` is whether it is being processed."""

    status: Component
    progress: Component
    start: str
    runs: bool


def shown(channel: Channel) -> Shown:
    """Return what is shown of a channel now."""
    fresh = channel.status is ChannelStatus.PENDING
    return Shown(
        parts.status(channel),
        parts.progress(channel),
        "Look through" if fresh else "Look through again",
        channel.status is ChannelStatus.PROCESSING,
    )


def state_of(channel: Channel, revision: int) -> dict[str, Any]:
    """Return Store ``channel-state``; who sees ``revision`` change has something new to show."""
    return {
        "id": channel.id,
        "status": channel.status.value,
        "processed": channel.processed_video_count,
        "revision": revision,
    }


def register(app: Dash, track_record: TrackRecord) -> None:
    """Wire the frame."""
    _in_browser(app)

    @app.callback(
        Output(page_id("channel-name", MATCH), "children"),
        Output(page_id("channel-status", MATCH), "children"),
        Output(page_id("channel-progress", MATCH), "children"),
        Output(page_id("start", MATCH), "children"),
        Output(page_id("start", MATCH), "disabled"),
        Output(page_id("cancel", MATCH), "disabled"),
        Output(page_id("channel-news", MATCH), "data"),
        Output(page_id("channel-state", MATCH), "data"),
        Input(page_id("channel-asked", MATCH), "data"),
        State(page_id("channel-state", MATCH), "data"),
        prevent_initial_call=True,
    )
    def look(asked: object, state: object) -> list[Any]:
        return looked(track_record, _fields(asked), _fields(state))

    @app.callback(
        Output(page_id("channel-said", MATCH), "children"),
        Output(page_id("channel-done", MATCH), "data"),
        Output(page_id("channel-left", MATCH), "data"),
        *(Input(page_id(part, MATCH), "n_clicks") for part in _DEEDS),
        State(page_id("channel-state", MATCH), "data"),
        prevent_initial_call=True,
        # Not disabled: it would lose the focus.
        running=[(Output(page_id("refresh", MATCH), "className"), "deed busy", "deed")],
    )
    def act(*arguments: object) -> list[Any]:
        *clicks, state = arguments
        part = ctx.triggered_id["type"] if isinstance(ctx.triggered_id, dict) else ""
        if part not in _DEEDS or not any(clicks):
            raise PreventUpdate
        return acted(track_record, part, _fields(state), sum(n for n in clicks if isinstance(n, int)))


def looked(track_record: TrackRecord, asked: dict[str, Any], state: dict[str, Any]) -> list[Any]:
    """Return what the frame shows now; the state only where sections have something new to show."""
    channel_id, since = str(state.get("id", "")), _whole(asked.get("since"))
    try:
        channel = track_record.channel(channel_id)
        lines = track_record.logs(channel_id, since)
    except UnknownChannelError:
        gone = html.Span([f"{_DELETED} ", html.A("All channels", href="/track-record")])
        return [no_update, gone, *[no_update] * 2, True, True, _news([], live=False), no_update]
    except TableError as error:
        return [*[no_update] * 6, _news([], live=True, trouble=parts.unreachable(error)), no_update]
    now = shown(channel)
    return [
        parts.name(channel),
        now.status,
        now.progress,
        now.start,
        now.runs,
        not now.runs,
        _news(lines, live=now.runs, name=channel.name),
        _newer(channel, state, anew=asked.get("anew") is True),
    ]


def acted(track_record: TrackRecord, part: str, state: dict[str, Any], clicks: int) -> list[Any]:
    """Do what a button is for; return what to say, what the browser is to ask for, and where to go."""
    channel_id = str(state.get("id", ""))
    done = {"clicks": clicks, "anew": part == "refresh"}
    try:
        words = _DEEDS[part](track_record, channel_id)
    except UnknownChannelError:
        return [_DELETED, done, "/track-record" if part == "delete" else None]
    except RecordError as error:
        return [str(error), done, None]
    except TableError as error:
        return [parts.unreachable(error), done, None]
    return [words, done, "/track-record" if part == "delete" else None]


def _start(track_record: TrackRecord, channel_id: str) -> str:
    track_record.process(channel_id)
    return ""


def _cancel(track_record: TrackRecord, channel_id: str) -> str:
    track_record.cancel(channel_id)
    return ""


def _refresh(track_record: TrackRecord, channel_id: str) -> str:
    channel = track_record.channel(channel_id)
    return refreshed_words(track_record.pricing.refresh(channel.id))


def _delete(track_record: TrackRecord, channel_id: str) -> str:
    track_record.delete(channel_id)
    return _DELETED


_DEEDS: Final[dict[str, Callable[[TrackRecord, str], str]]] = {
    "start": _start,
    "cancel": _cancel,
    "refresh": _refresh,
    "delete": _delete,
}
"""Part of the page that is clicked: what it does, which says how it went."""


def refreshed_words(found: Refreshed) -> str:
    """Return what came of a refresh of prices."""
    count = len(found.prices)
    if not count and not found.errors:
        return "No stock is mentioned, so there is no price to look up."
    said = f"{count} price{'' if count == 1 else 's'} looked up."
    missing = [f"{ticker}: {why}" for ticker, why in sorted(found.errors.items())]
    return " ".join([said, *missing])


def _newer(channel: Channel, state: dict[str, Any], *, anew: bool) -> Any:  # noqa: ANN401 - Dash's no_update
    """Return the next state. What a worker adds while it runs waits for its end: sections do not flicker."""
    told, revision = state_of(channel, 0), _whole(state.get("revision")) or 0
    changed = any(state.get(key) != told[key] for key in ("status", "processed"))
    same_run = state.get("status") == told["status"] == ChannelStatus.PROCESSING.value
    if anew or (changed and not same_run):
        return state_of(channel, revision + 1)
    return no_update


def _news(lines: Sequence[Log], *, live: bool, name: str = "", trouble: str = "") -> dict[str, Any]:
    """Return what the browser writes into the log, and whether to ask again."""
    return {
        "name": name,
        "live": live,
        "trouble": trouble,
        "left_out": max(len(lines) - MOST_LINES, 0),
        "lines": [
            {"id": line.id, "level": line.log_level.value, "message": line.message}
            for line in lines[-MOST_LINES:]
        ],
    }


def _in_browser(app: Dash) -> None:
    """Wire when the browser asks, how it writes the log, and where it goes from a channel that is deleted."""
    app.clientside_callback(
        ClientsideFunction("track", "tick"),
        Output(page_id("channel-asked", MATCH), "data"),
        Input(page_id("channel-interval", MATCH), "n_intervals"),
        Input(page_id("channel-done", MATCH), "data"),
    )
    app.clientside_callback(
        ClientsideFunction("track", "write"),
        Output(page_id("channel-written", MATCH), "data"),
        Input(page_id("channel-news", MATCH), "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("track", "go"),
        Output(page_id("channel-went", MATCH), "data"),
        Input(page_id("channel-left", MATCH), "data"),
        prevent_initial_call=True,
    )


def _fields(value: object) -> dict[str, Any]:
    """Return what a browser sent, if it has fields at all."""
    return value if isinstance(value, dict) else {}


def _whole(value: object) -> int | None:
    """Return a number that a browser sent; None where it is none that we gave."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 <= value < _LARGEST else None
