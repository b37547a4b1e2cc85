"""Many readers of one thing: threads, processes, and what happens when the one that fetches fails."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any

from adapters.errors import UnavailableError
from benchmarks.faults.measures import Stopwatch, p99
from benchmarks.faults.registry import Outcome, row
from cache.errors import CandleError
from cache.policy import RUNNING_LIFE_S
from cache.query import Adjust, Answer, CandleQuery, Tier
from market.resolution import Resolution
from tests.kit.herd import RUNNING, at_once, cold_round, herd, months, place
from tests.kit.house import house
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.tables import at_once as in_threads

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.faults.ground import Ground
    from tests.kit.house import TestHouse

READERS = 1_000
PRESENT = utc("2025-03-07 22:00")
IN_SESSION = utc("2025-03-07 16:02")


@row(
    1,
    "1,000 concurrent readers of one cold key, 1 process",
    "calls = 1 in 100/100 rounds; p99 ≤ provider time + 250 ms",
)
def one_process(ground: Ground) -> Outcome:
    """Threads at a barrier, on a real table; each round is another month."""
    rounds, readers, provider_s = ground.count(100, 2), 50 if ground.quick else READERS, 0.3
    at = _slow_house(ground, provider_s)
    calls, times = [], []
    at.cache.listing("AAPL")  # the calendar, which takes its time, before anything is timed
    settled = [question | {"ticker": ticker} for ticker in ("AAPL", "MSFT") for question in months(50)]
    for question in ground.within(settled[:rounds], 2):
        before, watch, query = len(_requests(at)), Stopwatch(), query_of(question)
        in_threads(readers, lambda _, q=query, w=watch: w.time(lambda: at.cache.get(q)))
        calls.append(len(_requests(at)) - before)
        times += watch.each_ms
    once, slow_ms, limit = calls.count(1), p99(times), provider_s * 1_000 + 250
    figure = (
        f"calls = 1 in {once}/{len(calls)} rounds of {readers:,}; p99 {slow_ms:.0f} ms, the middle one "
        f"{sorted(times)[len(times) // 2]:.0f} ms, with a provider that takes {provider_s * 1_000:.0f} ms"
    )
    return Outcome(figure, once == len(calls) and slow_ms <= limit)


@row(2, "the same over 8 processes", "calls = 1 in 50/50 rounds on SQLite and on a DynamoDB-API server")
def many_processes(ground: Ground) -> Outcome:
    """The negative twin has no lock between processes."""
    rounds, processes = ground.count(50, 2), 2 if ground.quick else 8
    threads = (20 if ground.quick else READERS) // processes
    told, holds = [], True
    for name, url in ground.places().items():
        with place(ground.folder(), url) as at:
            workers = at.workers(*[at.plan] * processes)
            cold = ground.within(months(rounds), 2)
            calls = [cold_round(at, workers, question, threads=threads) for question in cold]
            counted = at_once(workers, months(1)[0])
            given_up, failed = (sum(a[name] for a in counted) for name in ("lock_timeouts", "table_errors"))
        told.append(
            f"{name} {calls.count(1)}/{len(calls)} ({given_up} waits given up, {failed} table calls failed)"
        )
        holds &= calls.count(1) == len(calls)
    with place(ground.folder()) as at:
        alone = herd(at, at.workers(*[at.plan.with_(lock=False)] * processes), 3, threads=threads)
    figure = f"calls = 1 in rounds of {processes} × {threads} readers: {', '.join(told)}"
    return Outcome(
        f"{figure}; negative twin without the lock: {_list(alone)} calls", holds and max(alone) > 1
    )


@row(
    3,
    "leader raises or is cancelled",
    "waiters get the same error once, next call tries again; 0 hung; 0 flights after",
)
def failing_leader(ground: Ground) -> Outcome:
    """The leader's provider raises, or its thread is interrupted; then it works again."""
    rounds, readers = ground.count(20, 2), ground.count(200, 20)
    hung = different = kept = poisoned = 0
    for number in range(rounds):
        interrupted = number % 2 == 1
        at = _slow_house(ground, 0.0)
        provider = _provider(at)
        provider.before = _failing(readers, interrupted=interrupted, at=at)
        heard = _heard(at, readers)
        hung += readers - len(heard)
        different += max(0, len({_identity(error) for error in heard if isinstance(error, CandleError)}) - 1)
        kept += at.cache._fetcher.flights.flying()  # noqa: SLF001 - what the row asks about
        provider.before = lambda _: None
        at.clock.now_s += 60  # past any pause that a failed source is given
        poisoned += len(_ask(at, months(1)[0]).candles) == 0
    figure = (
        f"{rounds} rounds of {readers}, half raising, half interrupted: {hung} hung, "
        f"{different} other errors, {kept} flights left, {poisoned} keys poisoned"
    )
    return Outcome(figure, hung == different == kept == poisoned == 0)


@row(
    24,
    "stampede at expiry (TTL 15 s, 500 reads/s)",
    "≤ 1 refresh per expiry and process; expired misses 0; p99 ≤ 5 ms",
)
def expiry(ground: Ground) -> Outcome:
    """Readers at a steady rate while what they read expires again and again; the clock runs 15 times as fast.

    The negative twin does not refresh ahead.
    """
    provider_s, rate, lives = 0.05, 500, ground.count(20, 2)
    calls, expired, waited, watch = _lives(ground, lives, rate, provider_s, refresh_ahead=True)
    _, _, alone, slow = _lives(ground, 2, rate, provider_s, refresh_ahead=False)
    each = calls / lives
    figure = (
        f"{lives} lives under {rate} reads/s: {each:.2f} refreshes each, {expired} answers of expired "
        f"prices; {waited} of {len(watch.each_ms)} reads waited for a refresh ({provider_s * 1_000:.0f} ms), "
        f"p99 {watch.p99_ms:.1f} ms; negative twin, not refreshed ahead: {alone} of {len(slow.each_ms)} "
        f"waited, p99 {slow.p99_ms:.1f} ms"
    )
    # A life that is refreshed a fifth ahead of its end is shorter by that.
    return Outcome(figure, each <= 1 / 0.8 + 1 / lives and expired == waited == 0 and watch.p99_ms <= 5)


def _lives(
    ground: Ground, lives: int, rate: int, provider_s: float, *, refresh_ahead: bool
) -> tuple[int, int, int, Stopwatch]:
    """Read for some lives of the running session, a second each.

    Returns:
        How often it was refreshed, how many answers were of expired prices, how many came from a provider,
        and how long reads took.
    """
    provider = ScriptedProvider(IN_SESSION)
    provider.before = lambda _: time.sleep(provider_s)
    at = house(ground.folder(), [provider], refresh_ahead=refresh_ahead)
    began_s, began = at.clock.now_s, time.perf_counter()
    hastening = threading.Event()

    def hasten() -> None:
        while not hastening.wait(0.005):
            at.clock.now_s = began_s + RUNNING_LIFE_S * (time.perf_counter() - began)

    clock = threading.Thread(target=hasten)
    _ask(at, RUNNING)
    clock.start()
    watch = Stopwatch()
    try:
        answers = _steady(at, watch, rate=rate, seconds=lives)
    finally:
        hastening.set()
        clock.join()
    expired = sum(answer.stale_since is not None for answer in answers)
    waited = sum(answer.tier is Tier.PROVIDER for answer in answers)
    return len(provider.requests) - 1, expired, waited, watch


@row(26, "restart storm (all workers cold)", "provider calls = number of distinct stale keys")
def restart(ground: Ground) -> Outcome:
    """A filled table, then new processes that ask for everything at once; what runs has expired."""
    settled, processes = ground.count(24, 3), 2 if ground.quick else 8
    told, holds = [], True
    for name, url in ground.places().items():
        with place(ground.folder(), url) as at:
            (first,) = at.workers(at.plan)
            for question in (*months(settled), RUNNING):
                first.ask(question)
                first.answer()
            filled = len(at.calls())
            # Their clocks are past the life of the session that runs.
            fresh = at.workers(*[at.plan.with_(clock_s=120.0)] * processes)
            for question in (*months(settled), RUNNING):
                at_once(fresh, question, threads=4)
            calls = len(at.calls()) - filled
        told.append(f"{name} {calls}")
        holds &= calls == 1
    figure = f"{processes} new processes, {settled} settled keys and 1 stale: calls {', '.join(told)}"
    return Outcome(figure, holds)


def _slow_house(ground: Ground, provider_s: float) -> TestHouse:
    provider = ScriptedProvider(PRESENT)
    provider.before = lambda _: time.sleep(provider_s)
    return house(ground.folder(), [provider], deadline_s=60.0)


def _provider(at: TestHouse) -> Any:  # noqa: ANN401 - the scripted one, which the house was given
    return at.cache._chain.providers[0]  # noqa: SLF001 - likewise


def _requests(at: TestHouse) -> list[Any]:
    requests: list[Any] = _provider(at).requests
    return requests


def query_of(question: dict[str, Any]) -> CandleQuery:
    """Return the query of a question of the herd."""
    start, end = date.fromisoformat(question["start"]), date.fromisoformat(question["end"])
    return CandleQuery(question["ticker"], Resolution(question["resolution"]), start, end, Adjust.RAW)


def _ask(at: TestHouse, question: dict[str, Any]) -> Answer:
    return at.cache.get(query_of(question))


def _failing(readers: int, *, interrupted: bool, at: TestHouse) -> Callable[[object], None]:
    """Return what the provider does: wait until all others wait, then fail, once."""
    failed = threading.Event()

    def before(_: object) -> None:
        if failed.is_set():
            return
        end = time.monotonic() + 5
        while _waiting(at) < readers - 1 and time.monotonic() < end:
            time.sleep(0.002)
        failed.set()
        if interrupted:
            raise KeyboardInterrupt
        raise UnavailableError("scripted is down", provider="scripted")

    return before


def _waiting(at: TestHouse) -> int:
    """Return how many threads wait for the one that fetches."""
    flying = list(at.cache._fetcher.flights._flying.values())  # noqa: SLF001 - nobody else needs to know
    return sum(len(flight.landed._cond._waiters) for flight in flying)  # type: ignore[attr-defined]  # noqa: SLF001


def _heard(at: TestHouse, readers: int) -> list[object]:
    """Ask from many threads; return what each got, as far as they end within 20 s."""
    heard: list[object] = []
    barrier = threading.Barrier(readers)

    def read() -> None:
        barrier.wait()
        try:
            heard.append(_ask(at, months(1)[0]))
        except (CandleError, KeyboardInterrupt) as error:
            heard.append(error)

    threads = [threading.Thread(target=read, daemon=True) for _ in range(readers)]
    for thread in threads:
        thread.start()
    end = time.monotonic() + 20
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    return heard


def _identity(error: object) -> str:
    return f"{type(error).__name__}: {error}"


def _steady(at: TestHouse, watch: Stopwatch, *, rate: int, seconds: float) -> list[Answer]:
    """Read at a steady rate from threads that take turns; return the answers."""
    answers: list[Answer] = []
    threads_count, began = 25, time.perf_counter()

    def read(number: int) -> None:
        for turn in range(int(rate * seconds / threads_count)):
            due = began + (turn + number / threads_count) * threads_count / rate
            time.sleep(max(0.0, due - time.perf_counter()))
            with suppress(CandleError):
                answers.append(watch.time(lambda: _ask(at, RUNNING)))

    in_threads(threads_count, read)
    return answers


def _list(numbers: list[int]) -> str:
    return ", ".join(str(number) for number in numbers)
