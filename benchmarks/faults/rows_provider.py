"""The source fails, is slow, or sends what cannot be right."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.faults import poison
from benchmarks.faults.live_scene import IN_SESSION, TODAY, live_scene, process_on
from benchmarks.faults.measures import Stopwatch
from benchmarks.faults.registry import Outcome, row
from cache.cooldown import COOLDOWN_S
from market.validate import RejectedError, validate
from tests.kit import provider_server as stand_in
from tests.kit.bad_answers import BAD_BARS, NEXT, NO_PRICES
from tests.kit.house import house
from tests.kit.providers import ScriptedProvider
from tests.kit.tables import at_once
from tests.kit.web import ohlc, web

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from benchmarks.faults.ground import Ground
    from benchmarks.faults.live_scene import LiveScene
    from tests.kit.provider_server import Fault

_DOWN: dict[str, Fault] = {
    "503": stand_in.status(503, "<html>overloaded</html>"),
    "reset": stand_in.reset,
    "half an answer": stand_in.half(b"[" * 1_000),
    "HTML with 200": stand_in.HTML,
}
_HOURLY = '{"detail":"Error: You have run over your hourly request allocation."}'
_MONTHLY = "You have run over your 500 symbol look up for this month."
_REFUSALS: dict[str, tuple[Fault, float]] = {
    "429 with Retry-After 120 s": (stand_in.status(429, _HOURLY, {"Retry-After": "120"}), 120.0),
    "429 until the full hour": (stand_in.status(429, _HOURLY), 58 * 60.0),
    "a month's cap with 200": (stand_in.status(200, _MONTHLY), 2_116_680.0),
}
"""How Tiingo refuses, and for how many seconds from 11:02 on 7 March in New York."""


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
        with live_scene(ground.folder(), "tiingo") as scene:
            ask, usual = scene.asker(), Stopwatch()
            for _ in range(requests):
                usual.time(ask)
            scene.spoil("tiingo", _down_after(failing_s))
            scene.pass_time(3_600)
            if forgotten:
                scene.at.cache._tiers.memory.clear()  # noqa: SLF001 - as in a new process
            for turn in range(requests):
                timed = Stopwatch() if turn == 0 else watch
                response = timed.time(ask)
                first_ms += timed.each_ms if turn == 0 else []
                headers = response.headers
                answered += response.status_code == 200
                marked += headers.get("X-Cache-Source") == "stale" and {
                    "X-Cache-Age",
                    "X-Stale-Since",
                } <= set(headers.keys())
    total, added = 2 * requests, watch.p99_ms - usual.p99_ms
    figure = (
        f"Tiingo's adapter over HTTP: {answered} of {total} answered, {marked} marked as stale; p99 "
        f"{watch.p99_ms:.1f} ms, {added:.1f} ms more than fresh ones; the one that met the failure "
        f"{max(first_ms):.0f} ms (the source took {failing_s:g} s)"
    )
    return Outcome(figure, answered == marked == total and added <= 50)


@row(
    5,
    "provider down, nothing cached",
    "503 + Retry-After ≤ 30 s, typed, 0 tracebacks; ≤ 1 provider call per 30 s and key",
)
def nothing_cached(ground: Ground) -> Outcome:
    """Ask again and again over minutes of the cool-down's clock; each key and each way to fail for itself."""
    seconds = ground.count(300, 60)
    most = -(-seconds // int(COOLDOWN_S))
    typed = told = traced = 0
    calls: dict[str, int] = {}
    for name, fault in _DOWN.items():
        with live_scene(ground.folder(), "tiingo") as scene:
            ask = scene.asker()
            scene.spoil("tiingo", fault)
            for _ in range(seconds):
                scene.pass_time(1)
                response = ask()
                body = response.get_data(as_text=True)
                typed += response.status_code == 503 and _code(response) == "prices_unavailable"
                told += 0 < float(response.headers.get("Retry-After", "0")) <= COOLDOWN_S
                traced += "Traceback" in body
            calls[name] = scene.server.count("tiingo")
            other = ask(ticker="MSFT").status_code == 503 and scene.server.count("tiingo") > calls[name]
    asked = seconds * len(_DOWN)
    figure = (
        f"Tiingo's adapter over HTTP, {asked} requests in {seconds} s each of {', '.join(_DOWN)}: "
        f"{typed} typed 503, {told} with Retry-After of at most 30, {traced} tracebacks, at most "
        f"{max(calls.values())} calls each (allowed {most}); another key is asked for: "
        f"{'yes' if other else 'no'}"
    )
    holds = typed == told == asked and traced == 0 and max(calls.values()) <= most and other
    return Outcome(figure, holds)


@row(6, "provider 429", "obey Retry-After, fail over; calls during the window = 0; failover p99 ≤ 1.5 s")
def asked_too_often(ground: Ground) -> Outcome:
    """Every kind of refusal that Tiingo has, with Yahoo behind it; by a second process on the table, too."""
    readers, told = ground.count(200, 20), []
    watch, within, answered, wrong_ends = Stopwatch(), 0, 0, []
    for name, (fault, window_s) in _REFUSALS.items():
        folder = ground.folder()
        with live_scene(folder, "tiingo", "yahoo") as scene:
            other = replace(scene, at=process_on(folder, scene.server, scene.clock, "tiingo", "yahoo"))
            scene.spoil("tiingo", fault)
            begun = {1: scene.asker(), 2: other.asker()}
            answered += watch.time(begun[1]).get_json()["source"] == "yahoo"
            met = scene.server.count("tiingo")
            for number in range(readers):
                scene.pass_time((window_s - 2) / readers)
                ask = begun[1 + number % 2]
                answered += (
                    watch.time(partial(ask, ticker=_ticker(number % 26))).get_json()["source"] == "yahoo"
                )
            within += scene.server.count("tiingo") - met
            scene.server.mend()
            scene.pass_time(4)
            wrong_ends += [] if begun[1](ticker="ZZZ").get_json()["source"] == "tiingo" else [name]
            told.append(f"{name} {met}")
    total = (readers + 1) * len(_REFUSALS)
    figure = (
        f"Tiingo's and Yahoo's adapters over HTTP, 2 processes: {answered} of {total} answered by Yahoo, "
        f"p99 {watch.p99_ms:.0f} ms, longest {watch.longest_ms:.0f} ms; calls that met a refusal: "
        f"{', '.join(told)}; calls during the windows: {within}; asked again when over: "
        f"{'no: ' + ', '.join(wrong_ends) if wrong_ends else 'yes'}"
    )
    holds = within == 0 and answered == total and watch.p99_ms <= 1_500 and not wrong_ends
    return Outcome(figure, holds)


@row(
    7,
    "provider slow (10 s)",
    "p99 ≤ 5 s cold, ≤ 3 s with a fallback or a stale copy; 0 threads stuck after 6 s",
)
def slow(ground: Ground) -> Outcome:
    """A source that says nothing for 10 s; readers ask at once for different keys."""
    takes_s, readers = 1 if ground.quick else 10, ground.count(12, 3)
    cold, stale_copy, fallback = Stopwatch(), Stopwatch(), Stopwatch()
    before = threading.active_count()
    with live_scene(ground.folder(), "tiingo", waits=True) as scene:
        scene.spoil("tiingo", stand_in.slow(takes_s))
        _at_once(scene, readers, cold)
    with live_scene(ground.folder(), "tiingo", waits=True) as scene:
        _at_once(scene, readers, Stopwatch())
        scene.spoil("tiingo", stand_in.slow(takes_s))
        scene.pass_time(3_600)
        _at_once(scene, readers, stale_copy)
    with live_scene(ground.folder(), "tiingo", "yahoo", waits=True) as scene:
        scene.spoil("tiingo", stand_in.slow(takes_s))
        _at_once(scene, readers, fallback)
    time.sleep(1.0)
    stuck = threading.active_count() - before
    figure = (
        f"Tiingo's adapter over HTTP, {readers} at once: p99 {cold.p99_ms / 1000:.2f} s cold, "
        f"{stale_copy.p99_ms / 1000:.2f} s with a stale copy, {fallback.p99_ms / 1000:.2f} s with Yahoo "
        f"behind it; {stuck} threads left"
    )
    holds = cold.p99_ms <= 5_000 and max(stale_copy.p99_ms, fallback.p99_ms) <= 3_000 and stuck == 0
    return Outcome(figure, holds)


def _at_once(scene: LiveScene, readers: int, watch: Stopwatch) -> None:
    at_once(readers, lambda n: watch.time(lambda: scene.asker()(ticker=_ticker(n))))


@row(
    8,
    "provider bad payload",
    "rejected, never cached, next source tried; 0 bad candles stored in ≥ 20 cases + 10,000 random ones",
)
def bad_payload(ground: Ground) -> Outcome:
    """Each poison through the whole cache with a sound second source; then random ones through the checks."""
    stored, unanswered = 0, []
    for name, spoil in poison.CASES.items():
        provider = ScriptedProvider(IN_SESSION, mangle=spoil)
        second = ScriptedProvider(IN_SESSION, name="second")
        at = house(ground.folder(), [provider, second], cooldown_s=COOLDOWN_S)
        response = ohlc(web(at), **(TODAY | {"start_date": "2025-03-03"}))
        unanswered += [] if response.status_code == 200 else [name]
        stored += poison.bad_bars(at.table, IN_SESSION.timestamp())
    over_http = [*NO_PRICES, *BAD_BARS]
    for case in over_http:
        with live_scene(ground.folder(), case.source, NEXT[case.source]) as scene:
            scene.spoil(case.source, case.fault)
            response = scene.asker()(start_date="2025-03-03")
            answered = response.status_code == 200 and response.get_json()["source"] == NEXT[case.source]
            unanswered += [] if answered else [f"{case.source}: {case.name}"]
            stored += poison.bad_bars(scene.at.table, IN_SESSION.timestamp())
            stored += poison.blocks_of(scene.at.table, "AAPL", case.source)
    examples = ground.count(10_000, 300)
    kept = _random_poison(examples)
    figure = (
        f"{len(poison.CASES)} cases through the cache and {len(over_http)} of Tiingo, Finnhub and Yahoo "
        f"over HTTP: {stored} bad candles stored, {len(unanswered)} unanswered"
        f"{' (' if unanswered else ''}{', '.join(unanswered)}{')' if unanswered else ''}; "
        f"{examples:,} random ones: {kept} bad candles let through"
    )
    return Outcome(figure, stored == len(unanswered) == kept == 0)


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


def _down_after(seconds: float) -> Fault:
    """Return what is silent for a while, and then says 503."""
    silent, down = stand_in.slow(seconds), stand_in.status(503, "<html>overloaded</html>")
    return lambda handler: silent(handler) or down(handler)


def _code(response: TestResponse) -> str:
    return str(response.get_json()["error"]["code"])


def _ticker(number: int) -> str:
    return f"T{chr(65 + number)}"
