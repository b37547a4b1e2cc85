"""A recorded history of one key: threads and processes write newer and newer versions and read them back.

Started as a process by itself too (``python -m tests.kit.history``), so that real processes share a table.
All times are those of the machine's monotonic clock, which its processes share.
"""

from __future__ import annotations

import fcntl
import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import structlog

from cache.blocks import Block, block_keys, period
from cache.memory import SegmentedLRU
from cache.statistics import Statistics
from cache.table_tier import TableTier
from cache.tiers import Tiers
from market.calendars import sessions_for
from market.candles import Candles
from market.resolution import Resolution
from store import SqliteStore, Table, TableSchema
from tests.kit.cache_worker import _Unfenced
from tests.kit.tables import at_once, dynamo_store

DAY = date(2025, 3, 7)
FETCHED_S = 1_741_363_000
"""When version 0 was fetched; each version is a millisecond newer."""
LATEST_S = 0.004
"""How long a writer may sit on what it has fetched: the network, a pause of the process."""
_ROOT = Path(__file__).parents[2]
_SESSIONS = sessions_for("AAPL")
_KEY = block_keys("AAPL", "history", Resolution.M5, _SESSIONS, DAY, DAY)[0]


@dataclass(frozen=True, slots=True)
class Step:
    """A call that has ended: when, and with which version; of a write, the one that was given to it."""

    start_s: float
    end_s: float
    kind: Literal["read", "write"]
    version: int
    who: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What one process does.

    Attributes:
        folder: holds the counter of versions and, where there is no ``url``, the SQLite file.
        table: its name.
        url: of a DynamoDB-API server.
        fenced: False is the negative twin, whose writes take no condition.
        steps: of each thread.
        threads: that start together.
        seed: of what they do.
    """

    folder: str
    table: str
    url: str = ""
    fenced: bool = True
    steps: int = 40
    threads: int = 3
    seed: int = 0


class Register(Protocol):
    """Something that holds one version."""

    def write(self, version: int) -> bool:
        """Offer a version; False where it is not known what became of it."""

    def read(self) -> int | None:
        """Return the version that is held, None where there is none or it could not be read."""


class InTable:
    """The running session's block in a table, through the table tier."""

    def __init__(self, table: Table, kind: str) -> None:
        self._tier = TableTier(table, kind, Statistics())

    def write(self, version: int) -> bool:
        return self._tier.write([block(version)], _SESSIONS, "")

    def read(self) -> int | None:
        found, _ = self._tier.read([[_KEY]], _SESSIONS, "", consistent=True)
        return version_of(found[_KEY]) if _KEY in found else None


class InMemory:
    """The same block in the memory of one process."""

    def __init__(self, *, compares: bool = True) -> None:
        memory: Any = SegmentedLRU(1_000_000)
        unused: Any = None
        self._tiers = Tiers(memory, SegmentedLRU(1_000), unused, Statistics())
        self._compares = compares

    def write(self, version: int) -> bool:
        new = block(version)
        if self._compares:
            self._tiers.keep(new)
        else:
            self._tiers.memory.put(new.key, new, new.nbytes)
        return True

    def read(self) -> int | None:
        held = self._tiers.memory.get(_KEY)
        return None if held is None else version_of(held)


def block(version: int) -> Block:
    """Return what a source says of a running session at a version: nothing in it is final."""
    start, _ = period(_KEY, _SESSIONS)
    price = np.full(1, float(version + 1))
    candles = Candles(np.full(1, start), price, price, price, price, np.full(1, version))
    return Block(_KEY, candles, FETCHED_S + version / 1000, start)


def version_of(held: Block) -> int:
    """Return the version of a block, whose parts must all be of the same one."""
    version = round((held.fetched_at - FETCHED_S) * 1000)
    prices = {float(column[0]) for column in (held.candles.open, held.candles.high, held.candles.close)}
    assert (prices, int(held.candles.volume[0])) == ({version + 1.0}, version), "a torn read"
    return version


def next_version(folder: Path) -> int:
    """Return a version that nobody had before, in any process: what a source would answer by now."""
    with (folder / "versions").open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        version = int(file.read() or 0)
        file.truncate(0)
        file.write(str(version + 1))
    return version


def record(register: Register, folder: Path, *, threads: int, steps: int, seed: int = 0) -> list[Step]:
    """Have threads write and read at once, and return all they have seen."""
    told: list[Step] = []
    telling = threading.Lock()

    def run(number: int) -> None:
        chance = random.Random(seed * 1000 + number)
        for _ in range(steps):
            step = _step(register, folder, chance, f"{seed}.{number}")
            if step is not None:
                with telling:
                    told.append(step)

    at_once(threads, run)
    return told


def _step(register: Register, folder: Path, chance: random.Random, who: str) -> Step | None:
    if chance.random() < 0.5:
        version = next_version(folder)
        time.sleep(chance.random() * LATEST_S)  # it comes later than another one's newer version, or not
        start_s = time.monotonic()
        return Step(start_s, time.monotonic(), "write", version, who) if register.write(version) else None
    start_s = time.monotonic()
    seen = register.read()
    return None if seen is None else Step(start_s, time.monotonic(), "read", seen, who)


def gone_back(history: Sequence[Step]) -> list[tuple[Step, Step]]:
    """Return the reads that tell an older version than a call that had ended before they began.

    Each comes with such a call.
    """
    ended = sorted(history, key=lambda step: step.end_s)
    wrong: list[tuple[Step, Step]] = []
    newest: Step | None = None
    position = 0
    for read in sorted((step for step in history if step.kind == "read"), key=lambda step: step.start_s):
        while position < len(ended) and ended[position].end_s < read.start_s:
            if newest is None or ended[position].version > newest.version:
                newest = ended[position]
            position += 1
        if newest is not None and read.version < newest.version:
            wrong.append((newest, read))
    return wrong


def of_processes(plans: Sequence[Plan]) -> list[Step]:
    """Run a process for each plan, all at once, and return their common history."""
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.kit.history", json.dumps(asdict(plan))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=_ROOT,
        )
        for plan in plans
    ]
    try:
        for process in running:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        told = [process.communicate(timeout=60)[0] for process in _all_started(running)]
    finally:
        for process in running:
            process.kill()
            process.wait()
    return [Step(**step) for text in told for step in json.loads(text)]


def _all_started(running: Sequence[subprocess.Popen[str]]) -> Sequence[subprocess.Popen[str]]:
    for process in running:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return running


def main(plan: Plan) -> None:
    """Take part in a history and write it to the standard output."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    folder = Path(plan.folder)
    store: Any = dynamo_store(plan.url) if plan.url else SqliteStore(folder / "t.sqlite", busy_timeout_s=10)
    table: Any = store.table(TableSchema(plan.table, ttl_attribute="ttl"))
    register = InTable(table if plan.fenced else _Unfenced(table), store.kind)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    history = record(register, folder, threads=plan.threads, steps=plan.steps, seed=plan.seed)
    sys.stdout.write(json.dumps([asdict(step) for step in history]))


if __name__ == "__main__":
    main(Plan(**json.loads(sys.argv[1])))
