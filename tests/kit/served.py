"""A WSGI application in a thread of the test, on a free port of this machine."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import TYPE_CHECKING, Self

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from flask import Flask

_STOP_GUARD_S = 10


class _Quiet(WSGIRequestHandler):
    """Writes no line per request: a failed test shows what the app said."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class Served:
    """Serves an application while a ``with`` block lasts.

    Attributes:
        port: on the loopback.
        url: what to open.
    """

    def __init__(self, server: Flask) -> None:
        """Take a free port; nobody is answered yet."""
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", 0, server, threaded=True, request_handler=_Quiet
        )
        self._thread = threading.Thread(target=self._server.serve_forever, name="served-app", daemon=True)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        """Serve."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self._server.shutdown()
        self._thread.join(_STOP_GUARD_S)
        self._server.server_close()
