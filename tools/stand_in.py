"""Run the stand-in for Tiingo, Finnhub and Yahoo by hand, to see the app with live sources and no network.

``python -m tools.stand_in`` prints the settings to start the app with. Until it is stopped with Ctrl-C it
takes commands, one a line: ``slow 3``, ``limit``, ``html``, ``reset``, ``free``, ``only AAPL MSFT``,
``mend``, ``calls``. Its prices are made up: AAPL had a split 40 days ago, MSFT paid a dividend 20 days ago.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta

from tests.kit import provider_server as stand_in
from tests.kit.provider_server import Fault, ProviderServer
from tests.kit.stand_in_market import Market

_FAULTS: dict[str, Fault] = {
    "limit": stand_in.status(429, '{"detail":"run over your hourly"}', {"Retry-After": "60"}),
    "html": stand_in.HTML,
    "reset": stand_in.reset,
}


def obey(server: ProviderServer, line: str) -> str:
    """Do what a line says and return what came of it."""
    word, _, rest = line.strip().partition(" ")
    if word == "calls":
        counts = Counter(call.source for call in server.seen)
        return ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "none"
    if word == "mend":
        server.mend()
        server.free_plan, server.known = False, None
    elif word == "free":
        server.free_plan = True
    elif word == "only" and rest:
        server.known = frozenset(rest.upper().split())
    elif word == "slow" and rest.isdecimal():
        server.fail("", stand_in.slow(float(rest)))
    elif word in _FAULTS:
        server.fail("", _FAULTS[word])
    else:
        return "slow SECONDS, limit, html, reset, free (less than paid), only TICKERS, mend or calls"
    return "done"


def main() -> None:
    """Serve until the end of the input."""
    parser = argparse.ArgumentParser(description="A stand-in for the live price providers.")
    parser.add_argument("--port", type=int, default=8055)
    today = datetime.now(UTC).date()
    market = Market(
        {"AAPL": [(today - timedelta(days=40), 4.0)]}, {"MSFT": [(today - timedelta(days=20), 0.75)]}
    )
    with ProviderServer(market=market, port=parser.parse_args().port) as server:
        names = ("TIINGO_BASE_URL", "FINNHUB_BASE_URL", "YAHOO_BASE_URL")
        print(" ".join(f"{name}={server.url}" for name in names), end=" ")
        print("TIINGO_API_KEY=stand-in FINNHUB_API_KEY=stand-in PROVIDERS=tiingo,finnhub,yahoo", flush=True)
        try:
            for line in sys.stdin:
                print(obey(server, line), flush=True)
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
