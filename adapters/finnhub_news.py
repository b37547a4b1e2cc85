"""Finnhub's company news: a year of North American companies, free keys included.

No page is named and no bound on an answer either. So where an answer is long, what lies up to the day (UTC)
of its oldest row is asked for, and the day before where that brings nothing new, until the first day is
passed. What there is no time for is left for the next question. An unknown ticker has no news, which is all
that is said of it.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.errors import BudgetUsedUpError, UnavailableError
from adapters.finnhub import ALLOWANCE
from adapters.finnhub_parsing import TITLE, checked
from adapters.http_client import HttpClient
from adapters.keyed import KeyedCalls, us_shares_only
from adapters.news import News, Row, fields, instant_of_s, news_of
from adapters.payload import sequence
from adapters.prices import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from adapters.http_client import Call, Reply
    from adapters.keyed import Key
    from adapters.news import NewsItem, NewsRequest

LONG = 100
"""So many rows may be a bound's doing; fewer are all that there are."""
MOST_PAGES = 40
_DAY = timedelta(days=1)
_ZONES = 2 * _DAY
_WANTED = "company news"


class FinnhubNews:
    """News with a person's own Finnhub key; a ``NewsProvider``."""

    name = "finnhub"
    title = TITLE
    kind = Kind.LIVE
    allowance = ALLOWANCE
    reach_days = 365

    def __init__(
        self,
        key: Key | str | None,
        base_url: str = "https://finnhub.io",
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Use ``key`` in headers only; ``clock`` gives UTC seconds."""
        self._clock = clock
        self._calls = KeyedCalls(HttpClient(self.name, self.title, base_url), key, "FINNHUB_API_KEY", _header)

    def news(self, request: NewsRequest) -> News:
        """Return the news of a span, however many answers it takes.

        Raises:
            ProviderError: see adapters.errors.
        """
        us_shares_only(request.ticker, self.title, self.name)
        return self._calls.run(request.deadline_s, request.spend, lambda call: self._fetch(call, request))

    def _fetch(self, call: Call, request: NewsRequest) -> News:
        items: dict[str, NewsItem] = {}
        dropped = 0
        to = request.last + _ZONES
        for _ in range(MOST_PAGES):
            try:
                rows = parse_rows(call.get(*news_question(request, to)), self._clock())
            except (UnavailableError, BudgetUsedUpError):
                if not items:
                    raise
                break
            page = news_of(map(_row, rows), request, self._clock(), TITLE)
            is_new = any(item.id not in items for item in page.items)
            items |= {item.id: item for item in page.items}
            dropped += page.dropped
            oldest = min((item.published_at.date() for item in page.items), default=request.first)
            same_again = not is_new and oldest > to  # whatever it is asked for
            to = min(oldest, to - _DAY) if is_new else min(oldest, to) - _DAY
            if len(rows) < LONG or same_again or to < request.first:
                return News(tuple(items.values()), dropped)
        return News(tuple(items.values()), dropped, since=to + _DAY)


def parse_rows(reply: Reply, now_s: float) -> list[object]:
    """Return the rows of an answer as they are.

    Raises:
        ProviderError: the answer is an error, or not what was promised.
    """
    return sequence(checked(reply, now_s, _WANTED), TITLE, "news")


def news_question(request: NewsRequest, to: date) -> tuple[str, Mapping[str, str]]:
    """Return path and parameters for news up to a day."""
    params = {"symbol": request.ticker, "from": request.first.isoformat(), "to": to.isoformat()}
    return "/api/v1/company-news", params


def _header(key: str) -> Mapping[str, str]:
    return {"X-Finnhub-Token": key}


def _row(row: object) -> Row:
    told = fields(row)
    return Row(
        id=told.get("id"),
        published_at=instant_of_s(told.get("datetime")),
        title=told.get("headline"),
        summary=told.get("summary"),
        url=told.get("url"),
        publisher=told.get("source"),
        tickers=told.get("related"),
    )
