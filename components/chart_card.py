"""One chart with everything that belongs to it: toolbar, read-out, stage, status line.

All ids are pattern-matching (``{"type": …, "chart": n}``), so that a grid or a drill-down is the same card
again. What stands in the card is written by assets/story.js; the server's callback fills one Store.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from dash import dcc, html

from components.chart_figure import GRAPH_CONFIG, empty_figure
from components.marks import chooses, does, labelled, testid, unheard
from components.mentions import over_the_stage
from components.spoken import spoken
from components.toolbar import toolbar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dash.development.base_component import Component

    from components.source_picker import Sources


SHAPES = {"news": "news", "said": "mentions in videos"}
"""What the shapes of the sentiment pane (assets/sentiment.js) stand for."""


def part_id(part: str, chart: object) -> dict[str, Any]:
    """Return the id of a part of a chart; ``chart`` is its number, or MATCH in a callback."""
    return {"type": part, "chart": chart}


def chart_card(
    chart: int, sources: Sources, header: Component | None = None, usual: Mapping[str, Any] | None = None
) -> html.Div:
    """Return the card of chart number ``chart``, with a row above everything if it is to have one.

    ``sources`` are those that a person can choose. ``usual`` is what a page shows that its link need not name
    (assets/url.js): "ticker", "range", "mentions", and the "channel" whose mentions they are.
    """
    marks: dict[str, Any] = {"data-usual": json.dumps(usual)} if usual else {}
    return html.Div(
        [
            *([header] if header else []),
            toolbar(chart, sources),
            _strip(),
            _stage(chart),
            _status(),
            spoken(),
            dcc.Store(id=part_id("mounted", chart), data=chart),
            dcc.Store(id=part_id("viewport", chart)),
            dcc.Store(id=part_id("bars", chart)),
            dcc.Store(id=part_id("drawn", chart)),
            dcc.Store(id=part_id("compared", chart)),
            dcc.Store(id=part_id("opinions", chart)),
            dcc.Store(id=part_id("marked", chart)),
            dcc.Store(id=part_id("sentiment-asked", chart)),
            dcc.Store(id=part_id("sentiment", chart)),
            dcc.Store(id=part_id("sentiment-drawn", chart)),
            *(dcc.Store(id=part_id(part, chart)) for part in ("mentions-asked", "mentions", "mentioned")),
        ],
        id=part_id("card", chart),
        className="chart-card",
        **marks,
        **testid("price-chart"),
    )


def _strip() -> html.Div:
    """Return what is read above the candles: what is shown, its price, and the candle under the pointer."""
    title = [html.Span(className=name) for name in ("symbol", "company", "facts")]
    price = html.Span(className="price", **testid("current-price"))
    day = html.Span(className="day-change", title="Against the close before")
    market = html.Span(className="market", **testid("market-state"))
    return html.Div(
        [
            html.Div(
                [html.H1(title, className="title"), html.Span("last", className="last"), price, day, market],
                className="heading",
            ),
            html.Div(className="readout", **testid("legend-readout")),
        ],
        className="strip",
    )


def _stage(chart: int) -> html.Div:
    keys: dict[str, Any] = {"tabIndex": "0", "role": "application", **labelled("Price chart")}
    return html.Div(
        [
            html.Canvas(className="under", **unheard()),
            dcc.Graph(
                id=part_id("graph", chart),
                figure=empty_figure(),
                config=cast("Any", GRAPH_CONFIG),
                className="graph",
                responsive=False,
            ),
            _sentiment_words(),
            html.Canvas(className="over", **unheard()),
            *over_the_stage(),
            _headlines(),
            html.Div(
                "Loading prices",
                className="loading",
                hidden=True,
                role="status",
                **testid("loading-indicator"),
            ),
            html.Div(hidden=True, className="start", **testid("start-of-history")),
            html.Div(hidden=True, className="notes", role="status", **testid("notes")),
            _trouble(),
        ],
        className="stage",
        **keys,
    )


def _sentiment_words() -> html.Div:
    """Return what stands in the sentiment pane: its name, what its shapes mean, what else there is to say."""
    shapes = [html.Span(words, className=f"shape {name}") for name, words in SHAPES.items()]
    note = html.Span(className="pane-note", role="status", **testid("sentiment-words"))
    return html.Div([html.Span("Sentiment"), *shapes, note], hidden=True, className="pane-words")


def _headlines() -> html.Div:
    """Return the box that assets/headlines.js fills with what a bar of the sentiment pane is made of."""
    region: dict[str, Any] = {"tabIndex": "-1", "role": "region", **labelled("What was said about the stock")}
    return html.Div(hidden=True, className="headlines", **region, **testid("sentiment-headlines"))


def _trouble() -> html.Div:
    """Return what is said in the stage when there is something to do or nothing to show."""
    again = html.Button(
        "Try again", type="button", hidden=True, **chooses({}, pressed=None), **testid("retry-button")
    )
    said = [
        html.P(hidden=True, role="status", **testid("offline-banner")),
        html.P(hidden=True, role="alert", **testid("error-message")),
        html.P(hidden=True, role="status", **testid("empty-message")),
    ]
    back = html.Button(
        "Back to the candles that are held", type="button", className="back", hidden=True, **does("held")
    )
    instead = html.Div(
        className="examples", hidden=True, role="group", **labelled("Tickers that can be shown")
    )
    return html.Div([*said, instead, back, again], className="trouble", hidden=True)


def _status() -> html.Div:
    """Return the line below the candles: where they come from, how old they are, what they are."""
    # On a narrow screen it scrolls sideways, so the keyboard must come to it.
    scrolls: dict[str, Any] = {"tabIndex": "0", "role": "group", **labelled("About these prices")}
    return html.Div(
        [
            html.Span(className="badge", **testid("cache-source")),
            html.Span(**testid("source-label")),
            html.Span(**testid("data-age")),
            html.Span(className="adjusted"),
            html.Span(**testid("resolution-words")),
        ],
        className="status",
        **scrolls,
    )
