"""The breaker against a small model: whoever asks, whatever fails and however the clock runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from random import Random
from typing import TypeVar

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from cache.breaker import FAILURES, OPEN_S, REOPENED_S, Breaker, State

CALLERS = 3
_T = TypeVar("_T")


class BreakerModel(RuleBasedStateMachine):
    """Callers are real threads, because a probe belongs to one; the model knows who has a call under way."""

    breaker_type: type[Breaker] = Breaker

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 1000.0
        self.heard = 0
        self.breaker = self.breaker_type(lambda: self.now_s, on_opened=self.hear)
        self.threads = [ThreadPoolExecutor(1) for _ in range(CALLERS)]
        self.under_way: set[int] = set()
        self.row = 0
        self.closed = True
        self.opened = 0
        self.probes_s: list[float] = []
        self.not_before_s = 0.0
        self.prober: int | None = None

    def hear(self) -> None:
        self.heard += 1

    def teardown(self) -> None:
        for thread in self.threads:
            thread.shutdown()

    def by(self, caller: int, action: Callable[[], _T]) -> _T:
        return self.threads[caller].submit(action).result(10)

    @rule(seconds=st.sampled_from([0.0, 0.01, 1.0, 29.99, REOPENED_S, 31.0, 59.99, OPEN_S, 61.0, 3600.0]))
    def time_passes(self, seconds: float) -> None:
        self.now_s += seconds

    @rule(caller=st.integers(0, CALLERS - 1))
    def ask(self, caller: int) -> None:
        if caller in self.under_way:
            return
        expected = self.closed or self.now_s >= self.not_before_s
        assert self.by(caller, self.breaker.allows) is expected
        if not expected:
            return
        self.under_way.add(caller)
        if self.closed:
            return
        self.probes_s.append(self.now_s)
        self.prober = caller
        self.not_before_s = self.now_s + REOPENED_S

    @precondition(lambda self: self.under_way)
    @rule(pick=st.randoms(use_true_random=False), good=st.booleans())
    def report(self, pick: Random, good: bool) -> None:  # noqa: FBT001 - drawn
        caller = pick.choice(sorted(self.under_way))
        self.under_way.remove(caller)
        self.by(caller, self.breaker.succeeded if good else self.breaker.failed)
        if self.closed:
            self.row = 0 if good else self.row + 1
            if self.row == FAILURES:
                self.open_for(OPEN_S)
        elif caller == self.prober:
            self.prober = None
            if good:
                self.closed, self.row = True, 0
            else:
                self.open_for(REOPENED_S)

    def open_for(self, seconds: float) -> None:
        self.closed, self.row = False, 0
        self.opened += 1
        self.not_before_s = self.now_s + seconds

    @invariant()
    def it_says_what_it_is(self) -> None:
        told = self.breaker.report()
        assert (told.state is State.CLOSED) is self.closed
        assert (told.opened, self.heard) == (self.opened, self.opened)
        assert told.for_s >= 0
        if self.closed:
            assert (told.next_probe_s, told.failures) == (None, self.row)
        else:
            assert told.next_probe_s == max(0.0, self.not_before_s - self.now_s)

    @invariant()
    def probes_keep_their_distance(self) -> None:
        """Reliability 12: at most one in 30 s, however it ended, so never two at once."""
        assert all(later - earlier >= REOPENED_S for earlier, later in pairwise(self.probes_s))


class Eager(Breaker):
    """The negative twin: it lets everybody probe once its time is up."""

    def allows(self) -> bool:
        allowed = super().allows()
        with self._lock:
            if self._state is State.HALF_OPEN:
                self._probe_at_s = 0.0
        return allowed


def test_reliability_12_the_breaker_does_as_the_model_says() -> None:
    """E7, E8, D24, D30, D31, reliability 12."""
    run_state_machine_as_test(BreakerModel, settings=settings(max_examples=100, stateful_step_count=50))  # type: ignore[no-untyped-call]


def test_a_breaker_that_lets_everybody_probe_is_found_out() -> None:
    """The negative twin: it proves that the machine can fail."""

    class Machine(BreakerModel):
        breaker_type = Eager

    with pytest.raises(AssertionError):
        run_state_machine_as_test(
            Machine,
            settings=settings(
                max_examples=300, stateful_step_count=50, print_blob=False, report_multiple_bugs=False
            ),
        )  # type: ignore[no-untyped-call]


def test_of_many_threads_one_probes() -> None:
    """D30: threads that start together at the moment when a probe is due."""
    now_s = [0.0]
    breaker = Breaker(lambda: now_s[0])
    for _ in range(FAILURES):
        breaker.failed()
    now_s[0] = OPEN_S
    barrier = threading.Barrier(16)

    def ask(_: int) -> bool:
        barrier.wait(10)
        return breaker.allows()

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(ask, range(16))) == 1
