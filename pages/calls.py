"""What a channel said about one stock, on the candles of that stock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

from components.header import header
from pages.channel import exists as channel_exists
from pages.channel import no_such_channel
from track_record.errors import BadFieldError, UnknownChannelError
from track_record.service import ticker_of

if TYPE_CHECKING:
    from track_record.service import TrackRecord


def layout(track_record: TrackRecord, channel_id: str, ticker: str) -> html.Main:
    """Return the page."""
    try:
        channel = track_record.channel(channel_id)
        canonical = ticker_of(ticker)
    except (UnknownChannelError, BadFieldError):
        return no_such_channel()
    return html.Main(
        [header(here="track-record"), html.H1(f"{channel.name} on {canonical}")], className="page track-page"
    )


def exists(track_record: TrackRecord, channel_id: str, ticker: str) -> bool:
    """Return whether there is such a channel, and the text is a ticker's."""
    try:
        ticker_of(ticker)
    except BadFieldError:
        return False
    return channel_exists(track_record, channel_id)
