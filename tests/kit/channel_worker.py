"""A worker of channels in a process of its own, that notes every transcript it asks for in a shared file.

Started by ``tests/unit/test_track_workers.py``; it begins when the file "go" is there, as all others do.
"""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.extractors import ExtractorId, ReaderHere
from adapters.transcripts import Transcript, read_transcript
from adapters.youtube_parsing import Availability, ChannelInfo, VideoInfo
from cache.breaker import Breaker
from cache.guarded import GuardedCalls
from cache.lock_items import LockClocks, LockItems
from cache.statistics import Statistics
from store import SqliteStore, TableNames, schemas
from tests.kit.track_work import NOW, Entries
from tests.kit.worker_process import note
from track_record.entities import Channel
from track_record.given import GivenTranscripts
from track_record.listing import VideoListing
from track_record.processing import Processing
from track_record.records import Records
from track_record.video_work import VideoWork
from worker.channels import ChannelJob
from worker.leader import Leader
from worker.worker import Worker

TABLES = schemas(TableNames("ohlc", "users", "sentiments", "Track"))


@dataclass(frozen=True, slots=True)
class ChannelPlan:
    """How a process is set up.

    Attributes:
        folder: where the processes share their files.
        lock: what it competes for; a name of its own is the negative twin without a lease.
        lease_s: of the leader.
        videos, video_s: how many there are, and how long each takes.
    """

    folder: str
    lock: str = "LOCK#worker"
    lease_s: float = 1.5
    videos: int = 30
    video_s: float = 0.05

    def as_json(self) -> str:
        """Return it for the command line."""
        return json.dumps(asdict(self))


def open_store(folder: str) -> SqliteStore:
    """Return the store that all share."""
    return SqliteStore(Path(folder) / "t.sqlite", busy_timeout_s=10.0)


class Slow:
    """A feed whose transcripts take a while, and are noted."""

    def __init__(self, plan: ChannelPlan) -> None:
        self._plan = plan

    def info(self, channel: Channel) -> ChannelInfo:
        return ChannelInfo(channel.youtube_channel_id, channel.name, "", "")

    def videos(self, info: ChannelInfo, since: datetime) -> Iterator[list[VideoInfo]]:
        del info, since
        count = self._plan.videos
        yield [
            VideoInfo(f"v{n}", f"Talk {n}", NOW - timedelta(days=n), None, Availability.PUBLIC)
            for n in range(count)
        ]

    def url_of(self, youtube_video_id: str) -> str:
        return youtube_video_id

    def transcript(self, youtube_video_id: str) -> Transcript:
        note(self._plan.folder, youtube_video_id)
        time.sleep(self._plan.video_s)
        return read_transcript("Nothing is said of any company.")


class Silent:
    """An extractor that finds nothing."""

    identity = ExtractorId("silent", "", "1")

    def claims(self, video: object, go_on: object) -> Sequence[Any]:
        del video, go_on
        return ()


def main() -> None:
    """Work until SIGTERM."""
    plan = ChannelPlan(**json.loads(sys.argv[1]))
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    store = open_store(plan.folder)
    main_table = store.table(TABLES.track_record)
    records = Records.of(main_table, store.table(TABLES.stocks))
    stocks: Any = None  # of nothing that is said
    work = VideoWork(
        records,
        GivenTranscripts(main_table, records),
        lambda: ReaderHere(Silent(), stocks),
        lambda: stocks,
        Entries(),
    )
    processing = Processing(records, VideoListing(records, lambda: NOW), work, lambda _: Slow(plan))
    calls, clocks = GuardedCalls(Breaker(), Statistics()), LockClocks()
    leader = Leader(LockItems(store.table(TABLES.ohlc), calls, clocks), clocks, plan.lock, plan.lease_s)
    note(plan.folder, "ready")
    while not (Path(plan.folder) / "go").exists():
        time.sleep(0.005)
    Worker(leader, None, ChannelJob(leader, records.channels, lambda: processing, poll_s=0.1)).run(stop)
    store.close()


if __name__ == "__main__":
    main()
