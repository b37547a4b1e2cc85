"""Several worker processes and one channel: no video is looked through twice (record-4)."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.kit.app_process import ROOT
from tests.kit.channel_worker import TABLES, ChannelPlan, open_store
from track_record.entities import AnalysisStatus, Channel, ChannelStatus, NewChannel
from track_record.records import Records

pytestmark = pytest.mark.slow
HANG_GUARD_S = 60.0


@dataclass
class Workers:
    """The processes of one test, and the channel that they are to process."""

    plan: ChannelPlan
    records: Records
    channel: Channel
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, **changes: object) -> subprocess.Popen[bytes]:
        """Start one more, and wait until it waits for the barrier."""
        plan = replace(self.plan, **changes)  # type: ignore[arg-type]
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.kit.channel_worker", plan.as_json()], cwd=ROOT
        )
        self.running.append(process)
        self.until(lambda: (process.pid, "ready") in self.notes())
        return process

    def go(self) -> None:
        """Let all begin at once."""
        (Path(self.plan.folder) / "go").touch()

    def notes(self) -> list[tuple[int, str]]:
        """Return who did what, oldest first."""
        file = Path(self.plan.folder) / "notes"
        lines = file.read_text().splitlines() if file.exists() else []
        return [(int(who), what) for _, who, what in map(str.split, lines)]

    def asked(self) -> Counter[str]:
        """Return how often each video was looked through."""
        return Counter(what for _, what in self.notes() if what != "ready")

    def done(self) -> bool:
        """Return whether the channel is done."""
        found = self.records.channels.get(self.channel.id)
        return found is not None and found.status is ChannelStatus.COMPLETED

    def until(self, reached: Callable[[], bool]) -> None:
        """Wait for something that has to come."""
        end = time.monotonic() + HANG_GUARD_S
        while not reached():
            assert time.monotonic() < end, "it did not come"
            time.sleep(0.02)


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    store = open_store(str(tmp_path))
    store.create(TABLES)
    records = Records.of(store.table(TABLES.track_record), store.table(TABLES.stocks))
    added = records.channels.add(NewChannel("@talks", "talks", "https://www.youtube.com/@talks"))
    channel = records.channels.want(added.id)
    made = Workers(ChannelPlan(str(tmp_path)), records, channel)
    yield made
    for process in made.running:
        process.kill()
        process.wait()
    store.close()


def test_of_three_workers_one_looks_through_every_video_once(workers: Workers) -> None:
    """record-4: all begin at a barrier, on one table."""
    for _ in range(3):
        workers.start()
    workers.go()
    workers.until(workers.done)
    assert workers.asked() == Counter({f"v{n}": 1 for n in range(workers.plan.videos)})
    found = workers.records.channels.get(workers.channel.id)
    assert found is not None
    assert found.processed_video_count == workers.plan.videos


def test_without_the_lease_videos_are_looked_through_twice(workers: Workers) -> None:
    """The negative twin: each leads for itself, and takes what another is at for left behind."""
    # One after the other: who begins at the very same moment finds nothing that looks left behind.
    workers.go()
    workers.start(lock="LOCK#own-0", video_s=1.0)
    workers.until(lambda: bool(workers.asked()))
    workers.start(lock="LOCK#own-1", video_s=1.0)
    workers.until(lambda: max(workers.asked().values(), default=0) > 1)


def test_of_a_worker_that_is_killed_another_goes_on(workers: Workers) -> None:
    """record-4: survives a crash; only the video that was under way is done again."""
    first, second = workers.start(), workers.start()
    workers.go()
    workers.until(lambda: sum(workers.asked().values()) >= 5)
    at_work = workers.notes()[-1][0]
    killed, other = (first, second) if first.pid == at_work else (second, first)
    killed.kill()
    killed.wait()
    workers.until(workers.done)
    by_both = Counter(what for _, what in workers.notes() if what != "ready")
    assert set(by_both) == {f"v{n}" for n in range(workers.plan.videos)}
    assert sum(by_both.values()) <= workers.plan.videos + 1
    assert any(pid == other.pid for pid, what in workers.notes() if what != "ready")
    lines = [log.message for log in workers.records.log.read(workers.channel.id)]
    assert "Processing goes on where it was left." in lines


def test_a_worker_that_was_paused_for_longer_than_the_lease_disturbs_nobody(workers: Workers) -> None:
    """It wakes while another is at its channel, its own video included, and lets go."""
    first, second = workers.start(video_s=0.3, videos=8), workers.start(video_s=0.3, videos=8)
    workers.go()
    workers.until(lambda: sum(workers.asked().values()) >= 2)
    pid, video = workers.notes()[-1]
    paused = first if first.pid == pid else second
    paused.send_signal(signal.SIGSTOP)
    workers.until(lambda: any(what == video and who != pid for who, what in workers.notes()))
    paused.send_signal(signal.SIGCONT)
    workers.until(workers.done)
    assert sum(workers.asked().values()) == 8 + 1  # the one that it was at
    videos = workers.records.videos.of_channel(workers.channel.id)
    assert {one.analysis_status for one in videos} == {AnalysisStatus.COMPLETED}
    found = workers.records.channels.get(workers.channel.id)
    assert found is not None
    assert found.processed_video_count == 8
