"""What only the DynamoDB store can get wrong: errors, time limits, left-overs of batches, pages, client."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from store import (
    DynamoStore,
    Equals,
    ItemTooLargeError,
    TableDeniedError,
    TableError,
    TableMissingError,
    TableSchema,
    TableSchemaError,
    TableUnavailableError,
    TruncatedQueryError,
    UnprocessedItemsError,
)
from store.dynamodb import DynamoOptions
from tests.kit.dynamo_servers import CORRUPTED, Scripted, free_port, refusal, server
from tests.kit.tables import INDEXES, Pauses, Unprocessed, at_once, drop, dynamo_store, table_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store import Table

ROOT = Path(__file__).parents[2]
SCHEMA = TableSchema("prod-ohlc-cache", ttl_attribute="ttl")
KEY = ("AAPL#tiingo", "D#2025")
ARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/prod-ohlc-cache"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with server("moto") as address:
        yield address


@pytest.fixture
def store(url: str) -> Iterator[DynamoStore]:
    opened = dynamo_store(url)
    yield opened
    opened.close()


@pytest.fixture
def table(store: DynamoStore) -> Iterator[Table]:
    schema = table_schema()
    store.create([schema])
    yield store.table(schema)
    drop(store, [schema])


@pytest.fixture
def no_aws(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An AWS configuration that is empty, wherever the tests run."""
    for name in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_PROFILE",
        "AWS_REGION",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


class TestErrors:
    """Every answer becomes one of the table errors, in words that help, nothing private (E1, E21, S1)."""

    @pytest.mark.parametrize(
        ("answer", "kind", "message"),
        [
            (
                refusal("ResourceNotFoundException", f"not found: {ARN}"),
                TableMissingError,
                "run `make tables`",
            ),
            (
                refusal("ValidationException", "The table does not have the specified index: GSI1-index"),
                TableMissingError,
                "or its index does not exist",
            ),
            (
                refusal(
                    "AccessDeniedException",
                    "User: arn:aws:sts::123456789012:role/x is not authorized to perform: dynamodb:Query",
                ),
                TableDeniedError,
                "grant dynamodb:Query on table prod-ohlc-cache",
            ),
            (refusal("AccessDeniedException", ""), TableDeniedError, "grant dynamodb:GetItem on table"),
            (
                refusal("UnrecognizedClientException", ARN),
                TableDeniedError,
                "does not accept the credentials",
            ),
            (refusal("InvalidSignatureException", ARN), TableDeniedError, "DYNAMODB_REGION"),
            (refusal("ExpiredTokenException", ARN), TableDeniedError, "have expired: sign in again"),
            (refusal("ThrottlingException", ARN), TableUnavailableError, "throttles table prod-ohlc-cache"),
            (
                refusal("ProvisionedThroughputExceededException", ARN),
                TableUnavailableError,
                "throttles table prod-ohlc-cache",
            ),
            (
                refusal("InternalServerError", ARN, 500),
                TableUnavailableError,
                "failed with InternalServerError",
            ),
            (refusal("ServiceUnavailable", ARN, 503), TableUnavailableError, "try again later"),
            (
                refusal("ValidationException", "Item size has exceeded the maximum allowed size"),
                ItemTooLargeError,
                "DynamoDB takes 400 KB",
            ),
            (refusal("ValidationException", ARN), TableError, "refused a call .*: ValidationException"),
            ((CORRUPTED, {"Item": {}}), TableUnavailableError, "can't be reached .ChecksumError"),
        ],
        ids=lambda value: value[1].get("__type", "").rpartition("#")[2] if isinstance(value, tuple) else None,
    )
    def test_an_answer_that_is_an_error(
        self, answer: tuple[int, dict[str, Any]], kind: type[TableError], message: str
    ) -> None:
        with Scripted(lambda *_: answer) as script:
            store = dynamo_store(script.url)
            with pytest.raises(kind, match=message) as caught:
                store.table(SCHEMA).get(KEY)
            store.close()
        assert len(script.calls) == 1, "one attempt on a request's path"
        assert "123456789012" not in str(caught.value)
        assert "127.0.0.1" not in str(caught.value)
        assert caught.value.__cause__ is not None

    def test_nobody_listens(self) -> None:
        store = dynamo_store(f"http://127.0.0.1:{free_port()}")
        with pytest.raises(
            TableUnavailableError, match="check DYNAMODB_REGION, DYNAMODB_ENDPOINT and the network"
        ) as caught:
            store.table(SCHEMA).put({"PK": "p", "SK": "s"})
        assert "127.0.0.1" not in str(caught.value)
        store.close()

    def test_an_answer_that_does_not_come_is_given_up_after_the_read_timeout(self) -> None:
        """cache-11: one attempt, and not a moment longer than the settings say."""
        release = threading.Event()

        def wait(*_: object) -> tuple[int, dict[str, Any]]:
            release.wait(timeout=30)
            return 200, {}

        with Scripted(wait) as script:
            store = dynamo_store(script.url, timeout_s=0.02)
            with pytest.raises(TableUnavailableError, match="ReadTimeoutError"):
                store.table(SCHEMA).get(KEY)
            assert len(script.calls) == 1
            release.set()
            store.close()

    @pytest.mark.usefixtures("no_aws")
    def test_no_credentials(self) -> None:
        store = DynamoStore(DynamoOptions(region="eu-west-1"))
        with pytest.raises(
            TableDeniedError, match="no AWS credentials found: sign in to AWS, or set DYNAMODB_ENDPOINT"
        ):
            store.table(SCHEMA).get(KEY)

    @pytest.mark.usefixtures("no_aws")
    def test_no_region(self) -> None:
        store = DynamoStore(DynamoOptions())
        with pytest.raises(TableUnavailableError, match="set DYNAMODB_REGION"):
            store.table(SCHEMA).get(KEY)

    @pytest.mark.usefixtures("no_aws")
    def test_an_unknown_profile(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("AWS_PROFILE", "nobody")
        store = DynamoStore(DynamoOptions(region="eu-west-1"))
        with pytest.raises(TableDeniedError, match="no AWS credentials found"):
            store.table(SCHEMA).get(KEY)

    def test_expired_credentials_are_looked_up_again_for_the_next_call(self) -> None:
        """E10."""
        answers = iter([refusal("ExpiredTokenException"), (200, {"Item": {"PK": {"S": "p"}}})])
        with Scripted(lambda *_: next(answers)) as script:
            store = dynamo_store(script.url)
            before = store.client.get()
            with pytest.raises(TableDeniedError):
                store.table(SCHEMA).get(KEY)
            assert store.table(SCHEMA).get(KEY) == {"PK": "p"}
            assert store.client.get() is not before
            store.close()

    def test_other_errors_keep_the_client(self) -> None:
        with Scripted(lambda *_: refusal("InternalServerError", status=500)) as script:
            store = dynamo_store(script.url)
            before = store.client.get()
            with pytest.raises(TableUnavailableError):
                store.table(SCHEMA).get(KEY)
            assert store.client.get() is before
            store.close()


class TestClient:
    """One client for each process, made late, with limits that are always set (cache-13)."""

    def test_boto3_is_not_imported_before_the_first_call(self) -> None:
        code = (
            "import sys, store\n"
            "from store.dynamodb import DynamoOptions\n"
            "made = store.DynamoStore(DynamoOptions(endpoint_url='http://127.0.0.1:1'))\n"
            "made.table(store.TableSchema('abc'))\n"
            "made.close()\n"
            "assert not {'boto3', 'botocore'} & set(sys.modules)\n"
        )
        subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)

    def test_the_limits_are_those_of_the_design(self) -> None:
        """Connect 0.1 s, read 0.2 s, one attempt, and a pool as large as the threads."""
        config = DynamoStore(DynamoOptions(endpoint_url="http://127.0.0.1:1")).client.get().meta.config
        assert (config.connect_timeout, config.read_timeout) == (0.1, 0.2)
        assert config.retries["total_max_attempts"] == 1
        assert config.max_pool_connections == 32

    def test_an_endpoint_brings_local_credentials_and_a_region(self) -> None:
        client = DynamoStore(DynamoOptions(endpoint_url="http://127.0.0.1:1")).client.get()
        credentials = client._request_signer._credentials
        assert (credentials.access_key, credentials.secret_key) == ("local", "local")
        assert client.meta.region_name == "us-east-1"

    def test_given_credentials_and_region_are_used(self) -> None:
        options = DynamoOptions("eu-central-1", "http://127.0.0.1:1", "key", "canary", pool_size=5)
        client = DynamoStore(options).client.get()
        credentials = client._request_signer._credentials
        assert (credentials.access_key, credentials.secret_key) == ("key", "canary")
        assert client.meta.region_name == "eu-central-1"
        assert client.meta.config.max_pool_connections == 5
        assert "canary" not in repr(options)

    def test_threads_that_start_together_share_one_client(self, url: str) -> None:
        """F5."""
        store = dynamo_store(url)
        clients = at_once(8, lambda _: store.client.get())
        assert len(set(map(id, clients))) == 1
        store.close()
        assert store.client.get() is not clients[0]
        store.close()

    def test_a_child_makes_a_client_of_its_own(self, url: str) -> None:
        """Two processes on one socket would read each other's answers."""
        store = dynamo_store(url)
        before = store.client.get()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            child = os.fork()
        if child == 0:
            own = store.client.get()
            os._exit(0 if own is not before and store.client.get() is own else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert store.client.get() is before
        store.close()


class TestBatches:
    """What DynamoDB leaves undone is sent again, then named (cache-3, record-8, E14, E27)."""

    ITEMS = tuple({"PK": "p", "SK": f"{at:02}", "n": at, "data": bytes([at])} for at in range(60))
    KEYS = tuple(("p", f"{at:02}") for at in range(60))

    def test_batches_have_at_most_25(self, store: DynamoStore, table: Table) -> None:
        seen = Unprocessed(store, itertools.repeat(None))
        table.put_many(self.ITEMS)
        table.delete_many(self.KEYS)
        assert seen.sizes == [25, 25, 10, 25, 25, 10]

    def test_a_part_that_is_left_is_sent_again(self, store: DynamoStore, table: Table) -> None:
        seen = Unprocessed(store, iter([20, None, None, 3, None]))
        table.put_many(self.ITEMS)
        assert seen.sizes == [25, 5, 25, 10, 7]
        assert table.query("p", consistent=True) == list(self.ITEMS)

    def test_what_is_left_again_and_again_is_sent_three_times_more(self, url: str) -> None:
        pauses = Pauses()
        store = dynamo_store(url, sleep=pauses, random=lambda: 1.0)
        schema = table_schema()
        store.create([schema])
        seen = Unprocessed(store, iter([24, 0, 0, None]))
        store.table(schema).put_many(self.ITEMS[:25])
        assert seen.sizes == [25, 1, 1, 1]
        assert pauses.taken_s == [0.05, 0.1, 0.2]
        assert len(store.table(schema).query("p")) == 25
        drop(store, [schema])
        store.close()

    def test_what_is_left_for_ever_is_named_and_the_rest_is_written(
        self, store: DynamoStore, table: Table
    ) -> None:
        seen = Unprocessed(store, itertools.chain([20, 2, 2, 0], itertools.repeat(None)))
        with pytest.raises(
            UnprocessedItemsError, match=r"1 of 60 were not processed, each .* 4 times"
        ) as caught:
            table.put_many(self.ITEMS)
        assert caught.value.items == (self.ITEMS[24],)
        assert caught.value.code == "unprocessed_items"
        assert seen.sizes == [25, 5, 3, 1, 25, 10]
        assert table.query("p", consistent=True) == [*self.ITEMS[:24], *self.ITEMS[25:]]

    def test_deletes_are_sent_five_times_more(self, store: DynamoStore, table: Table) -> None:
        table.put_many(self.ITEMS)
        seen = Unprocessed(store, itertools.chain([24, 0, 0, 0, 0, 0], itertools.repeat(None)))
        with pytest.raises(UnprocessedItemsError, match=r"1 of 60 .* 6 times") as caught:
            table.delete_many(self.KEYS)
        assert caught.value.items == (("p", "24"),)
        assert [found["SK"] for found in table.query("p", consistent=True)] == ["24"]
        assert seen.sizes == [25, 1, 1, 1, 1, 1, 25, 10]

    def test_retries_can_be_left_to_the_caller(self, url: str) -> None:
        """cache-3: the first attempt is on the request's path, the others are not."""
        store = dynamo_store(url)
        schema = table_schema()
        store.create([schema])
        seen = Unprocessed(store, itertools.chain([5], itertools.repeat(None)))
        with pytest.raises(UnprocessedItemsError) as caught:
            store.table(schema).put_many(self.ITEMS, retries=0)
        assert seen.sizes == [25, 25, 10]
        assert caught.value.items == self.ITEMS[5:25]
        store.table(schema).put_many(caught.value.items)
        assert store.table(schema).query("p", consistent=True) == list(self.ITEMS)
        drop(store, [schema])
        store.close()

    def test_a_batch_that_is_throttled_as_a_whole_is_sent_again(self) -> None:
        answers = iter([refusal("ThrottlingException"), refusal("ThrottlingException"), (200, {})])
        with Scripted(lambda *_: next(answers)) as script:
            store = dynamo_store(script.url)
            store.table(SCHEMA).put_many(self.ITEMS[:3])
            store.close()
        assert [len(body["RequestItems"]["prod-ohlc-cache"]) for _, body in script.calls] == [3, 3, 3]

    @pytest.mark.parametrize(("call", "attempts"), [("put_many", 4), ("delete_many", 6)])
    def test_a_batch_that_is_always_throttled_is_named_whole(self, call: str, attempts: int) -> None:
        parts = self.ITEMS[:3] if call == "put_many" else self.KEYS[:3]
        with Scripted(lambda *_: refusal("ThrottlingException")) as script:
            store = dynamo_store(script.url)
            with pytest.raises(UnprocessedItemsError) as caught:
                getattr(store.table(SCHEMA), call)(parts)
            store.close()
        assert caught.value.items == parts
        assert len(script.calls) == attempts

    def test_another_error_ends_the_batch_at_once(self) -> None:
        with Scripted(lambda *_: refusal("ResourceNotFoundException")) as script:
            store = dynamo_store(script.url)
            with pytest.raises(TableMissingError):
                store.table(SCHEMA).put_many(self.ITEMS)
            store.close()
        assert len(script.calls) == 1


class TestPages:
    """All pages are followed; a bound is for tests, and hitting it is never silent (cache-2)."""

    @staticmethod
    def endless(_: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        at = int(body.get("ExclusiveStartKey", {"SK": {"S": "0"}})["SK"]["S"]) + 1
        key = {"PK": {"S": "p"}, "SK": {"S": str(at)}}
        return 200, {"Items": [key], "LastEvaluatedKey": key}

    def test_a_bound_that_is_hit_is_logged_and_raised(self) -> None:
        with Scripted(self.endless) as script, capture_logs() as logs:
            store = dynamo_store(script.url, max_pages=3)
            with pytest.raises(TruncatedQueryError, match="more than 3 pages"):
                store.table(SCHEMA).query("p")
            store.close()
        assert len(script.calls) == 3
        assert [(entry["event"], entry["log_level"]) for entry in logs] == [
            ("table_query_truncated", "error")
        ]

    def test_a_limit_ends_the_paging(self) -> None:
        with Scripted(self.endless) as script:
            store = dynamo_store(script.url)
            assert [found["SK"] for found in store.table(SCHEMA).query("p", limit=3)] == ["1", "2", "3"]
            store.close()
        assert [body["Limit"] for _, body in script.calls] == [3, 2, 1]

    def test_empty_pages_are_followed(self) -> None:
        def sparse(_: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
            key = {"PK": {"S": "p"}, "SK": {"S": "1"}}
            return 200, {"Items": [key]} if "ExclusiveStartKey" in body else {
                "Items": [],
                "LastEvaluatedKey": key,
            }

        with Scripted(sparse) as script:
            store = dynamo_store(script.url)
            assert store.table(SCHEMA).query("p") == [{"PK": "p", "SK": "1"}]
            store.close()

    def test_first_reads_are_eventually_consistent_unless_asked_otherwise(self) -> None:
        """cache-9, D4: waiters read consistently, ordinary readers pay half."""
        with Scripted(lambda *_: (200, {})) as script:
            store = dynamo_store(script.url)
            table = store.table(SCHEMA)
            for consistent in (False, True):
                table.get(KEY, consistent=consistent)
                table.query("p", consistent=consistent)
            store.close()
        assert [body.get("ConsistentRead", False) for _, body in script.calls] == [False, False, True, True]

    def test_no_name_is_part_of_an_expression(self) -> None:
        """Reserved words are aliased, everywhere."""
        with Scripted(lambda *_: (200, {"Attributes": {}})) as script:
            store = dynamo_store(script.url)
            table = store.table(SCHEMA)
            table.query("p", between=("a", "b"), attributes=["open", "date"])
            table.update(KEY, put={"open": 1}, add={"n": 1}, remove=["date"], when=Equals("ttl", 5))
            store.close()
        for _, body in script.calls:
            expressions = " ".join(text for name, text in body.items() if name.endswith("Expression"))
            for name in ("PK", "SK", "open", "date", "n ", "ttl"):
                assert name not in expressions
            assert {"open", "date"} <= set(body["ExpressionAttributeNames"].values())


class TestCreate:
    """Tables are made on demand with TTL, and waited for (cache-18)."""

    def test_a_table_is_on_demand_and_expires_by_its_ttl_attribute(
        self, store: DynamoStore, table: Table
    ) -> None:
        name = table.schema.name
        found = store.client.call("describe_table", name, TableName=name)["Table"]
        assert found["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
        assert {index["IndexName"]: index["Projection"] for index in found["GlobalSecondaryIndexes"]} == {
            "GSI1-index": {"ProjectionType": "ALL"},
            "GSI2-index": {"ProjectionType": "ALL"},
            "GSI3-index": {"ProjectionType": "KEYS_ONLY"},
        }
        ttl = store.client.call("describe_time_to_live", name, TableName=name)["TimeToLiveDescription"]
        assert ttl == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}

    def test_number_keys_are_refused(self, store: DynamoStore) -> None:
        schema = table_schema(indexes=())
        store.patient_client.call(
            "create_table",
            schema.name,
            TableName=schema.name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": "PK", "KeyType": "HASH"},
                {"AttributeName": "SK", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "PK", "AttributeType": "S"},
                {"AttributeName": "SK", "AttributeType": "N"},
            ],
        )
        with pytest.raises(TableSchemaError, match=r"keys that are no strings \(SK\)"):
            store.create([schema])
        drop(store, [schema])

    def test_more_indexes_than_needed_are_fine(self, store: DynamoStore, table: Table) -> None:
        """A newer release may have added one; the older one still runs beside it."""
        store.create([TableSchema(table.schema.name, indexes=INDEXES[:1])])

    def test_it_waits_until_the_table_and_its_indexes_are_active(self) -> None:
        pauses = Pauses()
        states = iter([None, ("CREATING", "CREATING"), ("ACTIVE", "CREATING"), ("ACTIVE", "ACTIVE")])
        with Scripted(lambda operation, _: self.answer(operation, states)) as script:
            store = dynamo_store(script.url, sleep=pauses)
            store.create([self.schema])
            store.close()
        assert [operation for operation, _ in script.calls] == [
            "DescribeTable",
            "CreateTable",
            *["DescribeTable"] * 3,
            "DescribeTimeToLive",
            "UpdateTimeToLive",
        ]
        assert pauses.taken_s == [1.0, 1.0]

    def test_it_does_not_wait_for_ever(self) -> None:
        states = itertools.repeat(("CREATING", "CREATING"))
        with Scripted(lambda operation, _: self.answer(operation, states)) as script:
            pauses = Pauses()
            store = dynamo_store(script.url, sleep=pauses)
            with pytest.raises(TableUnavailableError, match="did not become active"):
                store.create([self.schema])
            store.close()
        assert sum(pauses.taken_s) == 120

    def test_a_table_that_another_process_makes_first_is_fine(self) -> None:
        states = iter([None, ("ACTIVE", "ACTIVE"), ("ACTIVE", "ACTIVE")])

        def answer(operation: str, _: object) -> tuple[int, dict[str, Any]]:
            if operation == "CreateTable":
                return refusal("ResourceInUseException")
            return self.answer(operation, states)

        with Scripted(answer) as script:
            store = dynamo_store(script.url)
            store.create([self.schema])
            store.close()
        assert "UpdateTimeToLive" in [operation for operation, _ in script.calls]

    def test_a_table_that_can_not_be_made_says_why(self) -> None:
        def answer(operation: str, _: object) -> tuple[int, dict[str, Any]]:
            if operation == "CreateTable":
                return refusal("AccessDeniedException")
            return refusal("ResourceNotFoundException")

        with Scripted(answer) as script:
            store = dynamo_store(script.url)
            with pytest.raises(TableDeniedError, match="grant dynamodb:CreateTable on table prod-ohlc-cache"):
                store.create([self.schema])
            store.close()

    def test_ttl_that_must_not_be_set_is_an_error(self) -> None:
        def answer(operation: str, _: object) -> tuple[int, dict[str, Any]]:
            if operation == "UpdateTimeToLive":
                return refusal("AccessDeniedException")
            return self.answer(operation, itertools.repeat(("ACTIVE", "ACTIVE")))

        with Scripted(answer) as script:
            store = dynamo_store(script.url)
            with pytest.raises(TableDeniedError, match="grant dynamodb:UpdateTimeToLive"):
                store.create([self.schema])
            store.close()

    def test_a_stand_in_without_ttl_is_tolerated_and_logged(self) -> None:
        def answer(operation: str, _: object) -> tuple[int, dict[str, Any]]:
            if operation == "DescribeTimeToLive":
                return refusal("UnknownOperationException")
            return self.answer(operation, itertools.repeat(("ACTIVE", "ACTIVE")))

        with Scripted(answer) as script, capture_logs() as logs:
            store = dynamo_store(script.url)
            store.create([self.schema])
            store.close()
        assert [entry["event"] for entry in logs] == ["table_ttl_not_set"]

    schema = TableSchema("prod-ohlc-cache", indexes=INDEXES[1:2], ttl_attribute="ttl")

    @staticmethod
    def answer(operation: str, states: Iterator[tuple[str, str] | None]) -> tuple[int, dict[str, Any]]:
        """Answer as DynamoDB does while a table passes through the given states (None: not there)."""
        if operation == "DescribeTimeToLive":
            return 200, {"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}}
        state = next(states) if operation == "DescribeTable" else ("CREATING", "CREATING")
        if state is None:
            return refusal("ResourceNotFoundException")
        keys = [{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}]
        index = {
            "IndexName": "GSI2-index",
            "IndexStatus": state[1],
            "KeySchema": [{"AttributeName": "GSI2PK", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "ALL"},
        }
        attributes = [{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK", "GSI2PK")]
        table = {
            "TableStatus": state[0],
            "KeySchema": keys,
            "AttributeDefinitions": attributes,
            "GlobalSecondaryIndexes": [index],
        }
        return 200, {"Table": table}


def test_sets_of_other_programs_come_back_as_lists(store: DynamoStore, table: Table) -> None:
    written = {
        "PK": {"S": "p"},
        "SK": {"S": "s"},
        "n": {"NS": ["1", "2.5"]},
        "s": {"SS": ["a"]},
        "b": {"BS": [b"x"]},
    }
    store.client.call("put_item", table.schema.name, TableName=table.schema.name, Item=written)
    found = table.get(("p", "s"), consistent=True)
    assert found is not None
    assert sorted(map(str, found["n"])) == ["1", "2.5"]
    assert (found["s"], found["b"]) == (["a"], [b"x"])
