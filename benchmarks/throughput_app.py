"""The candles endpoint as it is usually written: Flask, a TTLCache of pydantic models, one item per candle.

Served by gunicorn as ``benchmarks.throughput_app:server``, with the settings of the app. The table is filled
from the demo's candles before the first request; a miss in the TTLCache reads it.
"""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cachetools import TTLCache
from flask import Flask, Response, request
from pydantic import BaseModel

import settings
from adapters.demo import DemoProvider
from adapters.prices import PriceRequest
from benchmarks import older_layout
from market.resolution import Resolution
from store import SqliteStore, TableSchema

if TYPE_CHECKING:
    from market.candles import Candles

FIRST, LAST = date(2012, 1, 3), date(2012, 12, 31)
_SCHEMA = TableSchema("plain-ohlc", ttl_attribute="ttl")


class Candle(BaseModel):
    """One bar, as the endpoint gives it."""

    date: str
    open: float
    high: float
    low: float
    close: float
    volume: int


class Ohlc(BaseModel):
    """The endpoint's answer."""

    ticker: str
    start_date: date
    end_date: date
    resolution: str
    count: int
    candles: list[Candle]


def make() -> Flask:
    """Return the app on a table of its own in DATA_DIR, filled."""
    store = SqliteStore(Path(settings.load_or_exit().data_dir) / "plain.sqlite")
    store.create([_SCHEMA])
    table = store.table(_SCHEMA)
    bars = DemoProvider().candles(PriceRequest("AAPL", Resolution.M5, FIRST, LAST)).candles
    table.put_many(older_layout.items_of(bars, "5", 0.0))
    cache: TTLCache[tuple[str, date, date], list[Candle]] = TTLCache(maxsize=10_000, ttl=300)
    lock = threading.Lock()
    app = Flask(__name__)

    def candles(ticker: str, start: date, end: date) -> list[Candle]:
        with lock:
            held = cache.get((ticker, start, end))
        if held is None:
            held = _models(older_layout.read(table, "5", start, end))
            with lock:
                cache[ticker, start, end] = held
        return held

    @app.get("/health")
    def health() -> dict[str, str]:
        return {"status": "healthy"}

    @app.get("/api/v2/tickers/<ticker>/ohlc")
    def ohlc(ticker: str) -> Response:
        start, end = (date.fromisoformat(request.args[name]) for name in ("start_date", "end_date"))
        found = candles(ticker, start, end)
        answer = Ohlc(
            ticker=ticker, start_date=start, end_date=end, resolution="5", count=len(found), candles=found
        )
        return Response(answer.model_dump_json(), mimetype="application/json")

    return app


def _models(candles: Candles) -> list[Candle]:
    columns = (candles.open, candles.high, candles.low, candles.close, candles.volume)
    rows = zip(candles.time.tolist(), *(column.tolist() for column in columns), strict=True)
    return [
        Candle(
            date=f"{datetime.fromtimestamp(time, UTC):%Y-%m-%dT%H:%M:%SZ}",
            open=open_,
            high=high,
            low=low,
            close=close,
            volume=volume,
        )
        for time, open_, high, low, close, volume in rows
    ]


def __getattr__(name: str) -> Flask:
    """Compose when gunicorn asks for ``server``; importing this module alone does nothing."""
    if name != "server":
        raise AttributeError(name)
    globals()["server"] = make()
    server: Flask = globals()["server"]
    return server
