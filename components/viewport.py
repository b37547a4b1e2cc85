"""From what the browser looks at to what is asked of the cache: window, level of detail, margins.

Pure. The browser sends where it looks (``Viewport``); ``plan`` decides which candles answer for it and for
which region of later looks they will still do (``Keep``), so that most pans ask nothing.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from components.view_state import ADJUSTMENTS, DEFAULT_TICKER, ViewState, decode, parse_edge, seconds
from market.axis import TradingAxis
from market.ranges import RangePreset, window
from market.resolution import FINEST_FIRST, Resolution
from market.ticker import parse_ticker

if TYPE_CHECKING:
    from components.view_state import Edge
    from market.sessions import Sessions

_Named = TypeVar("_Named", bound=StrEnum)
MOST_VISIBLE = 500
MOST_LOADED = 1_000
_FEWEST_VISIBLE = 130
_PIXELS_PER_CANDLE = 3
_DEFAULT_PX = 1_000
_LEAST_SPAN = 1 / 26
"""The narrowest window, in sessions: a quarter of an hour of a New York session."""
_SLACK_BARS = 2
"""A link names whole minutes, so a window that was just narrowed may come back a bar or two wider."""
_LAST_DATE = date(9999, 12, 30)
_USUAL_SPAN = 126.0
"""Sessions shown when a link names a window in which there is nothing: half a year."""
_AHEAD = 0.25
"""How much of a window of loaded candles must be left on a side before more is asked for."""


@dataclass(frozen=True, slots=True)
class Viewport:
    """What a chart in the browser looks at.

    Attributes:
        seq: counts the questions of a chart; the answer carries it back.
        state: ticker, resolution and window.
        px: width of the plot in CSS pixels.
        pan: the browser moved there by itself and only wants candles; otherwise the person asked for a view
            (a link, a range, a ticker, a resolution) and the answer says where it is.
    """

    seq: int
    state: ViewState
    px: int
    pan: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known about the ticker before a price is asked for (see cache.candle_cache.Listing)."""

    sessions: Sessions
    first_session: date | None
    last_session: date


@dataclass(frozen=True, slots=True)
class Keep:
    """For which looks the answer still does, in x: inside [low, high] and with a span in [least, most]."""

    low: float
    high: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask of the cache, and how to show it.

    Attributes:
        resolution: level of detail.
        start, end: exchange dates to load, both inclusive.
        reach: the first day of the window itself, without its margin.
        low, high: x of the loaded region; bars outside of it are left out of the message.
        view: x of the window to show, or None to leave the browser's window alone.
        keep: see Keep.
        notes: sentences for people.
    """

    resolution: Resolution
    start: date
    end: date
    low: float
    high: float
    view: tuple[float, float] | None
    keep: Keep
    reach: date
    notes: tuple[str, ...] = ()


def parse(data: dict[str, Any], example: str = DEFAULT_TICKER) -> Viewport:
    """Read what the browser wrote into its Store.

    ``query`` (the URL's) stands for a whole view and is as forgiving as a URL must be; otherwise the
    fields name one.

    Args:
        data: of the Store.
        example: the ticker of a link that names none.

    Raises:
        ValueError: with a sentence for people; InvalidTickerError is one.
    """
    seq, px = _whole(data.get("seq"), 0), _whole(data.get("px"), _DEFAULT_PX)
    if isinstance(data.get("query"), str):
        return Viewport(seq, decode(data["query"], example), px)
    resolution, preset = data.get("resolution"), data.get("range")
    start, end = (None, None) if preset else (parse_edge(data.get("from")), parse_edge(data.get("to")))
    adjust = str(data.get("adjust") or ADJUSTMENTS[0])
    if adjust not in ADJUSTMENTS:
        msg = f"Adjustment must be one of {', '.join(ADJUSTMENTS)}, for example {ADJUSTMENTS[0]}."
        raise ValueError(msg)
    state = ViewState(
        parse_ticker(str(data.get("ticker", ""))),
        None if resolution in (None, "auto") else _named(Resolution, resolution, "resolution"),
        _named(RangePreset, preset, "range") if preset else None,
        start,
        end,
        adjust,
        data.get("source") or None,
    )
    if state.range is None and (start is None or end is None):
        msg = "The chart asked for no window. Pick a range, for example 6M."
        raise ValueError(msg)
    if start is not None and end is not None and seconds(start) > seconds(end):
        msg = "The window ends before it begins. Pick a range, for example 6M."
        raise ValueError(msg)
    return Viewport(seq, state, px, data.get("pan") is True)


def _named(kind: type[_Named], value: object, what: str) -> _Named:
    try:
        return kind(str(value))
    except ValueError:
        msg = f"There is no such {what}; choose one of {', '.join(kind)}."
        raise ValueError(msg) from None


def plan(viewport: Viewport, facts: Facts) -> Plan:
    """Decide what to load for a viewport."""
    sessions, state = facts.sessions, viewport.state
    axis = TradingAxis(sessions)
    first = sessions.index(facts.first_session) if facts.first_session else 0
    last = sessions.index(facts.last_session) + 1
    asked = _window(state, axis, facts)
    low, high = _inside(asked, float(first), float(last), pan=viewport.pan)
    per_session = {r: bars_per_session(sessions, r, last - 1) for r in Resolution}
    limit = min(MOST_VISIBLE, max(_FEWEST_VISIBLE, viewport.px // _PIXELS_PER_CANDLE))
    notes: list[str] = []
    if state.range is None and not viewport.pan and (asked[0] < first - 1 or asked[1] > last + 1):
        begins = f"begin on {facts.first_session} and " if facts.first_session else ""
        notes.append(f"Prices {begins}end on {facts.last_session}; the view was moved to where they are.")
    resolution = state.resolution
    if resolution is None:
        resolution = _level(high - low, limit, per_session)
        finer = FINEST_FIRST[max(FINEST_FIRST.index(resolution) - 1, 0)]
        least = 0.0 if finer is resolution else limit / per_session[finer]
        most = limit / per_session[resolution]
    else:
        least, most = 0.0, MOST_VISIBLE / per_session[resolution]
        if high - low > most + _SLACK_BARS / per_session[resolution]:
            high = min(high, float(last))
            low = high - most
            notes.append(f"Narrowed to the {MOST_VISIBLE} candles that fit: {resolution.words}.")
    span = high - low
    margin = max(0.0, min(span, (MOST_LOADED / per_session[resolution] - span) / 2))
    load_low, load_high = max(low - margin, first), min(high + margin, last)
    keep = Keep(
        -1e9 if load_low <= first else load_low + _AHEAD * span,
        1e9 if load_high >= last else load_high - _AHEAD * span,
        least,
        most if resolution is not Resolution.MONTH else 1e9,
    )
    moved = not viewport.pan or (low, high) != asked
    return Plan(
        resolution,
        sessions.date(min(int(load_low), last - 1)),
        sessions.date(min(max(int(np.ceil(load_high)) - 1, 0), last - 1)),
        load_low,
        load_high,
        (low, high) if moved else None,
        keep,
        sessions.date(min(max(int(low), first), last - 1)),
        tuple(notes),
    )


@functools.lru_cache(maxsize=256)
def bars_per_session(sessions: Sessions, resolution: Resolution, at: int) -> float:
    """Return how many bars a regular session around an index has; below 1 for W and M."""
    if resolution.is_intraday:
        nearby = slice(max(at - 10, 0), at + 1)
        return float(sessions.bar_counts(resolution)[nearby].max())
    year = slice(max(at - 260, 0), at + 1)
    days = sessions.day[year]
    per_day = len(days) / max(int(days[-1] - days[0]) + 1, 1)
    return {Resolution.DAY: 1.0, Resolution.WEEK: 1 / (7 * per_day), Resolution.MONTH: 1 / (30.44 * per_day)}[
        resolution
    ]


def _level(span: float, limit: int, per_session: dict[Resolution, float]) -> Resolution:
    """Return the finest resolution that shows the span in at most ``limit`` candles."""
    return next((r for r in FINEST_FIRST if span * per_session[r] <= limit * 1.001), Resolution.MONTH)


def _window(state: ViewState, axis: TradingAxis, facts: Facts) -> tuple[float, float]:
    """Return the asked window in x."""
    sessions = facts.sessions
    if state.start is None or state.end is None:
        start, end = window(
            state.range or RangePreset.HALF_YEAR, sessions, facts.last_session, facts.first_session
        )
    else:
        start, end = state.start, state.end  # type: ignore[assignment]
    return _x(start, axis, after=False), _x(end, axis, after=True)


def _x(edge: Edge, axis: TradingAxis, *, after: bool) -> float:
    if isinstance(edge, date) and not isinstance(edge, datetime):
        day = min(edge, _LAST_DATE)
        return float(axis.sessions.index(day + timedelta(days=1) if after else day))
    return float(axis.x_of_time(np.array([edge], dtype=np.int64))[0])


def _inside(asked: tuple[float, float], first: float, last: float, *, pan: bool) -> tuple[float, float]:
    """Return the window to show, inside the history.

    A window beside the history is moved to its nearest end; one that a person asked for is cut where history
    begins or ends; one that they panned to may stand out; none is too narrow for a candle.
    """
    low, high = asked
    span = min(high - low, last - first)
    if low >= last or high <= first:
        span = min(max(span, _USUAL_SPAN), last - first)
        return (last - span, last) if low >= last else (first, first + span)
    if not pan:
        low, high = max(low, first), min(high, last)
    if high - low < _LEAST_SPAN:
        middle = min(max((low + high) / 2, first + _LEAST_SPAN / 2), last - _LEAST_SPAN / 2)
        low, high = middle - _LEAST_SPAN / 2, middle + _LEAST_SPAN / 2
    return low, high


def _whole(value: object, default: int) -> int:
    return int(value) if isinstance(value, (int, float)) and 0 <= value < 1e9 else default  # noqa: PLR2004 - a sane bound
