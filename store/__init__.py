"""Item tables: one protocol, SQLite and DynamoDB behind it, and the schema of every table in one place."""

from store.dynamodb import DynamoStore, Patience
from store.dynamodb_client import DynamoOptions
from store.schema import Index, Schemas, TableNames, TableSchema, schemas
from store.sqlite import SqliteStore
from store.table import (
    Absent,
    AllOf,
    AnyOf,
    Below,
    Condition,
    Equals,
    Item,
    ItemTooLargeError,
    Key,
    Store,
    Table,
    TableDeniedError,
    TableError,
    TableMissingError,
    TableSchemaError,
    TableUnavailableError,
    TruncatedQueryError,
    UnprocessedItemsError,
    Value,
)

__all__ = [
    "Absent",
    "AllOf",
    "AnyOf",
    "Below",
    "Condition",
    "DynamoOptions",
    "DynamoStore",
    "Equals",
    "Index",
    "Item",
    "ItemTooLargeError",
    "Key",
    "Patience",
    "Schemas",
    "SqliteStore",
    "Store",
    "Table",
    "TableDeniedError",
    "TableError",
    "TableMissingError",
    "TableNames",
    "TableSchema",
    "TableSchemaError",
    "TableUnavailableError",
    "TruncatedQueryError",
    "UnprocessedItemsError",
    "Value",
    "schemas",
]
