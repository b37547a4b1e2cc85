"""Every fault says itself in the log and is counted: one constant event and one counter for each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from adapters.errors import UnavailableError
from cache.breaker import FAILURES, OPEN_S, Breaker
from cache.cooldown import COOLDOWN_S
from cache.errors import CandleError
from cache.lock_items import key_of
from cache.query import Adjust, CandleQuery
from cache.statistics import OUTCOMES
from market.resolution import Resolution
from store import Table
from tests.kit import inside
from tests.kit.failing_table import FailingTable
from tests.kit.house import Clock, TestHouse, house
from tests.kit.providers import ScriptedProvider, utc

PRESENT = utc("2025-03-07 22:00")
MONTHS = [(date(2024, month, 2), date(2024, month, 27)) for month in range(1, 13)]


class Scene:
    """A cache over a table and a provider that can fail; each question is for another month."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.provider = ScriptedProvider(PRESENT)
        self.monotonic = Clock(1000.0)
        self.counted: list[str] = []
        self.tables: list[FailingTable] = []
        self.house = self.process()
        self.table = self.tables[0]
        self.month = iter(MONTHS)

    def process(self) -> TestHouse:
        """Return a new process on the same table."""
        breaker = Breaker(self.monotonic, on_opened=lambda: self.house.cache.statistics.add("breaker_opened"))
        return house(
            self.folder, [self.provider], guard=breaker, through=self._through, cooldown_s=COOLDOWN_S
        )

    def _through(self, table: Table) -> Table:
        self.tables.append(FailingTable(table))
        return self.tables[-1]  # type: ignore[return-value]

    def ask(self, span: tuple[date, date] | None = None, ticker: str = "AAPL") -> Any:
        """Ask for the next month that nobody has asked for, and return the answer or the error."""
        query = CandleQuery(ticker, Resolution.M5, *(span or next(self.month)), Adjust.RAW)
        try:
            return self.house.cache.get(query)
        except CandleError as error:
            return error

    def open(self) -> None:
        """Have the breaker open."""
        before = len(self.table.calls)
        self.table.down()
        self.ask()
        assert len(self.table.calls) == before + FAILURES
        self.table.up()


def reads_fail(scene: Scene) -> None:
    scene.table.fails = lambda method, arguments: method == "query"
    scene.ask()


def writes_fail(scene: Scene) -> None:
    scene.table.fails = lambda method, arguments: method == "put_many"
    assert scene.ask().write_failed


def provider_is_down(scene: Scene) -> None:
    scene.provider.error = UnavailableError("down", provider="scripted")
    span = next(scene.month)
    assert isinstance(scene.ask(span), CandleError)
    scene.provider.error = None


def ticker_is_unknown(scene: Scene) -> None:
    assert isinstance(scene.ask(ticker="NOSUCH"), CandleError)


def table_is_down(scene: Scene) -> None:
    scene.open()
    assert scene.ask().table_failed


def table_comes_back(scene: Scene) -> None:
    scene.open()
    scene.monotonic.now_s += OPEN_S
    assert not scene.ask().write_failed


def restarted(scene: Scene) -> None:
    """The breaker was open; a new process uses the table at once."""
    span = next(scene.month)
    scene.ask(span)
    scene.open()
    scene.house = scene.process()
    assert not scene.ask(span).table_failed


def cold_start(scene: Scene) -> None:
    span = next(scene.month)
    scene.ask(span)
    scene.house = scene.process()
    scene.ask(span)


def lock_is_left(scene: Scene) -> None:
    """A process died long ago: its lock has not changed for a lease on this process's own clock."""
    span = next(scene.month)
    name = f"LOCK#AAPL#scripted#5#{span[0]:%Y-%m}"
    pk, sk = key_of(name)
    scene.house.table.put({"PK": pk, "SK": sk, "owner": "gone", "version": 1})
    items = inside.fetcher(scene.house.cache).lock._items  # type: ignore[attr-defined]
    items.silent_s(name, items.look(name))
    items._seen[name] = (items._seen[name][0], -1e9)
    scene.ask(span)


def block_is_damaged(scene: Scene) -> None:
    span = next(scene.month)
    scene.ask(span)
    key = ("AAPL#scripted", f"5#{span[0]}T00:00:00Z")
    assert scene.house.table.get(key) is not None
    scene.house.table.update(key, put={"data": b"half a blo"})
    inside.tiers(scene.house.cache).memory.clear()
    scene.ask(span)


def answer_is_stale(scene: Scene) -> None:
    span = next(scene.month)
    scene.ask(span)
    scene.house.clock.now_s += 100 * 24 * 3600
    scene.provider.error = UnavailableError("down", provider="scripted")
    assert scene.ask(span).stale_since is not None


@dataclass(frozen=True)
class Case:
    """A fault, the events that tell it with their level, and the counters that it moves."""

    fault: Callable[[Scene], object]
    events: dict[str, str]
    counters: tuple[str, ...]


CASES = {
    "E1": Case(reads_fail, {"ohlc_table_read_failed": "error"}, ("table_errors",)),
    "E2": Case(writes_fail, {"ohlc_table_write_failed": "error"}, ("table_errors", "write_errors")),
    "E3": Case(provider_is_down, {"ohlc_provider_failed": "warning"}, ("provider_errors", "request_errors")),
    "E4": Case(ticker_is_unknown, {}, ("request_errors",)),
    "E7": Case(
        table_is_down,
        {"circuit_breaker_opened": "error"},
        ("breaker_opened", "table_errors", "table_skipped"),
    ),
    "E8": Case(
        table_comes_back,
        {"circuit_breaker_half_open": "info", "circuit_breaker_closed": "info"},
        ("breaker_opened",),
    ),
    "E13": Case(
        table_comes_back,
        {"circuit_breaker_closed": "info", "ohlc_write_through_complete": "info"},
        ("request_misses",),
    ),
    "E15": Case(cold_start, {"ohlc_cache_hit": "debug"}, ("table_hits", "request_table_hits")),
    "E17": Case(restarted, {"circuit_breaker_opened": "error"}, ("request_table_hits",)),
    "E18": Case(lock_is_left, {"fetch_lock_taken_over": "warning"}, ("lock_waits", "lock_takeovers")),
    "corrupt block": Case(block_is_damaged, {"ohlc_block_corrupt": "error"}, ("corrupt_blocks",)),
    "stale answer": Case(
        answer_is_stale, {"ohlc_stale_served": "warning"}, ("stale_answers", "request_stale")
    ),
}


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


@pytest.mark.parametrize("name", CASES)
def test_a_fault_has_its_event_and_its_counter(scene: Scene, name: str) -> None:
    """E1–E4, E7, E8, E13, E15, E17, E18: and nothing of it is there before the fault."""
    case = CASES[name]
    with capture_logs() as quiet:
        scene.ask()
    first = scene.house
    before = first.cache.statistics.snapshot()
    told_before = [log["event"] for log in quiet if log["log_level"] in ("warning", "error")]
    assert told_before == []
    with capture_logs() as logs:
        case.fault(scene)
    levels = {log["event"]: log["log_level"] for log in logs}
    assert {event: levels.get(event) for event in case.events} == case.events
    after = scene.house.cache.statistics.snapshot()
    before = before if scene.house is first else dict.fromkeys(after, 0)
    moved = {counter for counter in case.counters if after[counter] > before[counter]}
    assert moved == set(case.counters)
    assert after["requests"] == sum(after[outcome] for outcome in OUTCOMES)


def test_a_quiet_day_has_neither_warnings_nor_errors(scene: Scene) -> None:
    """The other half: where nothing is wrong, nothing is said above INFO and no counter of faults moves."""
    span = next(scene.month)
    with capture_logs() as logs:
        for _ in range(3):
            scene.ask(span)
        scene.house = scene.process()
        scene.ask(span)
    assert {log["log_level"] for log in logs} <= {"info", "debug"}
    counts = scene.house.cache.statistics.snapshot()
    faults = {counter for case in CASES.values() for counter in case.counters} - {
        "request_misses",
        "table_hits",
        "request_table_hits",
    }
    assert {name: counts[name] for name in faults if counts[name]} == {}
