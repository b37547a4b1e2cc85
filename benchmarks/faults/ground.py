"""What rows are measured on: folders, a DynamoDB-API server, and how much is measured.

Promise: whatever a row makes here is closed and deleted when the run ends, however it ends.
"""

from __future__ import annotations

import itertools
import os
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeVar

from benchmarks.faults.registry import NotMeasuredError
from benchmarks.servers import HOST, free_port, running, table_servers
from tests.kit.house import close_all

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import TracebackType

SERVER = "dynalite"
LOOP_S = 45.0
"""How long rounds are repeated, at each table: a whole run, soak included, is to fit in 25 minutes."""
_T = TypeVar("_T")


@dataclass
class Ground:
    """Shared by all rows of a run; a context manager.

    Attributes:
        share: of what a whole run measures; 0 is as little as shows that the measuring works.
        soak_min: how long the soak lasts, minutes.
        load_before: what else the machine did, as a load average.
    """

    share: float = 1.0
    soak_min: float = 10.0
    load_before: float = field(default_factory=lambda: os.getloadavg()[0])
    _held: ExitStack = field(default_factory=ExitStack)
    _port: int = 0
    _folders: Iterator[int] = field(default_factory=itertools.count)
    _root: Path = field(default_factory=Path)

    def __enter__(self) -> Self:
        """Make a folder for the run."""
        self._root = Path(self._held.enter_context(tempfile.TemporaryDirectory(prefix="faults-")))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server and delete everything."""
        close_all()
        self._held.close()

    @property
    def quick(self) -> bool:
        """Whether as little as possible is measured."""
        return self.share == 0

    def count(self, full: int, quick: int) -> int:
        """Return how often something is done, at least ``quick``."""
        return max(quick, int(full * self.share))

    def within(self, rounds: Sequence[_T], least: int) -> Iterator[_T]:
        """Give one round after the other until all are done, or time is over and at least some are."""
        end_s = time.monotonic() + LOOP_S
        for done, each in enumerate(rounds):
            if done >= least and time.monotonic() > end_s:
                return
            yield each

    def folder(self) -> Path:
        """Return a new, empty folder."""
        made = self._root / str(next(self._folders))
        made.mkdir()
        return made

    @property
    def server_port(self) -> int:
        """Port of a server that speaks DynamoDB's API, started when it is first asked for.

        Raises:
            NotMeasuredError: there is none.
        """
        if not self._port:
            command = table_servers().get(SERVER)
            if command is None:
                raise NotMeasuredError(f"{SERVER} is not installed (`npm ci`)")
            port = free_port()
            self._held.enter_context(running((*command, str(port)), port))
            self._port = port
        return self._port

    @property
    def server_url(self) -> str:
        """Its address."""
        return f"http://{HOST}:{self.server_port}"

    def places(self) -> dict[str, str]:
        """Return the stores that processes can share: by name, the server's address or "" for SQLite."""
        return {"SQLite": "", SERVER: self.server_url}
