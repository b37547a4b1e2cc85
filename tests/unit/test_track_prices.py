"""Prices of mentions and of now, through a real cache on the demo (record-6)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from adapters.demo import DemoProvider
from adapters.errors import UnavailableError
from adapters.prices import PriceRequest
from cache.errors import PricesUnavailableError, TickerNotFoundError
from cache.query import Adjust, CandleQuery
from market.resolution import Resolution
from tests.kit.house import TestHouse, house
from tests.kit.providers import ScriptedProvider
from track_record.entry import NoEntry
from track_record.prices import Prices

DEADLINE_S = 10.0


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> TestHouse:
    return house(tmp_path_factory.mktemp("prices"), [DemoProvider()])


def candles(demo: TestHouse, resolution: Resolution, day: str) -> np.ndarray:
    """Return opens and closes of a session, float[n, 2]."""
    on = date.fromisoformat(day)
    found = demo.cache.get(CandleQuery("AAPL", resolution, on, on)).candles
    return np.column_stack([found.open, found.close])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_record_6_the_current_price_is_the_caches_latest_bar(demo: TestHouse) -> None:
    quote = Prices(demo.cache).newest("AAPL", DEADLINE_S)
    assert quote is not None
    assert float(quote.price) == candles(demo, Resolution.DAY, "2013-03-01")[-1, 1]
    assert quote.updated_at.timestamp() == pytest.approx(demo.clock(), abs=0.001)


@pytest.mark.parametrize(
    ("published", "session"),
    [
        pytest.param("2012-06-28T21:00", "2012-06-29", id="after the close"),
        pytest.param("2012-06-29T11:00", "2012-06-29", id="before the open"),
        pytest.param("2012-06-30T12:00", "2012-07-02", id="on a Saturday"),
        pytest.param("2012-07-03T18:30", "2012-07-05", id="after a half-day, before a holiday"),
        pytest.param("2012-06-29T13:30", None, id="in the second of the open: the next bar"),
    ],
)
def test_record_6_a_mention_has_the_first_price_after_it(
    demo: TestHouse, published: str, session: str | None
) -> None:
    price = Prices(demo.cache).first_tradable("AAPL", at(published), DEADLINE_S)
    expected = (
        candles(demo, Resolution.DAY, session)[0, 0]
        if session
        else candles(demo, Resolution.M5, "2012-06-29")[1, 0]
    )
    assert price == Decimal(repr(float(expected)))


def test_record_6_in_mid_session_it_is_the_next_bars_open(demo: TestHouse) -> None:
    price = Prices(demo.cache).first_tradable("AAPL", at("2012-06-29T15:02:30"), DEADLINE_S)
    bars = candles(demo, Resolution.M5, "2012-06-29")
    assert price == Decimal(repr(float(bars[19, 0])))  # 13:30 + 19 × 5 minutes = 15:05
    assert price != Decimal(repr(float(bars[18, 0])))


def test_record_6_it_is_on_the_basis_of_today(demo: TestHouse) -> None:
    """Apple split two for one in February 2005."""
    price = Prices(demo.cache).first_tradable("AAPL", at("2004-06-01T21:00"), DEADLINE_S)
    on = date(2004, 6, 2)
    raw = demo.cache.get(CandleQuery("AAPL", Resolution.DAY, on, on, Adjust.RAW)).candles.open[0]
    assert isinstance(price, Decimal)
    assert float(price) == pytest.approx(float(raw) / 2)


@pytest.mark.parametrize(
    ("ticker", "published", "why"),
    [
        ("AAPL", "2013-03-02T12:00", NoEntry.PENDING),
        ("AAPL", "2025-06-02T12:00", NoEntry.PENDING),
        ("FB", "2011-06-02T12:00", NoEntry.NOT_LISTED),
    ],
)
def test_where_there_is_no_price_it_is_said_why(
    demo: TestHouse, ticker: str, published: str, why: NoEntry
) -> None:
    assert Prices(demo.cache).first_tradable(ticker, at(published), DEADLINE_S) is why


def test_a_ticker_that_nobody_has_is_an_error(demo: TestHouse) -> None:
    with pytest.raises(TickerNotFoundError):
        Prices(demo.cache).newest("ZZZQ", DEADLINE_S)


def test_record_6_a_later_session_never_stands_in_for_one_that_could_not_be_had(tmp_path: Path) -> None:
    """The call belongs to 31 December; of the new year all is held, of the old one nothing can be had."""

    def fails_for_2012(request: PriceRequest) -> None:
        if request.start.year == 2012:
            raise UnavailableError("Scripted is down.", provider="scripted")

    source = ScriptedProvider(at("2013-03-01T21:00"))
    parts = house(tmp_path, [source])
    parts.cache.get(CandleQuery("AAPL", Resolution.DAY, date(2013, 1, 2), date(2013, 1, 31)))
    source.before = fails_for_2012
    with pytest.raises(PricesUnavailableError):
        Prices(parts.cache).first_tradable("AAPL", at("2012-12-30T12:00"), DEADLINE_S)
    source.before = lambda _: None
    price = Prices(parts.cache).first_tradable("AAPL", at("2012-12-30T12:00"), DEADLINE_S)
    assert isinstance(price, Decimal)
