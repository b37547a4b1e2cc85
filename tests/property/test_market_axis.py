"""The axis is its own inverse and never runs backwards, on any calendar (design decision 4)."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from market.axis import TradingAxis
from market.calendars import sessions_of
from market.resolution import Resolution

MARKETS = st.sampled_from(["XNYS", "XTKS", "XHKG", "XASX", "24/7", "CMES", "weekdays"])


@settings(max_examples=40, deadline=None)
@given(name=MARKETS, where=st.floats(0, 0.9999))
def test_every_second_of_trading_comes_back_exactly(name: str, where: float) -> None:
    sessions = sessions_of(name)
    i = int(where * len(sessions))
    time = np.arange(sessions.open[i], sessions.close[i])
    time = time[(time < sessions.break_start[i]) | (time >= sessions.break_end[i])]
    axis = TradingAxis(sessions)
    x = axis.x_of_time(time)
    assert ((x >= i) & (x < i + 1)).all()
    assert np.array_equal(axis.time_of_x(x), time)


@settings(max_examples=40, deadline=None)
@given(name=MARKETS, seed=st.integers(0, 10**6))
def test_later_is_never_further_left(name: str, seed: int) -> None:
    sessions = sessions_of(name)
    rng = np.random.default_rng(seed)
    axis = TradingAxis(sessions)
    time = np.sort(rng.integers(sessions.open[0] - 10**7, sessions.close[-1] + 10**7, 2_000))
    assert (np.diff(axis.x_of_time(time)) >= 0).all()
    x = np.sort(rng.uniform(-5, len(sessions) + 5, 2_000))
    assert (np.diff(axis.time_of_x(x)) >= 0).all()


@settings(max_examples=40, deadline=None)
@given(name=MARKETS, seed=st.integers(0, 10**6), resolution=st.sampled_from(list(Resolution)))
def test_bars_in_time_order_are_in_order_on_the_axis(name: str, seed: int, resolution: Resolution) -> None:
    sessions = sessions_of(name)
    rng = np.random.default_rng(seed)
    time = np.sort(rng.integers(sessions.open[0], sessions.close[-1], 2_000))
    x = TradingAxis(sessions).bar_x(time, resolution)
    assert (np.diff(x) >= 0).all()
    assert x.min() >= 0
    assert x.max() <= len(sessions)
