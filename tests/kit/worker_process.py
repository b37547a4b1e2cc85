"""A worker in a process of its own, whose job notes every step in a file that all processes share.

Started by ``tests/unit/test_worker_processes.py``. A line is ``seconds process what``; the seconds are of the
machine's monotonic clock, the same for every process.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import time as time_of_day
from pathlib import Path

from cache.breaker import Breaker
from cache.guarded import GuardedCalls
from cache.lock_items import LockClocks, LockItems
from cache.statistics import Statistics
from cache.warming import Outcome, Step
from market.resolution import Resolution
from store import SqliteStore, TableSchema
from tests.kit.providers import utc
from tests.kit.tables import dynamo_store
from worker.done_marks import DoneMarks
from worker.leader import Leader
from worker.schedule import Daily
from worker.worker import WarmingJob, Worker

NOW = "2025-03-07 14:00"
"""Nine o'clock in New York, on a Friday, for every worker at every moment."""


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """How a process is set up.

    Attributes:
        folder: where the processes share their files.
        table: name of the OHLC table.
        url: of a DynamoDB-API server; "" is SQLite in ``folder``.
        lock: what it competes for; a name of its own is the negative twin without a lock.
        lease_s: of the leader.
        steps, step_s: how many steps the job has, and how long each takes.
    """

    folder: str
    table: str
    url: str = ""
    lock: str = "LOCK#worker"
    lease_s: float = 1.5
    steps: int = 1_000
    step_s: float = 0.05

    def as_json(self) -> str:
        """Return it for the command line."""
        return json.dumps(asdict(self))


def main() -> None:
    """Work until SIGTERM."""
    plan = WorkerPlan(**json.loads(sys.argv[1]))
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    store = dynamo_store(plan.url) if plan.url else SqliteStore(Path(plan.folder) / "t.sqlite")
    table = store.table(TableSchema(plan.table, ttl_attribute="ttl"))
    calls, clocks = GuardedCalls(Breaker(), Statistics()), LockClocks()
    leader = Leader(LockItems(table, calls, clocks), clocks, plan.lock, plan.lease_s)
    job = WarmingJob(
        leader,
        DoneMarks(table, calls, "warm", clocks.utc),
        _Steps(plan),
        ("AAPL",),
        Daily(time_of_day(9)),
        now=lambda: utc(NOW),
    )
    note(plan.folder, "ready")
    Worker(leader, job).run(stop)
    store.close()


def note(folder: str, what: str) -> None:
    """Append a line; one write, so that lines of several processes never mix."""
    with (Path(folder) / "notes").open("a") as notes:
        notes.write(f"{time.monotonic():.4f} {os.getpid()} {what}\n")


class _Steps:
    def __init__(self, plan: WorkerPlan) -> None:
        self._plan = plan

    def run(self, tickers: Sequence[str], cancelled: Callable[[float], bool]) -> Iterator[Step]:
        for number in range(self._plan.steps):
            if cancelled(0):
                return
            note(self._plan.folder, "step")
            time.sleep(self._plan.step_s)
            yield Step(number + 1, self._plan.steps, tickers[0], Resolution.DAY, Outcome.FETCHED)
        note(self._plan.folder, "finished")


if __name__ == "__main__":
    main()
