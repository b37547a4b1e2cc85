"""One item for each candle: what of it is a block, how final it is, what becomes of the items (cache-18)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from adapters.prices import PriceRequest
from benchmarks.older_layout import items_of
from cache import late_writes
from cache.blocks import Block, BlockKey, block_keys, partition, period
from cache.query import Adjust, Answer, CandleQuery, Tier
from cache.statistics import Statistics
from cache.table_tier import TableTier
from market.calendars import sessions_for
from market.resolution import Resolution
from market.sessions import DAY_S, day_number
from tests.kit.house import TestHouse, house
from tests.kit.providers import ALL, ScriptedProvider, utc
from tests.kit.tables import sqlite_store, table_schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from market.candles import Candles
    from store import Item, Table

PRESENT = utc("2025-03-07 22:00")
FRIDAY = date(2025, 3, 7)
YESTERDAY_S = PRESENT.timestamp() - DAY_S
LATER_S = PRESENT.timestamp() + DAY_S
TICKERS = frozenset({"AAPL", "BTC-USD", "ES=F", "BHP.AX"})


def candles_of(ticker: str, resolution: Resolution, first: date, last: date) -> Candles:
    provider = ScriptedProvider(PRESENT, known=TICKERS)
    return provider.candles(PriceRequest(ticker, resolution, first, last)).candles


def older_items(
    ticker: str, resolution: Resolution, first: date, last: date, fetched_at: float = LATER_S
) -> list[Item]:
    candles = candles_of(ticker, resolution, first, last)
    items = items_of(candles, resolution.value, fetched_at)
    return [item | {"PK": partition(ticker, "scripted")} for item in items]


class Place:
    """A tier on a table of its own."""

    def __init__(self, folder: Path) -> None:
        self.store, schema = sqlite_store(folder), table_schema()
        self.store.create([schema])
        self.table: Table = self.store.table(schema)
        self.statistics = Statistics()
        self.tier = TableTier(self.table, "sqlite", self.statistics)

    def read(self, keys: list[BlockKey], **options: Any) -> list[Block]:
        found, answered = self.tier.read([keys], sessions_for(keys[0].ticker), "", **options)
        assert answered
        assert self.tier._late.drain(30.0) == 0
        return list(found.values())

    def sort_keys(self, ticker: str = "AAPL") -> list[str]:
        return [item["SK"] for item in self.table.query(partition(ticker, "scripted"))]

    def count(self, name: str) -> int:
        return self.statistics.snapshot()[name]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.store.close()


def keys_of(ticker: str, resolution: Resolution, first: date, last: date) -> list[BlockKey]:
    return block_keys(ticker, "scripted", resolution, sessions_for(ticker), first, last)


class TestWhole:
    """A block is made where none of its candles is missing, in every calendar."""

    @pytest.mark.parametrize("ticker", sorted(TICKERS))
    @pytest.mark.parametrize("resolution", [Resolution.M5, Resolution.M60])
    def test_sessions_of_every_calendar_are_read_and_rewritten(
        self, place: Place, ticker: str, resolution: Resolution
    ) -> None:
        """Futures and Sydney begin on the evening before; bitcoin has a candle under the block's own key."""
        first, last = date(2025, 3, 3), date(2025, 3, 5)
        keys = keys_of(ticker, resolution, first, last)
        place.table.put_many(older_items(ticker, resolution, first, last))
        found = place.read(keys)
        assert [block.key for block in found] == keys
        sessions = sessions_for(ticker)
        for block in found:
            start, end = period(block.key, sessions)
            day = date.fromordinal(block.key.day + date(1970, 1, 1).toordinal())
            assert block.candles == candles_of(ticker, resolution, day, day)
            assert block.settled_to == end > start
        assert place.sort_keys(ticker) == [key.sk for key in keys]
        assert place.read(keys) == found
        assert place.count("older_blocks") == len(keys)

    def test_a_year_that_begins_on_a_session_keeps_its_block(self, place: Place) -> None:
        """The candle of 1 January has the key of the year's block, which takes its place."""
        first, last = date(2024, 1, 1), date(2024, 12, 31)
        keys = keys_of("BTC-USD", Resolution.DAY, first, last)
        place.table.put_many(older_items("BTC-USD", Resolution.DAY, first, last))
        (found,) = place.read(keys)
        assert len(found.candles) == 366
        assert place.sort_keys("BTC-USD") == [keys[0].sk]
        assert place.read(keys) == [found]

    @pytest.mark.parametrize("gone", [0, 40, 77])
    def test_a_session_without_one_candle_is_a_miss(self, place: Place, gone: int) -> None:
        """cache-5."""
        items = older_items("AAPL", Resolution.M5, FRIDAY, FRIDAY)
        place.table.put_many(items[:gone] + items[gone + 1 :])
        assert place.read(keys_of("AAPL", Resolution.M5, FRIDAY, FRIDAY)) == []
        assert len(place.sort_keys()) == 77
        assert (place.count("older_blocks"), place.count("corrupt_blocks")) == (0, 0)

    @pytest.mark.parametrize("gone", [0, 20])
    def test_a_year_without_one_candle_is_a_miss(self, place: Place, gone: int) -> None:
        items = older_items("AAPL", Resolution.DAY, date(2025, 1, 1), FRIDAY)
        place.table.put_many(items[:gone] + items[gone + 1 :])
        assert place.read(keys_of("AAPL", Resolution.DAY, FRIDAY, FRIDAY)) == []

    def test_a_year_begins_with_the_first_price_of_its_source(self, place: Place) -> None:
        """G11: a listing in the middle of a year."""
        listed = date(2025, 2, 3)
        place.table.put_many(older_items("AAPL", Resolution.DAY, listed, FRIDAY))
        keys = keys_of("AAPL", Resolution.DAY, FRIDAY, FRIDAY)
        assert place.read(keys) == []
        (found,) = place.read(keys, floor=listed)
        assert len(found.candles) == 24

    def test_candles_outside_of_the_session_are_no_fault(self, place: Place) -> None:
        items = older_items("AAPL", Resolution.M5, date(2025, 3, 6), FRIDAY)
        early = items[80] | {"SK": "5#2025-03-07T13:00:00Z"}
        place.table.put_many([*items, early])
        assert len(place.read(keys_of("AAPL", Resolution.M5, date(2025, 3, 6), FRIDAY))) == 2


class TestFinal:
    """How final a block is, and how old, its candles say."""

    def test_a_session_that_had_not_closed_when_it_was_fetched_is_provisional(self, place: Place) -> None:
        """cache-6: it is as old as its oldest candle."""
        items = older_items("AAPL", Resolution.M5, FRIDAY, FRIDAY)
        items[3]["fetched_at"] = "2025-03-07T20:59:59Z"
        place.table.put_many(items)
        (found,) = place.read(keys_of("AAPL", Resolution.M5, FRIDAY, FRIDAY))
        assert found.settled_to == found.candles.time[0]
        assert found.fetched_at == utc("2025-03-07 20:59:59").timestamp()

    def test_a_running_year_is_final_up_to_its_last_candle(self, place: Place) -> None:
        """No later session is said to be known, however long after them the candles were fetched."""
        last = date(2025, 2, 14)
        items = older_items("AAPL", Resolution.DAY, date(2025, 1, 1), last)
        place.table.put_many(items)
        (found,) = place.read(keys_of("AAPL", Resolution.DAY, FRIDAY, FRIDAY))
        assert found.settled_to == (day_number(last) + 1) * DAY_S
        assert found.fetched_at == LATER_S

    def test_a_day_that_was_fetched_before_its_close_is_not_final(self, place: Place) -> None:
        items = older_items("AAPL", Resolution.DAY, date(2025, 1, 1), FRIDAY)
        items[-1]["fetched_at"] = "2025-03-07T18:00:00+00:00"
        place.table.put_many(items)
        (found,) = place.read(keys_of("AAPL", Resolution.DAY, FRIDAY, FRIDAY))
        assert found.settled_to == day_number(FRIDAY) * DAY_S
        assert found.fetched_at == utc("2025-03-07 18:00").timestamp()

    @pytest.mark.parametrize(
        "text", ["2025-03-08T22:00:00Z", "2025-03-08T22:00:00", "2025-03-08T23:00:00.000+01:00"]
    )
    def test_the_time_of_the_fetch_may_be_written_in_several_ways(self, place: Place, text: str) -> None:
        items = older_items("AAPL", Resolution.M5, FRIDAY, FRIDAY)
        place.table.put_many(item | {"fetched_at": text} for item in items)
        (found,) = place.read(keys_of("AAPL", Resolution.M5, FRIDAY, FRIDAY))
        assert found.fetched_at == datetime(2025, 3, 8, 22, tzinfo=UTC).timestamp()


class TestUnsound:
    """Items that are not what the older layout was cost their own block only."""

    @pytest.mark.parametrize(
        "damage",
        [
            {"open": "a text"},
            {"volume": None},
            {"close": Decimal(-1)},
            {"low": Decimal(1000)},
            {"fetched_at": "yesterday"},
            {"fetched_at": 5},
        ],
        ids=str,
    )
    def test_a_candle_that_cannot_be_is_counted_and_its_block_a_miss(
        self, place: Place, damage: Item
    ) -> None:
        items = older_items("AAPL", Resolution.M5, date(2025, 3, 6), FRIDAY)
        items[5] |= damage
        place.table.put_many(items)
        keys = keys_of("AAPL", Resolution.M5, date(2025, 3, 6), FRIDAY)
        assert [block.key for block in place.read(keys)] == keys[1:]
        assert place.count("corrupt_blocks") == 1

    @pytest.mark.parametrize("sk", ["5#2025-03-07T", "5#2025-03-07T25:00:00Z", "5#2025-03-07T15:00:00"])
    def test_a_sort_key_that_is_no_time_is_left_alone(self, place: Place, sk: str) -> None:
        items = older_items("AAPL", Resolution.M5, FRIDAY, FRIDAY)
        place.table.put_many([*items, items[0] | {"SK": sk}])
        assert len(place.read(keys_of("AAPL", Resolution.M5, FRIDAY, FRIDAY))) == 1
        assert sk in place.sort_keys()


class TestWholeCache:
    """The whole cache on an older table."""

    @pytest.fixture
    def provider(self) -> ScriptedProvider:
        return ScriptedProvider(PRESENT, offered=ALL)

    def ask(self, at: TestHouse) -> Answer:
        query = CandleQuery("AAPL", Resolution.M5, date(2025, 3, 3), FRIDAY, Adjust.RAW)
        answer = at.cache.get(query)
        assert at.cache._tiers.table._late.drain(30.0) == 0
        return answer

    def test_an_older_table_answers_and_holds_blocks_from_then_on(
        self, tmp_path: Path, provider: ScriptedProvider
    ) -> None:
        """cache-18: a hit in the table, no question to the source, and the next process finds blocks."""
        first = house(tmp_path, [provider])
        first.table.put_many(
            older_items("AAPL", Resolution.M5, date(2025, 3, 3), FRIDAY, PRESENT.timestamp())
        )
        with capture_logs() as logs:
            answer = self.ask(first)
        assert (answer.tier, len(answer.candles)) == (Tier.SQLITE, 5 * 78)
        assert provider.requests == []
        assert [log["blocks"] for log in logs if log["event"] == "ohlc_older_layout_read"] == [5]
        assert len(first.table.query("AAPL#scripted")) == 5
        second = house(tmp_path, [provider])
        assert self.ask(second).candles == answer.candles
        assert second.cache.statistics.snapshot()["older_blocks"] == 0
        assert provider.requests == []

    def test_what_is_incomplete_is_fetched_and_its_candles_go(
        self, tmp_path: Path, provider: ScriptedProvider
    ) -> None:
        """The block takes the place of its candles, which are deleted when they are next seen beside it."""
        at = house(tmp_path, [provider])
        items = older_items("AAPL", Resolution.M5, date(2025, 3, 3), FRIDAY, PRESENT.timestamp())
        at.table.put_many(items[:100] + items[101:])
        assert len(self.ask(at).candles) == 5 * 78
        assert len(provider.requests) == 1
        again = house(tmp_path, [provider])
        assert self.ask(again).tier is Tier.SQLITE
        assert len(again.table.query("AAPL#scripted", prefix="5#2025-03-0")) == 5

    def test_a_thread_that_has_no_room_costs_nothing_but_the_rewriting(
        self, tmp_path: Path, provider: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The candles stay and are a hit again; nothing is lost, so nothing is reported as lost."""
        monkeypatch.setattr(late_writes, "MOST_ITEMS", 100)
        at = house(tmp_path, [provider])
        at.table.put_many(older_items("AAPL", Resolution.M5, date(2025, 3, 3), FRIDAY, PRESENT.timestamp()))
        assert self.ask(at).tier is Tier.SQLITE
        assert len(at.table.query("AAPL#scripted")) > 5
        assert at.cache.statistics.snapshot()["unprocessed_items"] == 0
        for _ in range(4):
            assert self.ask(house(tmp_path, [provider])).tier is Tier.SQLITE
        assert len(at.table.query("AAPL#scripted")) == 5
        assert provider.requests == []
