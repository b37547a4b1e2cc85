"""``GET /api/v2/tickers/{ticker}/sentiment/history``: how news and videos spoke of a stock (api-5).

::

    {
        "ticker": "AAPL",
        "history": [{"date": "2025-03-07", "score": 0.61, "source": "tiingo", "confidence": 0.8, …}],
        "count": 1, "start_date": "2025-02-07", "end_date": "2025-03-07", "time_range": "1M", "notes": [],
    }

Dates are New York's. Ranges begin as those of prices do and end today, or with the last day of a source that
ends earlier. Weekends are days like others: there is news on them. What may be short of something says so in
``notes``; only a ticker that no source has is an error.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import structlog
from flask import request

from api.asking import answer
from api.errors import Problem
from api.operations import DAY, NUMBER, TEXT, WHOLE, Operation, Parameter, array, one_of, record
from cache.asking import CHOICES, once, understand
from cache.errors import BadQueryError, CandleError, TickerNotFoundError
from track_record.errors import TableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Blueprint, Response

    from api.frame import View
    from cache.asking import Question
    from cache.candle_cache import CandleCache
    from sentiment.history import History, SentimentHistory

DEADLINE_S = 4.0
"""Of the five that a request has."""
SOURCES = ("tiingo", "finnhub", "youtube")
PARAMETERS = ("range", "start_date", "end_date", "source")
HISTORY = Operation(
    "GET", "/api/v2/tickers/<ticker>/sentiment/history", "sentiment_history", "Sentiment",
    "How news and videos spoke of a stock",
    record(
        {
            "ticker": TEXT,
            "history": array(
                record(
                    {
                        "date": DAY, "source": one_of(SOURCES),
                        "score": NUMBER | {"minimum": -1, "maximum": 1},
                        "confidence": NUMBER | {"minimum": 0, "maximum": 1},
                        "label": one_of(("positive", "neutral", "negative")), "title": TEXT, "url": TEXT,
                    }
                )
            ),
            "count": WHOLE, "start_date": DAY, "end_date": DAY, "time_range": TEXT, "notes": array(TEXT),
        }
    ),
    about="One entry for each item of news and each mention, by day (New York). From 0.33 on a score is "
    "positive, from -0.33 on negative. Give range, or start_date and end_date.",
    parameters=(
        Parameter("range", "How far back.", one_of(CHOICES["range"], "1M"), "1M"),
        Parameter("start_date", "The first day, New York.", DAY, "2012-06-01"),
        Parameter("end_date", "The last day, New York.", DAY, "2012-06-30"),
        Parameter("source", "One source instead of all.", one_of(SOURCES), "youtube"),
    ),
    errors=(400, 404, 503),
)  # fmt: skip
OPERATIONS = (HISTORY,)
UNAVAILABLE = Problem(
    503,
    "sentiment_unavailable",
    "Sentiment cannot be read at the moment. Try again in 5 s.",
    headers=(("Retry-After", "5"),),
)
_log = structlog.get_logger(__name__)


def add(
    routes: Blueprint,
    cache: CandleCache,
    sentiment: SentimentHistory,
    guard: Callable[[View], View],
    clock: Callable[[], float],
) -> None:
    """Add the route.

    Args:
        routes: of the API.
        cache: knows tickers, and where their prices end.
        sentiment: has what is asked for.
        guard: decides who may ask.
        clock: UTC seconds.
    """

    def history(ticker: str) -> Response:
        texts = once(request.args.items(multi=True), PARAMETERS)
        source = _source(texts)
        dates = {name: text for name, text in texts.items() if name != "source"}
        question = understand(cache, ticker, dates, clock())
        first, last = _span(question, dates, clock())
        try:
            found = sentiment.read(question.query.ticker, first, last, source=source, deadline_s=DEADLINE_S)
        except TableError as error:
            _log.error("sentiment_table_failed", code=error.code, error=str(error))
            return UNAVAILABLE.response()
        if not found.points:
            _must_exist(cache, question)
        return answer(_body(question, first, last, found))

    HISTORY.join(routes, guard(history))


def _source(texts: Mapping[str, str]) -> str | None:
    if "source" not in texts:
        return None
    source = texts["source"].lower()
    if source not in SOURCES:
        raise BadQueryError(
            f"source must be one of {', '.join(SOURCES)}, for example source=youtube.", field="source"
        )
    return source


def _span(question: Question, texts: Mapping[str, str], now_s: float) -> tuple[date, date]:
    """Return the days that are meant; those of prices end with a session, news goes on."""
    query, sessions = question.query, question.listing.sessions
    today = sessions.today(datetime.fromtimestamp(now_s, UTC))
    if "start_date" in texts:
        return query.start, min(date.fromisoformat(texts["end_date"]), today)
    is_running = len(sessions.between(query.end, today)) <= 1
    return query.start, max(query.end, today) if is_running else query.end


def _must_exist(cache: CandleCache, question: Question) -> None:
    """Tell a ticker that nobody has from one of which nothing was said; whatever else fails is no reason.

    Raises:
        TickerNotFoundError: no source has it.
    """
    last = question.listing.last_session
    try:
        cache.get(replace(question.query, start=last, end=last))
    except TickerNotFoundError:
        raise
    except CandleError:
        return


def _body(question: Question, first: date, last: date, found: History) -> dict[str, Any]:
    points = [
        {
            "date": point.day.isoformat(),
            "score": point.score,
            "source": point.source,
            "confidence": point.confidence,
            "label": point.label,
            "title": point.title,
            "url": point.url,
        }
        for point in found.points
    ]
    return {
        "ticker": question.query.ticker,
        "history": points,
        "count": len(points),
        "start_date": first.isoformat(),
        "end_date": last.isoformat(),
        "time_range": question.time_range,
        "notes": list(found.notes),
    }
