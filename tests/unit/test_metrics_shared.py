"""Numbers that several processes share, and what becomes of them when a process or the disk goes (O5)."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.allowance import Allowance
from cache.breaker import BreakerReport, State
from cache.gauges import budget_gauges, gauges
from cache.memory import MemoryStats
from cache.query import Adjust, CandleQuery
from cache.state import CacheState
from cache.statistics import NAMES, OUTCOMES, Statistics
from market.resolution import Resolution
from metrics import slots
from metrics.hub import Metrics
from metrics.instruments import GAUGES, PROCESSES, Instruments
from tests.kit.app_process import ROOT
from tests.kit.house import house
from tests.kit.providers import ScriptedProvider, utc

COUNTERS = {"requests": "asked", "misses": "not held"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    return str(tmp_path)


@pytest.fixture(autouse=True)
def no_place() -> Iterator[None]:
    yield
    slots._mine.clear()


def made(folder: str, process: str) -> Instruments:
    return Instruments(COUNTERS, OUTCOMES, folder, process)


def in_a_process(work: Callable[..., None], *arguments: Any) -> int | None:
    """Run something in a forked process and return its exit code."""
    process = multiprocessing.get_context("fork").Process(target=work, args=arguments)
    process.start()
    process.join(30)
    return process.exitcode


def count_in(folder: str, slot: int, amount: int, ending: int = 0) -> None:
    slots.take(slot)
    statistics = Statistics()
    metrics = Metrics(COUNTERS, OUTCOMES, counted=statistics.snapshot, folder=lambda: folder)
    statistics.tell(metrics)
    for _ in range(amount):
        statistics.add("requests")
    metrics._instruments().set({"flights": 5})
    if ending:
        os.kill(os.getpid(), ending)


def test_several_processes_are_one_sum(folder: str) -> None:
    """api-8: what any process is asked for is the total of all."""
    for slot, amount in enumerate((300, 20, 1)):
        assert in_a_process(count_in, folder, slot, amount) == 0
    reader = made(folder, "reader")
    assert reader.totals() == {"requests": 321, "misses": 0}
    text, content_type = reader.text()
    assert b"chandlery_requests_total 321.0\n" in text
    assert b"chandlery_flights 15.0\n" in text
    assert content_type.startswith("text/plain")


def test_a_worker_that_comes_counts_on_where_one_was_killed(folder: str) -> None:
    """Totals never fall, files do not grow in number, and a dead worker holds nothing any more."""
    reader = made(folder, "reader")
    for round_ in range(1, 6):
        assert in_a_process(count_in, folder, 0, 10, signal.SIGKILL) == -signal.SIGKILL
        assert reader.totals()["requests"] == 10 * round_
        assert b"chandlery_flights 5.0\n" in reader.text()[0]
        slots.leave(folder, 0)
        assert b"chandlery_flights 0.0\n" in reader.text()[0]
        if round_ == 1:
            files = set(Path(folder).iterdir())
    assert set(Path(folder).iterdir()) == files


def test_metrics_made_before_a_fork_count_for_each_process_apart(folder: str) -> None:
    """As ``python app.py`` makes them: the file of the one that forks is not written by its workers."""
    statistics = Statistics()
    metrics = Metrics(COUNTERS, OUTCOMES, counted=statistics.snapshot, folder=lambda: folder)
    statistics.tell(metrics)
    statistics.add("requests")

    def work(slot: int) -> None:
        slots.take(slot)
        for _ in range(100):
            statistics.add("requests")

    for slot in (0, 1):
        assert in_a_process(work, slot) == 0
    statistics.add("requests")
    assert metrics.totals()["requests"] == 202


@pytest.mark.parametrize(
    ("taken", "free"), [((), 0), ((0, 1), 2), ((1, 2), 0), ((0, 2, 3), 1), ((5,), 0), ((0, 0), 1)]
)
def test_the_lowest_place_that_nobody_has_is_given(taken: tuple[int, ...], free: int) -> None:
    assert slots.free(taken) == free


def test_the_folder_is_its_makers_and_goes_with_it(tmp_path: Path) -> None:
    """A fork leaves it alone, and a reload of the configuration finds it again."""
    program = (
        "import os, sys; from metrics import slots\n"
        "made = slots.own_folder('')\n"
        "assert slots.own_folder(made) == made != slots.own_folder('/tmp/chandlery-metrics-1-x')\n"
        "if os.fork() == 0: sys.exit()\n"
        "os.wait(); assert os.path.isdir(made); print(made)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"TMPDIR": str(tmp_path), "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def ask(folder: Path, metrics_folder: str) -> tuple[int, list[Any]]:
    """Ask a cache whose metrics live in a folder; return the number of candles and the log."""
    at = house(folder, [ScriptedProvider(utc("2025-03-07 22:00"))])
    metrics = Metrics(NAMES, OUTCOMES, counted=at.cache.statistics.snapshot, folder=lambda: metrics_folder)
    at.cache.statistics.tell(metrics)
    query = CandleQuery("AAPL", Resolution.DAY, date(2025, 2, 3), date(2025, 2, 28), Adjust.RAW)
    with capture_logs() as logs:
        answers = [len(at.cache.get(query).candles) for _ in range(20)]
        metrics.tick()
    assert len(set(answers)) == 1
    assert at.cache.statistics.snapshot()["requests"] == 20
    return answers[0], [(log["event"], log["log_level"]) for log in logs if "metrics" in log["event"]]


# prometheus_client does not close the damaged file that it gives up.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_o5_a_folder_that_is_gone_or_damaged_changes_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O5: said once, and the process counts for itself."""
    gone = tmp_path / "gone"
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(gone))
    assert ask(tmp_path, str(gone)) == (19, [("metrics_not_shared", "warning")])
    gone.mkdir()
    slots.take(0)
    (gone / "counter_0.db").write_bytes(b"\xff\x00\x00\x00\x00\x00\x00\x00" + os.urandom(70_000))
    found, logs = ask(tmp_path, str(gone))
    assert found == 19
    assert {event for event, _ in logs} <= {"metrics_not_shared", "metrics_not_sampled"}
    assert logs


ON_A_SMALL_DISK = """
import sys
from metrics import instruments
if sys.argv[2] == "unprotected":
    instruments._reserve = lambda path: None
from metrics.hub import Metrics
metrics = Metrics({"requests": "asked"}, ("a",), counted=dict, folder=lambda: sys.argv[1])
metrics.observe("requests", 1)
print(metrics.totals())
"""


def on_a_small_disk(folder: Path, how: str) -> subprocess.CompletedProcess[str]:
    """Count once with metrics on a disk of 8 KiB, mounted for one process alone."""
    mounted = 'mount -t tmpfs -o size=8k none "$1" && shift && exec "$@"'
    own = ["unshare", "--mount", "--map-root-user", "sh", "-c", mounted, "sh", str(folder)]
    try:
        subprocess.run([*own, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a small disk cannot be mounted here")
    return subprocess.run(
        [*own, sys.executable, "-c", ON_A_SMALL_DISK, str(folder), how],
        cwd=ROOT,
        env={"PROMETHEUS_MULTIPROC_DIR": str(folder), "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )


def test_o5_a_full_disk_ends_no_process(tmp_path: Path) -> None:
    """O5: the room of mapped files is taken first, and without it the process counts for itself."""
    done = on_a_small_disk(tmp_path, "protected")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "{'requests': 1}"), done.stderr
    assert "metrics_not_shared" in done.stdout


def test_o5_negative_twin_without_that_the_process_is_killed(tmp_path: Path) -> None:
    """O5: writing into a mapped file on a full disk raises nothing, it is a bus error."""
    assert on_a_small_disk(tmp_path, "unprotected").returncode == -signal.SIGBUS


class Broken:
    """An observer that always fails."""

    def observe(self, name: str, amount: int) -> None:
        raise OSError(28, "No space left on device")

    def timed(self, outcome: str, took_s: float) -> None:
        raise RuntimeError("broken")


def test_o5_an_observer_that_raises_is_said_once_and_the_others_still_hear() -> None:
    """O5."""
    heard: list[str] = []
    statistics = Statistics()
    statistics.tell(Broken())

    class Listener:
        def observe(self, name: str, amount: int) -> None:
            heard.append(name)

        def timed(self, outcome: str, took_s: float) -> None:
            heard.append(outcome)

    statistics.tell(Listener())
    with capture_logs() as logs:
        for _ in range(3):
            statistics.add("misses", 2)
        with pytest.raises(ValueError, match="asked"), statistics.request():
            raise ValueError("asked")
    assert [log["event"] for log in logs] == ["metrics_failed"]
    assert heard == [*["misses"] * 3, "requests", "request_errors", "request_errors"]
    assert statistics.snapshot()["misses"] == 6


def test_every_gauge_of_a_cache_is_an_instrument() -> None:
    """api-8: breaker, memory, flights, locks, late writes, sources left alone."""
    tier = MemoryStats(3, 1000, 5000, 0, 0, 0, 0, 0)
    report = BreakerReport(State.HALF_OPEN, 1.0, 2.0, 3, 1, 0)
    state = CacheState(report, tier, tier, 2, ("a", "b", "c"), 7, ())
    assert gauges(state) == {
        "breaker_state": 1,
        "memory_bytes": 2000,
        "memory_entries": 3,
        "flights": 2,
        "locks": 3,
        "late_writes_waiting": 7,
        "cooling": 0,
    }
    assert {*gauges(state), PROCESSES} == GAUGES.keys()
    alone = CacheState(None, tier, tier, 0, (), 0, ())
    assert gauges(alone)["breaker_state"] == 0


def test_what_is_used_of_budgets_is_told_by_source_and_window(tmp_path: Path) -> None:
    """api-8: of those that have any."""
    present = utc("2025-03-07 22:00")
    provider = ScriptedProvider(present, name="tiingo", allowance=Allowance(hour=50, symbols=500))
    place = house(tmp_path, [provider, ScriptedProvider(present, name="free")])
    place.cache.get(CandleQuery("AAPL", Resolution.DAY, present.date(), present.date()))
    assert list(budget_gauges(place.cache.budgets)) == [
        ("tiingo", "hour", 1, 50),
        ("tiingo", "symbols", 1, 500),
    ]


def test_of_what_processes_know_of_a_budget_the_most_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They count together already, and one may not have looked for a while."""
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    one, two = (made(str(tmp_path), str(1 + n)) for n in range(2))
    one.set_budgets([("tiingo", "hour", 7, 50), ("tiingo", "symbols", 1, 500)])
    two.set_budgets([("tiingo", "hour", 31, 50)])
    text = one.text()[0].decode()
    assert 'chandlery_budget_used{source="tiingo",window="hour"} 31.0' in text
    assert 'chandlery_budget_limit{source="tiingo",window="symbols"} 500.0' in text
