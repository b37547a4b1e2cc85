"""Adjustment against a plain loop, bar by bar and action by action (cache-16)."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from market.actions import Actions
from market.adjust import apply, factors
from market.calendars import sessions_of
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S, day_of

SESSIONS = sessions_of("XNYS")
FIRST = SESSIONS.index(date(2020, 1, 2))
BARS = 120

ACTION = st.tuples(
    st.integers(1, BARS + 20),
    st.sampled_from([1.0, 2.0, 3.0, 7.0, 0.1, 1.5]),
    st.sampled_from([0.0, 0.0, 0.22, 1.01]),
)


def _loop(
    candles: Candles, rows: list[tuple[date, float, float]], *, splits: bool, dividends: bool, as_of: date
) -> tuple[list[float], list[float]]:
    """Return what each bar's close is multiplied by, and its volume."""
    prices, volumes = [], []
    closes = {day_of(t // DAY_S): float(c) for t, c in zip(candles.time, candles.close, strict=True)}
    for time in candles.time.tolist():
        price = volume = 1.0
        for ex_date, split, cash in rows:
            if day_of(time // DAY_S) >= ex_date or ex_date > as_of:
                continue
            if splits:
                price, volume = price / split, volume * split
            if dividends and cash:
                before = max(day for day in closes if day < ex_date)
                price *= 1 - cash * split / closes[before]
        prices.append(price)
        volumes.append(volume)
    return prices, volumes


@settings(max_examples=80, deadline=None)
@given(
    actions=st.lists(ACTION, max_size=6, unique_by=lambda row: row[0]),
    splits=st.booleans(),
    dividends=st.booleans(),
    cut=st.integers(1, BARS + 20),
    seed=st.integers(0, 10**6),
)
def test_every_bar_is_adjusted_by_exactly_the_later_actions(
    actions: list[tuple[int, float, float]], *, splits: bool, dividends: bool, cut: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    close = rng.uniform(50, 500, BARS)
    time = SESSIONS.day[FIRST : FIRST + BARS] * DAY_S
    volume = rng.integers(0, 2**40, BARS)
    candles = Candles.of(time, close * 0.99, close * 1.02, close * 0.97, close, volume)
    rows = [(SESSIONS.date(FIRST + offset), split, cash) for offset, split, cash in actions]
    as_of = SESSIONS.date(FIRST + cut)
    made = factors(Actions.of(rows), candles, splits=splits, dividends=dividends, as_of=as_of)
    got = apply(candles, made, SESSIONS, Resolution.DAY)
    prices, volumes = _loop(candles, rows, splits=splits, dividends=dividends, as_of=as_of)
    for name in ("open", "high", "low", "close"):
        assert np.allclose(getattr(got, name), getattr(candles, name) * prices, rtol=1e-12, atol=0)
    exact = volume * np.array(volumes)
    # Half a share of rounding, and what a double of this size cannot tell apart.
    assert (np.abs(got.volume - exact) <= 0.5 + 8 * np.spacing(exact)).all()
    untouched = [price == 1.0 for price in prices]
    assert np.array_equal(got.close[untouched], close[untouched])
