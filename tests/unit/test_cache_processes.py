"""Real processes on one table: one call for one thing, whoever dies, stops or comes back late."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit import herd
from tests.kit.dynamo_servers import server
from tests.kit.herd import QUESTION, Place, at_once, killed_holder, paused_holder, place

PROCESSES = 4
PAIR = 2
ROUNDS = 3
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["sqlite", "moto", "dynalite"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        yield ""
        return
    with server(request.param) as address:
        yield address


@pytest.fixture
def at(tmp_path: Path, url: str) -> Iterator[Place]:
    with place(tmp_path, url) as made:
        yield made


def test_d1_d17_many_processes_make_one_call_for_a_cold_month(at: Place) -> None:
    """D1, D17, reliability 1, 2: processes that all start cold, five readers in each, month after month."""
    workers = at.workers(*[at.plan] * PROCESSES)
    assert herd.herd(at, workers, ROUNDS, threads=5) == [1] * ROUNDS
    assert at.locks(herd.months(1)[0]) is None


def test_d1_without_the_lock_every_process_calls(tmp_path: Path) -> None:
    """D1's negative twin: it proves that the test above can fail."""
    with place(tmp_path) as at:
        workers = at.workers(*[at.plan.with_(lock=False)] * PAIR)
        assert max(herd.herd(at, workers, ROUNDS)) > 1


def test_clocks_that_differ_by_minutes_do_not_matter(tmp_path: Path) -> None:
    """Reliability 16: no wall clock decides who holds a lock."""
    with place(tmp_path) as at:
        plan = at.plan.with_(lease_s=2.0)
        workers = at.workers(*(plan.with_(clock_s=skew) for skew in (-140.0, 140.0)))
        assert herd.herd(at, workers, ROUNDS) == [1] * ROUNDS


def test_split_adjusted_candles_cost_two_calls_for_all_processes(tmp_path: Path) -> None:
    """cache-16: the month, and the year that brings the corporate actions, each once."""
    with place(tmp_path) as at:
        workers = at.workers(*[at.plan] * PAIR)
        at_once(workers, QUESTION | {"adjust": "split"})
        assert len(at.calls()) == 2


def test_d2_a_killed_holder_is_followed_after_its_lease(at: Place) -> None:
    """D2, E18, reliability 13: one of the two that wait takes over, the other gets what it fetched."""
    answers, calls = killed_holder(at, at.plan.with_(lease_s=1.0, wait_s=10.0))
    assert calls == 1
    assert {answer["tier"] for answer in answers} == {"provider", at.store.kind}
    assert {answer["candles"] for answer in answers} == {19 * 78}
    assert at.locks() is None


def test_d8_nobody_waits_longer_than_the_waiting_time_for_a_dead_holder(tmp_path: Path) -> None:
    """D8, reliability 13: with a lease that does not end, those who wait ask the provider themselves."""
    with place(tmp_path) as at:
        answers, calls = killed_holder(at, at.plan.with_(lease_s=600.0, wait_s=0.4))
        assert calls == 2
        assert {answer["candles"] for answer in answers} == {19 * 78}


def test_reliability_14_a_late_write_does_not_replace_newer_data(at: Place) -> None:
    """D6, D7, reliability 14: a process stopped beyond its lease comes back with old prices."""
    newer, found = paused_holder(at, at.plan.with_(lease_s=0.6, wait_s=10.0))
    assert newer == found == [200.0]


def test_reliability_14_without_the_condition_it_does(tmp_path: Path) -> None:
    """The negative twin: it proves that the test above can fail."""
    with place(tmp_path) as at:
        newer, found = paused_holder(at, at.plan.with_(lease_s=0.6, wait_s=10.0, fenced=False))
        assert newer == [200.0]
        assert found == [100.0]
