"""The demo's simulated minutes: exact sums, half-days, and the same bars everywhere."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from adapters.demo import DemoProvider
from adapters.prices import PriceRequest
from market.calendars import sessions_for
from market.candles import COLUMNS, Candles
from market.resolution import Resolution

ROOT = Path(__file__).parents[2]
GOLDEN_DAY = date(2012, 11, 28)
GOLDEN_SHA256 = "3d18d4c4bdc23ee011b03629f148285bff130d32ceda145f732a6058aafbba51"

DIGEST = """
import hashlib
from datetime import date
from adapters.demo import DemoProvider
from adapters.prices import PriceRequest
from market.candles import COLUMNS
from market.resolution import Resolution
day = date(2012, 11, 28)
bars = DemoProvider().candles(PriceRequest("AAPL", Resolution.M1, day, day)).candles
print(hashlib.sha256(b"".join(getattr(bars, c).tobytes() for c in COLUMNS)).hexdigest())
"""


def bars(ticker: str, resolution: Resolution, start: date, end: date) -> Candles:
    return DemoProvider().candles(PriceRequest(ticker, resolution, start, end)).candles


def digest(candles: Candles) -> str:
    return hashlib.sha256(b"".join(getattr(candles, c).tobytes() for c in COLUMNS)).hexdigest()


def test_the_minutes_of_a_day_never_change() -> None:
    """What a cache holds from an earlier version stays true: this digest is part of the demo's promise."""
    assert digest(bars("AAPL", Resolution.M1, GOLDEN_DAY, GOLDEN_DAY)) == GOLDEN_SHA256


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_another_process_with_another_hash_seed_simulates_the_same_minutes(hash_seed: str) -> None:
    """A9, F8."""
    done = subprocess.run(
        [sys.executable, "-c", DIGEST],
        cwd=ROOT,
        env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT), "TZ": "Asia/Tokyo"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == GOLDEN_SHA256


def test_a_day_is_the_same_whatever_is_asked_with_it() -> None:
    """Alone, in a month, and at the far side of a chunk's border."""
    alone = bars("MSFT", Resolution.M1, GOLDEN_DAY, GOLDEN_DAY)
    year = bars("MSFT", Resolution.M1, date(2012, 1, 1), date(2013, 1, 31))
    assert year.between(int(alone.time[0]), int(alone.time[-1]) + 60) == alone


def test_tickers_and_days_differ() -> None:
    """Negative twin of the above: the seed does depend on both."""
    aapl = bars("AAPL", Resolution.M1, date(2012, 11, 28), date(2012, 11, 29))
    ibm = bars("IBM", Resolution.M1, date(2012, 11, 28), date(2012, 11, 29))
    shape = [np.diff(c.close[part]) for c in (aapl, ibm) for part in (slice(0, 390), slice(390, 780))]
    similar = np.corrcoef(np.array(shape)) - np.eye(4)
    assert np.abs(similar).max() < 0.3


def test_a_half_day_has_210_minutes_and_ends_at_one() -> None:
    """G3: the day after Thanksgiving 2012."""
    minutes = bars("AAPL", Resolution.M1, date(2012, 11, 23), date(2012, 11, 23))
    sessions = sessions_for("AAPL")
    at = sessions.index(date(2012, 11, 23))
    assert minutes.time.tolist() == sessions.bar_starts(at, Resolution.M1).tolist()
    assert len(minutes) == 210
    assert int(minutes.time[-1]) + 60 == int(sessions.close[at])


@pytest.mark.parametrize(
    ("resolution", "full", "half"), [("5", 78, 42), ("15", 26, 14), ("30", 13, 7), ("60", 7, 4)]
)
def test_coarser_bars_are_counted_from_the_open(resolution: str, full: int, half: int) -> None:
    """B3, C8: across the change to winter time on 2012-11-04 too."""
    for day, count in ((date(2012, 11, 2), full), (date(2012, 11, 5), full), (date(2012, 11, 23), half)):
        held = bars("IBM", Resolution(resolution), day, day)
        sessions = sessions_for("IBM")
        assert held.time.tolist() == sessions.bar_starts(sessions.index(day), Resolution(resolution)).tolist()
        assert len(held) == count


def test_minutes_follow_one_another_without_a_gap_in_price() -> None:
    minutes = bars("GOOG", Resolution.M1, GOLDEN_DAY, GOLDEN_DAY)
    assert np.array_equal(minutes.open[1:], minutes.close[:-1])


def test_the_path_looks_like_a_market() -> None:
    """Neither a straight line nor a spike: steps of both signs, hardly related to the step before them."""
    minutes = bars("AAPL", Resolution.M1, date(2012, 1, 1), date(2012, 12, 31))
    steps = np.diff(minutes.close)
    assert 0.4 < (steps > 0).mean() < 0.6
    assert abs(np.corrcoef(steps[1:], steps[:-1])[0, 1]) < 0.1
    assert (minutes.high == minutes.low).mean() < 0.05


def test_volume_is_higher_at_both_ends_of_the_day() -> None:
    minutes = bars("AAPL", Resolution.M30, date(2012, 6, 1), date(2012, 6, 30))
    of_day = minutes.volume.reshape(-1, 13).mean(axis=0)
    assert of_day[0] > 2 * of_day[6]
    assert of_day[-1] > 2 * of_day[6]


def test_prices_are_whole_cents_where_the_day_is() -> None:
    day = bars("AAPL", Resolution.DAY, GOLDEN_DAY, GOLDEN_DAY)
    assert all(float(getattr(day, c)[0]) == round(float(getattr(day, c)[0]), 2) for c in COLUMNS[1:5])
    minutes = bars("AAPL", Resolution.M1, GOLDEN_DAY, GOLDEN_DAY)
    for column in COLUMNS[1:5]:
        prices = getattr(minutes, column)
        assert np.array_equal(prices, np.round(prices, 2))
