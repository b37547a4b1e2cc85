"""Which column of a price table is which: by the names in its header, or by the usual order without one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.errors import BadPayloadError

if TYPE_CHECKING:
    from collections.abc import Sequence

PRICES = ("open", "high", "low", "close")
EXAMPLE = "Date,Open,High,Low,Close,Volume"

_NAMES = {
    "time": (
        "datetime", "date", "timestamp", "time", "day", "t", "unix", "unixtime", "unixtimestamp", "epoch",
        "gmttime", "localtime", "opentime", "starttime", "tradedate", "begin", "start",
    ),
    "open": ("open", "o", "openprice", "opening"),
    "high": ("high", "h", "highprice", "max"),
    "low": ("low", "l", "lowprice", "min"),
    "close": ("close", "c", "closelast", "closeprice", "closing", "last", "price"),
    "volume": ("volume", "v", "vol", "tradevolume", "totalvolume"),
    "symbol": ("symbol", "ticker", "sym", "instrument", "name"),
    "dividend": ("dividend", "dividends", "divcash", "dividendamount", "dividendcash"),
    "split": ("split", "splits", "stocksplits", "splitfactor", "splitcoefficient", "splitratio"),
}  # fmt: skip
"""What a column may be called, the best name first, without case, signs and leading numbers."""

_DATE = re.compile(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{8,19}\Z")
_CLOCK = re.compile(r"\d{1,2}:\d{2}|\d{4}(?:\d{2})?\Z")
_NUMBER = re.compile(r"[-+]?[\d.,']+\Z")
_YFINANCE = ["Price", "Ticker", "Date"]
"""How yfinance's three header lines begin."""
_HEADER_WITHIN = 10
"""A header may follow a few lines of remarks."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns are.

    Attributes:
        positions: column number by meaning: time, open, high, low, close; and where present clock (the
            time of day beside a date), volume, symbol, dividend, split.
        width: how many columns there are.
        first: how many lines come before the first row.
        yahoo: dividends and splits as yfinance saves prices that are adjusted already.
    """

    positions: dict[str, int]
    width: int
    first: int
    yahoo: bool = False


def by_names(header: Sequence[str]) -> dict[str, int] | None:
    """Return the positions that a header names, None when it lacks the time or one of the prices."""
    plain = [_plain(cell) for cell in header]
    positions = {}
    for meaning, names in _NAMES.items():
        at = next((plain.index(name) for name in names if name in plain), None)
        if at is not None:
            positions[meaning] = at
    if "volume" not in positions:
        at = next((i for i, name in enumerate(plain) if name.startswith("volume")), None)
        if at is not None:
            positions["volume"] = at
    if "time" not in positions and plain and plain[0] in ("", "index", "unnamed"):
        positions["time"] = 0
    if (
        "time" in plain
        and positions.get("time") != plain.index("time")
        and plain[positions["time"]] == "date"
    ):
        positions["clock"] = plain.index("time")
    needed = {"time", *PRICES} <= positions.keys()
    return positions if needed and len(set(positions.values())) == len(positions) else None


def layout_of(name: str, lines: Sequence[Sequence[str]]) -> Layout:
    """Return the layout of a text file from its first lines, each cut into cells.

    Raises:
        BadPayloadError: saying what was found and what is expected.
    """
    if [line[0] for line in lines[:3] if line] == _YFINANCE and len(set(lines[1][1:])) == 1:
        lines = [["Date", *lines[0][1:]], *lines[1:]]
        positions = by_names(lines[0])
        if positions:
            return Layout(positions, len(lines[0]), 3)
    for at, cells in enumerate(lines[:_HEADER_WITHIN]):
        positions = by_names(cells)
        if positions is not None:
            return Layout(positions, len(cells), at + 1, is_yahoo(cells))
        positions = _by_order(cells)
        # Below a header that says something else, the usual order would be a guess.
        if positions is not None and all(len(line) <= len(PRICES) for line in lines[:at]):
            return Layout(positions, len(cells), at)
    raise unrecognised(name, lines[0] if lines else [])


def is_yahoo(header: Sequence[str]) -> bool:
    """Tell whether there are "Stock Splits" but no "Adj Close": then prices are adjusted for everything."""
    plain = [_plain(cell) for cell in header]
    return "stocksplits" in plain and "adjclose" not in plain


def unrecognised(name: str, header: Sequence[str]) -> BadPayloadError:
    """Return the error for a table whose columns cannot be told."""
    found = ", ".join(cell.strip()[:20] or "(nothing)" for cell in header[:10]) or "nothing"
    return BadPayloadError(
        f"{name} begins with: {found}. Expected are columns like these: {EXAMPLE}", provider="files"
    )


def _by_order(cells: Sequence[str]) -> dict[str, int] | None:
    """Return the usual positions when a line is a row already: time (and time of day), then the prices."""
    texts = [cell.strip() for cell in cells]
    if len(texts) < 1 + len(PRICES) or not _DATE.match(texts[0]):
        return None
    clock = len(texts) > 1 + len(PRICES) and bool(_CLOCK.match(texts[1])) and "." not in texts[1]
    # An eight-digit date may be followed by a price like 1520; a time of day has two more columns after it.
    clock = clock and (":" in texts[1] or len(texts) > 2 + len(PRICES))
    start = 2 if clock else 1
    numbers = texts[start : start + 5]
    if len(numbers) < len(PRICES) or not all(_NUMBER.match(number) for number in numbers):
        return None
    positions = {"time": 0, **{price: start + i for i, price in enumerate(PRICES)}}
    if clock:
        positions["clock"] = 1
    if len(numbers) > len(PRICES):
        positions["volume"] = start + len(PRICES)
    return positions


def _plain(cell: str) -> str:
    text = re.sub(r"^\s*\d+[a-z]?\.\s*", "", cell.strip().lower())
    return re.sub(r"[^a-z]", "", text)
