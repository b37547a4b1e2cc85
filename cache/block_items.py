"""Blocks and corporate actions as items of the table, and back."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING

from adapters.prices import Basis
from cache import policy
from cache.actions import HeldActions
from cache.blocks import Block, BlockKey, period
from cache.codec import CorruptBlockError, decode_many, encode
from market.actions import Actions
from market.resolution import Resolution
from market.sessions import DAY_S, day_number, day_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from market.candles import Ints
    from market.sessions import Sessions
    from store.table import Item, Key

ATTRIBUTES = ("data", "fetched_at", "settled_to", "basis", "ttl")


def item_of(block: Block, period_start: int) -> Item:
    """Return the item of a block whose period begins at ``period_start`` (UTC seconds)."""
    return {
        "PK": block.key.pk,
        "SK": block.key.sk,
        "data": encode(block.candles),
        "n": len(block.candles),
        "fetched_at": _milliseconds(block.fetched_at),
        "settled_to": block.settled_to,
        "basis": block.basis.value,
        "ttl": policy.ttl(block, period_start),
    }


def blocks_of(
    held: Sequence[tuple[BlockKey, Item]], sessions: Sessions
) -> Iterator[tuple[BlockKey, Item, Block | Exception]]:
    """Give of each item its block, or why it is none; one that is none costs only itself."""
    decoded = decode_many(_data(item) for _, item in held)
    for (key, item), candles in zip(held, decoded, strict=True):
        try:
            if isinstance(candles, CorruptBlockError):
                raise candles
            _must_fit(key, candles.time, sessions)
            fetched_at, settled_to = int(item["fetched_at"]) / 1000, int(item["settled_to"])
            yield key, item, Block(key, candles, fetched_at, settled_to, Basis(item["basis"]))
        except (CorruptBlockError, KeyError, ValueError, TypeError) as error:
            yield key, item, error


def actions_item(key: Key, held: HeldActions) -> Item:
    """Return the item of corporate actions."""
    actions = held.actions
    rows = zip(actions.day.tolist(), actions.split.tolist(), actions.dividend.tolist(), strict=True)
    return {
        "PK": key[0],
        "SK": key[1],
        "rows": json.dumps(list(rows)),
        "known_to": day_number(held.known_to),
        "fetched_at": _milliseconds(held.fetched_at),
        "splits_at": _milliseconds(held.splits_at),
    }


def actions_of(item: Item) -> HeldActions:
    """Return the corporate actions of an item.

    Raises:
        KeyError, ValueError, TypeError: something else lies under the key.
    """
    actions = Actions.of((day_of(d), float(s), float(c)) for d, s, c in json.loads(item["rows"]))
    fetched_at, splits_at = int(item["fetched_at"]) / 1000, int(item.get("splits_at", 0)) / 1000
    return HeldActions(actions, day_of(int(item["known_to"])), fetched_at, splits_at)


def _milliseconds(seconds: float) -> int:
    return int(Decimal(repr(seconds)) * 1000)


def _must_fit(key: BlockKey, time: Ints, sessions: Sessions) -> None:
    """Refuse bars that decode well and still cannot be of this block.

    Raises:
        CorruptBlockError: they do not ascend, or lie outside the block's period.
    """
    if len(time) == 0:
        return
    start, end = period(key, sessions)
    if not (start <= time[0] and time[-1] < end and (time[1:] > time[:-1]).all()):
        raise CorruptBlockError("its bars do not ascend inside its period")
    if key.resolution == Resolution.DAY and (time % DAY_S).any():
        raise CorruptBlockError("its days do not begin at midnight")


def _data(item: Item) -> bytes:
    """Return the bytes of a block's item; none where something else lies under the key."""
    data = item.get("data")
    return data if isinstance(data, bytes) else b""
