"""What a person can look for: the sources' tickers first, known by name or not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from adapters.catalogue import Catalogue, Found
from adapters.demo import DemoProvider
from adapters.files import FilesProvider
from adapters.prices import PriceProvider
from adapters.symbols import SymbolIndex
from tests.kit.files import csv_of, daily_rows
from tests.kit.providers import ScriptedProvider

PRICES = csv_of(daily_rows(date(2024, 6, 3), date(2024, 6, 14)))


def catalogue(*providers: PriceProvider) -> Catalogue:
    return Catalogue(SymbolIndex.load, providers)


def priced(found: Sequence[Found]) -> list[tuple[str, bool | None]]:
    return [(one.ticker, one.priced) for one in found]


@pytest.fixture
def files(tmp_path: Path) -> FilesProvider:
    """Return a folder with a ticker that the list has, and with two that nobody knows."""
    for ticker in ("ZM", "MYFUND", "MSFTX9"):
        (tmp_path / f"{ticker}.csv").write_text(PRICES)
    return FilesProvider(tmp_path)


@pytest.mark.parametrize(
    ("text", "first"),
    [("goo", "GOOG"), ("appl", "AAPL"), ("apple", "AAPL"), ("microsoft", "MSFT"), ("a", "A"), ("app", "APP")],
)
def test_the_demos_own_come_first_but_for_the_ticker_that_was_typed(text: str, first: str) -> None:
    found = catalogue(DemoProvider()).search(text)
    assert found[0].ticker == first
    flags = [one.priced for one in found if one.ticker != text.upper()]
    assert flags == sorted(flags, reverse=True)
    assert len({one.ticker for one in found}) == len(found) <= 8


def test_what_no_source_has_is_said_only_where_all_of_them_list_what_they_have() -> None:
    """A source without a list may have it: then nothing is said."""
    cannot_list = ScriptedProvider(present=datetime(2024, 7, 1, tzinfo=UTC), known=frozenset())
    assert priced(catalogue(DemoProvider()).search("tesla")) == [("TSLA", False)]
    assert priced(catalogue(DemoProvider(), cannot_list).search("tesla")) == [("TSLA", None)]
    assert priced(catalogue(DemoProvider(), cannot_list).search("ibm"))[0] == ("IBM", True)


def test_a_persons_own_files_are_found_by_their_names(files: FilesProvider) -> None:
    """Also those that the list of names lacks; they have no company."""
    mine = catalogue(files, DemoProvider())
    assert mine.search("myf")[0] == Found("MYFUND", "", "", priced=True)
    assert priced(mine.search("msft"))[:2] == [("MSFT", True), ("MSFTX9", True)]
    assert mine.search("zoom comm")[0] == mine.search("zm")[0]
    assert mine.search("zm")[0].priced is True


def test_a_new_file_is_found_without_a_restart(tmp_path: Path) -> None:
    now = [1_800_000_000.0]
    (tmp_path / "ONE.csv").write_text(PRICES)
    mine = catalogue(FilesProvider(tmp_path, clock=lambda: now[0]))
    assert priced(mine.search("twofund")) == []
    (tmp_path / "TWOFUND.csv").write_text(PRICES)
    now[0] += 3_600
    assert priced(mine.search("twofund")) == [("TWOFUND", True)]


@pytest.mark.parametrize("text", ["", " ", "\n", "<>", "é", "a" * 64, "A\nB"])
def test_any_text_is_only_a_text(files: FilesProvider, text: str) -> None:
    assert len(catalogue(files).search(text, 3)) <= 3
    assert catalogue().search(text, 0) == ()
