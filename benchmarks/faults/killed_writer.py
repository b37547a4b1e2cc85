"""A process that writes blocks until it is killed at a random moment, and what the table holds then.

Children are forked from one process that has everything imported, so that a kill point costs milliseconds.
Run as ``python -m benchmarks.faults.killed_writer PLAN POINTS``; it prints what it found as JSON.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from adapters.prices import PriceRequest
from cache.blocks import Block, block_keys, period
from cache.statistics import Statistics
from cache.table_tier import TableTier
from market.calendars import sessions_for
from market.resolution import Resolution
from store import SqliteStore, TableSchema
from tests.kit.cache_worker import Plan
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.tables import dynamo_store

if TYPE_CHECKING:
    from collections.abc import Sequence

TICKER = "AAPL"
_SPAN = date(2024, 10, 1), date(2024, 12, 31)
_ROOT = Path(__file__).parents[2]
_CLOSES = (100.0, 200.0)


@dataclass(frozen=True, slots=True)
class Found:
    """What kill points left.

    Attributes:
        points: how many there were.
        partial: blocks that were damaged, or neither of what was written.
        between: points at which some blocks were of one version or absent, and others not.
        changed: points after which the table held something else than after the one before.
    """

    points: int
    partial: int
    between: int
    changed: int


def kill_often(plan: Plan, points: int) -> Found:
    """Have a process of its own kill writers, and return what it found."""
    command = [sys.executable, "-m", __name__, plan.as_json(), str(points)]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False, timeout=600)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"the writers' parent failed: {done.stderr[-500:]}")
    return Found(**json.loads(done.stdout.splitlines()[-1]))


def versions() -> tuple[list[Block], list[Block]]:
    """Return the same sessions at two prices, the second fetched later."""
    sessions = sessions_for(TICKER)
    keys = block_keys(TICKER, "scripted", Resolution.M5, sessions, *_SPAN)
    made: list[list[Block]] = []
    for number, close in enumerate(_CLOSES):
        provider = ScriptedProvider(utc("2025-03-07 22:00"), close=close)
        candles = provider.candles(PriceRequest(TICKER, Resolution.M5, *_SPAN)).candles
        spans = [period(key, sessions) for key in keys]
        made.append(
            [
                Block(key, candles.between(*span), 1_741_384_800.0 + number, span[1])
                for key, span in zip(keys, spans, strict=True)
            ]
        )
    return made[0], made[1]


def _table(plan: Plan) -> tuple[Any, TableTier, Statistics]:
    folder = Path(plan.folder)
    store = dynamo_store(plan.url) if plan.url else SqliteStore(folder / "t.sqlite", busy_timeout_s=10)
    statistics = Statistics()
    tier = TableTier(store.table(TableSchema(plan.table, ttl_attribute="ttl")), store.kind, statistics)
    return store, tier, statistics


def _write_for_ever(plan: Plan, made: Sequence[list[Block]]) -> None:
    _, tier, _ = _table(plan)
    sessions = sessions_for(TICKER)
    while True:
        for blocks in made:
            tier.write(blocks, sessions, "")


def _killed_after(delay_s: float, plan: Plan, made: Sequence[list[Block]]) -> None:
    child = os.fork()
    if child == 0:
        try:
            _write_for_ever(plan, made)
        finally:
            os._exit(1)
    time.sleep(delay_s)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _look(plan: Plan, made: Sequence[list[Block]]) -> tuple[int, list[float]]:
    """Return how many blocks are wrong, and the price of each, 0 where it is absent."""
    store, tier, statistics = _table(plan)
    keys = [block.key for block in made[0]]
    found, answered = tier.read([keys], sessions_for(TICKER), "", consistent=True)
    store.close()
    if not answered:
        raise RuntimeError("the table does not answer")
    closes = [float(found[key].candles.close[0]) if key in found else 0.0 for key in keys]
    wrong = statistics.snapshot()["corrupt_blocks"]
    for old, new in zip(*made, strict=True):
        block = found.get(old.key)
        wrong += block is not None and not any(_same(block, written) for written in (old, new))
    return wrong, closes


def _same(block: Block, written: Block) -> bool:
    ours, theirs = block.candles, written.candles
    columns = ("time", "open", "high", "low", "close", "volume")
    return all(np.array_equal(getattr(ours, name), getattr(theirs, name)) for name in columns)


def main(plan: Plan, points: int) -> Found:
    """Kill writers at random moments and look at the table after each."""
    moments, made = random.Random(1), versions()
    if plan.url:
        _table(plan)[0].client.get()  # boto3 is imported once, before the forks
    partial = between = changed = 0
    before: list[float] = []
    for _ in range(points):
        # Long enough for the first blocks on a busy machine, and somewhere within the versions that follow.
        _killed_after(moments.uniform(0.005, 0.3 if plan.url else 0.12), plan, made)
        wrong, closes = _look(plan, made)
        partial, between, changed = (
            partial + wrong,
            between + (len(set(closes)) > 1),
            changed + (closes != before),
        )
        before = closes
    return Found(points, partial, between, changed)


if __name__ == "__main__":
    print(json.dumps(asdict(main(Plan(**json.loads(sys.argv[1])), int(sys.argv[2])))))
