"""Secrets: the app with keys that are easily found, on providers that repeat them in whatever they say."""

from __future__ import annotations

import http.client
import itertools
import json
from typing import TYPE_CHECKING

from benchmarks.faults import bad_inputs
from benchmarks.faults.gunicorn import Client, Gunicorn
from benchmarks.faults.registry import Outcome, row
from tests.kit import provider_server as stand_in
from tests.kit.provider_server import ProviderServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.faults.ground import Ground

_SECRETS = {
    "TIINGO_API_KEY": "canary-tiingo-3f1c77",
    "FINNHUB_API_KEY": "canary-finnhub-91ab2d",
    "OPENAI_API_KEY": "canary-openai-5e20c4",
    "GEMINI_API_KEY": "canary-gemini-77e0aa",
    "YOUTUBE_API_KEY": "canary-youtube-c01b9f",
}
_BEARER, _QUERY = "canary-bearer-a1b2c3", "canary-query-d4e5f6"
_BASES = ("TIINGO_BASE_URL", "FINNHUB_BASE_URL", "YAHOO_BASE_URL")
_REPEATED = json.dumps({"error": "The key is " + " ".join(_SECRETS.values())})
_ROWS = f"date,open,high,low,close,volume,divCash,splitFactor\n{_SECRETS['TIINGO_API_KEY']},1,2,1,2,3,0,1\n"


def _faults() -> Iterator[stand_in.Fault]:
    """Give what providers do that hold a key and repeat it."""
    for code in (200, 400, 401, 402, 403, 404, 422, 429, 500, 503):
        yield stand_in.status(code, _REPEATED)
    yield stand_in.status(200, _ROWS)
    yield stand_in.status(200, f"<html>{_REPEATED}</html>", {"Content-Type": "text/html"})
    yield stand_in.status(429, _REPEATED, {"Retry-After": _SECRETS["TIINGO_API_KEY"]})
    yield stand_in.status(200, _REPEATED, {"Content-Encoding": _SECRETS["FINNHUB_API_KEY"]})
    yield stand_in.redirect(f"http://127.0.0.1:1/?token={_SECRETS['TIINGO_API_KEY']}")
    yield stand_in.half(_REPEATED.encode())
    yield stand_in.reset


@row(31, "secrets", "never in logs, errors or answers: 0 hits of canary tokens")
def secrets(ground: Ground) -> Outcome:
    """Everything that goes wrong is asked for, on demo prices and on failing providers; the log at DEBUG."""
    said: list[str] = []
    log = _bad_questions(ground, said)
    for fault in _faults():  # a start each, because what was refused is remembered
        log += _bad_provider(ground, fault, said)
    tokens = [*_SECRETS.values(), _BEARER, _QUERY]
    hits = {
        place: sum(text.count(token) for token in tokens)
        for place, text in (("log", log), ("answers", "".join(said)))
    }
    figure = (
        f"{len(tokens)} tokens, {len(list(_faults()))} answers of providers that repeat them, "
        f"{len(said)} answers of the app, {len(log.splitlines()):,} log lines at DEBUG: "
        f"{hits['log']} hits in the log, {hits['answers']} in answers"
    )
    return Outcome(figure, sum(hits.values()) == 0)


def _bad_questions(ground: Ground, said: list[str]) -> str:
    addresses = bad_inputs.addresses()[:: 30 if ground.quick else 3]
    pages = ("/", "/system", "/metrics", "/health", "/_dash-layout")
    with Gunicorn(ground.folder(), 1, LOG_LEVEL="DEBUG", API_AUTH="token", **_SECRETS) as app:
        _ask(app, itertools.chain(addresses, pages), said)
        return app.log


def _bad_provider(ground: Ground, fault: stand_in.Fault, said: list[str]) -> str:
    with ProviderServer() as server:
        server.fail("", fault)
        live = dict.fromkeys(_BASES, server.url) | {"PROVIDERS": "tiingo,finnhub,yahoo"}
        with Gunicorn(ground.folder(), 1, LOG_LEVEL="DEBUG", **live, **_SECRETS) as app:
            ohlc = "/api/v2/tickers/AAPL/ohlc?range=1M&resolution="
            _ask(app, (f"{ohlc}D", f"{ohlc}5", "/system", "/metrics", "/health"), said)
            return app.log


def _ask(app: Gunicorn, addresses: itertools.chain[str] | tuple[str, ...], said: list[str]) -> None:
    headers = {"Authorization": f"Bearer {_BEARER}", "X-Api-Key": _BEARER}
    client = Client(app.port)
    for address in addresses:
        mark = "&" if "?" in address else "?"
        try:
            _, told, body = client.send("GET", f"{address}{mark}token={_QUERY}", None, headers)
        except (OSError, http.client.HTTPException):
            continue
        said.append(f"{told}{body.decode(errors='replace')}")
    client.close()
