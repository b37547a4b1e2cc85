"""The durable tier: blocks and corporate actions as items of the OHLC table.

Promise: reading and writing never raise for a table that fails. A failed read is logged at ERROR, counted and
told apart from a miss; a failed write is reported to the caller as False. What was fetched later is never
replaced by what was fetched earlier, whoever writes last.
"""

from __future__ import annotations

import json
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from adapters.prices import Basis
from cache import policy
from cache.actions import HeldActions
from cache.blocks import Block, BlockKey, partition, period
from cache.codec import CorruptBlockError, decode_many, encode
from cache.guarded import GuardedCalls
from cache.query import Tier
from cache.seams import OpenGuard
from market.actions import Actions
from market.resolution import Resolution
from market.sessions import DAY_S, day_number, day_of
from store.table import Absent, AnyOf, Below, TableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cache.seams import TableGuard
    from cache.statistics import Statistics
    from market.candles import Ints
    from market.sessions import Sessions
    from store.table import Condition, Item, Table

_R = TypeVar("_R")
_log = structlog.get_logger(__name__)
_ACTIONS = "ACTIONS"
_ATTRIBUTES = ("data", "fetched_at", "settled_to", "basis", "ttl")


class TableTier:
    """Blocks in one item table."""

    def __init__(
        self, table: Table, kind: str, statistics: Statistics, guard: TableGuard | None = None
    ) -> None:
        """Use ``table``; ``kind`` is the store's ("sqlite", "dynamodb") and names the tier."""
        self._table = table
        self._statistics = statistics
        self._calls = GuardedCalls(guard or OpenGuard(), statistics)
        self.tier = Tier(kind)

    def read(
        self,
        runs: Sequence[Sequence[BlockKey]],
        sessions: Sessions,
        request_id: str,
        *,
        consistent: bool = False,
    ) -> tuple[dict[BlockKey, Block], bool]:
        """Read contiguous runs of keys, one range query each; ``consistent`` sees what others just wrote.

        Returns:
            The blocks that are there and sound (fresh or not: the policy judges), and whether the table
            answered.
        """
        found: dict[BlockKey, Block] = {}
        for run in runs:
            items = self._guarded(
                partial(self._query, run, consistent=consistent), "ohlc_table_read_failed", request_id
            )
            if items is None:
                return found, False
            found.update(self._blocks(run, items, sessions))
        return found, True

    def write(
        self,
        blocks: Sequence[Block],
        sessions: Sessions,
        request_id: str,
        *,
        on_newer: Callable[[Block], object] | None = None,
    ) -> bool:
        """Write blocks; those that are not the same whoever fetches them never replace a newer one.

        Those are the provisional and the adjusted ones: put one by one, because a batch takes no condition.

        Args:
            blocks: of any keys.
            sessions: of their calendar.
            request_id: for logs.
            on_newer: hears of each block that was not written, because a newer one is there.
        """
        alike: list[Item] = []
        dated: list[tuple[Block, Item]] = []
        for block in blocks:
            start, end = period(block.key, sessions)
            item = _item(block, start)
            if block.settled_to >= end and block.basis is Basis.RAW:
                alike.append(item)
            else:
                dated.append((block, item))

        def put() -> bool:
            if alike:
                self._table.put_many(alike)
            for block, item in dated:
                if not self._table.put(item, when=_not_newer(item, "data")):
                    self._statistics.add("writes_refused")
                    if on_newer is not None:
                        on_newer(block)
            return True

        return self._guarded(put, "ohlc_table_write_failed", request_id) is not None

    def read_actions(
        self, ticker: str, source: str, request_id: str, *, consistent: bool = False
    ) -> HeldActions | None:
        """Return the corporate actions held for a ticker and source."""
        key = (partition(ticker, source), _ACTIONS)

        def get() -> Item:
            return self._table.get(key, consistent=consistent) or {}

        item = self._guarded(get, "ohlc_table_read_failed", request_id)
        if not item:
            return None
        try:
            rows = json.loads(item["rows"])
            actions = Actions.of((day_of(d), float(s), float(c)) for d, s, c in rows)
            return HeldActions(actions, day_of(int(item["known_to"])), int(item["fetched_at"]) / 1000)
        except (KeyError, ValueError, TypeError) as error:
            self._corrupt(key[0], _ACTIONS, error)
            return None

    def write_actions(self, ticker: str, source: str, held: HeldActions, request_id: str) -> bool:
        """Write the corporate actions, never over newer ones."""
        actions = held.actions
        rows = zip(actions.day.tolist(), actions.split.tolist(), actions.dividend.tolist(), strict=True)
        item: Item = {
            "PK": partition(ticker, source),
            "SK": _ACTIONS,
            "rows": json.dumps(list(rows)),
            "known_to": day_number(held.known_to),
            "fetched_at": _milliseconds(held.fetched_at),
        }

        def put() -> bool:
            self._table.put(item, when=_not_newer(item, "rows"))
            return True

        return self._guarded(put, "ohlc_table_write_failed", request_id) is not None

    def _query(self, run: Sequence[BlockKey], *, consistent: bool) -> list[dict[str, Any]]:
        span = (run[0].sk, run[-1].sk)
        return self._table.query(run[0].pk, between=span, attributes=_ATTRIBUTES, consistent=consistent)

    def _guarded(self, call: Callable[[], _R], event: str, request_id: str) -> _R | None:
        try:
            return self._calls.run(call, event, request_id)
        except TableError:
            return None

    def _blocks(
        self, run: Sequence[BlockKey], items: Sequence[dict[str, Any]], sessions: Sessions
    ) -> dict[BlockKey, Block]:
        """Return the sound ones of the wanted blocks; one that is not costs only itself."""
        wanted = {key.sk: key for key in run}
        held = [(wanted[item["SK"]], item) for item in items if item["SK"] in wanted]
        blocks = {}
        for (key, item), candles in zip(held, decode_many(_data(item) for _, item in held), strict=True):
            try:
                if isinstance(candles, CorruptBlockError):
                    raise candles
                _must_fit(key, candles.time, sessions)
                fetched_at, settled_to = int(item["fetched_at"]) / 1000, int(item["settled_to"])
                blocks[key] = Block(key, candles, fetched_at, settled_to, Basis(item["basis"]))
            except (CorruptBlockError, KeyError, ValueError, TypeError) as error:
                self._corrupt(key.pk, key.sk, error)
        return blocks

    def _corrupt(self, pk: str, sk: str, error: Exception) -> None:
        self._statistics.add("corrupt_blocks")
        _log.error("ohlc_block_corrupt", pk=pk, sk=sk, error=f"{type(error).__name__}: {error}")


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


def _data(item: dict[str, Any]) -> bytes:
    """Return the bytes of a block's item; none where something else lies under the key."""
    data = item.get("data")
    return data if isinstance(data, bytes) else b""


def _item(block: Block, period_start: int) -> Item:
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


def _not_newer(item: Item, content: str) -> Condition:
    """Return the condition that what is there was not fetched after this item, to the millisecond."""
    return AnyOf((Absent(content), Below("fetched_at", item["fetched_at"] + 1)))


def _milliseconds(seconds: float) -> int:
    return int(Decimal(repr(seconds)) * 1000)
