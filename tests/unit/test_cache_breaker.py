"""The circuit breaker by itself: a table of histories, a model, and many threads at half-open."""

from __future__ import annotations

import threading
from contextlib import nullcontext
from itertools import pairwise

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from structlog.testing import capture_logs

from cache.breaker import FAILURES, OPEN_S, REOPENED_S, Breaker, State
from cache.guarded import GuardedCalls, TableLeftAloneError
from cache.statistics import Statistics
from store.table import ItemTooLargeError, TableUnavailableError
from tests.kit.house import Clock
from tests.kit.tables import at_once

THREADS = 50


def made() -> tuple[Breaker, Clock]:
    clock = Clock(1000.0)
    return Breaker(clock), clock


def play(breaker: Breaker, clock: Clock, history: str) -> str:
    """Play a history and return what each question was told.

    F and S are calls that fail and succeed where they are let through, ? is one that never ends, and a number
    is a pause in seconds. The answer has + for a call that was made and - for one that was refused.
    """
    told = ""
    for step in history.split():
        if step.isdigit():
            clock.now_s += int(step)
            continue
        allowed = breaker.allows()
        told += "+" if allowed else "-"
        if allowed and step != "?":
            (breaker.failed if step == "F" else breaker.succeeded)()
    return told


@pytest.mark.parametrize(
    ("history", "told", "state"),
    [
        ("S", "+", State.CLOSED),
        ("F F", "++", State.CLOSED),
        ("F F S F F", "+++++", State.CLOSED),
        ("F F F", "+++", State.OPEN),
        ("F F F 59 S", "+++-", State.OPEN),
        ("F F F 60 S", "++++", State.CLOSED),
        ("F F F 60 S F F", "++++++", State.CLOSED),
        ("F F F 60 S F F F S", "+++++++-", State.OPEN),
        ("F F F 60 F 29 S", "++++-", State.OPEN),
        ("F F F 60 F 30 S", "+++++", State.CLOSED),
        ("F F F 60 F 30 F 29 S 1 S", "+++++-+", State.CLOSED),
        ("F F F 60 ?", "++++", State.HALF_OPEN),
        ("F F F 60 ? S S 29 S", "++++---", State.HALF_OPEN),
        ("F F F 60 ? 30 S", "+++++", State.CLOSED),
        ("F F F 9999 S", "++++", State.CLOSED),
    ],
)
def test_histories(history: str, told: str, state: State) -> None:
    """cache-10, D30, D31: three in a row, 60 s, one probe, 30 s; a probe that never ends costs 30 s."""
    breaker, clock = made()
    assert play(breaker, clock, history) == told
    assert breaker.report().state is state


def test_d24_it_starts_closed() -> None:
    """D24, E17: a new process knows of no failure and asks the table at once."""
    breaker, _ = made()
    report = breaker.report()
    assert (report.state, report.for_s, report.next_probe_s) == (State.CLOSED, 0, None)
    assert breaker.allows()


def test_a_report_says_since_when_and_until_when() -> None:
    breaker, clock = made()
    play(breaker, clock, "F F F 12 S S")
    report = breaker.report()
    assert (report.state, report.for_s, report.next_probe_s) == (State.OPEN, 12, OPEN_S - 12)
    assert (report.opened, report.refused, report.failures) == (1, 2, FAILURES)
    play(breaker, clock, "100")
    assert breaker.report().next_probe_s == 0
    play(breaker, clock, "?")
    report = breaker.report()
    assert (report.state, report.for_s, report.next_probe_s) == (State.HALF_OPEN, 0, REOPENED_S)


def test_e7_e8_opening_and_closing_are_logged_and_counted() -> None:
    """E7, E8: one event for each change, whoever is refused meanwhile."""
    breaker, clock = made()
    with capture_logs() as logs:
        play(breaker, clock, "F F F S S 60 F S 30 S")
    assert [(log["event"], log.get("seconds")) for log in logs] == [
        ("circuit_breaker_opened", OPEN_S),
        ("circuit_breaker_half_open", None),
        ("circuit_breaker_opened", REOPENED_S),
        ("circuit_breaker_half_open", None),
        ("circuit_breaker_closed", None),
    ]
    assert breaker.report().opened == 2


def in_another_thread(work: object) -> None:
    thread = threading.Thread(target=work)  # type: ignore[arg-type]
    thread.start()
    thread.join()


@pytest.mark.parametrize("ends", ["succeeded", "failed"])
def test_a_call_that_began_before_it_opened_decides_nothing(ends: str) -> None:
    """D31: while it is open or half-open, only the probe's outcome counts."""
    breaker, clock = made()
    play(breaker, clock, "F F F")
    getattr(breaker, ends)()
    assert breaker.report().next_probe_s == OPEN_S
    play(breaker, clock, "60 ?")
    in_another_thread(getattr(breaker, ends))
    assert breaker.report().state is State.HALF_OPEN
    breaker.succeeded()
    assert breaker.report().state is State.CLOSED


def test_a_probe_that_died_reports_nothing_later() -> None:
    """A probe given up after 30 s may still end; the one that took its place decides."""
    breaker, clock = made()
    play(breaker, clock, "F F F 60")
    in_another_thread(breaker.allows)  # it dies here
    assert play(breaker, clock, "S 29 S") == "--"
    assert play(breaker, clock, "1 ? S") == "+-"
    in_another_thread(breaker.succeeded)
    assert breaker.report().state is State.HALF_OPEN
    breaker.succeeded()
    assert breaker.report().state is State.CLOSED


def probes(breaker: Breaker) -> int:
    return sum(at_once(THREADS, lambda number: breaker.allows()))


def test_many_threads_at_half_open_make_one_probe() -> None:
    """D30: of fifty that come at once, one goes through, in every of twenty rounds."""
    breaker, clock = made()
    play(breaker, clock, "F F F")
    for _ in range(20):
        clock.now_s += OPEN_S
        assert probes(breaker) == 1


class Hesitating(Breaker):
    """Lets other threads run between the decision and what it changes."""

    def _enter(self, state: State, now_s: float) -> None:
        threading.Event().wait(0.01)
        super()._enter(state, now_s)


def test_without_its_lock_there_are_many_probes() -> None:
    """The negative twin: it proves that the test above can fail."""
    clock = Clock(1000.0)
    breaker = Hesitating(clock)
    play(breaker, clock, "F F F 60")
    breaker._lock = nullcontext()  # type: ignore[assignment]
    assert probes(breaker) > 1


def test_with_its_lock_hesitating_changes_nothing() -> None:
    clock = Clock(1000.0)
    breaker = Hesitating(clock)
    play(breaker, clock, "F F F 60")
    assert probes(breaker) == 1


class BreakerModel(RuleBasedStateMachine):
    """Against a list of what happened: which calls were let through is worked out anew at every step."""

    def __init__(self) -> None:
        super().__init__()
        self.breaker, self.clock = made()
        self.row = 0
        self.closed = True
        self.due_s = 0.0
        self.probing = False
        self.probes_s: list[float] = []

    @rule(seconds=st.sampled_from([0.0, 0.5, 1, 15, 29.5, 30, 45, 60, 100]))
    def wait(self, seconds: float) -> None:
        self.clock.now_s += seconds

    @rule(ends=st.sampled_from(["succeeded", "failed", "never"]))
    def call(self, ends: str) -> None:
        now_s = self.clock.now_s
        allowed = self.breaker.allows()
        assert allowed == (self.closed or now_s >= self.due_s)
        if not allowed:
            return
        if not self.closed:
            self.probes_s.append(now_s)
            self.due_s = now_s + REOPENED_S
            self.probing = True
        if ends != "never":
            getattr(self.breaker, ends)()
            self.ended(ends, now_s)

    @rule(ends=st.sampled_from(["succeeded", "failed"]))
    def end_late(self, ends: str) -> None:
        """A call of another thread, let through while it was closed, ends now."""
        if self.closed:
            return
        before = self.breaker.report()
        in_another_thread(getattr(self.breaker, ends))
        assert self.breaker.report() == before

    def ended(self, how: str, now_s: float) -> None:
        self.probing = False
        if how == "succeeded":
            self.closed, self.row = True, 0
        elif not self.closed:
            self.due_s = now_s + REOPENED_S
        else:
            self.row += 1
            if self.row == FAILURES:
                self.closed, self.due_s = False, now_s + OPEN_S

    @invariant()
    def state_is_what_the_model_says(self) -> None:
        report = self.breaker.report()
        expected = State.CLOSED if self.closed else State.HALF_OPEN if self.probing else State.OPEN
        assert report.state is expected
        assert report.for_s >= 0
        assert report.next_probe_s == (None if self.closed else max(0.0, self.due_s - self.clock.now_s))

    @invariant()
    def probes_are_rare(self) -> None:
        """Reliability 12: at most one probe in 30 s."""
        assert all(later - earlier >= REOPENED_S for earlier, later in pairwise(self.probes_s))


TestBreakerModel = BreakerModel.TestCase
TestBreakerModel.settings = settings(max_examples=80, stateful_step_count=40)


def guarded() -> tuple[GuardedCalls, Breaker, Clock, Statistics]:
    breaker, clock = made()
    statistics = Statistics()
    return GuardedCalls(breaker, statistics), breaker, clock, statistics


def raises(error: BaseException) -> object:
    def call() -> None:
        raise error

    return call


def test_a_call_that_is_not_made_is_told_apart_from_one_that_failed() -> None:
    calls, _, _, statistics = guarded()
    for _ in range(FAILURES):
        with pytest.raises(TableUnavailableError):
            calls.run(raises(TableUnavailableError("down")), "event")  # type: ignore[arg-type]
    with pytest.raises(TableLeftAloneError):
        calls.run(lambda: 1, "event")
    counts = statistics.snapshot()
    assert (counts["table_errors"], counts["table_skipped"]) == (FAILURES, 1)


def test_whatever_ends_a_probe_it_is_reported() -> None:
    """A probe whose thread is interrupted does not leave the breaker half-open."""
    calls, breaker, clock, _ = guarded()
    play(breaker, clock, "F F F 60")
    with pytest.raises(KeyboardInterrupt):
        calls.run(raises(KeyboardInterrupt()), "event")  # type: ignore[arg-type]
    assert breaker.report().state is State.OPEN
    assert breaker.report().next_probe_s == REOPENED_S


def test_an_item_too_large_says_nothing_about_the_table() -> None:
    """Reliability 18: it is refused before the call, so it opens nothing."""
    calls, breaker, _, _ = guarded()
    for _ in range(FAILURES + 1):
        with pytest.raises(ItemTooLargeError):
            calls.run(raises(ItemTooLargeError("500 KB")), "event")  # type: ignore[arg-type]
    assert breaker.report().state is State.CLOSED
