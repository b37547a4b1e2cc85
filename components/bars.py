"""The message that answers a viewport: candles as typed arrays, and where they belong on the axis."""

from __future__ import annotations

import base64
import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from components.viewport import bars_per_session
from market.axis import TradingAxis

if TYPE_CHECKING:
    from components.viewport import Facts, Plan, Viewport
    from market.candles import Candles, Floats, Ints
    from market.resolution import Resolution
    from market.sessions import Sessions

_TICKS = (100, 10_000)
"""Ticks of a unit of currency: prices come in cents, or with at most four decimals."""

_MOST_TICKS = 2**30
_WHOLE = tuple(
    (kind, int(np.iinfo(kind).min), int(np.iinfo(kind).max)) for kind in ("u1", "i1", "u2", "i2", "u4", "i4")
)


def message(
    viewport: Viewport, plan: Plan, candles: Candles, resolution: Resolution, facts: Facts
) -> dict[str, Any]:
    """Return the part of the answer that is drawn.

    Columns are URL-safe base64 of little-endian integers or floats, told by ``dtype``, as narrow as can be:

    - ``t``: how many ``step`` seconds each bar starts after the one before; the first one at ``t0`` (UTC);
    - ``p``: open, high, low and close, one row after the other. With ``ticks`` (in a unit of currency) each
      row holds differences to the bar before, the first one to ``base``; without, the prices themselves.
      Either way the browser gets the very doubles that are held;
    - ``v``: volume.
    """
    sessions = facts.sessions
    axis = _axis(sessions)
    x = axis.bar_x(candles.time, resolution)
    slot = 1 / bars_per_session(sessions, resolution, sessions.index(facts.last_session))
    # A bar is wanted when any of its slot is: the middle of a running month lies after the last session.
    reach = [plan.low - slot / 2, plan.high + slot / 2]
    held = candles.take(slice(*np.searchsorted(x, reach).tolist()))
    return {
        "seq": viewport.seq,
        "ticker": viewport.state.ticker,
        "resolution": resolution.value,
        "words": resolution.words,
        "n": len(held),
        "t0": int(held.time[0]) if len(held) else 0,
        "t": _times(held.time),
        "p": _prices(held),
        "v": _whole(held.volume),
        "slot": slot,
        "view": plan.view,
        "moved": plan.moved,
        "keep": [plan.keep.low, plan.keep.high, plan.keep.least, plan.keep.most],
        "calendar": _calendar(axis),
        **_bounds(facts),
    }


def _bounds(facts: Facts) -> dict[str, Any]:
    """Return where history begins and ends, in x."""
    first = None if facts.first_session is None else facts.sessions.index(facts.first_session)
    last = facts.sessions.index(facts.last_session) + 1
    return {
        "first_x": first,
        "last_x": last,
        "first_session": None if facts.first_session is None else facts.first_session.isoformat(),
    }


def _calendar(axis: TradingAxis) -> dict[str, str]:
    """Return what the browser needs to fetch the axis; the version makes the address immutable."""
    name, version = axis.sessions.name, _version(axis)
    path = name.replace("/", "-")
    return {"name": name, "version": version, "url": f"/api/v2/calendars/{path}?v={version}"}


@functools.cache
def _axis(sessions: Sessions) -> TradingAxis:
    return TradingAxis(sessions)


@functools.cache
def _version(axis: TradingAxis) -> str:
    return str(axis.as_table()["version"])


def _times(time: Ints) -> dict[str, Any]:
    apart = np.diff(time, prepend=time[:1])
    step = int(np.gcd.reduce(apart)) or 1
    return _whole(apart // step) | {"step": step}


def _prices(candles: Candles) -> dict[str, Any]:
    prices = np.concatenate([candles.open, candles.high, candles.low, candles.close]).reshape(4, -1)
    for ticks in _TICKS:
        whole = np.rint(prices * ticks)
        if (whole / ticks == prices).all() and np.abs(whole).max(initial=0) < _MOST_TICKS:
            base = int(whole[0, 0]) if whole.size else 0
            whole[:, 1:] -= whole[:, :-1].copy()
            whole[:, :1] -= base
            return _whole(whole) | {"base": base, "ticks": ticks}
    narrow = prices.astype(np.float32)
    return _column(narrow if (narrow == prices).all() else prices)


def _whole(values: Ints | Floats) -> dict[str, Any]:
    """Return whole numbers in as few bytes as their least and greatest take."""
    least, most = values.min(initial=0), values.max(initial=0)
    fitting = (kind for kind, low, high in _WHOLE if low <= least and most <= high)
    return _column(values.astype(next(fitting, "f8")))


def _column(values: np.ndarray[Any, Any]) -> dict[str, Any]:
    little = values.astype(values.dtype.newbyteorder("<"), copy=False)
    return {
        "dtype": f"{values.dtype.kind}{values.dtype.itemsize}",
        # Dash writes six characters for each "/", of which negative differences have many.
        "bdata": base64.urlsafe_b64encode(little.tobytes()).decode("ascii"),
    }
