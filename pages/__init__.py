"""Pages: layout and short callbacks. They parse, ask a service, and render."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import dash_mantine_components as dmc
from dash import Input, Output, dcc, html

from components.header import header
from components.system_report import nothing_known
from pages import chart, opinions, system
from pages.protection import protect

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dash import Dash

    from cache.candle_cache import CandleCache
    from components.story import Listed
    from components.system_report import SystemReport


def register(
    app: Dash,
    cache: CandleCache,
    listed: Callable[[str], Listed | None],
    report: Callable[[], SystemReport] = nothing_known,
    absent: Mapping[str, str] | None = None,
) -> None:
    """Give the app its frame, its pages and their callbacks.

    ``report`` is what the system page shows; ``absent`` says of sources that are not set up what to do.

    Pages are chosen by the path alone. The query is the chart's business: it changes with every pan, and a
    page that was rendered again because of it would lose what it shows.
    """
    layouts: dict[str, Callable[[], html.Main]] = {
        "/": partial(chart.layout, chart.sources_of(cache, absent or {})),
        "/system": partial(system.layout, report),
    }
    app.title = "Chandlery"
    app.layout = _frame()
    chart.register(app, cache, listed)
    opinions.register(app, cache)
    system.register(app, report)
    protect(app, layouts)

    @app.callback(Output("page", "children"), Input("location", "pathname"))
    def choose(path: object) -> html.Main:
        return layouts.get(str(path or "/"), _not_found)()


def _frame() -> dmc.MantineProvider:
    body = html.Div([dcc.Location(id="location"), html.Div(id="page")], className="app")
    return dmc.MantineProvider(body, defaultColorScheme="auto")


def _not_found() -> html.Main:
    said = html.Div(
        [html.H1("There is no such page"), html.A("Open the chart", href="/")], className="not-found"
    )
    return html.Main([header(), said])
