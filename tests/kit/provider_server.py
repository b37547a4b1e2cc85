"""A stand-in for Tiingo, Finnhub, Yahoo and YouTube: an HTTP server on this machine in their four languages.

It makes sessions up (``stand_in_market``), replays recordings, counts who called, and fails as it is told::

    with ProviderServer(now=lambda: NOW_S) as server:
        server.fail("/iex/", status(429, '{"detail":"…"}'), times=1)
        TiingoProvider("key", server.url, clock=lambda: NOW_S)
"""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.kit import stand_in_answers, stand_in_news
from tests.kit.stand_in_market import Market
from tests.kit.stand_in_tube import Tube

PAYLOADS = Path(__file__).resolve().parents[3] / "shared" / "payloads"
HOST = "127.0.0.1"
_SOURCES = {
    "/tiingo/": "tiingo",
    "/iex/": "tiingo",
    "/api/v1/": "finnhub",
    "/v8/": "yahoo",
    "/youtube/": "youtube",
}
_PIECE = b"x" * 65_536

Fault = Callable[["Handler"], bool]
"""Does something to a call; returns whether that was all, or the usual answer follows."""


@dataclass(frozen=True)
class Seen:
    """One call: to which provider's language, for what, with which key."""

    source: str
    path: str
    params: Mapping[str, str]
    key: str


@dataclass
class _Rule:
    path: str
    fault: Fault
    left: int | None


@dataclass
class ProviderServer:
    """Listens on a free port, or the one that is named, until it is closed.

    Attributes:
        now: UTC seconds; no later bar is told.
        market: splits and dividends of its tickers.
        known: the tickers that it has; None: any.
        keys: the keys that are good; None: any.
        free_plan: Finnhub refuses candles and Tiingo news, as for free keys.
        tube: the channels that YouTube has.
    """

    now: Callable[[], float] = time.time
    market: Market = field(default_factory=Market)
    known: frozenset[str] | None = None
    keys: frozenset[str] | None = None
    free_plan: bool = False
    tube: Tube = field(default_factory=Tube)
    port: int = 0
    seen: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()
        self.stopping = threading.Event()
        self._http = _Server((HOST, self.port), Handler)
        self._http.stand_in = self
        self.port = self._http.server_address[1]
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    def fail(self, path: str, fault: Fault, times: int | None = None) -> None:
        """From now on do ``fault`` to calls whose path contains ``path``, for so many of them."""
        with self._lock:
            self._rules.append(_Rule(path, fault, times))

    def mend(self) -> None:
        """Answer as usual again."""
        with self._lock:
            self._rules.clear()

    def count(self, source: str, path: str = "") -> int:
        """Return how many calls came in a provider's language."""
        return sum(call.source == source and path in call.path for call in list(self.seen))

    def fault(self, path: str) -> Fault | None:
        """Return what is to be done to a call, and count it."""
        with self._lock:
            for rule in self._rules:
                if rule.path in path and rule.left != 0:
                    rule.left = rule.left and rule.left - 1
                    return rule.fault
        return None

    def start(self) -> Self:
        self._thread.start()
        return self

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self.stopping.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    stand_in: ProviderServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has hung up is no error here."""


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes; the second would wait 40 ms for the first
    server: _Server
    call: Seen

    def do_GET(self) -> None:
        stand_in = self.server.stand_in
        parts = urlsplit(self.path)
        path, params = unquote(parts.path), dict(parse_qsl(parts.query))
        source = next((name for start, name in _SOURCES.items() if path.startswith(start)), "")
        plain = self.headers.get("X-Finnhub-Token") or self.headers.get("X-Goog-Api-Key")
        key = plain or self.headers.get("Authorization", "").removeprefix("Token ")
        self.call = Seen(source, path, params, key)
        stand_in.seen.append(self.call)
        fault = stand_in.fault(path)
        if fault is None or not fault(self):
            self.send(*self.usual())

    def usual(self) -> stand_in_answers.Answer:
        """Return what the call's provider would have answered."""
        stand_in, call = self.server.stand_in, self.call
        good = call.key if stand_in.keys is None or call.key in stand_in.keys else None
        if call.source == "youtube":
            return stand_in.tube.answer(call.path, call.params, key=good)
        if call.path in stand_in_news.PATHS:
            return stand_in_news.answer(
                call.source,
                call.params,
                key=good,
                known=stand_in.known,
                free_plan=stand_in.free_plan,
                now_s=stand_in.now(),
            )
        return stand_in_answers.answer(
            call.source,
            call.path,
            call.params,
            key=good,
            market=stand_in.market,
            known=stand_in.known,
            free_plan=stand_in.free_plan,
            now_s=stand_in.now(),
        )

    def send(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Answer whole."""
        self.head(status, {"Content-Length": str(len(body)), **(headers or {})})
        self.wfile.write(body)

    def head(self, status: int, headers: Mapping[str, str]) -> None:
        """Send what comes before the body."""
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def wait(self, seconds: float) -> bool:
        """Wait; return False when the server is being closed."""
        return not self.server.stand_in.stopping.wait(seconds)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


def status(code: int, body: str | bytes, headers: Mapping[str, str] | None = None) -> Fault:
    """Answer with this."""
    data = body if isinstance(body, bytes) else body.encode()

    def act(handler: Handler) -> bool:
        handler.send(code, data, headers)
        return True

    return act


def recording(name: str, case: str = "") -> Fault:
    """Replay a recorded answer, or one case of a file of several."""
    return status(*recorded(name, case))


def recorded(name: str, case: str = "") -> tuple[int, bytes]:
    """Return status and body of a recording; bodies were kept as text, as JSON, or are the whole file."""
    data = json.loads((PAYLOADS / name).read_text("utf-8"))
    if case:
        data = data[case]
        if "body" not in data:
            code = case.split("_", maxsplit=1)[0]
            return int(code) if code.isdecimal() else 200, json.dumps(data).encode()
        return int(data["status"]), data["body"].encode()
    if isinstance(data, dict) and "response" in data:
        response = data["response"]
        text = response["body"] if "body" in response else json.dumps(response["bodyJson"])
        return int(response["status"]), text.encode()
    return 200, json.dumps(data).encode()


def slow(seconds: float) -> Fault:
    """Say nothing for a while, then answer as usual."""
    return lambda handler: not handler.wait(seconds)


def drip(every_s: float = 0.05) -> Fault:
    """Send a body without end, one byte at a time."""

    def act(handler: Handler) -> bool:
        handler.close_connection = True
        handler.head(200, {"Content-Length": "1000000"})
        while handler.wait(every_s):
            handler.wfile.write(b" ")
        return True

    return act


def drip_head(every_s: float = 0.05) -> Fault:
    """Send headers without end, one byte at a time."""

    def act(handler: Handler) -> bool:
        handler.close_connection = True
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while handler.wait(every_s):
            handler.wfile.write(b"a")
        return True

    return act


def huge(megabytes: int = 100, *, announced: bool = True) -> Fault:
    """Send a body that is far too long."""

    def act(handler: Handler) -> bool:
        size = megabytes * 1024 * 1024
        handler.close_connection = True
        handler.head(200, {"Content-Length": str(size)} if announced else {"Connection": "close"})
        for _ in range(size // len(_PIECE)):
            handler.wfile.write(_PIECE)
        return True

    return act


def half(body: bytes) -> Fault:
    """Announce a body, send half of it and hang up."""

    def act(handler: Handler) -> bool:
        handler.head(200, {"Content-Length": str(len(body))})
        handler.wfile.write(body[: len(body) // 2])
        handler.close_connection = True
        return True

    return act


def reset(handler: Handler) -> bool:
    """Break the connection off."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    handler.close_connection = True
    return True


def redirect(to: str) -> Fault:
    """Send the client elsewhere."""
    return status(302, b"", {"Location": to})


HTML = status(
    200, "<!DOCTYPE html><html><body>Please enable JavaScript</body></html>", {"Content-Type": "text/html"}
)
"""A page of somebody who stands between, with status 200."""
