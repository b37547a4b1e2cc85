"""The table is down, slow, throttled or flapping."""

from __future__ import annotations

import itertools
import random
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from adapters.prices import PriceRequest
from benchmarks.faults.measures import Stopwatch
from benchmarks.faults.registry import Outcome, row
from benchmarks.faults.scenes import in_file, on_server, week
from benchmarks.servers import free_port
from cache.breaker import FAILURES, OPEN_S, REOPENED_S, State
from cache.guarded import GuardedCalls
from cache.late_writes import LateWrites
from cache.seams import OpenGuard
from cache.statistics import Statistics
from cache.table_tier import TableTier
from market.calendars import sessions_for
from market.resolution import Resolution
from store import TableSchema, UnprocessedItemsError
from tests.kit.tables import Pauses, Unprocessed, drop, dynamo_store, unique
from tests.unit.test_cache_table_tier import blocks_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.faults.ground import Ground
    from benchmarks.faults.scenes import Scene
    from cache.seams import TableGuard

_BATCHES = 3
"""In which 60 items are sent."""
_DRAIN_S = 30.0
_ONE_NEW_IN = 20
"""One of so many warm questions is for something that memory does not have."""


@row(
    9,
    "DynamoDB down (refused)",
    "memory and provider go on; 3 failed calls, then 0 for 60 s ± 1 s, then one probe; p99 rise ≤ 20 ms",
)
def refused(ground: Ground) -> Outcome:
    """Nobody listens on the port; the breaker's clock is moved by hand."""
    questions = ground.count(40, 5)
    with on_server(ground.server_port, proxied=True) as up:
        usual = _cold_times(up, questions)
    with on_server(free_port(), proxied=False) as down:
        answered = len(down.week(0).candles) > 0
        first = len(down.table.calls)
        times = _cold_times(down, questions, first=1)
        down.monotonic.now_s += OPEN_S - 1
        answered &= len(down.week(questions + 2).candles) > 0
        silent = len(down.table.calls) - first
        down.monotonic.now_s += 2
        answered &= len(down.week(questions + 3).candles) > 0
        probes = len(down.table.calls) - first - silent
    rise = times.p99_ms - usual.p99_ms
    figure = (
        f"{first} failed calls, then {silent} for 59 s, then {probes} probe; every question answered: "
        f"{'yes' if answered else 'no'}; p99 of a cold question {times.p99_ms:.0f} ms, "
        f"with the table {usual.p99_ms:.0f} ms"
    )
    holds = answered and (first, silent, probes) == (FAILURES, 0, 1) and rise <= 20
    return Outcome(figure, holds)


def _cold_times(scene: Scene, count: int, *, first: int = 0) -> Stopwatch:
    watch = Stopwatch()
    for number in range(first, first + count):
        watch.time(lambda n=number: scene.week(n))
    return watch


@row(
    10,
    "DynamoDB black-holed or slow (300 ms to 5 s)",
    "first 3 calls ≤ 350 ms each, then 0; request p99 ≤ 500 ms with memory warm",
)
def black_holed(ground: Ground) -> Outcome:
    """A proxy lets no byte through, or each only after a while; the negative twin has no breaker."""
    requests, told, holds = ground.count(1_000, 60), [], True
    faults: dict[str, Callable[[Scene], None]] = {
        "black hole": lambda scene: _proxy(scene).become("stall"),
        "300 ms": lambda scene: _proxy(scene).become(latency_s=0.3),
        "5 s": lambda scene: _proxy(scene).become(latency_s=5.0),
    }
    for name, fault in faults.items():
        calls, watch = warm_requests(ground, fault, requests)
        told.append(
            f"{name}: {len(calls.each_ms)} calls, longest {calls.longest_ms:.0f} ms, request p99 "
            f"{watch.p99_ms:.1f} ms, longest {watch.longest_ms:.0f} ms"
        )
        holds &= len(calls.each_ms) == FAILURES and calls.longest_ms <= 350 and watch.p99_ms <= 500
    calls, watch = warm_requests(ground, faults["black hole"], min(requests, 100), OpenGuard())
    twin = f"negative twin without breaker: {len(calls.each_ms)} calls, request p99 {watch.p99_ms:.0f} ms"
    figure = f"{'; '.join(told)}; {twin} (one question in {_ONE_NEW_IN} is for something new)"
    return Outcome(figure, holds and watch.p99_ms > 500)


def warm_requests(
    ground: Ground, fault: Callable[[Scene], None], requests: int, guard: TableGuard | None = None
) -> tuple[Stopwatch, Stopwatch]:
    """Ask for what memory holds while the table is at fault; every twentieth is for something new.

    Returns:
        How long each table call and each request took.
    """
    calls, watch = Stopwatch(), Stopwatch()
    weeks = 40
    with on_server(ground.server_port, proxied=True, guard=guard) as scene:
        for number in range(weeks):
            scene.week(number)
        fault(scene)
        scene.table.table = _Timed(scene.table.table, calls)  # type: ignore[assignment]
        for turn in range(requests):
            ticker = "MSFT" if turn % _ONE_NEW_IN == 0 else "AAPL"
            query = week(turn // _ONE_NEW_IN if ticker == "MSFT" else turn % weeks, ticker)
            watch.time(lambda q=query: scene.cache.get(q))
        _proxy(scene).become()
    return calls, watch


class _Timed:
    """A table each of whose calls is timed."""

    def __init__(self, table: Any, watch: Stopwatch) -> None:  # noqa: ANN401 - any table
        self._table = table
        self._watch = watch

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method
        method = getattr(self._table, name)
        if not callable(method):
            return method
        return lambda *given, **named: self._watch.time(lambda: method(*given, **named))


def _proxy(scene: Scene) -> Any:  # noqa: ANN401 - FlakyProxy, never None here
    return scene.proxy


@row(
    11,
    "DynamoDB leaves items unprocessed (part, again and again, for ever)",
    "0 lost silently; 3 retries for writes, 5 for deletes, jittered; counted",
)
def unprocessed(ground: Ground) -> Outcome:
    """Batches are cut in botocore's events; what is left is named in the error, written late or counted."""
    cases: dict[str, Callable[[], Iterator[int | None]]] = {
        "a part once": lambda: itertools.chain([10], itertools.repeat(None)),
        "nothing twice": lambda: itertools.chain([0, 0], itertools.repeat(None)),
        "half, always": lambda: itertools.repeat(5),
        "nothing, for ever": lambda: itertools.repeat(0),
    }
    lost = named = 0
    retries = {False: 0, True: 0}
    for keep in cases.values():
        for deleting in (False, True):
            more, told, attempts = _cut_batches(ground, keep(), deleting=deleting)
            lost, named = lost + more, named + told
            retries[deleting] = max(attempts - 1, retries[deleting])
    late = [_written_late(ground, keep()) for keep in cases.values()]
    missing, counted, uncounted = (sum(each) for each in zip(*late, strict=True))
    figure = (
        f"{len(cases)} ways × writes and deletes of 60 items: {lost} lost silently, {named} named in errors; "
        f"at most {retries[False]} retries for writes and {retries[True]} for deletes. The same through the "
        f"cache and its late writes: {missing} items not in the table, unprocessed_items {counted}"
    )
    holds = lost == uncounted == 0 and (retries[False], retries[True]) == (3, 5)
    return Outcome(figure, holds and named > 0 and counted > 0)


def _written_late(ground: Ground, keep: Iterator[int | None]) -> tuple[int, int, int]:
    """Write three months of blocks.

    Returns:
        How many the table lacks in the end, how many the counter says, and what differs between them.
    """
    store = dynamo_store(ground.server_url)
    schema = TableSchema(unique("late"), ttl_attribute="ttl")
    store.create([schema])
    Unprocessed(store, keep)
    statistics = Statistics()
    table, calls = store.table(schema), GuardedCalls(OpenGuard(), statistics)
    late = LateWrites(table, calls, statistics, sleep=Pauses())
    blocks = blocks_of(date(2012, 1, 3), date(2012, 3, 28))
    TableTier(table, store.kind, statistics, late=late).write(blocks, sessions_for("AAPL"), "")
    waiting = late.drain(_DRAIN_S)
    missing = len(blocks) - len(list(table.keys()))
    drop(store, [schema])
    store.close()
    counted = statistics.snapshot()["unprocessed_items"]
    return missing, counted, abs(missing - counted) + waiting


def _cut_batches(ground: Ground, keep: Iterator[int | None], *, deleting: bool) -> tuple[int, int, int]:
    """Return how many of 60 items were neither done nor named, how many were named, and the most attempts."""
    pauses = Pauses()
    store = dynamo_store(ground.server_url, sleep=pauses)
    schema = TableSchema(unique("batches"))
    store.create([schema])
    table = store.table(schema)
    items = [{"PK": "p", "SK": f"{number:02}", "n": number} for number in range(60)]
    keys = [("p", item["SK"]) for item in items]
    if deleting:
        table.put_many(items)
    cut = Unprocessed(store, keep)
    named: set[str] = set()
    try:
        if deleting:
            table.delete_many(keys)
        else:
            table.put_many(items)
    except UnprocessedItemsError as error:
        named = {item["SK"] if isinstance(item, dict) else item[1] for item in error.items}
    there = {str(item["SK"]) for item in table.query("p", consistent=True)}
    undone = there if deleting else {str(key[1]) for key in keys} - there
    drop(store, [schema])
    store.close()
    return len(undone ^ named), len(named), -(-len(cut.sizes) // _BATCHES)


@row(12, "flapping DynamoDB (50 % errors)", "probes ≤ 1 per 30 s; 0 wrong answers")
def flapping(ground: Ground) -> Outcome:
    """Half of all table calls fail at random, over hours of the breaker's time."""
    questions, wrong, probes_s = ground.count(1_000, 60), 0, []
    chance = random.Random(12)
    with in_file(ground.folder()) as scene:
        scene.table.fails = lambda *_: chance.random() < 0.5

        def note(*_: object) -> None:
            if _state(scene) is State.HALF_OPEN:
                probes_s.append(scene.monotonic.now_s)

        scene.table.before = note
        for _ in range(questions):
            scene.monotonic.now_s += chance.choice([0, 1, 5, 10, 31, 61])
            query = week(chance.randrange(80))
            answer = scene.cache.get(query)
            truth = scene.provider._bars(PriceRequest("AAPL", Resolution.M5, query.start, query.end))  # noqa: SLF001
            wrong += answer.candles != truth
            if chance.random() < 0.3:
                scene.cache._tiers.memory.clear()  # noqa: SLF001 - so that the table is asked again
        opened = scene.cache.breaker.report().opened if scene.cache.breaker else 0
    closest = min((later - earlier for earlier, later in pairwise(probes_s)), default=0.0)
    figure = (
        f"{questions} questions: {wrong} wrong answers; opened {opened} times, {len(probes_s)} probes, "
        f"the closest two {closest:.0f} s apart"
    )
    return Outcome(figure, wrong == 0 and len(probes_s) > 1 and closest >= REOPENED_S)


def _state(scene: Scene) -> State | None:
    return scene.cache.breaker.report().state if scene.cache.breaker else None
