"""Tickers: one spelling for each, and the market that a suffix names."""

from __future__ import annotations

import re

MAX_LENGTH = 20
_GRAMMAR = re.compile(r"[A-Z0-9^][A-Z0-9.\-=^]*\Z")
_SHARE_CLASS = re.compile(r"([A-Z]{1,5})-([A-Z])\Z")


class InvalidTickerError(ValueError):
    """The text cannot be a ticker; the message says what a ticker looks like."""


def parse_ticker(text: str) -> str:
    """Return the one spelling of a ticker: trimmed, upper case, share classes with a dot.

    "brk-b", " BRK.B " and "BRK-B" are one instrument and become "BRK.B"; "btc-usd" stays "BTC-USD".

    Raises:
        InvalidTickerError: when the text is empty, longer than 20 characters, or holds anything
            but letters, digits and ``. - = ^``. The message never repeats the text.
    """
    trimmed = text.strip()
    ticker = trimmed.upper()
    if not ticker:
        msg = "Type a ticker, for example AAPL or BRK.B."
        raise InvalidTickerError(msg)
    # Upper-casing turns some letters of other scripts into ASCII ones, so the text is looked at before it.
    if len(ticker) > MAX_LENGTH or not trimmed.isascii() or not _GRAMMAR.match(ticker):
        msg = f"A ticker has at most {MAX_LENGTH} letters, digits, dots or dashes, for example AAPL or BRK.B."
        raise InvalidTickerError(msg)
    return _SHARE_CLASS.sub(r"\1.\2", ticker)
