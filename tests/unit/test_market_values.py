"""Candles, actions, resolutions and tickers: the small values that everything is made of."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from market.actions import Actions
from market.candles import COLUMNS, Candles
from market.resolution import FINEST_FIRST, Resolution
from market.ticker import InvalidTickerError, parse_ticker


def _three() -> Candles:
    return Candles.of([10, 20, 30], [1, 2, 3], [2, 3, 4], [0.5, 1.5, 2.5], [1.5, 2.5, 3.5], [7, 0, 2**40])


def test_candles_cannot_be_changed_by_whoever_gets_them() -> None:
    candles = _three()
    for name in COLUMNS:
        with pytest.raises(ValueError, match="read-only"):
            getattr(candles, name)[0] = 9


def test_candles_copy_what_they_are_made_of() -> None:
    prices = np.array([1.0, 2.0, 3.0])
    candles = Candles.of([10, 20, 30], prices, prices, prices, prices, [0, 0, 0])
    prices[0] = 99.0
    assert candles.open[0] == 1.0


def test_columns_of_another_length_or_type_are_refused_by_name() -> None:
    c = _three()
    with pytest.raises(ValueError, match=r"high must be float64\[3\], got float64\[2\]"):
        Candles(c.time, c.open, c.high[:2], c.low, c.close, c.volume)
    with pytest.raises(ValueError, match=r"volume must be int64\[3\], got float64\[3\]"):
        Candles(c.time, c.open, c.high, c.low, c.close, c.open)  # type: ignore[arg-type]


def test_candles_are_equal_bit_for_bit_and_only_then() -> None:
    """B1: 0.1 + 0.2 is not 0.3, and a NaN equals the same NaN."""
    a, b = [Candles.of([1], [x], [1], [1], [1], [1]) for x in (0.1 + 0.2, 0.3)]
    assert a != b
    assert a == a.take(slice(None))
    nan = Candles.of([1], [np.nan], [1], [1], [1], [1])
    assert nan == Candles.of([1], [np.nan], [1], [1], [1], [1])
    assert nan != "candles"


def test_between_takes_the_start_and_leaves_the_end() -> None:
    candles = _three()
    assert candles.between(10, 30).time.tolist() == [10, 20]
    assert candles.between(11, 31).time.tolist() == [20, 30]
    assert len(candles.between(31, 99)) == 0


def test_take_accepts_slices_masks_and_positions() -> None:
    candles = _three()
    assert candles.take(slice(1, 3)) == candles.take(candles.time > 10) == candles.take(np.array([1, 2]))


def test_parts_join_in_order_and_a_lone_part_is_not_copied() -> None:
    candles = _three()
    assert Candles.concat([candles.take(slice(0, 1)), Candles.empty(), candles.take(slice(1, 3))]) == candles
    assert Candles.concat([Candles.empty(), candles]) is candles
    assert len(Candles.concat([])) == 0


def test_nbytes_counts_six_columns_of_eight_bytes() -> None:
    assert _three().nbytes == 3 * 6 * 8


def test_actions_are_sorted_by_day_and_cannot_be_changed() -> None:
    actions = Actions.of([(date(2005, 2, 28), 2.0, 0.0), (date(1970, 1, 2), 1.0, 0.5)])
    assert actions.day.tolist() == [1, (date(2005, 2, 28) - date(1970, 1, 1)).days]
    assert actions.split.tolist() == [1.0, 2.0]
    assert actions.dividend.tolist() == [0.5, 0.0]
    with pytest.raises(ValueError, match="read-only"):
        actions.split[0] = 2.0


def test_actions_compare_by_value() -> None:
    row = (date(2005, 2, 28), 2.0, 0.0)
    assert Actions.of([row]) == Actions.of([row])
    assert Actions.of([row]) != Actions.none()
    assert len(Actions.none()) == 0
    assert Actions.none() != "none"


def test_resolutions_are_the_names_of_keys_and_routes_fine_to_coarse() -> None:
    """A2."""
    assert [r.value for r in FINEST_FIRST] == ["1", "5", "15", "30", "60", "D", "W", "M"]
    assert [r.minutes for r in FINEST_FIRST if r.is_intraday] == [1, 5, 15, 30, 60]


@pytest.mark.parametrize("resolution", [Resolution.DAY, Resolution.WEEK, Resolution.MONTH])
def test_days_weeks_and_months_have_no_length_in_minutes(resolution: Resolution) -> None:
    assert not resolution.is_intraday
    with pytest.raises(ValueError, match=f"{resolution.value} has no length"):
        _ = resolution.minutes


def test_every_resolution_can_be_said_in_words() -> None:
    """level-1."""
    words = [r.words for r in Resolution]
    assert words[0] == "1 bar = 1 minute"
    assert words[-2:] == ["1 bar = 1 week", "1 bar = 1 month"]
    assert len(set(words)) == len(Resolution)


@pytest.mark.parametrize(
    ("text", "ticker"),
    [
        ("aapl", "AAPL"), (" AAPL ", "AAPL"), ("\tBRK.B\n", "BRK.B"), ("brk-b", "BRK.B"), ("BRK-B", "BRK.B"),
        ("F", "F"), ("GOOGL", "GOOGL"), ("btc-usd", "BTC-USD"), ("EURUSD=X", "EURUSD=X"), ("es=f", "ES=F"),
        ("^gspc", "^GSPC"), ("0700.hk", "0700.HK"), ("vod.l", "VOD.L"), ("AAPL\u00a0", "AAPL"),
        ("A" * 20, "A" * 20),
    ],
)  # fmt: skip
def test_a_ticker_has_one_spelling(text: str, ticker: str) -> None:
    """A3, A7, A8, G4–G7."""
    assert parse_ticker(text) == ticker
    assert parse_ticker(ticker) == ticker


@pytest.mark.parametrize(
    "text",
    ["", "  ", "A" * 21, "AA PL", "AAPL#tiingo", "../etc/passwd", "AAPL/MSFT", "<script>", "-A", ".A", "=X",
     "AAPL\x00", "ÄPPL", "straße", "\u017fpy", "a\u0131g"],
)  # fmt: skip
def test_what_cannot_be_a_ticker_is_refused_with_an_example_and_never_repeated(text: str) -> None:
    """api-3, S2: letters that only upper-casing makes ASCII are no letters of a ticker."""
    with pytest.raises(InvalidTickerError, match=r"for example AAPL or BRK\.B") as raised:
        parse_ticker(text)
    assert not text.strip() or text not in str(raised.value)
