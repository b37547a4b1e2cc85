"""Sentiment in the composed app: news of the sources of prices, in their budgets, and mentions (user-2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters import http_client
from app import House, compose
from recording import open_records
from settings import load
from tests.kit import provider_server as stand_in
from tests.kit.provider_server import ProviderServer
from tests.kit.track import new_channel
from track_record.entities import Action, NewMention, NewVideo

CANARY = "canary-key-0123456789"


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer(keys=frozenset({CANARY})) as running:
        yield running
    http_client.reset()


def app(folder: Path, server: ProviderServer, providers: str) -> House:
    given: dict[str, Any] = {
        "tiingo_base_url": server.url, "finnhub_base_url": server.url, "yahoo_base_url": server.url,
        "tiingo_api_key": CANARY, "finnhub_api_key": CANARY,
    }  # fmt: skip
    return compose(load(env_file=None, data_dir=folder, providers=providers, **given))


def ask(house: House, **parameters: str) -> Any:
    path = "/api/v2/tickers/AAPL/sentiment/history"
    return house.server.test_client().get(path, query_string=parameters).get_json()


def test_news_is_asked_of_the_sources_of_prices_in_their_order_and_budgets(
    tmp_path: Path, server: ProviderServer
) -> None:
    """user-2, api-7: one budget for prices and news; a plan without news leaves prices as they are."""
    house = app(tmp_path, server, "tiingo,finnhub")
    body = ask(house, range="1W")
    assert {entry["source"] for entry in body["history"]} == {"tiingo"}
    used = {use.window: use.used for use in house.cache.budgets.uses("tiingo") if use.what == "requests"}
    assert set(used.values()) == {server.count("tiingo")} == {1}
    refusal = '{"detail":"You do not have permission to access the News API"}'
    server.fail("/tiingo/news", stand_in.status(403, refusal))
    body = ask(house, range="3M")
    assert {entry["source"] for entry in body["history"]} == {"tiingo", "finnhub"}
    assert body["notes"] == []
    asked = server.count("tiingo")
    ask(house, range="6M")  # the refusal is remembered
    assert server.count("tiingo") == asked
    ohlc = house.server.test_client().get("/api/v2/tickers/AAPL/ohlc?range=1W")
    assert ohlc.headers["X-Cache-Source"] == "tiingo"


def test_a_limit_that_news_meets_is_one_for_prices_too(tmp_path: Path, server: ProviderServer) -> None:
    limit = '{"detail":"Error: You have run over your hourly request allocation."}'
    server.fail("/tiingo/", stand_in.status(429, limit))
    house = app(tmp_path, server, "tiingo")
    notes = ask(house, range="1W", source="tiingo")["notes"]
    assert "hourly budget is used up until" in notes[0]
    asked = server.count("tiingo")
    answer = house.server.test_client().get("/api/v2/tickers/AAPL/ohlc?range=1W")
    assert (answer.status_code, server.count("tiingo")) == (429, asked)


def test_the_last_of_a_budget_is_kept_for_charts(tmp_path: Path, server: ProviderServer) -> None:
    """Of 50 calls an hour 45 are for what can wait."""
    house = app(tmp_path, server, "tiingo")
    counter = house.cache.budgets.counter("tiingo", "AAPL")
    assert counter is not None
    for _ in range(45):
        counter()
    assert "kept for new charts" in ask(house, range="1W")["notes"][0]
    assert server.count("tiingo", "news") == 0
    counter()


def test_who_is_not_asked_for_prices_is_not_asked_for_news(tmp_path: Path, server: ProviderServer) -> None:
    """So taking tiingo out of PROVIDERS ends all that is asked of it."""
    body = ask(app(tmp_path, server, "yahoo"), range="1W")
    assert body["history"] == []
    assert "FINNHUB_API_KEY" in body["notes"][0]
    assert server.count("tiingo") + server.count("finnhub") == 0


def test_what_a_video_said_is_beside_the_news_until_its_channel_is_deleted(tmp_path: Path) -> None:
    """user-2, record-8."""
    house = compose(load(env_file=None, data_dir=tmp_path, providers="demo"))
    records = open_records(house.store, house.schemas)
    channel = records.channels.add(new_channel())
    published = datetime(2012, 6, 2, 1, tzinfo=UTC)  # the evening of Friday in New York
    (video,) = records.videos.add(channel.id, [NewVideo("yt1", "Title", "https://youtu.be/yt1", published)])
    records.videos.replace_mentions(video, [NewMention("AAPL", Action.BUY, Decimal("0.9"), "buy it")])
    (entry,) = ask(house, range="1Y", source="youtube")["history"]
    assert entry == {
        "date": "2012-06-01", "score": 0.76, "source": "youtube", "confidence": 0.9, "label": "positive",
        "title": "buy it", "url": "https://youtu.be/yt1",
    }  # fmt: skip
    records.channels.delete(channel.id)
    assert ask(house, range="1Y", source="youtube")["history"] == []
