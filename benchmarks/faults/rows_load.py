"""Load: warming beside people, latency, counters that add up, and the soak."""

from __future__ import annotations

import random
import threading
import time
from typing import TYPE_CHECKING

from adapters.allowance import Allowance
from adapters.demo import DemoProvider
from benchmarks.faults import soak
from benchmarks.faults.gunicorn import Client, Gunicorn, load, metric
from benchmarks.faults.measures import Stopwatch
from benchmarks.faults.registry import Outcome, row
from benchmarks.faults.scenes import in_file, on_server, week
from cache.cooldown import COOLDOWN_S
from cache.query import Adjust, CandleQuery, Tier
from cache.warming import RESOLUTIONS, SHARE, Warming
from market.resolution import Resolution
from tests.kit.house import Clock, house
from tests.kit.providers import ScriptedProvider, utc

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.faults.ground import Ground

_PRESENT = utc("2025-03-07 22:00")
_DAYS = "start_date=2012-{month:02d}-{first:02d}&end_date=2012-{month:02d}-{last:02d}"


@row(
    25,
    "cache warming of 500 tickers at start",
    "≤ 50 % of the provider's limit; user p99 unchanged ± 10 %; cancellable; evicts nothing hot",
)
def warming(ground: Ground) -> Outcome:
    """A source that allows 3,600 calls an hour; hours pass on warming's clock, people ask meanwhile."""
    count, per_hour = ground.count(500, 10), 3_600
    tickers = tuple(f"T{chr(65 + n // 26)}{chr(65 + n % 26)}" for n in range(count))
    provider = ScriptedProvider(_PRESENT, known=frozenset({"AAPL", *tickers}))
    provider.allowance = Allowance(hour=per_hour)  # type: ignore[misc]
    at = house(ground.folder(), [provider], clock=Clock(_PRESENT.timestamp()), cooldown_s=COOLDOWN_S)
    query = CandleQuery("AAPL", Resolution.M5, *_march(), Adjust.RAW)
    for _ in range(3):
        at.cache.get(query)
    alone, beside, warm = Stopwatch(), Stopwatch(), Clock(0.0)
    reads = ground.count(3_000, 100)
    for _ in range(reads):
        alone.time(lambda: at.cache.get(query))
    done = threading.Event()

    def passing(seconds: float) -> bool:
        warm.now_s += seconds
        time.sleep(0.002)  # as any call of a provider would, it lets others go on
        return done.is_set()

    def run() -> None:
        for _ in Warming(at.cache, [provider], clock=warm).run(tickers, passing):
            pass
        done.set()

    calls = len(provider.requests)
    worker = threading.Thread(target=run)
    worker.start()
    while not done.is_set():
        for _ in range(20):
            beside.time(lambda: at.cache.get(query))
        time.sleep(0.01)
    worker.join()
    used = (len(provider.requests) - calls) / max(warm.now_s, 1) * 3_600 / per_hour
    stopped = _steps_after_cancel(at.cache, provider, tickers)
    hot = at.cache.get(query).tier.value
    rise = beside.p99_ms / alone.p99_ms - 1
    figure = (
        f"{count} tickers × {len(RESOLUTIONS)}: {used:.0%} of the limit; user p99 {alone.p99_ms:.2f} ms "
        "alone, "
        f"{beside.p99_ms:.2f} ms beside ({rise:+.0%}; {len(beside.each_ms):,} reads, in the warming "
        "process itself); "
        f"{stopped} steps after a cancel; what people look at is in {hot}"
    )
    return Outcome(figure, used <= SHARE + 0.01 and rise <= 0.1 and stopped == 0 and hot == Tier.MEMORY.value)


def _march() -> tuple[object, ...]:
    query = week(80)
    return query.start, query.end


def _steps_after_cancel(cache: object, provider: ScriptedProvider, tickers: tuple[str, ...]) -> int:
    """Return how many steps are taken once nobody wants any."""
    steps = Warming(cache, [provider]).run(tickers, lambda _: True)  # type: ignore[arg-type]
    return sum(1 for _ in steps)


@row(
    32,
    "soak, mixed faults (10 min in make faults, 30 min on demand)",
    "memory < 1 MB per 10 min; descriptors, threads, flights, locks back to base",
)
def soaked(ground: Ground) -> Outcome:
    """Two processes on a DynamoDB-API server behind a bad network, clients behind another."""
    minutes = 0.2 if ground.quick else ground.soak_min
    found = soak.run(ground.folder(), ground.server_port, minutes)
    figure = (
        f"{minutes:g} min, {found.requests:,} requests, {found.faults} faults ({found.cut} requests "
        f"whose connection was cut and {found.unexplained} others without an answer, {found.errors} 5xx): "
        f"memory {found.slope_mb:+.2f} MB per 10 min (by its low points after the "
        "first third; "
        f"{found.before.mb:.0f} → {found.after.mb:.0f} MB), descriptors {found.before.files} → "
        f"{found.after.files}, "
        f"threads {found.before.threads} → {found.after.threads}, flights {found.flights:g}, locks "
        f"{found.locks:g}, "
        f"items waiting {found.late:g}"
    )
    back = found.after.files <= found.before.files and found.after.threads <= found.before.threads
    at_rest = found.flights == found.locks == found.late == 0
    holds = back and at_rest and found.slope_mb < 1 and found.unexplained == 0
    return Outcome(figure, holds, "faults of a real provider (issue 5)")


@row(
    33,
    "latency, warm",
    "memory p99 < 1 ms in service, < 25 ms over HTTP; table p99 < 60 ms; cold p99 < provider + 150 ms",
)
def latency(ground: Ground) -> Outcome:
    """A chart's question each time; the provider takes 100 ms; one client over HTTP."""
    many, some, provider_ms = ground.count(5_000, 200), ground.count(60, 8), 100.0
    memory, cold, table, http_ = (Stopwatch() for _ in range(4))
    with in_file(ground.folder()) as scene:
        scene.week(0)
        for _ in range(many):
            memory.time(lambda: scene.week(0))
    with on_server(ground.server_port, proxied=True) as scene:
        scene.provider.before = lambda _: time.sleep(provider_ms / 1_000)
        for number in range(some):
            cold.time(lambda n=number: scene.week(n))
        for number in range(some):
            scene.forget()
            table.time(lambda n=number: scene.week(n))
        failed = scene.count("table_errors")
    with Gunicorn(ground.folder(), 1) as app:
        client = Client(app.port)
        path = "/api/v2/tickers/AAPL/ohlc?start_date=2012-03-05&end_date=2012-03-21&resolution=5"
        client.get(path)
        for _ in range(ground.count(2_000, 50)):
            http_.time(lambda: client.get(path))
        client.close()
    figure = (
        f"p99: memory {memory.p99_ms:.2f} ms in service, {http_.p99_ms:.1f} ms over HTTP; table "
        f"{table.p99_ms:.0f} ms "
        f"(dynalite, {failed} calls failed); cold {cold.p99_ms:.0f} ms with a provider of "
        f"{provider_ms:.0f} ms"
    )
    holds = memory.p99_ms < 1 and http_.p99_ms < 25 and table.p99_ms < 60 and cold.p99_ms < provider_ms + 150
    return Outcome(figure, holds)


@row(
    34,
    "metrics truth",
    "hits + misses = requests, each header equals its metric: 0 differences in 10,000 requests over 4 "
    "processes",
)
def truth(ground: Ground) -> Outcome:
    """What the clients saw in X-Cache-Source against /metrics of all processes."""
    requests = ground.count(10_000, 200)
    with Gunicorn(ground.folder(), 4) as app:
        found = load(app.port, random_paths(requests), 16)
        names = (
            "requests",
            "request_memory_hits",
            "request_table_hits",
            "request_misses",
            "request_stale",
            "request_errors",
        )
        told = {name: int(metric(app.port, name + "_total")) for name in names}
    seen = {
        "request_memory_hits": found.sources[Tier.MEMORY.value],
        "request_table_hits": found.sources[Tier.SQLITE.value],
        "request_stale": found.sources["stale"],
        "request_errors": sum(count for status, count in found.statuses.items() if status != 200),
        "request_misses": found.sources[DemoProvider.name],
    }
    differences = sum(abs(told[name] - count) for name, count in seen.items())
    differences += abs(told["requests"] - sum(found.statuses.values())) + abs(
        told["requests"] - sum(told[name] for name in names[1:])
    )
    parts = ", ".join(
        f"{name.removeprefix('request_')} {told[name]:,} ({count:,})" for name, count in seen.items()
    )
    figure = (
        f"{told['requests']:,} requests over 4 processes, counted (and seen by clients): {parts}; "
        f"{differences} differences"
    )
    return Outcome(figure, differences == 0)


def random_paths(count: int) -> Callable[[], str | None]:
    """Return a function that gives random questions to many threads."""
    lock, chance, left = threading.Lock(), random.Random(34), iter(range(count))

    def following() -> str | None:
        with lock:
            if next(left, None) is None:
                return None
            first = chance.randrange(1, 20)
            span = _DAYS.format(month=chance.randrange(1, 13), first=first, last=first + 8)
            return f"/api/v2/tickers/AAPL/ohlc?{span}&resolution={chance.choice(('5', '1', 'D'))}"

    return following
