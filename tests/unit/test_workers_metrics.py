"""Real gunicorn, several workers: one sum over all of them, whoever is asked (O3, reliability 34)."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from cache.statistics import OUTCOMES
from tests.kit.app_process import ROOT, free_port

WORKERS = 4
REQUESTS = 600
START_GUARD_S = 60


class Gunicorn:
    """The app as in production: gunicorn with its configuration, in processes of its own."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.temporary = folder / "tmp"
        self.temporary.mkdir()
        self.port = free_port()
        self.log = folder / "gunicorn.log"
        environment = {
            "PATH": os.defpath,
            "TMPDIR": str(self.temporary),
            "DATA_DIR": str(folder),
            "PORT": str(self.port),
            "PROVIDERS": "demo",
            **settings,
        }
        command = ["-m", "gunicorn", "--config", "gunicorn.conf.py", "--workers", str(WORKERS), "app:server"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command], cwd=ROOT, env=environment, stdout=log, stderr=log
            )

    def get(self, path: str) -> tuple[int, dict[str, str], str]:
        """Ask over a connection of its own, so that any worker may take it."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=20) as answer:
                return answer.status, dict(answer.headers), answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read().decode()

    def totals(self) -> dict[str, int]:
        """Return the counters that /metrics tells."""
        families = text_string_to_metric_families(self.get("/metrics")[2])
        return {
            sample.name.removeprefix("chandlery_").removesuffix("_total"): int(sample.value)
            for family in families
            for sample in family.samples
            if family.type == "counter"
        }

    def workers(self) -> list[int]:
        """Return the process ids of the workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text("ascii")
        return [int(pid) for pid in children.split()]


@contextmanager
def running(folder: Path, **settings: str) -> Iterator[Gunicorn]:
    server = Gunicorn(folder, **settings)
    try:
        until = time.monotonic() + START_GUARD_S
        while server.log.read_text().count("Booting worker") < WORKERS or not answers(server):
            assert server.process.poll() is None, server.log.read_text()
            assert time.monotonic() < until, server.log.read_text()
            time.sleep(0.05)
        yield server
    finally:
        server.process.send_signal(signal.SIGTERM)
        server.process.wait(40)


def answers(server: Gunicorn) -> bool:
    try:
        return server.get("/health")[0] == 200
    except OSError:
        return False


def outcome(headers: dict[str, str]) -> str:
    held = {"in-memory": "request_memory_hits", "sqlite": "request_table_hits", "stale": "request_stale"}
    return held.get(headers["X-Cache-Source"], "request_misses")


def ask_a_lot(server: Gunicorn, seed: int, count: int) -> Counter[str]:
    """Ask at random from eight threads and return what the headers say, by outcome."""
    dice = random.Random(seed)
    paths = [
        f"/api/v2/tickers/{ticker}/ohlc?start_date={year}-03-01&end_date={year}-06-30&resolution=D"
        for ticker, year in (
            (dice.choice(("AAPL", "IBM", "MSFT")), dice.randint(2001, 2012)) for _ in range(count)
        )
    ]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(server.get, paths))
    assert {status for status, _, _ in found} == {200}
    return Counter(outcome(headers) for _, headers, _ in found)


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="no /proc to find the workers in")
def test_four_workers_are_one_sum_that_outlives_each_of_them(tmp_path: Path) -> None:
    """O3, O5: 0 differences from the headers; a killed worker takes no count with it, nor its place."""
    with running(tmp_path) as server:
        seen = ask_a_lot(server, 1, REQUESTS)
        first = server.totals()
        assert {name: first[name] for name in OUTCOMES} == {name: seen[name] for name in OUTCOMES}
        assert first["requests"] == REQUESTS
        assert 0 < first["provider_calls"] <= first["request_misses"]  # who waits for a call made none
        (shared,) = server.temporary.glob("chandlery-metrics-*")
        files = {path.name for path in shared.iterdir()}
        assert len([name for name in files if name.startswith("counter_")]) == WORKERS  # all took part
        victim = server.workers()[0]
        os.kill(victim, signal.SIGKILL)
        until = time.monotonic() + START_GUARD_S
        while victim in server.workers() or len(server.workers()) < WORKERS:
            assert time.monotonic() < until
            time.sleep(0.05)
        seen += ask_a_lot(server, 2, REQUESTS)
        second = server.totals()
        assert {name: second[name] for name in OUTCOMES} == {name: seen[name] for name in OUTCOMES}
        assert second["requests"] == 2 * REQUESTS
        assert {path.name for path in shared.iterdir()} <= files
    assert list(server.temporary.glob("chandlery-metrics-*")) == []


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_everything_that_a_server_says_is_in_our_form(tmp_path: Path) -> None:
    """O1, api-8: JSON outside local mode, gunicorn's own lines too, and those for CloudWatch."""
    settings = {
        "ENVIRONMENT": "preprod",
        "STORE": "sqlite",
        "DYNAMODB_REGION": "us-east-1",
        "OHLC_CACHE_TABLE": "pre-ohlc",
        "USERS_TABLE": "pre-users",
        "SENTIMENTS_TABLE": "pre-sentiments",
        "CLOUDWATCH_METRICS": "on",
    }
    with running(tmp_path, **settings) as server:
        ask = [server.get("/health")[0] for _ in range(40)]
        assert set(ask) == {200}
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    events = [line["event"] for line in lines if "event" in line]
    assert any(event.startswith("Listening at") for event in events)
    assert all({"timestamp", "level", "logger"} <= line.keys() for line in lines if "event" in line)
    exported = [line for line in lines if "_aws" in line]
    assert exported
    assert {line["Environment"] for line in exported} == {"preprod"}
