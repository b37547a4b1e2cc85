"""A range read, checked against the table's schema, the same for every backend.

Promise: what a backend gets from here names existing indexes and has keys that a table can hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.items import MAX_HASH_KEY_BYTES, MAX_RANGE_KEY_BYTES, check_key_part
from store.table import TableMissingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store.schema import Index, TableSchema


@dataclass(frozen=True, slots=True)
class RangeQuery:
    """One partition's items, in part.

    Attributes:
        pk: value of ``hash_key``.
        hash_key: attribute that is asked for: the table's or the index's.
        range_key: attribute that orders the answer, "" when there is none.
        index: the index that is read, None for the table itself.
        between: lowest and highest value of ``range_key``, both inclusive.
        prefix: what ``range_key`` begins with.
        descending: highest value of ``range_key`` first.
        limit: at most this many items.
        attributes: what is wanted, keys included; empty for all.
        consistent: see every write that was acknowledged before.
    """

    pk: str
    hash_key: str
    range_key: str
    index: Index | None
    between: tuple[str, str] | None
    prefix: str | None
    descending: bool
    limit: int | None
    attributes: tuple[str, ...]
    consistent: bool

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be found: no item is wanted, or the bounds are the wrong way round."""
        return self.limit == 0 or (self.between is not None and self.between[0] > self.between[1])


def checked_query(  # noqa: PLR0913 - what a range read can be asked
    schema: TableSchema,
    pk: str,
    *,
    between: tuple[str, str] | None = None,
    prefix: str | None = None,
    index: str | None = None,
    descending: bool = False,
    limit: int | None = None,
    attributes: Sequence[str] = (),
    consistent: bool = False,
) -> RangeQuery:
    """Return the query, resolved.

    Raises:
        ValueError: a bound or the limit can't be asked for, or an index is to be read consistently.
        TableMissingError: the table has no index of that name.
    """
    used = None if index is None else index_of(schema, index)
    if used is not None and consistent:
        raise ValueError(f"{used.name} is an index: it can't be read consistently")
    if limit is not None and limit < 0:
        raise ValueError(f"limit is {limit}; it can't be negative")
    place = schema if used is None else used
    _check_bounds(pk, between, prefix, place)
    keys = dict.fromkeys((*schema.key_attributes, *place.key_attributes))
    if used is not None and used.projection == "keys":
        attributes = tuple(keys)
    return RangeQuery(
        pk=pk,
        hash_key=place.hash_key,
        range_key=place.range_key,
        index=used,
        between=between,
        prefix=prefix or None,
        descending=descending,
        limit=limit,
        attributes=tuple(keys | dict.fromkeys(attributes)) if attributes else (),
        consistent=consistent,
    )


def index_of(schema: TableSchema, name: str) -> Index:
    """Return an index by its name.

    Raises:
        TableMissingError: the table has none of that name.
    """
    for index in schema.indexes:
        if index.name == name:
            return index
    raise TableMissingError(f"{schema.name} has no index {name}")


def _check_bounds(
    pk: str, between: tuple[str, str] | None, prefix: str | None, place: TableSchema | Index
) -> None:
    check_key_part(pk, place.hash_key, MAX_HASH_KEY_BYTES)
    bounds = [*(between or ()), *([prefix] if prefix else [])]
    if bounds and not place.range_key:
        raise ValueError(f"{place.name} has no sort key to ask by")
    if between and prefix:
        raise ValueError("ask by 'between' or by 'prefix', not by both")
    for bound in bounds:
        check_key_part(bound, place.range_key, MAX_RANGE_KEY_BYTES)
