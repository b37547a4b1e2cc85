"""Item tables in DynamoDB: AWS, DynamoDB Local or a stand-in.

Promise: one attempt for each call, within the client's timeouts; all pages of a query are followed; whatever
fails is one of the table errors. boto3's low-level client is used, because its resource layer is not
thread-safe and copies every request and answer once more.
"""

from __future__ import annotations

import random as randomness
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog

from store import dynamodb_tables
from store.batches import send_all
from store.conditions import checked_change, checked_condition
from store.dynamodb_client import Client, DynamoOptions
from store.dynamodb_errors import ConditionFailedError, ThrottledError
from store.dynamodb_expressions import Expression
from store.dynamodb_values import decode_item, encode_item
from store.items import check_key, checked, key_item, key_of, last_of_each
from store.queries import checked_query
from store.table import BATCH_SIZE, TruncatedQueryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from store.queries import RangeQuery
    from store.schema import TableSchema
    from store.table import Condition, Item, Key, Value

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often left-overs of batches are sent again, and how many pages a query may have.

    Attributes:
        put_retries, delete_retries: after the first attempt, with pauses that double and are jittered.
        max_pages: of one query; None is no bound. Only tests set one.
        sleep: waits some seconds.
        random: returns a number in [0, 1).
    """

    put_retries: int = 3
    delete_retries: int = 5
    max_pages: int | None = None
    sleep: Callable[[float], None] = time.sleep
    random: Callable[[], float] = randomness.random


class DynamoStore:
    """All tables of one DynamoDB endpoint.

    Attributes:
        client: for calls on a request's path.
        patient_client: for calls that may take seconds.
    """

    kind = "dynamodb"

    def __init__(self, options: DynamoOptions | None = None, patience: Patience | None = None) -> None:
        """Make no call yet, and don't import boto3."""
        options = options or DynamoOptions()
        self.client = Client(options)
        self.patient_client = Client(options, patient=True)
        self._patience = patience or Patience()

    def table(self, schema: TableSchema) -> DynamoTable:
        """Return a table; no call is made."""
        return DynamoTable(self.client, self.patient_client, schema, self._patience)

    def create(self, schemas: Iterable[TableSchema]) -> None:
        """Create what does not exist yet, on demand and with TTL, and wait until it can be used; idempotent.

        Raises:
            TableSchemaError: a table of that name has other keys or lacks an index.
            TableError: DynamoDB refused, or did not finish within two minutes.
        """
        dynamodb_tables.create(self.patient_client, schemas, self._patience.sleep)

    def close(self) -> None:
        """Let go of the client and its connections; the next call makes a new one."""
        self.client.reset()
        self.patient_client.reset()


class DynamoTable:
    """One table; see ``store.table.Table`` for what each method promises."""

    def __init__(
        self, client: Client, patient_client: Client, schema: TableSchema, patience: Patience
    ) -> None:
        """Use the store's clients."""
        self._client = client
        self._patient_client = patient_client
        self._patience = patience
        self.schema = schema

    def get(self, key: Key, *, consistent: bool = False) -> Item | None:
        """Return the item or None; eventually consistent unless asked otherwise."""
        answer = self._call("get_item", Key=self._key(key), ConsistentRead=consistent)
        return decode_item(answer["Item"]) if "Item" in answer else None

    def query(  # noqa: PLR0913 - what a range read can be asked
        self,
        pk: str,
        *,
        between: tuple[str, str] | None = None,
        prefix: str | None = None,
        index: str | None = None,
        descending: bool = False,
        limit: int | None = None,
        attributes: Sequence[str] = (),
        consistent: bool = False,
    ) -> list[Item]:
        """Return the items of one partition in sort-key order, all pages followed."""
        query = checked_query(
            self.schema,
            pk,
            between=between,
            prefix=prefix,
            index=index,
            descending=descending,
            limit=limit,
            attributes=attributes,
            consistent=consistent,
        )
        return [] if query.is_empty else self._pages(query)

    def put(self, item: Item, *, when: Condition | None = None) -> bool:
        """Write a whole item if the condition holds."""
        request = {"Item": encode_item(checked(item, self.schema))}
        return self._conditional("put_item", Expression(), when, request) is not None

    def update(
        self,
        key: Key,
        *,
        put: Mapping[str, Value] | None = None,
        add: Mapping[str, int | Decimal] | None = None,
        remove: Iterable[str] = (),
        when: Condition | None = None,
    ) -> Item | None:
        """Change attributes of an item if the condition holds; return the new item, else None."""
        change = checked_change(put, add, remove, self.schema)
        expression = Expression()
        request: dict[str, Any] = {"Key": self._key(key), "ReturnValues": "ALL_NEW"}
        text = expression.change(change)
        if text:
            request["UpdateExpression"] = text
        answer = self._conditional("update_item", expression, when, request)
        return None if answer is None else decode_item(answer["Attributes"])

    def delete(self, key: Key, *, when: Condition | None = None) -> bool:
        """Remove an item if the condition holds."""
        return self._conditional("delete_item", Expression(), when, {"Key": self._key(key)}) is not None

    def put_many(self, items: Iterable[Item], *, retries: int | None = None) -> None:
        """Write items in batches of 25; of several with one key the last one counts."""
        patience = self._patience.put_retries if retries is None else retries

        def send(batch: Sequence[Item]) -> list[Item]:
            requests = [{"PutRequest": {"Item": encode_item(item)}} for item in batch]
            left = self._send(requests)
            return list(batch) if left is None else [decode_item(part["PutRequest"]["Item"]) for part in left]

        self._send_all(last_of_each(items, self.schema), send, patience)

    def delete_many(self, keys: Iterable[Key], *, retries: int | None = None) -> None:
        """Delete in batches of 25."""
        patience = self._patience.delete_retries if retries is None else retries

        def send(batch: Sequence[Key]) -> list[Key]:
            left = self._send([{"DeleteRequest": {"Key": self._key(key)}} for key in batch])
            return (
                list(batch) if left is None else [self._key_in(part["DeleteRequest"]["Key"]) for part in left]
            )

        wanted = list(dict.fromkeys(keys))
        for key in wanted:
            check_key(key, self.schema)
        self._send_all(wanted, send, patience)

    def keys(self) -> Iterator[Key]:
        """Give the key of every item: a scan by the patient client, which sees every write acknowledged."""
        expression = Expression()
        request: dict[str, Any] = {
            "TableName": self.schema.name,
            "ConsistentRead": True,
            "ProjectionExpression": expression.projection(self.schema.key_attributes),
            **expression.arguments(),
        }
        while True:
            answer = self._patient_client.call("scan", self.schema.name, **request)
            yield from map(self._key_in, answer.get("Items", ()))
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _pages(self, query: RangeQuery) -> list[Item]:
        request = _query_request(query)
        items: list[Item] = []
        pages = 0
        while True:
            if query.limit is not None:
                request["Limit"] = query.limit - len(items)
            answer = self._call("query", **request)
            items.extend(map(decode_item, answer.get("Items", ())))
            pages += 1
            if "LastEvaluatedKey" not in answer or len(items) == query.limit:
                return items
            if pages == self._patience.max_pages:
                _log.error("table_query_truncated", table=self.schema.name, pages=pages)
                raise TruncatedQueryError(
                    f"a query of table {self.schema.name} has more than {pages} pages: ask for less"
                )
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _conditional(
        self, operation: str, expression: Expression, when: Condition | None, request: dict[str, Any]
    ) -> dict[str, Any] | None:
        condition = checked_condition(when)
        if condition is not None:
            request["ConditionExpression"] = expression.condition(condition)
        try:
            return self._call(operation, **request, **expression.arguments())
        except ConditionFailedError:
            return None

    def _send_all(
        self, parts: Sequence[Any], send: Callable[[Sequence[Any]], Sequence[Any]], retries: int
    ) -> None:
        patience = self._patience
        send_all(
            parts, send, length=BATCH_SIZE, retries=retries, sleep=patience.sleep, random=patience.random
        )

    def _send(self, requests: list[dict[str, Any]]) -> list[dict[str, Any]] | None:
        """Return the requests that were not processed; None when DynamoDB took none of them."""
        try:
            name = self.schema.name
            answer = self._client.call("batch_write_item", name, RequestItems={name: requests})
        except ThrottledError:
            return None
        left: list[dict[str, Any]] = answer.get("UnprocessedItems", {}).get(self.schema.name, [])
        return left

    def _call(self, operation: str, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - as boto3's
        return self._client.call(operation, self.schema.name, TableName=self.schema.name, **request)

    def _key(self, key: Key) -> dict[str, Any]:
        check_key(key, self.schema)
        return encode_item(key_item(key, self.schema))

    def _key_in(self, attributes: Mapping[str, Any]) -> Key:
        return key_of(decode_item(attributes), self.schema)


def _query_request(query: RangeQuery) -> dict[str, Any]:
    expression = Expression()
    request: dict[str, Any] = {
        "KeyConditionExpression": expression.keys(query),
        "ScanIndexForward": not query.descending,
    }
    if query.attributes:
        request["ProjectionExpression"] = expression.projection(query.attributes)
    if query.index is not None:
        request["IndexName"] = query.index.name
    if query.consistent:
        request["ConsistentRead"] = True
    return request | expression.arguments()
