"""Keys: what is held and locked under which name, the same in every process and in every version."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from api.ohlc import cache_key
from cache.blocks import Unit, block_keys, units_of
from cache.query import Adjust, CandleQuery
from market.calendars import sessions_for
from market.resolution import Resolution
from store import Table
from tests.kit.failing_table import FailingTable
from tests.kit.house import TestHouse, house
from tests.kit.providers import ScriptedProvider, utc

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests/golden/keys_v1.json"
PRESENT = utc("2025-03-07 22:00")
FEBRUARY = (date(2025, 2, 3), date(2025, 2, 28))
CASES = [
    ("AAPL", "tiingo", "5", "2025-06-27", "2025-07-02"),
    ("AAPL", "demo", "60", "2012-12-31", "2013-01-02"),
    ("BRK.B", "files", "D", "2023-12-29", "2025-01-02"),
    ("VOD.L", "tiingo", "1", "2024-12-24", "2024-12-27"),
    ("7203.T", "files", "15", "2025-01-06", "2025-01-07"),
    ("BHP.AX", "files", "30", "2025-04-24", "2025-04-29"),
    ("BTC-USD", "tiingo", "5", "2024-02-28", "2024-03-01"),
    ("ES=F", "files", "D", "1990-01-02", "1991-01-02"),
]
"""Ticker, source, stored resolution and the days asked for: half-days, holidays, a leap day, years' ends."""


def keys_of(case: tuple[str, str, str, str, str]) -> dict[str, list[list[str]]]:
    """Return what a version of the program calls the blocks and units of a case."""
    ticker, source, resolution, start, end = case
    keys = block_keys(
        ticker,
        source,
        Resolution(resolution),
        sessions_for(ticker),
        date.fromisoformat(start),
        date.fromisoformat(end),
    )
    query = CandleQuery(ticker, Resolution(resolution), date.fromisoformat(start), date.fromisoformat(end))
    return {
        "items": [[key.pk, key.sk] for key in keys],
        "locks": [[unit.lock_key, *map(str, unit.days())] for unit in units_of(keys)],
        "shown": [[cache_key(query)]],
    }


def all_keys() -> dict[str, dict[str, list[list[str]]]]:
    return {" ".join(case): keys_of(case) for case in CASES}


def test_a10_keys_are_those_of_every_version_before() -> None:
    """A10: what earlier versions wrote is found again; the list is never made anew."""
    assert all_keys() == json.loads(GOLDEN.read_text("utf-8"))


@pytest.mark.slow
def test_a9_keys_do_not_depend_on_the_process() -> None:
    """A9: another process with another seed for its hashes names the same things the same way."""
    code = (
        "import json, hashlib; from tests.unit.test_cache_keys import all_keys;"
        "print(hashlib.sha256(json.dumps(all_keys()).encode()).hexdigest())"
    )
    mine = hashlib.sha256(json.dumps(all_keys()).encode()).hexdigest()
    for seed in ("1", "2"):
        told = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PATH": "", "TZ": "Asia/Tokyo"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        assert told.strip() == mine


@pytest.mark.parametrize("changed", ["start", "end", "ticker", "resolution", "adjust"])
def test_a4_questions_that_differ_are_told_apart_by_the_shown_key(changed: str) -> None:
    """A4: X-Cache-Key names both dates, and everything else that decides what is answered."""
    start, end = FEBRUARY
    whole = {"ticker": "AAPL", "resolution": Resolution.M5, "start": start, "end": end, "adjust": Adjust.RAW}
    other = {
        "start": start + timedelta(days=1),
        "end": end + timedelta(days=1),
        "ticker": "MSFT",
        "resolution": Resolution.M15,
        "adjust": Adjust.SPLIT,
    }
    first = cache_key(CandleQuery(**whole))  # type: ignore[arg-type]
    second = cache_key(CandleQuery(**(whole | {changed: other[changed]})))  # type: ignore[arg-type]
    assert first != second
    assert (str(start) in first, str(end) in first) == (True, True)
    assert str(other[changed]) in second


class Watched:
    """A house whose table shows which locks are taken."""

    def __init__(self, folder: Path) -> None:
        self.provider = ScriptedProvider(PRESENT)
        self.locks: list[str] = []
        self.house: TestHouse = house(folder, [self.provider], through=self._through)

    def _through(self, table: Table) -> Table:
        def note(method: str, arguments: tuple[dict[str, str], ...]) -> None:
            if method == "put" and arguments[0]["PK"].startswith("LOCK#"):
                self.locks.append(arguments[0]["PK"])

        return FailingTable(table, before=note)  # type: ignore[return-value]

    def ask(self, start: date, end: date, resolution: Resolution = Resolution.M5) -> tuple[int, list[str]]:
        """Return how many candles came, and the locks that were taken for them."""
        self.locks.clear()
        answer = self.house.cache.get(CandleQuery("AAPL", resolution, start, end, Adjust.RAW))
        return len(answer.candles), list(self.locks)


def lock(resolution: str, name: str) -> str:
    return Unit("AAPL", "scripted", resolution, name).lock_key


@pytest.mark.parametrize(
    ("start", "end", "names"),
    [
        (date(2025, 2, 10), date(2025, 2, 11), ["2025-02"]),
        (date(2025, 1, 31), date(2025, 2, 3), ["2025-01", "2025-02"]),
        (date(2024, 12, 30), date(2025, 2, 3), ["2024-12", "2025-01", "2025-02"]),
    ],
)
def test_a5_a_cold_span_locks_the_units_that_it_fetches(
    tmp_path: Path, start: date, end: date, names: list[str]
) -> None:
    """A5: one lock for each month, whatever dates were asked for; the fetch covers exactly those months."""
    watched = Watched(tmp_path)
    assert watched.ask(start, end)[1] == [lock("5", name) for name in names]
    (request,) = watched.provider.requests
    assert [f"{request.start:%Y-%m}", f"{request.end:%Y-%m}"] == [names[0], names[-1]]


def test_a5_only_what_is_missing_is_locked(tmp_path: Path) -> None:
    """A5: February is held, so a question from January to March locks January and March."""
    watched = Watched(tmp_path)
    watched.ask(*FEBRUARY)
    candles, locks = watched.ask(date(2025, 1, 2), date(2025, 3, 7))
    assert locks == [lock("5", "2025-01"), lock("5", "2025-03")]
    asked = [(request.start, request.end) for request in watched.provider.requests[1:]]
    assert [(f"{a:%m}", f"{b:%m}") for a, b in asked] == [("01", "01"), ("03", "03")]
    assert candles == len(watched.provider._bars(watched.provider.requests[0])) + 25 * 78
    assert watched.ask(date(2025, 1, 2), date(2025, 3, 7)) == (candles, [])


def test_a5_resolutions_have_locks_of_their_own(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    watched.ask(*FEBRUARY)
    assert watched.ask(*FEBRUARY, Resolution.M1)[1] == [lock("1", "2025-02")]
    assert watched.ask(*FEBRUARY, Resolution.DAY)[1] == [lock("D", "2025")]
