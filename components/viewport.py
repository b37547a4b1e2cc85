"""From what the browser looks at to what is asked of the cache: window, level of detail, margins.

Pure. The browser sends where it looks (``Viewport``); ``plan`` decides which candles answer for it and for
which region of later looks they will still do (``Keep``), so that most pans ask nothing.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from components.view_state import ADJUSTMENTS, DEFAULT_TICKER, ViewState, decode, parse_edge, seconds
from components.window import where, widened
from market.axis import TradingAxis
from market.ranges import RangePreset
from market.resolution import FINEST_FIRST, Resolution
from market.ticker import parse_ticker

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from market.sessions import Sessions

_Named = TypeVar("_Named", bound=StrEnum)
MOST_VISIBLE = 500
MOST_LOADED = 1_000
_FEWEST_VISIBLE = 130
_PIXELS_PER_CANDLE = 3
_DEFAULT_PX = 1_000
_SLACK_BARS = 2
"""A link names whole minutes, so a window that was just narrowed may come back a bar or two wider."""
_AHEAD = 0.25
"""How much of a window of loaded candles must be left on a side before more is asked for."""
_NARROWED = "Narrowed to the {} candles that fit: {}. Pick Auto for the whole range."


@dataclass(frozen=True, slots=True)
class Viewport:
    """What a chart in the browser looks at.

    Attributes:
        seq: counts the questions of a chart; the answer carries it back.
        state: ticker, resolution and window.
        px: width of the plot in CSS pixels.
        pan: the browser moved there by itself and only wants candles; otherwise the person asked for a view
            (a link, a range, a ticker, a resolution) and the answer says where it is.
        kept: the window is a link's, or was on the screen at this very level; nobody picked it just now.
        shown: the source whose candles are on the screen, where the browser moved by itself: these go on.
    """

    seq: int
    state: ViewState
    px: int
    pan: bool = False
    kept: bool = False
    shown: str | None = None


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
        moved: there is nothing where the question has its window, and the view is somewhere else.
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
    moved: bool = False


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
    seq, px = sequence(data), _whole(data.get("px"), _DEFAULT_PX)
    if isinstance(data.get("query"), str):
        linked = decode(data["query"], example)
        return Viewport(seq, linked, px, kept=linked.range is None)
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
        str(data.get("source") or "") or None,
    )
    if state.range is None and (start is None or end is None):
        msg = "The chart asked for no window. Pick a range, for example 6M."
        raise ValueError(msg)
    if start is not None and end is not None and seconds(start) > seconds(end):
        msg = "The window ends before it begins. Pick a range, for example 6M."
        raise ValueError(msg)
    same_level = "drawn" in data and data["drawn"] == resolution
    pan, shown = data.get("pan") is True, data.get("shown")
    kept = state.range is None and same_level
    return Viewport(seq, state, px, pan, kept, shown if pan and isinstance(shown, str) else None)


def sequence(data: Mapping[str, Any]) -> int:
    """Return the number that the browser gave its question; 0 for what no page of ours sends."""
    return _whole(data.get("seq"), 0)


def _named(kind: type[_Named], value: object, what: str) -> _Named:
    try:
        return kind(str(value))
    except ValueError:
        msg = f"There is no such {what}; choose one of {', '.join(kind)}."
        raise ValueError(msg) from None


def plan(viewport: Viewport, facts: Facts, finest: Resolution = Resolution.M1) -> Plan:
    """Decide what to load for a viewport, where the source has nothing finer than ``finest`` for it."""
    sessions, chosen = facts.sessions, viewport.state.resolution
    first = sessions.index(facts.first_session) if facts.first_session else 0
    last = sessions.index(facts.last_session) + 1
    asked, (low, high), notes = where(viewport, TradingAxis(sessions), facts, (first, last))
    per_session = {r: bars_per_session(sessions, r, last - 1) for r in Resolution}
    limit = min(MOST_VISIBLE, max(_FEWEST_VISIBLE, viewport.px // _PIXELS_PER_CANDLE))
    fitting = chosen or _level(high - low, limit, per_session)
    resolution = max(fitting, finest, key=FINEST_FIRST.index)
    bars, moved = per_session[resolution], bool(notes)
    if not viewport.pan and (chosen or resolution is not fitting):
        kept = viewport.kept and not moved
        low, high, note = widened((low, high), (first, last), resolution, bars, kept=kept)
        notes += note
    if chosen is None:
        least = 0.0 if resolution is finest else limit / per_session[_finer(resolution)]
        most = limit / bars
    else:
        least, most = 0.0, MOST_VISIBLE / bars
        if high - low > most + _SLACK_BARS / bars:
            high = min(high, float(last))
            low = high - most
            notes += (_NARROWED.format(MOST_VISIBLE, resolution.words),)
    margin = max(0.0, min(high - low, (MOST_LOADED / bars - (high - low)) / 2))
    load_low, load_high = max(low - margin, first), min(high + margin, last)
    return Plan(
        resolution,
        sessions.date(min(int(load_low), last - 1)),
        sessions.date(min(max(int(np.ceil(load_high)) - 1, 0), last - 1)),
        load_low,
        load_high,
        (low, high) if not viewport.pan or (low, high) != asked else None,
        Keep(
            -1e9 if load_low <= first else load_low + _AHEAD * (high - low),
            1e9 if load_high >= last else load_high - _AHEAD * (high - low),
            least,
            most if resolution is not Resolution.MONTH else 1e9,
        ),
        sessions.date(min(max(int(low), first), last - 1)),
        notes,
        moved,
    )


def _finer(resolution: Resolution) -> Resolution:
    return FINEST_FIRST[FINEST_FIRST.index(resolution) - 1]


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


def _whole(value: object, default: int) -> int:
    return int(value) if isinstance(value, (int, float)) and 0 <= value < 1e9 else default  # noqa: PLR2004 - a sane bound
