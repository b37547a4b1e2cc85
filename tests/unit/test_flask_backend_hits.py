"""Flask-Caching on the memory tier: fresh copies, timeouts, atomic counting, within its share of bytes."""

from __future__ import annotations

import pickle
import threading
import time
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from flask_caching import Cache

from cache.flask_backend import Held, MemoryTierBackend
from cache.memory import SegmentedLRU

if TYPE_CHECKING:
    from collections.abc import Callable

BUDGET_BYTES = 100_000


class Hands:
    """A clock that is moved by hand, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def memory() -> SegmentedLRU[str, Held]:
    return SegmentedLRU(BUDGET_BYTES)


@pytest.fixture
def backend(memory: SegmentedLRU[str, Held], clock: Hands) -> MemoryTierBackend:
    return MemoryTierBackend(memory, 300, clock=clock)


@pytest.fixture
def cached(memory: SegmentedLRU[str, Held], clock: Hands) -> tuple[Flask, Cache]:
    """Return a real app with a real Flask-Caching on the backend."""
    app = Flask(__name__)
    options = {"memory": memory, "clock": clock}
    config = {"CACHE_TYPE": "cache.flask_backend.MemoryTierBackend", "CACHE_OPTIONS": options}
    return app, Cache(app, config=config | {"CACHE_DEFAULT_TIMEOUT": 60})


def test_a_changed_hit_does_not_change_the_next_hit(backend: MemoryTierBackend) -> None:
    original = {"closes": [1.0, 2.0]}
    backend.set("k", original)
    original["closes"].append(3.0)
    first = backend.get("k")
    assert first == {"closes": [1.0, 2.0]}
    first["closes"].clear()
    assert backend.get("k") == {"closes": [1.0, 2.0]}
    assert backend.get_many("k", "k")[0] is not backend.get_many("k", "k")[1]


def test_only_bytes_are_held(backend: MemoryTierBackend, memory: SegmentedLRU[str, Held]) -> None:
    backend.set("k", {"a": 1})
    held = memory.peek("k")
    assert held is not None
    assert pickle.loads(held.data) == {"a": 1}  # noqa: S301 - written two lines above


def test_a_value_ends_with_its_timeout(backend: MemoryTierBackend, clock: Hands) -> None:
    backend.set("k", 1, timeout=10)
    clock.now += 9.9
    assert backend.get("k") == 1
    assert backend.has("k")
    clock.now += 0.1
    assert not backend.has("k")
    assert backend.get("k") is None


@pytest.mark.parametrize(("timeout", "lasts_s"), [(None, 300), (timedelta(seconds=1.2), 2), (7, 7)])
def test_timeouts_are_whole_seconds_or_the_default(
    backend: MemoryTierBackend, clock: Hands, timeout: int | timedelta | None, lasts_s: int
) -> None:
    backend.set("k", 1, timeout)
    clock.now += lasts_s - 0.01
    assert backend.has("k")
    clock.now += 0.02
    assert not backend.has("k")


def test_timeout_0_never_ends_and_a_negative_one_ends_at_once(
    backend: MemoryTierBackend, clock: Hands
) -> None:
    backend.set("for ever", 1, timeout=0)
    backend.set("over", 1, timeout=-1)
    assert not backend.has("over")
    assert backend.get("over") is None
    clock.now += 1e9
    assert backend.get("for ever") == 1


def test_what_is_over_gives_its_room_back_when_it_is_asked_for(
    backend: MemoryTierBackend, memory: SegmentedLRU[str, Held], clock: Hands
) -> None:
    backend.set("k", "x" * 1000, timeout=1)
    assert memory.stats().bytes > 1000
    clock.now += 2
    assert backend.get("k") is None
    assert memory.stats().bytes == 0


def test_a_value_set_anew_while_the_old_one_is_found_over_stays(
    memory: SegmentedLRU[str, Held],
) -> None:
    """The clock is read between the lookup and the clean-up; the new value arrives exactly there."""
    times = iter([0.0])
    backend = MemoryTierBackend(memory, clock=lambda: next(times, 100.0))
    backend.set("k", "old", timeout=1)

    def late() -> float:
        memory.put("k", Held(pickle.dumps("new"), None), 300)
        return 100.0

    backend._clock = late
    assert backend.get("k") is None
    assert backend.get("k") == "new"


def test_add_does_not_overwrite_what_is_there_but_what_is_over(
    backend: MemoryTierBackend, clock: Hands
) -> None:
    assert backend.add("k", 1, timeout=5)
    assert not backend.add("k", 2)
    assert backend.get("k") == 1
    clock.now += 5
    assert backend.add("k", 3)
    assert backend.get("k") == 3


def test_none_is_a_value_that_has_tells_from_nothing(backend: MemoryTierBackend) -> None:
    backend.set("k", None)
    assert backend.get("k") is None
    assert backend.has("k")
    assert not backend.has("other")


def test_many_keys_at_once(backend: MemoryTierBackend) -> None:
    assert backend.set_many({"a": 1, "b": [2]}, timeout=5) == ["a", "b"]
    assert backend.get_many("b", "x", "a") == [[2], None, 1]
    assert backend.get_dict("a", "x") == {"a": 1, "x": None}
    assert backend.delete_many("a", "x") == ["a", "x"]
    assert backend.get_many("a", "b") == [None, [2]]


def test_delete_says_whether_there_was_something(backend: MemoryTierBackend, clock: Hands) -> None:
    backend.set("k", 1)
    backend.set("over", 1, timeout=1)
    clock.now += 2
    assert backend.delete("k")
    assert not backend.delete("k")
    assert not backend.delete("over")


def test_clear_empties_the_tier(backend: MemoryTierBackend, memory: SegmentedLRU[str, Held]) -> None:
    backend.set_many({"a": 1, "b": 2})
    assert backend.clear()
    assert backend.get_many("a", "b") == [None, None]
    assert memory.stats().bytes == 0


def test_the_share_of_the_budget_is_kept_and_a_value_beyond_it_is_refused(
    backend: MemoryTierBackend, memory: SegmentedLRU[str, Held]
) -> None:
    for number in range(500):
        backend.set(f"k{number}", "x" * 1000)
    memory.check()
    assert 0.9 * BUDGET_BYTES < memory.stats().bytes <= BUDGET_BYTES
    assert backend.set("large", b"x" * BUDGET_BYTES) is False
    assert not backend.has("large")


def test_what_cannot_be_pickled_is_refused_and_the_former_value_stays(backend: MemoryTierBackend) -> None:
    backend.set("k", 1)
    with pytest.raises((pickle.PicklingError, TypeError, AttributeError)):
        backend.set("k", threading.Lock())
    assert backend.get("k") == 1


def yielding() -> float:
    """Tell the time and let another thread run first, between reading and writing."""
    time.sleep(0)
    return 0.0


def test_counting_is_atomic_between_threads(memory: SegmentedLRU[str, Held]) -> None:
    backend = MemoryTierBackend(memory, clock=yielding)
    barrier = threading.Barrier(8)

    def count() -> None:
        barrier.wait()
        for _ in range(200):
            backend.inc("n", 2)
            backend.dec("n")

    run_together([count] * 8)
    assert backend.get("n") == 1600
    assert backend.dec("below") == -1


def test_one_of_many_threads_adds(memory: SegmentedLRU[str, Held]) -> None:
    backend = MemoryTierBackend(memory, clock=yielding)
    barrier = threading.Barrier(8)
    added: list[list[bool]] = []

    def add() -> None:
        barrier.wait()
        added.append([backend.add(f"k{number}", 1) for number in range(20)])

    run_together([add] * 8)
    assert [sum(of_one_key) for of_one_key in zip(*added, strict=True)] == [1] * 20


def test_the_factory_says_what_is_missing() -> None:
    with pytest.raises(ValueError, match="CACHE_OPTIONS must hold the tier"):
        Cache(Flask(__name__), config={"CACHE_TYPE": "cache.flask_backend.MemoryTierBackend"})


def test_the_app_uses_the_given_tier_and_default_timeout(
    cached: tuple[Flask, Cache], memory: SegmentedLRU[str, Held], clock: Hands
) -> None:
    app, cache = cached
    with app.app_context():
        cache.set("k", 1)
        assert memory.peek("k") is not None
        clock.now += 60
        assert cache.get("k") is None


def test_memoize_calls_once_per_arguments_and_forgets_on_demand(cached: tuple[Flask, Cache]) -> None:
    app, cache = cached
    calls: list[tuple[str, int]] = []

    @cache.memoize(timeout=50)
    def average(ticker: str, window: int = 20) -> list[float]:
        calls.append((ticker, window))
        return [float(window)]

    with app.app_context():
        average("AAPL").append(0.0)
        assert average("AAPL", 20) == [20.0]
        average("AAPL", 50)
        average("MSFT")
        assert calls == [("AAPL", 20), ("AAPL", 50), ("MSFT", 20)]
        cache.delete_memoized(average, "AAPL", 50)
        average("AAPL", 50)
        average("MSFT")
        assert len(calls) == 4
        cache.delete_memoized(average)
        average("AAPL")
        average("MSFT")
        assert len(calls) == 6


def test_memoized_none_is_not_computed_again(cached: tuple[Flask, Cache]) -> None:
    app, cache = cached
    calls: list[str] = []

    @cache.memoize(cache_none=True)
    def name(ticker: str) -> None:
        calls.append(ticker)

    with app.app_context():
        assert name("ZZZZ") is name("ZZZZ") is None
    assert calls == ["ZZZZ"]


def test_a_cached_view_answers_once_until_it_is_over_or_cleared(
    cached: tuple[Flask, Cache], clock: Hands
) -> None:
    app, cache = cached
    calls: list[int] = []

    @app.get("/track-record")
    @cache.cached(timeout=30)
    def view() -> dict[str, Any]:
        calls.append(1)
        return {"calls": len(calls)}

    client = app.test_client()
    answers = [client.get("/track-record").json for _ in range(3)]
    assert answers == [{"calls": 1}] * 3
    clock.now += 30
    assert client.get("/track-record").json == {"calls": 2}
    with app.app_context():
        cache.clear()
    assert client.get("/track-record").json == {"calls": 3}


def run_together(works: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
