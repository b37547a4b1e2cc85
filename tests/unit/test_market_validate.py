"""What a source sent, checked before anything is kept (cache-4, B1–B9, B13, B14)."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from market.candles import COLUMNS, Candles
from market.validate import (
    HIGH_TOO_LOW,
    LOW_TOO_HIGH,
    NEGATIVE_VOLUME,
    NOT_A_NUMBER,
    NOT_POSITIVE,
    Checked,
    Dropped,
    RejectedError,
    validate,
)

START = 1_766_500_200
"""2025-12-23T14:30:00Z"""


def _bars(n: int) -> Candles:
    base = np.arange(n, dtype=np.float64) / 7 + 100
    time = START + 300 * np.arange(n)
    return Candles.of(time, base, base + 0.1, base - 0.1, base + 0.05, np.arange(n) + 2**31)


def _with(candles: Candles, index: int, **values: float) -> Candles:
    changed = {name: getattr(candles, name).copy() for name in values}
    for name, value in values.items():
        changed[name][index] = value
    return replace(candles, **changed)


def _check(candles: Candles, bars: int = 100, now_s: int = START + 10**6) -> Checked:
    return validate(candles, start_s=START, end_s=START + 300 * bars, now_s=now_s)


def test_an_answer_without_fault_is_the_same_object_bit_for_bit() -> None:
    """B1, B7: volume above 2^31 and every digit pass."""
    candles = _bars(78)
    assert _check(candles) == Checked(candles)
    assert _check(candles).candles is candles


def test_an_empty_answer_is_an_answer() -> None:
    """cache-5: nothing was traded in the span."""
    assert len(_check(Candles.empty()).candles) == 0


def test_unsorted_bars_are_sorted_and_counted() -> None:
    """B4."""
    candles = _bars(10)
    shuffled = candles.take(np.array([0, 2, 1, 3, 4, 5, 9, 6, 7, 8]))
    checked = _check(shuffled)
    assert checked.candles == candles
    assert (checked.out_of_order, checked.duplicates, checked.dropped) == (2, 0, ())


def test_of_bars_with_one_time_the_last_wins_wherever_it_stands() -> None:
    """B13, B14."""
    candles = _bars(4)
    corrected = _with(candles, 1, close=100.15, volume=7).take(slice(1, 2))
    twice = Candles.concat([candles, corrected])
    checked = _check(twice)
    assert checked.candles == _with(candles, 1, close=100.15, volume=7)
    assert (checked.duplicates, checked.out_of_order) == (1, 1)
    next_to_each_other = Candles.concat([candles.take(slice(0, 2)), corrected, candles.take(slice(2, 4))])
    assert _check(next_to_each_other).candles == checked.candles


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"open": math.nan}, NOT_A_NUMBER),
        ({"close": math.nan}, NOT_A_NUMBER),
        ({"high": math.inf}, NOT_A_NUMBER),
        ({"low": -math.inf}, NOT_A_NUMBER),
        ({"low": 0.0}, NOT_POSITIVE),
        ({"open": -1.0}, NOT_POSITIVE),
        ({"high": 100.75}, HIGH_TOO_LOW),
        ({"low": 100.73}, LOW_TOO_HIGH),
        ({"volume": -1}, NEGATIVE_VOLUME),
    ],
)
def test_a_bar_that_cannot_be_is_dropped_with_its_reason(values: dict[str, float], reason: str) -> None:
    """B5, B8, B9."""
    candles = _bars(10)
    checked = _check(_with(candles, 5, **values))
    assert checked.dropped == (Dropped(START + 1_500, reason),)
    assert checked.candles == Candles.concat([candles.take(slice(0, 5)), candles.take(slice(6, 10))])


def test_a_bar_whose_high_and_low_touch_open_and_close_is_kept() -> None:
    flat = Candles.of([START], [5], [5], [5], [5], [0])
    assert _check(flat).candles is flat


def test_five_percent_of_bad_bars_are_dropped_and_more_reject_the_answer() -> None:
    two_bad = _with(_with(_bars(40), 3, low=math.nan), 7, low=math.nan)
    assert [d.time for d in _check(two_bad).dropped] == [START + 900, START + 2_100]
    with pytest.raises(
        RejectedError, match=r"2 of 39 bars are bad, the first at 2025-12-23T14:45:00Z: not a"
    ):
        _check(two_bad.take(slice(0, 39)))


@pytest.mark.parametrize("n", [1, 2, 10])
def test_a_single_bad_bar_never_rejects_a_short_answer(n: int) -> None:
    checked = _check(_with(_bars(n), 0, close=math.nan))
    assert (len(checked.candles), len(checked.dropped)) == (n - 1, 1)


@pytest.mark.parametrize("factor", [1_000, 10**6, 2**31])
def test_an_answer_in_other_units_of_time_is_rejected_with_a_sentence(factor: int) -> None:
    """Reliability 8: such an instant has no date to be written as."""
    bars = _bars(3)
    with pytest.raises(RejectedError, match=r"a bar of [0-9]+ s since 1970 lies in the future"):
        _check(replace(bars, time=bars.time * factor))


def test_a_bar_from_the_future_rejects_the_answer() -> None:
    """C10: also where it lies behind the span, because whoever sends it makes prices up."""
    candles = _bars(10)
    last = int(candles.time[-1])
    assert len(_check(candles, now_s=last).candles) == 10
    with pytest.raises(RejectedError, match=r"15:15:00Z lies in the future \(now: 2025-12-23T15:14:59Z\)"):
        _check(candles, now_s=last - 1)
    with pytest.raises(RejectedError, match="future"):
        _check(candles, bars=2, now_s=last - 1)


def test_bars_outside_the_span_are_left_out_and_are_no_fault() -> None:
    candles = _bars(10)
    checked = validate(candles, start_s=START + 300, end_s=START + 900, now_s=START + 10**6)
    assert checked.candles == candles.take(slice(1, 3))
    assert (checked.outside, checked.dropped) == (8, ())


def test_bad_bars_outside_the_span_neither_count_nor_reject() -> None:
    candles = _bars(10)
    for index in (7, 8, 9):
        candles = _with(candles, index, open=math.nan)
    assert _check(candles, bars=5).dropped == ()


def test_the_span_must_hold_something() -> None:
    with pytest.raises(ValueError, match="span") as raised:
        validate(_bars(1), start_s=START, end_s=START, now_s=START)
    assert not isinstance(raised.value, RejectedError)


def test_what_comes_in_is_not_changed() -> None:
    raw = _bars(10).take(np.arange(9, -1, -1))
    before = {name: getattr(raw, name).tobytes() for name in COLUMNS}
    _check(raw)
    assert {name: getattr(raw, name).tobytes() for name in COLUMNS} == before
