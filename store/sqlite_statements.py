"""The SQL text of one item table.

Promise: values only ever travel as parameters; names come from the schema and are quoted. Text compares by
its UTF-8 bytes (SQLite's BINARY collation), which is the order of DynamoDB's sort keys.
"""
# ruff: noqa: S608 - statements are put together from quoted names only, never from values

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from store.queries import RangeQuery
    from store.schema import Index, TableSchema

_SURROGATES = range(0xD800, 0xE000)
_LAST_CODE_POINT = 0x10FFFF


class Statements:
    """What SQLite is told about one table.

    Attributes:
        create: statements that make the table and its indexes.
        get, put, delete: for one item, by key or as a row.
        keys: those after a key, ascending; parameters are that key and how many at most.
        sweep: removes expired rows; parameters are a UTC epoch second and how many at most.
    """

    def __init__(self, schema: TableSchema) -> None:
        """Write the statements for a table."""
        self._schema = schema
        self._table = _quoted(f"items:{schema.name}")
        indexed = [_quoted(f"at:{name}") for name in schema.indexed_attributes]
        columns = ["pk", "sk", "ttl", *indexed, "body", "raw"]
        marks = ", ".join("?" * len(columns))
        news = ", ".join(f"{column} = excluded.{column}" for column in columns[2:])
        self.create = (
            self._create_table(indexed),
            self._create_ttl(),
            *map(self._create_index, schema.indexes),
        )
        self.get = f"SELECT body, raw FROM {self._table} WHERE pk = ? AND sk = ?"
        self.put = (
            f"INSERT INTO {self._table} ({', '.join(columns)}) VALUES ({marks})"
            f" ON CONFLICT (pk, sk) DO UPDATE SET {news}"
        )
        self.delete = f"DELETE FROM {self._table} WHERE pk = ? AND sk = ?"
        self.keys = f"SELECT pk, sk FROM {self._table} WHERE (pk, sk) > (?, ?) ORDER BY pk, sk LIMIT ?"
        expired = f"SELECT rowid FROM {self._table} WHERE ttl < ? LIMIT ?"
        self.sweep = f"DELETE FROM {self._table} WHERE rowid IN ({expired})"

    def query(self, query: RangeQuery) -> tuple[str, list[str | int]]:
        """Return the statement of a range read and its parameters.

        Its rows are ``pk, sk, body, raw``, or ``query.attributes`` of a keys-only index.
        """
        keys_only = query.index is not None and query.index.projection == "keys"
        shown = ", ".join(map(self._column, query.attributes)) if keys_only else "pk, sk, body, raw"
        where = [f"{self._column(query.hash_key)} = ?"]
        values: list[str | int] = [query.pk]
        if query.index is not None:
            # Said once more, or SQLite would not know that the partial index has all it needs.
            where += [f"{self._column(name)} IS NOT NULL" for name in query.index.key_attributes]
        if query.range_key:
            self._bound(query, where, values)
        direction = "DESC" if query.descending else "ASC"
        order = [self._column(query.range_key)] if query.range_key else []
        order += ["pk", "sk"] if query.index is not None else []
        by = ", ".join(f"{column} {direction}" for column in order or ["pk"])
        statement = f"SELECT {shown} FROM {self._table} WHERE {' AND '.join(where)} ORDER BY {by}"
        if query.limit is not None:
            statement += " LIMIT ?"
            values.append(query.limit)
        return statement, values

    def _bound(self, query: RangeQuery, where: list[str], values: list[str | int]) -> None:
        column = self._column(query.range_key)
        if query.between is not None:
            where.append(f"{column} BETWEEN ? AND ?")
            values.extend(query.between)
        if query.prefix is not None:
            where.append(f"{column} >= ?")
            values.append(query.prefix)
            end = after_prefix(query.prefix)
            if end:
                where.append(f"{column} < ?")
                values.append(end)

    def _create_table(self, indexed: list[str]) -> str:
        extra = "".join(f", {column} TEXT" for column in indexed)
        # ``raw`` comes last: it overflows to other pages, which a read of the other columns leaves alone.
        return (
            f"CREATE TABLE {self._table} (pk TEXT NOT NULL, sk TEXT NOT NULL, ttl INTEGER{extra},"
            " body TEXT NOT NULL, raw BLOB, PRIMARY KEY (pk, sk))"
        )

    def _create_ttl(self) -> str:
        name = _quoted(f"items:{self._schema.name}:ttl")
        return f"CREATE INDEX {name} ON {self._table} (ttl) WHERE ttl IS NOT NULL"

    def _create_index(self, index: Index) -> str:
        name = _quoted(f"items:{self._schema.name}:{index.name}")
        columns = [self._column(attribute) for attribute in index.key_attributes]
        present = " AND ".join(f"{column} IS NOT NULL" for column in columns)
        return f"CREATE INDEX {name} ON {self._table} ({', '.join([*columns, 'pk', 'sk'])}) WHERE {present}"

    def _column(self, attribute: str) -> str:
        if attribute == self._schema.hash_key:
            return "pk"
        return "sk" if attribute == self._schema.range_key else _quoted(f"at:{attribute}")


def after_prefix(prefix: str) -> str:
    """Return the smallest text above everything that begins with ``prefix``; "" when there is none."""
    for at in reversed(range(len(prefix))):
        following = ord(prefix[at]) + 1
        if following in _SURROGATES:
            following = _SURROGATES.stop
        if following <= _LAST_CODE_POINT:
            return prefix[:at] + chr(following)
    return ""


def _quoted(name: str) -> str:
    escaped = name.replace('"', '""')
    return f'"{escaped}"'
