"""The JSON routes on a whole Dash server, over a cache that a test has composed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from dash import Dash, html
from flask import Request
from flask.testing import FlaskClient

import api
from accounts.identity import LOCAL_USER, Identity
from adapters.catalogue import Catalogue
from adapters.prices import PriceProvider
from adapters.symbols import SymbolIndex
from sentiment.history import SentimentHistory
from tests.kit.house import TestHouse
from track_record.service import TrackRecord


def web(
    house: TestHouse,
    *,
    identify: Callable[[Request], Identity | None] = lambda _: LOCAL_USER,
    providers: Sequence[PriceProvider] = (),
    rows_bytes: int = 1_000_000,
    track_record: TrackRecord | None = None,
    sentiment: SentimentHistory | None = None,
    render_metrics: Callable[[], tuple[bytes, str]] | None = None,
) -> FlaskClient:
    """Return a client of a server that has Dash's own routes, its catch-all too, beside ours.

    ``providers`` say to the search what they have; ``rows_bytes`` is the room for candles written as JSON.
    """
    dash = Dash("chandlery", use_pages=False)
    dash.layout = html.Div()
    api.register(
        dash.server,
        house.cache,
        identify=identify,
        store=house.store.kind,
        find_symbols=Catalogue(SymbolIndex.load, providers).search,
        rows_bytes=rows_bytes,
        track_record=track_record,
        sentiment=sentiment,
        render_metrics=render_metrics,
        clock=house.clock,
    )
    return dash.server.test_client()


def ohlc(client: FlaskClient, ticker: str = "AAPL", **parameters: Any) -> Any:
    """Ask for candles; parameters by their names, the answer as Flask's test response."""
    return client.get(f"/api/v2/tickers/{ticker}/ohlc", query_string=parameters)


def without_table(folder: Path, name: str) -> None:
    """Take a table out of a house's file, as if somebody had deleted it."""
    with closing(sqlite3.connect(folder / "test.sqlite", isolation_level=None)) as connection:
        found = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE ?", (f"%{name}",)
        ).fetchall()
        assert found, f"there is no table {name} to take away"
        for (table,) in found:
            connection.execute(f'DROP TABLE "{table}"')


def problem(response: Any) -> dict[str, str]:
    """Return the error of an answer, after checking that it has the one shape and its headers."""
    body = response.get_json()
    assert set(body) == {"error", "request_id"}, body
    assert {"code", "message"} <= set(body["error"]) <= {"code", "message", "field"}, body
    assert all(isinstance(value, str) and value for value in body["error"].values()), body
    assert response.headers["X-Request-Id"] == body["request_id"]
    assert response.headers["Cache-Control"] == "no-store"
    assert response.mimetype == "application/json"
    error: dict[str, str] = body["error"]
    return error
