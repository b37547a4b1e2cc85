"""What the name of a price file says: whose prices, at which resolution, in which format.

The convention, in any case: the ticker, then if you like a separator (``.``, ``_``, ``-`` or a space) and the
resolution, then ``.csv``, ``.tsv``, ``.txt`` or ``.parquet`` (``.pq``), and ``.gz`` after a text format.

    AAPL.csv   AAPL.D.csv   AAPL_5.csv   aapl-1min.parquet   BRK.B.csv   BTC-USD_60.csv.gz

Resolutions are 1, 5, 15, 30, 60 (or ``5m``, ``5min``, ``1h`` …) and D (``daily``, ``1d``). A name that is no
ticker is fine for a file with a column of symbols. Never raises.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from market.resolution import Resolution
from market.ticker import InvalidTickerError, parse_ticker


class Format(StrEnum):
    """How a file is written."""

    TEXT = "text"
    PARQUET = "parquet"


@dataclass(frozen=True, slots=True)
class FileName:
    """A price file by its name.

    Attributes:
        name: the base name, as it is shown to people.
        format: text or Parquet.
        packed: whether it is gzipped.
        ticker: canonical spelling, None when the name is no ticker.
        resolution: None when the name says none.
    """

    name: str
    format: Format
    packed: bool
    ticker: str | None
    resolution: Resolution | None


_ENDINGS = {
    ".csv": Format.TEXT,
    ".tsv": Format.TEXT,
    ".txt": Format.TEXT,
    ".parquet": Format.PARQUET,
    ".pq": Format.PARQUET,
}
_ENDING = re.compile(r"(?P<stem>.+?)(?P<ending>\.(?:csv|tsv|txt|parquet|pq))(?P<gz>\.gz)?\Z", re.IGNORECASE)
_SUFFIX = re.compile(
    r"(?P<ticker>.+?)[ ._-]"
    r"(?:(?P<number>[1-9]\d?)[ _]?(?P<unit>m|mins?|minutes?|h|hours?)?|(?P<word>d|1d|day|daily|hourly))\Z",
    re.IGNORECASE,
)
_MINUTES = {r.minutes: r for r in Resolution if r.is_intraday}


def parse_name(name: str) -> FileName | None:
    """Return what a base name says, None when it is not the name of a price file."""
    found = _ENDING.match(name)
    if found is None or name.startswith((".", "~")):
        return None
    form, packed = _ENDINGS[found["ending"].lower()], found["gz"] is not None
    if packed and form is Format.PARQUET:
        return None
    stem, resolution = _resolution(found["stem"])
    try:
        ticker = parse_ticker(stem)
    except InvalidTickerError:
        ticker = None
    return FileName(name, form, packed, ticker, resolution)


def _resolution(stem: str) -> tuple[str, Resolution | None]:
    """Return the stem without its resolution, and the resolution."""
    found = _SUFFIX.match(stem)
    if found is None:
        return stem, None
    if found["word"]:
        word = found["word"].lower()
        return found["ticker"], Resolution.M60 if word == "hourly" else Resolution.DAY
    hours = (found["unit"] or "").lower().startswith("h")
    resolution = _MINUTES.get(int(found["number"]) * (60 if hours else 1))
    return (found["ticker"], resolution) if resolution else (stem, None)
