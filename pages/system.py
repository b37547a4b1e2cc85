"""The system page: what the cache does and whether it is well, shown again every few seconds.

The browser asks only while somebody looks (assets/system.js). What is asked for comes in one answer, so that
all figures on the screen are of one moment.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final, cast

import structlog
from dash import MATCH, ClientsideFunction, Input, Output, dcc, html
from dash.exceptions import PreventUpdate

from components import system_plots as plots
from components import system_sections as sections
from components import system_sources
from components.header import header
from components.marks import labelled, testid
from components.system_report import nothing_known

if TYPE_CHECKING:
    from collections.abc import Callable

    from dash import Dash
    from dash.development.base_component import Component

    from components.system_report import SystemReport

EVERY_MS: Final = 5000
_ALL: Final = "All processes"
_CALLS_OF_ALL: Final = "Budgets of all processes, pauses of the one that answered"
_PAGE: Final = "system-page"
_log = structlog.get_logger(__name__)

_PARTS: Final[dict[str, Callable[[SystemReport], Any]]] = {
    "system-top": sections.top,
    "system-tiers": sections.tiers,
    "system-whose": sections.whose,
    "system-breaker": sections.breaker,
    "system-memory": sections.memory,
    "system-locks": sections.locks,
    "system-flights": sections.flights,
    "system-budgets": system_sources.sources,
    "system-alarms": sections.alarms,
    "system-problems": sections.problems,
}
"""Id and test id of a part: what it shows of a report."""
_PLOTS: Final = {
    "system-hit-rate": (plots.hit_rate, "Blocks from memory", ()),
    "system-by-tier": (plots.by_tier, "Blocks per minute", ("memory", "table", "provider")),
    "system-calls": (plots.provider_calls, "Provider calls per minute", ("provider", "failed")),
}
"""Id of a plot: its figure, what it shows, the colours that need words."""
_LEGEND: Final = {"memory": "memory", "table": "table", "provider": "provider", "failed": "failed"}


def _id(part: str, page: object = 1) -> dict[str, Any]:
    """Return the id of a part. A pattern, because Dash misses a plain one while another page is shown."""
    return {"type": part, "page": page}


def layout(report: Callable[[], SystemReport]) -> html.Main:
    """Return the page with the figures of now."""
    now = _made(report) or nothing_known()
    return html.Main(
        [
            header(here="system"),
            html.Div(_content(now), className="system"),
            dcc.Interval(id=_id("system-interval"), interval=EVERY_MS),
            dcc.Store(id=_id("system-asked")),
        ],
        id=_id(_PAGE),
        className="page system-page",
        **_answer(),
        **testid(_PAGE),
    )


def register(app: Dash, report: Callable[[], SystemReport]) -> None:
    """Wire the timer to the figures; the browser decides whether a tick asks."""
    app.clientside_callback(
        ClientsideFunction("system", "tick"),
        Output(_id("system-asked", MATCH), "data"),
        Input(_id("system-interval", MATCH), "n_intervals"),
    )
    outputs = [
        Output(_id(_PAGE, MATCH), "data-answer"),
        *(Output(_id(name, MATCH), "children") for name in _PARTS),
        *(Output(_id(name, MATCH), "figure") for name in _PLOTS),
    ]

    @app.callback(outputs, Input(_id("system-asked", MATCH), "data"), prevent_initial_call=True)
    def show(_asked: float | None) -> list[Any]:
        now = _made(report)
        if now is None:
            raise PreventUpdate
        shown = [part(now) for part in _PARTS.values()]
        drawn = [figure(now) for figure, _, _ in _PLOTS.values()]
        return [*_answer().values(), *shown, *drawn]


def _made(report: Callable[[], SystemReport]) -> SystemReport | None:
    """Return the figures of now; None when that fails: a page about faults must not be one."""
    try:
        return report()
    except Exception:  # noqa: BLE001 - whatever it is, the log has it and the page goes on
        _log.exception("system_report_failed")
        return None


def _answer() -> dict[str, Any]:
    """Return the mark by which the browser knows that an answer came."""
    return {"data-answer": str(time.monotonic_ns())}


def _content(now: SystemReport) -> list[Component]:
    old = "The server does not answer. These figures are old; they are asked for again."
    return [
        html.H1("System", className="spoken"),
        html.P(old, hidden=True, role="status", className="old", **testid("system-old")),
        _part("system-top", now),
        _section("Where blocks come from", _ALL, [_part("system-tiers", now)]),
        _section("The last hour", f"{_ALL}, minute by minute, UTC", [_drawn(now)]),
        html.Section(
            [
                html.Div([html.H2("One process"), _part("system-whose", now)], className="section-head"),
                html.Div(
                    [
                        _card("Memory", [_part("system-memory", now)]),
                        _card("Breaker before the table", [_part("system-breaker", now)]),
                        _card("Under way", [_part("system-flights", now)]),
                        _card("Locks", [_part("system-locks", now)]),
                    ],
                    className="cards",
                ),
            ]
        ),
        html.Div(
            [
                _section("Sources and budgets", _CALLS_OF_ALL, [_part("system-budgets", now)]),
                _section("Alarms", _ALL, [_part("system-alarms", now)]),
            ],
            className="pair",
        ),
        _problems(now),
    ]


def _part(name: str, now: SystemReport) -> html.Div:
    return html.Div(_PARTS[name](now), id=_id(name), className=name, **testid(name))


def _section(title: str, of: str, parts: list[Component]) -> html.Section:
    head = html.Div([html.H2(title), html.Span(of, className="whose")], className="section-head")
    return html.Section([head, *parts])


def _card(title: str, parts: list[Component]) -> html.Div:
    return html.Div([html.H3(title), *parts], className="card")


def _drawn(now: SystemReport) -> html.Div:
    return html.Div([_plot(name, now) for name in _PLOTS], className="plots", **testid("system-plots"))


def _plot(name: str, now: SystemReport) -> html.Figure:
    figure, words, colours = _PLOTS[name]
    legend = [html.Span(_LEGEND[colour], className=f"legend {colour}") for colour in colours]
    image: dict[str, Any] = {"role": "img", **labelled(f"{words}, over the last hour")}
    config = cast("Any", plots.CONFIG)
    graph = dcc.Graph(id=_id(name), figure=figure(now), config=config, responsive=True)
    return html.Figure(
        [html.Figcaption([words, *legend]), html.Div(graph, className="plot", **image)],
        className=f"plot-of {name}",
    )


def _problems(now: SystemReport) -> html.Section:
    """Return the last problems; the table scrolls sideways on a phone, so the keyboard must come to it."""
    scrolls: dict[str, Any] = {"tabIndex": "0", "role": "group", **labelled("Last problems")}
    head = html.Div(
        [html.H2("Last problems"), html.Span("The process that answered", className="whose")],
        className="section-head",
    )
    return html.Section([head, html.Div(_part("system-problems", now), className="scrolls", **scrolls)])
