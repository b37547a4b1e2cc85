"""Serving one house with gunicorn from ``python app.py``: one process with the worker of production."""

from __future__ import annotations

import errno
import runpy
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

if TYPE_CHECKING:
    from app import House

_LOCAL = {"workers": 1, "max_requests": 0, "graceful_timeout": 5, "loglevel": "warning"}
"""What a person's own machine does differently from gunicorn.conf.py."""


class Log(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn's own lines go through the one handler of this process, in the one form (telemetry)."""

    def _set_handler(self, log: Any, output: str | None, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - gunicorn's
        if output == "-" and log is self.error_log:
            log.propagate = True
        else:  # a person has asked for a file, or for the access log
            super()._set_handler(log, output, *arguments, **named)


class _Local(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn around an application that is already built."""

    def __init__(self, house: House) -> None:
        self._house = house
        super().__init__()

    def load_config(self) -> None:
        production = runpy.run_path(str(Path(__file__).with_name("gunicorn.conf.py")))
        options = {name: value for name, value in production.items() if name in self.cfg.settings}
        for name, value in (options | _LOCAL).items():
            self.cfg.set(name, value)

    def load(self) -> Any:  # noqa: ANN401 - a WSGI callable
        return self._house.server


def serve(house: House) -> int:
    """Serve until stopped; return an exit code."""
    settings = house.settings
    problem = _port_problem(settings.host, settings.port)
    if problem:
        sys.stderr.write(f"{problem}\n")
        return 2
    sys.stdout.write(f"{house.line}\n")
    sys.stdout.flush()
    house.store.close()  # connections are opened again by the worker, after the fork
    _Local(house).run()
    return 0


def _port_problem(host: str, port: int) -> str:
    """Say why the address cannot be listened on, or "" when it can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                free = port + 1 if port < 65_535 else port - 1  # noqa: PLR2004 - the last port
                return f"PORT: {port} is taken by another program. Example: make run PORT={free}."
            return f"HOST: cannot listen on {host}:{port} ({error.strerror}). Example: HOST=127.0.0.1."
    return ""
