"""The benchmarks run to their end on little data; what they measure is checked by themselves on the way."""

from __future__ import annotations

import logging
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal

import pytest
import structlog

from benchmarks import older_layout, page_apps, prices, servers
from benchmarks.__main__ import BENCHMARKS, main
from benchmarks.capacity import capacity
from benchmarks.measuring import Size, in_turns
from benchmarks.page_visit import motion_of
from market.sessions import day_of
from tests.kit.app_process import ROOT
from tests.kit.browser_paths import chromium
from tests.kit.environment import missing

TINY = Size(
    sessions=3,
    years=2,
    rounds=1,
    requests=2,
    tickers=2,
    accesses=400,
    loads=1,
    gestures=1,
    held_tickers=100,
    seconds=0.4,
    readers=8,
    processes=(2,),
    people=2,
    visits=2,
    opened=10,
    calls=60,
    draws=100,
    videos=20,
)


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
        ("memory_tier", ["hit rate, else plain LRU", "else W-TinyLFU"]),
        ("herd", ["SQLite: calls, else no lock", "dynalite: calls", "else no single flight"]),
        ("black_hole", ["else without breaker", "or limits"]),
        ("throughput", ["requests per core second"]),
        ("track_scoring", ["scoring: 60 calls, 100 random entries each, else a plain loop"]),
        ("track_judging", ["track judging: 20 videos asked for again, else worked out anew"]),
        ("track_pages", ["track pages: queries for the timeline of 20 videos, else video by video"]),
        ("extraction", ["held_out: precision of calls, else the nearest verb", "hours of captions"]),
        ("sentiment", ["headlines, held_out: recall, else VADER alone", "items of 6 days, else day by day"]),
        ("ten_thousand", ["100 tickers: memory grown"]),
        (
            "provider_calls",
            ["empty table: calls, else a plain page", "the Saturday after", "else one answer kept"],
        ),
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


@pytest.mark.slow
@pytest.mark.e2e
@pytest.mark.timeout(450)
def test_the_page_is_measured_beside_plain_pages() -> None:
    """In a process of its own, because Playwright may be running in this one already."""
    if chromium() is None:
        missing("engine", "chromium", "no Chromium is installed; make test installs one")
    program = (
        "from benchmarks.__main__ import end_on_sigterm, main; from benchmarks.measuring import Size; "
        f"end_on_sigterm(); main(['page', 'panes'], {TINY})"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as benchmark:
        try:
            said, complained = benchmark.communicate(timeout=400)
        finally:
            benchmark.terminate()  # not kill: it has servers to end
    assert benchmark.returncode == 0, complained
    table = said.partition("== all")[2]
    for row in (
        "cold browser",
        "warm browser",
        "dragging: frames",
        "last notch to rest",
        "(CLS)",
        "bytes of",
        "a frame with the sentiment pane, else without",
    ):
        assert row in table, row


def test_the_frames_of_a_gesture_are_told_by_their_rate_and_the_longest_gap() -> None:
    """Three gaps in 60 ms: 50 a second, and the eye sees the one of 28."""
    motion = motion_of([100.0, 116.0, 144.0, 160.0])
    assert motion.per_second == pytest.approx(50)
    assert motion.longest_ms == 28


@pytest.mark.parametrize("count", [1_000, 20_000])
def test_a_plain_page_draws_exactly_so_many_candles(count: int) -> None:
    candles, volume = page_apps.figure(count).data
    assert len(candles.x) == len(volume.x) == count


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


def test_a_benchmark_that_is_told_to_stop_ends_the_servers_that_it_started() -> None:
    """As ``kill`` does it: by SIGTERM, in the middle of a measurement."""
    port = servers.free_port()
    program = f"""
import runpy, sys
from benchmarks import measuring, page, servers
def run(size):
    command = (sys.executable, "-m", "http.server", "{port}", "--bind", servers.HOST)
    with servers.running(command, {port}):
        print("up", flush=True)
        sys.stdin.read()
page.run = run
sys.argv = ["benchmarks", "page"]
runpy.run_module("benchmarks", run_name="__main__")
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as benchmark:
        assert benchmark.stdout is not None
        assert "up\n" in benchmark.stdout  # reads on until it is said
        benchmark.terminate()
        assert benchmark.wait(timeout=30) == 128 + signal.SIGTERM
    with socket.socket() as probe:
        assert probe.connect_ex((servers.HOST, port)) != 0
