"""Splits and dividends, applied when prices are read (cache-16, G12)."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from market.actions import Actions
from market.adjust import Factors, apply, factors
from market.calendars import sessions_of
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S, day_number

SESSIONS = sessions_of("XNYS")
DAY = Resolution.DAY


def _daily(*rows: tuple[date, float]) -> Candles:
    """Return daily bars as traded: open 1 % below the close, high 2 % above, low 2 % below, volume 1,001."""
    time = [day_number(day) * DAY_S for day, _ in rows]
    close = np.array([price for _, price in rows])
    return Candles.of(time, close * 0.99, close * 1.02, close * 0.98, close, [1_001] * len(rows))


APPLE = _daily(
    (date(2005, 2, 24), 88.93),
    (date(2005, 2, 25), 88.99),
    (date(2005, 2, 28), 44.86),
    (date(2005, 3, 1), 44.50),
)
"""Closes around Apple's 2:1 split, as traded."""

APPLE_SPLIT = Actions.of([(date(2005, 2, 28), 2.0, 0.0)])


def _adjusted(
    daily: Candles,
    actions: Actions,
    *,
    splits: bool = True,
    dividends: bool = True,
    as_of: date | None = None,
) -> Candles:
    made = factors(actions, daily, splits=splits, dividends=dividends, as_of=as_of)
    return apply(daily, made, SESSIONS, DAY)


def test_a_split_halves_the_prices_before_it_and_doubles_their_volume() -> None:
    got = _adjusted(APPLE, APPLE_SPLIT, dividends=False)
    assert got.close.tolist() == [88.93 / 2, 88.99 / 2, 44.86, 44.50]
    assert got.open.tolist() == [*(APPLE.open[:2] / 2), *APPLE.open[2:]]
    assert got.high.tolist() == [*(APPLE.high[:2] / 2), *APPLE.high[2:]]
    assert got.low.tolist() == [*(APPLE.low[:2] / 2), *APPLE.low[2:]]
    assert got.volume.tolist() == [2_002, 2_002, 1_001, 1_001]
    assert np.array_equal(got.time, APPLE.time)


def test_a_reverse_split_raises_prices_and_rounds_the_volume() -> None:
    got = _adjusted(APPLE, Actions.of([(date(2005, 2, 28), 0.1, 0.0)]), dividends=False)
    assert got.close[0] == 88.93 / 0.1
    assert got.volume.tolist() == [100, 100, 1_001, 1_001]


def test_several_splits_multiply() -> None:
    actions = Actions.of([(date(2005, 2, 25), 3.0, 0.0), (date(2005, 2, 28), 2.0, 0.0)])
    got = _adjusted(APPLE, actions, dividends=False)
    assert got.close.tolist() == [88.93 / 6, 88.99 / 2, 44.86, 44.50]
    assert got.volume.tolist() == [6_006, 2_002, 1_001, 1_001]


def test_a_dividend_scales_earlier_prices_by_one_minus_dividend_over_the_close_before_and_leaves_volume() -> (
    None
):
    actions = Actions.of([(date(2005, 2, 28), 1.0, 0.5)])
    got = _adjusted(APPLE, actions)
    factor = 1 - 0.5 / 88.99
    assert got.close == pytest.approx([88.93 * factor, 88.99 * factor, 44.86, 44.50], rel=1e-15)
    assert got.volume.tolist() == [1_001] * 4


def test_a_dividend_on_the_day_of_a_split_is_per_new_share() -> None:
    """The holder of one old share at 88.99 has two new ones and gets the dividend twice."""
    split_and_dividend = Actions.of([(date(2005, 2, 28), 2.0, 0.5)])
    got = _adjusted(APPLE, split_and_dividend)
    assert got.close[1] == pytest.approx((88.99 - 2 * 0.5) / 2, rel=1e-15)
    two_rows = Actions.of([(date(2005, 2, 28), 1.0, 0.5), (date(2005, 2, 28), 2.0, 0.0)])
    assert _adjusted(APPLE, two_rows) == got


def test_splits_and_dividends_are_chosen_separately() -> None:
    actions = Actions.of([(date(2005, 2, 28), 2.0, 0.5)])
    assert _adjusted(APPLE, actions, dividends=False).close[0] == 88.93 / 2
    assert _adjusted(APPLE, actions, splits=False, dividends=False) is APPLE
    only_dividend = _adjusted(APPLE, actions, splits=False)
    assert only_dividend.close[1] == pytest.approx(88.99 - 2 * 0.5, rel=1e-15)
    assert only_dividend.volume.tolist() == [1_001] * 4


def test_actions_after_the_last_day_of_the_series_do_not_count() -> None:
    """C10: a series that ends before a split shows prices as they were known then."""
    assert _adjusted(APPLE, APPLE_SPLIT, as_of=date(2005, 2, 27)) is APPLE
    assert _adjusted(APPLE, APPLE_SPLIT, as_of=date(2005, 2, 28)).close[0] == 88.93 / 2


def test_where_there_is_nothing_to_adjust_the_same_object_comes_back() -> None:
    """B1: not even a multiplication by one touches the values."""
    assert _adjusted(APPLE, Actions.none()) is APPLE
    assert _adjusted(APPLE.take(slice(2, 4)), APPLE_SPLIT).close.tolist() == [44.86, 44.50]
    after = APPLE.take(slice(2, 4))
    assert apply(after, factors(APPLE_SPLIT, APPLE, splits=True, dividends=True), SESSIONS, DAY) is after
    nothing = Candles.empty()
    assert _adjusted(nothing, APPLE_SPLIT) is nothing


def test_intraday_bars_belong_to_their_session_and_early_bars_to_the_coming_one() -> None:
    """A bar before the open of an ex-date already trades at the new price; one after a close does not."""
    i = SESSIONS.index(date(2005, 2, 28))
    eve, ex = i - 1, i
    time = [
        SESSIONS.open[eve], SESSIONS.close[eve] - 300, SESSIONS.close[eve] + 3 * 3_600,
        SESSIONS.open[ex] - 5 * 3_600, SESSIONS.open[ex], SESSIONS.close[ex] - 300,
    ]  # fmt: skip
    flat = [50.0] * 6
    bars = Candles.of(time, flat, flat, flat, flat, [100] * 6)
    made = factors(APPLE_SPLIT, APPLE, splits=True, dividends=True)
    got = apply(bars, made, SESSIONS, Resolution.M5)
    assert got.close.tolist() == [25.0, 25.0, 25.0, 50.0, 50.0, 50.0]
    assert got.volume.tolist() == [200, 200, 200, 100, 100, 100]


def test_a_session_that_opens_the_day_before_belongs_to_its_own_date() -> None:
    futures = sessions_of("CMES")
    i = futures.index(date(2025, 1, 7))
    assert futures.open[i] < date_s(date(2025, 1, 7))
    bars = Candles.of([futures.open[i] - 7_200, futures.open[i]], *[[8.0, 8.0]] * 4, [1, 1])
    made = factors(Actions.of([(date(2025, 1, 7), 2.0, 0.0)]), bars, splits=True, dividends=False)
    assert apply(bars, made, futures, Resolution.M60).close.tolist() == [4.0, 8.0]


def date_s(day: date) -> int:
    return day_number(day) * DAY_S


def test_prices_that_their_source_split_adjusted_take_dividends_against_the_close_as_traded() -> None:
    """Apple paid 0.77 before its 4:1 split: 0.77 of 300 then, not 0.77 of 75."""
    actions = Actions.of([(date(2020, 2, 7), 1.0, 0.77), (date(2020, 8, 31), 4.0, 0.0)])
    traded = _daily((date(2020, 2, 6), 325.21), (date(2020, 2, 7), 320.03), (date(2020, 8, 31), 129.04))
    by_source = _adjusted(traded, actions, dividends=False)
    made = factors(actions, by_source, splits=True, dividends=True, split_adjusted=True)
    got = apply(by_source, made, SESSIONS, DAY)
    assert np.allclose(got.close, _adjusted(traded, actions).close, rtol=1e-14, atol=0)
    assert got.close[0] == pytest.approx(325.21 / 4 * (1 - 0.77 / 325.21), rel=1e-14)
    assert np.array_equal(got.volume, by_source.volume)


def test_a_bar_before_a_dividend_without_known_close_is_refused_not_guessed() -> None:
    actions = Actions.of([(date(2005, 2, 25), 1.0, 0.5)])
    late = APPLE.take(slice(1, 4))
    made = factors(actions, late, splits=True, dividends=True)
    assert apply(late, made, SESSIONS, DAY) is late
    with pytest.raises(ValueError, match="2005-02-25"):
        apply(APPLE, made, SESSIONS, DAY)


def test_a_dividend_older_than_the_series_does_no_harm_to_it() -> None:
    actions = Actions.of([(date(1990, 5, 1), 1.0, 0.1), (date(2005, 2, 28), 2.0, 0.0)])
    assert _adjusted(APPLE, actions).close[0] == 88.93 / 2


def test_an_impossible_action_does_not_count() -> None:
    """A dividend of at least the close before it, a split of nothing: errors of the source, not prices."""
    actions = Actions.of([(date(2005, 2, 25), 0.0, 0.0), (date(2005, 2, 28), 1.0, 88.99)])
    assert _adjusted(APPLE, actions) is APPLE
    assert _adjusted(APPLE, Actions.of([(date(2005, 2, 28), 1.0, -3.0)])) is APPLE


@pytest.mark.parametrize("resolution", [Resolution.WEEK, Resolution.MONTH])
def test_weeks_and_months_are_refused_because_an_ex_date_may_fall_inside(resolution: Resolution) -> None:
    made = factors(APPLE_SPLIT, APPLE, splits=True, dividends=False)
    with pytest.raises(ValueError, match="adjust daily candles"):
        apply(APPLE, made, SESSIONS, resolution)


def test_factors_cannot_be_changed_by_whoever_holds_them() -> None:
    made = factors(APPLE_SPLIT, APPLE, splits=True, dividends=False)
    assert isinstance(made, Factors)
    for column in (made.day, made.split, made.dividend):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 7
