"""One chart with everything that belongs to it: ticker box, ranges, resolutions, read-out, graph, status.

All ids are pattern-matching (``{"type": …, "chart": n}``), so that a grid or a drill-down is the same card
again. What stands in the card is written by assets/story.js; the server's callback fills one Store.
"""

from __future__ import annotations

import json
from typing import Any, cast

import dash_mantine_components as dmc
from dash import dcc, html

from components.chart_figure import GRAPH_CONFIG, empty_figure
from market.ranges import RangePreset
from market.resolution import Resolution

_RESOLUTION_WORDS = {"auto": "Auto", "D": "D", "W": "W", "M": "M"}


def part_id(part: str, chart: object) -> dict[str, Any]:
    """Return the id of a part of a chart; ``chart`` is its number, or MATCH in a callback."""
    return {"type": part, "chart": chart}


def chart_card(chart: int) -> html.Div:
    """Return the card of chart number ``chart``."""
    return html.Div(
        [
            html.Div([_ticker_box(), _ranges(), _resolutions()], className="toolbar"),
            html.Div(
                [
                    _text("current-price", "price"),
                    _text("legend-readout", "readout"),
                    html.Span("Loading …", className="loading", hidden=True, **_testid("loading-indicator")),
                ],
                className="strip",
            ),
            html.Div(
                [
                    dcc.Graph(
                        id=part_id("graph", chart),
                        figure=empty_figure(),
                        config=cast("Any", GRAPH_CONFIG),
                        className="graph",
                        responsive=True,
                    ),
                    html.Div(hidden=True, className="start", **_testid("start-of-history")),
                    html.Div([_error(), _retry()], className="trouble"),
                ],
                className="stage",
            ),
            html.Div(
                [
                    _text("cache-source", "badge"),
                    _text("data-age", "age"),
                    _text("resolution-words", "words"),
                    _text("source-label", "label"),
                ],
                className="status",
            ),
            dcc.Store(id=part_id("mounted", chart), data=chart),
            dcc.Store(id=part_id("viewport", chart)),
            dcc.Store(id=part_id("bars", chart)),
        ],
        id=part_id("card", chart),
        className="chart-card",
        **_testid("price-chart"),
    )


def _testid(name: str) -> dict[str, Any]:
    return {"data-testid": name}


def _label(words: str) -> dict[str, Any]:
    return {"aria-label": words}


def _text(testid: str, class_name: str) -> html.Span:
    return html.Span(className=class_name, **_testid(testid))


def _ticker_box() -> dmc.TextInput:
    return dmc.TextInput(
        placeholder="Ticker",
        size="xs",
        className="ticker-box",
        attributes={
            "input": {
                "data-testid": "ticker-input",
                "aria-label": "Ticker",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
            }
        },
    )


def _choice(kind: str, value: str, words: str, testid: str) -> html.Button:
    pressed: dict[str, Any] = {
        "aria-pressed": "false",
        f"data-{kind}": value,
        "data-choose": json.dumps({kind: value}),
    }
    return html.Button(words, type="button", **_testid(testid), **pressed)


def _ranges() -> html.Div:
    buttons = [_choice("range", r.value, r.value, f"range-{r.value}") for r in RangePreset]
    return html.Div(buttons, className="choices", role="group", **_label("Range"))


def _resolutions() -> html.Div:
    values = ["auto", *(r.value for r in Resolution)]
    buttons = [_choice("resolution", v, _RESOLUTION_WORDS.get(v, v), f"resolution-{v}") for v in values]
    return html.Div(buttons, className="choices", role="group", **_label("Resolution"))


def _error() -> html.Div:
    return html.Div(hidden=True, role="alert", **_testid("error-message"))


def _retry() -> html.Button:
    again: dict[str, Any] = {"data-choose": json.dumps({})}
    return html.Button("Try again", type="button", hidden=True, **_testid("retry-button"), **again)
