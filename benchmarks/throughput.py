"""Warm requests of ``/ohlc`` per second of one core, against the same endpoint written plainly.

Both behind gunicorn with the app's own settings, one process each, in turns: 13 sessions of 5-minute candles
(1,000), one of 20 spans, each asked for before. A core's second is a second of the process' own CPU time, so
that neither the clients nor other work on the machine count.
"""

from __future__ import annotations

import json
import tempfile
import time
from contextlib import ExitStack
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.faults.gunicorn import Gunicorn, get_once, load
from benchmarks.measuring import Figure, Size, of_ms, say
from benchmarks.throughput_app import FIRST

if TYPE_CHECKING:
    from collections.abc import Callable

_SPANS = 20
_CLIENTS = 4
_TARGETS = {"ours": "app:server", "plain": "benchmarks.throughput_app:server"}


def paths() -> list[str]:
    """Return the questions, each for 13 sessions or a day or two less where a holiday lies between."""
    starts = [FIRST + timedelta(days=14 * number) for number in range(_SPANS)]
    return [
        f"/api/v2/tickers/AAPL/ohlc?start_date={start}&end_date={start + timedelta(days=18)}&resolution=5"
        for start in starts
    ]


def run(size: Size) -> list[Figure]:
    """Print the throughput of each and return the figures."""
    rates: dict[str, list[float]] = {name: [] for name in _TARGETS}
    took: dict[str, list[float]] = {name: [] for name in _TARGETS}
    with ExitStack() as stack:
        servers = {}
        for name, target in _TARGETS.items():
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            servers[name] = stack.enter_context(Gunicorn(folder, 1, target=target))
        _must_agree(servers)
        for _ in range(size.rounds):
            for name, server in servers.items():
                before = _cpu_s(server)
                found = load(server.port, _for(size.seconds), _CLIENTS)
                assert set(found.statuses) == {200}, found.statuses
                rates[name].append(found.statuses[200] / (_cpu_s(server) - before))
                took[name] += found.each_ms
    for name, each in rates.items():
        middle = sorted(took[name])[len(took[name]) // 2]
        say(f"throughput: {name:6} {max(each):7.0f} requests per core second, median {of_ms(middle)}")
    ours, plain = (sorted(each)[len(each) // 2] for each in rates.values())
    what = "warm /ohlc, 1,000 candles: requests per core second, else written plainly"
    return [
        Figure(what, f"{ours:.0f}", f"{plain:.0f}", ours / plain, max(rates["ours"]) / max(rates["plain"]))
    ]


def _must_agree(servers: dict[str, Gunicorn]) -> None:
    """Ask for everything once: both give the same candles, and hold them from now on."""
    for path in paths():
        answers = [json.loads(get_once(server.port, path)[2])["candles"] for server in servers.values()]
        assert answers[0] == answers[1], path


def _for(seconds: float) -> Callable[[], str | None]:
    """Return what gives one question after the other for some seconds."""
    end, questions = time.monotonic() + seconds, cycle(paths())
    return lambda: next(questions) if time.monotonic() < end else None


def _cpu_s(server: Gunicorn) -> float:
    times = [process.cpu_times() for process in server.workers()]
    return sum(time.user + time.system for time in times)
