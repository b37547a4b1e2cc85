"""Aggregation against a plain loop over bars, for any set of bars (B3, B5)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from market.aggregate import aggregate_daily, aggregate_intraday
from market.calendars import sessions_of
from market.candles import COLUMNS, Candles
from market.resolution import Resolution
from market.sessions import DAY_S, Sessions, day_of

if TYPE_CHECKING:
    from datetime import date

COARSE = st.sampled_from([Resolution.M5, Resolution.M15, Resolution.M30, Resolution.M60])
MARKETS = st.sampled_from(["XNYS", "XTKS", "XHKG", "24/7", "CMES"])


def _random_bars(times: list[int], seed: int) -> Candles:
    rng = np.random.default_rng(seed)
    prices = np.sort(rng.uniform(1, 1_000, (4, len(times))), axis=0)
    swap = rng.random(len(times)) < 0.5
    open_, close = np.where(swap, prices[1], prices[2]), np.where(swap, prices[2], prices[1])
    volume = rng.integers(0, 2**40, len(times))
    return Candles.of(times, open_, prices[3], prices[0], close, volume)


def _loop(candles: Candles, label_of: dict[int, int]) -> Candles:
    """Merge bars one after the other; ``label_of`` gives the time of each bar's group."""
    rows: dict[int, list[float]] = {}
    for time, open_, high, low, close, volume in zip(
        *(getattr(candles, c).tolist() for c in COLUMNS), strict=True
    ):
        if time not in label_of:
            continue
        row = rows.setdefault(label_of[time], [open_, high, low, close, 0])
        row[1], row[2], row[3], row[4] = max(row[1], high), min(row[2], low), close, row[4] + volume
    columns = list(zip(*rows.values(), strict=True)) or [[], [], [], [], []]
    return Candles.of(list(rows), *columns)


def _bucket_of(sessions: Sessions, first: int, last: int, resolution: Resolution) -> dict[int, int]:
    found = {}
    for i in range(first, last):
        starts = sessions.bar_starts(i, resolution).tolist()
        for time in sessions.bar_starts(i, Resolution.M1).tolist():
            found[time] = max(start for start in starts if start <= time)
    return found


@settings(max_examples=60, deadline=None)
@given(
    name=MARKETS,
    resolution=COARSE,
    where=st.floats(0, 0.999),
    keep=st.floats(0, 1),
    seed=st.integers(0, 10**6),
)
def test_intraday_equals_the_loop(
    name: str, resolution: Resolution, where: float, keep: float, seed: int
) -> None:
    sessions = sessions_of(name)
    first = min(int(where * len(sessions)), len(sessions) - 2)
    minutes = np.arange(sessions.open[first] - 3_600, sessions.close[first + 1] + 3_600, 60)
    kept = minutes[np.random.default_rng(seed).random(len(minutes)) < keep].tolist()
    candles = _random_bars(kept, seed)
    expected = _loop(
        candles, _bucket_of(sessions, max(first - 1, 0), min(first + 3, len(sessions)), resolution)
    )
    assert aggregate_intraday(candles, sessions, resolution) == expected


@settings(max_examples=60, deadline=None)
@given(
    name=MARKETS,
    resolution=st.sampled_from([Resolution.WEEK, Resolution.MONTH]),
    where=st.floats(0, 0.97),
    keep=st.floats(0, 1),
    seed=st.integers(0, 10**6),
)
def test_daily_equals_the_loop(
    name: str, resolution: Resolution, where: float, keep: float, seed: int
) -> None:
    sessions = sessions_of(name)

    def period(day: date) -> tuple[int, int]:
        return day.isocalendar()[:2] if resolution is Resolution.WEEK else (day.year, day.month)

    first = int(where * len(sessions))
    firsts: dict[tuple[int, int], int] = {}
    for number in sessions.day[max(first - 40, 0) : first + 240].tolist():
        firsts.setdefault(period(day_of(number)), number * DAY_S)
    chosen = sessions.day[first : first + 200]
    kept = (chosen[np.random.default_rng(seed).random(len(chosen)) < keep] * DAY_S).tolist()
    candles = _random_bars(kept, seed)
    expected = _loop(candles, {time: firsts[period(day_of(time // DAY_S))] for time in kept})
    assert aggregate_daily(candles, sessions, resolution) == expected


@settings(max_examples=30, deadline=None)
@given(name=MARKETS, where=st.floats(0, 0.999), seed=st.integers(0, 10**6))
def test_building_in_two_steps_is_building_in_one(name: str, where: float, seed: int) -> None:
    """60 minutes from 5 are 60 minutes from 1: no view depends on what it was built from."""
    sessions = sessions_of(name)
    minutes = _random_bars(sessions.bar_starts(int(where * len(sessions)), Resolution.M1).tolist(), seed)
    fives = aggregate_intraday(minutes, sessions, Resolution.M5)
    assert aggregate_intraday(fives, sessions, Resolution.M60) == aggregate_intraday(
        minutes, sessions, Resolution.M60
    )
