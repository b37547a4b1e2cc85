"""The list of channels, and the dialog that adds one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

from components.header import header

if TYPE_CHECKING:
    from dash import Dash

    from track_record.service import TrackRecord


def layout(track_record: TrackRecord) -> html.Main:
    """Return the page."""
    track_record.welcome()
    links = [
        html.Li(html.A(one.name, href=f"/track-record/{one.id}")) for one in track_record.page(1, 20).items
    ]
    return html.Main(
        [header(here="track-record"), html.Div([html.H1("Track record"), html.Ul(links)], className="track")],
        className="page track-page",
    )


def register(app: Dash, track_record: TrackRecord) -> None:
    """Wire the page."""
    del app, track_record
