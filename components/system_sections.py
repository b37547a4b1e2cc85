"""The parts of the system page, from a report: data in, components out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dash import html

from components.marks import labelled, testid, unheard
from components.system_words import (
    NONE,
    STORES,
    as_of,
    blocks,
    clock,
    count,
    duration,
    megabytes,
    share,
    table_words,
    verdict,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dash.development.base_component import Component

    from components.system_report import Problem, SystemReport

Parts = list["Component"]
_BREAKER = {
    "closed": ("Closed", "all are made"),
    "open": ("Open", "none are made"),
    "half-open": ("Half open", "one tries"),
}


def top(report: SystemReport) -> Parts:
    """Return whether it is well, and what the figures are of."""
    said = verdict(report)
    more = [html.Ul([html.Li(words) for words in said.more])] if said.more else []
    mark: dict[str, Any] = {"data-state": said.state}
    return [
        html.Div([html.P(said.sentence), *more], className="verdict", **mark, **testid("system-verdict")),
        html.P(as_of(report), className="as-of"),
    ]


def tiers(report: SystemReport) -> Parts:
    """Return the way of a question, and where the blocks were."""
    came = blocks(report.totals)
    totals = report.totals
    calls, errors = totals.get("provider_calls", 0), totals.get("provider_errors", 0)
    failed = totals.get("table_errors", 0)
    steps = [
        ("memory", "Memory", came.memory, "in the app itself"),
        (
            "table",
            "Table",
            came.table,
            f"{count(failed)} calls failed" if failed else STORES.get(report.store, report.store),
        ),
        ("provider", "Provider", came.provider, f"{count(calls)} calls, {count(errors)} failed"),
    ]
    items = [
        html.Li(
            [
                html.Span(name, className="tier-name"),
                html.Span(share(part, came.asked), className="tier-share"),
                html.Span(f"{count(part)} blocks"),
                html.Span(words, className="quiet"),
            ],
            className=f"tier {key}",
        )
        for key, name, part, words in steps
    ]
    bar = [html.I(className=key, style={"flexGrow": part}) for key, _, part, _ in steps if part]
    return [html.Ol(items, className="tiers"), html.Div(bar, className="shares", **unheard())]


def breaker(report: SystemReport) -> Parts:
    """Return the state of the breaker before the table."""
    state = report.process.breaker
    if state is None:
        return [html.P("There is none before this table.", className="quiet")]
    name, calls = _BREAKER[state.state]
    rows = {"State": f"{name} for {duration(state.for_s)}", "Calls": calls}
    if state.next_probe_s is not None:
        rows["Next try"] = (
            f"in {duration(state.next_probe_s)}" if state.next_probe_s else "with the next call"
        )
    elif state.failures:
        rows["Failures in a row"] = count(state.failures)
    rows |= {"Opened": _times(state.opened), "Calls not made": count(state.refused)}
    return [_list(rows, warned=("State",) if table_words(state) else ())]


def memory(report: SystemReport) -> Parts:
    """Return how full the memory tier is."""
    state = report.process.memory
    if state is None:
        return [html.P("Nothing is known about it.", className="quiet")]
    full: dict[str, Any] = {"role": "img", **labelled(f"{share(state.bytes, state.budget_bytes)} full")}
    used = html.Div(
        [
            html.I(style={"width": f"{100 * size / state.budget_bytes:.2f}%"}, className=kind)
            for kind, size in (("protected", state.protected_bytes), ("probation", state.probation_bytes))
        ],
        className="gauge",
        **full,
    )
    rows = {
        "Held": f"{megabytes(state.bytes)} of {megabytes(state.budget_bytes)}",
        "Blocks": count(state.entries),
        "Used again (protected)": megabytes(state.protected_bytes),
        "Used once (probation)": megabytes(state.probation_bytes),
        "Pushed out": f"{count(state.evictions)} blocks",
    }
    return [used, _list(rows)]


def locks(report: SystemReport) -> Parts:
    """Return the locks of this process, and how often any process had to do with another's."""
    held, totals = report.process.locks, report.totals
    rows = {"Held": count(len(held)) if held else "None"}
    waits = {"Waited": "lock_waits", "Gave up": "lock_timeouts", "Took over": "lock_takeovers"}
    rows |= {f"{words}, all processes": _times(totals.get(name, 0)) for words, name in waits.items()}
    names = [html.Ul([html.Li(name) for name in held], className="names")] if held else []
    return [_list(rows), *names]


def flights(report: SystemReport) -> Parts:
    """Return what this process has under way."""
    state = report.process
    waiting = count(state.late_writes) if state.late_writes else "None"
    rows = {"Fetches": count(state.flights) if state.flights else "None", "Writes that wait": waiting}
    return [_list(rows)]


def alarms(report: SystemReport) -> Parts:
    """Return what somebody would be called for."""
    if not report.alarms:
        return [html.P("None are set up.", className="quiet")]
    marks = {"ok": "In order", "firing": "Firing", "quiet": "Too little to tell"}
    rows = {alarm.name: f"{marks[alarm.state]}. {alarm.words}".strip() for alarm in report.alarms}
    return [_list(rows, warned=[alarm.name for alarm in report.alarms if alarm.state == "firing"])]


def problems(report: SystemReport) -> Parts:
    """Return the last warnings and errors of the log."""
    if not report.problems:
        return [html.P("None.", className="quiet")]
    heads = html.Thead(
        html.Tr([html.Th(words, scope="col") for words in ("UTC", "Level", "What", "Request")])
    )
    rows = [_row(problem, report.at_s) for problem in report.problems]
    return [html.Table([heads, html.Tbody(rows)])]


def whose(report: SystemReport) -> str:
    """Return which process the figures of one are of."""
    number = report.process.process_id
    return "The process that answered" if number is None else f"Process {number}, which answered"


def _row(problem: Problem, now_s: float) -> html.Tr:
    words = problem.event.replace("_", " ").capitalize()
    what = f"{words}: {problem.message}" if problem.message else words
    return html.Tr(
        [
            html.Td(clock(problem.at_s, now_s), className="when"),
            html.Td(problem.level.capitalize(), className=problem.level),
            html.Td(what),
            html.Td(problem.request_id[:8] or NONE, className="when", title=problem.request_id),
        ]
    )


def _times(number: int) -> str:
    return {0: "Never", 1: "Once"}.get(number, f"{count(number)} times")


def _list(rows: Mapping[str, str], warned: Sequence[str] = ()) -> html.Dl:
    pairs = [
        html.Div([html.Dt(name), html.Dd(words, className="warned" if name in warned else "")])
        for name, words in rows.items()
    ]
    return html.Dl(pairs)
