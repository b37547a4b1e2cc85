"""The track record's routes over real tables and a real cache, and what tests put into them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from adapters.demo import DemoProvider
from adapters.prices import PriceProvider
from store import Table, schemas
from tests.kit.house import NAMES, TestHouse, house
from tests.kit.track import Ticking
from tests.kit.web import web
from track_record.given import GivenTranscripts
from track_record.judging import Judge
from track_record.prices import Prices
from track_record.records import Records
from track_record.service import ChannelFinder, TrackRecord

HANDLE = "https://www.youtube.com/@chandler"


@dataclass
class RecordWeb:
    """A client and what is behind it."""

    client: FlaskClient
    records: Records
    service: TrackRecord
    parts: TestHouse

    def add(self, url: str = HANDLE, **members: Any) -> Any:
        """Add a channel; the answer as Flask's test response."""
        return self.client.post("/api/channels", json={"url": url, **members})

    def get(self, channel_id: str, rest: str = "") -> Any:
        return self.client.get(f"/api/channels/{channel_id}{rest}")

    def post(self, channel_id: str, rest: str) -> Any:
        return self.client.post(f"/api/channels/{channel_id}{rest}")


def record_web(
    folder: Path,
    *,
    finder: ChannelFinder | None = None,
    providers: Sequence[PriceProvider] = (),
    through: Callable[[Table], Table] = lambda table: table,
    **options: Any,
) -> RecordWeb:
    """Return the routes on ``folder/test.sqlite``; ``through`` puts something before the main table."""
    parts = house(folder, list(providers) or [DemoProvider()])
    tables = schemas(NAMES)
    main = through(parts.store.table(tables.track_record))
    records = Records.of(main, parts.store.table(tables.stocks), Ticking())
    given = GivenTranscripts(main, records)
    service = TrackRecord(
        records, Prices(parts.cache), finder, given=given, judge=Judge.of(records, parts.cache)
    )
    return RecordWeb(web(parts, track_record=service, **options), records, service, parts)
