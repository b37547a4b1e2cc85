"""Tiingo's news, which the free plan does not have: headlines with their tickers, page by page.

Instants are UTC. Neither the zone of the dates that are asked with is said, nor whether the last one counts,
so two days more are asked for, and what lies outside is left out where it is kept. The newest come first, so
what there is no time for is older than what was told, and is left for the next question.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.errors import BadPayloadError, BudgetUsedUpError, ProviderError, UnavailableError
from adapters.http_client import HttpClient
from adapters.keyed import KeyedCalls, us_shares_only
from adapters.live import NEW_YORK
from adapters.news import News, Row, fields, instant_of, news_of
from adapters.payload import bad, json_of, sequence
from adapters.prices import Kind
from adapters.tiingo import PLANS, spelled
from adapters.tiingo_parsing import TITLE, error_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from adapters.http_client import Call, Reply
    from adapters.keyed import Key
    from adapters.news import NewsRequest

PAGE = 1_000
"""Rows; the most that Tiingo gives at once."""
MOST_PAGES = 20
_ZONES = timedelta(days=2)
_WANTED = "news"


class TiingoNews:
    """News with a person's own Tiingo key; a ``NewsProvider``."""

    name = "tiingo"
    title = TITLE
    kind = Kind.LIVE
    reach_days = 5 * 366

    def __init__(
        self,
        key: Key | str | None,
        base_url: str = "https://api.tiingo.com",
        clock: Callable[[], float] = time.time,
        *,
        plan: str = "free",
    ) -> None:
        """Use ``key`` in headers only; ``clock`` gives UTC seconds; ``plan`` is one of tiingo.PLANS."""
        self.allowance = PLANS[plan]
        self._clock = clock
        self._calls = KeyedCalls(HttpClient(self.name, self.title, base_url), key, "TIINGO_API_KEY", _header)

    def news(self, request: NewsRequest) -> News:
        """Return the news of a span, all pages of it.

        Raises:
            ProviderError: see adapters.errors.
        """
        us_shares_only(request.ticker, self.title, self.name)
        return self._calls.run(request.deadline_s, request.spend, lambda call: self._fetch(call, request))

    def _fetch(self, call: Call, request: NewsRequest) -> News:
        rows: list[object] = []
        why: ProviderError = BadPayloadError(f"{TITLE} sent more news than can be.", provider=self.name)
        for number in range(MOST_PAGES):
            try:
                page = parse_page(call.get(*news_question(request, number * PAGE)), self._clock())
            except (UnavailableError, BudgetUsedUpError) as error:
                why = error
                break
            if page and page == rows[-len(page) :]:
                bad(TITLE, "the same page again and again")
            rows += page
            if len(page) < PAGE:
                return news_of(map(_row, rows), request, self._clock(), TITLE)
        news = news_of(map(_row, rows), request, self._clock(), TITLE)
        told = [item.published_at for item in news.items]
        if not told or told != sorted(told, reverse=True):
            raise why
        return replace(news, since=told[-1].astimezone(NEW_YORK).date() + timedelta(days=1))


def parse_page(reply: Reply, now_s: float) -> list[object]:
    """Return the rows of an answer as they are; messages with status 200 are errors of Tiingo's.

    Raises:
        ProviderError: the answer is an error, or not what was promised.
    """
    body = reply.body.strip()
    if reply.status != 200:  # noqa: PLR2004 - statuses are known by their numbers
        raise error_of(reply, now_s, _WANTED)
    if body[:1] in (b"<", b""):
        bad(TITLE, "a page instead of news" if body else "nothing at all")
    if body[:1] != b"[":
        raise error_of(reply, now_s, _WANTED)
    return sequence(json_of(body, TITLE), TITLE, "news")


def news_question(request: NewsRequest, offset: int) -> tuple[str, Mapping[str, str]]:
    """Return path and parameters for a page of news."""
    params = {
        "tickers": spelled(request.ticker).lower(),
        "startDate": request.first.isoformat(),
        "endDate": (request.last + _ZONES).isoformat(),
        "limit": str(PAGE),
        "offset": str(offset),
        "sortBy": "publishedDate",
    }
    return "/tiingo/news", params


def _header(key: str) -> Mapping[str, str]:
    return {"Authorization": f"Token {key}"}


def _row(row: object) -> Row:
    told = fields(row)
    return Row(
        id=told.get("id"),
        published_at=instant_of(told.get("publishedDate")),
        title=told.get("title"),
        summary=told.get("description"),
        url=told.get("url"),
        publisher=told.get("source"),
        tickers=told.get("tickers"),
    )
