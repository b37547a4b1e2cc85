"""What the score of a channel is put together from: a switch, columns of figures, plots with their words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from dash import dcc, html

from components.marks import labelled, testid, unheard
from components.score_plots import CONFIG

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from components.score_plots import Figure


def figures(rows: Sequence[tuple[str, str, str]]) -> html.Dl:
    """Return terms with a figure and what goes with it, "" for nothing."""
    return html.Dl(
        [
            html.Div([html.Dt(term), html.Dd([html.Span(figure), *([html.Small(aside)] if aside else [])])])
            for term, figure, aside in rows
        ]
    )


def plot(
    name: str, figure: Figure, words: str, twin: str | Sequence[str], legend: Mapping[str, str]
) -> html.Figure:
    """Return a figure under its words.

    Args:
        name: class and test id.
        figure: what is drawn.
        words: what it says.
        twin: the same for who does not see it: a sentence, or several.
        legend: class of a colour: words.
    """
    marks = [html.Span(told, className=f"legend {colour}") for colour, told in legend.items()]
    graph = dcc.Graph(figure=figure, config=cast("Any", CONFIG), responsive=True)
    spoken = html.P(twin) if isinstance(twin, str) else html.Ul([html.Li(line) for line in twin])
    return html.Figure(
        [
            html.Figcaption([html.Span(words), *marks]),
            html.Div(graph, className="plot", **unheard()),
            html.Div(spoken, className="spoken"),
        ],
        className=name,
        **testid(name),
    )


def choices(words: str, buttons: Sequence[html.Button]) -> html.Div:
    """Return buttons of which one is pressed."""
    return html.Div(list(buttons), className="choices", role="group", **labelled(words))
