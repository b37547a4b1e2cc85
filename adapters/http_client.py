"""Calls to price providers over HTTP: one answer within a time, or a ``ProviderError``.

Promise: a call ends at its deadline whatever the other side does (silence, one byte a second, an endless
body), follows no redirect, sends keys in headers only, and raises nothing but ``UnavailableError`` and
``BadPayloadError``, whose sentences carry no address, key or text of the provider; and what ``spend`` raises,
which counts each request before it is made. It never tries again.

The connections are those of one client per process, made at the first call, and anew after a fork. Proxies
are not taken from the environment (cache-15). A host's name is looked up by the system, in the system's time.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpcore2
import httpx2

from adapters import http_body
from adapters.errors import BadPayloadError, UnavailableError
from adapters.prices import free

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Mapping

CONNECT_S = 2.0
READ_S = 4.0
LONGEST_WAIT_S = 86_400.0
"""A ``Retry-After`` of more than a day is taken for a day."""

_CONNECTIONS = 32
_IDLE_S = 30.0
_until_s: ContextVar[float] = ContextVar("until_s")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; ``headers`` by names in lower case, ``body`` unpacked.

    ``whole`` is False where nothing marked the body's end: then it may be half of one, unless its form tells.
    """

    status: int
    body: bytes = field(repr=False, default=b"")
    headers: Mapping[str, str] = field(repr=False, default_factory=dict)
    whole: bool = True


class HttpClient:
    """The way to one provider. Thread-safe; holds no connection and no key of its own."""

    def __init__(self, source: str, title: str, base_url: str) -> None:
        """Speak to ``base_url`` for the source of that name; ``title`` is its name in sentences."""
        self.source = source
        self.title = title
        self._base_url = base_url.rstrip("/")

    def within(
        self, seconds: float, headers: Mapping[str, str] | None = None, spend: Callable[[], None] = free
    ) -> Call:
        """Begin what may take so many seconds in all, in as many requests as it needs.

        Each request calls ``spend`` before it is made, and is not made where that raises.
        """
        return Call(self, self._base_url, headers or {}, time.monotonic() + seconds, spend)


@dataclass(frozen=True, slots=True)
class Call:
    """Requests that share one deadline."""

    client: HttpClient
    base_url: str
    headers: Mapping[str, str] = field(repr=False)
    until_s: float
    spend: Callable[[], None] = free

    def get(self, path: str, params: Mapping[str, str]) -> Reply:
        """Fetch ``path``, whatever its status but a redirect.

        Raises:
            BudgetUsedUpError: the request was not made.
            UnavailableError: not reachable, reset, cut off, or out of time.
            BadPayloadError: too large, a redirect, or not HTTP.
        """
        self.spend()
        source, title = self.client.source, self.client.title
        token = _until_s.set(self.until_s)
        try:
            timeout = httpx2.Timeout(
                connect=CONNECT_S, read=READ_S, write=READ_S, pool=_left_s(CONNECT_S, httpx2.PoolTimeout)
            )
            with _pool.client().stream(
                "GET",
                self.base_url + path,
                params=dict(params),
                headers={"Accept-Encoding": http_body.ACCEPTED, **self.headers},
                timeout=timeout,
            ) as answer:
                if answer.is_redirect:
                    raise BadPayloadError(
                        f"{title} answered with a redirect, which is not followed.", provider=source
                    )
                body, whole = http_body.read(answer.headers, answer.iter_raw())
                named = {name.lower(): value for name, value in answer.headers.items()}
                return Reply(answer.status_code, body, named, whole)
        except http_body.BodyError as error:
            raise BadPayloadError(f"{title} {error}.", provider=source) from None
        except httpx2.TimeoutException:
            raise UnavailableError(f"{title} did not answer in time. Try again.", provider=source) from None
        except httpx2.TransportError:
            raise UnavailableError(
                f"{title} could not be reached. Try again in a minute.", provider=source
            ) from None
        except (httpx2.HTTPError, httpx2.InvalidURL):
            raise BadPayloadError(f"{title} sent what could not be read.", provider=source) from None
        finally:
            _until_s.reset(token)


def retry_after_s(headers: Mapping[str, str], now_s: float) -> float | None:
    """Return the seconds that a ``Retry-After`` asks for (a number or a date), None where there is no such.

    At least one second and at most a day: a clock that is wrong must not close a source for ever.
    """
    text = headers.get("retry-after", "").strip()
    try:
        if text.isdecimal():
            seconds = float(text)
        else:
            when = parsedate_to_datetime(text)
            seconds = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() - now_s
    except (ValueError, OverflowError):
        return None
    return min(max(seconds, 1.0), LONGEST_WAIT_S)


def reset() -> None:
    """Close the process's connections; the next call makes new ones."""
    _pool.close()


class _Stream(httpcore2.NetworkStream):
    """A connection whose every wait ends at the deadline of the call under way."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left_s = _left_s(timeout, httpcore2.ReadTimeout)
        return self._stream.read(max_bytes, left_s)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left_s(timeout, httpcore2.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        left_s = _left_s(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, left_s))

    def get_extra_info(self, info: str) -> object:
        return self._stream.get_extra_info(info)


class _Backend(httpcore2.NetworkBackend):
    """Sockets as the library makes them, with the deadline of the call under way in every wait."""

    def __init__(self) -> None:
        self._backend = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        left_s = _left_s(timeout, httpcore2.ConnectTimeout)
        return _Stream(self._backend.connect_tcp(host, port, left_s, local_address, socket_options))


class _Transport(httpx2.HTTPTransport):
    """The library's own transport, whose timeouts are per read, on sockets that know the whole deadline."""

    def __init__(self) -> None:
        context = httpx2.create_ssl_context(trust_env=False)
        super().__init__(verify=context)
        self._pool = httpcore2.ConnectionPool(
            ssl_context=context,
            max_connections=_CONNECTIONS,
            keepalive_expiry=_IDLE_S,
            network_backend=_Backend(),
        )


def _left_s(timeout: float | None, error: type[Exception]) -> float:
    """Return what one wait may take; no time at all is an error, because 0 would mean "do not block"."""
    left_s = _until_s.get() - time.monotonic()
    if left_s <= 0:
        raise error("out of time")
    return left_s if timeout is None else min(timeout, left_s)


class _Pool:
    """The one client of this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: httpx2.Client | None = None

    def client(self) -> httpx2.Client:
        """Return the client, made at the first call."""
        if self._made is None:
            with self._lock:
                if self._made is None:
                    # At DEBUG it writes what providers send in their headers, which may be anything.
                    logging.getLogger("httpcore2").setLevel(logging.WARNING)
                    self._made = httpx2.Client(transport=_Transport(), trust_env=False)
        return self._made

    def close(self) -> None:
        """Close it, if there is one."""
        with self._lock:
            made, self._made = self._made, None
        if made is not None:
            made.close()

    def forget(self) -> None:
        """In a child after a fork: leave the parent's connections, and its locks, to the parent."""
        self.__init__()  # type: ignore[misc]


_pool = _Pool()
os.register_at_fork(after_in_child=_pool.forget)
