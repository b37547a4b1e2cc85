"""What is deployed: Procfile, Dockerfile and docker compose, as far as they can be held to it without Docker.

The compose file's own command runs here, with its own settings, on a stand-in for DynamoDB.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

import commands
from settings import Settings, load
from tests.kit.app_process import ROOT, free_port
from tests.kit.dynamo_servers import server
from tests.kit.flaky_proxy import FlakyProxy

HANG_GUARD_S = 60.0
GUNICORNS_OWN = {"WEB_CONCURRENCY"}
PYTHONS_OWN = {"PYTHONUNBUFFERED", "PIP_DISABLE_PIP_VERSION_CHECK"}
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
APP: dict[str, Any] = COMPOSE["services"]["app"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
SETTINGS = {name.upper() for name in Settings.model_fields}


def environment() -> dict[str, str]:
    """Return what compose gives the app where a person has set nothing."""
    given = {name: re.sub(r"\$\{\w+:-(.*?)\}", r"\1", str(v)) for name, v in APP["environment"].items()}
    return {name: value for name, value in given.items() if value}


def docker_environment() -> dict[str, str]:
    """Return what the image sets."""
    lines = re.findall(r"^ENV (.+)$", DOCKERFILE, re.MULTILINE)
    return dict(pair.split("=", 1) for line in lines for pair in shlex.split(line))


def test_every_name_is_a_setting() -> None:
    """cache-15: one that nobody reads would be a promise that nobody keeps."""
    assert set(APP["environment"]) - GUNICORNS_OWN <= SETTINGS
    assert set(docker_environment()) - GUNICORNS_OWN - PYTHONS_OWN <= SETTINGS
    for passed_on in re.findall(r"\$\{(\w+)", json.dumps(APP["environment"])):
        assert passed_on in SETTINGS


def test_the_settings_are_good_and_the_api_wants_a_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S: behind an address that others can reach, whatever a person forgot to set."""
    for name, value in (docker_environment() | environment() | {"DATA_DIR": str(tmp_path)}).items():
        monkeypatch.setenv(name, value)
    settings = load(env_file=None)
    assert settings.host == "0.0.0.0"
    assert settings.api_auth == "token"
    assert settings.store == "dynamodb"
    assert settings.environment == "local", "so that the tables are created"
    monkeypatch.delenv("API_AUTH")
    assert load(env_file=None).api_auth == "token", "the image alone, too"


def test_only_this_machine_reaches_it_and_nobody_the_table() -> None:
    assert [p for service in COMPOSE["services"].values() for p in service.get("ports", [])] == APP["ports"]
    (published,) = APP["ports"]
    assert published.startswith("127.0.0.1:")
    assert published.rsplit(":", 1)[1] == environment()["PORT"] == docker_environment()["PORT"]
    assert f"EXPOSE {environment()['PORT']}" in DOCKERFILE


def test_the_table_is_the_service_of_that_name_and_is_kept_in_a_volume() -> None:
    endpoint = urlsplit(environment()["DYNAMODB_ENDPOINT"])
    table = COMPOSE["services"][endpoint.hostname]
    assert endpoint.port == 8000, "DynamoDB Local's own"
    (volume,) = table["volumes"]
    name, place = volume.split(":")
    assert name in COMPOSE["volumes"]
    assert shlex.split(table["command"])[-2:] == ["-dbPath", place]
    assert "-sharedDb" in table["command"]
    assert endpoint.hostname in APP["depends_on"]


def test_what_the_image_copies_and_runs_is_there() -> None:
    for source in re.findall(r"^COPY (\S+) ", DOCKERFILE, re.MULTILINE):
        assert (ROOT / source).exists()
    (command,) = re.findall(r"^CMD (\[.+\])$", DOCKERFILE, re.MULTILINE)
    words = json.loads(command)
    assert (ROOT / words[words.index("--config") + 1]).exists()
    assert words[-1] == "app:server"
    assert "USER chandlery" in DOCKERFILE.split("CMD [")[0]
    assert "FROM python:3.11-slim" in DOCKERFILE


def test_no_secret_and_no_price_of_this_machine_gets_into_the_image() -> None:
    """S1: ``COPY . .`` takes what .dockerignore leaves."""
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".env", ".git", ".data", ".venv"} <= set(ignored)


@pytest.mark.parametrize("line", (ROOT / "Procfile").read_text().splitlines())
def test_every_line_of_the_procfile_runs_what_there_is(line: str) -> None:
    kind, command = line.split(": ", 1)
    if kind == "web":
        assert "gunicorn --config gunicorn.conf.py" in command
        assert command.endswith("app:server")
    else:
        assert f"  {command} " in commands.USAGE


@dataclass
class Composed:
    """The compose file's app, running."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def ohlc(self, token: str = "") -> tuple[int, str]:
        """Return the status and the tier of one question."""
        address = f"{self.url}/api/v2/tickers/AAPL/ohlc?range=1M&resolution=5"
        question = urllib.request.Request(address)  # noqa: S310 - our own
        if token:
            question.add_header("Authorization", f"Bearer {token}")
        try:
            with urllib.request.urlopen(question, timeout=20) as answer:  # noqa: S310 - our own
                return answer.status, answer.headers["X-Cache-Source"]
        except urllib.error.HTTPError as error:
            with error:
                return error.code, ""


def composed_environment(endpoint: str, data: Path, port: int) -> dict[str, str]:
    """Return compose's settings, moved to this machine: one process, loopback, another endpoint."""
    here = {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
        "DYNAMODB_ENDPOINT": endpoint,
        "DATA_DIR": str(data),
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
        "WARM_AT": "off",
        "TABLE_TIMEOUT_S": "3",  # the stand-in shares a busy machine with the other tests
    }
    return docker_environment() | environment() | here


@contextmanager
def composed(endpoint: str, folder: Path) -> Iterator[Composed]:
    """Run compose's own command."""
    folder.mkdir()
    port, log = free_port(), folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            APP["command"],
            cwd=ROOT,
            env=composed_environment(endpoint, folder, port),
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    try:
        yield Composed(process, f"http://127.0.0.1:{port}", log)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(HANG_GUARD_S)


def wait_for(app: Composed, reached: Callable[[], bool]) -> None:
    """Wait for something that has to come."""
    end = time.monotonic() + HANG_GUARD_S
    while not reached():
        assert app.process.poll() is None, app.log.read_text()
        assert time.monotonic() < end, app.log.read_text()
        time.sleep(0.1)


def healthy(app: Composed) -> bool:
    """Return whether it serves."""
    try:
        with urllib.request.urlopen(f"{app.url}/health", timeout=1):  # noqa: S310 - our own
            return True
    except OSError:
        return False


@pytest.mark.slow
def test_two_of_them_share_one_table(tmp_path: Path) -> None:
    """F8, item 6: what one process fetched, the other finds in the table; without a token nobody gets it."""
    with server("dynalite") as endpoint, FlakyProxy(urlsplit(endpoint).port or 0) as proxy:
        proxy.become("offline")
        with composed(proxy.url, tmp_path / "first") as first:
            wait_for(first, lambda: "tables_not_created" in first.log.read_text())
            proxy.become("ok")
            wait_for(first, lambda: healthy(first))
            token = subprocess.run(
                [sys.executable, "app.py", "token", "me", "laptop"],
                cwd=ROOT,
                env=composed_environment(endpoint, tmp_path, 8050),
                capture_output=True,
                text=True,
                check=True,
            ).stdout.strip()
            assert first.ohlc() == (401, "")
            assert first.ohlc(token) == (200, "demo")
            with composed(endpoint, tmp_path / "second") as second:
                wait_for(second, lambda: healthy(second))
                assert second.ohlc(token) == (200, "dynamodb")
                assert first.ohlc(token) == (200, "in-memory")
