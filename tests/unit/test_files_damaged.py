"""Damaged files and strange folders: what is repaired, dropped, refused, and how it is said (cache-4)."""

from __future__ import annotations

import gzip
import os
import threading
from datetime import date
from pathlib import Path

import pytest

from adapters.errors import BadPayloadError, UnavailableError, UnknownTickerError
from adapters.file_library import Library
from market.resolution import Resolution
from tests.kit.files import HEADER, PRESENT, Folder, bar, csv_of, daily_rows

START, END = date(2024, 1, 2), date(2024, 5, 23)
ROWS = daily_rows(START, END)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def with_row(at: int, *row: object) -> list[tuple[object, ...]]:
    return [*ROWS[:at], row, *ROWS[at + 1 :]]


DAY = ROWS[10][0]
BAD_ROWS = {
    "not a number": (DAY, 1, "nan", 1, 1, 5),
    "not a number ": (DAY, 1, "n/a", 1, 1, 5),
    "not a number  ": (DAY, 1, "", 1, 1, 5),
    "price not above zero": (DAY, 0, 2, 0, 1, 5),
    "price not above zero ": (DAY, 1, 2, -1, 1, 5),
    "high below open or close": (DAY, 1, 2, 1, 3, 5),
    "low above open or close": (DAY, 2, 3, 2, 1, 5),
    "negative volume": (DAY, 1, 2, 1, 1, -5),
    "the time cannot be read": ("someday", 1, 2, 1, 1, 5),
    "no trading session has this date": (date(2024, 1, 15), 1, 2, 1, 1, 5),
    "lies in the future": (date(2027, 1, 15), 1, 2, 1, 1, 5),
    "not a number   ": (DAY, 1, 2, 1, 1, 5, 6, 7),
}


@pytest.mark.parametrize("why", BAD_ROWS)
def test_a_bad_row_is_left_out_and_named_by_its_line(folder: Folder, why: str) -> None:
    """B5, B8, B9, C10, G2."""
    folder.write("AAPL.csv", csv_of(with_row(10, *BAD_ROWS[why])))
    answer = folder.ask("AAPL", "D", START, date(2027, 12, 31))
    assert len(answer.candles) == 99
    assert answer.problems == (f"AAPL.csv line 12: {why.strip()}",)


def test_a_bad_row_is_told_only_with_its_own_span(folder: Folder) -> None:
    folder.write("AAPL.csv", csv_of(with_row(10, *BAD_ROWS["negative volume"])))
    assert folder.ask("AAPL", "D", date(2024, 3, 1), END).problems == ()


def test_unsorted_rows_are_sorted_and_the_last_of_doubled_ones_counts(folder: Folder) -> None:
    """B4, B13, B14."""
    rows = [*ROWS[50:], *ROWS[:50], (ROWS[7][0], 1.0, 2.0, 0.5, 1.5, 7)]
    folder.write("AAPL.csv", csv_of(rows))
    answer = folder.ask("AAPL", "D", START, END)
    assert len(answer.candles) == 100
    assert (answer.candles.time[1:] > answer.candles.time[:-1]).all()
    assert answer.candles.close[7] == 1.5
    assert answer.problems == (
        "AAPL.csv: the rows are not in order of time and were sorted",
        "AAPL.csv: 1 rows have the time of another one; the last of each counts",
    )


def bad(count: int) -> str:
    return csv_of([(r[0], *((1, 1, 2, 1) if i < count else r[1:5]), r[5]) for i, r in enumerate(ROWS)])


def test_five_per_cent_of_bad_rows_are_left_out(folder: Folder) -> None:
    folder.write("AAPL.csv", bad(5))
    assert len(folder.ask("AAPL", "D", START, END).candles) == 95


DAMAGED: dict[str, tuple[str | bytes, str]] = {
    "six per cent": (bad(6), "6 of 100 rows cannot be right .line 2: low above open or close"),
    "high and low swapped": (
        csv_of(ROWS, "Date,Open,Low,High,Close,Volume"),
        "100 of 100 rows cannot be right.*Its columns are: Date,Open,Low,High,Close,Volume",
    ),
    "volume and close swapped": (csv_of(ROWS, "Date,Open,High,Low,Volume,Close"), "rows cannot be right"),
    "no close": (csv_of(ROWS, "Date,Open,High,Low,Foo,Volume"), "begins with: Date, Open, High, Low, Foo"),
    "empty": ("", "begins with: nothing. Expected"),
    "only a header": (HEADER + "\n", "has no row with prices"),
    "prose": ("Dear reader,\nthis is a letter.\n", "begins with: Dear reader"),
    "binary": (bytes(range(256)) * 40, "is no text file"),
    "months": (csv_of(ROWS[::20]), "weeks or months"),
    "open quotes": (csv_of(ROWS).replace("\n2024-03", '\n"2024-03', 1), "rows cannot be right|open quotes"),
    "far too many cells": (csv_of(with_row(10, DAY, *range(30))), "line 12 has too many columns"),
}  # fmt: skip


@pytest.mark.parametrize("how", DAMAGED)
def test_a_damaged_file_is_refused_whole_with_what_was_found(folder: Folder, how: str) -> None:
    """cache-4, S4: the message names the file by its base name and shows what is expected."""
    text, told = DAMAGED[how]
    folder.write("AAPL.csv", text)
    folder.write("IBM.csv", csv_of(ROWS))
    with pytest.raises(BadPayloadError, match=told) as caught:
        folder.ask("AAPL", "D", START, END)
    assert str(caught.value).startswith("AAPL.csv")
    assert str(folder.path) not in str(caught.value)
    assert len(folder.ask("IBM", "D", START, END).candles) == 100


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("AAPL.csv.gz", b"not packed", "is no whole gzip file"),
        ("AAPL.csv.gz", gzip.compress(csv_of(ROWS).encode())[:-20], "is no whole gzip file"),
        ("AAPL.parquet", csv_of(ROWS).encode(), "is no readable Parquet file"),
        ("AAPL.parquet", b"PAR1" + bytes(100) + b"PAR1", "is no readable Parquet file"),
    ],
)
def test_damaged_containers_are_refused(folder: Folder, name: str, data: bytes, told: str) -> None:
    folder.write(name, data)
    with pytest.raises(BadPayloadError, match=told):
        folder.ask("AAPL", "D", START, END)


def test_a_good_file_beside_a_damaged_one_is_served_and_the_other_is_told(folder: Folder) -> None:
    folder.write("AAPL.csv", csv_of(ROWS))
    folder.write("AAPL_5.csv", "rubbish")
    answer = folder.ask("AAPL", "D", START, END)
    assert len(answer.candles) == 100
    assert [p.partition(" ")[0] for p in answer.problems] == ["AAPL_5.csv"]


def test_one_bad_ticker_in_a_file_of_many_does_not_spoil_the_others(folder: Folder) -> None:
    rows = [(s, r[0], *((1, 1, 2, 1, 5) if s == "IBM" else r[1:])) for s in ("AAPL", "IBM") for r in ROWS]
    folder.write("many.csv", csv_of([*rows, ("?!", DAY, *bar(1))], "Symbol,Date,Open,High,Low,Close,Volume"))
    answer = folder.ask("AAPL", "D", START, END)
    assert len(answer.candles) == 100
    assert answer.problems == (
        "many.csv: 1 of 201 rows have a symbol that is no ticker (line 202), they are left out",
    )
    with pytest.raises(BadPayloadError, match=r"many\.csv: 100 of 100 rows"):
        folder.ask("IBM", "D", START, END)


def test_a_folder_with_only_damaged_files_says_why(folder: Folder) -> None:
    folder.write("AAPL.csv", "rubbish")
    with pytest.raises(UnavailableError, match=r"no prices to show\. AAPL\.csv begins with: rubbish"):
        folder.provider.now()


def test_names_that_are_no_ticker_are_told_to_who_looks_for_one(folder: Folder) -> None:
    folder.write("my best prices!.csv", csv_of(ROWS))
    with pytest.raises(UnknownTickerError, match=r"my best prices!\.csv: neither its name nor a column"):
        folder.ask("AAPL", "D", START, END)


def test_an_edited_file_is_read_again_and_an_unchanged_one_is_not(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """cache-6: what was fetched before the change is told to be old."""
    import adapters.file_library as library

    opened: list[str] = []
    real = library.read
    monkeypatch.setattr(library, "read", lambda path, name: opened.append(name.name) or real(path, name))
    folder.write("AAPL.csv", csv_of(ROWS[:50]))
    folder.write("IBM.csv", csv_of(ROWS))
    before = (len(folder.ask("AAPL", "D", START, END).candles), folder.provider.now())
    folder.now_s += 60
    folder.provider.now()
    folder.write("AAPL.csv", csv_of(ROWS))
    after = (len(folder.ask("AAPL", "D", START, END).candles), folder.provider.now())
    assert (before[0], after[0]) == (50, 100)
    assert opened == ["AAPL.csv", "IBM.csv", "AAPL.csv"]


def test_a_removed_file_is_gone(folder: Folder) -> None:
    folder.write("IBM.csv", csv_of(ROWS))
    path = folder.write("AAPL.csv", csv_of(ROWS))
    folder.ask("AAPL", "D", START, END)
    path.unlink()
    folder.now_s += 2
    with pytest.raises(UnknownTickerError, match=r"Your files have IBM\."):
        folder.ask("AAPL", "D", START, END)


def test_the_time_of_the_last_change_is_the_files_or_the_folders(folder: Folder) -> None:
    path = folder.write("AAPL.csv", csv_of(ROWS))
    folder.now_s = path.stat().st_mtime + 1000
    changed = folder.provider.changed_at("AAPL")
    assert changed == max(path.stat().st_mtime, path.stat().st_ctime, folder.path.stat().st_mtime)


def test_a_file_from_the_future_is_not_always_new(folder: Folder) -> None:
    """C7: another machine's clock must not make everything old for ever."""
    path = folder.write("AAPL.csv", csv_of(ROWS))
    real = path.stat().st_mtime
    os.utime(path, (real + 10_000, real + 10_000))
    folder.now_s = real + 100
    assert folder.provider.changed_at("AAPL") < folder.now_s


@pytest.mark.parametrize("ticker", ["../SECRET", "..", "/etc/passwd", "sub/IBM", "SECRET"])
def test_no_ticker_leads_out_of_the_folder(tmp_path: Path, ticker: str) -> None:
    """S4: neither by its text, nor by a link, nor into a folder inside."""
    (tmp_path / "mine" / "sub").mkdir(parents=True)
    folder = Folder(tmp_path / "mine")
    for path in (tmp_path / "SECRET.csv", tmp_path / "mine" / "sub" / "IBM.csv"):
        path.write_text(csv_of(ROWS))
    (tmp_path / "mine" / "SECRET.csv").symlink_to(tmp_path / "SECRET.csv")
    (tmp_path / "mine" / "DIR.csv").mkdir()
    folder.write("AAPL.csv", csv_of(ROWS))
    with pytest.raises(UnknownTickerError, match=r"Your files have AAPL\."):
        folder.ask(ticker, "D", START, END)


def test_memory_is_bounded_and_what_was_forgotten_is_read_again(tmp_path: Path) -> None:
    names = ["AAPL", "IBM", "MSFT"]
    for name in names:
        (tmp_path / f"{name}.csv").write_text(csv_of(ROWS))
    library = Library(tmp_path, lambda: PRESENT, budget_bytes=6_000)
    facts = library.shelf().facts
    assert list(facts) == names
    for name in (*names, *names):
        assert len(library.series(facts[name][0]).candles) == 100
        assert sum(s.candles.nbytes for s in library._held.values()) <= 6_000


def test_many_threads_get_the_same_answer_and_read_once(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    import adapters.file_library as library

    opened: list[str] = []
    real = library.read
    monkeypatch.setattr(library, "read", lambda path, name: opened.append(name.name) or real(path, name))
    folder.write("AAPL.csv", csv_of(ROWS))
    barrier, counts = threading.Barrier(8), []

    def ask() -> None:
        barrier.wait()
        counts.append(len(folder.ask("AAPL", "D", START, END).candles))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counts == [100] * 8
    assert opened == ["AAPL.csv"]


def test_making_a_provider_touches_nothing(tmp_path: Path) -> None:
    provider = Folder(tmp_path / "not there yet").provider
    (tmp_path / "not there yet").mkdir()
    (tmp_path / "not there yet" / "AAPL.csv").write_text(csv_of(ROWS))
    assert provider.first_session("AAPL", Resolution.DAY) == START
