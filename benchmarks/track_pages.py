"""What a channel of 1,000 videos and 5,000 mentions costs to show, against mentions looked up video by video.

Records and prices are the real ones on an SQLite file; videos and mentions are made up, of the demo's stocks.
Queries are counted at the table: in a file one costs next to nothing, over a network each is a round trip.
Read units are what DynamoDB would bill for the same items: half a unit for each 4 kB of an eventually
consistent query, a whole one of a consistent one, by the items as JSON.
"""

from __future__ import annotations

import math
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from adapters.demo import DemoProvider
from benchmarks.measuring import Figure, Size, in_turns, of_ms, say
from cache.composition import candle_cache
from store import SqliteStore, TableNames, schemas
from track_record.entities import Action, NewChannel, NewMention, NewVideo
from track_record.given import GivenTranscripts
from track_record.judging import Judge
from track_record.prices import Prices
from track_record.records import Records
from track_record.service import TrackRecord

if TYPE_CHECKING:
    from store import Item, Table

MENTIONS_EACH = 5
TICKERS = ("AAPL", "IBM", "MSFT", "GOOG", "FB")
UNIT_BYTES = 4_096
MEMORY_BYTES = 64 * 1024 * 1024
FIRST = datetime(2005, 1, 3, 17, tzinfo=UTC)


@dataclass
class Counting:
    """A table that counts its queries and what they would be billed."""

    table: Table
    queries: int = 0
    units: float = 0.0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the table has
        return getattr(self.table, name)

    def query(self, *asked: Any, **options: Any) -> list[Item]:  # noqa: ANN401 - as the table takes them
        """Query, and count it."""
        found = self.table.query(*asked, **options)
        size = sum(len(orjson.dumps(item, default=str)) for item in found)
        self.queries += 1
        self.units += math.ceil(size / UNIT_BYTES or 1) * (1.0 if options.get("consistent") else 0.5)
        return found


def run(size: Size) -> list[Figure]:
    """Print what each view of the channel costs and return the figure of its timeline's queries."""
    with tempfile.TemporaryDirectory() as folder:
        return _measured(SqliteStore(Path(folder) / "pages.sqlite"), size)


def _measured(store: SqliteStore, size: Size) -> list[Figure]:
    tables = schemas(TableNames("b-ohlc", "b-users", "b-sentiments", "BenchRecord"))
    store.create(tables)
    main = Counting(store.table(tables.track_record))
    records = Records.of(main, store.table(tables.stocks))  # type: ignore[arg-type] # it has all that it is asked for
    cache = candle_cache([DemoProvider()], store.table(tables.ohlc), store.kind, memory_bytes=MEMORY_BYTES)
    given = GivenTranscripts(store.table(tables.track_record), records)
    judge = Judge.of(records, cache)
    service = TrackRecord(records, Prices(cache), None, given=given, judge=judge)
    channel_id = _filled(records, size.videos)

    def video_by_video() -> list[object]:
        videos = records.videos.of_channel(channel_id)
        return [records.videos.of_video(video.id) for video in videos]

    views = {
        "timeline": lambda: service.timeline(channel_id),
        "stocks": lambda: service.stocks(channel_id),
        "one stock": lambda: service.of_stock(channel_id, TICKERS[0]),
        "video by video": video_by_video,
    }
    assert sum(len(entry.mentions) for entry in service.timeline(channel_id)) == size.videos * MENTIONS_EACH
    times = in_turns(views, size.rounds)
    queries = {}
    for name, view in views.items():
        main.queries, main.units = 0, 0.0
        view()
        queries[name] = main.queries
        say(f"track pages: {name} {times[name]}, {main.queries} queries, {main.units:.0f} read units")
    _listed(records, main, size)
    store.close()
    ours, other = queries["timeline"], queries["video by video"]
    what = f"track pages: queries for the timeline of {size.videos:,} videos, else video by video"
    return [Figure(what, f"{ours}", f"{other:,}", other / ours)]


def _listed(records: Records, main: Counting, size: Size) -> None:
    """Print what a page of many channels costs, and the worker's look for those to be processed."""
    for number in range(size.videos // 2):
        records.channels.add(NewChannel(f"@c{number}", f"Channel {number}", "https://www.youtube.com/@c"))
    works = {"a page": lambda: records.channels.page(3, 20), "the look for work": records.channels.waiting}
    for name, work in works.items():
        took = []
        for _ in range(20 * size.rounds):
            main.queries, main.units, began = 0, 0.0, time.perf_counter()
            work()
            took.append((time.perf_counter() - began) * 1_000)
        p99 = sorted(took)[int(0.99 * len(took))]
        say(
            f"track pages: {name} of {size.videos // 2 + 1} channels p99 {of_ms(p99)}, "
            f"{main.queries} queries, {main.units:.1f} read units"
        )


def _filled(records: Records, videos: int) -> str:
    """Return the id of a channel with so many videos."""
    url = "https://www.youtube.com/@bench"
    channel = records.channels.add(NewChannel("@bench", "Bench", url))
    listed = [
        NewVideo(f"v{n}", f"Video {n}", f"https://youtu.be/v{n}", FIRST + timedelta(days=n))
        for n in range(videos)
    ]
    for video in records.videos.add(channel.id, listed):
        said = [
            NewMention(ticker, Action.BUY, context_snippet="what was said, word for word " * 4)
            for ticker in TICKERS[:MENTIONS_EACH]
        ]
        records.videos.replace_mentions(video, said)
    return channel.id
