"""Pages: layout and short callbacks. They parse, ask a service, and render."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dash_mantine_components as dmc
from dash import Input, Output, dcc, html

from components.header import header
from pages import chart
from pages.protection import protect

if TYPE_CHECKING:
    from collections.abc import Callable

    from dash import Dash

    from cache.candle_cache import CandleCache
    from components.story import Listed


def register(app: Dash, cache: CandleCache, listed: Callable[[str], Listed | None]) -> None:
    """Give the app its frame, its pages and their callbacks.

    Pages are chosen by the path alone. The query is the chart's business: it changes with every pan, and a
    page that was rendered again because of it would lose what it shows.
    """
    layouts = {"/": chart.layout}
    app.title = "Chandlery"
    app.layout = _frame()
    chart.register(app, cache, listed)
    protect(app, layouts)

    @app.callback(Output("page", "children"), Input("location", "pathname"))
    def choose(path: str | None) -> html.Main:
        return layouts.get(path or "/", _not_found)()


def _frame() -> dmc.MantineProvider:
    body = html.Div([dcc.Location(id="location"), html.Div(id="page")], className="app")
    return dmc.MantineProvider(body, defaultColorScheme="auto")


def _not_found() -> html.Main:
    said = html.Div(
        [html.H1("There is no such page"), html.A("Open the chart", href="/")], className="not-found"
    )
    return html.Main([header(), said])
