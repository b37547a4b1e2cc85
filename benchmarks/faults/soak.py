"""The soak: the app in two processes for minutes, with a table and clients on bad networks.

Every few seconds another fault: the table's network slow, silent or gone, the clients' connections reset, a
process paused for a second. Between faults all is well for as long. What the processes take is looked at once
a second; at the end everything is left alone until what was under way has ended.

A request may go without an answer where a fault cuts its connection, and nowhere else (``unexplained``).
"""

from __future__ import annotations

import http.client
import random
import signal
import threading
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import numpy as np
import psutil

from benchmarks.faults.gunicorn import Client, Gunicorn, metric
from benchmarks.servers import HOST
from tests.kit.flaky_proxy import FlakyProxy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CLIENTS = 8
_MOST_CLIENTS = 48
"""Three for each thread of one process."""
_PAUSE_S = 0.01
_FAULT_S = 4.0
_REST_S = 12.0
_MB = 1024 * 1024
_WARM_S = 20.0


@dataclass(frozen=True, slots=True)
class Taken:
    """What all processes of the app take together."""

    mb: float
    files: int
    threads: int


@dataclass(frozen=True, slots=True)
class Soaked:
    """What a soak found.

    Attributes:
        requests, errors: sent; answered with 5xx.
        cut, unexplained: without an answer, because the clients' connections were cut meanwhile; for no such
            reason.
        faults: how many were made.
        slope_mb: growth by the low points of memory after the first third, MB in 10 min.
        before, after: at rest.
        flights, locks, late: of all processes, at the end.
    """

    requests: int
    errors: int
    cut: int
    unexplained: int
    faults: int
    slope_mb: float
    before: Taken
    after: Taken
    flights: float
    locks: float
    late: float


@dataclass
class _Seen:
    """What was looked at while faults were made.

    Attributes:
        memory: seconds since the beginning and MB of all processes, once a second.
        cuts: when the clients' connections were cut, from and until, by ``time.monotonic``.
        faults: how many were made, those too.
    """

    memory: list[tuple[float, float]] = field(default_factory=list)
    cuts: list[tuple[float, float]] = field(default_factory=list)
    faults: int = 0


class _Clients:
    """Threads that ask at random until they are told to end.

    Attributes:
        unanswered: when those without an answer began and ended, by ``time.monotonic``.
    """

    def __init__(self, port: int, count: int = _CLIENTS) -> None:
        self._port = port
        self._end = threading.Event()
        self._lock = threading.Lock()
        self.requests = self.errors = 0
        self.unanswered: list[tuple[float, float]] = []
        self._threads = [threading.Thread(target=self._work, args=(n,)) for n in range(count)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _work(self, number: int) -> None:
        chance, client = random.Random(number), Client(self._port, timeout_s=10.0)
        while not self._end.is_set():
            status, began = 0, time.monotonic()
            with suppress(OSError, http.client.HTTPException):
                status, _, _ = client.get(_path(chance))
            with self._lock:
                self.requests += 1
                self.errors += status >= 500
                if not status:
                    self.unanswered.append((began, time.monotonic()))
            time.sleep(_PAUSE_S)
        client.close()


def run(folder: Path, table_port: int, minutes: float) -> Soaked:
    """Soak for some minutes; the table is a server that speaks DynamoDB's API."""
    with FlakyProxy(table_port) as table_network:
        settings = {"STORE": "dynamodb", "DYNAMODB_ENDPOINT": f"http://{HOST}:{table_network.port}"}
        # Half a budget's worth of what is asked for, so that memory is full and turns over.
        with (
            Gunicorn(folder, 2, MEMORY_BUDGET_MB="16", **settings) as app,
            FlakyProxy(app.port) as client_network,
        ):
            _fill_pools(app, min(_WARM_S, minutes * 15))
            _rest(minutes)
            before = _taken(app)
            with _Clients(client_network.port) as clients:
                seen = _faults(app, table_network, client_network, minutes * 60)
            _rest(minutes)
            after = _settled(app, before)
            left = [metric(app.port, name) for name in ("flights", "locks", "late_writes_waiting")]
    cut = sum(any(meet(request, cut) for cut in seen.cuts) for request in clients.unanswered)
    lost = (cut, len(clients.unanswered) - cut)
    slope = _slope(seen.memory)
    return Soaked(clients.requests, clients.errors, *lost, seen.faults, slope, before, after, *left)


def _fill_pools(app: Gunicorn, seconds: float) -> None:
    """Have every thread of every pool begin before any is counted: under load together, then each alone."""
    with _Clients(app.port, _MOST_CLIENTS):
        time.sleep(seconds)
    for worker in app.workers():
        with ExitStack() as others:
            for other in app.workers():
                if other != worker:
                    others.enter_context(_paused(other))
            with _Clients(app.port, _MOST_CLIENTS):
                time.sleep(seconds / 5)


def _faults(app: Gunicorn, table: FlakyProxy, clients: FlakyProxy, seconds: float) -> _Seen:
    """Make one fault after the other, and look at the processes once a second."""
    chance, seen, began = random.Random(32), _Seen(), time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        seen.memory.append((passed, _taken(app).mb))
        phase = int(passed / _FAULT_S)
        if phase % 2 == 0:
            table.become()
        elif seen.faults * 2 < phase:
            seen.faults += 1
            match chance.randrange(5):
                case 0:
                    table.become("offline")
                case 1:
                    table.become("stall")
                case 2:
                    table.become(latency_s=0.3)
                case 3:
                    cut = time.monotonic()
                    clients.become("offline")
                    clients.become()
                    seen.cuts.append((cut, time.monotonic()))
                case _:
                    with _paused(chance.choice(app.workers())):
                        time.sleep(1.0)
        time.sleep(1.0)
    table.become()
    return seen


def meet(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Return whether two spans of time share a moment."""
    return one[0] <= other[1] and other[0] <= one[1]


@contextmanager
def _paused(process: psutil.Process) -> Iterator[None]:
    process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGCONT)


def _rest(minutes: float) -> None:
    # Kept connections are closed by then, and retries are over.
    time.sleep(min(_REST_S, minutes * 15) + 6)


def _settled(app: Gunicorn, before: Taken) -> Taken:
    """Return what is taken once it is no more than before, or after half a minute."""
    end = time.monotonic() + 30
    while (now := _taken(app)) and time.monotonic() < end:
        if now.files <= before.files and now.threads <= before.threads:
            break
        time.sleep(1.0)
    return now


def _taken(app: Gunicorn) -> Taken:
    mb, files, threads = 0.0, 0, 0
    for process in app.workers():
        with suppress(psutil.NoSuchProcess):
            mb += process.memory_info().rss / _MB
            files += process.num_fds()
            threads += process.num_threads()
    return Taken(mb, files, threads)


def _slope(samples: list[tuple[float, float]]) -> float:
    """Return MB in 10 min, by the lowest of each tenth of what follows the first third."""
    late = samples[len(samples) // 3 :]
    parts = [part for part in np.array_split(np.array(late), 10) if len(part)]
    lows = [part[part[:, 1].argmin()] for part in parts]
    if len(lows) < 2:
        return 0.0
    seconds, mb = np.array(lows).T
    return float(np.polyfit(seconds, mb, 1)[0]) * 600


def _path(chance: random.Random) -> str:
    month, first = chance.randrange(1, 13), chance.randrange(1, 20)
    year = chance.choice((2010, 2011, 2012))
    resolution = chance.choice(("5", "5", "1", "D"))
    span = f"start_date={year}-{month:02d}-{first:02d}&end_date={year}-{month:02d}-{first + 8:02d}"
    return f"/api/v2/tickers/{chance.choice(('AAPL', 'MSFT'))}/ohlc?{span}&resolution={resolution}"
