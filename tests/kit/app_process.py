"""The app as a person starts it: ``python app.py`` in a process of its own, on a free port."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).parents[2]
START_GUARD_S = 60
STOP_GUARD_S = 20


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class AppProcess:
    """A running app; settings are given as environment variables, nothing else leaks in."""

    def __init__(self, data_dir: Path, *, python: Path = Path(sys.executable), **settings: str) -> None:
        """Prepare a start on ``data_dir``; ``python`` is one that has what the app needs."""
        self._python = python
        self.port = int(settings.pop("PORT", free_port()))
        self.url = f"http://127.0.0.1:{self.port}"
        self._log = data_dir / "app.log"
        data_dir.mkdir(parents=True, exist_ok=True)
        self._environment = {
            "PATH": os.defpath,
            "DATA_DIR": str(data_dir),
            "PORT": str(self.port),
            "PROVIDERS": "demo",
            "WARM_AT": "off",  # no test may depend on the time of day in New York
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Self:
        """Start and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(self._python), "app.py"], cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )
        until = time.monotonic() + START_GUARD_S
        while time.monotonic() < until:
            if self._process.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/health", timeout=1):  # noqa: S310 - our own
                    return self
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        message = f"the app did not start:\n{self.log}"
        self.stop()
        raise AssertionError(message)

    def stop(self) -> None:
        """Stop it as a person would, with SIGTERM."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_GUARD_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def restart(self) -> Self:
        """Stop and start again on the same folder."""
        self.stop()
        return self.start()

    @property
    def log(self) -> str:
        """Everything it printed."""
        return self._log.read_text(errors="replace")

    def __enter__(self) -> Self:
        """Start it."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()
