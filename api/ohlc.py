"""``GET /api/v2/tickers/{ticker}/ohlc``: candles with where each part came from (api-1, api-2, api-4).

Promise: every number of the answer is as the cache gave it, and every part says where it came from. An answer
holds at most 50,000 candles; ``next`` is the address of the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from flask import Response, g, request, url_for

from api.errors import JSON
from api.operations import (
    DAY,
    INSTANT,
    TEXT,
    WHOLE,
    Operation,
    Parameter,
    array,
    one_of,
    record,
    ref,
)  # fmt: skip
from cache.asking import CHOICES, instant, once, understand
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

GROUP = "Prices"
OHLC = Operation(
    "GET", "/api/v2/tickers/<ticker>/ohlc", "ohlc", GROUP, "Candles, and where each part came from",
    record(
        {
            "ticker": TEXT, "candles": array(ref("Candle")), "time_range": TEXT,
            "start_date": DAY, "end_date": DAY, "count": WHOLE, "source": TEXT,
            "resolution": one_of(CHOICES["resolution"]), "adjust": one_of(CHOICES["adjust"]),
            "cache_expires_at": INSTANT, "provenance": array(ref("Span")), "missing": array(ref("Missing")),
            "notes": array(TEXT),
            "next": TEXT | {"description": "The address of what follows the first 50,000 candles."},
        },
        optional=("next",),
    ),
    about="Give range, or start_date and end_date. Days without a session answer with no candles.",
    parameters=(
        Parameter("range", "How far back from the last session.", one_of(CHOICES["range"], "1M"), "1M"),
        Parameter("start_date", "The first exchange date.", DAY, "2012-06-01"),
        Parameter("end_date", "The last exchange date.", DAY, "2012-06-29"),
        Parameter("resolution", "Minutes, day, week or month.", one_of(CHOICES["resolution"], "D"), "D"),
        Parameter("adjust", "What prices are adjusted for.", one_of(CHOICES["adjust"], "split"), "split"),
        Parameter("source", "One source instead of the chain.", TEXT, "demo"),
        Parameter("extended", "Bars outside of sessions too.", one_of(("true", "false"), "false"), "false"),
        Parameter("after", "Only candles that start later; stands in next.", INSTANT, "2012-06-29T13:30:00Z"),
    ),
    errors=(400, 404, 429, 503),
    headers={
        "X-Cache-Source": "The slowest tier that was touched: in-memory, the store, the source, or stale.",
        "X-Cache-Age": "Seconds since the oldest part was fetched.",
        "X-Cache-Key": "The question, with both dates.",
        "X-Cache-Error": "true where the table could not be read.",
        "X-Cache-Write-Error": "true where it could not be written.",
        "X-Stale-Since": "When the oldest stale part was due.",
    },
)  # fmt: skip
OPERATIONS = (OHLC,)


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

    OHLC.join(routes, guard(ohlc))


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
    return url_for(f".{OHLC.name}", ticker=query.ticker, **parameters)


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
