"""What only the SQLite store can get wrong: forks, several processes, files that can't be used, expiry."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
import tempfile
import threading
import warnings
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from store import SqliteStore, TableMissingError, TableNames, TableSchema, TableUnavailableError, schemas
from store.items import MAX_HASH_KEY_BYTES
from store.sqlite_connections import translated
from tests.kit.tables import at_once, sqlite_store, table_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOW = 1_750_000_000
WEEK_S = 7 * 86_400
SCHEMA = TableSchema("local-ohlc-cache", ttl_attribute="ttl")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    opened = sqlite_store(tmp_path, now=lambda: NOW, busy_timeout_s=5.0)
    opened.create([SCHEMA])
    yield opened
    opened.close()


def file_of(folder: Path) -> Path:
    return folder / "tables.sqlite3"


def pragma(folder: Path, name: str) -> Any:
    with closing(sqlite3.connect(file_of(folder))) as connection:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]


def forked(work: Callable[[], object]) -> str:
    """Run ``work`` in a forked child; return its result as text, or its error's type and text."""
    read, write = os.pipe()
    with warnings.catch_warnings():
        # Threads of other tests' servers make Python warn; the child only touches the store.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        try:
            answer = str(work())
        except BaseException as error:  # noqa: BLE001 - told to the parent
            answer = f"{type(error).__name__}: {error}"
        os.write(write, answer.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return answer


class TestFile:
    """The file is set up for several processes, and made with its folder on first use."""

    def test_nothing_is_touched_before_the_first_call(self, tmp_path: Path) -> None:
        opened = sqlite_store(tmp_path / "data")
        opened.table(SCHEMA)
        opened.close()
        assert not (tmp_path / "data").exists()

    def test_the_folder_is_made_and_the_file_is_in_wal_mode_with_large_pages(self, tmp_path: Path) -> None:
        opened = sqlite_store(tmp_path / "a" / "b")
        opened.create([SCHEMA])
        opened.close()
        assert pragma(tmp_path / "a" / "b", "journal_mode") == "wal"
        assert pragma(tmp_path / "a" / "b", "page_size") == 8192

    def test_a_connection_waits_and_syncs_as_designed(self, store: SqliteStore) -> None:
        with store._connections.reading() as connection:
            assert connection.execute("PRAGMA busy_timeout").fetchone()[0] == 5000
            assert connection.execute("PRAGMA synchronous").fetchone()[0] == 1

    def test_every_product_table_fits_into_one_file(self, tmp_path: Path) -> None:
        """cache-19."""
        names = TableNames("local-ohlc-cache", "local-users", "local-sentiments", "StockTrackRecord")
        opened = sqlite_store(tmp_path)
        every = schemas(names)
        opened.create(every)
        for schema in every:
            assert opened.table(schema).query("nobody") == []
        opened.close()

    def test_a_blob_is_stored_as_it_is(self, store: SqliteStore, tmp_path: Path) -> None:
        """No base64: a block takes its own bytes and the small ones beside it."""
        store.table(SCHEMA).put({"PK": "p", "SK": "s", "data": b"\xff\x00" * 5000, "n": 78})
        with closing(sqlite3.connect(file_of(tmp_path))) as connection:
            row = connection.execute('SELECT body, raw FROM "items:local-ohlc-cache"').fetchone()
        assert row == ('{"data":{"$b":[0,10000]},"n":78}', b"\xff\x00" * 5000)

    def test_queries_are_answered_from_indexes(self, tmp_path: Path) -> None:
        """A plan that scans would be slow only later, with real amounts of data."""
        schema = table_schema()
        opened = sqlite_store(tmp_path)
        opened.create([schema])
        plans: list[str] = []
        table = opened.table(schema)
        with opened._connections.reading() as connection:
            connection.set_trace_callback(plans.append)
        table.query("p", between=("a", "b"))
        table.query("p", prefix="a", descending=True)
        table.query("p", index="GSI1-index", prefix="a", limit=3)
        table.query("p", index="GSI2-index")
        table.query("p", index="GSI3-index", descending=True)
        with opened._connections.reading() as connection:
            connection.set_trace_callback(None)
            for statement in plans:
                rows = connection.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall()
                assert [row[3].split(" ")[0] for row in rows] == ["SEARCH"], (statement, rows)
        assert len(plans) == 5
        opened.close()


class TestExpiry:
    """Expired items stay readable for a week, then go when tables are created (cache-6, C11)."""

    @pytest.mark.parametrize(
        ("ttl", "stays"),
        [
            (NOW + 1, True),
            (NOW - 1, True),
            (NOW - WEEK_S, True),
            (NOW - WEEK_S - 1, False),
            (0, False),
            (-(10**30), False),
            (10**30, True),
            ("0", True),
            (False, True),
            (None, True),
        ],
        ids=repr,
    )
    def test_only_what_expired_more_than_a_week_ago_goes(
        self, store: SqliteStore, ttl: Any, *, stays: bool
    ) -> None:
        table = store.table(SCHEMA)
        table.put({"PK": "p", "SK": "s", "ttl": ttl})
        assert table.get(("p", "s")) is not None
        store.create([SCHEMA])
        assert (table.get(("p", "s")) is not None) is stays

    def test_items_without_ttl_and_tables_without_ttl_stay(self, tmp_path: Path) -> None:
        forever = TableSchema("StockTrackRecord")
        opened = sqlite_store(tmp_path, now=lambda: NOW)
        opened.create([SCHEMA, forever])
        opened.table(SCHEMA).put({"PK": "p", "SK": "s"})
        opened.table(forever).put({"PK": "p", "SK": "s", "ttl": 1})
        opened.create([SCHEMA, forever])
        assert opened.table(SCHEMA).get(("p", "s")) is not None
        assert opened.table(forever).get(("p", "s")) is not None
        opened.close()

    def test_a_prolonged_item_stays(self, store: SqliteStore) -> None:
        table = store.table(SCHEMA)
        table.put({"PK": "p", "SK": "s", "ttl": 1})
        table.update(("p", "s"), put={"ttl": NOW})
        store.create([SCHEMA])
        assert table.get(("p", "s")) == {"PK": "p", "SK": "s", "ttl": NOW}

    def test_many_expired_items_go_in_one_sweep(self, store: SqliteStore) -> None:
        table = store.table(SCHEMA)
        table.put_many({"PK": "p", "SK": f"{at:04}", "ttl": 1 if at % 2 else NOW} for at in range(1100))
        assert table.sweep(NOW - WEEK_S) == 550
        assert len(table.query("p")) == 550


class TestTrouble:
    """What can be wrong with the file is said in words that help, never with a path (E1, E2, S4)."""

    @contextmanager
    def refused(self, message: str, *paths: Path) -> Iterator[None]:
        with pytest.raises(TableUnavailableError, match=message) as caught:
            yield
        for path in paths:
            assert str(path) not in str(caught.value)
        assert caught.value.code == "table_unavailable"

    def test_a_folder_in_the_place_of_the_file(self, tmp_path: Path) -> None:
        file_of(tmp_path).mkdir()
        with capture_logs() as logs, self.refused("can't be opened: make DATA_DIR a folder", tmp_path):
            sqlite_store(tmp_path).table(SCHEMA).get(("p", "s"))
        assert logs[0]["event"] == "table_file_unusable"
        assert logs[0]["path"] == str(file_of(tmp_path))

    def test_a_file_in_the_place_of_the_folder(self, tmp_path: Path) -> None:
        (tmp_path / "data").write_text("x")
        with self.refused("can't be opened", tmp_path):
            sqlite_store(tmp_path / "data").create([SCHEMA])

    def test_a_file_that_is_no_database(self, tmp_path: Path) -> None:
        file_of(tmp_path).write_bytes(b"not a database, but long enough to be taken for one" * 100)
        opened = sqlite_store(tmp_path)
        with self.refused("not a sound SQLite database", tmp_path):
            opened.table(SCHEMA).get(("p", "s"))
        assert file_of(tmp_path).read_bytes().startswith(b"not a database")

    def test_a_damaged_database(self, tmp_path: Path) -> None:
        opened = sqlite_store(tmp_path)
        opened.create([SCHEMA])
        opened.table(SCHEMA).put_many({"PK": "p", "SK": f"{at:03}", "data": b"x" * 9000} for at in range(50))
        opened.close()
        whole = file_of(tmp_path).read_bytes()
        file_of(tmp_path).write_bytes(whole[:8192] + b"\xee" * (len(whole) - 8192))
        with self.refused("not a sound SQLite database", tmp_path):
            opened.table(SCHEMA).query("p")
        opened.close()

    def test_a_table_that_was_not_created(self, store: SqliteStore) -> None:
        table = store.table(TableSchema("local-users"))
        for call in (
            lambda: table.get(("p", "s")),
            lambda: table.put({"PK": "p", "SK": "s"}),
            lambda: table.update(("p", "s")),
            lambda: table.put_many([{"PK": "p", "SK": "s"}]),
        ):
            with pytest.raises(TableMissingError, match="run `make tables`"):
                call()

    def test_a_file_that_another_program_has_locked(self, tmp_path: Path) -> None:
        opened = sqlite_store(tmp_path, busy_timeout_s=0.001)
        opened.create([SCHEMA])
        table = opened.table(SCHEMA)
        with closing(sqlite3.connect(file_of(tmp_path), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for write in (
                lambda: table.put({"PK": "p", "SK": "s"}),
                lambda: table.update(("p", "s"), add={"n": 1}),
                lambda: table.delete(("p", "s")),
            ):
                with self.refused("locked by another program", tmp_path):
                    write()
            assert table.get(("p", "s")) is None
        assert table.put({"PK": "p", "SK": "s"})
        opened.close()

    @pytest.mark.parametrize(("refusals", "busy_timeout_s"), [(3, 5.0), (10_000, 0.02)])
    def test_r02_opening_waits_while_others_switch_a_new_file_to_its_write_ahead_log(
        self, tmp_path: Path, refusals: int, busy_timeout_s: float
    ) -> None:
        """SQLite refuses that switch at once, whatever the busy timeout: 3 of 1,800 starts failed by it."""
        left = iter(range(refusals))

        class Contended(sqlite3.Connection):
            def execute(self, sql: str, *parameters: Any) -> sqlite3.Cursor:
                if "journal_mode" in sql and next(left, None) is not None:
                    error = sqlite3.OperationalError("database is locked")
                    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
                    raise error
                return super().execute(sql, *parameters)

        opened = sqlite_store(
            tmp_path, busy_timeout_s=busy_timeout_s, connect=partial(sqlite3.connect, factory=Contended)
        )
        if refusals > 3:
            with self.refused("locked by another program", tmp_path):
                opened.create([SCHEMA])
        else:
            opened.create([SCHEMA])
            assert opened.table(SCHEMA).put({"PK": "p", "SK": "s"})
        opened.close()

    def test_a_full_disk_keeps_what_was_there(self, tmp_path: Path) -> None:
        """E16: what does not fit is refused whole, and smaller things still work."""

        def small_disk(database: Path, **options: Any) -> sqlite3.Connection:
            connection = sqlite3.connect(database, **options)
            connection.execute("PRAGMA max_page_count = 40")
            return connection

        opened = sqlite_store(tmp_path, connect=small_disk)
        opened.create([SCHEMA])
        table = opened.table(SCHEMA)
        table.put({"PK": "p", "SK": "first", "data": b"x" * 9000})
        with self.refused("the disk is full", tmp_path):
            table.put_many({"PK": "p", "SK": f"{at:03}", "data": b"x" * 9000} for at in range(100))
        with self.refused("the disk is full", tmp_path):
            table.update(("p", "first"), put={"more": b"x" * 390_000})
        assert [found["SK"] for found in table.query("p")] == ["first"]
        assert table.put({"PK": "p", "SK": "second"})
        opened.close()

    @pytest.mark.skipif(not hasattr(os, "setuid"), reason="needs POSIX users")
    def test_a_file_that_may_only_be_read(self) -> None:
        """Run as a user without the right: root may write to everything."""
        # Not pytest's own folder, which other users may not even enter.
        folder = Path(tempfile.mkdtemp())
        try:
            opened = sqlite_store(folder)
            opened.create([SCHEMA])
            opened.table(SCHEMA).put({"PK": "p", "SK": "s"})
            opened.close()
            file_of(folder).chmod(0o444)
            folder.chmod(0o555)

            def write() -> object:
                if os.geteuid() == 0:
                    os.setuid(65534)
                return opened.table(SCHEMA).put({"PK": "p", "SK": "t"})

            answer = forked(write)
            assert answer.startswith("TableUnavailableError: the table file ")
            assert "DATA_DIR" in answer
            assert str(folder) not in answer
        finally:
            folder.chmod(0o755)
            shutil.rmtree(folder)

    def test_a_database_opened_read_only_says_so(self, tmp_path: Path) -> None:
        sqlite_store(tmp_path).create([SCHEMA])

        def read_only(database: Path, **options: Any) -> sqlite3.Connection:
            return sqlite3.connect(f"file:{database}?mode=ro", uri=True, **options)

        opened = sqlite_store(tmp_path, connect=read_only)
        with self.refused("the table file is read-only: let this user write", tmp_path):
            opened.table(SCHEMA).put({"PK": "p", "SK": "s"})
        opened.close()

    def test_an_error_without_a_message_of_its_own_names_what_sqlite_says(self) -> None:
        assert "SQLite says ProgrammingError" in str(translated(sqlite3.ProgrammingError("/some/path")))
        assert "/some/path" not in str(translated(sqlite3.OperationalError("/some/path")))

    def test_a_text_that_looks_like_sql_is_only_text(self, store: SqliteStore) -> None:
        table = store.table(SCHEMA)
        nasty = '\'; DROP TABLE "items:local-ohlc-cache"; --'
        table.put({"PK": nasty, "SK": nasty, nasty: nasty})
        assert table.query(nasty, prefix=nasty, attributes=[nasty]) == [
            {"PK": nasty, "SK": nasty, nasty: nasty}
        ]
        assert len(nasty) < MAX_HASH_KEY_BYTES

    def test_an_attribute_with_a_quote_can_be_indexed(self, tmp_path: Path) -> None:
        schema = table_schema(indexes=(type(table_schema().indexes[0])("quo-ted", 'a"b'),))
        opened = sqlite_store(tmp_path)
        opened.create([schema])
        opened.table(schema).put({"PK": "p", "SK": "s", 'a"b': "x"})
        assert opened.table(schema).query("x", index="quo-ted") == [{"PK": "p", "SK": "s", 'a"b': "x"}]
        opened.close()


class TestConnections:
    """One connection for each thread, none across a fork, none left open (cache-13, F10)."""

    def test_each_thread_has_one_connection_of_its_own(self, store: SqliteStore) -> None:
        def connection(_: int) -> sqlite3.Connection:
            with store._connections.reading() as first:
                pass
            with store._connections.reading() as second:
                assert first is second
            return first

        assert len(set(map(id, at_once(4, connection)))) == 4

    def test_a_thread_that_ends_closes_its_connection(self, store: SqliteStore) -> None:
        def work() -> None:
            with store._connections.reading() as connection:
                opened.append(connection)

        opened: list[sqlite3.Connection] = []
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            opened[0].execute("SELECT 1")

    def test_closing_while_others_read_and_write_disturbs_nobody(self, store: SqliteStore) -> None:
        table = store.table(SCHEMA)

        def work(number: int) -> None:
            for step in range(30):
                if number == 0:
                    store.close()
                else:
                    table.update(("p", "s"), add={"n": 1})
                    assert table.put({"PK": "q", "SK": f"{number}-{step}"})

        at_once(4, work)
        assert table.get(("p", "s")) == {"PK": "p", "SK": "s", "n": 90}
        assert len(table.query("q")) == 90

    def test_a_connection_closed_before_it_is_lent_is_opened_again(
        self, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        connections = store._connections
        find = connections._handle

        def closed_meanwhile() -> Any:
            handle = find()
            monkeypatch.setattr(connections, "_handle", find)
            handle.close()
            return handle

        monkeypatch.setattr(connections, "_handle", closed_meanwhile)
        assert store.table(SCHEMA).get(("p", "s")) is None

    def test_a_child_opens_its_own_connection(self, store: SqliteStore) -> None:
        """A connection must not cross a fork: its locks would belong to nobody."""
        table = store.table(SCHEMA)
        table.put({"PK": "p", "SK": "parent"})
        with store._connections.reading() as connection:
            before = connection

        def child() -> str:
            with store._connections.reading() as mine:
                own = mine is not before
            table.put({"PK": "p", "SK": "child"})
            return f"{own} {[found['SK'] for found in table.query('p')]}"

        assert forked(child) == "True ['child', 'parent']"
        assert [found["SK"] for found in table.query("p")] == ["child", "parent"]

    def test_no_connection_is_open_while_a_process_forks(self, store: SqliteStore) -> None:
        table = store.table(SCHEMA)
        table.put({"PK": "p", "SK": "s"})
        with store._connections.reading() as connection:
            before = connection
        assert forked(lambda: "") == ""
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            before.execute("SELECT 1")

    def test_forks_while_threads_write_lose_nothing(self, store: SqliteStore) -> None:
        """E16: children that are forked at any moment, and end at once, leave the parent's writes alone."""
        table = store.table(SCHEMA)
        done = threading.Event()
        written: list[int] = []

        def write() -> None:
            while not done.is_set():
                new = table.update(("p", "s"), add={"n": 1})
                assert new is not None
                written.append(new["n"])

        thread = threading.Thread(target=write)
        thread.start()
        children = [
            forked(lambda: table.update(("p", "s"), add={"children": 1}) is not None) for _ in range(10)
        ]
        done.set()
        thread.join()
        assert children == ["True"] * 10
        assert table.get(("p", "s")) == {"PK": "p", "SK": "s", "children": 10, "n": len(written)}
        assert written == list(range(1, len(written) + 1))

    def test_many_calls_leave_no_files_open(self, tmp_path: Path) -> None:
        descriptors = Path("/proc/self/fd")
        if not descriptors.exists():
            pytest.skip("the open files can only be counted where /proc is")
        before = len(list(descriptors.iterdir()))
        for at in range(5):
            opened = sqlite_store(tmp_path / str(at))
            opened.create([SCHEMA])
            at_once(4, lambda number, opened=opened: opened.table(SCHEMA).put({"PK": "p", "SK": str(number)}))
            opened.close()
        assert len(list(descriptors.iterdir())) <= before


def write_from_another_process(folder: str, number: int, barrier: Any, count: int) -> None:
    """Run in a process of its own: puts, counts and batches."""
    opened = sqlite_store(Path(folder))
    barrier.wait(timeout=60)
    opened.create([SCHEMA])
    table = opened.table(SCHEMA)
    for step in range(count):
        assert table.put({"PK": f"process#{number}", "SK": f"{step:04}", "data": b"x" * 2000})
        assert table.update(("shared", "counter"), add={"n": 1}) is not None
    table.put_many({"PK": "batch", "SK": f"{number}-{step:04}"} for step in range(count))
    opened.close()


def test_four_processes_that_start_and_write_at_once_lose_nothing(tmp_path: Path) -> None:
    """D17, F8: a new file, four fresh processes, one barrier."""
    count = 50
    spawn = multiprocessing.get_context("spawn")
    barrier = spawn.Barrier(4)
    processes = [
        spawn.Process(target=write_from_another_process, args=(str(tmp_path), number, barrier, count))
        for number in range(4)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=100)
    assert [process.exitcode for process in processes] == [0] * 4
    opened = sqlite_store(tmp_path)
    table = opened.table(SCHEMA)
    assert table.get(("shared", "counter")) == {"PK": "shared", "SK": "counter", "n": 4 * count}
    assert [len(table.query(f"process#{number}")) for number in range(4)] == [count] * 4
    assert len(table.query("batch")) == 4 * count
    opened.close()
