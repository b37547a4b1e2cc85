"""Whatever is asked in whatever order, the cache gives what the source would have given."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from adapters.prices import PriceRequest
from cache.query import Adjust, CandleQuery
from market.candles import Candles
from market.resolution import Resolution
from tests.kit.house import Clock, close_all, house
from tests.kit.providers import ScriptedProvider

START = datetime(2025, 2, 3, 15, 0, tzinfo=UTC)


def by_time(candles: Candles) -> Candles:
    """Prices that are a function of the time alone, so that a bar in the wrong place shows."""
    base = 50.0 + (candles.time // 60 % 9973) / 100
    return replace(candles, open=base, high=base + 1, low=base - 1, close=base + 0.25)


steps = st.lists(
    st.tuples(
        st.sampled_from([Resolution.M5, Resolution.M60, Resolution.DAY]),
        st.sampled_from([0, 0, 0, 3, 20, 60]),
        st.integers(0, 40),
        st.sampled_from([0, 10, 20, 400, 4 * 3600, 26 * 3600]),
        st.booleans(),
    ),
    min_size=1,
    max_size=8,
)


@given(steps)
@hypothesis_settings(max_examples=60)
def test_answers_equal_the_source_whatever_was_asked_before(
    plan: list[tuple[Resolution, int, int, int, bool]],
) -> None:
    """cache-5, cache-14, F8: across pans, a moving clock, evictions and new processes, bit for bit."""
    with tempfile.TemporaryDirectory() as folder:
        provider = ScriptedProvider(START, mangle=by_time)
        clock = Clock(START.timestamp())
        place = house(Path(folder), [provider], clock=clock)
        for resolution, back, length, pause_s, new_process in plan:
            clock.now_s += pause_s
            provider.present += timedelta(seconds=pause_s)
            if new_process:
                place = house(Path(folder), [provider], clock=clock, memory_bytes=200_000)
            end = provider.present.date() - timedelta(days=back)
            start = end - timedelta(days=length)
            answer = place.cache.get(CandleQuery("AAPL", resolution, start, end, Adjust.RAW))
            base = Resolution.M5 if resolution is Resolution.M60 else resolution
            truth = provider.candles(PriceRequest("AAPL", base, start, end)).candles
            if resolution is Resolution.M60:
                assert int(answer.candles.volume.sum()) == settled_volume(truth, answer.candles)
            else:
                settled = answer.candles.time < provider.present.timestamp() - 86_400
                assert np.array_equal(answer.candles.time[settled], truth.time[: int(settled.sum())])
                assert answer.candles.take(settled) == truth.take(slice(0, int(settled.sum())))
                assert len(truth) - len(answer.candles) <= 78
        close_all()


def settled_volume(truth: Candles, shown: Candles) -> int:
    """Return the volume of the source's bars up to the last one shown."""
    if not len(shown):
        return 0
    return int(truth.volume[truth.time < shown.time[-1] + 3600].sum())
