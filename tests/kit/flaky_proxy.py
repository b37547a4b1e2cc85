"""A bad network for any browser: a TCP proxy that is slow, stalls or is not there at all.

Every chunk is held back by the latency and by its size over the rate, in both directions. Offline,
open connections are reset and so are new ones, at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Self

HOST = "127.0.0.1"
CHUNK_BYTES = 4096
START_GUARD_S = 10

Mode = Literal["ok", "offline", "stall"]


@dataclass(frozen=True)
class Network:
    """What the network is like: seconds of latency per chunk, bytes per second (None: no limit)."""

    mode: Mode = "ok"
    latency_s: float = 0.0
    rate: float | None = None


class FlakyProxy:
    """Listens on a free port and passes on to another; what it does to the bytes can be changed at any time.

    Attributes:
        url: what to open instead of the server.
        connections: how many connections were taken so far, refused ones too.
    """

    def __init__(self, port: int) -> None:
        """Stand before the server on ``port`` of this machine."""
        self._to = port
        self._network = Network()
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="flaky-proxy", daemon=True)
        self._ready = threading.Event()
        # Set whenever bytes may flow; made in the loop's own thread.
        self._flowing: asyncio.Event
        self.connections = 0
        self.port = 0

    @property
    def url(self) -> str:
        """What to open instead of the server."""
        return f"http://{HOST}:{self.port}"

    def become(self, mode: Mode = "ok", *, latency_s: float = 0.0, rate: float | None = None) -> None:
        """Change the network; returns when it has changed."""
        done = asyncio.run_coroutine_threadsafe(self._become(Network(mode, latency_s, rate)), self._loop)
        done.result(START_GUARD_S)

    def __enter__(self) -> Self:
        """Start to listen."""
        self._thread.start()
        assert self._ready.wait(START_GUARD_S), "the proxy did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection and stop; once is enough."""
        if self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_GUARD_S)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(self._listen())
        self._ready.set()
        self._loop.run_forever()
        server.close()
        self._loop.run_until_complete(self._shut())
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        self._flowing = asyncio.Event()
        self._flowing.set()
        server = await asyncio.start_server(self._take, HOST, 0)
        self.port = int(server.sockets[0].getsockname()[1])
        return server

    async def _shut(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for writer in list(self._open):
            writer.transport.abort()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        # A closed transport lets its socket go in the loop's next turn.
        await asyncio.sleep(0)

    async def _become(self, network: Network) -> None:
        self._network = network
        if network.mode == "stall":
            self._flowing.clear()
        else:
            self._flowing.set()
        if network.mode == "offline":
            for writer in list(self._open):
                _reset(writer)

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self._network.mode == "offline":
            _reset(writer)
            return
        self._open.add(writer)
        try:
            from_server, to_server = await asyncio.open_connection(HOST, self._to)
            self._open.add(to_server)
            try:
                await asyncio.gather(self._pipe(reader, to_server), self._pipe(from_server, writer))
            finally:
                self._open.discard(to_server)
                to_server.close()
        except OSError:
            _reset(writer)
        except asyncio.CancelledError:
            # The proxy stops. Streams of Python 3.11 complain about a handler that ends as cancelled.
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _pipe(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(CHUNK_BYTES):
                await self._hold(len(data))
                writer.write(data)
                await writer.drain()
            # Only this direction has ended: the answer to a complete question may still be on its way.
            if writer.can_write_eof():
                writer.write_eof()

    async def _hold(self, size: int) -> None:
        await self._flowing.wait()
        network = self._network
        seconds = network.latency_s + (size / network.rate if network.rate else 0.0)
        if seconds:
            await asyncio.sleep(seconds)
            await self._flowing.wait()


def _reset(writer: asyncio.StreamWriter) -> None:
    # Without lingering a close is a reset; otherwise half an answer would look like the end of a whole one.
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
