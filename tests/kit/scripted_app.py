"""The whole app over providers that the test holds, in threads of the test, on its clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

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

IN_SESSION = utc("2025-03-07 16:00")
STOP_GUARD_S = 10
COOLDOWN_S = 30.0


class _Quiet(WSGIRequestHandler):
    """Writes no line per request: a failed test shows what the app said."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class ThreadedApp:
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
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", 0, dash.server, threaded=True, request_handler=_Quiet
        )
        self._thread = threading.Thread(target=self._server.serve_forever, name="threaded-app", daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        """Serve."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self._server.shutdown()
        self._thread.join(STOP_GUARD_S)
        self._server.server_close()


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
        assert self._open.wait(STOP_GUARD_S), "nobody opened the gate"

    def close(self) -> None:
        """Hold whoever comes from now on."""
        self._came.clear()
        self._open.clear()

    def open(self) -> None:
        """Let all go."""
        self._open.set()

    def wait(self) -> None:
        """Wait until somebody has come."""
        assert self._came.wait(STOP_GUARD_S), "nobody came"

    @property
    def reached(self) -> bool:
        """Whether anybody has come since it was closed."""
        return self._came.is_set()
