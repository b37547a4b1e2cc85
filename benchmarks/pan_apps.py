"""The two apps that are panned: ours as it is composed, and one written in the usual way.

Each also has a callback that does nothing, on the same server and behind the same compression, so that what a
pan costs beyond Dash itself can be told.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import plotly.graph_objects as go
from dash import Dash, Input, Output, dcc
from flask_caching import Cache

import settings
from app import compose
from benchmarks import prices
from benchmarks.servers import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Flask

    from market.candles import Candles

SESSIONS = 252
"""How much history the usual way holds: a year of 5-minute candles."""


def ours(folder: Path) -> Flask:
    """Return our app on a new SQLite file in a folder, with the demo's prices."""
    chosen = settings.load(
        env_file=None, environment="local", store="sqlite", data_dir=folder, providers="demo", files_dir=None
    )
    return _with_nothing(compose(chosen).dash)


def usual(folder: Path) -> Flask:
    """Return the usual way: a memoized frame, sliced, drawn by ``go.Figure``, compressed by Dash.

    The frame lies in Flask-Caching's FileSystemCache in a folder.
    """
    dash = Dash("usual", compress=True)
    dash.layout = [dcc.Store(id="viewport"), dcc.Graph(id="graph")]
    cache = Cache(
        dash.server,
        config={
            "CACHE_TYPE": "FileSystemCache",
            "CACHE_DIR": str(folder / "frames"),
            "CACHE_DEFAULT_TIMEOUT": 0,
        },
    )
    load = cache.memoize()(frame)

    @dash.callback(Output("graph", "figure"), Input("viewport", "data"))
    def show(question: Mapping[str, Any]) -> go.Figure:
        return _drawn(_window(load(question["ticker"]), question))

    return _with_nothing(dash)


def frame(ticker: str) -> pd.DataFrame:
    """Return a year of 5-minute candles with their starts (UTC) as index."""
    assert ticker == prices.TICKER
    return frame_of(prices.joined(prices.intraday_blocks(SESSIONS)))


def frame_of(candles: Candles) -> pd.DataFrame:
    """Return candles as people keep them who use pandas."""
    columns = {name: getattr(candles, name) for name in ("open", "high", "low", "close", "volume")}
    return pd.DataFrame(columns, index=pd.to_datetime(candles.time, unit="s", utc=True))


def _window(held: pd.DataFrame, question: Mapping[str, Any]) -> pd.DataFrame:
    """Return what is looked at, and half as much again on either side, as our own app does."""
    edges = [datetime.fromtimestamp(question[edge], UTC) for edge in ("from", "to")]
    low, high = held.index.searchsorted(edges)
    margin = (high - low) // 2
    return held.iloc[max(low - margin, 0) : high + margin]


def _drawn(part: pd.DataFrame) -> go.Figure:
    candles = go.Candlestick(x=part.index, open=part.open, high=part.high, low=part.low, close=part.close)
    figure = go.Figure([candles, go.Bar(x=part.index, y=part.volume, yaxis="y2")])
    figure.update_layout(
        uirevision=prices.TICKER,
        xaxis_rangeslider_visible=False,
        yaxis={"domain": [0.25, 1]},
        yaxis2={"domain": [0, 0.2]},
    )
    return figure


def _with_nothing(dash: Dash) -> Flask:
    @dash.callback(Output("nothing-out", "data"), Input("nothing-in", "data"))
    def nothing(question: Mapping[str, Any]) -> dict[str, Any]:
        return {"seq": question["seq"]}

    server: Flask = dash.server
    return server


APPS: dict[str, Callable[[Path], Flask]] = {"ours": ours, "usual": usual}


def main(name: str, folder: str, port: str) -> None:
    """Serve one of the apps."""
    serve(lambda: APPS[name](Path(folder)), port)


if __name__ == "__main__":
    main(*sys.argv[1:])
