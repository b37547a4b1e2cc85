"""The part of the system page about price sources: how each does, and what it may still be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

from components.marks import unheard
from components.system_words import count, duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dash.development.base_component import Component

    from components.system_report import Budget, CoolingSource, SourceState, SystemReport

_WHEN = {
    "minute": "this minute",
    "hour": "this hour",
    "day": "today",
    "pacific_day": "today (Pacific)",
    "month": "this month",
}
_NEARLY = 0.9
"""Of a budget; what is left is for charts that nobody has seen."""
_FREE = frozenset({"demo", "files"})
_NO_PRICES = frozenset({"youtube"})


def sources(report: SystemReport) -> list[Component]:
    """Return the sources: their calls and budgets, and what is left alone."""
    resting = {cooling.source: cooling for cooling in report.process.cooling if not cooling.ticker}
    listed = [
        html.Li(list(_source(source, resting.get(source.name))), className="source")
        for source in report.sources
    ]
    tickers = [
        html.Li(f"{c.ticker}: not asked for during the next {duration(c.left_s)} ({c.reason})")
        for c in report.process.cooling
        if c.ticker
    ]
    return [
        html.Ul(listed, className="sources"),
        *([html.Ul(tickers, className="names")] if tickers else []),
        html.P(_words(report), className="quiet"),
    ]


def budget_words(budget: Budget) -> str:
    """Return "31 of 50 this hour", "12 of 500 tickers this month"."""
    what = " tickers" if budget.what == "symbols" else ""
    return f"{count(budget.used)} of {count(budget.limit)}{what} {_WHEN[budget.window]}"


def _source(source: SourceState, resting: CoolingSource | None) -> Iterator[Component]:
    """Yield its name and state, why it is not well, and its budgets."""
    said = (
        [] if source.calls is None else [f"{count(source.calls)} calls, {count(source.errors or 0)} failed"]
    )
    if resting is not None:
        said.append(f"left alone for {duration(resting.left_s)}")
    elif source.state != "ok":
        said.append({"limited": "not asked", "refused": "refuses", "failing": "fails"}[source.state])
    warned = "warned" if resting is not None or source.state != "ok" else ""
    yield html.Div(
        [html.Span(source.label), html.Span(", ".join(said) or "in use", className=warned)], className="head"
    )
    if source.words:
        yield html.P(source.words)
    if source.budgets:
        yield html.Ul([html.Li(_budget(budget)) for budget in source.budgets], className="budgets")


def _budget(budget: Budget) -> list[Component]:
    share = min(budget.used / budget.limit, 1.0) if budget.limit else 1.0
    level = "full" if share >= 1 else "nearly" if share >= _NEARLY else "used"
    bar = html.I(style={"width": f"{100 * share:.2f}%"}, className=level)
    return [html.Span(budget_words(budget)), html.Div(bar, className="gauge", **unheard())]


def _words(report: SystemReport) -> str:
    prices = [source for source in report.sources if source.name not in _NO_PRICES]
    if any(source.budgets for source in prices):
        return "The last tenth of a budget is kept for charts that are not held yet."
    if {source.name for source in prices} <= _FREE:
        return "No budgets: demo prices and files cost nothing."
    return "No source has a budget."
