"""What a channel said about one stock, on the candles of that stock and in a list below them.

The chart is the one of every page; assets/calls.js fills the list from the same answer as the marks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

from components.chart_card import chart_card
from components.header import header
from components.marks import labelled, testid
from components.mentions import entry_choice
from pages.channel import exists as channel_exists
from pages.channel import instead, no_such_channel, unreachable
from track_record.errors import BadFieldError, TableError, UnknownChannelError
from track_record.service import ticker_of

if TYPE_CHECKING:
    from components.source_picker import Sources
    from track_record.service import TrackRecord

_COLUMNS = {
    "Said on": "",
    "Action": "",
    "Price said": "number",
    "Price to be had": "number",
    "+21": "number",
    "+63": "number",
    "+252": "number",
    "What was said": "",
}
"""Heading: class."""


def layout(track_record: TrackRecord, sources: Sources, channel_id: str, ticker: str) -> html.Main:
    """Return the page; the chart begins with all prices of the ticker, and with the channel's mentions."""
    try:
        channel = track_record.channel(channel_id)
    except UnknownChannelError:
        return no_such_channel()
    except TableError as error:
        return unreachable(error)
    way = html.A(f"← {channel.name}", href=f"/track-record/{channel.id}", **testid("back-to-channel"))
    try:
        canonical = ticker_of(ticker)
    except BadFieldError as error:
        return instead("There is no such ticker", str(error), way)
    back = html.Nav(way, className="crumb", **labelled("Channel"))
    usual = {
        "ticker": canonical,
        "range": "MAX",
        "mentions": True,
        "channel": channel.id,
    }
    top = html.Div([header(here="track-record"), back])
    return html.Main([chart_card(1, sources, top, usual), _list()], className="page calls-page")


def exists(track_record: TrackRecord, channel_id: str, ticker: str) -> bool:
    """Return whether there is such a channel, and the text is a ticker's."""
    try:
        ticker_of(ticker)
    except BadFieldError:
        return False
    return channel_exists(track_record, channel_id)


def _list() -> html.Section:
    head = [
        html.H2("What was said"),
        html.P("Looking for mentions …", className="calls-told", role="status"),
        entry_choice(),
    ]
    columns = [html.Th(words, className=name, scope="col") for words, name in _COLUMNS.items()]
    table = html.Table([html.Thead(html.Tr(columns)), html.Tbody()], hidden=True)
    return html.Section(
        [html.Div(head, className="calls-head"), table], className="calls", **testid("calls-list")
    )
