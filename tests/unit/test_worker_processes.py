"""Real worker processes on one table: one leads, whatever happens to the others and to it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from store import DynamoStore, SqliteStore, TableSchema
from tests.kit.app_process import ROOT
from tests.kit.dynamo_servers import server
from tests.kit.tables import drop, dynamo_store, unique
from tests.kit.worker_process import WorkerPlan

pytestmark = pytest.mark.slow
HANG_GUARD_S = 30.0
LEASE_S = 1.5


@dataclass(frozen=True, slots=True)
class Note:
    """Who did what, and when (monotonic seconds)."""

    at_s: float
    pid: int
    what: str


@dataclass
class Workers:
    """The processes of one test."""

    plan: WorkerPlan
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, **changes: object) -> subprocess.Popen[bytes]:
        """Start one more and wait until it competes."""
        plan = replace(self.plan, **changes)  # type: ignore[arg-type]
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.kit.worker_process", plan.as_json()], cwd=ROOT
        )
        self.running.append(process)
        self.until(lambda: bool(self.notes("ready", process.pid)))
        return process

    def notes(self, what: str, pid: int | None = None) -> list[Note]:
        """Return what was noted so far, oldest first."""
        file = Path(self.plan.folder) / "notes"
        lines = file.read_text().splitlines() if file.exists() else []
        parts = (line.split() for line in lines)
        found = [Note(float(at), int(who), did) for at, who, did in parts]
        return [n for n in found if n.what == what and pid in {None, n.pid}]

    def leading(self) -> int:
        """Wait for a next step and return whose it is."""
        seen = len(self.notes("step"))
        self.until(lambda: len(self.notes("step")) > seen)
        return self.notes("step")[-1].pid

    def until(self, reached: Callable[[], bool]) -> None:
        """Wait for something that has to come."""
        end = time.monotonic() + HANG_GUARD_S
        while not reached():
            assert time.monotonic() < end, "it did not come"
            time.sleep(0.02)


@pytest.fixture(params=["sqlite", "dynalite"])
def workers(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workers]:
    with _place(request.param, tmp_path) as plan:
        made = Workers(plan)
        try:
            yield made
        finally:
            for process in made.running:
                process.kill()
                process.wait()


@contextmanager
def _place(kind: str, folder: Path) -> Iterator[WorkerPlan]:
    schema = TableSchema(unique("ohlc"), ttl_attribute="ttl")
    plan = WorkerPlan(str(folder), schema.name, lease_s=LEASE_S)
    if kind == "sqlite":
        store = SqliteStore(folder / "t.sqlite")
        store.create([schema])
        store.close()
        yield plan
        return
    with server(kind) as url:
        remote: DynamoStore = dynamo_store(url)
        remote.create([schema])
        yield replace(plan, url=url)
        drop(remote, [schema])
        remote.close()


def test_one_of_three_works(workers: Workers) -> None:
    """Worker: a lock item makes sure of it."""
    for _ in range(3):
        workers.start()
    workers.leading()
    time.sleep(2 * LEASE_S)
    assert len({note.pid for note in workers.notes("step")}) == 1


def test_without_the_lock_all_of_them_work(workers: Workers) -> None:
    """The negative twin: each competes for a lock of its own."""
    for number in range(2):
        workers.start(lock=f"LOCK#own{number}")
    workers.until(lambda: len({note.pid for note in workers.notes("step")}) == 2)


def test_a_killed_leader_is_replaced_and_its_work_finished(workers: Workers) -> None:
    """SIGKILL: the other takes over after the lease and does the day's work, once."""
    first, second = workers.start(steps=60), workers.start(steps=60)
    assert workers.leading() == first.pid
    killed_s = time.monotonic()
    first.kill()
    workers.until(lambda: bool(workers.notes("step", second.pid)))
    assert LEASE_S * 0.6 <= workers.notes("step", second.pid)[0].at_s - killed_s <= LEASE_S * 2 + 2
    workers.until(lambda: bool(workers.notes("finished")))
    assert [note.pid for note in workers.notes("finished")] == [second.pid]


def test_a_paused_leader_stops_when_it_wakes(workers: Workers) -> None:
    """SIGSTOP beyond the lease: of the two only the new one takes a step from then on."""
    first, second = workers.start(), workers.start()
    assert workers.leading() == first.pid
    os.kill(first.pid, signal.SIGSTOP)
    workers.until(lambda: bool(workers.notes("step", second.pid)))
    taken_over_s = workers.notes("step", second.pid)[0].at_s
    os.kill(first.pid, signal.SIGCONT)
    time.sleep(2 * LEASE_S)
    assert workers.leading() == second.pid
    assert not [note for note in workers.notes("step", first.pid) if note.at_s > taken_over_s]


def test_who_is_told_to_end_hands_over_at_once(workers: Workers) -> None:
    """SIGTERM: it ends between two steps, with exit code 0; nobody waits for its lease."""
    first, second = workers.start(lease_s=20.0), workers.start(lease_s=20.0)
    assert workers.leading() == first.pid
    first.terminate()
    assert first.wait(HANG_GUARD_S) == 0
    ended_s = time.monotonic()
    workers.until(lambda: bool(workers.notes("step", second.pid)))
    assert workers.notes("step", second.pid)[0].at_s - ended_s < 20.0 / 3 + 2


def test_what_is_done_today_is_not_done_again(workers: Workers) -> None:
    """By nobody who comes to lead afterwards."""
    first = workers.start(steps=3)
    workers.until(lambda: bool(workers.notes("finished")))
    first.terminate()
    first.wait(HANG_GUARD_S)
    workers.start(steps=3)
    time.sleep(2 * LEASE_S)
    assert len(workers.notes("step")) == 3
