"""The demo's daily prices: golden facts, splits and dividends, answers to strangers (api-7, cache-16)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import numpy as np
import pytest

from adapters.data.make_demo import SourceError, actions_of, read_source
from adapters.demo import DemoProvider
from adapters.errors import NotOfferedError, UnknownTickerError
from adapters.prices import Basis, Kind, PriceAnswer, PriceProvider, PriceRequest
from market.adjust import apply, factors
from market.calendars import sessions_for
from market.resolution import Resolution
from market.sessions import DAY_S, day_number
from market.validate import validate

if TYPE_CHECKING:
    from pathlib import Path

DEMO: PriceProvider = DemoProvider()
TICKERS = ("AAPL", "FB", "GOOG", "IBM", "MSFT")


def daily(ticker: str, start: date, end: date) -> PriceAnswer:
    return DEMO.candles(PriceRequest(ticker, Resolution.DAY, start, end))


def whole(ticker: str) -> PriceAnswer:
    return daily(ticker, date(1990, 1, 1), date(2030, 1, 1))


def actions(ticker: str) -> dict[date, tuple[float, float]]:
    held = whole(ticker).actions
    assert held is not None
    rows = zip(held.day.tolist(), held.split.tolist(), held.dividend.tolist(), strict=True)
    return {date.fromordinal(day + 719_163): (split, cash) for day, split, cash in rows}


@pytest.mark.parametrize(
    ("ticker", "day", "bar"),
    [
        ("AAPL", date(2013, 3, 1), (438.0, 438.1799, 429.98, 430.47, 19_730_300)),
        ("AAPL", date(2000, 3, 1), (118.56, 132.06, 118.5, 130.31, 9_616_100)),
        ("GOOG", date(2004, 8, 19), (100.01, 104.06, 95.96, 100.335, 44_659_000)),
        ("FB", date(2012, 5, 18), (42.05, 45.0, 38.0, 38.2318, 573_576_400)),
    ],
)
def test_bars_are_the_bundled_ones_to_the_last_digit(
    ticker: str, day: date, bar: tuple[float, float, float, float, int]
) -> None:
    """cache-14, B1, B12."""
    candles = daily(ticker, day, day).candles
    assert candles.time.tolist() == [day_number(day) * DAY_S]
    o, h, low, c, v = (getattr(candles, k)[0] for k in ("open", "high", "low", "close", "volume"))
    assert (o, h, low, c, v) == bar


@pytest.mark.parametrize("ticker", TICKERS)
def test_every_session_of_the_exchange_is_there_and_nothing_else(ticker: str) -> None:
    """B3, B4, B5, G2: the days are the calendar's, and the cache's own check passes them unchanged."""
    candles, sessions = whole(ticker).candles, sessions_for(ticker)
    days = candles.time // DAY_S
    held = (sessions.day >= days[0]) & (sessions.day <= days[-1])
    assert np.array_equal(days, sessions.day[held])
    now_s = int(DEMO.now().timestamp())
    checked = validate(candles, start_s=0, end_s=now_s, now_s=now_s)
    assert checked.candles is candles
    assert checked.dropped == ()


def test_the_days_without_trading_of_september_2001_and_of_sandy_are_missing() -> None:
    """G2."""
    assert len(daily("IBM", date(2001, 9, 11), date(2001, 9, 16)).candles) == 0
    assert len(daily("IBM", date(2012, 10, 29), date(2012, 10, 30)).candles) == 0


def test_splits_are_the_three_known_ones() -> None:
    """cache-16, G12."""
    splits = {(t, day): s for t in TICKERS for day, (s, _) in actions(t).items() if s != 1.0}
    assert splits == {
        ("AAPL", date(2000, 6, 21)): 2.0,
        ("AAPL", date(2005, 2, 28)): 2.0,
        ("MSFT", date(2003, 2, 18)): 2.0,
    }


def test_the_fall_of_september_2000_is_no_split() -> None:
    """AAPL lost 52 % in a night on bad news; adjusting must leave the fall in the chart."""
    fall = date(2000, 9, 29)
    assert fall not in actions("AAPL")
    answer = whole("AAPL")
    assert answer.actions is not None
    chain = factors(answer.actions, None, splits=True, dividends=False)
    close = apply(answer.candles, chain, sessions_for("AAPL"), Resolution.DAY)
    at = int(np.searchsorted(close.time, day_number(fall) * DAY_S))
    assert close.close[at] / close.close[at - 1] == pytest.approx(0.481, abs=0.001)


def test_split_adjusted_prices_do_not_jump_on_the_split_days() -> None:
    """cache-16: 101.25 before and 55.63 after 2:1 are a rise of ten per cent."""
    answer = daily("AAPL", date(2000, 6, 20), date(2000, 6, 21))
    assert answer.basis is Basis.RAW
    assert answer.candles.close.tolist() == [101.25, 55.63]
    assert answer.actions is not None
    chain = factors(answer.actions, None, splits=True, dividends=False, as_of=date(2000, 6, 21))
    assert apply(answer.candles, chain, sessions_for("AAPL"), Resolution.DAY).close.tolist() == [
        50.625,
        55.63,
    ]


def test_dividends_of_apple_are_none_until_2012_and_then_2_65() -> None:
    assert {day: cash for day, (_, cash) in actions("AAPL").items() if cash} == {
        date(2012, 8, 9): 2.65,
        date(2012, 11, 7): 2.65,
        date(2013, 2, 7): 2.65,
    }


def test_dividends_of_microsoft_begin_in_2003_and_include_the_special_one_of_2004() -> None:
    cash = {day: c for day, (_, c) in actions("MSFT").items() if c}
    assert min(cash) == date(2003, 2, 19)
    assert cash[date(2004, 11, 15)] == 3.08
    assert max(cash.values()) == 3.08


def test_dividends_of_ibm_come_four_times_a_year() -> None:
    years = [day.year for day in actions("IBM")]
    assert [years.count(year) for year in range(2001, 2013)] == [4] * 12
    assert actions("IBM")[date(2013, 2, 6)] == (1.0, 0.85)


@pytest.mark.parametrize("ticker", ["FB", "GOOG"])
def test_facebook_and_google_have_no_actions_but_say_so(ticker: str) -> None:
    held = whole(ticker).actions
    assert held is not None
    assert len(held) == 0


def test_the_present_is_the_close_of_the_last_session_in_the_data() -> None:
    """api-7, C13."""
    assert DEMO.now() == datetime(2013, 3, 1, 21, 0, tzinfo=UTC)


def test_it_names_itself_as_a_demo_with_simulated_intraday_bars() -> None:
    assert (DEMO.name, DEMO.kind, DEMO.correction_s) == ("demo", Kind.DEMO, 0)
    assert DEMO.label == "demo prices 2000–2013, intraday simulated"
    assert DEMO.changed_at("AAPL") == 0.0


@pytest.mark.parametrize("ticker", TICKERS)
def test_every_stored_resolution_is_offered_from_the_first_session_on(ticker: str) -> None:
    """G11, G16."""
    assert {r.value for r in DEMO.resolutions(ticker)} == {"1", "5", "15", "30", "60", "D"}
    first = {"FB": date(2012, 5, 18), "GOOG": date(2004, 8, 19)}.get(ticker, date(2000, 3, 1))
    assert {DEMO.first_session(ticker, r) for r in DEMO.resolutions(ticker)} == {first}


def test_strangers_are_told_what_the_demo_has() -> None:
    """cache-4, E4."""
    message = (
        "The demo has AAPL, FB, GOOG, IBM and MSFT. Others can be shown from your own files (FILES_DIR)."
    )
    request = PriceRequest("TSLA", Resolution.DAY, date(2010, 1, 1), date(2010, 2, 1))
    for ask in (
        lambda: DEMO.candles(request),
        lambda: DEMO.resolutions("TSLA"),
        lambda: DEMO.first_session("TSLA", Resolution.DAY),
        lambda: DEMO.changed_at("TSLA"),
    ):
        with pytest.raises(UnknownTickerError) as caught:
            ask()
        assert str(caught.value) == message
        assert caught.value.provider == "demo"


def test_weeks_and_months_are_not_offered() -> None:
    """cache-1: they are built from days."""
    for resolution in (Resolution.WEEK, Resolution.MONTH):
        with pytest.raises(NotOfferedError):
            DEMO.candles(PriceRequest("AAPL", resolution, date(2010, 1, 1), date(2010, 2, 1)))
        with pytest.raises(NotOfferedError):
            DEMO.first_session("AAPL", resolution)


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (date(1990, 1, 1), date(1999, 12, 31)),
        (date(2013, 3, 2), date(2026, 1, 1)),
        (date(2012, 12, 1), date(2012, 12, 2)),
    ],
)
@pytest.mark.parametrize("resolution", [Resolution.DAY, Resolution.M5])
def test_spans_without_trading_are_empty_answers(start: date, end: date, resolution: Resolution) -> None:
    """G1, G10, G11, C10."""
    assert len(DEMO.candles(PriceRequest("AAPL", resolution, start, end)).candles) == 0


DAYS = [date(2020, 1, d) for d in (2, 3, 6, 7)]


def test_the_maker_undoes_the_sources_adjustment_exactly() -> None:
    """A 3:1 split and a dividend of 0.07, adjusted the way the source does it, come out as they went in."""
    close, split, cash = [90.0, 31.0, 30.0, 29.0], [1.0, 3.0, 1.0, 1.0], [0.0, 0.0, 0.07, 0.0]
    adjusted = [
        c
        / np.prod(
            [s * (1 + d / x) for s, d, x in zip(split[i + 1 :], cash[i + 1 :], close[i + 1 :], strict=True)]
        )
        for i, c in enumerate(close)
    ]
    assert actions_of(DAYS, close, adjusted) == [(DAYS[1], 3.0, 0.0), (DAYS[2], 1.0, 0.07)]


@pytest.mark.parametrize("step", [1.5, 0.5, 1.00012])
def test_the_maker_stops_at_a_step_that_it_cannot_explain(step: float) -> None:
    close = [10.0, 10.0, 10.0, 10.0]
    with pytest.raises(SourceError, match="2020-01-06"):
        actions_of(DAYS, close, [10.0 / step, 10.0 / step, 10.0, 10.0])


def test_the_maker_refuses_another_version_of_the_source(tmp_path: Path) -> None:
    path = tmp_path / "stocks.csv.gz"
    path.write_bytes(b"something else")
    with pytest.raises(SourceError, match=r"stocks\.csv\.gz"):
        read_source(path)
