"""What the memory tier costs, and what its two segments are good for.

The trace is people asking for blocks by a Zipf law, with a warming scan through many others in between. Hit
rates count the people's lookups only; all policies see the same accesses and have room for the same number of
blocks. W-TinyLFU is compared where the package ``theine`` is installed.
"""

from __future__ import annotations

import importlib
import importlib.util
import time
from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from benchmarks.measuring import Figure, Size, of_ms, say
from cache.memory import SegmentedLRU

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BLOCKS = 20_000
ROOM = 1_000
BLOCK_BYTES = 4_768
"""A session of 5-minute bars: 78 bars of 48 bytes, and 1 KB around them."""

Access = tuple[int, bool]
"""A block's number, and whether a person asked for it (else the scan)."""


class Key(NamedTuple):
    """As the cache's keys are."""

    ticker: str
    source: str
    resolution: str
    day: int


def trace(seed: int, requests: int = 60_000) -> Iterator[Access]:
    """Yield accesses: Zipf (exponent 0.9) over shuffled blocks, a scan after every 5,000.

    Each scan goes on where the last one ended.
    """
    scan_every, scan_length = 5_000, 2_000
    rng = np.random.default_rng(seed)
    weights = np.arange(1, BLOCKS + 1) ** -0.9
    chosen = rng.permutation(BLOCKS)[rng.choice(BLOCKS, size=requests, p=weights / weights.sum())]
    scanned = 0
    for i, block in enumerate(chosen.tolist()):
        yield block, True
        if i % scan_every == scan_every - 1:
            yield from (((scanned + k) % BLOCKS, False) for k in range(scan_length))
            scanned += scan_length


def hit_rate(accesses: Iterator[Access], access: Callable[[int, bool], bool]) -> float:
    """Return the share of people's lookups that ``access`` (which loads what it misses) called hits."""
    lookups = hits = 0
    for block, asked in accesses:
        hit = access(block, asked)
        lookups += asked
        hits += asked and hit
    return hits / lookups


def segmented(*, warming_is_told: bool) -> Callable[[int, bool], bool]:
    """Return accesses to our tier, which is or is not told that a scan is one (``hot=False``)."""
    memory: SegmentedLRU[int, str] = SegmentedLRU(ROOM * BLOCK_BYTES)

    def access(block: int, asked: bool) -> bool:  # noqa: FBT001 - the shape of an access
        hot = asked or not warming_is_told
        hit = (memory.get(block) if hot else memory.peek(block)) is not None
        if not hit:
            memory.put(block, "candles", BLOCK_BYTES, hot=hot)
        return hit

    return access


def plain_lru() -> Callable[[int, bool], bool]:
    """Return accesses to a plain LRU."""
    held: OrderedDict[int, str] = OrderedDict()

    def access(block: int, asked: bool) -> bool:  # noqa: ARG001, FBT001 - the shape of an access
        hit = block in held
        held[block] = "candles"
        held.move_to_end(block)
        if len(held) > ROOM:
            held.popitem(last=False)
        return hit

    return access


def w_tinylfu() -> Callable[[int, bool], bool]:
    """Return accesses to theine's W-TinyLFU."""
    cache = importlib.import_module("theine").Cache(ROOM)

    def access(block: int, asked: bool) -> bool:  # noqa: ARG001, FBT001 - the shape of an access
        _, hit = cache.get(block)
        if not hit:
            cache.set(block, "candles")
        return bool(hit)

    return access


def read_us(blocks: int = 252, tickers: int = 40) -> float:
    """Return microseconds of the fastest ``get_many`` of one year of sessions, with keys built anew."""
    memory: SegmentedLRU[Key, object] = SegmentedLRU(tickers * blocks * BLOCK_BYTES * 2)
    best = float("inf")
    for round_ in range(3):
        for ticker in range(tickers):
            keys = [Key(f"T{ticker}", "demo", "5", 20_000 + day) for day in range(blocks)]
            if round_ == 0:
                for key in keys:
                    memory.put(key, object(), BLOCK_BYTES)
            began = time.perf_counter()
            found = memory.get_many(keys)
            best = min(best, time.perf_counter() - began)
            assert len(found) == blocks
    return best * 1e6


def rates(size: Size) -> dict[str, float]:
    """Return the hit rate of each policy, the mean of three traces."""
    policies: dict[str, Callable[[], Callable[[int, bool], bool]]] = {
        "plain LRU": plain_lru,
        "segmented LRU": lambda: segmented(warming_is_told=False),
        "segmented LRU, hot=False": lambda: segmented(warming_is_told=True),
    }
    if importlib.util.find_spec("theine"):
        policies["W-TinyLFU (theine)"] = w_tinylfu
    means = {}
    for name, policy in policies.items():
        each = [hit_rate(trace(seed, size.accesses), policy()) for seed in (1, 2, 3)]
        means[name] = sum(each) / len(each)
    return means


def run(size: Size) -> list[Figure]:
    """Print the hit rate of each policy and return the figures."""
    found = rates(size)
    for name, rate in found.items():
        say(f"memory tier: {name:26} hit rate {rate:.3f}")
    say(f"memory tier: get_many of 252 blocks {of_ms(read_us() / 1_000)}")
    ours = found.pop("segmented LRU, hot=False")
    others = {name: rate for name, rate in found.items() if not name.startswith("segmented")}
    return [
        Figure(f"memory tier: hit rate, else {name}", f"{ours:.3f}", f"{rate:.3f}", ours / rate)
        for name, rate in others.items()
    ]
