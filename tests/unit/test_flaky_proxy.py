"""The bad network that browser tests stand on does what it says."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.kit.flaky_proxy import FlakyProxy

BODY = b"x" * 40_000


class Answerer(BaseHTTPRequestHandler):
    """Answers with a body of a known size."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(BODY)))
        self.end_headers()
        self.wfile.write(BODY)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def proxy() -> Iterator[FlakyProxy]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answerer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with FlakyProxy(server.server_address[1]) as running:
            yield running
        server.shutdown()


def get(proxy: FlakyProxy, timeout_s: float = 10) -> tuple[bytes, float]:
    started = time.monotonic()
    with closing(http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=timeout_s)) as connection:
        connection.request("GET", "/")
        body = connection.getresponse().read()
    return body, time.monotonic() - started


def read_all(connection: socket.socket) -> bytes:
    return b"".join(iter(lambda: connection.recv(65536), b""))


def test_a_good_network_passes_everything_on(proxy: FlakyProxy) -> None:
    assert get(proxy)[0] == BODY
    assert get(proxy)[0] == BODY
    assert proxy.connections == 2


def test_offline_refuses_new_connections_and_breaks_open_ones(proxy: FlakyProxy) -> None:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as held:
        held.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert held.recv(10)
        proxy.become("offline")
        with pytest.raises(ConnectionResetError):
            read_all(held)
    with pytest.raises((OSError, http.client.HTTPException)):
        get(proxy)
    proxy.become()
    assert get(proxy)[0] == BODY


def test_a_stall_keeps_the_connection_and_sends_nothing_until_it_ends(proxy: FlakyProxy) -> None:
    proxy.become("stall")
    with socket.create_connection(("127.0.0.1", proxy.port)) as held:
        held.sendall(b"GET / HTTP/1.0\r\nHost: x\r\n\r\n")
        held.settimeout(0.3)
        with pytest.raises(TimeoutError):
            held.recv(1)
        proxy.become()
        held.settimeout(10)
        answer = read_all(held)
    assert answer.endswith(BODY)


def test_latency_and_rate_hold_bytes_back(proxy: FlakyProxy) -> None:
    """At least the time that they say; never checked against an upper limit."""
    proxy.become(latency_s=0.15)
    body, took = get(proxy)
    assert body == BODY
    assert took >= 0.3  # the question and the answer
    proxy.become(rate=80_000)
    body, took = get(proxy)
    assert body == BODY
    assert took >= len(BODY) / 80_000


def test_a_server_that_is_not_there_ends_the_connection() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with FlakyProxy(port) as proxy, pytest.raises((OSError, http.client.HTTPException)):
            get(proxy)


def test_it_stops_with_connections_open(proxy: FlakyProxy) -> None:
    """A browser keeps some; nothing is left behind that a later test would be warned about."""
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=10) as held:
        held.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert held.recv(10)
        proxy.__exit__(None, None, None)
        assert not proxy._thread.is_alive()
