"""Clearing the OHLC table: all items of this cache, or those of some partitions (cache-12)."""

from __future__ import annotations

import re
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cache.guarded import GuardedCalls
    from store.table import Key, Table

_OURS = re.compile(r"ACTIONS|(\d+|D)#\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
"""Sort keys of blocks, of candles of the older layout, and of corporate actions."""
_AT_ONCE = 1_000
_EVENT = "ohlc_table_clear_failed"
_log = structlog.get_logger(__name__)


def clear(table: Table, calls: GuardedCalls, partitions: Sequence[str] | None) -> int:
    """Remove what is held for some partition keys, or (None) for all, and return how many items that was.

    What others keep in the table stays: locks, marks, jobs, and budgets, which would else begin anew.

    Raises:
        TableError: it could not be finished; part of it may be gone.
    """
    removed = 0
    keys = _ours(table) if partitions is None else _keys_of(table, partitions)
    while some := calls.run(lambda: list(islice(keys, _AT_ONCE)), _EVENT):
        calls.run(partial(table.delete_many, some), _EVENT)
        removed += len(some)
    _log.info("ohlc_table_cleared", items=removed, everything=partitions is None)
    return removed


def _keys_of(table: Table, partitions: Sequence[str]) -> Iterator[Key]:
    for pk in partitions:
        for item in table.query(pk, attributes=table.schema.key_attributes, consistent=True):
            if _OURS.fullmatch(item["SK"]):  # a ticker may be called BUDGET
                yield item["PK"], item["SK"]


def _ours(table: Table) -> Iterator[Key]:
    return (key for key in table.keys() if _OURS.fullmatch(key[1]))  # noqa: SIM118 - no mapping
