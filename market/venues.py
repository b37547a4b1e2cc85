"""Where a ticker trades and in which currency, as far as its spelling tells; pure.

The suffix names the market ("VOD.L" is London's), a pair names its quote currency ("BTC-USD", "EURUSD=X").
Promise: any text gives a venue, and what is not known is "" and never guessed. Two limits: London,
Johannesburg and Tel Aviv quote many shares in hundredths of their currency, and a market may list single
securities in another one; neither can be seen from a ticker.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from market.calendars import US_CALENDAR, calendar_name

US_CURRENCY = "USD"


@dataclass(frozen=True, slots=True)
class Venue:
    """A market as people name it, and the ISO 4217 code of what it trades in; "" where unknown."""

    exchange: str = ""
    currency: str = ""


_SUFFIXES = {
    "L": Venue("LSE", "GBP"),
    "DE": Venue("Xetra", "EUR"),
    "F": Venue("Frankfurt", "EUR"),
    "PA": Venue("Euronext Paris", "EUR"),
    "AS": Venue("Euronext Amsterdam", "EUR"),
    "BR": Venue("Euronext Brussels", "EUR"),
    "MI": Venue("Borsa Italiana", "EUR"),
    "MC": Venue("BME", "EUR"),
    "LS": Venue("Euronext Lisbon", "EUR"),
    "SW": Venue("SIX", "CHF"),
    "ST": Venue("Nasdaq Stockholm", "SEK"),
    "OL": Venue("Oslo Børs", "NOK"),
    "CO": Venue("Nasdaq Copenhagen", "DKK"),
    "HE": Venue("Nasdaq Helsinki", "EUR"),
    "VI": Venue("Wiener Börse", "EUR"),
    "TO": Venue("TSX", "CAD"),
    "AX": Venue("ASX", "AUD"),
    "NZ": Venue("NZX", "NZD"),
    "T": Venue("Tokyo", "JPY"),
    "HK": Venue("HKEX", "HKD"),
    "SS": Venue("Shanghai", "CNY"),
    "SZ": Venue("Shenzhen", "CNY"),
    "KS": Venue("KRX", "KRW"),
    "TW": Venue("TWSE", "TWD"),
    "SI": Venue("SGX", "SGD"),
    "NS": Venue("NSE", "INR"),
    "BO": Venue("BSE", "INR"),
    "SA": Venue("B3", "BRL"),
    "MX": Venue("BMV", "MXN"),
    "JO": Venue("JSE", "ZAR"),
    "TA": Venue("TASE", "ILS"),
}
"""By the suffixes that ``market.calendars`` knows a market for."""

_CODES = frozenset({venue.currency for venue in _SUFFIXES.values()} | {US_CURRENCY})
_CRYPTO = re.compile(r"[A-Z0-9]+-([A-Z]{3})\Z")
_FOREX = re.compile(r"(?:[A-Z]{3})?([A-Z]{3})=X\Z")


def venue_of(ticker: str) -> Venue:
    """Return where a canonical ticker trades.

    An index ("^GSPC") counts points and has no currency. For US tickers the spelling tells the currency, but
    not which of the exchanges it is.
    """
    if ticker.startswith("^"):
        return Venue()
    if pair := _FOREX.match(ticker):
        return Venue(currency=pair[1])
    if (pair := _CRYPTO.match(ticker)) and pair[1] in _CODES:
        return Venue(currency=pair[1])
    if calendar_name(ticker) in {US_CALENDAR, "CMES"}:
        return Venue(currency=US_CURRENCY)
    stem, _, suffix = ticker.rpartition(".")
    return _SUFFIXES.get(suffix, Venue()) if stem else Venue()
