"""What the stand-in server tells as news: made-up headlines, the same for a ticker and a day whoever asks."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from market.ticker import parse_ticker

PATHS = ("/tiingo/news", "/api/v1/company-news")
FINNHUB_ROWS = 250
"""A bound that the stand-in has so that its clients' paging is tried; Finnhub names none."""
HEADLINES = (
    "{} beats estimates and raises guidance",
    "{} upgraded to buy, analysts see more upside",
    "{} shares tumble after profit warning",
    "{} misses revenue estimates, cuts outlook",
    "{} to present at an industry conference",
    "{} names a new head of logistics",
)
Answer = tuple[int, bytes, Mapping[str, str]]


def answer(
    source: str,
    params: Mapping[str, str],
    *,
    key: str | None,
    known: frozenset[str] | None,
    free_plan: bool,
    now_s: float,
) -> Answer:
    """Return status, body and headers; ``key`` is None where it was not a good one."""
    if source == "tiingo":
        return _tiingo(params, key, known, now_s, free_plan=free_plan)
    if key is None:
        return _json(401, {"error": "Invalid API key"})
    ticker = parse_ticker(params["symbol"])
    span = date.fromisoformat(params["from"]), date.fromisoformat(params["to"])
    rows = [_finnhub_row(ticker, *told) for told in _told(ticker, *span, known, now_s)]
    return _json(200, rows[:FINNHUB_ROWS])


def _tiingo(
    params: Mapping[str, str], key: str | None, known: frozenset[str] | None, now_s: float, *, free_plan: bool
) -> Answer:
    if key is None:
        return _json(401, {"detail": "Invalid token."})
    if free_plan:
        return _json(403, {"detail": "You do not have permission to access the News API"})
    ticker = parse_ticker(params["tickers"])
    span = date.fromisoformat(params["startDate"]), date.fromisoformat(params["endDate"])
    rows = [_tiingo_row(ticker, *told) for told in _told(ticker, *span, known, now_s)]
    offset, limit = int(params.get("offset", "0")), int(params.get("limit", "100"))
    return _json(200, rows[offset : offset + limit])


def _told(
    ticker: str, first: date, last: date, known: frozenset[str] | None, now_s: float
) -> Iterator[tuple[int, datetime, str]]:
    """Yield id, instant and headline, the newest first: none to three on each day of UTC."""
    if known is not None and ticker not in known:
        return
    now = datetime.fromtimestamp(now_s, UTC)
    day = min(last, now.date())
    while day >= first:
        dice = random.Random(f"{ticker} {day}")
        seconds = sorted((dice.randrange(86_400) for _ in range(dice.randrange(4))), reverse=True)
        for number, second in enumerate(seconds):
            at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=second)
            headline = dice.choice(HEADLINES).format(ticker)
            if at <= now:
                yield day.toordinal() * 10 + number, at, headline
        day -= timedelta(days=1)


def _tiingo_row(ticker: str, identity: int, at: datetime, headline: str) -> dict[str, Any]:
    return {
        "id": identity,
        "publishedDate": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "crawlDate": at.isoformat(),
        "title": headline,
        "description": "",
        "url": f"https://news.example.com/{ticker}/{identity}",
        "source": "example.com",
        "tickers": [ticker.replace(".", "-").lower(), "spy"],
        "tags": ["Made up"],
    }


def _finnhub_row(ticker: str, identity: int, at: datetime, headline: str) -> dict[str, Any]:
    return {
        "category": "company",
        "datetime": int(at.timestamp()),
        "headline": headline,
        "id": identity,
        "image": "",
        "related": ticker,
        "source": "Example",
        "summary": "",
        "url": f"https://news.example.com/{ticker}/{identity}",
    }


def _json(code: int, value: Any) -> Answer:
    return code, json.dumps(value).encode(), {}
