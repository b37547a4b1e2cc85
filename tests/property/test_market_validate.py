"""Validation of any heap of bars, against the sentences of cache-4 taken one by one."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from market.candles import COLUMNS, Candles
from market.validate import RejectedError, validate

PRICE = st.sampled_from([1.0, 2.0, 3.0, 2.5, 0.1 + 0.2, 1e-9, 1e9])
ODD = st.sampled_from([math.nan, math.inf, -1.0, 0.0])
ROW = st.tuples(
    st.integers(0, 40),
    PRICE,
    st.one_of(PRICE, ODD),
    st.one_of(PRICE, PRICE, ODD),
    PRICE,
    st.integers(-1, 2**40),
)


def _possible(row: tuple[float, ...]) -> bool:
    _, open_, high, low, close, volume = row
    sound = all(math.isfinite(price) and price > 0 for price in (open_, high, low, close))
    return sound and high >= max(open_, close) and low <= min(open_, close) and volume >= 0


@settings(max_examples=200, deadline=None)
@given(
    rows=st.lists(ROW, max_size=60),
    start=st.integers(0, 20),
    length=st.integers(1, 30),
    now=st.integers(30, 45),
)
def test_what_is_kept_is_what_the_rules_keep(
    rows: list[tuple[float, ...]], start: int, length: int, now: int
) -> None:
    raw = Candles.of(*([row[c] for row in rows] for c in range(len(COLUMNS))))
    last_of_each = {row[0]: row for row in rows}
    asked = [row for time, row in sorted(last_of_each.items()) if start <= time < start + length]
    good = [row for row in asked if _possible(row)]
    bad = len(asked) - len(good)
    rejected = any(row[0] > now for row in rows) or (bad > 1 and bad * 20 > len(asked))
    try:
        checked = validate(raw, start_s=start, end_s=start + length, now_s=now)
    except RejectedError:
        assert rejected
        return
    assert not rejected
    assert list(zip(*(getattr(checked.candles, c).tolist() for c in COLUMNS), strict=True)) == good
    assert len(checked.dropped) == bad
    assert checked.duplicates == len(rows) - len(last_of_each)
    assert checked.outside == len(last_of_each) - len(asked)
