"""The bundled daily prices, read once into columns.

Promise: every number is the one in the file. Prices can also be had as whole ten-thousandths of a dollar, in
which they are exact, so that the intraday simulation can count instead of round.
"""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from market.actions import Actions
from market.candles import Candles
from market.sessions import DAY_S, day_number, day_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from market.candles import Floats, Ints

FOLDER = Path(__file__).parent / "data"
PRICES, ACTIONS = "demo_prices.csv.gz", "demo_actions.csv"

UNITS_PER_DOLLAR = 10_000
"""The file's prices have at most four decimals."""


@dataclass(frozen=True, slots=True)
class DemoStock:
    """Everything the demo knows about one stock.

    Attributes:
        ticker: as in the file.
        candles: daily bars as traded, ``time`` midnight UTC of the session's date.
        actions: all splits and dividends in the candles' span.
    """

    ticker: str
    candles: Candles
    actions: Actions

    @property
    def first_day(self) -> date:
        """Exchange date of the first session."""
        return day_of(int(self.candles.time[0]) // DAY_S)

    @property
    def last_day(self) -> date:
        """Exchange date of the last session."""
        return day_of(int(self.candles.time[-1]) // DAY_S)


def load(folder: Path = FOLDER) -> dict[str, DemoStock]:
    """Return the stocks of the bundled files by ticker, in alphabetical order."""
    prices: dict[str, list[list[str]]] = {}
    with gzip.open(folder / PRICES, "rt", encoding="utf-8", newline="") as file:
        for ticker, *row in _rows(csv.reader(file)):
            prices.setdefault(ticker, []).append(row)
    actions: dict[str, list[tuple[date, float, float]]] = {}
    with (folder / ACTIONS).open(encoding="utf-8", newline="") as file:
        for ticker, day, split, dividend in _rows(csv.reader(file)):
            actions.setdefault(ticker, []).append((date.fromisoformat(day), float(split), float(dividend)))
    return {
        ticker: DemoStock(ticker, _candles(rows), Actions.of(actions.get(ticker, ())))
        for ticker, rows in sorted(prices.items())
    }


def in_units(price: Floats) -> Ints:
    """Return prices as whole ten-thousandths of a dollar."""
    units: Ints = np.rint(price * UNITS_PER_DOLLAR).astype(np.int64)
    return units


def in_dollars(units: Ints) -> Floats:
    """Return ten-thousandths as dollars: the same doubles that parsing their decimals gives."""
    dollars: Floats = units / np.float64(UNITS_PER_DOLLAR)
    return dollars


def _rows(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    next(reader)
    return reader


def _candles(rows: list[list[str]]) -> Candles:
    days, open_, high, low, close, volume = zip(*rows, strict=True)
    return Candles.of(
        [day_number(date.fromisoformat(day)) * DAY_S for day in days],
        [float(price) for price in open_],
        [float(price) for price in high],
        [float(price) for price in low],
        [float(price) for price in close],
        [int(shares) for shares in volume],
    )
