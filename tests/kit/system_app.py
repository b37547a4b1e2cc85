"""The pages of the app, without its routes, over a report that a test holds."""

from __future__ import annotations

from pathlib import Path

import pages
from components.system_report import SystemReport
from pages.document import Document
from pages.vendored import serve_vendored
from tests.kit.house import house
from tests.kit.providers import ScriptedProvider
from tests.kit.scripted_app import IN_SESSION
from tests.kit.served import Served
from track_record.service import TrackRecord

ASSETS = Path(__file__).parents[2] / "assets"


class SystemApp(Served):
    """Serves the pages on a free port.

    Attributes:
        report: what the system page is told; an exception is raised instead.
        asked: how often it was.
        server: the WSGI application.
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
        super().__init__(dash.server)

    def _tell(self) -> SystemReport:
        self.asked += 1
        if isinstance(self.report, Exception):
            raise self.report
        return self.report
