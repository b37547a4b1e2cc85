"""Tables that cannot be used: each says what to do, and the chart is there all the same."""

from __future__ import annotations

import itertools
import sqlite3
import threading
from contextlib import ExitStack, closing, contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from cache.query import Adjust, CandleQuery, Tier
from market.resolution import Resolution
from store import DynamoOptions, DynamoStore, TableError, TableSchema, TableUnavailableError
from tests.kit.dynamo_servers import Scripted, refusal, server
from tests.kit.house import NAMES, TestHouse, house
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.tables import at_once, drop, dynamo_store, sqlite_store, table_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from store import Table

PRESENT = utc("2025-03-07 22:00")
QUERY = CandleQuery("AAPL", Resolution.M5, date(2025, 3, 3), date(2025, 3, 7), Adjust.RAW)
SCHEMA = TableSchema(NAMES.ohlc, ttl_attribute="ttl")
THREADS = 16


@contextmanager
def nothing_created(folder: Path) -> Iterator[Table]:
    yield sqlite_store(folder / "other").table(SCHEMA)


@contextmanager
def no_database(folder: Path) -> Iterator[Table]:
    (folder / "tables.sqlite3").write_bytes(b"holiday pictures, by no means a database" * 200)
    yield sqlite_store(folder).table(SCHEMA)


@contextmanager
def no_folder(folder: Path) -> Iterator[Table]:
    (folder / "data").write_text("a file in the place of the folder")
    yield sqlite_store(folder / "data").table(SCHEMA)


@contextmanager
def read_only(folder: Path) -> Iterator[Table]:
    sqlite_store(folder).create([SCHEMA])

    def connect(database: Path, **options: Any) -> sqlite3.Connection:
        return sqlite3.connect(f"file:{database}?mode=ro", uri=True, **options)

    store = sqlite_store(folder, connect=connect)
    yield store.table(SCHEMA)
    store.close()


@contextmanager
def full_disk(folder: Path) -> Iterator[Table]:
    def connect(database: Path, **options: Any) -> sqlite3.Connection:
        connection = sqlite3.connect(database, **options)
        connection.execute("PRAGMA max_page_count = 8")
        return connection

    store = sqlite_store(folder, connect=connect)
    store.create([SCHEMA])
    for size in (8_000, 800, 80, 8):
        _fill(store.table(SCHEMA), size)
    yield store.table(SCHEMA)
    store.close()


def _fill(table: Table, size: int) -> None:
    """Put items of a size until no more fits."""
    for number in itertools.count():
        try:
            table.put({"PK": "p", "SK": f"{size}#{number}", "data": bytes(size)})
        except TableUnavailableError:
            return


@contextmanager
def locked(folder: Path) -> Iterator[Table]:
    store = sqlite_store(folder, busy_timeout_s=0.001)
    store.create([SCHEMA])
    with closing(sqlite3.connect(folder / "tables.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield store.table(SCHEMA)
        other.execute("ROLLBACK")
    store.close()


@contextmanager
def dynamo_missing(folder: Path) -> Iterator[Table]:
    del folder
    with server("moto") as url, closing(dynamo_store(url)) as store:
        yield store.table(table_schema("never-created"))


@contextmanager
def dynamo_other_keys(folder: Path) -> Iterator[Table]:
    del folder
    with server("moto") as url, closing(dynamo_store(url)) as store:
        made = table_schema(hash_key="id", range_key="", indexes=(), ttl_attribute=None)
        store.create([made])
        yield store.table(TableSchema(made.name))
        drop(store, [made])


def answering(code: str, message: str = "", status: int = 400) -> Callable[[Path], Any]:
    """Return a table whose DynamoDB answers every call with an error."""

    @contextmanager
    def opened(folder: Path) -> Iterator[Table]:
        del folder
        script = Scripted(lambda *_: refusal(code, message, status))
        with script, closing(dynamo_store(script.url)) as store:
            yield store.table(SCHEMA)

    return opened


@contextmanager
def nobody_there(folder: Path) -> Iterator[Table]:
    del folder
    options = DynamoOptions(endpoint_url="http://127.0.0.1:1")
    with closing(DynamoStore(options)) as store:
        yield store.table(SCHEMA)


DENIED = "User: arn:aws:sts::123456789012:role/x is not authorized to perform: dynamodb:Query"
SCOPE = "Credential should be scoped to a valid region, not 'eu-west-1'."
BAD = {
    "sqlite: not created": (nothing_created, "run `make tables`"),
    "sqlite: no database": (no_database, "move it away, and a new one is made on the next start"),
    "sqlite: no folder": (no_folder, "make DATA_DIR a folder that this user may write to"),
    "sqlite: read-only": (read_only, "let this user write to DATA_DIR and the files in it"),
    "sqlite: disk full": (full_disk, "free some space where DATA_DIR is"),
    "sqlite: locked": (locked, "close that program, or try again later"),
    "dynamodb: E19 missing": (dynamo_missing, "run `make tables`, or check DYNAMODB_REGION"),
    "dynamodb: E20 other keys": (dynamo_other_keys, "name another table in the settings, or delete it"),
    "dynamodb: E21 not allowed": (
        answering("AccessDeniedException", DENIED),
        "grant dynamodb:Query on table",
    ),
    "dynamodb: E22 wrong region": (
        answering("InvalidSignatureException", SCOPE),
        "check key, secret and DYNAMODB_REGION",
    ),
    "dynamodb: E23 expired": (answering("ExpiredTokenException"), "sign in again or renew them"),
    "dynamodb: throttled": (answering("ThrottlingException"), "try again later"),
    "dynamodb: nobody there": (nobody_there, "check DYNAMODB_REGION, DYNAMODB_ENDPOINT and the network"),
}
"""How a table is bad, and what its message tells the person to do (E19 to E23 among them)."""


class TestChart:
    """A bad table costs nothing but itself."""

    @pytest.fixture(params=BAD)
    def bad(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[TestHouse, str]]:
        opened, advice = BAD[request.param]
        folder = tmp_path / "bad"
        folder.mkdir()
        with ExitStack() as stack:
            table = stack.enter_context(opened(folder))
            yield house(tmp_path, [ScriptedProvider(PRESENT)], through=lambda _: table), advice

    @pytest.mark.leaves("threads")  # of the scripted server, which notices late that a client has gone
    def test_e19_the_message_says_what_to_do_and_the_chart_is_there(
        self, bad: tuple[TestHouse, str], tmp_path: Path
    ) -> None:
        """E1, E2, E19, E20, E21, E22, E23: logged at ERROR, counted, flagged; all candles, then a hit."""
        at, advice = bad
        with capture_logs() as logs:
            answer = at.cache.get(QUERY, request_id="r1")
        assert (answer.tier, len(answer.candles)) == (Tier.PROVIDER, 5 * 78)
        assert not answer.missing
        assert answer.table_failed or answer.write_failed
        ours = [log for log in logs if log["event"] != "ohlc_invalidation_failed"]  # another cache's thread
        told = [str(log["error"]) for log in ours if log["log_level"] == "error" and "error" in log]
        assert told
        assert all(advice in text for text in told), told
        for text in told:
            for secret in (str(tmp_path), "127.0.0.1", "123456789012", "arn:"):
                assert secret not in text
        assert at.cache.statistics.snapshot()["table_errors"] > 0
        assert at.cache.get(QUERY).tier is Tier.MEMORY

    def test_a_good_table_says_nothing(self, tmp_path: Path) -> None:
        """The negative twin: none of the signs above is there by itself."""
        at = house(tmp_path, [ScriptedProvider(PRESENT)])
        with capture_logs() as logs:
            answer = at.cache.get(QUERY)
        assert not answer.table_failed
        assert not answer.write_failed
        assert not [log for log in logs if log["log_level"] == "error"]
        assert at.cache.statistics.snapshot()["table_errors"] == 0


class TestClientUnderLoad:
    """One client serves all threads at once (cache-13)."""

    @staticmethod
    def most_at_once(pool_size: int) -> int:
        """Return how many of 16 threads' first calls were with the server at the same time."""
        together, now, most = threading.Lock(), [0], [0]
        full = threading.Event()

        def answer(*_: object) -> tuple[int, dict[str, Any]]:
            with together:
                now[0] += 1
                most[0] = max(most[0], now[0])
                if now[0] == THREADS:
                    full.set()
            full.wait(timeout=2)
            with together:
                now[0] -= 1
            return 200, {"Item": {"PK": {"S": "p"}, "SK": {"S": "s"}}}

        with Scripted(answer) as script:
            options = DynamoOptions(
                endpoint_url=script.url, connect_timeout_s=30, read_timeout_s=30, pool_size=pool_size
            )
            with closing(DynamoStore(options)) as store:
                at_once(THREADS, lambda _: store.table(SCHEMA).get(("p", "s")))
        return most[0]

    def test_e11_sixteen_threads_call_at_once_through_one_client(self) -> None:
        """E11: the pool of 32 is larger than the threads; nobody waits for a connection."""
        assert DynamoOptions().pool_size >= THREADS
        assert self.most_at_once(DynamoOptions().pool_size) == THREADS

    def test_e11_an_exhausted_pool_fails_no_call(self, caplog: pytest.LogCaptureFixture) -> None:
        """E11: with fewer connections than threads every call is answered; connections are made anew."""
        assert self.most_at_once(2) == THREADS
        assert "Connection pool is full, discarding connection" in caplog.text

    def test_e9_whatever_breaks_in_the_client_is_an_error_of_the_table(self) -> None:
        """E9: it ends no request, and the next call is made by a new client."""
        with Scripted(lambda *_: (200, {})) as script, closing(dynamo_store(script.url)) as store:
            before = store.client.get()

            def crash(**_: object) -> None:
                raise RuntimeError(f"dictionary changed size at {script.url}")

            before.meta.events.register("before-call.dynamodb.GetItem", crash)
            with pytest.raises(TableUnavailableError, match="client broke down") as caught:
                store.table(SCHEMA).get(("p", "s"))
            assert "127.0.0.1" not in str(caught.value)
            assert store.table(SCHEMA).get(("p", "s")) is None
            assert store.client.get() is not before

    def test_every_limit_of_the_client_is_set(self) -> None:
        """Issue 4, design 5: timeouts, attempts and pool are written down, not left to the library."""
        with closing(DynamoStore(DynamoOptions(endpoint_url="http://127.0.0.1:1"))) as store:
            quick, patient = store.client.get().meta.config, store.patient_client.get().meta.config
        assert (quick.connect_timeout, quick.read_timeout) == (0.1, 0.2)
        assert quick.retries == {"total_max_attempts": 1, "mode": "legacy"}
        assert quick.max_pool_connections == 32
        assert quick.tcp_keepalive
        assert (patient.connect_timeout, patient.read_timeout) == (2, 5)
        assert patient.retries == {"total_max_attempts": 2, "mode": "standard"}

    def test_e10_expired_credentials_are_looked_up_again(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """E10: what a person has renewed meanwhile is used by the next call, without a restart."""
        credentials = tmp_path / "credentials"
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
        monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
        monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
            monkeypatch.delenv(name, raising=False)

        def renew(key: str) -> None:
            credentials.write_text(f"[default]\naws_access_key_id = {key}\naws_secret_access_key = s\n")

        answers = iter([refusal("ExpiredTokenException"), (200, {})])
        with Scripted(lambda *_: next(answers)) as script:
            monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", script.url)
            renew("OLD")
            with closing(DynamoStore(DynamoOptions(region="eu-west-1", read_timeout_s=30))) as store:
                with pytest.raises(TableError, match="expired"):
                    store.table(SCHEMA).get(("p", "s"))
                renew("NEW")
                assert store.table(SCHEMA).get(("p", "s")) is None
                assert store.client.get()._request_signer._credentials.access_key == "NEW"
