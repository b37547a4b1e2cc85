"""The list of channels, and the dialog that adds one.

Which page of the list is shown stands in the query (``?page=2``), which the browser alone knows
(assets/track.js): it asks for the list when the page is there, and again while a channel in it is processed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dash import MATCH, ClientsideFunction, Input, Output, State, dcc, html, no_update

from components.header import header
from components.marks import labelled, opens, page_id, testid, unheard
from pages import channel_parts as parts
from pages.add_dialog import add_dialog, wire
from track_record.entities import ChannelStatus
from track_record.errors import TableError

if TYPE_CHECKING:
    from dash import Dash
    from dash.development.base_component import Component

    from track_record.channel_records import ChannelPage
    from track_record.entities import Channel
    from track_record.service import TrackRecord

PER_PAGE: Final = 20
EVERY_MS: Final = 4000
_MOST_PAGES: Final = 10**6
_LIVE: Final[dict[str, Any]] = {"data-live": "true"}
"""Says to the browser that it is worth looking again."""
_NOTHING: Final = (
    "No channel is followed yet. Add one by its address on YouTube: its videos are looked through for what "
    "was said about stocks, and what became of it is shown beside."
)


def layout(track_record: TrackRecord) -> html.Main:
    """Return the page; its list comes as soon as the browser has said which part of it."""
    add = html.Button(
        "Add a channel", type="button", className="deed first", **opens("add"), **testid("add-channel")
    )
    head = html.Div([html.H1("Track record"), add], className="track-head")
    about = html.P("What YouTube channels said about stocks, and what became of it.", className="quiet")
    listed = html.Div(id=page_id("channel-list"), className="channel-list", **testid("channel-list"))
    return html.Main(
        [
            header(here="track-record"),
            html.Div([head, about, parts.no_answer(), listed], className="track"),
            add_dialog(asks_youtube=track_record.asks_youtube),
            dcc.Interval(id=page_id("channels-interval"), interval=EVERY_MS),
            dcc.Store(id=page_id("channels-asked")),
        ],
        className="page track-page",
    )


def register(app: Dash, track_record: TrackRecord) -> None:
    """Wire the list and the dialog."""
    wire(app, track_record)
    app.clientside_callback(
        ClientsideFunction("track", "list"),
        Output(page_id("channels-asked", MATCH), "data"),
        Input(page_id("channels-interval", MATCH), "n_intervals"),
    )

    @app.callback(
        Output(page_id("channel-list", MATCH), "children"),
        Input(page_id("channels-asked", MATCH), "data"),
        State(page_id("channel-list", MATCH), "children"),
        prevent_initial_call=True,
    )
    def show(asked: object, before: object) -> Any:  # noqa: ANN401 - Dash's no_update has no type
        question = asked if isinstance(asked, dict) else {}
        page = question.get("page")
        number = page if isinstance(page, int) and 1 <= page <= _MOST_PAGES else 1
        try:
            track_record.welcome()
            return channel_list(track_record.page(number, PER_PAGE))
        except TableError as error:
            said = html.P(parts.unreachable(error), className="wrong", role="alert", **_LIVE)
            # What is there stays, unless somebody has turned to another page.
            return no_update if before and question.get("turned") is not True else [said]


def channel_list(page: ChannelPage) -> list[Component]:
    """Return a page of channels, and the ways to the others."""
    if not page.total:
        return [html.P(_NOTHING, className="nothing")]
    if not page.items:
        back = html.A("The first page", href="/track-record", **_turns(1))
        return [html.P(["There are no channels on this page. ", back], className="nothing")]
    rows = html.Ul([_row(channel) for channel in page.items], className="channels")
    return [rows, *_pages(page)]


def _row(channel: Channel) -> html.Li:
    """Return a channel."""
    live = _LIVE if channel.status is ChannelStatus.PROCESSING else {}
    named = html.A(parts.name(channel), href=f"/track-record/{channel.id}")
    return html.Li(
        [
            parts.initials(channel),
            html.Span([named, *parts.marks(channel)], className="channel-name"),
            parts.status(channel),
            html.Span(parts.counted(channel), className="channel-count"),
            html.Span(f"added {parts.day(channel.created_at)}", className="channel-day"),
        ],
        className="channel-row",
        **live,
    )


def _pages(page: ChannelPage) -> list[Component]:
    last = -(-page.total // page.per_page)
    if last == 1:
        return []
    first = (page.page - 1) * page.per_page + 1
    shown = f"{first:,}–{first + len(page.items) - 1:,} of {page.total:,} channels"
    ways = [
        _way("Newer", page.page - 1, there=page.page > 1),
        html.Span(shown),
        _way("Older", page.page + 1, there=page.page < last),
    ]
    return [html.Nav(ways, className="turns", **labelled("Pages of the list"))]


def _way(words: str, number: int, *, there: bool) -> Component:
    if not there:
        return html.Span(words, className="turn off", **unheard())
    return html.A(words, href=f"/track-record?page={number}", className="turn", **_turns(number))


def _turns(number: int) -> dict[str, Any]:
    """Return what has the browser show another page of the list without loading everything anew."""
    return {"data-turns": str(number)}
