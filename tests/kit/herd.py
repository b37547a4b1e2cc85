"""Real processes on one table: started, asked at once, stopped and killed; for tests and ``make faults``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

from store import DynamoStore, SqliteStore, TableSchema
from tests.kit.cache_worker import Plan
from tests.kit.tables import drop, dynamo_store, unique

HANG_GUARD_S = 60.0
_ROOT = Path(__file__).parents[2]
QUESTION = {"ticker": "AAPL", "resolution": "5", "start": "2025-02-03", "end": "2025-02-28", "adjust": "raw"}
"""A settled month: 19 sessions of 78 candles."""
RUNNING = QUESTION | {"start": "2025-03-07", "end": "2025-03-07"}
"""The session that runs: its block is provisional."""


class Worker:
    """One process with a cache (``tests.kit.cache_worker``)."""

    def __init__(self, plan: Plan) -> None:
        """Start it; it may be asked once it is ready."""
        command = [sys.executable, "-m", "tests.kit.cache_worker", plan.as_json()]
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - closed with the worker
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True, cwd=_ROOT
        )
        self._events: Queue[dict[str, Any]] = Queue()
        self._reader = Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def ask(self, question: dict[str, Any] = QUESTION, **more: Any) -> None:
        """Send an order; ``threads=100`` asks a hundred times at once."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(question | more) + "\n")
        self._process.stdin.flush()

    def next(self, *wanted: str) -> dict[str, Any]:
        """Return the next event of these kinds; others are passed over."""
        end = time.monotonic() + HANG_GUARD_S
        while True:
            try:
                event = self._events.get(timeout=max(0.01, end - time.monotonic()))
            except Empty:
                raise AssertionError(f"no {wanted} from a worker: {self._said()}") from None
            if event["event"] in wanted:
                return event
            assert event["event"] != "ended", f"a worker ended: {self._said()}"

    def answer(self) -> dict[str, Any]:
        """Return the next answer; an error fails the test."""
        event = self.next("answer", "failed")
        assert event["event"] == "answer", event
        return event

    def signal(self, number: signal.Signals) -> None:
        """Stop it, let it go on, or kill it."""
        os.kill(self.pid, number)

    def close(self) -> None:
        """End it, whatever state it is in."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.stdout.close()
        self._log.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith('{"event"'):
                self._events.put(json.loads(line))
        self._events.put({"event": "ended"})

    def _said(self) -> str:
        self._log.seek(0)
        return self._log.read()[-1500:]


class Place:
    """A table and the files that processes share."""

    def __init__(self, folder: Path, url: str = "") -> None:
        """Make an empty table in a DynamoDB-API server, or in a SQLite file of ``folder``."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.schema = TableSchema(unique("ohlc"), ttl_attribute="ttl")
        self.store: DynamoStore | SqliteStore = dynamo_store(url) if url else SqliteStore(folder / "t.sqlite")
        self.store.create([self.schema])
        self.plan = Plan(str(folder), self.schema.name, url)
        (folder / "calls").touch()
        self.price(100.0)
        self._open = ExitStack()

    def price(self, close: float) -> None:
        """Set what the provider's candles close at, from the next call on."""
        (self.folder / "price").write_text(str(close))

    def calls(self) -> list[str]:
        """Return one line for each provider call of all processes: process, ticker, first and last day."""
        return (self.folder / "calls").read_text().splitlines()

    def workers(self, *plans: Plan) -> list[Worker]:
        """Start processes and return them when all are ready."""
        workers = [Worker(plan) for plan in plans]
        for worker in workers:
            self._open.callback(worker.close)
        for worker in workers:
            worker.next("ready")
        return workers

    def locks(self, question: dict[str, Any] = QUESTION) -> Any:
        """Return the lock item of a question's first unit; None when it is free."""
        name = f"LOCK#{question['ticker']}#scripted#{question['resolution']}#{question['start'][:7]}"
        return self.store.table(self.schema).get((name, "LOCK"), consistent=True)

    def close(self) -> None:
        """End all processes and let go of the table."""
        self._open.close()
        if isinstance(self.store, DynamoStore):
            drop(self.store, [self.schema])
        self.store.close()


@contextmanager
def place(folder: Path, url: str = "") -> Iterator[Place]:
    """Lend a place, and close it in any case."""
    made = Place(folder, url)
    try:
        yield made
    finally:
        made.close()


def at_once(
    workers: Sequence[Worker], question: dict[str, Any] = QUESTION, *, threads: int = 1
) -> list[dict[str, Any]]:
    """Ask all processes at one moment, each from some threads, and return all answers."""
    for worker in workers:
        worker.ask(question, threads=threads)
    return [worker.answer() for worker in workers for _ in range(threads)]


def months(count: int) -> list[dict[str, Any]]:
    """Return questions for different settled months, so that one place serves many rounds."""
    names = [f"{2020 + number // 12}-{number % 12 + 1:02d}" for number in range(count)]
    return [QUESTION | {"start": f"{name}-05", "end": f"{name}-20"} for name in names]


def herd(at: Place, workers: Sequence[Worker], rounds: int, *, threads: int = 1) -> list[int]:
    """Have all processes ask for one cold month after another; return the provider calls of each round."""
    return [cold_round(at, workers, question, threads=threads) for question in months(rounds)]


def cold_round(at: Place, workers: Sequence[Worker], question: dict[str, Any], *, threads: int = 1) -> int:
    """Have all processes ask for one cold month; return the provider calls that it took."""
    before = len(at.calls())
    answers = at_once(workers, question, threads=threads)
    assert len({answer["candles"] for answer in answers}) == 1
    return len(at.calls()) - before


def killed_holder(at: Place, plan: Plan) -> tuple[list[dict[str, Any]], int]:
    """Kill a process while it holds the lock of a cold month; two others ask for it.

    Returns:
        What the two were answered, and how many calls they made.
    """
    holder, *others = at.workers(plan.with_(provider_s=HANG_GUARD_S), plan, plan)
    holder.ask()
    holder.next("calling")
    assert at.locks() is not None
    holder.signal(signal.SIGKILL)
    answers = at_once(others)
    return answers, len(at.calls()) - 1


def paused_holder(at: Place, plan: Plan) -> tuple[list[float], list[float]]:
    """Pause a holder beyond its lease; another takes over and writes a newer price; then it goes on.

    Args:
        at: where.
        plan: of both; the lease is short.

    Returns:
        The prices that the other one had written, and those that a new process finds at the end.
    """
    late, other = at.workers(plan, plan.with_(fenced=True))
    late.ask(RUNNING)
    late.next("calling")
    late.signal(signal.SIGSTOP)
    at.price(200.0)
    other.ask(RUNNING)
    newer = other.answer()["closes"]
    late.signal(signal.SIGCONT)
    late.answer()
    (reader,) = at.workers(plan)
    before = len(at.calls())
    reader.ask(RUNNING)
    found = reader.answer()
    assert len(at.calls()) == before, "the last one was to read the table"
    return newer, found["closes"]
