"""Single flight: one fetch per key, errors reach all who wait, and nobody waits for ever."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cache.single_flight import FlightAbortedError, FlightTimeoutError, NestedFlightError, SingleFlight

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    Fetch = Callable[[tuple[str, ...]], Mapping[str, str]]

PATIENCE_S = 20.0


@pytest.fixture
def flights() -> Iterator[SingleFlight[str, str]]:
    """Yield a single flight, and see after the test that nothing was left in the air."""
    flights: SingleFlight[str, str] = SingleFlight()
    yield flights
    assert flights.flying() == 0


@pytest.fixture
def restless() -> Iterator[None]:
    """Let threads take turns every few microseconds, so that what is not guarded goes wrong."""
    former = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(former)


class Herd:
    """Threads that start together; what each returned or raised is kept."""

    def __init__(self, works: list[Callable[[], object]]) -> None:
        self.results: list[object] = []
        self.errors: list[BaseException] = []
        self._barrier = threading.Barrier(len(works))
        self._threads = [threading.Thread(target=self._do, args=(work,)) for work in works]
        for thread in self._threads:
            thread.start()

    def _do(self, work: Callable[[], object]) -> None:
        self._barrier.wait()
        try:
            self.results.append(work())
        except BaseException as error:  # noqa: BLE001 - kept for the test to judge
            self.errors.append(error)

    def join(self) -> Herd:
        for thread in self._threads:
            thread.join(PATIENCE_S)
        assert not any(thread.is_alive() for thread in self._threads)
        return self


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.0005)


def load(
    ticker: str, run: Callable[[list[str], Fetch, float], Mapping[str, str]]
) -> tuple[int, list[object]]:
    """Let 50 threads read through a cache for two months; return provider calls and the answers.

    Whoever fetches looks in the cache again before it asks the provider, as the read path does.
    """
    cache: dict[str, str] = {}
    calls: Counter[str] = Counter()
    units = [f"{ticker}#2025-11", f"{ticker}#2025-12"]

    def fetch(wanted: tuple[str, ...]) -> Mapping[str, str]:
        absent = [unit for unit in wanted if unit not in cache]
        calls.update(absent)
        if absent:
            time.sleep(0.005)
        cache.update((unit, unit.lower()) for unit in absent)
        return {unit: cache[unit] for unit in wanted}

    def read() -> object:
        if all(unit in cache for unit in units):
            return {unit: cache[unit] for unit in units}
        return run(units, fetch, PATIENCE_S)

    herd = Herd([read] * 50).join()
    assert herd.errors == []
    assert set(calls) == set(units)
    return max(calls.values()), herd.results


@pytest.mark.usefixtures("restless")
def test_d1_fifty_at_once_cause_one_call_per_key(flights: SingleFlight[str, str]) -> None:
    for round_ in range(5):
        calls, answers = load(f"T{round_}", flights.run)
        assert calls == 1
        assert answers == [{f"T{round_}#2025-{m}": f"t{round_}#2025-{m}" for m in (11, 12)}] * 50


def test_d1_negative_twin_without_single_flight_there_is_more_than_one_call() -> None:
    calls, answers = load("AAPL", lambda keys, fetch, _: fetch(tuple(keys)))
    assert calls > 1
    assert len(answers) == 50


def test_run_fetches_its_free_keys_in_one_call_and_in_their_order(flights: SingleFlight[str, str]) -> None:
    asked: list[tuple[str, ...]] = []

    def fetch(keys: tuple[str, ...]) -> Mapping[str, str]:
        asked.append(keys)
        return {key: key.upper() for key in (*keys, "more")}

    assert list(flights.run(["c", "a", "c", "b"], fetch, 1).items()) == [("c", "C"), ("a", "A"), ("b", "B")]
    assert asked == [("c", "a", "b")]
    assert flights.run([], fetch, 1) == {}
    assert len(asked) == 1


def test_a_landed_key_is_fetched_anew(flights: SingleFlight[str, str]) -> None:
    answers = iter("12")
    for expected in "12":
        assert flights.run(["a"], lambda keys: dict.fromkeys(keys, next(answers)), 1) == {"a": expected}


def test_d12_only_the_keys_in_flight_are_awaited_and_the_others_fetched(
    flights: SingleFlight[str, str],
) -> None:
    with flights.claim(["a", "b"]) as first:
        herd = Herd(
            [lambda: flights.run(["b", "c", "a"], lambda keys: dict.fromkeys(keys, "own"), PATIENCE_S)]
        )
        until(lambda: all_wait(flights, "b", 1))
        second = flights.claim(["d"])
        assert (first.led, first.awaited) == (("a", "b"), ())
        assert (second.led, second.awaited) == (("d",), ())
        second.finish({"d": "D"})
        first.finish({"a": "A", "b": "B"})
    assert herd.join().results == [{"b": "B", "c": "own", "a": "A"}]


def test_d11_a_key_in_flight_does_not_hold_up_another(flights: SingleFlight[str, str]) -> None:
    with flights.claim(["AAPL"]) as claim:
        herd = Herd([lambda: flights.run(["MSFT"], lambda keys: dict.fromkeys(keys, "x"), 0.0)]).join()
        claim.finish({"AAPL": "y"})
    assert herd.results == [{"MSFT": "x"}]


@pytest.mark.parametrize("boom", [ValueError("no such thing"), KeyError("k"), OSError(5, "down")])
def test_a_leader_that_raises_hands_its_error_to_all_and_the_next_call_tries_again(
    flights: SingleFlight[str, str], boom: Exception
) -> None:
    fetches: list[tuple[str, ...]] = []

    def fetch(keys: tuple[str, ...]) -> Mapping[str, str]:
        fetches.append(keys)
        go.wait(PATIENCE_S)
        raise boom

    go = threading.Event()
    herd = Herd([lambda: flights.run(["a"], fetch, PATIENCE_S)] * 10)
    until(lambda: all_wait(flights, "a", 9))
    go.set()
    herd.join()
    assert fetches == [("a",)]
    assert [error is boom for error in herd.errors] == [True] * 10
    assert flights.run(["a"], lambda _: {"a": "fine"}, 1) == {"a": "fine"}


@pytest.mark.parametrize("boom", [KeyboardInterrupt(), SystemExit(3), GeneratorExit()])
def test_d2_an_interrupted_leader_releases_its_keys_and_does_not_end_the_waiting_threads(
    flights: SingleFlight[str, str], boom: BaseException
) -> None:
    claim = flights.claim(["a"])
    herd = Herd([lambda: flights.run(["a"], lambda _: {}, PATIENCE_S)] * 5)
    until(lambda: all_wait(flights, "a", 5))
    with pytest.raises(type(boom)), claim:
        raise boom
    herd.join()
    assert len({id(error) for error in herd.errors}) == 1
    assert len(herd.errors) == 5
    assert isinstance(herd.errors[0], FlightAbortedError)
    assert herd.errors[0].__cause__ is boom
    assert flights.run(["a"], lambda _: {"a": "fine"}, 1) == {"a": "fine"}


def test_a_result_that_is_missing_is_an_error_for_all_and_nobody_hangs(
    flights: SingleFlight[str, str],
) -> None:
    claim = flights.claim(["a", "b"])
    herd = Herd([lambda: flights.run(["b"], lambda _: {}, PATIENCE_S)])
    until(lambda: all_wait(flights, "b", 1))
    with pytest.raises(LookupError, match="no result for 1 of 2 keys"), claim:
        claim.finish({"b": "B"})
    assert [type(error) for error in herd.join().errors] == [LookupError]


def test_a_leader_that_forgets_to_finish_is_told_and_releases_its_keys(
    flights: SingleFlight[str, str],
) -> None:
    with pytest.raises(FlightAbortedError, match="without finishing"), flights.claim(["a"]):
        pass
    assert flights.flying() == 0


def test_a_claim_is_settled_once(flights: SingleFlight[str, str]) -> None:
    claim = flights.claim(["a"])
    claim.finish({"a": "A"})
    for settle in (lambda: claim.finish({"a": "B"}), lambda: claim.fail(ValueError())):
        with pytest.raises(RuntimeError, match="settled already"):
            settle()
    assert claim.wait(0) == {"a": "A"}


def test_d8_waiting_ends_with_the_timeout_and_says_what_is_there(flights: SingleFlight[str, str]) -> None:
    other = claimed_elsewhere(flights, ["a", "b"])
    with pytest.raises(FlightTimeoutError) as caught:
        flights.run(["c", "a", "b"], lambda keys: dict.fromkeys(keys, "own"), 0.002)
    assert caught.value.unfinished == ("a", "b")
    assert caught.value.done == {"c": "own"}
    assert str(caught.value) == "still waiting for 2 of 3 keys"
    other.finish({"a": "A", "b": "B"})


def test_d8_the_timeout_counts_on_the_given_clock_from_the_call_on() -> None:
    """The own fetch uses the time up: what has landed by then counts, what has not is not waited for."""
    now = [100.0]
    flights: SingleFlight[str, str] = SingleFlight(clock=lambda: now[0])
    landed, flying = claimed_elsewhere(flights, ["landed"]), claimed_elsewhere(flights, ["flying"])

    def slow(keys: tuple[str, ...]) -> Mapping[str, str]:
        now[0] += 4_000.0
        if not landed._settled:
            landed.finish({"landed": "L"})
        return dict.fromkeys(keys, "own")

    assert flights.run(["own", "landed"], slow, 3_000.0) == {"own": "own", "landed": "L"}
    began = time.monotonic()
    with pytest.raises(FlightTimeoutError) as caught:
        flights.run(["own", "flying"], slow, 3_000.0)
    assert time.monotonic() - began < PATIENCE_S
    assert caught.value.unfinished == ("flying",)
    flying.finish({"flying": "F"})


def test_a_nested_call_for_a_key_the_thread_leads_is_refused(flights: SingleFlight[str, str]) -> None:
    def again(_: tuple[str, ...]) -> Mapping[str, str]:
        return flights.run(["b", "a"], lambda keys: dict.fromkeys(keys, "never"), PATIENCE_S)

    with pytest.raises(NestedFlightError, match="fetching one of these keys already"):
        flights.run(["a"], again, PATIENCE_S)


def test_a_nested_call_for_another_key_that_would_wait_is_refused(flights: SingleFlight[str, str]) -> None:
    """Two threads that each lead one key and nest into the other's would wait in a circle."""
    other = claimed_elsewhere(flights, ["b"])

    def nested(_: tuple[str, ...]) -> Mapping[str, str]:
        return flights.run(["b"], lambda keys: dict.fromkeys(keys, "never"), PATIENCE_S)

    with pytest.raises(NestedFlightError, match="before you wait"):
        flights.run(["a"], nested, PATIENCE_S)
    other.finish({"b": "B"})


def test_waiting_before_finishing_is_refused(flights: SingleFlight[str, str]) -> None:
    with flights.claim(["a"]) as claim:
        with pytest.raises(NestedFlightError):
            claim.wait(PATIENCE_S)
        claim.finish({"a": "A"})


@pytest.mark.usefixtures("restless")
def test_one_of_many_threads_leads_a_free_key(flights: SingleFlight[str, str]) -> None:
    """Splitting free keys from those in flight is one step, whoever comes in between."""
    for _ in range(20):
        keys = [f"m{k}" for k in range(200)]
        claims = Herd([lambda keys=keys: flights.claim(keys)] * 8).join().results
        assert sorted(key for claim in claims for key in claim.led) == sorted(keys)
        for claim in claims:
            claim.finish(dict.fromkeys(claim.led, "x"))


@pytest.mark.usefixtures("restless")
def test_overlapping_sets_never_hang_and_no_key_is_fetched_twice_at_once(
    flights: SingleFlight[str, str],
) -> None:
    """Each thread asks for windows of 12 months in an order of its own; a fetch now and then fails."""
    in_fetch: Counter[str] = Counter()
    guard, overlaps = threading.Lock(), []

    def fetch(keys: tuple[str, ...], rng: np.random.Generator) -> Mapping[str, str]:
        with guard:
            in_fetch.update(keys)
            overlaps.extend(key for key in keys if in_fetch[key] > 1)
        time.sleep(0.0002)
        with guard:
            in_fetch.subtract(keys)
        if rng.integers(0, 10) == 0:
            raise OSError("provider down")
        return {key: key.upper() for key in keys}

    def work(number: int) -> Callable[[], object]:
        def ask() -> int:
            rng, answered = np.random.default_rng(number), 0
            for _ in range(40):
                keys = [f"m{k}" for k in rng.permutation(12)[: rng.integers(1, 8)]]
                try:
                    answer = flights.run(keys, lambda led: fetch(led, rng), PATIENCE_S)
                except OSError:
                    continue
                assert answer == {key: key.upper() for key in keys}
                answered += 1
            return answered

        return ask

    herd = Herd([work(number) for number in range(12)]).join()
    assert herd.errors == []
    assert overlaps == []
    assert sum(herd.results) > 100


def claimed_elsewhere(flights: SingleFlight[str, str], keys: list[str]) -> object:
    """Return a claim that another thread has made."""
    return Herd([lambda: flights.claim(keys)]).join().results[0]


def all_wait(flights: SingleFlight[str, str], key: str, number: int) -> bool:
    """Return whether so many threads wait for a key."""
    flight = flights._flying.get(key)
    return flight is not None and len(flight.landed._cond._waiters) == number
