"""Which window of the history a question gets, and what is said where it is not the one that was asked for.

Pure. Windows are in x, the trading-time axis (market/axis.py); notes are sentences for people.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from components.words import day_words, span_words
from market.ranges import RangePreset, window

if TYPE_CHECKING:
    from components.view_state import Edge, ViewState
    from components.viewport import Facts, Viewport
    from market.axis import TradingAxis
    from market.resolution import Resolution

Window = tuple[float, float]
FEWEST_SHOWN = 30
"""A range or a resolution that a person picks shows so many candles, if the history has them."""
FEWEST_KEPT = 5
"""A window with edges of its own (a link's, or the one on the screen at the same level) is taken at its word
from so many candles on: somebody had it on a screen like that."""
_LEAST_SPAN = 1 / 26
"""The narrowest window, in sessions: a quarter of an hour of a New York session."""
_USUAL_SPAN = 126.0
"""Sessions shown when a link names a window in which there is nothing: half a year."""
_LAST_DATE = date(9999, 12, 30)


def where(
    viewport: Viewport, axis: TradingAxis, facts: Facts, history: tuple[int, int]
) -> tuple[Window, Window, tuple[str, ...]]:
    """Return the asked window, the one to show, and why the view is not where a link has it.

    Args:
        viewport: the question.
        axis: of the ticker.
        facts: about the ticker.
        history: x where the ticker's prices begin and end.
    """
    state, (first, last) = viewport.state, history
    asked = around = _window(state, axis, facts)
    notes: tuple[str, ...] = ()
    if not viewport.pan and state.range is None:
        low, high = asked
        if low < first - 1 or high > last + 1 or low >= last or high <= first:
            begin = f"begin on {day_words(facts.first_session)} and " if facts.first_session else ""
            end = f"end on {day_words(facts.last_session)}"
            notes = (f"Prices {begin}{end}; the view was moved to where they are.",)
        elif low == high == int(low):  # between two sessions: a weekend, a holiday, a night
            around = (low - 1, high + 1)
            when = span_words(state.start, state.end)
            notes = (f"There was no trading {when}; the view was moved to the sessions around it.",)
    return asked, _inside(around, float(first), float(last), pan=viewport.pan), notes


def widened(
    shown: Window, history: tuple[int, int], resolution: Resolution, per_session: float, *, kept: bool
) -> tuple[float, float, tuple[str, ...]]:
    """Return a window with the usual fewest candles, and a note where it had too few.

    It grows to the left, and to the right only where history begins.

    Args:
        shown: the window.
        history: x where the ticker's prices begin and end.
        resolution: of the candles.
        per_session: how many of them a session has.
        kept: the window counts for more than the usual number (see ``FEWEST_KEPT``).
    """
    (low, high), (first, last) = shown, history
    span = min(FEWEST_SHOWN / per_session, last - first)
    enough = (FEWEST_KEPT if kept else FEWEST_SHOWN) / per_session
    if high - low >= min(enough, span) - 1e-9:
        return low, high, ()
    high = min(max(high, first + span), float(last))
    many = "all candles that there are" if span == last - first else f"{FEWEST_SHOWN} candles"
    return high - span, high, (f"Widened to {many}: {resolution.words}.",)


def _window(state: ViewState, axis: TradingAxis, facts: Facts) -> Window:
    """Return the asked window."""
    sessions = facts.sessions
    if state.start is None or state.end is None:
        preset = state.range or RangePreset.HALF_YEAR
        start, end = window(preset, sessions, facts.last_session, facts.first_session)
        return _x(start, axis, after=False), _x(end, axis, after=True)
    return _x(state.start, axis, after=False), _x(state.end, axis, after=True)


def _x(edge: Edge, axis: TradingAxis, *, after: bool) -> float:
    if isinstance(edge, date) and not isinstance(edge, datetime):
        day = min(edge, _LAST_DATE)
        return float(axis.sessions.index(day + timedelta(days=1) if after else day))
    return float(axis.x_of_time(np.array([edge], dtype=np.int64))[0])


def _inside(asked: Window, first: float, last: float, *, pan: bool) -> Window:
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
    if high - low < _LEAST_SPAN and not pan:
        middle = min(max((low + high) / 2, first + _LEAST_SPAN / 2), last - _LEAST_SPAN / 2)
        low, high = middle - _LEAST_SPAN / 2, middle + _LEAST_SPAN / 2
    return low, high
