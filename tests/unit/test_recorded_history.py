"""Histories of one key under threads and processes, checked afterwards: nobody reads what was replaced."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from store import SqliteStore
from tests.kit.dynamo_servers import server
from tests.kit.herd import Place, place
from tests.kit.history import InMemory, InTable, Plan, Step, gone_back, of_processes, record

THREADS = 6
STEPS = 150
PROCESSES = 3
LEAST_STEPS = 60
TRIES = 10
"""Of a negative twin: the histories in which it must be caught once."""


@pytest.fixture(scope="module", params=["sqlite", "dynalite"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "sqlite":
        yield ""
        return
    with server(request.param) as address:
        yield address


def plans(at: Place, **changes: object) -> list[Plan]:
    plan = Plan(str(at.folder), at.schema.name, at.plan.url)
    return [replace(plan, seed=number, **changes) for number in range(PROCESSES)]  # type: ignore[arg-type]


@pytest.mark.slow
def test_d6_d7_d9_no_process_reads_an_older_version_than_was_there(tmp_path: Path, url: str) -> None:
    """D6, D7, D9, reliability 14, 22: conditional writes that come late, consistent reads, whole blocks."""
    with place(tmp_path, url) as at:
        history = of_processes(plans(at))
    assert min(sum(step.kind == kind for step in history) for kind in ("read", "write")) > LEAST_STEPS
    assert len({step.who.split(".")[0] for step in history}) == PROCESSES
    assert gone_back(history) == []


@pytest.mark.slow
def test_without_the_condition_versions_go_back(tmp_path: Path) -> None:
    """The negative twin: it proves that the test above can fail."""
    with place(tmp_path) as at:
        assert any(gone_back(of_processes(plans(at, fenced=False))) for _ in range(TRIES))


def test_d9_threads_never_see_memory_go_back(tmp_path: Path) -> None:
    """D9, reliability 22: whoever keeps a block late keeps the newer one that is there."""
    history = record(InMemory(), tmp_path, threads=THREADS, steps=STEPS)
    assert len(history) > THREADS * LEAST_STEPS
    assert gone_back(history) == []


def test_without_the_comparison_memory_goes_back(tmp_path: Path) -> None:
    """The negative twin: it proves that the test above can fail."""
    twin = InMemory(compares=False)
    assert any(
        gone_back(record(twin, tmp_path, threads=THREADS, steps=STEPS, seed=seed)) for seed in range(TRIES)
    )


def test_d6_d7_threads_of_one_process_never_see_the_table_go_back(tmp_path: Path) -> None:
    """D6, D7: one store, its connections and its statements shared by all threads."""
    with place(tmp_path) as at:
        assert isinstance(at.store, SqliteStore)
        history = record(
            InTable(at.store.table(at.schema), "sqlite"), tmp_path, threads=THREADS, steps=LEAST_STEPS
        )
    assert gone_back(history) == []


@pytest.mark.parametrize(
    ("steps", "wrong"),
    [
        ([(0, 1, "write", 1), (2, 3, "read", 1)], 0),
        ([(0, 1, "write", 1), (2, 3, "read", 0)], 1),
        ([(0, 2, "write", 1), (1, 3, "read", 0)], 0),  # they overlap: either will do
        ([(0, 1, "read", 5), (2, 3, "read", 4)], 1),  # another reader had seen it
        ([(0, 1, "write", 2), (1.5, 2, "write", 1), (3, 4, "read", 2), (3, 4, "read", 1)], 1),
    ],
)
def test_what_counts_as_going_back(steps: list[tuple[float, float, str, int]], wrong: int) -> None:
    history = [Step(start, end, kind, version, "0.0") for start, end, kind, version in steps]  # type: ignore[arg-type]
    assert len(gone_back(history)) == wrong
