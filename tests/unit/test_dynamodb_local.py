"""``make run-dynamodb`` with programs that stand in for java and Docker: they serve dynalite.

What the real ones are told stands in their arguments. DynamoDB Local itself is run by the contract tests,
where ``DDB_LOCAL_DIR`` gives it.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.kit.app_process import ROOT, free_port
from tests.kit.dynamo_servers import server
from tests.kit.environment import missing

HANG_GUARD_S = 60.0
_DYNALITE = ROOT / "node_modules" / ".bin" / "dynalite"


def listening(port: int) -> bool:
    """Return whether anybody listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@dataclass
class Machine:
    """A machine with the programs that a test gives it."""

    folder: Path
    table_port: int = field(default_factory=free_port)
    app_port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        self.bin = self.folder / "bin"
        self.bin.mkdir()
        for needed in ("env", "sh"):
            (self.bin / needed).symlink_to(str(shutil.which(needed)))

    def program(self, name: str, script: str) -> None:
        """Add a program; it notes its arguments first."""
        file = self.bin / name
        file.write_text(f'#!/bin/sh\necho "$@" >> {self.folder / name}\n{script}\n')
        file.chmod(0o755)

    def server(self, name: str, *, only_for: str = "*") -> None:
        """Add a program that serves tables when its first argument is ``only_for``."""
        node = shutil.which("node")
        if node is None or not _DYNALITE.exists():
            missing("table", "dynalite", "not installed, run `npm ci`")
        serve = f"exec {node} {_DYNALITE} --host 127.0.0.1 --port {self.table_port} --createTableMs 0"
        self.program(name, f'case "$1" in {only_for}) {serve};; esac')

    def told(self, name: str) -> str:
        """Return the arguments of a program's last start."""
        return (self.folder / name).read_text().splitlines()[-1]

    def jar(self) -> str:
        """Return a folder as DDB_LOCAL_DIR wants it."""
        folder = self.folder / "jars"
        folder.mkdir()
        (folder / "DynamoDBLocal.jar").touch()
        return str(folder)

    def start(self, **settings: str) -> subprocess.Popen[str]:
        """Start ``make run-dynamodb``'s program."""
        environment = {
            "PATH": str(self.bin),
            "DATA_DIR": str(self.folder / "data"),
            "PORT": str(self.app_port),
            "PROVIDERS": "demo",
            "WARM_AT": "off",
            "DYNAMODB_ENDPOINT": f"http://127.0.0.1:{self.table_port}",
            "TABLE_TIMEOUT_S": "3",
            **settings,
        }
        return subprocess.Popen(
            [sys.executable, "-m", "tools.dynamodb_local"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def refusal(self, **settings: str) -> str:
        """Start it, expect exit code 2 and return what it says."""
        process = self.start(**settings)
        _, said = process.communicate(timeout=HANG_GUARD_S)
        assert process.returncode == 2, said
        assert "Traceback" not in said
        return said

    @contextmanager
    def running(self, **settings: str) -> Iterator[None]:
        """Run it until SIGTERM; it has to end well, and to leave no app behind."""
        process = self.start(**settings)
        end = time.monotonic() + HANG_GUARD_S
        try:
            while not listening(self.app_port):
                assert process.poll() is None, process.communicate()
                assert time.monotonic() < end
                time.sleep(0.1)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            _, said = process.communicate(timeout=HANG_GUARD_S)
        assert process.returncode == 0, said
        assert not listening(self.app_port)

    def tier(self) -> str:
        """Return where the app's candles come from."""
        address = f"http://127.0.0.1:{self.app_port}/api/v2/tickers/AAPL/ohlc?range=1M"
        with urllib.request.urlopen(address, timeout=20) as answer:
            assert "X-Cache-Error" not in answer.headers
            assert "X-Cache-Write-Error" not in answer.headers
            return str(answer.headers["X-Cache-Source"])


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.slow
def test_the_jar_is_started_with_a_file_that_stays_and_ended_with_the_app(machine: Machine) -> None:
    """Item 6: the app runs on it."""
    machine.server("java")
    with machine.running(DDB_LOCAL_DIR=machine.jar()):
        assert machine.tier() == "demo"
        assert machine.tier() == "in-memory"
    assert not listening(machine.table_port)
    told = machine.told("java")
    assert f"-sharedDb -dbPath {machine.folder}/data/dynamodb -port {machine.table_port}" in told
    assert (machine.folder / "data" / "dynamodb").is_dir()


@pytest.mark.slow
def test_without_a_jar_docker_is_asked(machine: Machine) -> None:
    """With a volume, and published to this machine only."""
    machine.server("docker", only_for="run")
    with machine.running():
        assert machine.tier() == "demo"
    assert not listening(machine.table_port)
    told = machine.told("docker")
    assert f"--publish 127.0.0.1:{machine.table_port}:8000" in told
    assert "--volume chandlery-dynamodb:/data" in told
    assert "amazon/dynamodb-local" in told
    assert told.endswith("-sharedDb -dbPath /data")


@pytest.mark.slow
def test_a_server_that_is_there_is_used_and_left_as_it_is(machine: Machine) -> None:
    """And what one run has fetched, the next one finds in its table."""
    with server("dynalite") as endpoint:
        with machine.running(DYNAMODB_ENDPOINT=endpoint):
            assert machine.tier() == "demo"
        with machine.running(DYNAMODB_ENDPOINT=endpoint):
            assert machine.tier() == "dynamodb"
        assert listening(int(endpoint.rsplit(":", 1)[1]))


def test_neither_of_them_is_said_with_what_to_do(machine: Machine) -> None:
    """Bad input: exit code 2, and nothing is started."""
    said = machine.refusal()
    assert "DDB_LOCAL_DIR=" in said
    assert "start Docker" in said
    assert not listening(machine.app_port)


def test_a_docker_that_does_not_run_is_none(machine: Machine) -> None:
    machine.program("docker", "exit 1")
    assert "start Docker" in machine.refusal()
    assert machine.told("docker") == "info"


def test_a_jar_without_java_is_said(machine: Machine) -> None:
    assert "java, which is not installed" in machine.refusal(DDB_LOCAL_DIR=machine.jar())


def test_a_folder_without_the_jar_is_refused_by_the_settings(machine: Machine) -> None:
    assert machine.refusal(DDB_LOCAL_DIR=str(machine.folder)).startswith("DDB_LOCAL_DIR: ")


def test_a_server_that_ends_at_once_is_said(machine: Machine) -> None:
    machine.program("java", "echo 'no such database' >&2; exit 3")
    said = machine.refusal(DDB_LOCAL_DIR=machine.jar())
    assert "no such database" in said
    assert "ended at once (exit code 3)" in said


@pytest.mark.parametrize("endpoint", ["http://192.0.2.1:8000", "https://127.0.0.1:1"])
def test_another_machines_server_cannot_be_started(machine: Machine, endpoint: str) -> None:
    machine.server("java")
    said = machine.refusal(DDB_LOCAL_DIR=machine.jar(), DYNAMODB_ENDPOINT=endpoint)
    assert "DYNAMODB_ENDPOINT: nothing answers there" in said
    assert not (machine.folder / "java").exists()


@pytest.mark.slow
def test_the_apps_own_problem_ends_the_server_too(machine: Machine) -> None:
    """Its exit code is the program's."""
    machine.server("java")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", machine.app_port))
        taken.listen()
        said = machine.refusal(DDB_LOCAL_DIR=machine.jar())
    assert f"PORT: {machine.app_port} is taken" in said
    assert not listening(machine.table_port)


def test_it_needs_nothing_but_the_apps_own_requirements() -> None:
    """``make run-dynamodb`` installs no others."""
    program = "import sys, tools.dynamodb_local; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
    )
    assert {"moto", "pytest", "rich", "tests"}.isdisjoint(done.stdout.split())
