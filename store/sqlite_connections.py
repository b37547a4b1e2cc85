"""SQLite connections to one file: one for each thread, opened when first needed.

Promise: no connection crosses a fork. SQLite keeps book of its file locks per process and would believe, in a
child, that it holds its parent's; so all are closed before a fork, and parent and
child open new ones. Every error of SQLite comes out as one of the table errors, without a path.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakSet

import structlog

from store.table import TableError, TableMissingError, TableUnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_log = structlog.get_logger(__name__)
_PAGE_BYTES = 8192
_BUSY_NAP_S = 0.005
_PRIMARY_CODE = 0xFF
_NO_FILE = "the table file can't be opened: make DATA_DIR a folder that this user may write to"
_UNSOUND = (
    "the table file is not a sound SQLite database: move it away, and a new one is made on the next start"
)
_BUSY = "the table file is locked by another program: close that program, or try again later"
_READ_ONLY = "the table file is read-only: let this user write to DATA_DIR and the files in it"
_MESSAGES = {
    sqlite3.SQLITE_CANTOPEN: _NO_FILE,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_FULL: "the disk is full: free some space where DATA_DIR is",
    sqlite3.SQLITE_BUSY: _BUSY,
    sqlite3.SQLITE_LOCKED: _BUSY,
    sqlite3.SQLITE_NOTADB: _UNSOUND,
    sqlite3.SQLITE_CORRUPT: _UNSOUND,
}


class Connect(Protocol):
    """How a connection is opened: ``sqlite3.connect`` or a stand-in with a smaller disk."""

    def __call__(self, database: Path, **options: Any) -> sqlite3.Connection:  # noqa: ANN401 - as sqlite3.connect
        """Open the file."""


def translated(error: sqlite3.Error) -> TableError:
    """Return the table error that says what to do about an error of SQLite."""
    if "no such table" in str(error):
        return TableMissingError("the table does not exist: run `make tables`")
    code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
    reason = getattr(error, "sqlite_errorname", type(error).__name__)
    return TableUnavailableError(_MESSAGES.get(code, f"the table file can't be used: SQLite says {reason}"))


class _Handle:
    """A thread's connection, and the lock that keeps it from being closed while it is used."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self.lock = threading.Lock()
        self.closed = False

    def close(self) -> None:
        with self.lock:
            self.closed = True
            self.connection.close()

    def __del__(self) -> None:
        # The thread has ended; from Python 3.13 on, a connection that is merely dropped warns.
        self.connection.close()


class Connections:
    """All connections of this process to one file."""

    def __init__(self, path: Path, *, busy_timeout_s: float, connect: Connect) -> None:
        """Open nothing yet.

        Args:
            path: the database file; its folder is made when the first connection is opened.
            busy_timeout_s: how long a write waits for other writers.
            connect: opens the file.
        """
        self._path = path
        self._busy_timeout_s = busy_timeout_s
        self._connect = connect
        self._local = threading.local()
        self._handles: WeakSet[_Handle] = WeakSet()
        self._opening = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend this thread's connection; each statement is its own transaction.

        Raises:
            TableError: what SQLite said, translated.
        """
        try:
            while True:
                handle = self._handle()
                with handle.lock:
                    # Closed between the two lines above, by close() or a fork in another thread.
                    if handle.closed:
                        continue
                    yield handle.connection
                    return
        except sqlite3.Error as error:
            raise translated(error) from error

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Lend the connection within a transaction that nobody else writes in; all or nothing.

        Raises:
            TableError: what SQLite said, translated.
        """
        with self.reading() as connection:
            # IMMEDIATE takes the write lock at once: after a read, a transaction could not wait for it.
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.rollback()

    def close(self) -> None:
        """Close every thread's connection once it is idle; the next use opens a new one."""
        with self._opening:
            self._close_all()

    def before_fork(self) -> None:
        """Close everything and let nobody open anything until the fork is over."""
        self._opening.acquire()
        self._close_all()

    def after_fork(self) -> None:
        """Let connections be opened again, in the parent as in the child."""
        self._opening.release()

    def _close_all(self) -> None:
        for handle in list(self._handles):
            handle.close()
        self._handles.clear()

    def _handle(self) -> _Handle:
        handle: _Handle | None = getattr(self._local, "handle", None)
        if handle is None or handle.closed:
            _watch_forks(self)
            with self._opening:
                handle = self._local.handle = _Handle(self._open())
                self._handles.add(handle)
        return handle

    def _open(self) -> sqlite3.Connection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            connection = self._connect(
                self._path, timeout=self._busy_timeout_s, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            _log.warning("table_file_unusable", path=str(self._path), error=str(error))
            raise TableUnavailableError(_NO_FILE) from error
        try:
            connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
            self._keep_a_write_ahead_log(connection)
            connection.execute("PRAGMA synchronous = NORMAL")
        except sqlite3.Error as error:
            connection.close()
            _log.warning("table_file_unusable", path=str(self._path), error=str(error))
            raise
        return connection

    def _keep_a_write_ahead_log(self, connection: sqlite3.Connection) -> None:
        # Of several programs that switch one new file at once, SQLite tells all but one that it is busy,
        # without the wait it grants elsewhere: two that wait for each other never end. So the wait is here.
        give_up = time.monotonic() + self._busy_timeout_s
        while True:
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                busy = error.sqlite_errorcode & _PRIMARY_CODE == sqlite3.SQLITE_BUSY
                if not busy or time.monotonic() >= give_up:
                    raise
                time.sleep(_BUSY_NAP_S)
            else:
                return


_watched: WeakSet[Connections] = WeakSet()
_held: list[Connections] = []
_watching = threading.Lock()
_registered = threading.Event()


def _watch_forks(connections: Connections) -> None:
    with _watching:
        _watched.add(connections)
        if not _registered.is_set():
            os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
            _registered.set()


def _before_fork() -> None:
    _watching.acquire()
    _held.extend(_watched)
    for connections in _held:
        connections.before_fork()


def _after_fork() -> None:
    for connections in _held:
        connections.after_fork()
    _held.clear()
    _watching.release()
