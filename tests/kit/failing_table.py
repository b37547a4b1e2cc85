"""A table between the cache and the real one, which fails when a test says so and remembers every call."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from store import Table, TableUnavailableError
from store.schema import TableSchema

READS = frozenset({"get", "query"})
METHODS = READS | {"put", "update", "delete", "put_many", "delete_many", "keys"}


def _never(method: str, arguments: tuple[Any, ...]) -> bool:
    return False


@dataclass
class FailingTable:
    """A ``Table``.

    Attributes:
        table: the real one.
        fails: tells for each call (method, positional arguments) whether it fails; it is not made then.
        calls: names of the methods that were called, oldest first.
        consistent: for each read whether it was a strongly consistent one, oldest first.
        before: called with (method, arguments) ahead of every call, made or not.
        after: likewise, once a call was made.
    """

    table: Table
    fails: Callable[[str, tuple[Any, ...]], bool] = _never
    calls: list[str] = field(default_factory=list)
    consistent: list[bool] = field(default_factory=list)
    before: Callable[[str, tuple[Any, ...]], object] = lambda method, arguments: None
    after: Callable[[str, tuple[Any, ...]], object] = lambda method, arguments: None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def schema(self) -> TableSchema:
        return self.table.schema

    def down(self) -> None:
        """Fail from now on."""
        self.fails = lambda method, arguments: True

    def up(self) -> None:
        """Work from now on."""
        self.fails = _never

    def __getattr__(self, name: str) -> Any:
        if name not in METHODS:
            raise AttributeError(name)
        real = getattr(self.table, name)

        def call(*arguments: Any, **named: Any) -> Any:
            with self._lock:
                self.calls.append(name)
                if name in READS:
                    self.consistent.append(named.get("consistent", False))
            self.before(name, arguments)
            if self.fails(name, arguments):
                raise TableUnavailableError("made to fail")
            answer = real(*arguments, **named)
            self.after(name, arguments)
            return answer

        return call
