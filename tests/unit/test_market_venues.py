"""Where a ticker trades and in which currency."""

from __future__ import annotations

import pytest

from market.calendars import SUFFIX_CALENDARS
from market.venues import Venue, venue_of


@pytest.mark.parametrize(
    ("ticker", "currency"),
    [
        ("AAPL", "USD"), ("BRK.B", "USD"), ("JPM-PC", "USD"), ("ES=F", "USD"),
        ("VOD.L", "GBP"), ("SAP.DE", "EUR"), ("AIR.PA", "EUR"), ("NESN.SW", "CHF"), ("VOLV-B.ST", "SEK"),
        ("7203.T", "JPY"), ("RY.TO", "CAD"), ("BHP.AX", "AUD"), ("0700.HK", "HKD"), ("600519.SS", "CNY"),
        ("005930.KS", "KRW"), ("RELIANCE.NS", "INR"), ("PETR4.SA", "BRL"), ("NPN.JO", "ZAR"),
        ("BTC-USD", "USD"), ("ETH-EUR", "EUR"), ("EURUSD=X", "USD"), ("USDJPY=X", "JPY"), ("JPY=X", "JPY"),
    ],
)  # fmt: skip
def test_the_spelling_tells_the_currency(ticker: str, currency: str) -> None:
    assert venue_of(ticker).currency == currency


@pytest.mark.parametrize("ticker", ["^GSPC", "^FTSE", "ABC.QQ", "EURUSDX=X", "=X"])
def test_what_the_spelling_does_not_tell_is_not_guessed(ticker: str) -> None:
    assert venue_of(ticker) == Venue("", "")


@pytest.mark.parametrize("suffix", SUFFIX_CALENDARS)
def test_every_market_with_a_calendar_has_a_name_and_a_currency(suffix: str) -> None:
    """Who adds a suffix to the calendars is reminded here."""
    venue = venue_of(f"ABC.{suffix}")
    assert venue.exchange
    assert (len(venue.currency), venue.currency.isupper()) == (3, True)


@pytest.mark.parametrize(
    ("ticker", "exchange"), [("VOD.L", "LSE"), ("RY.TO", "TSX"), ("AAPL", ""), ("BRK.B", "")]
)
def test_a_suffix_names_its_exchange_and_a_us_ticker_none(ticker: str, exchange: str) -> None:
    assert venue_of(ticker).exchange == exchange
