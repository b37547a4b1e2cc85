"""The pages that are looked at: ours as it is composed, and plain Dash pages with a candlestick graph.

A plain page is one ``dcc.Graph`` with ``go.Candlestick`` and volume, all candles in the layout, Dash's own
compression, no callback and no cache. Two settings are not the usual ones, because without them there is
nothing to compare: a drag pans (it would draw a zoom box), and the wheel zooms (it would scroll the page).
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import plotly.graph_objects as go
from dash import Dash, dcc

import settings
from app import compose
from benchmarks import prices
from benchmarks.pan_apps import frame_of
from benchmarks.servers import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Flask

MANY, FEW = 20_000, 1_000
_SESSION_CANDLES = 78
_HEIGHT = {"height": "100vh"}


def ours(folder: Path) -> Flask:
    """Return our app on a new SQLite file in a folder, with the demo's prices."""
    chosen = settings.load(
        env_file=None, environment="local", store="sqlite", data_dir=folder, providers="demo", files_dir=None
    )
    return compose(chosen).server


def plain(count: int, _folder: Path) -> Flask:
    """Return a page that draws the last ``count`` 5-minute candles of 2012."""
    dash = Dash("plain", compress=True)
    dash.layout = dcc.Graph(
        figure=figure(count), config=cast("Any", {"scrollZoom": True}), style=_HEIGHT, responsive=True
    )
    server: Flask = dash.server
    return server


def figure(count: int) -> go.Figure:
    """Return candles with volume below, as Plotly's documentation draws them, without the range slider."""
    # Half days have fewer candles: one session in fifty more is enough for all of them.
    blocks = prices.intraday_blocks(count * 51 // (_SESSION_CANDLES * 50) + 2)
    part = frame_of(prices.joined(blocks)).iloc[-count:]
    drawn = go.Figure(
        [
            go.Candlestick(x=part.index, open=part.open, high=part.high, low=part.low, close=part.close),
            go.Bar(x=part.index, y=part.volume, yaxis="y2"),
        ]
    )
    drawn.update_layout(
        xaxis_rangeslider_visible=False,
        yaxis={"domain": [0.25, 1]},
        yaxis2={"domain": [0, 0.2]},
        dragmode="pan",
    )
    return drawn


APPS: Mapping[str, Callable[[Path], Flask]] = {
    "ours": ours,
    "plain 20,000": partial(plain, MANY),
    "plain 1,000": partial(plain, FEW),
}


def main(name: str, folder: str, port: str) -> None:
    """Serve one of the apps."""
    serve(lambda: APPS[name](Path(folder)), port)


if __name__ == "__main__":
    main(*sys.argv[1:])
