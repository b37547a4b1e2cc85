"""The figure that a chart begins with: empty traces on axes that draw nothing.

Plotly draws candles and volume. Grid, ticks, labels and crosshair are painted around them on canvases
(assets/surface.js), because they have to follow every frame of a gesture; Plotly redraws when it is over.
"""

from __future__ import annotations

from typing import Any


def empty_figure() -> dict[str, Any]:
    """Return the figure dict: price, the two ghosts that hold the candles' width, volume."""
    bare = {"showgrid": False, "zeroline": False, "showticklabels": False, "ticks": "", "fixedrange": True}
    nothing = {"hoverinfo": "skip", "x": []}
    ghost = {part: [0, 0] for part in ("open", "high", "low", "close")}
    return {
        "data": [
            {"type": "candlestick", "name": "price", **nothing},
            {"type": "candlestick", "name": "slot", **nothing, **ghost},
            {"type": "bar", "name": "volume", "yaxis": "y2", **nothing},
        ],
        "layout": {
            "autosize": True,
            "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
            "showlegend": False,
            "hovermode": False,
            "dragmode": False,
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "boxgroupgap": 0,
            "bargap": 0,
            "xaxis": {
                **bare,
                "type": "linear",
                "anchor": "y2",
                "range": [0, 1],
                "rangeslider": {"visible": False},
            },
            "yaxis": {**bare, "side": "right"},
            "yaxis2": {**bare, "side": "right"},
        },
    }


GRAPH_CONFIG: dict[str, Any] = {
    "displayModeBar": False,
    "scrollZoom": False,
    "doubleClick": False,
    "showTips": False,
    "responsive": False,
}
"""Plotly's own gestures are off: the page's (assets/gestures.js) never reveal margins or ghosts."""
