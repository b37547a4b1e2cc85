"""Rarer files of the person's own: mixed spellings, odd numbers, limits, and files that vanish."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from adapters import file_reading
from adapters.errors import BadPayloadError, UnknownTickerError
from adapters.file_library import Library
from adapters.file_names import parse_name
from adapters.file_times import stamps_of
from adapters.prices import Basis
from tests.kit.files import HEADER, PRESENT, Folder, csv_of, daily_rows, intraday_rows

START, END = date(2024, 1, 2), date(2024, 5, 23)
ROWS = daily_rows(START, END)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("AAPL.csv", ("AAPL", None)),
        ("aapl-1min.parquet", ("AAPL", "1")),
        ("AAPL_5.csv", ("AAPL", "5")),
        ("AAPL 15 min.txt", ("AAPL", "15")),
        ("MSFT.1h.csv.gz", ("MSFT", "60")),
        ("MSFT_hourly.tsv", ("MSFT", "60")),
        ("BRK-B.daily.csv", ("BRK.B", "D")),
        ("BTC-USD.csv", ("BTC-USD", None)),
        ("0700.HK.csv", ("0700.HK", None)),
        ("7203.T.csv", ("7203.T", None)),
        ("^GSPC.csv", ("^GSPC", None)),
        ("AAPL_7min.csv", (None, None)),
    ],
)
def test_what_names_tell(name: str, told: tuple[str | None, str | None]) -> None:
    """A2, A7, G4, G5."""
    found = parse_name(name)
    assert found is not None
    assert (found.ticker, found.resolution and found.resolution.value) == told


@pytest.mark.parametrize(
    "name", ["notes.md", ".AAPL.csv", "~AAPL.csv", "AAPL", "AAPL.parquet.gz", "AAPL.csv.bak"]
)
def test_what_is_no_price_file(name: str) -> None:
    assert parse_name(name) is None


def days(cells: list[object]) -> list[str | None]:
    stamps = stamps_of(pd.Series(cells), None, "America/New_York")
    texts = stamps.day.astype("datetime64[D]").astype(str)
    return [text if ok else None for text, ok in zip(texts, stamps.ok, strict=True)]


def test_spellings_may_be_mixed_in_one_column() -> None:
    cells = [
        "2024-01-02",
        "20240103",
        "Jan 4, 2024",
        "2024-01-05T14:30:00Z",
        "2024/1/8",
        "1704810600",
        "",
        "soon",
    ]
    read = days(list(cells))
    assert read[:6] == ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08", "2024-01-09"]
    assert read[6:] == [None, None]


def test_epochs_survive_as_numbers_with_holes() -> None:
    assert days([1704205800.0, np.nan]) == ["2024-01-02", None]


@pytest.mark.parametrize(
    ("cells", "read"),
    [
        (["13/02/2024", "01/02/2024"], ["2024-02-13", "2024-02-01"]),
        (["02/13/2024", "01/02/2024"], ["2024-02-13", "2024-01-02"]),
        (["01.02.2024"], ["2024-02-01"]),
        (["01.02.24", "01.02.99"], ["2024-02-01", "1999-02-01"]),
        (["13/02/2024", "02/13/2024"], [None, "2024-02-13"]),
    ],
)
def test_the_day_is_first_only_where_that_is_certain(cells: list[object], read: list[str | None]) -> None:
    assert days(cells) == read


def test_a_guess_about_day_and_month_is_said() -> None:
    stamps = stamps_of(pd.Series(["03/04/2024"]), None, "America/New_York")
    assert stamps.notes == ("dates like 03/04/2020 were read as month/day/year",)


def test_times_that_a_clock_change_skips_or_doubles_cannot_be_told() -> None:
    """C8."""
    assert days(["2024-03-10 02:30", "2024-11-03 01:30", "2024-03-10"]) == [None, None, "2024-03-10"]


def test_short_volumes_and_other_names_are_understood(folder: Folder) -> None:
    rows = [
        (f"{r[0]:%b %d, %Y}", r[4], *r[1:4], v) for r, v in zip(ROWS, ["1.5K", "2M", "0.25B"], strict=False)
    ]
    quoted = [(f'"{r[0]}"', *r[1:]) for r in rows]
    folder.write("AAPL.csv", csv_of(quoted, "Date,Price,Open,High,Low,Volume USD"))
    answer = folder.ask("AAPL", "D", START, END)
    assert answer.candles.volume.tolist() == [1_500, 2_000_000, 250_000_000]
    assert answer.candles.close.tolist() == [r[4] for r in ROWS[:3]]


def test_fractions_of_a_coin_are_rounded_and_it_is_said(folder: Folder) -> None:
    folder.write("AAPL.csv", csv_of([(*r[:5], 10.4) for r in ROWS]))
    answer = folder.ask("AAPL", "D", START, END)
    assert set(answer.candles.volume.tolist()) == {10}
    assert answer.problems == ("AAPL.csv: volumes are rounded to whole units",)


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_comma_is_decimal_or_divides_thousands_as_the_file_shows(folder: Folder, delimiter: str) -> None:
    """1,234 divides thousands between commas, and is 1.234 between semicolons where nothing has a point."""
    row = ["2024-01-02", '"1,200"', '"1,900"', '"1,100"', '"1,500"', "7"]
    folder.write("AAPL.csv", delimiter.join(HEADER.split(",")) + "\n" + delimiter.join(row) + "\n")
    opened = folder.ask("AAPL", "D", START, END).candles.open.tolist()
    assert opened == [1200.0 if delimiter == "," else 1.2]


def test_quoted_decimal_commas_between_commas(folder: Folder) -> None:
    folder.write(
        "AAPL.csv", csv_of([("2024-01-02", '"1.200,5"', '"1.300,25"', '"99,5"', '"100,5"', '"1.234"')])
    )
    candles = folder.ask("AAPL", "D", START, END).candles
    assert [candles.open[0], candles.high[0], candles.low[0], candles.close[0]] == [
        1200.5,
        1300.25,
        99.5,
        100.5,
    ]
    assert candles.volume.tolist() == [1234]


def test_splits_may_be_written_as_ratios(folder: Folder) -> None:
    rows = [(*r[:6], "") for r in ROWS]
    rows[50] = (*rows[50][:6], "7:6")
    folder.write("AAPL.csv", csv_of(rows, HEADER + ",Split"))
    answer = folder.ask("AAPL", "D", START, END)
    assert answer.basis is Basis.RAW
    assert answer.actions is not None
    assert answer.actions.split.tolist() == [7 / 6]
    assert answer.actions.dividend.tolist() == [0.0]


def test_files_that_are_adjusted_differently_are_not_mixed(folder: Folder) -> None:
    """cache-16: one series never mixes two bases."""
    folder.write("AAPL.csv", csv_of(ROWS[:50]))
    folder.write("AAPL_D.csv", csv_of([(*r, 0, 0) for r in ROWS[50:]], HEADER + ",Dividends,Stock Splits"))
    with pytest.raises(BadPayloadError, match=r"AAPL\.csv, AAPL_D\.csv are adjusted differently"):
        folder.ask("AAPL", "D", START, END)


def test_only_the_first_bad_rows_are_named_one_by_one(folder: Folder) -> None:
    rows = daily_rows(date(2020, 1, 2), END)
    bad = [(r[0], 1, 1, 2, 1, 5) if i % 40 == 0 else r for i, r in enumerate(rows)]
    folder.write("AAPL.csv", csv_of(bad))
    problems = folder.ask("AAPL", "D", date(2020, 1, 1), END).problems
    assert len(problems) == 21
    assert problems[-1] == f"AAPL.csv: {len(range(0, len(rows), 40)) - 20} more rows were left out"


def test_decimals_in_parquet_are_numbers_and_strange_tables_are_refused(folder: Folder) -> None:
    frame = pd.DataFrame(
        [(r[0], *(Decimal(str(x)) for x in r[1:5]), r[5]) for r in ROWS], columns=HEADER.split(",")
    )
    frame.to_parquet(folder.path / "AAPL.parquet")
    frame.drop(columns="Close").to_parquet(folder.path / "IBM.parquet")
    assert folder.ask("AAPL", "D", START, END).candles.close.tolist() == [r[4] for r in ROWS]
    with pytest.raises(BadPayloadError, match=r"IBM\.parquet begins with: Date, Open, High, Low, Volume"):
        folder.ask("IBM", "D", START, END)


def test_a_file_above_the_limit_is_refused(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_reading, "MAX_BYTES", 1000)
    folder.write("AAPL.csv", csv_of(ROWS))
    with pytest.raises(BadPayloadError, match="is larger than"):
        folder.ask("AAPL", "D", START, END)


def test_many_strange_symbols_refuse_the_file(folder: Folder) -> None:
    folder.write(
        "many.csv", csv_of([("?" if i % 2 else "IBM", *r) for i, r in enumerate(ROWS)], "Symbol," + HEADER)
    )
    folder.write("AAPL.csv", csv_of(ROWS))
    with pytest.raises(
        UnknownTickerError, match=r"many\.csv: 50 of 100 rows have a symbol that is no ticker \(line 3\)"
    ):
        folder.ask("IBM", "D", START, END)


def test_a_file_that_vanishes_between_two_looks_is_told_as_changed(tmp_path: Path) -> None:
    for name in ("AAPL", "IBM"):
        (tmp_path / f"{name}.csv").write_text(csv_of(ROWS))
    library = Library(tmp_path, lambda: PRESENT, budget_bytes=1)
    facts = library.shelf().facts["AAPL"][0]
    (tmp_path / "AAPL.csv").unlink()
    with pytest.raises(BadPayloadError, match=r"AAPL\.csv was changed just now"):
        library.series(facts)


def test_weekends_have_neither_days_nor_minutes(folder: Folder) -> None:
    """G1."""
    folder.write("AAPL.csv", csv_of(intraday_rows(START, date(2024, 1, 12), 5)))
    for resolution in ("5", "15", "D"):
        assert len(folder.ask("AAPL", resolution, date(2024, 1, 6), date(2024, 1, 7)).candles) == 0
