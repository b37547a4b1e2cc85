"""The view in the URL, typed: which ticker, which resolution, which window.

``decode`` never fails: what cannot be understood falls back to its default and is named in ``notes``. The
browser writes the same form while a person pans (assets/url.js); tests/cases/view_state.json binds the two.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qs, urlencode

from market.ranges import RangePreset
from market.resolution import Resolution
from market.ticker import InvalidTickerError, parse_ticker

_Named = TypeVar("_Named", bound=StrEnum)
DEFAULT_TICKER = "AAPL"
DEFAULT_RANGE = RangePreset.HALF_YEAR
ADJUSTMENTS = ("split", "raw", "total")
MAX_QUERY_LENGTH = 2_000

Edge = date | int
"""An edge of the window: an exchange date (inclusive) or UTC seconds."""


@dataclass(frozen=True, slots=True)
class ViewState:
    """What a chart shows.

    Attributes:
        ticker: canonical spelling.
        resolution: chosen by hand, None for automatic.
        range: a preset, None when ``start`` and ``end`` say where.
        start, end: the window's edges; both or neither.
        adjust: "split", "raw" or "total".
        source: a provider pinned by the person, None for the chain.
        notes: sentences about what could not be understood.
    """

    ticker: str = DEFAULT_TICKER
    resolution: Resolution | None = None
    range: RangePreset | None = DEFAULT_RANGE
    start: Edge | None = None
    end: Edge | None = None
    adjust: str = "split"
    source: str | None = None
    notes: tuple[str, ...] = field(default=(), compare=False)


def decode(query: str, example: str = DEFAULT_TICKER) -> ViewState:
    """Read the part of a URL after "?" (with or without it); ``example`` is shown when it names no ticker."""
    fields = {k: v[-1] for k, v in parse_qs(query[:MAX_QUERY_LENGTH].removeprefix("?")).items()}
    notes: list[str] = []
    ticker = _ticker(fields.get("t"), example, notes)
    resolution = _choice(Resolution, fields.get("r"), "auto", "resolution", notes)
    start, end = _edge(fields.get("from"), notes), _edge(fields.get("to"), notes)
    preset = _choice(RangePreset, fields.get("range"), "", "range", notes)
    if start is None or end is None or seconds(start) > seconds(end):
        if "from" in fields or "to" in fields:
            notes.append("The link's dates could not be read; showing the last half year.")
        start = end = None
    adjust = fields.get("adjust", ADJUSTMENTS[0])
    if adjust not in ADJUSTMENTS:
        notes.append(f"Adjustment must be one of {', '.join(ADJUSTMENTS)}; showing split-adjusted prices.")
        adjust = ADJUSTMENTS[0]
    if start is not None:
        preset = None
    return ViewState(
        ticker,
        resolution,
        preset if start is not None else preset or DEFAULT_RANGE,
        start,
        end,
        adjust,
        fields.get("source"),
        tuple(dict.fromkeys(notes)),
    )


def encode(state: ViewState) -> str:
    """Return the query text of a view, without "?"; defaults are left out."""
    fields: dict[str, str] = {"t": state.ticker}
    if state.resolution is not None:
        fields["r"] = state.resolution.value
    if state.start is not None and state.end is not None:
        fields |= {"from": edge_text(state.start), "to": edge_text(state.end)}
    elif state.range is not None and state.range is not DEFAULT_RANGE:
        fields["range"] = state.range.value
    if state.adjust != ADJUSTMENTS[0]:
        fields["adjust"] = state.adjust
    if state.source:
        fields["source"] = state.source
    return urlencode(fields)


def edge_text(edge: Edge) -> str:
    """Return "2013-03-01" for a date and "2013-03-01T14:30Z" for UTC seconds (whole minutes)."""
    if isinstance(edge, date):
        return edge.isoformat()
    return datetime.fromtimestamp(edge, UTC).strftime("%Y-%m-%dT%H:%MZ")


def parse_edge(value: object) -> Edge | None:
    """Return the edge that a text (see ``edge_text``) or a number (UTC seconds) names, else None."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value) if abs(value) < 1e11 else None  # noqa: PLR2004 - beyond the year 5138
    if not isinstance(value, str) or not value.isascii():
        return None
    try:
        if len(value) == len("2013-03-01"):
            return date.fromisoformat(value)
        return int(datetime.strptime(value, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC).timestamp())
    except (ValueError, OverflowError):
        return None


def _edge(text: str | None, notes: list[str]) -> Edge | None:
    if text is None:
        return None
    edge = parse_edge(text)
    if edge is None:
        notes.append("Dates in a link look like 2013-03-01 or 2013-03-01T14:30Z.")
    return edge


def seconds(edge: Edge) -> int:
    """Return UTC seconds of an edge; a date counts from its midnight."""
    if isinstance(edge, date):
        return int(datetime(edge.year, edge.month, edge.day, tzinfo=UTC).timestamp())
    return edge


def _ticker(text: str | None, example: str, notes: list[str]) -> str:
    if text is None:
        return example
    try:
        return parse_ticker(text)
    except InvalidTickerError as error:
        notes.append(f"{error} Showing {example}.")
        return example


def _choice(kind: type[_Named], text: str | None, default: str, what: str, notes: list[str]) -> _Named | None:
    if text is None or text == default:
        return None
    try:
        return kind(text)
    except ValueError:
        notes.append(f"The link's {what} must be one of {', '.join(kind)}.")
        return None
