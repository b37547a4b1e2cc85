"""For any day of any demo stock: every resolution adds up to the real daily bar, exactly."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.demo import DemoProvider
from adapters.demo_intraday import minutes_of
from adapters.prices import PriceRequest
from market.calendars import sessions_for
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S

DEMO = DemoProvider()
INTRADAY = (Resolution.M1, Resolution.M5, Resolution.M15, Resolution.M30, Resolution.M60)
US = sessions_for("AAPL")
FIRST, LAST = date(2000, 3, 1), date(2013, 3, 1)


def sum_up(intraday: Candles) -> Candles:
    """Return one bar per session, by another road than the one under test."""
    rows = []
    for at in np.unique(np.searchsorted(US.open, intraday.time, side="right") - 1):
        part = intraday.between(int(US.open[at]), int(US.close[at]))
        rows.append(
            (
                US.day[at] * DAY_S,
                part.open[0],
                part.high.max(),
                part.low.min(),
                part.close[-1],
                part.volume.sum(),
            )
        )
    return Candles.of(*zip(*rows, strict=True)) if rows else Candles.empty()


def assert_possible(bars: Candles) -> None:
    assert (bars.low > 0).all()
    assert (bars.low <= np.minimum(bars.open, bars.close)).all()
    assert (bars.high >= np.maximum(bars.open, bars.close)).all()
    assert (bars.volume >= 0).all()
    assert (np.diff(bars.time) > 0).all()


@given(
    ticker=st.sampled_from(["AAPL", "FB", "GOOG", "IBM", "MSFT"]),
    start=st.dates(FIRST, LAST),
    days=st.integers(0, 12),
    resolution=st.sampled_from(INTRADAY),
)
@example("AAPL", date(2012, 11, 21), 5, Resolution.M60)
@example("MSFT", date(2003, 2, 14), 5, Resolution.M5)
def test_intraday_bars_add_up_to_the_real_day(
    ticker: str, start: date, days: int, resolution: Resolution
) -> None:
    """B5, B11: open, high, low, close and volume are equal, not nearly equal."""
    end = start + timedelta(days=days)
    daily = DEMO.candles(PriceRequest(ticker, Resolution.DAY, start, end)).candles
    intraday = DEMO.candles(PriceRequest(ticker, resolution, start, end)).candles
    assert_possible(intraday)
    assert sum_up(intraday) == daily


units = st.integers(1, 3_000_000)


@given(
    prices=st.lists(st.tuples(units, units, units, units), min_size=1, max_size=6),
    volume=st.integers(0, 2**34),
    ticker=st.text("ABCXYZ", min_size=1, max_size=4),
)
@example([(1, 1, 1, 1)], 0, "A")
@example([(10_000, 10_000, 10_001, 10_001)], 1, "A")
def test_any_possible_day_can_be_simulated(
    prices: list[tuple[int, int, int, int]], volume: int, ticker: str
) -> None:
    """Flat days, days of a hundredth of a cent, days without volume, wild days."""
    at = US.index(date(2012, 11, 20))
    sums = [sorted(p) for p in prices]
    daily = Candles.of(
        [int(US.day[at + i]) * DAY_S for i in range(len(prices))],
        [p[0] / 10_000 for p in prices],
        [s[3] / 10_000 for s in sums],
        [s[0] / 10_000 for s in sums],
        [p[1] / 10_000 for p in prices],
        [volume] * len(prices),
    )
    minutes = minutes_of(ticker, daily, US)
    assert_possible(minutes)
    assert sum_up(minutes) == daily
