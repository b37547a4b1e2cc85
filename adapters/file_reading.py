"""One price file turned into a table with known columns; nothing is judged yet.

Promise: a number comes out as the double that its text denotes, whole volumes keep every digit, and each
row knows its line in the file (its row number in Parquet). What is no price file at all is refused with a
sentence with the file's base name, what was found and what is expected.
"""

from __future__ import annotations

import csv
import gzip
import io
import re
import warnings
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from adapters.errors import BadPayloadError
from adapters.file_columns import EXAMPLE, PRICES, Layout, by_names, is_yahoo, layout_of, unrecognised
from adapters.file_names import Format

if TYPE_CHECKING:
    from pathlib import Path

    from adapters.file_names import FileName

    Column = pd.Series[Any]

MAX_BYTES = 256 * 1024 * 1024
"""The largest file that is read, unpacked."""

_HEAD_BYTES = 65_536
_SPARE = 4
"""A row may have so many cells too many before the whole file is refused instead of the row."""

_DELIMITERS = (";", "\t", "|", ",")
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+(?:\.\d*)?")
_DECIMAL_COMMA = re.compile(r"[-+]?(?:\d{1,3}(?:\.\d{3})+|\d+),\d+")
_NOISE = re.compile(r"[\s'’$€£¥\u00a0\u202f]")
_SCALES = {"K": 1e3, "M": 1e6, "B": 1e9}


@dataclass(frozen=True, slots=True)
class Raw:
    """A file's rows.

    Attributes:
        table: the columns ``line`` (1-based), ``time``, ``open``, ``high``, ``low``, ``close`` (float64, NaN
            where unreadable), and where present ``clock``, ``volume``, ``symbol``, ``dividend``, ``split``.
        header: the first line as found, for messages.
        yahoo: see ``Layout``.
        notes: sentences about rows that were left out already.
    """

    table: pd.DataFrame
    header: str
    yahoo: bool
    notes: tuple[str, ...] = ()


def read(path: Path, name: FileName) -> Raw:
    """Read a file.

    Raises:
        BadPayloadError: when it is no price file, is damaged, or is larger than ``MAX_BYTES``.
        OSError: when it cannot be opened.
    """
    data = _bytes(path, name)
    raw = _parquet(data, name) if name.format is Format.PARQUET else _text(data, name)
    return Raw(raw.table.reset_index(drop=True), raw.header, raw.yahoo)


def _bytes(path: Path, name: FileName) -> bytes:
    try:
        with gzip.open(path) if name.packed else path.open("rb") as file:
            data: bytes = file.read(MAX_BYTES + 1)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise _refused(name, "is no whole gzip file; pack it again or give it unpacked") from error
    if len(data) > MAX_BYTES:
        raise _refused(name, f"is larger than {MAX_BYTES >> 20} MB; divide it by resolution or ticker")
    return data


def _refused(name: FileName, why: str) -> BadPayloadError:
    return BadPayloadError(f"{name.name} {why}.", provider="files")


def _parquet(data: bytes, name: FileName) -> Raw:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        frame = parquet.read_table(io.BytesIO(data)).to_pandas()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _refused(name, "is no readable Parquet file") from error
    if not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    header = [str(column) for column in frame.columns]
    positions = by_names(header)
    if positions is None:
        raise unrecognised(name.name, header)
    table = pd.DataFrame({meaning: frame.iloc[:, at] for meaning, at in positions.items()})
    for column in (*PRICES, *({"volume", "dividend", "split"} & positions.keys())):
        if not pd.api.types.is_numeric_dtype(table[column]):
            table[column] = _numbers(table[column].astype("string"), decimal_comma=False)
    table.insert(0, "line", np.arange(1, len(table) + 1))
    return Raw(table, ",".join(header), is_yahoo(header))


def _text(data: bytes, name: FileName) -> Raw:
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    head = data[:_HEAD_BYTES].decode(encoding, errors="replace")
    if "\0" in head or (len(head) and head.count("\ufffd") > len(head) // 10):
        raise _refused(name, f"is no text file; expected are lines like: {EXAMPLE}")
    lines = head.splitlines()[:20]
    delimiter = _delimiter(lines)
    layout = layout_of(name.name, list(csv.reader(lines, delimiter=delimiter)))
    try:
        table = _columns(data, encoding, delimiter, layout)
    except (pd.errors.ParserError, pd.errors.ParserWarning) as error:
        where = re.search(r"line (\d+)", str(error))
        raise _refused(
            name, f"line {where[1] if where else '?'} has too many columns or open quotes"
        ) from error
    return Raw(table, lines[max(layout.first - 1, 0)][:200], layout.yahoo)


def _delimiter(lines: list[str]) -> str:
    """Return what divides the cells: the sign in most lines, the comma last as numbers hold it too."""
    held = [line for line in lines if line.strip()]
    often = {sign: sum(line.count(sign) >= len(PRICES) for line in held) for sign in _DELIMITERS}
    return max(_DELIMITERS, key=lambda sign: often[sign])


def _columns(data: bytes, encoding: str, delimiter: str, layout: Layout) -> pd.DataFrame:
    """Return the known columns of a text file as numbers and text."""
    frame = _parsed(data, encoding, delimiter, layout, as_text=delimiter != ",")
    prices = [frame[layout.positions[price]] for price in PRICES]
    decimal_comma = any(_has_decimal_comma(column, delimiter) for column in prices)
    if decimal_comma and delimiter == ",":
        frame = _parsed(data, encoding, delimiter, layout, as_text=True)
    table = pd.DataFrame({"line": np.arange(layout.first + 1, layout.first + 1 + len(frame))})
    for meaning, at in layout.positions.items():
        column = frame[at]
        if meaning in {"time", "clock", "symbol"} or pd.api.types.is_numeric_dtype(column):
            table[meaning] = column
        else:
            table[meaning] = _numbers(column, decimal_comma=decimal_comma)
    spare = frame[list(range(layout.width, layout.width + _SPARE))]
    for price in PRICES:
        table[price] = table[price].astype(np.float64).mask(spare.notna().any(axis=1))
    return table[frame.notna().any(axis=1)]


def _parsed(data: bytes, encoding: str, delimiter: str, layout: Layout, *, as_text: bool) -> pd.DataFrame:
    width = layout.width + _SPARE
    always_text = {layout.positions[m]: str for m in ("time", "clock", "symbol") if m in layout.positions}
    with warnings.catch_warnings():
        # Cells that a first row has too many are cut off with this warning only.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        return pd.read_csv(
            io.BytesIO(data),
            sep=delimiter,
            header=None,
            names=list(range(width)),
            index_col=False,
            skiprows=layout.first,
            skip_blank_lines=False,
            dtype=str if as_text else always_text,
            low_memory=False,
            encoding=encoding,
            encoding_errors="replace",
        )


def _has_decimal_comma(column: Column, delimiter: str) -> bool:
    """Tell whether prices are written like 1.234,50; where 1,234 could be either, the delimiter decides."""
    if pd.api.types.is_numeric_dtype(column):
        return False
    cells = column.dropna().astype(str)
    with_comma = [_NOISE.sub("", cell) for cell in cells[cells.str.contains(",")]]
    if not with_comma or not any(_DECIMAL_COMMA.fullmatch(cell) for cell in with_comma):
        return False
    if all(_THOUSANDS.fullmatch(cell) for cell in with_comma):
        return delimiter != "," and not cells.str.contains(".", regex=False).any()
    return True


def _numbers(column: Column, *, decimal_comma: bool) -> Column:
    """Return text as numbers, NaN where it is none; 1,234.50 and 12.3M and 2:1 are numbers too."""
    return pd.Series([_number(cell, decimal_comma=decimal_comma) for cell in column], dtype=np.float64)


def _number(cell: object, *, decimal_comma: bool) -> float:
    text = _NOISE.sub("", cell) if isinstance(cell, str) else ""
    if decimal_comma:
        text = text.replace(".", "").replace(",", ".")
    elif "," in text:
        text = text.replace(",", "") if _THOUSANDS.fullmatch(text.rstrip("KMB")) else ""
    scale = _SCALES.get(text[-1:].upper(), 1.0)
    over, colon, under = text[: -1 if scale > 1 else None].partition(":")
    try:
        return float(over) / float(under) if colon else float(over) * scale
    except (ValueError, ZeroDivisionError):
        return float("nan")
