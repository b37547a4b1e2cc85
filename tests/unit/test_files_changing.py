"""A folder that changes while it is read: no file takes others along, and what is old is told to be old."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from adapters.errors import BadPayloadError
from tests.kit.files import Folder, csv_of, daily_rows

START, END = date(2024, 1, 2), date(2024, 5, 23)
ROWS = daily_rows(START, END)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.mark.parametrize("target", ["AAPL_old.csv", "AAPL.csv"])
def test_a_link_that_leads_nowhere_costs_the_other_files_nothing(folder: Folder, target: str) -> None:
    """C10: its target was deleted, or it is itself."""
    folder.write("IBM.csv", csv_of(ROWS))
    (folder.path / "AAPL.csv").symlink_to(folder.path / target)
    assert len(folder.ask("IBM", "D", START, END).candles) == 100


def test_a_file_that_goes_while_the_folder_is_looked_at_costs_the_others_nothing(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write("IBM.csv", csv_of(ROWS))
    going = folder.write("AAPL.csv", csv_of(ROWS))
    real = Path.stat

    def stat(path: Path, **options: bool) -> object:
        if path.name == "AAPL.csv":
            going.unlink(missing_ok=True)
        return real(path, **options)

    monkeypatch.setattr(Path, "stat", stat)
    assert len(folder.ask("IBM", "D", START, END).candles) == 100


def test_a_file_that_breaks_its_reader_costs_the_others_nothing(folder: Folder) -> None:
    """E9: what libraries make of a strange file is anything."""
    folder.write("IBM.csv", csv_of(ROWS))
    strange = {"date": [b"2024-01-02", b"\xff"]} | {n: [1.0, 1.0] for n in ("open", "high", "low", "close")}
    pd.DataFrame(strange).to_parquet(folder.path / "AAPL.parquet")
    assert len(folder.ask("IBM", "D", START, END).candles) == 100
    with pytest.raises(BadPayloadError, match=r"AAPL\.parquet cannot be read"):
        folder.ask("AAPL", "D", START, END)


def test_prices_are_those_of_the_file_at_the_question(folder: Folder) -> None:
    """cache-6: what was changed less than a second after the folder was looked at would be old for ever."""
    path = folder.write("AAPL.csv", csv_of(ROWS[:50]))
    folder.provider.now()
    path.write_text(csv_of(ROWS))
    assert len(folder.ask("AAPL", "D", START, END).candles) == 100


@pytest.mark.parametrize("ahead_s", [1_000, -1_000])
def test_a_change_is_seen_although_the_file_s_clock_is_another_machine_s(
    folder: Folder, ahead_s: int
) -> None:
    """C7: a file server's clock, or a virtual machine's after its sleep."""
    path = folder.write("AAPL.csv", csv_of(ROWS[:50]))
    folder.now_s = path.stat().st_ctime - ahead_s
    folder.provider.changed_at("AAPL")
    asked_s = folder.now_s = folder.now_s + 60
    folder.ask("AAPL", "D", START, END)
    folder.now_s += 60
    path.write_text(csv_of(ROWS))
    assert folder.provider.changed_at("AAPL") > asked_s
