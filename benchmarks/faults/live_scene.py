"""A cache on real adapters that speak HTTP to the stand-in for the providers, in the middle of a session."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters import http_client
from adapters.finnhub import FinnhubProvider
from adapters.tiingo import TiingoProvider
from adapters.yahoo import YahooProvider
from cache.cooldown import COOLDOWN_S
from tests.kit.bad_answers import spoil
from tests.kit.house import Clock, TestHouse, house
from tests.kit.provider_server import ProviderServer
from tests.kit.providers import utc
from tests.kit.web import ohlc, web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from werkzeug.test import TestResponse

    from adapters.prices import PriceProvider
    from tests.kit.provider_server import Fault

IN_SESSION = utc("2025-03-07 16:02")
TODAY = {"start_date": "2025-03-07", "end_date": "2025-03-07", "resolution": "5", "adjust": "raw"}


@dataclass
class LiveScene:
    """The parts that a row changes or looks at.

    Attributes:
        at: the house.
        server: in the place of the providers.
        clock: the real one and the monotonic one, as the cache sees them.
    """

    at: TestHouse
    server: ProviderServer
    clock: Clock

    def asker(self) -> Callable[..., TestResponse]:
        """Return what asks the API for today's 5-minute candles; named parameters change the question."""
        client = web(self.at)
        return lambda **other: ohlc(client, **(TODAY | other))

    def spoil(self, source: str, fault: Fault) -> None:
        """Have a source fail from now on."""
        spoil(self.server, source, fault)

    def pass_time(self, seconds: float) -> None:
        """Move all clocks."""
        self.clock.now_s += seconds


@contextmanager
def live_scene(folder: Path, *sources: str, waits: bool = False) -> Iterator[LiveScene]:
    """Lend a cache on these sources, in their order; with ``waits`` its deadlines run by real time."""
    clock = Clock(IN_SESSION.timestamp())
    with ProviderServer(now=clock) as server:
        try:
            yield LiveScene(process_on(folder, server, clock, *sources, waits=waits), server, clock)
        finally:
            http_client.reset()


def process_on(
    folder: Path, server: ProviderServer, clock: Clock, *sources: str, waits: bool = False
) -> TestHouse:
    """Return a process on the table in ``folder``."""
    made: dict[str, PriceProvider] = {
        "tiingo": TiingoProvider("key", server.url, clock, plan="power"),
        "finnhub": FinnhubProvider("key", server.url, clock),
        "yahoo": YahooProvider(server.url, clock),
    }
    monotonic = time.monotonic if waits else clock
    providers = [made[name] for name in sources]
    at = house(folder, providers, clock=clock, cooldown_s=COOLDOWN_S, monotonic=monotonic)
    at.cache.listing("AAPL")  # the calendar, which takes its time, before anything is timed
    return at
