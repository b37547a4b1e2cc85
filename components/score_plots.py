"""A channel's score as figures: its mean among those of random entries, and the path around its calls.

The colours here are those of the tip on a mark; what is drawn takes the scheme's (assets/score.css).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from market.candles import Floats, Ints

Figure = dict[str, Any]
CONFIG: Final[dict[str, Any]] = {"displayModeBar": False, "doubleClick": False, "showTips": False}
_BINS: Final = 40
_RANDOM: Final = "#5b6472"
_OURS: Final = "#2563cf"
_MARGIN: Final = {"l": 8, "r": 8, "t": 8, "b": 28}
_ROOM: Final = 0.04
"""Of the axis, beside the outermost mark."""


def luck(means: Floats, observed: float) -> Figure:
    """Return how the means of random entries are spread, and where the channel's own lies.

    Args:
        means: float64[draws], fractions.
        observed: the channel's.
    """
    count, edge = np.histogram(means, bins=_BINS)
    low, high = min(float(edge[0]), observed), max(float(edge[-1]), observed)
    room, top = _ROOM * ((high - low) or 1.0), 1.08 * float(count.max())
    middle = 50 * (edge[1:] + edge[:-1])
    bars = {
        "type": "bar",
        "x": _rounded(middle),
        "y": count.tolist(),
        "width": float(100 * (edge[1] - edge[0])) * 0.9,
        "marker": {"color": _RANDOM},
        "hovertemplate": "%{y} lists came to about %{x:.2f} %<extra></extra>",
    }
    own = {
        "type": "scatter",
        "mode": "lines",
        "x": [100 * observed] * 2,
        "y": [0, top],
        "line": {"color": _OURS, "width": 3},
        "hovertemplate": "This channel: %{x:.2f} %<extra></extra>",
    }
    layout = _layout([100 * (low - room), 100 * (high + room)], [0, top])
    layout["yaxis"] |= {"showticklabels": False, "showgrid": False}
    return {"data": [bars, own], "layout": layout | {"margin": _MARGIN, "bargap": 0}}


def study(offset: Ints, mean: Floats, low: Floats | None, high: Floats | None) -> Figure:
    """Return the mean path around calls with its band; sessions from the entry, excesses as fractions."""
    edges = [] if low is None or high is None else [_edge(offset, high, None), _edge(offset, low, "tonexty")]
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": offset.tolist(),
        "y": _rounded(100 * mean),
        "line": {"color": _OURS, "width": 2},
        "hovertemplate": "%{x:+d} sessions: %{y:.2f} %<extra></extra>",
    }
    drawn = [mean] if low is None or high is None else [mean, low, high]
    lowest, highest = (100 * float(f(list(map(f, drawn)))) for f in (np.min, np.max))
    room = _ROOM * (highest - lowest or 1.0)
    layout = _layout([int(offset[0]), int(offset[-1])], [lowest - room, highest + room])
    layout["xaxis"] |= {"zeroline": True, "tickvals": [-20, 0, 21, 40, 60]}
    layout["xaxis"]["ticktext"] = ["−20", "entry", "+21", "+40", "+60"]
    layout["yaxis"] |= {"zeroline": True, "ticksuffix": " %", "nticks": 5}
    return {"data": [*edges, line], "layout": layout | {"margin": _MARGIN | {"l": 56, "r": 40}}}


def _edge(offset: Ints, values: Floats, fill: str | None) -> Figure:
    edge: Figure = {
        "type": "scatter",
        "mode": "lines",
        "x": offset.tolist(),
        "y": _rounded(100 * values),
        "line": {"width": 0, "color": _OURS},
        "hoverinfo": "skip",
    }
    return edge | ({"fill": fill, "fillcolor": "rgba(37, 99, 207, 0.15)"} if fill else {})


def _rounded(values: Floats) -> list[float]:
    """Return numbers of a length that a screen can show: half the bytes of the answer."""
    rounded: list[float] = np.round(values, 4).tolist()
    return rounded


def _layout(across: Sequence[float], upwards: Sequence[float]) -> Figure:
    bare = {"fixedrange": True, "zeroline": False, "tickfont": {"size": 12}}
    return {
        "autosize": True,
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "font": {"size": 12, "family": "inherit"},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": {
            **bare,
            "range": list(across),
            "showgrid": False,
            "ticksuffix": " %",
            "nticks": 5,
            "ticklabelstandoff": 4,
        },
        "yaxis": {**bare, "range": list(upwards), "ticklabelstandoff": 6},
    }
