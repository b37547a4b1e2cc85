"""``GET /api/v2/tickers/{ticker}/ohlc``: candles with where each part came from (api-1, api-2, api-4).

Promise: every number of the answer is as the cache gave it, and every part says where it came from. An answer
holds at most 50,000 candles; ``next`` is the address of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from flask import Response, g, request, url_for

from api.errors import JSON
from cache.asking import instant, once, understand
from cache.portions import first_portion

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Blueprint

    from api.frame import View
    from api.rows import Rows
    from cache.asking import Question
    from cache.candle_cache import CandleCache
    from cache.portions import Portion, Rest
    from cache.query import Answer, CandleQuery

_ENDPOINT = "ohlc"


def add(
    routes: Blueprint,
    cache: CandleCache,
    rows: Rows,
    guard: Callable[[View], View],
    clock: Callable[[], float],
) -> None:
    """Add the route; ``guard`` decides who may ask, ``clock`` is the real one (UTC seconds)."""

    def ohlc(ticker: str) -> Response:
        texts = once(request.args.items(multi=True))
        question = understand(cache, ticker, texts, clock())
        g.cache_key = cache_key(question.query)
        portion = first_portion(cache, question, request_id=g.request_id)
        body = orjson.dumps(_body(question, portion, rows))
        headers = dict(_headers(portion.answer, clock()))
        return Response(body, headers=headers, mimetype=JSON)

    routes.add_url_rule("/api/v2/tickers/<ticker>/ohlc", _ENDPOINT, guard(ohlc))


def cache_key(query: CandleQuery) -> str:
    """Return what X-Cache-Key shows: both dates are exchange dates."""
    return f"ohlc:{query.ticker}:{query.resolution}:{query.start}:{query.end}:{query.adjust}"


def _body(question: Question, portion: Portion, rows: Rows) -> dict[str, Any]:
    answer, query = portion.answer, portion.answer.query
    body = {
        "ticker": query.ticker,
        "candles": rows.of(portion),
        "time_range": question.time_range,
        "start_date": query.start,
        "end_date": query.end,
        "count": len(portion.candles),
        "source": answer.source,
        "resolution": answer.resolution,
        "adjust": query.adjust,
        "cache_expires_at": instant(answer.expires_at),
        "provenance": _provenance(answer),
        "missing": [{"start": m.start, "end": m.end, "reason": m.reason} for m in answer.missing],
        "notes": portion.notes,
    }
    return body | {"next": _next(portion.rest)} if portion.rest else body


def _provenance(answer: Answer) -> list[dict[str, Any]]:
    return [
        {
            "start": span.start,
            "end": span.end,
            "source": span.source,
            "tier": span.tier,
            "fetched_at": instant(span.fetched_at),
            "basis": span.basis,
            "stale": span.stale,
            "settled_to": instant(span.settled_to),
        }
        for span in answer.spans
    ]


def _next(rest: Rest) -> str:
    """Return the address of what follows; it names everything, so that no default can change the series."""
    query = rest.query
    parameters: dict[str, Any] = {
        "start_date": query.start.isoformat(),
        "end_date": query.end.isoformat(),
        "resolution": query.resolution.value,
        "adjust": query.adjust.value,
        "source": query.source,
        "extended": "true" if query.extended else None,
        "after": None if rest.after_s is None else instant(rest.after_s),
    }
    return url_for(f".{_ENDPOINT}", ticker=query.ticker, **parameters)


def _headers(answer: Answer, now_s: float) -> Iterator[tuple[str, str]]:
    oldest = answer.fetched_at
    yield "X-Cache-Source", answer.shown_tier
    yield "X-Cache-Age", str(0 if oldest is None else max(0, int(now_s - oldest)))
    yield "X-Cache-Key", cache_key(answer.query)
    if answer.table_failed:
        yield "X-Cache-Error", "true"
    if answer.write_failed:
        yield "X-Cache-Write-Error", "true"
    if answer.stale_since is not None:
        yield "X-Stale-Since", instant(answer.stale_since)
