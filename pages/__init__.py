"""Pages: layout and short callbacks. They parse, ask a service, and render."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import dash_mantine_components as dmc
from dash import Input, Output, dcc, html

from components.header import header
from components.system_report import nothing_known
from pages import calls, channel, channels, chart, mentions, opinions, said, score, sentiments, system, upload
from pages.protection import protect
from pages.routes import Route, Routes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dash import Dash
    from dash.development.base_component import Component

    from cache.candle_cache import CandleCache
    from components.source_picker import Sources
    from components.story import Listed
    from components.system_report import SystemReport
    from sentiment.history import SentimentHistory
    from track_record.service import TrackRecord


def register(  # noqa: PLR0913 - all that pages show
    app: Dash,
    cache: CandleCache,
    listed: Callable[[str], Listed | None],
    report: Callable[[], SystemReport] = nothing_known,
    absent: Mapping[str, str] | None = None,
    track_record: TrackRecord | None = None,
    sentiment: SentimentHistory | None = None,
) -> None:
    """Give the app its frame, its pages and their callbacks.

    ``report`` is what the system page shows; ``absent`` says of sources that are not set up what to do.
    Without a ``track_record`` there are no pages of it.

    Pages are chosen by the path alone. The query is the page's own business: a chart's changes with every
    pan, and a page that was rendered again because of it would lose what it shows.
    """
    sources = chart.sources_of(cache, absent or {})
    found = [
        Route("/", partial(chart.layout, sources)),
        Route("/system", partial(system.layout, report)),
    ]
    app.title = "Chandlery"
    app.layout = _frame()
    chart.register(app, cache, listed)
    opinions.register(app, cache)
    sentiments.register(app, sentiment or sentiments.NothingHeld())
    system.register(app, report)
    if track_record is not None:
        found += _of_track_record(app, track_record, sources)
    routes = Routes(found, _not_found)
    protect(app, routes.has)

    @app.callback(Output("page", "children"), Input("location", "pathname"))
    def choose(path: object) -> Component:
        return routes.page(path)


def _of_track_record(app: Dash, track_record: TrackRecord, sources: Sources) -> list[Route]:
    """Wire the pages of the track record, and return where they stand."""
    for part in (channels, channel, score, said, upload):
        part.register(app, track_record)
    mentions.register(app, track_record.judge)
    return [
        Route("/track-record", partial(channels.layout, track_record)),
        Route(
            "/track-record/<channel_id>",
            partial(channel.layout, track_record),
            partial(channel.exists, track_record),
        ),
        Route(
            "/track-record/<channel_id>/<ticker>",
            partial(calls.layout, track_record, sources),
            partial(calls.exists, track_record),
        ),
    ]


def _frame() -> dmc.MantineProvider:
    body = html.Div([dcc.Location(id="location"), html.Div(id="page")], className="app")
    return dmc.MantineProvider(body, defaultColorScheme="auto")


def _not_found() -> html.Main:
    said = html.Div(
        [html.H1("There is no such page"), html.A("Open the chart", href="/")], className="not-found"
    )
    return html.Main([header(), said])
