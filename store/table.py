"""The protocol of an item table: small enough that SQLite and DynamoDB both keep every promise in it.

Items are flat or nested mappings of strings, booleans, bytes, None, lists, maps and numbers. Numbers go in as
``int`` or ``Decimal`` (floats are refused with a TypeError that names the attribute, because DynamoDB would
round them) and come out as ``int`` where integral, else ``Decimal``.

Errors are one tree::

    TableError
    ├── TableUnavailableError   refused, timeout, locked, disk full: the next tier answers
    ├── TableMissingError       the table or index does not exist
    ├── TableDeniedError        credentials or permissions; the message names what is missing
    ├── TableSchemaError        a table of that name exists with other keys
    ├── ItemTooLargeError       over 400 KB, refused before the call
    ├── TruncatedQueryError     a query has more pages than it may have
    └── UnprocessedItemsError   a batch could not be finished; ``.items`` says what is left
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from store.schema import TableSchema

Value = str | int | Decimal | bytes | bool | None | Sequence[Any] | Mapping[str, Any]
Item = dict[str, Any]
Key = tuple[str, str]
"""Partition and sort key; the sort key is "" in a table that has none."""

MAX_ITEM_BYTES = 400 * 1024
BATCH_SIZE = 25


class TableError(Exception):
    """A table call failed; the message says what to do and holds no secret."""

    code = "table_error"


class TableUnavailableError(TableError):
    """The table did not answer in time or refused."""

    code = "table_unavailable"


class TableMissingError(TableError):
    """The table or index does not exist."""

    code = "table_missing"


class TableDeniedError(TableError):
    """Credentials are missing, expired or not allowed to do this."""

    code = "table_denied"


class TableSchemaError(TableError):
    """A table of this name exists with other keys."""

    code = "table_schema"


class ItemTooLargeError(TableError):
    """The item is larger than any table takes."""

    code = "item_too_large"


class TruncatedQueryError(TableError):
    """A query has more pages than it may have; nothing of it is given, because a part would look whole."""

    code = "query_truncated"


class UnprocessedItemsError(TableError):
    """A batch could not be finished; ``items`` are those that were not written (or keys not deleted)."""

    code = "unprocessed_items"

    def __init__(self, message: str, items: Sequence[Any]) -> None:
        """Keep what is left to do."""
        super().__init__(message)
        self.items = tuple(items)


@dataclass(frozen=True, slots=True)
class Absent:
    """True when the attribute does not exist (on the partition key: when the item does not)."""

    attribute: str


@dataclass(frozen=True, slots=True)
class Equals:
    """True when the attribute exists and equals the value."""

    attribute: str
    value: Value


@dataclass(frozen=True, slots=True)
class Below:
    """True when the attribute exists and is smaller than the value (same type)."""

    attribute: str
    value: Value


@dataclass(frozen=True, slots=True)
class AllOf:
    """True when every part is."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """True when at least one part is."""

    parts: tuple[Condition, ...]


Condition = Absent | Equals | Below | AllOf | AnyOf


class Table(Protocol):
    """One table. Thread-safe; every method raises TableError or one of its kinds, nothing else on purpose."""

    @property
    def schema(self) -> TableSchema:
        """Name, keys, indexes and TTL attribute."""

    def get(self, key: Key, *, consistent: bool = False) -> Item | None:
        """Return the item or None. ``consistent``: see every write acknowledged before this call."""

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
        """Return the items of one partition in sort-key order, all pages followed.

        Args:
            pk: value of the partition key (of the index, if one is named).
            between: lowest and highest sort key, both inclusive; not together with ``prefix``.
            prefix: what the sort key begins with.
            index: name of a secondary index; keys-only indexes return keys only.
            descending: highest sort key first.
            limit: at most this many items.
            attributes: only these (the keys always come along); empty means all.
            consistent: as in ``get``; refused for an index with a ValueError.
        """

    def put(self, item: Item, *, when: Condition | None = None) -> bool:
        """Write a whole item; return False, and write nothing, when the condition does not hold."""

    def update(
        self,
        key: Key,
        *,
        put: Mapping[str, Value] | None = None,
        add: Mapping[str, int | Decimal] | None = None,
        remove: Iterable[str] = (),
        when: Condition | None = None,
    ) -> Item | None:
        """Change attributes of an item in one atomic step, creating it if need be.

        ``add`` increments a number (absent counts as 0). Returns the whole new item, or None when the
        condition does not hold.
        """

    def delete(self, key: Key, *, when: Condition | None = None) -> bool:
        """Remove an item; return False when the condition does not hold. A missing item is no error."""

    def put_many(self, items: Iterable[Item], *, retries: int | None = None) -> None:
        """Write items in batches of 25; what comes back unprocessed is retried with jittered backoff.

        Args:
            items: of several with one key the last one counts.
            retries: how often; None is as often as the store has patience for (3), 0 is one attempt.

        Raises:
            UnprocessedItemsError: when something is still left.
        """

    def delete_many(self, keys: Iterable[Key], *, retries: int | None = None) -> None:
        """Delete in batches of 25; ``retries`` as in ``put_many``, with a patience of 5.

        Raises:
            UnprocessedItemsError: when something is still left.
        """

    def keys(self) -> Iterator[Key]:
        """Give the key of every item, in no order, page by page, each when it is needed; takes its time.

        Items may be written and deleted meanwhile, also by whoever reads. Of those that come or go after
        the first page some are given; all others are.
        """


class Store(Protocol):
    """All tables of one backend."""

    @property
    def kind(self) -> str:
        """``sqlite`` or ``dynamodb``, as shown in headers and badges."""

    def table(self, schema: TableSchema) -> Table:
        """Return a table; no call is made."""

    def create(self, schemas: Iterable[TableSchema]) -> None:
        """Create what does not exist yet; idempotent.

        Raises:
            TableSchemaError: a table of that name has other keys.
        """

    def close(self) -> None:
        """Let go of connections; the store opens them again when used."""
