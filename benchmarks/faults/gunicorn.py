"""The app behind gunicorn as in production: several processes, one table; and clients that put load on it."""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

import psutil

from benchmarks.servers import HOST, free_port

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_ROOT = Path(__file__).parents[2]
_START_S = 60.0
_STOP_S = 35.0


class Gunicorn:
    """The app in some processes, on a folder of its own; a context manager."""

    def __init__(self, folder: Path, workers: int, *, target: str = "app:server", **settings: str) -> None:
        """Prepare it; settings are environment variables, and nothing else of the environment goes along.

        ``target`` is another application to serve in its place, with the same settings.
        """
        self.port = free_port()
        self._log = folder / "gunicorn.log"
        shared = folder / "metrics"
        shared.mkdir()
        self._command = (
            *(sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py"),
            *("--workers", str(workers), target),
        )
        self._environment = {
            "PATH": os.defpath,
            "DATA_DIR": str(folder),
            "PORT": str(self.port),
            "PROVIDERS": "demo",
            "WARM_AT": "off",
            "PROMETHEUS_MULTIPROC_DIR": str(shared),
        } | settings
        self._workers = workers

    def __enter__(self) -> Self:
        """Start, and wait until all workers are there and one answers."""
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own server
                self._command, cwd=_ROOT, env=self._environment, stdout=log, stderr=log
            )
        end = time.monotonic() + _START_S
        while time.monotonic() < end and self._process.poll() is None:
            if len(self.workers()) == self._workers and self._answers():
                return self
            time.sleep(0.1)
        said = self.log[-1500:]
        self.__exit__(None, None, None)
        raise RuntimeError(f"the app did not start: {said}")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def log(self) -> str:
        """Everything that it printed."""
        return self._log.read_text(errors="replace")

    def workers(self) -> list[psutil.Process]:
        """Return the processes that answer."""
        return psutil.Process(self._process.pid).children()

    def _answers(self) -> bool:
        try:
            status, _, _ = get_once(self.port, "/health")
        except OSError:
            return False
        return status == 200


@dataclass
class Client:
    """One kept connection; a GET whose kept connection was closed before any answer is sent once more.

    That is what HTTP allows and browsers do (RFC 9110, 9.2.2); ``again`` counts it.
    """

    port: int
    timeout_s: float = 30.0
    again: int = 0
    _connection: http.client.HTTPConnection | None = None

    def get(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body."""
        return self.send("GET", path)

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        """Send a request and read the whole answer."""
        kept = self._connection is not None
        try:
            return self._send(method, path, body, headers or {})
        except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
            self.close()
            if not kept or method != "GET":
                raise
            self.again += 1
            return self._send(method, path, body, headers or {})
        except (OSError, http.client.HTTPException):
            self.close()
            raise

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _send(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(HOST, self.port, timeout=self.timeout_s)
        # A body that is refused before it was all read: the answer is there, though nobody takes the rest.
        with suppress(BrokenPipeError, ConnectionResetError):
            self._connection.request(method, path, body, headers)
        response = self._connection.getresponse()
        content = response.read()
        told = {name.lower(): value for name, value in response.getheaders()}
        if told.get("connection") == "close":
            self.close()
        return response.status, told, content


def get_once(port: int, path: str) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body, by a connection of its own."""
    client = Client(port)
    try:
        return client.get(path)
    finally:
        client.close()


@dataclass
class Load:
    """What many clients got.

    Attributes:
        statuses: how often which status came; 0 is no answer.
        sources: how often which X-Cache-Source.
        each_ms: how long each took.
        again: requests sent again on a new connection.
        failures: what those without an answer ended with.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    each_ms: list[float] = field(default_factory=list)
    again: int = 0
    failures: Counter[str] = field(default_factory=Counter)


def load(port: int, next_path: Callable[[], str | None], threads: int) -> Load:
    """Ask from many threads until there is no next path."""
    found, lock = Load(), threading.Lock()

    def work() -> None:
        client, mine = Client(port), Load()
        while (path := next_path()) is not None:
            began = time.perf_counter()
            try:
                status, headers, _ = client.get(path)
            except (OSError, http.client.HTTPException) as error:
                status, headers = 0, {}
                mine.failures[type(error).__name__] += 1
            mine.each_ms.append((time.perf_counter() - began) * 1_000)
            mine.statuses[status] += 1
            mine.sources[headers.get("x-cache-source", "")] += 1
        client.close()
        with lock:
            found.statuses += mine.statuses
            found.sources += mine.sources
            found.failures += mine.failures
            found.each_ms += mine.each_ms
            found.again += client.again

    workers = [threading.Thread(target=work) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return found


def metric(port: int, name: str) -> float:
    """Return the value of a metric without labels, of all processes."""
    _, _, text = get_once(port, "/metrics")
    for line in text.decode().splitlines():
        if line.startswith(f"chandlery_{name} "):
            return float(line.split()[1])
    raise LookupError(f"/metrics has no chandlery_{name}")
