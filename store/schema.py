"""Every table of the product in one place: names, keys, secondary indexes and what expires items.

Promise: pure data. Whoever creates a table (SQLite, DynamoDB, Terraform's check) reads it from here.
Keys are strings everywhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

_NAME = re.compile(r"[a-zA-Z0-9_.-]{3,255}")


@dataclass(frozen=True, slots=True)
class Index:
    """A second way to find items; only items that have all of its key attributes are in it.

    Attributes:
        name: as given to ``Table.query(index=…)``.
        hash_key: attribute that is asked for.
        range_key: attribute that orders the answer; "" when there is none (then the order is undefined).
        projection: ``all`` attributes of the item, or its ``keys`` only.
    """

    name: str
    hash_key: str
    range_key: str = ""
    projection: Literal["all", "keys"] = "all"

    @property
    def key_attributes(self) -> tuple[str, ...]:
        """One or two attribute names."""
        return (self.hash_key, self.range_key) if self.range_key else (self.hash_key,)


@dataclass(frozen=True, slots=True)
class TableSchema:
    """One item table.

    Attributes:
        name: 3 to 255 of ``a-z A-Z 0-9 _ . -``.
        hash_key: the partition key's attribute.
        range_key: the sort key's attribute; "" when an item is found by its partition key alone.
        indexes: secondary indexes.
        ttl_attribute: holds UTC epoch seconds after which the item may be removed; None keeps items for good.
    """

    name: str
    hash_key: str = "PK"
    range_key: str = "SK"
    indexes: tuple[Index, ...] = ()
    ttl_attribute: str | None = None

    def __post_init__(self) -> None:
        """Refuse a name that DynamoDB would refuse.

        Raises:
            ValueError: the name is too short, too long or has other characters.
        """
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no table name: use 3 to 255 letters, digits, '_', '.' or '-'")

    @property
    def key_attributes(self) -> tuple[str, ...]:
        """One or two attribute names."""
        return (self.hash_key, self.range_key) if self.range_key else (self.hash_key,)

    @property
    def indexed_attributes(self) -> tuple[str, ...]:
        """Key attributes of all indexes, each once, the table's own keys left out."""
        names = dict.fromkeys(name for index in self.indexes for name in index.key_attributes)
        return tuple(name for name in names if name not in self.key_attributes)


@dataclass(frozen=True, slots=True)
class TableNames:
    """What the tables are called; the track record has two, ``{prefix}`` and ``{prefix}-Stocks``."""

    ohlc: str
    users: str
    sentiments: str
    track_record_prefix: str


class Schemas(NamedTuple):
    """Every table of the product; iterate it to create them all."""

    ohlc: TableSchema
    users: TableSchema
    sentiments: TableSchema
    track_record: TableSchema
    stocks: TableSchema


_TRACK_RECORD_INDEXES = (
    Index("GSI1-index", "GSI1PK", "GSI1SK"),
    Index("GSI2-index", "GSI2PK"),
    Index("GSI3-index", "GSI3PK", projection="keys"),
)


def schemas(names: TableNames) -> Schemas:
    """Describe all tables under the given names.

    Raises:
        ValueError: a name is not one that DynamoDB takes.
    """
    return Schemas(
        ohlc=TableSchema(names.ohlc, ttl_attribute="ttl"),
        users=TableSchema(names.users, ttl_attribute="ttl"),
        sentiments=TableSchema(names.sentiments, ttl_attribute="ttl"),
        track_record=TableSchema(names.track_record_prefix, indexes=_TRACK_RECORD_INDEXES),
        stocks=TableSchema(f"{names.track_record_prefix}-Stocks", hash_key="ticker", range_key=""),
    )
