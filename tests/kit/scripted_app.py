"""The whole app over providers that the test holds, in threads of the test, on its clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

import app
from adapters import http_client
from adapters.finnhub import FinnhubProvider
from adapters.prices import PriceProvider
from adapters.tiingo import TiingoProvider
from adapters.yahoo import YahooProvider
from settings import Settings
from store import schemas
from tests.kit.house import NAMES, Clock, house
from tests.kit.provider_server import ProviderServer
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.served import Served

IN_SESSION = utc("2025-03-07 16:00")
GATE_GUARD_S = 10
COOLDOWN_S = 30.0


class ThreadedApp(Served):
    """Serves the app's own pages and routes on a free port.

    Attributes:
        clock: the real clock as the cache sees it; only the test moves it.
        url: what to open.
    """

    def __init__(
        self, folder: Path, providers: Sequence[PriceProvider], clock: Clock, cooldown_s: float = 0.0
    ) -> None:
        """Prepare a server on an empty table in ``folder``."""
        self.clock = clock
        self._house = house(folder, providers, clock=clock, cooldown_s=cooldown_s)
        settings, cache = Settings(), self._house.cache
        metrics = app.measured(settings, cache)
        dash = app._dash(settings, self._house.store, schemas(NAMES), cache, tuple(providers), metrics)
        super().__init__(dash.server)


class ScriptedApp(ThreadedApp):
    """The app on a provider that the test holds; one change of it counts from the next question on."""

    def __init__(self, folder: Path, provider: ScriptedProvider | None = None) -> None:
        """Prepare it; prices are of a Friday during its session."""
        self.provider = provider or ScriptedProvider(IN_SESSION)
        super().__init__(folder, [self.provider], Clock(time.time()))


class LiveApp(ThreadedApp):
    """The app on the adapters of live sources, which call a stand-in that lives by the same clock."""

    def __init__(self, folder: Path, *names: str, now: datetime = IN_SESSION) -> None:
        """Prepare it for some sources ("tiingo", "yahoo"), asked in this order."""
        clock = Clock(now.timestamp())
        self.stand_in = ProviderServer(now=clock)
        url = self.stand_in.url
        made: dict[str, Callable[[], PriceProvider]] = {
            "tiingo": lambda: TiingoProvider("key", url, clock=clock),
            "finnhub": lambda: FinnhubProvider("key", url, clock=clock),
            "yahoo": lambda: YahooProvider(url, clock=clock),
        }
        super().__init__(folder, [made[name]() for name in names], clock, COOLDOWN_S)

    def __enter__(self) -> Self:
        """Serve."""
        self.stand_in.start()
        return super().__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        super().__exit__(kind, error, trace)
        self.stand_in.close()
        http_client.reset()


class Gate:
    """Holds a provider's answers back until it is opened, and notes who comes: ScriptedProvider.before."""

    def __init__(self) -> None:
        """Begin open."""
        self._open = threading.Event()
        self._open.set()
        self._came = threading.Event()

    def __call__(self, _request: object) -> None:
        """Wait until the gate is open."""
        self._came.set()
        assert self._open.wait(GATE_GUARD_S), "nobody opened the gate"

    def close(self) -> None:
        """Hold whoever comes from now on."""
        self._came.clear()
        self._open.clear()

    def open(self) -> None:
        """Let all go."""
        self._open.set()

    def wait(self) -> None:
        """Wait until somebody has come."""
        assert self._came.wait(GATE_GUARD_S), "nobody came"

    @property
    def reached(self) -> bool:
        """Whether anybody has come since it was closed."""
        return self._came.is_set()
