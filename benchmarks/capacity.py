"""What DynamoDB would count for a set of items, by its published rules; no stand-in counts as AWS does.

A write costs 1 unit for each started KB of an item. An eventually consistent query costs half a unit for each
started 4 KB of what it goes through, page by page; a page ends at 1 MB. Attributes left out of the answer
count all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.items import size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from store import Item

_WRITE_UNIT = 1_024
_READ_UNIT = 4_096
_PAGE = 1_024**2


@dataclass(frozen=True, slots=True)
class Capacity:
    """What some items of one partition take.

    Attributes:
        items: how many they are.
        bytes: names and values, as DynamoDB counts them.
        write_units: to write each of them once.
        pages, read_units: of one eventually consistent query for all of them.
    """

    items: int
    bytes: int
    write_units: int
    pages: int
    read_units: float


def capacity(items: Sequence[Item]) -> Capacity:
    """Count items that are in the order of their sort keys."""
    sizes = [size(item) for item in items]
    pages = [0]
    for one in sizes:
        if pages[-1] + one > _PAGE:
            pages.append(0)
        pages[-1] += one
    return Capacity(
        items=len(items),
        bytes=sum(sizes),
        write_units=sum(_started(one, _WRITE_UNIT) for one in sizes),
        pages=len(pages),
        read_units=sum(_started(page, _READ_UNIT) for page in pages) / 2,
    )


def _started(count: int, unit: int) -> int:
    return -(-count // unit)
