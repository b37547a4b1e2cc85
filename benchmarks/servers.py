"""Servers that a benchmark needs, each a process of its own on a free port of 127.0.0.1.

Promise: whatever happens, the process that was started is ended, by its id.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import telemetry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from flask import Flask

HOST = "127.0.0.1"
_ROOT = Path(__file__).parents[1]
_DYNALITE = _ROOT / "node_modules" / ".bin" / "dynalite"
_THREADS = 4
_START_S = 60.0
_STOP_S = 10.0


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def table_servers() -> dict[str, tuple[str, ...]]:
    """Return the commands of the servers that speak DynamoDB's API and are here; a port is to be added."""
    found: dict[str, tuple[str, ...]] = {"moto": (sys.executable, "-m", "moto.server", "-H", HOST, "-p")}
    node = shutil.which("node")
    if node and _DYNALITE.exists():
        quick = ("--createTableMs", "0", "--deleteTableMs", "0", "--updateTableMs", "0")
        found["dynalite"] = (node, str(_DYNALITE), "--host", HOST, *quick, "--port")
    return found


@contextmanager
def running(command: Sequence[str], port: int) -> Iterator[None]:
    """Run a program until the block is left; it begins as soon as the program listens.

    Raises:
        RuntimeError: it ended, or did not listen within a minute.
    """
    # Nothing of the environment goes along, so that no setting of a person changes a figure.
    process = subprocess.Popen(  # noqa: S603 - the benchmarks' own commands
        command,
        cwd=_ROOT,
        env={"PATH": os.defpath},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait(process, port)
        yield
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def serve(make: Callable[[], Flask], port: str) -> None:
    """Serve an app with gunicorn's threads, as in production, until this process is told to stop."""
    from gunicorn.app.base import BaseApplication  # noqa: PLC0415 - only the process that serves needs it

    class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
        def load_config(self) -> None:
            options = {
                "bind": f"{HOST}:{port}",
                "worker_class": "gthread",
                "threads": _THREADS,
                "keepalive": 60,
            }
            for option, value in options.items():
                self.cfg.set(option, value)

        def load(self) -> Flask:
            telemetry.configure("INFO", as_json=True)
            return make()

    Server().run()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"{process.args!r} does not listen; exit code {process.poll()}")
