"""The benchmarks run to their end on little data; what they measure is checked by themselves on the way."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from decimal import Decimal

import pytest
import structlog

from benchmarks import older_layout, prices, servers
from benchmarks.__main__ import BENCHMARKS, main
from benchmarks.capacity import capacity
from benchmarks.measuring import Size, in_turns
from market.sessions import day_of

TINY = Size(sessions=3, years=2, rounds=1, requests=2, tickers=2, accesses=400)


@pytest.fixture(autouse=True)
def _log_as_before() -> Iterator[None]:
    """A run configures the log of its whole process."""
    root, kept = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.configure(**kept)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("memory_tier", ["hit rate, else a plain LRU"]),
        (
            "memory_hit",
            ["memory, else SQLite", "else a frame in files", "else beside 2 tickers", "13 blocks"],
        ),
        ("pan", ["HTTP: time beyond an empty callback", "test client: a request", "bytes, gzip"]),
        (
            "storage",
            ["sqlite, 3 sessions of 5 min: read", "moto, 2 years of D: write", "write units", "read units"],
        ),
    ],
)
def test_a_benchmark_runs_to_the_end_and_prints_its_rows(
    name: str, rows: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([name], TINY) == 0
    table = capsys.readouterr().out.partition("== all")[2]
    for row in rows:
        assert any(row in line and line.startswith("|") for line in table.splitlines()), row


def test_a_name_that_is_no_benchmark_is_said_and_nothing_runs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pan", "speed"], TINY) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert all(name in said.err for name in ("speed", *BENCHMARKS))


def test_twenty_years_follow_each_other_without_gap_or_overlap() -> None:
    """1993 to 1999 are made of later years, and every bar lies in the year of its block."""
    blocks = prices.daily_blocks(20)
    assert [day_of(block.key.day).year for block in blocks] == list(range(1993, 2013))
    for block in blocks:
        years = (block.candles.time // 86_400).astype("datetime64[D]").astype("datetime64[Y]")
        assert {str(year) for year in years} == {str(day_of(block.key.day).year)}


def test_the_older_layout_has_the_keys_and_types_of_older_tables() -> None:
    """cache-18: one item per candle, number attributes, the start of the bar in the sort key."""
    candles = prices.joined(prices.intraday_blocks(1))
    first = older_layout.items_of(candles, "5", prices.FETCHED_AT)[0]
    assert first["SK"] == "5#2012-12-31T14:30:00Z"
    assert first["fetched_at"] == "2013-03-01T21:00:00Z"
    assert first["open"] == Decimal(repr(float(candles.open[0])))
    assert type(first["volume"]) is int


def test_capacity_counts_started_units_by_item_for_writes_and_by_page_for_reads() -> None:
    """Names and values count: "PK" + "a" + "data" + 1,017 bytes are 1 KB sharp."""
    one_kb = {"PK": "a", "data": bytes(1_024 - 7)}
    more = {"PK": "a", "data": bytes(1_025 - 7)}
    assert capacity([one_kb]).write_units == 1
    assert capacity([more]).write_units == 2
    assert capacity([one_kb] * 4).read_units == 0.5
    assert capacity([one_kb] * 3 + [more]).read_units == 1.0
    assert capacity([one_kb] * 1_024).pages == 1
    assert capacity([one_kb] * 1_025).pages == 2
    assert capacity([one_kb] * 1_025).read_units == 128.5


def test_compared_work_takes_turns_and_warms_up_untimed() -> None:
    order: list[str] = []
    works = {"a": lambda: order.append("a"), "b": lambda: order.append("b")}
    times = in_turns(works, 2, in_a_row=2)
    assert "".join(order) == "ab" + "aabb" * 2
    assert [len(taken.each_ms) for taken in times.values()] == [4, 4]


def test_a_server_that_cannot_start_is_told_apart_from_a_slow_one() -> None:
    port = servers.free_port()
    with pytest.raises(RuntimeError, match="exit code"), servers.running(("/bin/false",), port):
        pytest.fail("it runs")
