"""What a file's time column says, as UTC seconds and exchange dates.

Understood: ISO dates and times, year first with slashes, month/day/year and day/month/year, day.month.year,
names of months, 20200102 and 202001020930, seconds to nanoseconds of the epoch, a time of day in a column
of its own, and whatever Parquet holds as a date or an instant. Times without a zone are the exchange's own
clock, daylight saving minded; those with a zone are honoured. What cannot be read is marked, never guessed.
In 03/04/2020 the month is first, unless another row has a number above 12 there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from market.sessions import DAY_S

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from market.candles import Ints

    Bools = NDArray[np.bool_]
    Column = pd.Series[Any]

_ZONED = r"(?:T\d{2}|:\d{2})(?:[.,]\d+)?\s*(?:Z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)$"
_DAY_OR_MONTH = r"^(\d{1,2})([./-])(\d{1,2})[./-](\d{4}|\d{2})(.*)$"
_ISO = r"\d{4}-\d{2}-\d{2}"
_READABLE = r"^\d{4}-\d{1,2}-\d{1,2}|[A-Za-z]{3}"
_DAYFIRST_ABOVE = 12
_CENTURY_TURN = 70
_DIGITS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_FIRST_YEARS = ("19", "20")
_EPOCH_UNITS = ((10**11, 10**3), (10**14, 10**6), (10**17, 10**9))
"""From which number on an epoch counts milli-, micro- or nanoseconds, and how many of them make a second."""


@dataclass(frozen=True, slots=True)
class Stamps:
    """The times of n rows.

    Attributes:
        second: int64[n], UTC seconds; anything where ``ok`` is False.
        day: int64[n], the exchange date as days since 1970-01-01; of a midnight UTC, that date.
        ok: bool[n], whether the row's time could be read.
        notes: sentences about how the column was read.
    """

    second: Ints
    day: Ints
    ok: Bools
    notes: tuple[str, ...] = ()


def stamps_of(time: Column, clock: Column | None, timezone: str) -> Stamps:
    """Read a time column (and the time of day beside it).

    Args:
        time: as read from the file: text, numbers, dates or instants.
        clock: text or numbers like 09:30, 930 or 093000; None where there is none.
        timezone: the exchange's, for times without a zone.
    """
    if clock is None:
        time = _if_all_iso(time)
    if isinstance(time.dtype, pd.DatetimeTZDtype):
        return _stamps(pd.DatetimeIndex(time).tz_convert("UTC"), np.ones(len(time), np.bool_), timezone)
    if pd.api.types.is_datetime64_any_dtype(time):
        return _localised(pd.DatetimeIndex(time), timezone)
    text = _texts(time)
    if clock is not None:
        text = text + " " + _clock_texts(clock)
    return _from_text(text, timezone)


def _if_all_iso(time: Column) -> Column:
    """Return instants when the whole column is plain ISO: ten times faster than a look at each cell."""
    if not pd.api.types.is_string_dtype(time) or not re.match(_ISO, str(time.iloc[0]) if len(time) else ""):
        return time
    try:
        return pd.to_datetime(time, format="ISO8601")
    except (ValueError, TypeError):
        return time


def _texts(column: Column) -> Column:
    """Return a column as trimmed text; whole numbers without a decimal point."""
    if pd.api.types.is_float_dtype(column) and (column.dropna() % 1 == 0).all():
        column = column.astype("Int64")
    return column.astype("string").str.strip().fillna("").astype(object)


def _clock_texts(clock: Column) -> Column:
    """Return times of day as HH:MM:SS."""
    text = _texts(clock)
    digits = text.str.fullmatch(r"\d{1,6}")
    width = 6 if (text[digits].str.len() > 4).any() else 4  # noqa: PLR2004 - HHMM or HHMMSS
    padded = text[digits].str.zfill(width)
    seconds = padded.str[4:6] if width > 4 else "00"  # noqa: PLR2004 - as above
    text[digits] = padded.str[:2] + ":" + padded.str[2:4] + ":" + seconds
    return text


def _from_text(text: Column, timezone: str) -> Stamps:
    digits = text.str.fullmatch(r"\d{8,19}").to_numpy(np.bool_)
    if digits.any():
        numbers = _from_digits(text.where(digits, ""), timezone)
        if digits.all():
            return numbers
        return _merged(digits, numbers, _from_words(text.where(~digits, ""), timezone))
    return _from_words(text, timezone)


def _from_digits(text: Column, timezone: str) -> Stamps:
    """Read 20200102, 202001020930 and epochs."""
    length = text.str.len()
    written = length.isin(list(_DIGITS)) & text.str[:2].isin(_FIRST_YEARS)
    naive = pd.DatetimeIndex(np.full(len(text), np.datetime64("NaT", "ns")))
    for size, form in _DIGITS.items():
        chosen = (written & (length == size)).to_numpy(np.bool_)
        if chosen.any():
            read = pd.to_datetime(text.where(chosen), format=form, errors="coerce")
            naive = pd.DatetimeIndex(np.where(chosen, read.to_numpy("datetime64[ns]"), naive.to_numpy()))
    dates = _localised(naive, timezone)
    number = pd.to_numeric(text.where(~written & (length > 0)), errors="coerce").fillna(-1).astype(np.int64)
    values = number.to_numpy()
    second = values.copy()
    for lowest, unit in _EPOCH_UNITS:
        second = np.where(values >= lowest, values // unit, second)
    epochs = _stamps(pd.DatetimeIndex(second.astype("datetime64[s]"), tz="UTC"), values >= 0, timezone)
    return _merged(written.to_numpy(np.bool_), dates, epochs)


def _from_words(text: Column, timezone: str) -> Stamps:
    """Read everything that is not all digits."""
    text, notes = _year_first(text)
    zoned = text.str.contains(_ZONED).to_numpy(np.bool_)
    naive = _localised(_parsed(text.where(~zoned, "")).tz_localize(None), timezone)
    if zoned.any():
        instants = _parsed(text.where(zoned, ""))
        naive = _merged(zoned, _stamps(instants, ~np.asarray(instants.isna()), timezone), naive)
    return Stamps(naive.second, naive.day, naive.ok, notes)


def _year_first(text: Column) -> tuple[Column, tuple[str, ...]]:
    """Return dates like 1/31/2020 or 31.1.2020 as 2020-01-31, and how ambiguous ones were read."""
    text = text.str.replace(r"^(\d{4})[/.](\d{1,2})[/.](\d{1,2})", r"\1-\2-\3", regex=True)
    parts = text.str.extract(_DAY_OR_MONTH)
    found = parts[0].notna()
    if not found.any():
        return text, ()
    held = parts[found]
    first, second = held[0].astype(int), held[2].astype(int)
    dotted = (held[1] == ".").all()
    day_first = dotted or ((first > _DAYFIRST_ABOVE).any() and not (second > _DAYFIRST_ABOVE).any())
    sure = dotted or day_first or (second > _DAYFIRST_ABOVE).any()
    day, month = (first, second) if day_first else (second, first)
    short = held[3].str.len() < 4  # noqa: PLR2004 - two-digit years
    year = held[3].astype(int)
    year = year.where(~short, year + np.where(year >= _CENTURY_TURN, 1900, 2000))
    pad = [number.astype(str).str.zfill(2) for number in (month, day)]
    text = text.copy()
    text[found] = year.astype(str) + "-" + pad[0] + "-" + pad[1] + held[4].fillna("")
    return text, () if sure else ("dates like 03/04/2020 were read as month/day/year",)


def _parsed(text: Column) -> pd.DatetimeIndex:
    """Return instants of ISO-like text, as if in UTC where it has no zone; NaT where it cannot be read."""
    read = pd.to_datetime(text.where(text != ""), format="ISO8601", errors="coerce", utc=True)
    left = read.isna() & text.str.contains(_READABLE)
    if left.any():
        more = pd.to_datetime(text.where(left), format="mixed", errors="coerce", utc=True)
        read = read.where(~left, more)
    return pd.DatetimeIndex(read)


def _localised(naive: pd.DatetimeIndex, timezone: str) -> Stamps:
    """Read wall clock times of the exchange; those that a clock change skips or doubles cannot be told."""
    aware = naive.tz_localize(timezone, ambiguous="NaT", nonexistent="NaT")
    bare = np.asarray(naive == naive.normalize())
    stamps = _stamps(aware.tz_convert("UTC"), ~np.asarray(aware.isna()), timezone)
    # A bare date is a date, also where the clock has no midnight on it.
    days = np.where(naive.isna(), 0, naive.to_numpy().astype("datetime64[D]").astype(np.int64))
    return Stamps(stamps.second, days, stamps.ok | bare)


def _stamps(instants: pd.DatetimeIndex, ok: Bools, timezone: str) -> Stamps:
    bare = instants.tz_localize(None)
    second = np.where(ok, bare.to_numpy().astype("datetime64[s]").astype(np.int64), 0)
    local = instants.tz_convert(timezone).tz_localize(None)
    day = np.where(ok, local.to_numpy().astype("datetime64[D]").astype(np.int64), 0)
    return Stamps(
        second, np.where(second % DAY_S == 0, second // DAY_S, day), ok & ~np.asarray(instants.isna())
    )


def _merged(chosen: Bools, one: Stamps, other: Stamps) -> Stamps:
    """Return the rows of one where chosen, else of the other."""
    return Stamps(
        np.where(chosen, one.second, other.second),
        np.where(chosen, one.day, other.day),
        np.where(chosen, one.ok, other.ok),
        one.notes + other.notes,
    )
