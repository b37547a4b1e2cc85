"""The score of a channel, on its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

if TYPE_CHECKING:
    from dash import Dash

    from track_record.service import TrackRecord


def section(channel_id: str) -> html.Section:
    """Return the section; what is in it comes later, so that the page stands at once."""
    del channel_id
    return html.Section([html.H2("Score")])


def register(app: Dash, track_record: TrackRecord) -> None:
    """Wire the section."""
    del app, track_record
