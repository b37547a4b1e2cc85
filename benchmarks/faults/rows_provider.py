"""The source fails, is slow, or sends what cannot be right."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import numpy as np

from adapters.errors import UnavailableError
from benchmarks.faults import poison
from benchmarks.faults.measures import Stopwatch
from benchmarks.faults.registry import Outcome, later, row
from cache.cooldown import COOLDOWN_S
from market.validate import RejectedError, validate
from tests.kit.house import Clock, house
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.tables import at_once
from tests.kit.web import ohlc, web

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.prices import PriceRequest
    from benchmarks.faults.ground import Ground
    from tests.kit.house import TestHouse

IN_SESSION = utc("2025-03-07 16:02")
TODAY = {"start_date": "2025-03-07", "end_date": "2025-03-07", "resolution": "5", "adjust": "raw"}
_OWN_SERVER = "a provider's own HTTP answers (issue 5)"


@row(
    4,
    "provider down, stale copy there",
    "100 % answered, each with X-Cache-Source: stale, X-Cache-Age, X-Stale-Since; ≤ 50 ms more once it "
    "is known",
)
def stale(ground: Ground) -> Outcome:
    """The session that runs has expired in memory, then in the table alone, and the source says 503."""
    requests, failing_s = ground.count(300, 20), 0.5
    answered = marked = 0
    watch, first_ms = Stopwatch(), []
    for forgotten in (False, True):
        at, provider, _ = _house(ground)
        client = web(at)
        usual = Stopwatch()
        for _ in range(requests):
            usual.time(lambda c=client: ohlc(c, **TODAY))
        provider.before = _down(failing_s)
        at.clock.now_s += 3_600
        if forgotten:
            at.cache._tiers.memory.clear()  # noqa: SLF001 - as in a new process
        for turn in range(requests):
            timed = Stopwatch() if turn == 0 else watch
            response = timed.time(lambda c=client: ohlc(c, **TODAY))
            first_ms += timed.each_ms if turn == 0 else []
            headers = response.headers
            answered += response.status_code == 200
            marked += headers.get("X-Cache-Source") == "stale" and {"X-Cache-Age", "X-Stale-Since"} <= set(
                headers.keys()
            )
    total, added = 2 * requests, watch.p99_ms - usual.p99_ms
    figure = (
        f"{answered} of {total} answered, {marked} marked as stale; p99 {watch.p99_ms:.1f} ms, "
        f"{added:.1f} ms more "
        f"than fresh ones; the one that met the failure {max(first_ms):.0f} ms (the source took "
        f"{failing_s:g} s)"
    )
    return Outcome(figure, answered == marked == total and added <= 50, _OWN_SERVER)


@row(
    5,
    "provider down, nothing cached",
    "503 + Retry-After ≤ 30 s, typed, 0 tracebacks; ≤ 1 provider call per 30 s and key",
)
def nothing_cached(ground: Ground) -> Outcome:
    """Ask again and again over minutes of the cool-down's clock; each key for itself."""
    at, provider, monotonic = _house(ground)
    client, seconds = web(at), ground.count(300, 60)
    provider.before = _down(0.0)
    typed = told = traced = 0
    for _ in range(seconds):
        monotonic.now_s += 1
        response = ohlc(client, **TODAY)
        body = response.get_data(as_text=True)
        typed += response.status_code == 503 and response.get_json()["error"]["code"] == "prices_unavailable"
        told += 0 < float(response.headers.get("Retry-After", "0")) <= COOLDOWN_S
        traced += "Traceback" in body
    calls, most = len(provider.requests), -(-seconds // int(COOLDOWN_S))
    other = ohlc(client, ticker="MSFT", **TODAY).status_code
    figure = (
        f"{seconds} requests in {seconds} s: {typed} typed 503, {told} with Retry-After of at most 30, "
        f"{traced} "
        f"tracebacks, {calls} provider calls (at most {most}); another key is asked for: "
        f"{'yes' if len(provider.requests) == calls + 1 and other == 503 else 'no'}"
    )
    return Outcome(figure, typed == told == seconds and traced == 0 and calls <= most, _OWN_SERVER)


later(
    6,
    "provider 429",
    "obey Retry-After, fail over; calls during the window = 0; failover p99 ≤ 1.5 s",
    "issue 5 (real providers with budgets); that a source which says 429 is left alone is tested already",
)


@row(
    7,
    "provider slow (10 s)",
    "p99 ≤ 5 s cold, ≤ 3 s with a fallback or a stale copy; 0 threads stuck after 6 s",
)
def slow(ground: Ground) -> Outcome:
    """A source that takes 10 s, or all the time that it is given; readers ask at once for different keys."""
    takes_s, readers = 1 if ground.quick else 10, ground.count(12, 3)
    cold, stale_copy, fallback = Stopwatch(), Stopwatch(), Stopwatch()
    before = threading.active_count()
    at, provider, _ = _house(ground, known=_tickers(readers))
    provider.before = _slow(takes_s)
    at_once(readers, lambda n: cold.time(lambda: ohlc(web(at), ticker=_ticker(n), **TODAY)))
    held, source, _ = _house(ground, known=_tickers(readers))
    for number in range(readers):
        ohlc(web(held), ticker=_ticker(number), **TODAY)
    held.clock.now_s += 3_600
    source.before = _slow(takes_s)
    at_once(readers, lambda n: stale_copy.time(lambda: ohlc(web(held), ticker=_ticker(n), **TODAY)))
    second = ScriptedProvider(IN_SESSION, name="second", known=_tickers(readers))
    pair, source, _ = _house(ground, second, known=_tickers(readers))
    source.before = _slow(takes_s)
    at_once(readers, lambda n: fallback.time(lambda: ohlc(web(pair), ticker=_ticker(n), **TODAY)))
    time.sleep(1.0)
    stuck = threading.active_count() - before
    figure = (
        f"{readers} at once: p99 {cold.p99_ms / 1000:.2f} s cold, {stale_copy.p99_ms / 1000:.2f} s with "
        "a stale copy, "
        f"{fallback.p99_ms / 1000:.2f} s with a second source; {stuck} threads left"
    )
    holds = cold.p99_ms <= 5_000 and max(stale_copy.p99_ms, fallback.p99_ms) <= 3_000 and stuck == 0
    return Outcome(figure, holds, _OWN_SERVER)


@row(
    8,
    "provider bad payload",
    "rejected, never cached, next source tried; 0 bad candles stored in ≥ 20 cases + 10,000 random ones",
)
def bad_payload(ground: Ground) -> Outcome:
    """Each poison through the whole cache with a sound second source; then random ones through the checks."""
    stored, unanswered = 0, []
    for name, spoil in poison.CASES.items():
        second = ScriptedProvider(IN_SESSION, name="second")
        at, provider, _ = _house(ground, second)
        provider.mangle = spoil
        response = ohlc(web(at), **(TODAY | {"start_date": "2025-03-03"}))
        unanswered += [] if response.status_code == 200 else [name]
        stored += poison.bad_bars(at.table, IN_SESSION.timestamp())
    examples = ground.count(10_000, 300)
    kept = _random_poison(examples)
    figure = (
        f"{len(poison.CASES)} cases through the cache: {stored} bad candles stored, {len(unanswered)} "
        "unanswered"
        f"{' (' if unanswered else ''}{', '.join(unanswered)}{')' if unanswered else ''}; "
        f"{examples:,} random ones: {kept} bad candles let through"
    )
    return Outcome(
        figure, stored == len(unanswered) == kept == 0, "damaged JSON and HTML of real providers (issue 5)"
    )


def _random_poison(examples: int) -> int:
    rng, kept = np.random.default_rng(8), 0
    sound = poison.sound(78)
    start, end = int(sound.time[0]), int(sound.time[-1]) + 300
    for _ in range(examples):
        spoiled = poison.at_random(rng, sound)
        try:
            checked = validate(spoiled, start_s=start, end_s=end, now_s=end)
        except RejectedError:
            continue
        kept += poison.bad(checked.candles, end)
    return kept


def _house(
    ground: Ground, *more: ScriptedProvider, known: frozenset[str] = frozenset({"AAPL", "MSFT"})
) -> tuple[TestHouse, ScriptedProvider, Clock]:
    """Return a house with a cool-down, its first source, and the clock of the cool-down."""
    provider, monotonic = ScriptedProvider(IN_SESSION, known=known), Clock(1_000.0)
    at = house(
        ground.folder(),
        [provider, *more],
        clock=Clock(IN_SESSION.timestamp()),
        cooldown_s=COOLDOWN_S,
        monotonic=monotonic if not more and known == frozenset({"AAPL", "MSFT"}) else time.monotonic,
    )
    at.cache.listing("AAPL")
    return at, provider, monotonic


def _down(takes_s: float) -> Callable[[PriceRequest], None]:
    def before(_: PriceRequest) -> None:
        time.sleep(takes_s)
        raise UnavailableError("scripted answers with 503. Try again.", provider="scripted")

    return before


def _slow(takes_s: float) -> Callable[[PriceRequest], None]:
    """Return a source that answers late, and gives up when its time is over, as every provider promises."""

    def before(request: PriceRequest) -> None:
        time.sleep(min(takes_s, request.deadline_s))
        if request.deadline_s < takes_s:
            raise UnavailableError("scripted did not answer in time. Try again.", provider="scripted")

    return before


def _ticker(number: int) -> str:
    return f"T{chr(65 + number)}"


def _tickers(count: int) -> frozenset[str]:
    return frozenset({"AAPL", *(_ticker(number) for number in range(count))})
