"""The pages of the app, without its routes, over a report that a test holds."""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from werkzeug.serving import BaseWSGIServer, make_server

import pages
from components.system_report import SystemReport
from pages.document import Document
from pages.vendored import serve_vendored
from tests.kit.house import house
from tests.kit.providers import ScriptedProvider
from tests.kit.scripted_app import IN_SESSION, STOP_GUARD_S, _Quiet
from track_record.service import TrackRecord

ASSETS = Path(__file__).parents[2] / "assets"


class SystemApp:
    """Serves the pages on a free port.

    Attributes:
        report: what the system page is told; an exception is raised instead.
        asked: how often it was.
        server: the WSGI application.
        url: what to open.
    """

    def __init__(self, folder: Path, report: SystemReport, track_record: TrackRecord | None = None) -> None:
        """Prepare a server; charts show a scripted provider's prices from an empty table in ``folder``."""
        self.report: SystemReport | Exception = report
        self.asked = 0
        dash = Document(
            __name__, use_pages=False, update_title="", title="Chandlery", assets_folder=str(ASSETS)
        )
        serve_vendored(dash.server)
        cache = house(folder, [ScriptedProvider(IN_SESSION)]).cache
        pages.register(dash, cache, listed=lambda _ticker: None, report=self._tell, track_record=track_record)
        dash.server.add_url_rule("/health", "health", lambda: {"status": "ok"})  # the browser's probe
        self.server = dash.server
        self._server: BaseWSGIServer = make_server(
            "127.0.0.1", 0, dash.server, threaded=True, request_handler=_Quiet
        )
        self._thread = threading.Thread(target=self._server.serve_forever, name="system-app", daemon=True)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"

    def _tell(self) -> SystemReport:
        self.asked += 1
        if isinstance(self.report, Exception):
            raise self.report
        return self.report

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
