"""Item tables in one SQLite file: the store that needs no set-up.

Promise: every call is one transaction; several threads and processes may use the file at once. Items whose
``ttl`` passed stay readable for a week, as they do in DynamoDB, and go when the tables are next created.
"""

from __future__ import annotations

import json
import sqlite3
import time
from dataclasses import asdict
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from store import sqlite_codec
from store.batches import chunks
from store.conditions import changed, checked_change, checked_condition, holds
from store.items import check_key, checked, key_item, key_of, last_of_each
from store.queries import checked_query
from store.sqlite_connections import Connections
from store.sqlite_statements import Statements
from store.table import TableSchemaError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from store.queries import RangeQuery
    from store.schema import TableSchema
    from store.sqlite_connections import Connect
    from store.table import Condition, Item, Key, Value

EXPIRED_KEPT_S = 7 * 86_400
_ROWS_PER_TRANSACTION = 250
_KEYS_PER_PAGE = 1_000
_LARGEST = 2**63 - 1
_CATALOGUE = (
    'CREATE TABLE IF NOT EXISTS "chandlery:tables" (name TEXT PRIMARY KEY, description TEXT NOT NULL)'
)


def _connect(database: Path, **options: Any) -> sqlite3.Connection:  # noqa: ANN401 - as sqlite3.connect
    connection: sqlite3.Connection = sqlite3.connect(database, **options)
    return connection


class SqliteStore:
    """All tables in one file."""

    kind = "sqlite"

    def __init__(
        self,
        path: Path,
        *,
        now: Callable[[], float] = time.time,
        busy_timeout_s: float = 5.0,
        connect: Connect = _connect,
    ) -> None:
        """Open nothing yet.

        Args:
            path: the database file; made, with its folder, on first use.
            now: UTC epoch seconds, for removing what expired.
            busy_timeout_s: how long a write waits for other writers, seconds.
            connect: opens the file.
        """
        self._connections = Connections(path, busy_timeout_s=busy_timeout_s, connect=connect)
        self._now = now

    def table(self, schema: TableSchema) -> SqliteTable:
        """Return a table; no call is made."""
        return SqliteTable(self._connections, schema)

    def create(self, schemas: Iterable[TableSchema]) -> None:
        """Create what does not exist yet, and remove what expired more than a week ago; idempotent.

        Raises:
            TableSchemaError: a table of that name has other keys or indexes.
            TableUnavailableError: the file can't be used; the message says why.
        """
        wanted = list(schemas)
        with self._connections.writing() as connection:
            connection.execute(_CATALOGUE)
            for schema in wanted:
                _create(connection, schema)
        for schema in wanted:
            self.table(schema).sweep(self._now() - EXPIRED_KEPT_S)

    def close(self) -> None:
        """Let go of all connections; they are opened again when used."""
        self._connections.close()


class SqliteTable:
    """One table of the file; see ``store.table.Table`` for what each method promises."""

    def __init__(self, connections: Connections, schema: TableSchema) -> None:
        """Use the connections of the store."""
        self._connections = connections
        self._sql = Statements(schema)
        self.schema = schema

    def get(self, key: Key, *, consistent: bool = False) -> Item | None:
        """Return the item or None; always consistent."""
        del consistent
        check_key(key, self.schema)
        with self._connections.reading() as connection:
            return self._item_at(connection, key)

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
        """Return the items of one partition in sort-key order; always consistent."""
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
        if query.is_empty:
            return []
        statement, values = self._sql.query(query)
        with self._connections.reading() as connection:
            rows = connection.execute(statement, values).fetchall()
        return self._items(rows, query)

    def put(self, item: Item, *, when: Condition | None = None) -> bool:
        """Write a whole item if the condition holds."""
        normal = checked(item, self.schema)
        condition = checked_condition(when)
        if condition is None:
            with self._connections.reading() as connection:
                connection.execute(self._sql.put, self._row(normal))
            return True
        with self._connections.writing() as connection:
            if not holds(condition, self._item_at(connection, key_of(normal, self.schema))):
                return False
            connection.execute(self._sql.put, self._row(normal))
        return True

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
        check_key(key, self.schema)
        change = checked_change(put, add, remove, self.schema)
        condition = checked_condition(when)
        with self._connections.writing() as connection:
            item = self._item_at(connection, key)
            if not holds(condition, item):
                return None
            new = checked(changed(item or dict(key_item(key, self.schema)), change), self.schema)
            connection.execute(self._sql.put, self._row(new))
        return new

    def delete(self, key: Key, *, when: Condition | None = None) -> bool:
        """Remove an item if the condition holds."""
        check_key(key, self.schema)
        condition = checked_condition(when)
        with self._connections.writing() as connection:
            if not holds(condition, self._item_at(connection, key)):
                return False
            connection.execute(self._sql.delete, key)
        return True

    def put_many(self, items: Iterable[Item], *, retries: int | None = None) -> None:
        """Write items; of several with one key the last one counts. Nothing is ever left unprocessed."""
        del retries
        self._write_many(self._sql.put, [self._row(item) for item in last_of_each(items, self.schema)])

    def delete_many(self, keys: Iterable[Key], *, retries: int | None = None) -> None:
        """Delete items. Nothing is ever left unprocessed."""
        del retries
        wanted = list(dict.fromkeys(keys))
        for key in wanted:
            check_key(key, self.schema)
        self._write_many(self._sql.delete, wanted)

    def keys(self) -> Iterator[Key]:
        """Give the key of every item; no page holds a lock or a connection while its keys are used."""
        after = ("", "")
        while True:
            with self._connections.reading() as connection:
                page: list[Key] = connection.execute(self._sql.keys, (*after, _KEYS_PER_PAGE)).fetchall()
            yield from page
            if len(page) < _KEYS_PER_PAGE:
                return
            after = page[-1]

    def sweep(self, expired_before: float) -> int:
        """Remove items whose time was over before the given UTC epoch seconds; return how many."""
        swept = 0
        while True:
            with self._connections.reading() as connection:
                # In small bites, because others wait while this writes.
                gone = connection.execute(self._sql.sweep, (expired_before, _ROWS_PER_TRANSACTION)).rowcount
            swept += gone
            if gone < _ROWS_PER_TRANSACTION:
                return swept

    def _write_many(self, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
        for some in chunks(rows, _ROWS_PER_TRANSACTION):
            with self._connections.writing() as connection:
                connection.executemany(statement, some)

    def _item_at(self, connection: sqlite3.Connection, key: Key) -> Item | None:
        row = connection.execute(self._sql.get, key).fetchone()
        return None if row is None else {**key_item(key, self.schema), **sqlite_codec.decode(*row)}

    def _items(self, rows: list[tuple[Any, ...]], query: RangeQuery) -> list[Item]:
        if query.index is not None and query.index.projection == "keys":
            return [dict(zip(query.attributes, row, strict=True)) for row in rows]
        wanted = frozenset(query.attributes)
        return [
            {**key_item((pk, sk), self.schema), **sqlite_codec.decode(body, raw, wanted)}
            for pk, sk, body, raw in rows
        ]

    def _row(self, item: Item) -> tuple[Any, ...]:
        rest = {name: value for name, value in item.items() if name not in self.schema.key_attributes}
        body, raw = sqlite_codec.encode(rest)
        indexed = (item.get(name) for name in self.schema.indexed_attributes)
        return (*key_of(item, self.schema), _ttl(item, self.schema), *indexed, body, raw)


def _create(connection: sqlite3.Connection, schema: TableSchema) -> None:
    description = json.dumps(
        {
            "hash_key": schema.hash_key,
            "range_key": schema.range_key,
            "indexes": [asdict(i) for i in schema.indexes],
        }
    )
    found = connection.execute(
        'SELECT description FROM "chandlery:tables" WHERE name = ?', (schema.name,)
    ).fetchone()
    if found is None:
        for statement in Statements(schema).create:
            connection.execute(statement)
        connection.execute('INSERT INTO "chandlery:tables" VALUES (?, ?)', (schema.name, description))
    elif found[0] != description:
        raise TableSchemaError(
            f"{schema.name} exists with other keys or indexes: rename the table, or move its file away"
        )


def _ttl(item: Item, schema: TableSchema) -> int | None:
    value = item.get(schema.ttl_attribute) if schema.ttl_attribute else None
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return max(-_LARGEST, min(int(value), _LARGEST))
