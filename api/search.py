"""``GET /api/v2/tickers/search?q=app&limit=8``: US tickers by symbol or company name (api-5).

::

    {
        "query": "app",
        "results": [{"ticker": "AAPL", "name": "Apple Inc.", "exchange": "Nasdaq", "priced": true}],
        "count": 1,
    }

The best comes first; ``name`` and ``exchange`` are "" where none is known. ``priced`` is true where a source
says that it has the ticker, false where all list what they have and none has it, null where one has to be
asked: the OHLC route tells. As the answer holds no prices and nothing of a person but the names of price
files, the route is open to everyone. Promise: no table is touched and no price is fetched.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

import orjson
from flask import Response, request

from api.errors import JSON
from api.operations import TEXT, WHOLE, YES_OR_NO, Operation, Parameter, array, or_null, record
from cache.asking import once
from cache.errors import BadQueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flask import Blueprint

MAX_TEXT = 64
MAX_LIMIT = 50
_LIMIT = "8"
_FIELDS = ("ticker", "name", "exchange", "priced")
_NUMBER = re.compile(r"[0-9]{1,4}\Z")

SEARCH = Operation(
    "GET", "/api/v2/tickers/search", "search", "Prices", "Tickers by symbol or company name",
    record(
        {
            "query": TEXT,
            "results": array(
                record({"ticker": TEXT, "name": TEXT, "exchange": TEXT, "priced": or_null(YES_OR_NO)})
            ),
            "count": WHOLE,
        }
    ),
    about="The best comes first. `priced` says whether a source here has it; null where one has to be asked.",
    parameters=(
        Parameter("q", "A ticker or a name.", TEXT | {"maxLength": MAX_TEXT}, "apple", required=True),
        Parameter(
            "limit", "How many at most.",
            WHOLE | {"minimum": 1, "maximum": MAX_LIMIT, "default": int(_LIMIT)}, int(_LIMIT),
        ),
    ),
    errors=(400,),
    is_open=True,
)  # fmt: skip
OPERATIONS = (SEARCH,)


class Symbol(Protocol):
    """A ticker, the name of its company, its exchange, and whether there are prices of it (None: perhaps)."""

    @property
    def ticker(self) -> str: ...  # noqa: D102 - the class says it
    @property
    def name(self) -> str: ...  # noqa: D102 - likewise
    @property
    def exchange(self) -> str: ...  # noqa: D102 - likewise
    @property
    def priced(self) -> bool | None: ...  # noqa: D102 - likewise


def add(routes: Blueprint, find: Callable[[str, int], Sequence[Symbol]]) -> None:
    """Add the route; ``find`` takes a text and how many symbols are wanted, and gives the best first."""

    def search() -> Response:
        texts = once(request.args.items(multi=True), ("q", "limit"))
        query = _query(texts)
        results = [
            {field: getattr(symbol, field) for field in _FIELDS} for symbol in find(query, _limit(texts))
        ]
        body = {"query": query, "results": results, "count": len(results)}
        return Response(orjson.dumps(body), mimetype=JSON)

    SEARCH.join(routes, search)


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
