"""Make the bundled demo prices from the public-domain table in the PyPI package bokeh_sampledata.

    pip download --no-deps bokeh_sampledata==2026.1
    python -m adapters.data.make_demo bokeh_sampledata-2026.1-py3-none-any.whl

The tables come out the same wherever this runs; the source is checked by its SHA-256. Splits and dividends
are derived from the source's adjusted close. What would not be right stops the script with a message instead
of being written.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import sys
import zipfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from market.calendars import sessions_for
from market.sessions import day_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SOURCE = "bokeh_sampledata/_data/stocks.csv.gz"
SOURCE_SHA256 = "5abadf99b2d394f920120a27de6f0df129859d71d4cfb0bf661bcc99446ab1fd"
PRICES, ACTIONS = "demo_prices.csv.gz", "demo_actions.csv"

STEP_NOISE = 1e-9
"""Rounding moves the source's factor by less than 1e-13 (measured), the smallest dividend by 1e-3."""
SMALLEST_SPLIT = 1.4
"""A factor step above this is a split; the largest dividend (MSFT, November 2004) is a step of 1.112."""
CENT_NOISE = 1e-6
"""How far a derived dividend may be from a whole cent, in dollars."""


class SourceError(ValueError):
    """The source is not what the script was written for; nothing is written."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the source; the prices keep their spelling."""

    ticker: str
    day: date
    prices: tuple[str, str, str, str]
    volume: str
    adjusted_close: float


def read_source(path: Path) -> list[Row]:
    """Return the source's rows, ordered by ticker and date.

    Raises:
        SourceError: when the table is not the one with the known SHA-256.
    """
    packed = zipfile.ZipFile(path).read(SOURCE) if path.suffix == ".whl" else path.read_bytes()
    if hashlib.sha256(packed).hexdigest() != SOURCE_SHA256:
        raise SourceError(f"{path.name}: not the {SOURCE} of version 2026.1")
    lines = csv.DictReader(io.StringIO(gzip.decompress(packed).decode()))
    rows = [
        Row(
            line["Ticker"],
            date.fromisoformat(line["Date"]),
            (line["Open"], line["High"], line["Low"], line["Close"]),
            line["Volume"],
            float(line["Adj Close"]),
        )
        for line in lines
    ]
    return sorted(rows, key=lambda row: (row.ticker, row.day))


def actions_of(
    days: Sequence[date], close: Sequence[float], adjusted: Sequence[float]
) -> list[tuple[date, float, float]]:
    """Return (ex-date, split, dividend in dollars) rows from how adjusted/close changes from day to day.

    The source divides everything before an ex-date by split × (1 + dividend / close), with the close of the
    ex-date, so that the step of the factor can be undone exactly.

    Raises:
        SourceError: when a step is neither a split by a whole number nor a dividend in whole cents.
    """
    traded = np.array(close, dtype=np.float64)
    factor = np.array(adjusted, dtype=np.float64) / traded
    step = factor[1:] / factor[:-1]
    rows = []
    for before in np.flatnonzero(np.abs(step - 1) > STEP_NOISE):
        change, ex = float(step[before]), int(before) + 1
        split = float(max(2, round(change))) if change > SMALLEST_SPLIT else 1.0
        exact = (change / split - 1) * float(traded[ex])
        dividend = round(exact, 2) + 0.0
        if abs(exact - dividend) > CENT_NOISE or dividend < 0:
            raise SourceError(f"{days[ex]}: {change} is neither a split nor a dividend in cents")
        rows.append((days[ex], split, dividend))
    return rows


def check(ticker: str, rows: Sequence[Row]) -> None:
    """Stop at a bar that cannot be, and at days that are not exactly the exchange's sessions.

    Raises:
        SourceError: naming the first day.
    """
    for row in rows:
        open_, high, low, close = map(float, row.prices)
        if not 0 < low <= min(open_, close) <= max(open_, close) <= high or not int(row.volume) > 0:
            raise SourceError(f"{ticker} {row.day}: {row.prices} with volume {row.volume} cannot be")
    sessions = sessions_for(ticker)
    expected = sessions.between(rows[0].day, rows[-1].day)
    differing = set(sessions.day[expected.start : expected.stop].tolist()) ^ {day_number(r.day) for r in rows}
    if differing or len(expected) != len(rows):
        raise SourceError(f"{ticker}: {len(differing)} days are missing or are no sessions")


def write(rows: Iterable[Row], actions: Iterable[tuple[str, date, float, float]], folder: Path) -> None:
    """Write both files into a folder, without a time stamp, so that the same input gives the same bytes."""
    text = io.StringIO()
    prices = csv.writer(text, lineterminator="\n")
    prices.writerow(["ticker", "date", "open", "high", "low", "close", "volume"])
    prices.writerows((r.ticker, r.day, *r.prices, r.volume) for r in rows)
    packed = gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0)
    (folder / PRICES).write_bytes(packed)
    with (folder / ACTIONS).open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["ticker", "ex_date", "split", "dividend"])
        table.writerows((t, day, f"{split:g}", f"{cash:.2f}") for t, day, split, cash in actions)


def main(source: Path, folder: Path) -> None:
    """Read, check, derive, write, and say what was made."""
    rows = read_source(source)
    actions: list[tuple[str, date, float, float]] = []
    for ticker in sorted({row.ticker for row in rows}):
        own = [row for row in rows if row.ticker == ticker]
        check(ticker, own)
        close, adjusted = [float(r.prices[3]) for r in own], [r.adjusted_close for r in own]
        derived = actions_of([r.day for r in own], close, adjusted)
        actions += [(ticker, *row) for row in derived]
        print(f"{ticker}: {len(own)} sessions from {own[0].day} to {own[-1].day}, {len(derived)} actions")
    write(rows, actions, folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(__file__).parent)
