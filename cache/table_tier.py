"""The durable tier: blocks and corporate actions as items of the OHLC table.

Promise: reading and writing never raise for a table that fails. A failed read is logged at ERROR, counted and
told apart from a miss; a failed write is reported to the caller as False. What was fetched later is never
replaced by what was fetched earlier, whoever writes last. What is in the older layout is read as blocks and
rewritten off the request's path.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import structlog

from adapters.prices import Basis
from cache import older_layout, policy
from cache.block_items import ATTRIBUTES, actions_item, actions_of, blocks_of, item_of
from cache.blocks import Block, BlockKey, partition, period
from cache.codec import CorruptBlockError
from cache.doubtful import Doubtful
from cache.guarded import GuardedCalls
from cache.late_writes import LateWrite, LateWrites, in_batches
from cache.query import Tier
from cache.seams import OpenGuard
from cache.table_clearing import clear
from store.items import size
from store.table import MAX_ITEM_BYTES, TableError, UnprocessedItemsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cache.actions import HeldActions
    from cache.older_layout import OlderCandles
    from cache.seams import TableGuard
    from cache.statistics import Statistics
    from market.sessions import Sessions
    from store.table import Item, Key, Table

_R = TypeVar("_R")
_log = structlog.get_logger(__name__)
_ACTIONS = "ACTIONS"
_ATTRIBUTES = (*ATTRIBUTES, *older_layout.ATTRIBUTES)


class TableTier:
    """Blocks in one item table.

    Attributes:
        tier: as which an answer names it.
    """

    def __init__(  # noqa: PLR0913 - its parts, two of them for tests
        self,
        table: Table,
        kind: str,
        statistics: Statistics,
        guard: TableGuard | None = None,
        *,
        clock: Callable[[], float] = time.time,
        late: LateWrites | None = None,
    ) -> None:
        """Use ``table``; ``kind`` is the store's ("sqlite", "dynamodb") and names the tier.

        ``clock`` is the real one (UTC seconds), by which an item may lie in the future.
        """
        self._table = table
        self._statistics = statistics
        self._calls = GuardedCalls(guard or OpenGuard(), statistics)
        self._clock = clock
        self._doubtful = Doubtful()
        self._late = late or LateWrites(table, self._calls, statistics)
        self.tier = Tier(kind)

    @property
    def late_writes(self) -> int:
        """How many items wait to be written off the requests' path, by this process."""
        return self._late.waiting

    def read(
        self,
        runs: Sequence[Sequence[BlockKey]],
        sessions: Sessions,
        request_id: str,
        *,
        consistent: bool = False,
        floor: date = date.min,
    ) -> tuple[dict[BlockKey, Block], bool]:
        """Read contiguous runs of keys, one range query each.

        Args:
            runs: ascending.
            sessions: of their calendar.
            request_id: for logs.
            consistent: see what others just wrote.
            floor: the source has no older daily candle; by this a year of the older layout is whole.

        Returns:
            The blocks that are there and sound (fresh or not: the policy judges), and whether the table
            answered.
        """
        found: dict[BlockKey, Block] = {}
        for run in runs:
            items = self._guarded(
                partial(self._query, run, sessions, consistent=consistent),
                "ohlc_table_read_failed",
                request_id,
            )
            if items is None:
                return found, False
            found.update(self._blocks(run, items, sessions, floor, request_id))
        return found, True

    def write(
        self,
        blocks: Sequence[Block],
        sessions: Sessions,
        request_id: str,
        *,
        on_newer: Callable[[Block], object] | None = None,
        late: bool = False,
    ) -> bool:
        """Write blocks; those that are not the same whoever fetches them never replace a newer one.

        Those are the provisional and the adjusted ones: put one by one, because a batch takes no condition.
        There is one attempt here. What the table leaves of a batch is written late; whoever waits for it in
        another process does not find it yet.

        Args:
            blocks: of any keys.
            sessions: of their calendar.
            request_id: for logs.
            on_newer: hears of each block that was not written, because a newer one is there.
            late: make no attempt here, but hand over everything to be written late.

        Returns:
            Whether all of it is in the table by now, or taken to be written late where that was asked for.
        """
        alike: list[Item] = []
        dated: list[tuple[Block, Item]] = []
        for block in blocks:
            start, end = period(block.key, sessions)
            item = item_of(block, start)
            if size(item) > MAX_ITEM_BYTES:
                self._too_large(item, request_id)
            elif block.settled_to >= end and block.basis is Basis.RAW:
                alike.append(item)
            else:
                dated.append((block, item))
        whole = len(alike) + len(dated) == len(blocks)
        if late:
            writes = in_batches(alike, request_id)
            writes += [self._dated(block, item, on_newer, request_id) for block, item in dated]
            return sum(not self._late.add(write) for write in writes) == 0 and whole
        left: list[Item] = []

        def put() -> bool:
            left.extend(self._put_alike(alike))
            for block, item in dated:
                if not self._table.put(item, when=self._doubtful.replaceable(item, "data")):
                    self._statistics.add("writes_refused")
                    if on_newer is not None:
                        on_newer(block)
            return True

        written = self._guarded(put, "ohlc_table_write_failed", request_id) is not None
        for write in in_batches(left, request_id, tried=1):
            self._late.add(write)
        return written and whole and not left

    def remove(self, partitions: Sequence[str] | None) -> int:
        """Remove all that is held for some partition keys, or (None) for all; what waits to be written, too.

        What others keep in the table stays: locks, marks, jobs.

        Returns:
            How many items were removed.

        Raises:
            TableError: the table could not be cleared; part of it may be.
        """
        self._late.drop(partitions)
        return clear(self._table, self._calls, partitions)

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
            held = actions_of(item)
        except (KeyError, ValueError, TypeError) as error:
            self._corrupt(key, item, error)
            return None
        self._check_age(key, item, held.fetched_at)
        return held

    def write_actions(
        self, ticker: str, source: str, held: HeldActions, request_id: str, *, late: bool = False
    ) -> bool:
        """Write the corporate actions, never over newer ones; ``late`` as for ``write``."""
        item = actions_item((partition(ticker, source), _ACTIONS), held)
        when = self._doubtful.replaceable(item, "rows")
        if late:
            return self._late.add(LateWrite(item["PK"], (item,), when=when, request_id=request_id))

        def put() -> bool:
            self._table.put(item, when=when)
            return True

        return self._guarded(put, "ohlc_table_write_failed", request_id) is not None

    def _query(self, run: Sequence[BlockKey], sessions: Sessions, *, consistent: bool) -> list[Item]:
        span = older_layout.span(run, sessions)
        return self._table.query(run[0].pk, between=span, attributes=_ATTRIBUTES, consistent=consistent)

    def _guarded(self, call: Callable[[], _R], event: str, request_id: str) -> _R | None:
        try:
            return self._calls.run(call, event, request_id)
        except TableError:
            return None

    def _blocks(
        self, run: Sequence[BlockKey], items: Sequence[Item], sessions: Sessions, floor: date, request_id: str
    ) -> dict[BlockKey, Block]:
        """Return the sound ones of the wanted blocks; one that is not costs only itself."""
        wanted = {key.sk: key for key in run}
        candles = [item for item in items if older_layout.is_candle(item)]
        held = [(wanted[item["SK"]], item) for item in items if item["SK"] in wanted]
        if candles:
            held = [(key, item) for key, item in held if not older_layout.is_candle(item)]
        blocks = {}
        for key, item, block in blocks_of(held, sessions):
            if isinstance(block, Block):
                blocks[key] = block
                self._check_age((key.pk, key.sk), item, block.fetched_at)
            else:
                self._corrupt((key.pk, key.sk), item, block)
        if candles:
            self._upgrade(older_layout.by_block(run, candles, sessions), blocks, sessions, floor, request_id)
        return blocks

    def _upgrade(
        self,
        older: Iterable[OlderCandles],
        blocks: dict[BlockKey, Block],
        sessions: Sessions,
        floor: date,
        request_id: str,
    ) -> None:
        """Add the blocks that candles of the older layout are, and have those rewritten.

        Candles beside their block, which came with a fetch, are only to be deleted.
        """
        read = 0
        for one in older:
            delete = LateWrite(one.key.pk, keys=one.keys, request_id=request_id)
            if one.key in blocks:
                self._late.offer(delete)
                continue
            try:
                block = older_layout.block_of(one, sessions, floor)
            except CorruptBlockError as error:
                self._corrupt((one.key.pk, one.key.sk), one.items[0], error)
                continue
            if block is not None:
                blocks[one.key] = block
                item = item_of(block, period(one.key, sessions)[0])
                put = self._dated(block, item, None, request_id)
                self._late.offer(replace(put, then=delete))  # where too much waits, the next read sees to it
                read += 1
        if read:
            self._statistics.add("older_blocks", read)
            _log.info("ohlc_older_layout_read", blocks=read, request_id=request_id)

    def _put_alike(self, items: Sequence[Item]) -> Sequence[Item]:
        """Put a batch, once, and return what the table has left of it."""
        try:
            if items:
                self._table.put_many(items, retries=0)
        except UnprocessedItemsError as error:
            return error.items
        return ()

    def _dated(
        self, block: Block, item: Item, on_newer: Callable[[Block], object] | None, request_id: str
    ) -> LateWrite:
        when = self._doubtful.replaceable(item, "data")
        refused = partial(on_newer or _ignore, block)
        return LateWrite(block.key.pk, (item,), when=when, on_refused=refused, request_id=request_id)

    def _check_age(self, key: Key, item: Item, fetched_at: float) -> None:
        """Let an item be replaced that says it was fetched in the future: a clock had jumped."""
        if fetched_at > self._clock() + policy.PROVISIONAL_LIFE_S:
            self._doubtful.note(key, item)

    def _corrupt(self, key: Key, item: Item, error: Exception) -> None:
        self._doubtful.note(key, item)
        self._statistics.add("corrupt_blocks")
        _log.error("ohlc_block_corrupt", pk=key[0], sk=key[1], error=f"{type(error).__name__}: {error}")

    def _too_large(self, item: Item, request_id: str) -> None:
        self._statistics.add("table_errors")
        _log.error(
            "ohlc_block_too_large", pk=item["PK"], sk=item["SK"], bytes=size(item), request_id=request_id
        )


def _ignore(block: Block) -> None:
    del block
