"""Which tickers count: shares on NYSE and Nasdaq by the bundled list; the reason where one does not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from adapters.extractors.vocabulary import vocabulary
from market.ticker import InvalidTickerError, parse_ticker

if TYPE_CHECKING:
    from adapters.extractors.claims import Reason
    from adapters.symbols import Symbol, SymbolIndex

EXCHANGES = frozenset({"Nasdaq", "NYSE"})
_FUND_NAME = re.compile(
    r"\b(?:ETF|ETN|ETP|Fund|Funds|SPDR|iShares|ProShares|Grayscale|Bitcoin|Ethereum)\b"
    r"|\bInvesco QQQ|\bSprott Physical",
    re.IGNORECASE,
)
_SHARE = re.compile(r"[A-Z]{1,5}(?:\.[A-Z])?\Z")
_ELSEWHERE = re.compile(r"[A-Z0-9]{1,6}\.[A-Z]{1,3}\Z|\d{3,6}\Z")


class Listing:
    """Judges tickers by the bundled list of US securities."""

    def __init__(self, symbols: SymbolIndex) -> None:
        self._symbols = symbols
        self._words = vocabulary()

    def judge(self, ticker: str) -> Symbol | Reason:
        """Return the US stock of a ticker in any spelling, or why it is none."""
        try:
            spelt = parse_ticker(ticker.strip().lstrip("$"))
        except InvalidTickerError:
            return "unknown"
        if spelt in self._words.funds:
            return "etf"
        if spelt.endswith("-USD") or spelt.casefold() in self._words.coins:
            return "crypto"
        symbol = self._symbols.name_of(spelt)
        if symbol is None or symbol.ticker != spelt:
            return "foreign" if _ELSEWHERE.match(spelt) else "unknown"
        return _judge_listed(symbol)


def _judge_listed(symbol: Symbol) -> Symbol | Reason:
    if _FUND_NAME.search(symbol.name) or symbol.exchange == "CBOE":
        return "etf"
    if symbol.exchange not in EXCHANGES:
        # What trades over the counter is mostly a foreign share without a US listing.
        return "foreign"
    return symbol if _SHARE.match(symbol.ticker) else "unknown"
