"""Clocks that are wrong: between processes, after a jump, and on odd days."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from benchmarks.faults.registry import Outcome, row
from benchmarks.faults.rows_concurrency import IN_SESSION, PRESENT, query_of
from cache.query import Adjust, CandleQuery
from market.resolution import Resolution
from tests.kit.herd import RUNNING, at_once, herd, months, place
from tests.kit.house import Clock, house
from tests.kit.providers import ScriptedProvider

if TYPE_CHECKING:
    from benchmarks.faults.ground import Ground


@row(
    16,
    "clock skew ±10 min between processes, clock jump back, DST, leap day",
    "locks safe, TTL never negative, nothing fresh for ever; 0 violations",
)
def wrong_clocks(ground: Ground) -> Outcome:
    """Processes whose clocks disagree share one call; a clock that jumps back refetches what runs."""
    rounds, skews = ground.count(20, 2), (0.0, 600.0, -600.0, 300.0)
    told, robbed = [], 0
    for name, url in ground.places().items():
        with place(ground.folder(), url) as at:
            workers = at.workers(*(at.plan.with_(clock_s=skew) for skew in skews))
            calls = herd(at, workers, rounds)
            robbed += sum(answer["lock_takeovers"] for answer in at_once(workers, months(1)[0]))
        told.append(f"{name} {sum(calls)}")
    jumps = (600.0, 3_600.0, 86_400.0, 365 * 86_400.0)
    old = sum(_fresh_after_jump(ground, back_s) for back_s in jumps)
    days, bad = _odd_days(ground)
    figure = (
        f"4 processes, clocks up to 20 min apart: {robbed} locks of living holders taken over "
        f"(calls for {rounds} cold keys: {', '.join(told)}); kept as fresh after {len(jumps)} jumps "
        f"back: {old}; "
        f"{days} odd days (DST, 29 February): {bad} with a wrong bar count or a TTL in the past"
    )
    return Outcome(figure, robbed + old + bad == 0)


def _fresh_after_jump(ground: Ground, back_s: float) -> int:
    """Return 1 where the running session is not asked for again within its life and five minutes."""
    provider = ScriptedProvider(IN_SESSION)
    at = house(ground.folder(), [provider], clock=Clock(IN_SESSION.timestamp()))
    at.cache.get(query_of(RUNNING))
    at.clock.now_s -= back_s
    for _ in range(32):
        at.clock.now_s += 10
        at.cache.get(query_of(RUNNING))
    # A small jump may go unnoticed for its length; after a larger one the old block must not be believed.
    return int(len(provider.requests) < 2)


def _odd_days(ground: Ground) -> tuple[int, int]:
    """Ask for days around changes of the clock and leap days; return how many, and how many are wrong."""
    days = [
        date(year, month, day)
        for year in range(2016, 2025)
        for month, day in ((3, 8), (3, 15), (11, 1), (11, 8), (2, 28))
    ]
    days += [date(year, 2, 29) for year in (2016, 2020, 2024)]
    at = house(ground.folder(), [ScriptedProvider(PRESENT)])
    wrong = asked = 0
    for day in days:
        answer = at.cache.get(CandleQuery("AAPL", Resolution.M5, day, day, Adjust.RAW))
        asked += 1
        wrong += len(answer.candles) not in {0, 42, 78}  # closed, a half day, a whole one
        wrong += answer.expires_at is None or answer.expires_at <= at.clock.now_s
    items = at.table.query("AAPL#scripted", attributes=("ttl",))
    return asked, wrong + sum(int(item.get("ttl", 0)) < at.clock.now_s for item in items if "ttl" in item)
