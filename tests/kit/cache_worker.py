"""A process of its own with a whole cache on a shared table, told what to do over its standard input.

Started by ``tests.kit.herd``; every line in is a JSON order, every line out a JSON event. The provider writes
each call into a file that all processes share, and gives the price that a second file holds when it is asked.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import structlog

from adapters.prices import PriceRequest
from cache.breaker import Breaker
from cache.candle_cache import CandleCache
from cache.composition import candle_cache
from cache.errors import CandleError
from cache.guarded import GuardedCalls
from cache.lock_items import LockClocks
from cache.query import Adjust, CandleQuery
from cache.seams import NoLock, UnitLock
from cache.statistics import Statistics
from cache.unit_lock import LockTimes, TableLock
from market.resolution import Resolution
from store import SqliteStore, Table, TableSchema
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.tables import dynamo_store

PRESENT = "2025-03-07 16:02"
"""In the middle of a session, so that its block is provisional."""
_MEMORY_BYTES = 64 * 1024 * 1024
_saying = threading.Lock()


@dataclass(frozen=True, slots=True)
class Plan:
    """How a process is set up.

    Attributes:
        folder: where the processes share their files.
        table: name of the OHLC table.
        url: of a DynamoDB-API server; "" is SQLite in ``folder``.
        lock: False is the negative twin without a lock between processes.
        fenced: False is the negative twin whose writes take no condition.
        lease_s, wait_s, poll_s: of the lock.
        provider_s: how long a provider's call takes.
        clock_s: by how much this machine's clock is wrong.
        deadline_s: of a request.
    """

    folder: str
    table: str
    url: str = ""
    lock: bool = True
    fenced: bool = True
    lease_s: float = 8.0
    wait_s: float = 3.0
    poll_s: float = 0.05
    provider_s: float = 0.3
    clock_s: float = 0.0
    deadline_s: float = 20.0

    def with_(self, **changes: Any) -> Plan:
        """Return the plan with changes."""
        return replace(self, **changes)

    def as_json(self) -> str:
        """Return it for the command line."""
        return json.dumps(asdict(self))


class _Unfenced:
    """The table without its conditions on blocks: the negative twin of the fence."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    def put(self, item: dict[str, Any], *, when: Any = None) -> bool:
        return self._table.put(item, when=None if "data" in item else when)


def say(event: str, **facts: Any) -> None:
    """Write one event."""
    with _saying:
        sys.stdout.write(json.dumps({"event": event} | facts) + "\n")
        sys.stdout.flush()


def _provider(plan: Plan) -> ScriptedProvider:
    folder = Path(plan.folder)
    provider = ScriptedProvider(utc(PRESENT))

    def before(request: PriceRequest) -> None:
        price = float((folder / "price").read_text())
        with (folder / "calls").open("a") as calls:
            calls.write(f"{os.getpid()} {request.ticker} {request.start} {request.end}\n")
        say("calling")
        time.sleep(plan.provider_s)
        provider.close = price  # of the moment of the question

    provider.before = before
    return provider


def _lock(plan: Plan, table: Table, guard: Breaker) -> UnitLock:
    if not plan.lock:
        return NoLock()
    statistics = Statistics()
    calls = GuardedCalls(guard, statistics)
    times = LockTimes(plan.lease_s, plan.poll_s, plan.wait_s)
    clocks = LockClocks(utc=lambda: time.time() + plan.clock_s)
    return TableLock(table, calls, statistics, times, clocks)


def _cache(plan: Plan) -> CandleCache:
    # In no hurry: a busy machine must not look like a table that fails.
    store = (
        dynamo_store(plan.url) if plan.url else SqliteStore(Path(plan.folder) / "t.sqlite", busy_timeout_s=10)
    )
    table: Any = store.table(TableSchema(plan.table, ttl_attribute="ttl"))
    guard = Breaker()
    begun, present_s = time.time(), utc(PRESENT).timestamp()
    return candle_cache(
        [_provider(plan)],
        table if plan.fenced else _Unfenced(table),
        store.kind,
        memory_bytes=_MEMORY_BYTES,
        deadline_s=plan.deadline_s,
        provider_deadline_s=plan.deadline_s,
        clock=lambda: present_s + (time.time() - begun) + plan.clock_s,
        guard=guard,
        lock=_lock(plan, table, guard),
    )


def _get(cache: CandleCache, order: dict[str, Any]) -> None:
    query = CandleQuery(
        order["ticker"],
        Resolution(order["resolution"]),
        date.fromisoformat(order["start"]),
        date.fromisoformat(order["end"]),
        Adjust(order["adjust"]),
    )
    try:
        answer = cache.get(query)
    except CandleError as error:
        say("failed", error=str(error))
        return
    closes = sorted(set(answer.candles.close.tolist()))
    say(
        "answer", candles=len(answer.candles), tier=answer.tier.value, closes=closes,
        table_failed=answer.table_failed, **cache.statistics.snapshot(),
    )  # fmt: skip


def main(plan: Plan) -> None:
    """Do what is asked until the input ends."""
    # The standard output is for events alone: a line of the log in the middle of one would lose it.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    cache = _cache(plan)
    cache.listing("AAPL")  # the calendar, which takes its time, before anybody counts
    say("ready")
    for line in sys.stdin:
        order = json.loads(line)
        count = order.get("threads", 1)
        threads = [threading.Thread(target=_get, args=(cache, order)) for _ in range(count)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


if __name__ == "__main__":
    main(Plan(**json.loads(sys.argv[1])))
