"""The bundled list of tickers: what is in it, what a search finds first, and how its names were tidied."""

from __future__ import annotations

import csv
import gzip
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from adapters import demo_data
from adapters.data import make_symbols
from adapters.data.make_symbols import Row, SourceError, Spelling, is_shouting, tidied, without_place
from adapters.symbols import FILE, Symbol, SymbolIndex
from market.ticker import parse_ticker


@pytest.fixture(scope="module")
def symbols() -> SymbolIndex:
    return SymbolIndex.load()


@pytest.fixture(scope="module")
def rows() -> list[list[str]]:
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as file:
        return list(csv.reader(file))[1:]


def tickers(found: tuple[Symbol, ...]) -> list[str]:
    return [symbol.ticker for symbol in found]


def test_the_list_has_every_ticker_once_in_its_one_spelling(rows: list[list[str]]) -> None:
    assert len(rows) == 10_366
    assert [ticker for ticker, _, _ in rows if parse_ticker(ticker) != ticker] == []
    assert [ticker for ticker, times in Counter(row[0] for row in rows).items() if times > 1] == []


def test_no_name_is_empty_or_still_marked_or_shouts_a_long_word(rows: list[list[str]]) -> None:
    assert [
        name for _, name, _ in rows if not name or name != name.strip() or name.endswith(("/", "\\"))
    ] == []
    assert {exchange for _, _, exchange in rows} == {"Nasdaq", "NYSE", "CBOE", "OTC", ""}
    whole = [name for _, name, _ in rows if name == name.upper() and len(name) > 12]
    assert whole == ["ISS A/S (ADR)"] * len(whole)


def test_the_best_known_companies_come_first(rows: list[list[str]]) -> None:
    assert [row[0] for row in rows[:8]] == ["NVDA", "GOOGL", "AAPL", "MSFT", "AMZN", "AVGO", "TSLA", "META"]


def test_every_stock_of_the_demo_has_its_name(symbols: SymbolIndex) -> None:
    names = {ticker: symbols.name_of(ticker) for ticker in demo_data.load()}
    assert {ticker: symbol and symbol.name for ticker, symbol in names.items()} == {
        "AAPL": "Apple Inc.",
        "FB": "Facebook, Inc. (META since June 2022)",
        "GOOG": "Alphabet Inc. (Google)",
        "IBM": "International Business Machines Corp",
        "MSFT": "Microsoft Corp",
    }


@pytest.mark.parametrize("spelling", ["BRK.B", "brk-b", " Brk.b "])
def test_a_name_is_found_in_any_spelling_of_the_ticker(symbols: SymbolIndex, spelling: str) -> None:
    assert symbols.name_of(spelling) == Symbol("BRK.B", "Berkshire Hathaway Inc", "NYSE")


@pytest.mark.parametrize("text", ["", "NOSUCH", "apple inc", "<b>", "A" * 10_000, "\x00", "\u0410APL"])
def test_what_is_no_ticker_of_the_list_has_no_name(symbols: SymbolIndex, text: str) -> None:
    assert symbols.name_of(text) is None


@pytest.mark.parametrize(
    ("text", "best"),
    [
        ("f", "F"),
        ("aapl", "AAPL"),
        ("$AAPL", "AAPL"),
        ("BRK-B", "BRK.B"),
        ("brkb", "BRK.B"),
        ("brk", "BRK.B"),
        ("apple", "AAPL"),
        ("tesl", "TSLA"),
        ("micros", "MSFT"),
        ("coca-cola", "KO"),
        ("cocacola", "KO"),
        ("coca co", "KO"),
        ("AT&T", "T"),
        ("t mobile", "TMUS"),
        ("tmobile", "TMUS"),
        ("mcdonalds", "MCD"),
        ("McDonald's", "MCD"),
        ("estee lauder", "EL"),
        ("ESTÉE", "EL"),
        ("lauder est", "EL"),
        ("of america bank", "BAC"),
        ("berkshire", "BRK.B"),
        ("google", "GOOGL"),
        ("facebook", "FB"),
        ("s&p 500 etf", "SPY"),
    ],
)
def test_what_people_type_finds_what_they_mean(symbols: SymbolIndex, text: str, best: str) -> None:
    assert tickers(symbols.search(text))[:1] == [best]


def test_ticker_then_its_beginning_then_the_name_then_its_words() -> None:
    index = SymbolIndex(
        [
            ["ZZ", "Big Ace Works", ""],
            ["YY", "Ace Works", ""],
            ["ACED", "Second", ""],
            ["ACES", "Third", ""],
            ["ACE", "Fourth", ""],
            ["PACE", "Place Space", ""],
        ]
    )
    assert tickers(index.search("ace")) == ["ACE", "ACED", "ACES", "YY", "ZZ"]


def test_among_equals_the_better_known_comes_first(symbols: SymbolIndex) -> None:
    assert tickers(symbols.search("berkshire hathaway")) == ["BRK.B", "BRK.A"]
    assert tickers(symbols.search("a"))[:3] == ["A", "AAPL", "AMZN"]


def test_who_spells_the_sign_gets_the_ticker_with_it_first(symbols: SymbolIndex) -> None:
    """Without punctuation both are "tpc"."""
    assert tickers(symbols.search("T-PC"))[0] == "T-PC"
    assert tickers(symbols.search("TPC"))[0] == "TPC"


def test_all_words_have_to_match_and_only_from_their_beginning(symbols: SymbolIndex) -> None:
    assert tickers(symbols.search("apple hospitality")) == ["APLE"]
    assert symbols.search("apple zebra") == ()
    assert "AAPL" not in tickers(symbols.search("pple", 50))


@pytest.mark.parametrize("limit", [0, 1, 3, 50])
def test_no_more_than_asked_for_and_none_twice(symbols: SymbolIndex, limit: int) -> None:
    found = tickers(symbols.search("a", limit))
    assert len(found) == limit == len(set(found))
    assert found == tickers(symbols.search("a", 50))[:limit]


@pytest.mark.parametrize("text", ["", " ", "\x00", "...", "&", "\n\n", "_", "\u0301", "(?:"])
def test_a_text_without_letters_and_digits_finds_nothing(symbols: SymbolIndex, text: str) -> None:
    assert symbols.search(text) == ()


@pytest.mark.parametrize(
    "text", ["a" * 10_000, "b\x00" * 5_000 + "zzz", "zzz%", "苹果", "\ud800", "zzz' OR 1=1 --"]
)
def test_hostile_texts_find_nothing_and_do_no_harm(symbols: SymbolIndex, text: str) -> None:
    assert symbols.search(text) == ()


@pytest.mark.parametrize("text", ["a.*pple", "a[p]ple", "a\x00pple", "(a)(pple)", "a|pple", "a%pple"])
def test_signs_of_a_pattern_are_only_punctuation(symbols: SymbolIndex, text: str) -> None:
    assert symbols.search(text) == symbols.search("a pple")
    assert tickers(symbols.search(text))[0] == "AAPL"


@pytest.mark.parametrize("text", ["aapl", "apple", "bank of america", "inc", "zzzz", "a" * 64])
def test_a_search_takes_less_than_5_ms(symbols: SymbolIndex, text: str) -> None:
    def took() -> float:
        before = time.perf_counter()
        symbols.search(text)
        return time.perf_counter() - before

    assert min(took() for _ in range(5)) < 0.005


def test_the_list_is_read_at_the_first_use_and_once() -> None:
    code = (
        "import gzip, adapters.symbols as s; kept = gzip.open; calls = []\n"
        "gzip.open = lambda *a, **k: calls.append(a) or kept(*a, **k)\n"
        "before = len(calls); same = s.SymbolIndex.load() is s.SymbolIndex.load(); "
        "print(before, same, len(calls))"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["0", "True", "1"]


@pytest.mark.parametrize(
    ("given", "tidy"),
    [
        ("BANK OF AMERICA CORP /DE/", "BANK OF AMERICA CORP"),
        ("COSTCO WHOLESALE CORP /NEW", "COSTCO WHOLESALE CORP"),
        ("TOYOTA MOTOR CORP/", "TOYOTA MOTOR CORP"),
        ("RUSH ENTERPRISES INC \\TX\\", "RUSH ENTERPRISES INC"),
        ("US BANCORP \\DE\\", "US BANCORP"),
        ("US BANCORP DE", "US BANCORP"),
        ("Pandora A/S / ADR", "Pandora A/S (ADR)"),
        ("Karoon Gas Australia Ltd /ADR/", "Karoon Gas Australia Ltd (ADR)"),
        ("GENMAB A/S", "GENMAB A/S"),
        ("Anheuser-Busch InBev SA/NV", "Anheuser-Busch InBev SA/NV"),
        ("Quad/Graphics, Inc.", "Quad/Graphics, Inc."),
        ("DATA I/O CORP", "DATA I/O CORP"),
    ],
)
def test_marks_of_the_register_go_and_parts_of_names_stay(given: str, tidy: str) -> None:
    assert without_place(given) == tidy


@pytest.mark.parametrize(
    ("given", "tidy"),
    [
        ("MICROSOFT CORP", "Microsoft Corp"),
        ("COCA-COLA BOTTLING CO", "Coca-Cola Bottling Co"),
        ("BANK OF THE OZARKS", "Bank of the Ozarks"),
        ("THE GAP INC", "The Gap Inc"),
        ("LM FUNDING AMERICA", "LM Funding America"),
        ("HSBC HOLDINGS PLC", "HSBC Holdings plc"),
        ("AT&T INC.", "AT&T Inc."),
        ("MCKESSON CORP", "McKesson Corp"),
        ("3M CO", "3M Co"),
        ("PARSONS' COS", "Parsons' COS"),
        ("LANDS' END", "Lands' END"),
        ("KOHL'S", "Kohl's"),
        ("AMAZON COM INC", "Amazon.com Inc"),
        ("PAYPAL CREDIT", "PayPal Credit"),
        ("FEDEX", "FedEx"),
    ],
)
def test_capitals_become_what_the_other_names_show(given: str, tidy: str) -> None:
    spelling = Spelling(["PayPal Holdings, Inc.", "Ford Motor Co", "Bottling Corp", "SHOUTING PAYPAL"])
    assert spelling.name(given) == tidy


@pytest.mark.parametrize(
    ("name", "shouts"),
    [
        ("APPLE INC", True),
        ("BROOKFIELD Corp", True),
        ("eBay INC", False),
        ("NVIDIA Graphics", False),
        ("Inc", False),
    ],
)
def test_a_name_shouts_whatever_its_legal_form(name: str, *, shouts: bool) -> None:
    assert is_shouting(name) is shouts


def test_names_that_do_not_shout_are_kept_and_order_too() -> None:
    given = [Row("BRK-B", "BERKSHIRE HATHAWAY INC", "NYSE"), Row("XYZ", "lululemon BLOCK, Inc.", "")]
    assert tidied(given) == [
        Row("BRK.B", "Berkshire Hathaway Inc", "NYSE"),
        Row("XYZ", "lululemon BLOCK, Inc.", ""),
    ]


def test_facebooks_former_ticker_stands_behind_its_present_one() -> None:
    meta, former = tidied([Row("META", "Meta Platforms, Inc.", "Nasdaq")])
    assert (meta.ticker, meta.name) == ("META", "Meta Platforms, Inc. (Facebook)")
    assert (former.ticker, former.exchange) == ("FB", "Nasdaq")


def test_two_rows_of_one_ticker_stop_the_script() -> None:
    with pytest.raises(SourceError, match=r"BF\.B"):
        tidied([Row("BF-B", "A", ""), Row("BF.B", "B", "")])


def test_another_source_stops_the_script(tmp_path: Path) -> None:
    other = tmp_path / "company_tickers.parquet"
    other.write_bytes(b"PAR1")
    with pytest.raises(SourceError, match="not the edgar/reference"):
        make_symbols.read_source(other)


def test_what_the_script_writes_is_read_back_and_the_same_every_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from adapters import symbols as module

    packed = []
    write: Callable[[], None] = lambda: make_symbols.write([Row("EL", 'Estée "L", Inc', "")], tmp_path)  # noqa: E731
    for _ in range(2):
        write()
        packed.append((tmp_path / make_symbols.SYMBOLS).read_bytes())
    assert packed[0] == packed[1]
    monkeypatch.setattr(module, "FILE", tmp_path / make_symbols.SYMBOLS)
    assert module._bundled.__wrapped__().search("estee") == (Symbol("EL", 'Estée "L", Inc', ""),)


def test_a_name_alone_does_not_build_what_only_a_search_needs(rows: list[list[str]]) -> None:
    """The first chart asks for one name; the columns that are searched cost several times as much."""
    index = SymbolIndex(rows)
    assert index.name_of("AAPL") == Symbol("AAPL", "Apple Inc.", "Nasdaq")
    assert "_columns" not in vars(index)
    assert tickers(index.search("apple"))[0] == "AAPL"
    assert "_columns" in vars(index)
