"""The figure that a chart begins with: axes and empty traces; the browser adds the page's colours."""

from __future__ import annotations

from typing import Any

PRICE_DOMAIN = [0.22, 1.0]
VOLUME_DOMAIN = [0.0, 0.18]


def empty_figure() -> dict[str, Any]:
    """Return the figure dict: candles, the two ghosts that hold their width (assets/chart.js), and volume."""
    axis = {"showgrid": True, "zeroline": False, "fixedrange": True, "side": "right", "automargin": False}
    return {
        "data": [
            {"type": "candlestick", "name": "price", "hoverinfo": "skip", "line": {"width": 1}, "x": []},
            {
                "type": "candlestick",
                "name": "slot",
                "hoverinfo": "skip",
                "x": [],
                **{part: [0, 0] for part in ("open", "high", "low", "close")},
            },
            {"type": "bar", "name": "volume", "hoverinfo": "skip", "yaxis": "y2", "x": []},
        ],
        "layout": {
            "autosize": True,
            "margin": {"l": 8, "r": 64, "t": 8, "b": 28},
            "showlegend": False,
            "hovermode": False,
            "dragmode": "pan",
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "boxgroupgap": 0,
            "bargap": 0,
            "xaxis": {
                "type": "linear",
                "anchor": "y2",
                "range": [0, 1],
                "tickmode": "array",
                "tickvals": [],
                "ticktext": [],
                "showgrid": True,
                "zeroline": False,
                "rangeslider": {"visible": False},
            },
            "yaxis": {**axis, "domain": PRICE_DOMAIN, "nticks": 8, "tickformat": ",~f"},
            "yaxis2": {**axis, "domain": VOLUME_DOMAIN, "nticks": 3, "tickformat": "~s", "showgrid": False},
        },
    }


GRAPH_CONFIG: dict[str, Any] = {
    "displayModeBar": False,
    "scrollZoom": True,
    "doubleClick": False,
    "showTips": False,
    "responsive": True,
}
"""Plotly's own controls are off: a double click must never reveal margins or ghosts."""
