"""``GET /api/v2/tickers/search?q=app&limit=8``: US tickers by symbol or company name (api-5).

::

    {
        "query": "app",
        "results": [{"ticker": "APP", "name": "AppLovin Corp", "exchange": "Nasdaq"}],
        "count": 1,
    }

The best comes first; ``exchange`` is "" where none is known. The list is a public register of names: whether
a ticker has prices here is not promised, and the OHLC route says so when it is asked. As it holds neither
prices nor anything of a person, the route is open to everyone. Promise: no table and no provider is touched.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

import orjson
from flask import Response, request

from api.errors import JSON
from cache.asking import once
from cache.errors import BadQueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flask import Blueprint

MAX_TEXT = 64
MAX_LIMIT = 50
_LIMIT = "8"
_NUMBER = re.compile(r"[0-9]{1,4}\Z")


class Symbol(Protocol):
    """A ticker with the name of its company and its exchange."""

    @property
    def ticker(self) -> str: ...  # noqa: D102 - the class says it
    @property
    def name(self) -> str: ...  # noqa: D102 - likewise
    @property
    def exchange(self) -> str: ...  # noqa: D102 - likewise


def add(routes: Blueprint, find: Callable[[str, int], Sequence[Symbol]]) -> None:
    """Add the route; ``find`` takes a text and how many symbols are wanted, and gives the best first."""

    def search() -> Response:
        texts = once(request.args.items(multi=True), ("q", "limit"))
        query = _query(texts)
        results = [
            {"ticker": symbol.ticker, "name": symbol.name, "exchange": symbol.exchange}
            for symbol in find(query, _limit(texts))
        ]
        body = {"query": query, "results": results, "count": len(results)}
        return Response(orjson.dumps(body), mimetype=JSON)

    routes.add_url_rule("/api/v2/tickers/search", "search", search)


def _query(texts: Mapping[str, str]) -> str:
    query = texts.get("q", "")
    if not query:
        raise BadQueryError("Give q, a ticker or a part of a company name, for example q=apple.", field="q")
    if len(query) > MAX_TEXT:
        raise BadQueryError(f"q has at most {MAX_TEXT} characters, for example q=apple.", field="q")
    return query


def _limit(texts: Mapping[str, str]) -> int:
    text = texts.get("limit", _LIMIT)
    if not _NUMBER.match(text) or not 1 <= int(text) <= MAX_LIMIT:
        raise BadQueryError(
            f"limit must be a whole number from 1 to {MAX_LIMIT}, for example limit={_LIMIT}.", field="limit"
        )
    return int(text)
