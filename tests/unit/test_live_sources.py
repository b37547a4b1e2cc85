"""The app as a person starts it with live sources, a process of its own, on the stand-in server (api-7)."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.kit import provider_server as stand_in
from tests.kit.app_process import AppProcess
from tests.kit.provider_server import ProviderServer

CANARY = "canary-key-0123456789"
LIMIT = stand_in.status(429, '{"detail":"Error: You have run over your hourly request allocation."}')


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer(keys=frozenset({CANARY})) as running:
        yield running


def app(folder: Path, server: ProviderServer, providers: str = "tiingo,finnhub,yahoo") -> AppProcess:
    bases = {f"{name}_BASE_URL": server.url for name in ("TIINGO", "FINNHUB", "YAHOO")}
    keys = {"TIINGO_API_KEY": CANARY, "FINNHUB_API_KEY": CANARY}
    return AppProcess(folder, **bases, **keys, PROVIDERS=providers)


def ask(running: AppProcess, path: str) -> tuple[int, dict[str, str], dict[str, Any]]:
    try:
        with urllib.request.urlopen(f"{running.url}{path}", timeout=20) as answer:  # noqa: S310 - our own
            return answer.status, dict(answer.headers), json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), json.load(error)


def test_a_live_source_answers_once_and_memory_from_then_on(tmp_path: Path, server: ProviderServer) -> None:
    path = "/api/v2/tickers/AAPL/ohlc?range=1Y"
    with app(tmp_path, server) as running:
        status, headers, body = ask(running, path)
        assert (status, headers["X-Cache-Source"], body["source"]) == (200, "tiingo", "tiingo")
        assert body["count"] > 200
        asked = len(server.seen)
        status, headers, again = ask(running, path)
        assert (status, headers["X-Cache-Source"]) == (200, "in-memory")
        assert again["candles"] == body["candles"]
    assert len(server.seen) == asked
    assert "providers tiingo, finnhub, yahoo" in running.log
    assert CANARY not in running.log  # S1


def test_what_one_source_refuses_the_next_one_gives(tmp_path: Path, server: ProviderServer) -> None:
    """Tiingo's hour is used up, Finnhub's free key has no candles: Yahoo answers."""
    server.fail("/tiingo/", LIMIT)
    server.free_plan = True
    with app(tmp_path, server) as running:
        status, headers, body = ask(running, "/api/v2/tickers/AAPL/ohlc?range=6M")
    assert (status, headers["X-Cache-Source"], body["source"]) == (200, "yahoo", "yahoo")
    assert {call.source for call in server.seen} == {"tiingo", "finnhub", "yahoo"}


@pytest.mark.parametrize("resolution", ["D", "5"])
def test_a_ticker_that_no_source_has_is_a_404(
    tmp_path: Path, server: ProviderServer, resolution: str
) -> None:
    """Whatever each of them says instead: Finnhub has no candles for it, with 200."""
    server.known = frozenset({"AAPL"})
    with app(tmp_path, server) as running:
        status, _, body = ask(running, f"/api/v2/tickers/ZZZQ/ohlc?range=1M&resolution={resolution}")
    assert (status, body["error"]["code"]) == (404, "ticker_not_found")
    assert "Check the spelling" in body["error"]["message"]
    assert {call.source for call in server.seen} == {"tiingo", "finnhub", "yahoo"}
