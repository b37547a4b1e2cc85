"""A free plan in the app as a person starts it: used up, said, not forgotten (cache-11, api-7)."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.allowance import Window, clock_words, used_up
from adapters.tiingo import TiingoProvider
from cache.composition import candle_cache
from cache.query import CandleQuery
from market.resolution import Resolution
from store import SqliteStore, TableNames, schemas
from tests.kit.app_process import AppProcess
from tests.kit.house import Clock
from tests.kit.provider_server import ProviderServer

KEY = "canary-key-0123456789"
ALLOWED = 50
NAMES = TableNames("local-ohlc-cache", "local-users", "local-sentiments", "StockTrackRecord")
DAY_S = 86_400
ONE_CALL = "range=1D&resolution=30&adjust=raw"


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer(keys=frozenset({KEY})) as running:
        yield running


def app(folder: Path, server: ProviderServer, **more: str) -> AppProcess:
    settings = {"TIINGO_BASE_URL": server.url, "TIINGO_API_KEY": KEY, "PROVIDERS": "tiingo"}
    return AppProcess(folder, **(settings | more))


def ask(
    running: AppProcess, ticker: str, query: str = ONE_CALL
) -> tuple[int, dict[str, str], dict[str, Any]]:
    try:
        with urllib.request.urlopen(  # noqa: S310 - our own
            f"{running.url}/api/v2/tickers/{ticker}/ohlc?{query}", timeout=20
        ) as answer:
            return answer.status, dict(answer.headers), json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), json.load(error)


def system_page(running: AppProcess) -> str:
    """Return the system page as the browser gets it."""
    question = {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "inputs": [{"id": "location", "property": "pathname", "value": "/system"}],
        "changedPropIds": ["location.pathname"],
    }
    request = urllib.request.Request(  # noqa: S310 - likewise
        f"{running.url}/_dash-update-component",
        json.dumps(question).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - likewise
        return str(answer.read().decode())


def hold_old_prices(folder: Path, server: ProviderServer, ticker: str, at_s: float) -> None:
    """Leave prices in the app's table that were fetched at an earlier moment."""
    clock = Clock(at_s)
    store = SqliteStore(folder / "chandlery.sqlite", now=clock)
    tables = schemas(NAMES)
    store.create(tables)
    source = TiingoProvider(KEY, server.url, clock=clock)
    cache = candle_cache(
        [source], store.table(tables.ohlc), store.kind, memory_bytes=2**22, clock=clock, marks_every_s=None
    )
    last = cache.listing(ticker).last_session
    cache.get(CandleQuery(ticker, Resolution.DAY, last.replace(day=1), last))
    store.close()


def tickers(count: int) -> list[str]:
    return [f"T{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(count)]


def in_one_hour(scenario: Any) -> None:
    """Play a scenario that must not see the end of an hour; the second time it cannot."""
    begun = Window.HOUR.name_at(time.time())
    try:
        scenario("first")
    except AssertionError:
        if Window.HOUR.name_at(time.time()) == begun:
            raise
        scenario("second")


def test_the_fifty_first_call_of_an_hour_is_not_made(tmp_path: Path, server: ProviderServer) -> None:
    """cache-11: 429 with the time to come back; what is held is shown and said; a restart changes nothing."""

    def scenario(name: str) -> None:
        folder, old_s = tmp_path / name, time.time() - 40 * DAY_S
        folder.mkdir()
        hold_old_prices(folder, server, "AAPL", old_s)
        before = server.count("tiingo")
        with app(folder, server) as running:
            assert {ask(running, ticker)[0] for ticker in tickers(ALLOWED)} == {200}
            assert server.count("tiingo") - before == ALLOWED
            status, headers, body = ask(running, "ZZZZ")
            sentence = body["error"]["message"]
            assert (status, body["error"]["code"]) == (429, "rate_limited")
            until_s = Window.HOUR.end_s(time.time())
            assert sentence == used_up("Tiingo", Window.HOUR, until_s)
            assert abs(int(headers["Retry-After"]) - (until_s - time.time())) < 20
            status, headers, body = ask(running, "AAPL", "range=1M")
            assert (status, headers["X-Cache-Source"]) == (200, "stale")
            assert f"{sentence} Showing prices from {clock_words(old_s, time.time())}." in body["notes"]
            page = system_page(running)
            for words in (
                "50 of 50 this hour",
                "50 of 1,000 today",
                "50 of 500 tickers this month",
                sentence,
            ):
                assert words in page
            running.restart()
            assert "50 of 50 this hour" in system_page(running)
            assert ask(running, "ZZZZ")[0] == 429
        assert server.count("tiingo") - before == ALLOWED
        assert KEY not in running.log  # S1

    in_one_hour(scenario)


def test_a_paid_plan_is_a_setting(tmp_path: Path, server: ProviderServer) -> None:
    """The negative twin: the same questions, and none is refused."""
    with app(tmp_path, server, TIINGO_PLAN="Power") as running:
        assert {ask(running, ticker)[0] for ticker in tickers(ALLOWED + 2)} == {200}
        assert "52 of 10,000 this hour" in system_page(running)
        assert "tickers this month" not in system_page(running)
