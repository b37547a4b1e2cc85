"""Creating DynamoDB tables: on demand, with their indexes and TTL, and checking those that exist.

Promise: idempotent, also when several processes start at once; an existing table is never changed, except
that TTL is switched on. Outside local mode Terraform creates the tables, and this only checks them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from store.dynamodb_errors import UnsupportedError
from store.table import TableError, TableMissingError, TableSchemaError, TableUnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from store.dynamodb_client import Client
    from store.schema import Index, TableSchema

_log = structlog.get_logger(__name__)
_POLL_S = 1.0
_POLLS = 120
_PROJECTIONS = {"all": "ALL", "keys": "KEYS_ONLY"}


def create(client: Client, schemas: Iterable[TableSchema], sleep: Callable[[float], None]) -> None:
    """Create what does not exist yet and wait until all of it can be used.

    Args:
        client: a patient one.
        schemas: the tables.
        sleep: waits some seconds between two looks.

    Raises:
        TableSchemaError: a table of that name has other keys or lacks an index.
        TableUnavailableError: a table did not become active within two minutes.
        TableError: DynamoDB refused.
    """
    wanted = list(schemas)
    for schema in wanted:
        if _description(client, schema) is None:
            _create(client, schema)
    for schema in wanted:
        _check(_active(client, schema, sleep), schema)
        _expire(client, schema)


def _create(client: Client, schema: TableSchema) -> None:
    attributes = (*schema.key_attributes, *schema.indexed_attributes)
    request: dict[str, Any] = {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": _keys(schema),
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in attributes],
    }
    if schema.indexes:
        request["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index.name,
                "KeySchema": _keys(index),
                "Projection": {"ProjectionType": _PROJECTIONS[index.projection]},
            }
            for index in schema.indexes
        ]
    try:
        _call(client, "create_table", schema, **request)
    except TableError:
        # Another process may have been first.
        if _description(client, schema) is None:
            raise
        return
    _log.info("table_created", table=schema.name)


def _active(client: Client, schema: TableSchema, sleep: Callable[[float], None]) -> dict[str, Any]:
    for _ in range(_POLLS):
        found = _description(client, schema) or {}
        parts = [found, *({"TableStatus": index.get("IndexStatus")} for index in _indexes(found))]
        # Some stand-ins say nothing about the status of an index.
        if all(part.get("TableStatus") in {"ACTIVE", "UPDATING", None} for part in parts) and found:
            return found
        sleep(_POLL_S)
    raise TableUnavailableError(f"table {schema.name} did not become active: look at it in DynamoDB")


def _check(found: dict[str, Any], schema: TableSchema) -> None:
    advice = "rename the table in the settings, or delete it if it is not needed"
    types = {part["AttributeName"]: part["AttributeType"] for part in found["AttributeDefinitions"]}
    if _sorted(found["KeySchema"]) != _sorted(_keys(schema)):
        raise TableSchemaError(
            f"table {schema.name} exists with other keys than {schema.key_attributes}: {advice}"
        )
    there = {part["IndexName"]: part for part in _indexes(found)}
    for index in schema.indexes:
        part = there.get(index.name, {})
        projection = part.get("Projection", {}).get("ProjectionType")
        if (
            _sorted(part.get("KeySchema", [])) != _sorted(_keys(index))
            or projection != _PROJECTIONS[index.projection]
        ):
            raise TableSchemaError(f"table {schema.name} exists without its index {index.name}: {advice}")
    wrong = [name for name, kind in types.items() if kind != "S"]
    if wrong:
        raise TableSchemaError(
            f"table {schema.name} exists with keys that are no strings ({', '.join(wrong)}): {advice}"
        )


def _expire(client: Client, schema: TableSchema) -> None:
    if schema.ttl_attribute is None:
        return
    try:
        answer = _call(client, "describe_time_to_live", schema)
        if answer["TimeToLiveDescription"].get("TimeToLiveStatus") in {"ENABLED", "ENABLING"}:
            return
        specification = {"Enabled": True, "AttributeName": schema.ttl_attribute}
        _call(client, "update_time_to_live", schema, TimeToLiveSpecification=specification)
    except UnsupportedError as error:
        # Expiry is checked on every read; without TTL the table only grows.
        _log.warning("table_ttl_not_set", table=schema.name, error=str(error))


def _description(client: Client, schema: TableSchema) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = _call(client, "describe_table", schema)["Table"]
    except TableMissingError:
        return None
    return found


def _call(client: Client, operation: str, schema: TableSchema, **request: Any) -> dict[str, Any]:  # noqa: ANN401 - as boto3's
    return client.call(operation, schema.name, TableName=schema.name, **request)


def _indexes(found: dict[str, Any]) -> list[dict[str, Any]]:
    return list(found.get("GlobalSecondaryIndexes") or [])


def _keys(place: TableSchema | Index) -> list[dict[str, str]]:
    kinds = zip(place.key_attributes, ("HASH", "RANGE"), strict=False)
    return [{"AttributeName": name, "KeyType": kind} for name, kind in kinds]


def _sorted(keys: list[dict[str, str]]) -> list[tuple[str, str]]:
    return sorted((part["KeyType"], part["AttributeName"]) for part in keys)
