"""Items that are no sound block: noticed, counted, fetched in one call, and replaced (reliability 17, 18)."""

from __future__ import annotations

import tracemalloc
import zlib
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from structlog.testing import capture_logs

from cache import codec, doubtful
from cache.actions import HeldActions
from cache.block_items import item_of
from cache.blocks import Block, block_keys, period
from cache.codec import CorruptBlockError, decode, encode
from cache.query import Adjust, Answer, CandleQuery, Tier
from cache.statistics import Statistics
from cache.table_tier import TableTier
from market.actions import Actions
from market.calendars import sessions_for
from market.candles import Candles
from market.resolution import Resolution
from tests.kit.failing_table import FailingTable
from tests.kit.house import Clock, TestHouse, house
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.tables import sqlite_store, table_schema
from tests.unit.test_cache_table_tier import blocks_of
from tests.unit.test_codec_blocks import header, sealed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from store import Item, Table

SESSIONS = sessions_for("AAPL")
RUNNING = utc("2025-03-07 16:02")
FRIDAY = date(2025, 3, 7)
NOW_S = 1_762_000_000.0


class Place:
    """A table, and tiers on it whose clocks may differ."""

    def __init__(self, folder: Path) -> None:
        self.store, schema = sqlite_store(folder), table_schema()
        self.store.create([schema])
        self.table: Table = self.store.table(schema)
        self.statistics = Statistics()

    def tier(self, now_s: float = NOW_S) -> TableTier:
        return TableTier(self.table, "sqlite", self.statistics, clock=Clock(now_s))

    def count(self, name: str) -> int:
        return self.statistics.snapshot()[name]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.store.close()


def five_kilobytes() -> Block:
    """Return a session of 1-minute candles whose item has about 5 KB."""
    chance = np.random.default_rng(7)
    start, end = period(block_keys("AAPL", "demo", Resolution.M1, SESSIONS, FRIDAY, FRIDAY)[0], SESSIONS)
    time = np.arange(start, end, 60)
    close = np.round(100 + chance.normal(0, 1.5, len(time)).cumsum() * 0.3, 2)
    spread = np.round(chance.random((2, len(time))), 2)
    candles = Candles.of(
        time, close, close + spread[0], close - spread[1], close, chance.integers(10**6, 10**8, len(time))
    )
    (key,) = block_keys("AAPL", "demo", Resolution.M1, SESSIONS, FRIDAY, FRIDAY)
    return Block(key, candles, NOW_S, end)


class TestNoticed:
    """Whatever the bytes are, nothing but a block is taken for one."""

    def test_every_flipped_byte_of_a_five_kilobyte_item_is_noticed(self, place: Place) -> None:
        """Reliability 17: each byte is flipped in the table, and read by the tier."""
        block = five_kilobytes()
        item = item_of(block, 0)
        data: bytes = item["data"]
        assert len(data) > 5_000
        tier = place.tier()
        with capture_logs():
            for at in range(len(data)):
                flipped = bytes([data[at] ^ (1 << at % 8)])
                place.table.put(item | {"data": data[:at] + flipped + data[at + 1 :]})
                assert tier.read([[block.key]], SESSIONS, "") == ({}, True)
        assert place.count("corrupt_blocks") == len(data)
        place.table.put(item)
        assert tier.read([[block.key]], SESSIONS, "") == ({block.key: block}, True)

    def test_another_format_a_part_and_another_ones_block_are_noticed(self, place: Place) -> None:
        """Reliability 17, 20: a later version's block is fetched again, not guessed at."""
        first, second = blocks_of(date(2012, 12, 3), date(2012, 12, 4))
        item = item_of(first, 0)
        data: bytes = item["data"]
        wrong = [bytes([2]) + data[1:], data[: len(data) // 2], data + b"\0", item_of(second, 0)["data"]]
        tier = place.tier()
        with capture_logs() as logs:
            for bad in wrong:
                place.table.put(item | {"data": bad})
                assert tier.read([[first.key]], SESSIONS, "") == ({}, True)
        assert place.count("corrupt_blocks") == len(wrong)
        assert {(log["event"], log["log_level"]) for log in logs} == {("ohlc_block_corrupt", "error")}

    def test_what_does_not_inflate_is_noticed_under_a_right_checksum(self) -> None:
        """Reliability 17: a checksum says nothing of who wrote the bytes."""
        with pytest.raises(CorruptBlockError, match="does not inflate"):
            decode(sealed(header(packed=1, price_width=1) + b"\xff" * 9))

    def test_a_bomb_takes_no_more_memory_than_the_largest_block(self, place: Place) -> None:
        """Reliability 17: 64 MB of zeros under a right checksum are given up at 16 MB."""
        (block,) = blocks_of(date(2012, 12, 3), date(2012, 12, 3))
        deflater = zlib.compressobj(wbits=-15)
        bomb = b"".join(deflater.compress(bytes(1 << 20)) for _ in range(64)) + deflater.flush()
        widest = {"packed": 1, "gap_width": 8, "price_width": 8, "volume_width": 8}
        place.table.put(item_of(block, 0) | {"data": sealed(header(n=codec.MAX_BARS, **widest) + bomb)})
        tier = place.tier()
        tier.read([], SESSIONS, "")
        tracemalloc.start()
        try:
            assert tier.read([[block.key]], SESSIONS, "") == ({}, True)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        assert peak < 17 * 1024 * 1024
        assert place.count("corrupt_blocks") == 1


class TestReplaced:
    """The next fetch puts a sound block there, whatever the item says about its age."""

    def ask(self, at: TestHouse) -> Answer:
        return at.cache.get(CandleQuery("AAPL", Resolution.M5, FRIDAY, FRIDAY, Adjust.RAW))

    @pytest.mark.parametrize(
        "damage",
        [
            {"data": b"no block"},
            {"data": b"no block", "fetched_at": 10**15},
            {"data": b"no block", "fetched_at": "long ago"},
            {"data": b"no block", "fetched_at": None},
            {"data": b"no block", "fetched_at": True},
            {"data": b"no block", "fetched_at": [1, {"a": Decimal("0.5")}]},
            {"fetched_at": "long ago"},
            {"fetched_at": 10**15, "basis": "guessed"},
            {"settled_to": None, "fetched_at": 10**15},
        ],
        ids=str,
    )
    def test_a_running_session_is_fetched_once_and_replaced(self, tmp_path: Path, damage: Item) -> None:
        """Cache-5, reliability 17: the put is conditional, and what is unsound never stands in its way."""
        provider = ScriptedProvider(RUNNING)
        self.ask(house(tmp_path, [provider]))
        second = house(tmp_path, [provider])
        key = block_keys("AAPL", "scripted", Resolution.M5, SESSIONS, FRIDAY, FRIDAY)[0]
        second.table.put((second.table.get((key.pk, key.sk)) or {}) | damage)
        provider.requests.clear()
        answer = self.ask(second)
        assert len(provider.requests) == 1
        assert not answer.write_failed
        assert second.cache.statistics.snapshot()["corrupt_blocks"] >= 1
        assert second.cache.statistics.snapshot()["writes_refused"] == 0
        third = house(tmp_path, [provider])
        assert self.ask(third).tier is Tier.SQLITE
        assert third.cache.statistics.snapshot()["corrupt_blocks"] == 0
        assert len(provider.requests) == 1

    def test_an_item_without_an_age_is_replaced(self, place: Place) -> None:
        block = replace(five_kilobytes(), settled_to=0)
        item = item_of(block, 0)
        del item["fetched_at"]
        place.table.put(item)
        tier = place.tier()
        assert tier.read([[block.key]], SESSIONS, "") == ({}, True)
        assert tier.write([block], SESSIONS, "")
        assert tier.read([[block.key]], SESSIONS, "") == ({block.key: block}, True)

    def test_unsound_corporate_actions_are_replaced(self, place: Place) -> None:
        tier = place.tier()
        held = HeldActions(Actions.of([(date(2025, 1, 2), 2.0, 0.0)]), FRIDAY, NOW_S)
        place.table.put(
            {"PK": "AAPL#demo", "SK": "ACTIONS", "rows": "[[", "fetched_at": 10**15, "known_to": 1}
        )
        assert tier.read_actions("AAPL", "demo", "") is None
        tier.write_actions("AAPL", "demo", held, "")
        assert tier.read_actions("AAPL", "demo", "") == held

    def test_only_so_many_are_remembered(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(doubtful, "MOST_REMEMBERED", 3)
        tier = place.tier()
        blocks = [replace(block, settled_to=0) for block in blocks_of(date(2012, 12, 3), date(2012, 12, 10))]
        for block in blocks:
            place.table.put(item_of(block, 0) | {"fetched_at": 10**15})
        tier.read([[block.key for block in blocks]], SESSIONS, "")
        tier.write(blocks, SESSIONS, "")
        found, _ = tier.read([[block.key for block in blocks]], SESSIONS, "")
        assert [block for block in blocks if found[block.key] == block] == blocks[3:]


class TestClockThatJumped:
    """A clock that had jumped ahead keeps no block for ever, and a paused writer wins nothing by it."""

    @pytest.fixture
    def block(self) -> Block:
        return replace(five_kilobytes(), settled_to=0)

    @pytest.mark.parametrize(("ahead_s", "replaced"), [(299, False), (301, True), (600, True), (10**8, True)])
    def test_a_block_from_the_future_may_be_replaced(
        self,
        place: Place,
        block: Block,
        ahead_s: float,
        replaced: bool,  # noqa: FBT001 - a parameter of the test
    ) -> None:
        """Reliability 16, C7: by more than 5 minutes, which clocks of sound machines do not differ by."""
        early = replace(block, fetched_at=NOW_S + ahead_s)
        place.tier(NOW_S + ahead_s).write([early], SESSIONS, "")
        tier = place.tier()
        assert tier.read([[block.key]], SESSIONS, "") == ({block.key: early}, True)
        refused: list[Block] = []
        tier.write([block], SESSIONS, "", on_newer=refused.append)
        assert tier.read([[block.key]], SESSIONS, "")[0] == {block.key: block if replaced else early}
        assert refused == ([] if replaced else [block])

    def test_corporate_actions_from_the_future_may_be_replaced(self, place: Place) -> None:
        early = HeldActions(Actions.of([]), FRIDAY, NOW_S + 3600)
        place.tier(NOW_S + 3600).write_actions("AAPL", "demo", early, "")
        tier, held = place.tier(), replace(early, fetched_at=NOW_S)
        assert tier.read_actions("AAPL", "demo", "") == early
        tier.write_actions("AAPL", "demo", held, "")
        assert tier.read_actions("AAPL", "demo", "") == held

    def test_d6_a_writer_that_had_been_paused_replaces_nothing_newer(
        self, place: Place, block: Block
    ) -> None:
        """D6, reliability 14: to its clock the newer one is from the future, but it is not what it saw."""
        paused = place.tier(NOW_S)
        paused.read([[block.key]], SESSIONS, "")
        newer = replace(block, fetched_at=NOW_S + 3600)
        place.tier(NOW_S + 3600).write([newer], SESSIONS, "")
        paused.write([block], SESSIONS, "")
        assert paused.read([[block.key]], SESSIONS, "")[0] == {block.key: newer}

    def test_d6_nor_where_it_had_seen_something_unsound_before(self, place: Place, block: Block) -> None:
        paused = place.tier(NOW_S)
        place.table.put(item_of(block, 0) | {"data": b"no block", "fetched_at": 10**15})
        paused.read([[block.key]], SESSIONS, "")
        repairing = place.tier(NOW_S + 3600)
        repairing.read([[block.key]], SESSIONS, "")
        newer = replace(block, fetched_at=NOW_S + 3600)
        assert repairing.write([newer], SESSIONS, "")
        paused.write([block], SESSIONS, "")
        assert repairing.read([[block.key]], SESSIONS, "")[0] == {block.key: newer}

    def test_d6_had_it_seen_the_newer_one_it_would_replace_it(self, place: Place, block: Block) -> None:
        """The negative twin: what its own clock calls the future is replaced once it was read as such."""
        paused = place.tier(NOW_S)
        newer = replace(block, fetched_at=NOW_S + 3600)
        place.tier(NOW_S + 3600).write([newer], SESSIONS, "")
        paused.read([[block.key]], SESSIONS, "")
        paused.write([block], SESSIONS, "")
        assert paused.read([[block.key]], SESSIONS, "")[0] == {block.key: block}


class TestTooLarge:
    """No table takes more than 400 KB: such a block is refused before the call."""

    def large(self, candles: Candles) -> Candles:
        """Return candles with a session of noise, one bar each second: more than any table takes."""
        chance = np.random.default_rng(3)
        start, end = period(block_keys("AAPL", "x", Resolution.M5, SESSIONS, FRIDAY, FRIDAY)[0], SESSIONS)
        time = np.arange(start, end)
        open_, high, low, close = chance.random((4, len(time))) + np.array([[101], [102], [100], [101]])
        noise = Candles.of(time, open_, high, low, close, chance.integers(1, 10**12, len(time)))
        assert len(encode(noise)) > 400 * 1024
        return Candles.concat([candles.between(0, start), noise])

    def test_the_blocks_beside_it_are_written_and_the_chart_is_there(self, tmp_path: Path) -> None:
        """Reliability 18."""
        provider = ScriptedProvider(utc("2025-03-07 22:00"), mangle=self.large)
        tables: list[FailingTable] = []

        def through(table: Any) -> Any:
            tables.append(FailingTable(table))
            return tables[-1]

        at = house(tmp_path, [provider], through=through)
        with capture_logs() as logs:
            answer = at.cache.get(CandleQuery("AAPL", Resolution.M5, date(2025, 3, 3), FRIDAY, Adjust.RAW))
        assert answer.write_failed
        assert len(answer.candles) > 20_000
        assert [log["sk"] for log in logs if log["event"] == "ohlc_block_too_large"] == [
            "5#2025-03-07T00:00:00Z"
        ]
        held = {item["SK"] for item in at.table.query("AAPL#scripted", prefix="5#")}
        assert {"5#2025-03-06T00:00:00Z"} <= held
        assert "5#2025-03-07T00:00:00Z" not in held
        assert at.cache.statistics.snapshot()["table_errors"] == 1
