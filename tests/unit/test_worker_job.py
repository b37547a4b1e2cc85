"""The daily job: done once, by who leads, and given up between two steps."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import date, time
from pathlib import Path

import pytest

from cache.guarded import GuardedCalls
from cache.seams import OpenGuard
from cache.statistics import Statistics
from cache.warming import Outcome, Step
from market.resolution import Resolution
from store import Table, TableUnavailableError
from tests.kit.lock_world import World
from tests.kit.providers import utc
from tests.kit.tables import sqlite_store, table_schema
from tests.unit.test_worker_leader import Away, leader
from worker.done_marks import DoneMarks
from worker.leader import Leader
from worker.schedule import Daily
from worker.worker import BackgroundWorker, WarmingJob, Worker

NINE = utc("2025-03-07 14:00")
HANG_GUARD_S = 10


class Steps:
    """Takes two steps for each ticker and notes them; ``meanwhile`` happens in every step."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.taken: list[str] = []
        self.meanwhile = meanwhile

    def run(self, tickers: Sequence[str], cancelled: Callable[[float], bool]) -> Iterator[Step]:
        for ticker in tickers:
            for _ in range(2):
                if cancelled(0):
                    return
                self.taken.append(ticker)
                self.meanwhile()
                yield Step(len(self.taken), 2 * len(tickers), ticker, Resolution.DAY, Outcome.HELD)


@pytest.fixture
def table(tmp_path: Path) -> Iterator[Table]:
    store, schema = sqlite_store(tmp_path), table_schema()
    store.create([schema])
    yield store.table(schema)
    store.close()


def marks(table: Table) -> DoneMarks:
    return DoneMarks(table, GuardedCalls(OpenGuard(), Statistics()), "warm", lambda: 1_741_000_000.0)


def job(who: Leader, table: Table, steps: Steps, at: str = "2025-03-07 14:00") -> WarmingJob:
    return WarmingJob(who, marks(table), steps, ("AAPL", "MSFT"), Daily(time(9)), now=lambda: utc(at))


def test_it_is_done_once_on_a_day_whoever_leads(table: Table) -> None:
    """The next leader finds the mark; the next day begins anew."""
    world, steps = World(), Steps()
    first, second = leader(world, table, "a"), leader(world, table, "b")
    first.beat()
    assert job(first, table, steps).run(threading.Event())
    assert steps.taken == ["AAPL", "AAPL", "MSFT", "MSFT"]
    first.resign()
    second.beat()
    assert not job(second, table, steps).run(threading.Event())
    assert len(steps.taken) == 4
    second.beat()
    assert job(second, table, steps, "2025-03-10 13:00").run(threading.Event())
    assert len(steps.taken) == 8


def test_without_the_mark_the_next_leader_does_it_again(table: Table) -> None:
    """The twin of the one above: it can fail."""
    world, steps = World(), Steps()
    first = leader(world, table, "a")
    first.beat()
    assert job(first, table, steps).run(threading.Event())
    table.delete(("JOB#warm", "2025-03-07"))
    assert job(first, table, steps).run(threading.Event())
    assert len(steps.taken) == 8


def test_who_does_not_lead_does_nothing(table: Table) -> None:
    steps = Steps()
    assert not job(leader(World(), table, "a"), table, steps).run(threading.Event())
    assert steps.taken == []


def test_not_at_its_time_nothing_is_done(table: Table) -> None:
    steps, who = Steps(), leader(World(), table, "a")
    who.beat()
    assert not job(who, table, steps, "2025-03-08 14:00").run(threading.Event())
    assert steps.taken == []


def test_who_loses_the_lead_stops_and_leaves_the_day_undone(table: Table) -> None:
    """A paused leader wakes in the middle of a step: it takes no further one and marks nothing."""
    world = World()
    who = leader(world, table, "a")
    steps = Steps(meanwhile=lambda: world.sleep(60))
    who.beat()
    assert not job(who, table, steps).run(threading.Event())
    assert steps.taken == ["AAPL"]
    assert not marks(table).done(date(2025, 3, 7))


def test_a_stop_counts_between_two_steps(table: Table) -> None:
    """cache-17: cancellable."""
    stop, who = threading.Event(), leader(World(), table, "a")
    steps = Steps(meanwhile=stop.set)
    who.beat()
    assert not job(who, table, steps).run(stop)
    assert steps.taken == ["AAPL"]


def test_a_table_that_does_not_say_whether_it_was_done_is_asked_again(table: Table) -> None:
    """Nothing is fetched that could not be kept; when the table answers there is still time."""
    who, steps, away = leader(World(), table, "a"), Steps(), Away(table)
    who.beat()
    asked = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            asked.append(timeout)
            away.away = len(asked) < 3
            return False

    away.away = True
    assert job(who, away, steps).run(Stop())  # type: ignore[arg-type]
    assert [seconds for seconds in asked if seconds] == [10, 10, 10]
    assert len(steps.taken) == 4


def test_it_gives_up_on_a_table_that_never_answers_when_it_is_stopped(table: Table) -> None:
    who, steps, away = leader(World(), table, "a"), Steps(), Away(table)
    who.beat()
    away.away = True
    stop = threading.Event()
    stop.set()
    assert not job(who, away, steps).run(stop)  # type: ignore[arg-type]
    assert steps.taken == []


def test_marking_twice_says_so(table: Table) -> None:
    assert marks(table).mark(date(2025, 3, 7))
    assert not marks(table).mark(date(2025, 3, 7))
    item = table.get(("JOB#warm", "2025-03-07"))
    assert item is not None
    assert item["ttl"] == 1_741_000_000 + 7 * 86_400


def test_a_thread_that_comes_to_lead_does_what_is_due_and_ends_when_told(table: Table) -> None:
    """Local mode: it needs no scheduler's tick; what was under way ends between two steps."""
    began = threading.Event()
    steps = Steps(meanwhile=lambda: began.set() or threading.Event().wait(0.01))
    who = leader(World(), table, "a")
    background = BackgroundWorker(
        Worker(
            who,
            WarmingJob(
                who,
                marks(table),
                steps,
                [f"T{number}" for number in range(5_000)],
                Daily(time(9)),
                now=lambda: NINE,
            ),
        )
    )
    background.start()
    assert began.wait(HANG_GUARD_S)
    assert background.stop()
    assert 0 < len(steps.taken) < 10_000
    assert table.get(("LOCK#worker", "LOCK")) is None, "it resigned"
    assert not any(thread.name == "worker-job" for thread in threading.enumerate())


def test_without_a_job_it_only_leads(table: Table) -> None:
    """WARM_AT=off."""
    who = leader(World(), table, "a")
    background = BackgroundWorker(Worker(who, None))
    background.start()
    assert background.stop()


def test_the_table_error_is_the_one_that_tables_raise(table: Table) -> None:
    """So that the tests above fail as the product does."""
    away = Away(table)
    away.away = True
    with pytest.raises(TableUnavailableError):
        marks(away).done(date(2025, 3, 7))  # type: ignore[arg-type]


def test_a_fault_in_the_job_does_not_end_the_days_after(table: Table) -> None:
    """Who leads for weeks must not beat without working."""
    ran: list[int] = []
    again = threading.Event()

    class Faulty:
        schedule = Daily(time(9))

        def run(self, stop: threading.Event) -> bool:
            ran.append(1)
            if len(ran) == 1:
                raise ValueError("a fault")
            again.set()
            return True

    wake, stop = threading.Event(), threading.Event()
    worker = Worker(leader(World(), table, "a"), Faulty())  # type: ignore[arg-type]
    thread = threading.Thread(target=worker._work, args=(wake, stop), daemon=True)
    thread.start()
    wake.set()
    while not ran or wake.is_set():
        threading.Event().wait(0.01)
    wake.set()
    assert again.wait(HANG_GUARD_S)
    stop.set()
    wake.set()
    thread.join(HANG_GUARD_S)
    assert not thread.is_alive()


def test_a_day_whose_warming_the_table_did_not_keep_is_not_done(table: Table) -> None:
    """cache-17: it is tried again while there is time."""
    who = leader(World(), table, "a")
    who.beat()
    rounds = iter([Outcome.LOST, Outcome.FETCHED])

    class Forgetful:
        def run(self, tickers: Sequence[str], cancelled: Callable[[float], bool]) -> Iterator[Step]:
            yield Step(1, 1, "AAPL", Resolution.DAY, next(rounds))

    class Patient(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            return False

    assert job(who, table, Forgetful()).run(Patient())  # type: ignore[arg-type]
    assert next(rounds, None) is None
    assert marks(table).done(date(2025, 3, 7))
