"""The memory tier: its bounds, its choice of what stays, and that nobody changes what it holds."""

from __future__ import annotations

import importlib.util
import random
import threading
import time
from typing import TYPE_CHECKING

from benchmarks import memory_tier, ten_thousand
from benchmarks.faults.registry import NotMeasuredError, Outcome, row
from benchmarks.faults.scenes import in_file
from benchmarks.measuring import Size
from cache.memory import SegmentedLRU
from tests.kit.tables import at_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.faults.ground import Ground

_COLUMNS = ("time", "open", "high", "low", "close", "volume")


@row(
    21,
    "memory pressure",
    "process grows by ≤ budget + 15 %; hit rate ≥ LRU + 5 points on the scan trace; ≥ 0.98 of W-TinyLFU",
)
def pressure(ground: Ground) -> Outcome:
    """10,000 tickers under 64 MB in a process of its own; hit rates on three traces."""
    if importlib.util.find_spec("theine") is None:
        raise NotMeasuredError("theine, the W-TinyLFU to compare with, is not installed")
    rates = memory_tier.rates(Size(accesses=ground.count(60_000, 20_000)))
    ours, plain, tiny = (
        rates[name] for name in ("segmented LRU, hot=False", "plain LRU", "W-TinyLFU (theine)")
    )
    untold = rates["segmented LRU"]
    grown = ten_thousand.grown(ground.count(10_000, 1_000), "chandlery")
    figure = (
        f"{ground.count(10_000, 1_000):,} tickers: process grew by {grown.mb:.0f} MB under a budget of "
        f"{grown.budget_mb:.0f} MB; hit rate {ours:.3f} (not told what is a scan: {untold:.3f}), LRU "
        f"{plain:.3f}, "
        f"W-TinyLFU {tiny:.3f}"
    )
    holds = grown.mb <= 1.15 * grown.budget_mb and min(ours, untold) >= plain + 0.05
    return Outcome(figure, holds and min(ours, untold) >= 0.98 * tiny)


@row(
    22,
    "memory invariants",
    "sums right, no lost key, no read older than a finished write; 10,000 steps against a dict; 8 "
    "threads, 60 s",
)
def invariants(ground: Ground) -> Outcome:
    """Random operations beside a plain dict, then threads that write versions and read them."""
    steps, seconds = ground.count(10_000, 500), ground.count(60, 1)
    wrong = _against_a_dict(steps)
    reads, older = _stressed(seconds)
    figure = (
        f"{steps:,} random steps: {wrong} differ from the model; 8 threads for {seconds} s: {older} of "
        f"{reads:,} reads "
        "older than a write that had ended, sums right"
    )
    return Outcome(figure, wrong == older == 0 and reads > 0)


def _against_a_dict(steps: int) -> int:
    """Return how often the tier held a value that the model does not know, or broke its own sums."""
    chance, wrong = random.Random(22), 0
    memory: SegmentedLRU[int, int] = SegmentedLRU(1_000)
    model: dict[int, int] = {}
    for step in range(steps):
        key = chance.randrange(60)
        action = chance.random()
        if action < 0.45:
            held = memory.put(key, step, chance.randrange(0, 120), hot=chance.random() < 0.7)
            model[key] = step
            wrong += held != (memory.peek(key) == step)
        elif action < 0.9:
            found = memory.get(key)
            wrong += found is not None and found != model.get(key)
        elif action < 0.97:
            memory.delete(key)
            model.pop(key, None)
        else:
            odd = key % 2
            memory.delete_where(lambda k, odd=odd: k % 2 == odd)  # type: ignore[misc]
            model = {k: v for k, v in model.items() if k % 2 != odd}
        memory.check()
    return wrong


def _stressed(seconds: float) -> tuple[int, int]:
    """Return how many reads there were, and how many gave a version older than one whose write had ended."""
    memory: SegmentedLRU[int, int] = SegmentedLRU(2_000)
    finished = [0] * 32
    end = time.monotonic() + seconds
    reads, older = [0] * 8, [0] * 8
    stop = threading.Event()

    def work(number: int) -> None:
        chance, mine, version = random.Random(number), range(number * 4, number * 4 + 4), 0
        while time.monotonic() < end and not stop.is_set():
            for _ in range(50):
                if chance.random() < 0.3:
                    version, key = version + 1, chance.choice(mine)
                    memory.put(key, version, chance.randrange(20, 160))
                    finished[key] = version
                else:
                    key = chance.randrange(32)
                    least = finished[key]
                    found = memory.get(key)
                    reads[number] += 1
                    older[number] += found is not None and found < least
            memory.check()

    at_once(8, work)
    return sum(reads), sum(older)


@row(23, "mutation of a returned value", "cached copy unchanged: read-only arrays; 0 mutations")
def mutation(ground: Ground) -> Outcome:
    """Write into every column of answers out of every tier."""
    tries = refused = changed = 0
    with in_file(ground.folder()) as scene:

        def from_table() -> None:
            scene.forget()  # so that the table answers

        tiers: dict[str, Callable[[], None]] = {
            "provider": lambda: None,
            "memory": lambda: None,
            "table": from_table,
        }
        for prepare in tiers.values():
            prepare()
            candles = scene.week(0).candles
            before = [getattr(candles, name).copy() for name in _COLUMNS]
            for name in _COLUMNS:
                tries += 1
                try:
                    getattr(candles, name)[:] = 0
                except ValueError:
                    refused += 1
            again = scene.week(0).candles
            changed += any((getattr(again, n) != b).any() for n, b in zip(_COLUMNS, before, strict=True))
    figure = (
        f"{refused} of {tries} writes into columns refused, answers of {len(tiers)} tiers; {changed} changed"
    )
    return Outcome(figure, refused == tries and changed == 0)
