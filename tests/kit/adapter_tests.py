"""What the tests of the live adapters begin with: recordings, and a market with a split and a dividend."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from adapters import http_client
from adapters.http_client import Reply
from adapters.prices import PriceAnswer, PriceProvider, PriceRequest
from market.resolution import Resolution
from market.sessions import DAY_S, day_number
from tests.kit.provider_server import PAYLOADS, ProviderServer, recorded
from tests.kit.stand_in_market import Market

needs_recordings = pytest.mark.skipif(
    not PAYLOADS.is_dir(), reason="the recordings are not beside the project"
)
MARKET = Market({"AAPL": [(date(2025, 2, 12), 4.0)]}, {"AAPL": [(date(2024, 11, 8), 1.0)]})
GOOD_KEY = "key"


def reply(name: str, case: str = "") -> Reply:
    """Return a recorded answer, or one case of a file of several."""
    return Reply(*recorded(name, case))


def days(*texts: str) -> list[int]:
    """Return the times of daily bars."""
    return [day_number(date.fromisoformat(text)) * DAY_S for text in texts]


@contextmanager
def providers_at(now_s: float) -> Iterator[ProviderServer]:
    """Run the stand-in server on that market at a moment; one key is good."""
    with ProviderServer(now=lambda: now_s, market=MARKET, keys=frozenset({GOOD_KEY})) as running:
        yield running
    http_client.reset()


def ask(source: PriceProvider, resolution: str, start: str, end: str, ticker: str = "AAPL") -> PriceAnswer:
    """Ask a source for a span."""
    span = date.fromisoformat(start), date.fromisoformat(end)
    return source.candles(PriceRequest(ticker, Resolution(resolution), *span))
