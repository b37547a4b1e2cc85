"""Storing a year of 5-minute candles and twenty years of daily ones: blocks, or one item for each candle.

Both layouts lie in one table, in partitions of their own, and go through the same store; both end as the same
``Candles``. Blocks are read as the cache reads them: one range query, then decoded. Capacity is computed.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import older_layout, prices, servers
from benchmarks.capacity import Capacity, capacity
from benchmarks.measuring import Figure, Size, Times, in_turns, of_bytes, say, show
from cache.statistics import Statistics
from cache.table_tier import TableTier
from market.candles import Candles
from store import DynamoStore, SqliteStore, TableSchema
from store.dynamodb_client import DynamoOptions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cache.blocks import Block
    from store import Item, Store

_PATIENCE_S = 120.0


@dataclass(frozen=True, slots=True)
class Load:
    """What is stored: sealed blocks, and the same candles as items of the older layout."""

    name: str
    schema: TableSchema
    blocks: tuple[Block, ...]
    older: list[Item]
    candles: Candles

    @classmethod
    def of(cls, name: str, blocks: tuple[Block, ...]) -> Load:
        """Lay out some blocks in the older way too."""
        resolution, candles = blocks[0].key.resolution, prices.joined(blocks)
        # A table for each load: moto goes through all partitions of a table for every query.
        schema = TableSchema(f"benchmark-{resolution}-ohlc", ttl_attribute="ttl")
        return cls(
            name, schema, blocks, older_layout.items_of(candles, resolution, prices.FETCHED_AT), candles
        )


class Layouts:
    """Both layouts of one load in one table."""

    def __init__(self, store: Store, load: Load) -> None:
        """Use a store whose table exists."""
        self._table = store.table(load.schema)
        self._tier = TableTier(self._table, store.kind, Statistics())
        self.load = load

    def write_blocks(self) -> None:
        """Encode all blocks and write them in batches."""
        assert self._tier.write(self.load.blocks, prices.sessions(), "")

    def write_items(self) -> None:
        """Write one item for each candle, in batches."""
        self._table.put_many(self.load.older)

    def read_blocks(self) -> None:
        """Read the candles out of the blocks; they are, bit for bit, what was stored."""
        keys = [block.key for block in self.load.blocks]
        found, answered = self._tier.read([keys], prices.sessions(), "")
        assert answered
        assert Candles.concat(block.candles for block in found.values()) == self.load.candles

    def read_items(self) -> None:
        """Read the candles out of their items; as above."""
        assert older_layout.read(self._table, self.load.blocks[0].key.resolution) == self.load.candles

    def stored_blocks(self) -> list[Item]:
        """Return the blocks' items as the table holds them."""
        first, last = self.load.blocks[0].key, self.load.blocks[-1].key
        return self._table.query(first.pk, between=(first.sk, last.sk))


def run(size: Size) -> list[Figure]:
    """Measure, print the tables and return the figures."""
    loads = [
        Load.of(f"{size.sessions} sessions of 5 min", prices.intraday_blocks(size.sessions)),
        Load.of(f"{size.years} years of D", prices.daily_blocks(size.years)),
    ]
    figures: list[Figure] = []
    with _sqlite() as store:
        store.create([load.schema for load in loads])
        for load in loads:
            figures += _timed("sqlite", Layouts(store, load), size.rounds)
        figures += _counted([(load, Layouts(store, load).stored_blocks()) for load in loads])
        store.close()
    for name, command in servers.table_servers().items():
        with _dynamo(command) as store:
            store.create([load.schema for load in loads])
            for load in loads:
                # One at a time and once: moto takes half a minute for what SQLite does in half a second.
                figures += _timed(name, Layouts(store, load), 1 if name == "moto" else min(size.rounds, 3))
            store.close()
    return figures


def _timed(name: str, layouts: Layouts, rounds: int) -> list[Figure]:
    what = f"{name}, {layouts.load.name}"
    writes = in_turns({"blocks": layouts.write_blocks, "items": layouts.write_items}, 1, warm=False)
    reads = in_turns(
        {"blocks": layouts.read_blocks, "items": layouts.read_items},
        rounds,
        in_a_row=min(rounds, 3),
        warm=rounds > 1,
    )
    return [_figure(f"{what}: write", writes), _figure(f"{what}: read", reads)]


def _figure(what: str, times: dict[str, Times]) -> Figure:
    blocks, items = times["blocks"], times["items"]
    say(f"{what:45} blocks {blocks!s:30} items {items}")
    return Figure.timed(what, blocks, items)


def _counted(stored: list[tuple[Load, list[Item]]]) -> list[Figure]:
    """Print what both layouts take by DynamoDB's rules; return the units."""
    rows: list[tuple[str, ...]] = [
        ("layout", "candles", "items", "stored", "pages", "write units", "read units")
    ]
    figures = []
    for load, items in stored:
        blocks, older = capacity(items), capacity(load.older)
        for layout, taken in (("blocks", blocks), ("item per candle", older)):
            rows.append((f"{load.name}, {layout}", f"{len(load.candles):,}", *_cells(taken)))
        figures += [
            Figure(
                f"{load.name}: bytes stored",
                of_bytes(blocks.bytes),
                of_bytes(older.bytes),
                older.bytes / blocks.bytes,
            ),
            Figure(
                f"{load.name}: write units",
                f"{blocks.write_units:,}",
                f"{older.write_units:,}",
                older.write_units / blocks.write_units,
            ),
            Figure(
                f"{load.name}: read units",
                f"{blocks.read_units:,.1f}",
                f"{older.read_units:,.1f}",
                older.read_units / blocks.read_units,
            ),
        ]
    show(rows)
    return figures


def _cells(taken: Capacity) -> tuple[str, ...]:
    return (
        f"{taken.items:,}",
        of_bytes(taken.bytes),
        f"{taken.pages}",
        f"{taken.write_units:,}",
        f"{taken.read_units:,.1f}",
    )


@contextmanager
def _sqlite() -> Iterator[Store]:
    with tempfile.TemporaryDirectory() as folder:
        yield SqliteStore(Path(folder) / "benchmark.sqlite")


@contextmanager
def _dynamo(command: tuple[str, ...]) -> Iterator[Store]:
    port = servers.free_port()
    with servers.running((*command, str(port)), port):
        url = f"http://{servers.HOST}:{port}"
        yield DynamoStore(
            DynamoOptions(endpoint_url=url, connect_timeout_s=_PATIENCE_S, read_timeout_s=_PATIENCE_S)
        )
