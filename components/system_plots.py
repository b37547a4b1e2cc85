"""The last hour as three figures: hit rate, blocks by tier, calls of providers. Minute by minute, UTC.

The colours here are those of the tip on a bar; what is drawn takes the scheme's (assets/system.css).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from components.system_report import Sample
from components.system_words import Blocks, blocks

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from components.system_report import SystemReport

Figure = dict[str, Any]
_MINUTE_S: Final = 60
_HOUR_S: Final = 3600
_COLOURS: Final = {"memory": "#2563cf", "table": "#0b7a5f", "provider": "#8f5600", "failed": "#c02f3c"}
_BAR_MS: Final = 45_000
_LEAST: Final = 4
"""An axis of numbers goes to this at least, so that one call does not fill it."""

CONFIG: Final[dict[str, Any]] = {"displayModeBar": False, "doubleClick": False, "showTips": False}


@dataclass(frozen=True, slots=True)
class Minute:
    """What was counted in a minute that begins at ``at_s``, UTC seconds."""

    at_s: int
    blocks: Blocks
    calls: int
    errors: int


def minutes(report: SystemReport) -> list[Minute]:
    """Return the last hour's minutes, oldest first; the last one is still running.

    What was counted between two samples stands in the minute of the later one. A counter that fell, because a
    process was replaced, counts from zero, and so do all where they began within the hour.
    """
    samples = [*report.history, Sample(report.at_s, report.totals)]
    lasts = {int(sample.at_s) // _MINUTE_S: sample.totals for sample in samples}
    lasts = _begin(report, next(iter(lasts.values()))) | lasts
    found = []
    for before, (minute, totals) in zip(lasts.values(), list(lasts.items())[1:], strict=False):
        grown = {name: _grown(before.get(name, 0), total) for name, total in totals.items()}
        calls, errors = grown.get("provider_calls", 0), grown.get("provider_errors", 0)
        found.append(Minute(minute * _MINUTE_S, blocks(grown), calls, errors))
    return [minute for minute in found if minute.at_s > report.at_s - _HOUR_S]


def _begin(report: SystemReport, first: Mapping[str, int]) -> dict[int, Mapping[str, int]]:
    """Return the minute before the start, without counts, where the first one would be lost without it."""
    began_s = report.started_s
    if began_s is None or began_s <= report.at_s - _HOUR_S or not blocks(first).asked:
        return {}
    return {int(began_s) // _MINUTE_S - 1: {}}


def _grown(before: int, after: int) -> int:
    return after - before if after >= before else after


def hit_rate(report: SystemReport) -> Figure:
    """Return the share of blocks that came from memory, per cent; minutes without a question are left out."""
    past = minutes(report)
    rates = [round(100 * m.blocks.memory / m.blocks.asked, 1) if m.blocks.asked else None for m in past]
    line = _trace("scatter", "From memory", _COLOURS["memory"], past, rates)
    line |= {"mode": "lines+markers", "line": {"width": 2, "color": _COLOURS["memory"]}}
    line["marker"]["size"] = 4
    return _figure(
        report, [line], [0, 105], ticks={"tickvals": [0, 50, 100], "ticktext": ["0 %", "50 %", "100 %"]}
    )


def by_tier(report: SystemReport) -> Figure:
    """Return blocks per minute, stacked by the tier that had them."""
    past = minutes(report)
    traces = [
        _trace("bar", name.capitalize(), _COLOURS[name], past, [getattr(m.blocks, name) for m in past])
        for name in ("memory", "table", "provider")
    ]
    return _figure(report, traces, [0, _top(m.blocks.asked for m in past)])


def provider_calls(report: SystemReport) -> Figure:
    """Return calls of providers per minute, those that failed on top."""
    past = minutes(report)
    answered = [max(m.calls - m.errors, 0) for m in past]
    traces = [
        _trace("bar", "Answered", _COLOURS["provider"], past, answered),
        _trace("bar", "Failed", _COLOURS["failed"], past, [m.errors for m in past]),
    ]
    return _figure(report, traces, [0, _top(max(m.calls, m.errors) for m in past)])


def _top(numbers: Iterable[int]) -> float:
    return max(_LEAST, *numbers, _LEAST) * 1.1


def _trace(
    kind: str, name: str, colour: str, past: Sequence[Minute], values: Sequence[float | None]
) -> Figure:
    middle = [_iso(m.at_s + _MINUTE_S / 2) for m in past]
    # Plotly takes the width of bars from the gaps between them, and a single one becomes a hair.
    wide = {"width": _BAR_MS} if kind == "bar" else {}
    return wide | {
        "type": kind,
        "name": name,
        "x": middle,
        "y": list(values),
        "marker": {"color": colour},
        "hovertemplate": f"{name}: %{{y}}<extra></extra>",
    }


def _figure(
    report: SystemReport, traces: list[Figure], span: list[float], ticks: Figure | None = None
) -> Figure:
    end_s = (report.at_s // _MINUTE_S + 1) * _MINUTE_S
    found = [value for trace in traces for value in trace["y"] if value is not None]
    asked = bool(found) and (any(found) or ticks is not None)
    nothing = {
        "text": "Nothing in the last hour",
        "showarrow": False,
        "x": 0.5,
        "y": 0.5,
        "xref": "paper",
        "yref": "paper",
    }
    bare = {"fixedrange": True, "zeroline": False, "tickfont": {"size": 12}}
    return {
        "data": traces,
        "layout": {
            "autosize": True,
            "barmode": "stack",
            "margin": {"l": 48, "r": 8, "t": 8, "b": 28},
            "showlegend": False,
            "hovermode": "x",
            "dragmode": False,
            "font": {"size": 12, "family": "inherit"},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "annotations": [] if asked else [nothing],
            "xaxis": {
                **bare,
                "type": "date",
                "range": [_iso(end_s - _HOUR_S), _iso(end_s)],
                "showticklabels": bool(report.at_s),
                "showgrid": False,
                "tickformat": "%H:%M",
                "hoverformat": "%H:%M",
                "nticks": 5,
                "ticklabelstandoff": 4,
            },
            "yaxis": {
                **bare,
                "range": span,
                "nticks": 4,
                "tickformat": "~s",
                "ticklabelstandoff": 6,
                **(ticks or {}),
            },
        },
    }


def _iso(at_s: float) -> str:
    """Return a time as Plotly takes it; it knows no zones, and everything here is UTC."""
    return datetime.fromtimestamp(max(at_s, 0), UTC).strftime("%Y-%m-%dT%H:%M:%S")
