"""Stand-ins for DynamoDB, each started on a free port of 127.0.0.1 and stopped when the tests are done.

Known lies: moto accepts batches over 25 and fakes capacity; dynalite knows neither TTL nor transactions; none
of them ever leaves items unprocessed.
"""

from __future__ import annotations

import json
import logging
import shutil
import socket
import subprocess
import threading
import time
import zlib
from collections.abc import Callable
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest
from moto.server import ThreadedMotoServer

from tests.kit.environment import dynamodb_local, missing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Answerer = Callable[[str, dict[str, Any]], tuple[int, dict[str, Any]]]
CORRUPTED = 0
"""In the place of a status: 200, with a body that does not match its checksum."""

_ROOT = Path(__file__).parents[2]
_START_S = 20.0


@contextmanager
def server(kind: str) -> Iterator[str]:
    """Run ``moto``, ``dynalite`` or ``dynamodb-local`` and give its URL; skip where it can't be had."""
    with _SERVERS[kind]() as url:
        yield url


@contextmanager
def _moto() -> Iterator[str]:
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    running.start()
    try:
        _, port = running.get_host_and_port()
        yield f"http://127.0.0.1:{port}"
    finally:
        running.stop()


@contextmanager
def _dynalite() -> Iterator[str]:
    program = _ROOT / "node_modules" / ".bin" / "dynalite"
    if not program.exists():
        missing("table", "dynalite", "not installed, run `npm ci`")
    if shutil.which("node") is None:
        missing("table", "dynalite", "needs node, which is not installed")
    port = free_port()
    quick = ("--createTableMs", "0", "--deleteTableMs", "0", "--updateTableMs", "0")
    with _process((str(program), "--host", "127.0.0.1", "--port", str(port), *quick), port) as url:
        yield url


@contextmanager
def _dynamodb_local() -> Iterator[str]:
    folder = dynamodb_local()
    if folder is None:
        missing("table", "dynamodb-local", "not given, set DDB_LOCAL_DIR to the folder of its jar")
    if shutil.which("java") is None:
        missing("table", "dynamodb-local", "needs java, which is not installed")
    port = free_port()
    java = ("java", f"-Djava.library.path={folder}/DynamoDBLocal_lib", "-jar", f"{folder}/DynamoDBLocal.jar")
    with _process((*java, "-inMemory", "-port", str(port)), port) as url:
        yield url


_SERVERS = {"moto": _moto, "dynalite": _dynalite, "dynamodb-local": _dynamodb_local}


@contextmanager
def _process(command: Sequence[str], port: int) -> Iterator[str]:
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(running, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        try:
            running.wait(timeout=10)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()


def _wait(running: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end and running.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail(f"{running.args!r} does not listen; exit code {running.poll()}")


class Scripted:
    """Answers DynamoDB calls as a test says, over real HTTP.

    Attributes:
        url: where it listens.
        calls: what was asked, as (operation, body), oldest first.
    """

    def __init__(self, answer: Answerer) -> None:
        """Take a function of (operation, body) that returns an HTTP status and a body."""
        self.calls: list[tuple[str, dict[str, Any]]] = []
        script = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # One packet for head and body; in two, the second waits 40 ms for the first to be acknowledged.
            wbufsize = -1

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                operation = self.headers["X-Amz-Target"].partition(".")[2]
                script.calls.append((operation, body))
                status, content = answer(operation, body)
                text = json.dumps(content).encode()
                checksum = zlib.crc32(text) if status != CORRUPTED else 1
                self.send_response(200 if status == CORRUPTED else status)
                self.send_header("Content-Length", str(len(text)))
                self.send_header("x-amz-crc32", str(checksum))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def refusal(code: str, message: str = "", status: int = 400) -> tuple[int, dict[str, str]]:
    """Return an error as DynamoDB words it."""
    return status, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": message}


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
