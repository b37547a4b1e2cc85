"""Whatever is typed: never an error, and every result holds what was typed by the rule that is stated."""

from __future__ import annotations

import re
import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from adapters.symbols import Symbol, SymbolIndex

names = st.text(st.sampled_from("abAB é-.&'_1\u0301ß"), max_size=12)
tables = st.lists(
    st.tuples(st.text("AB.-1", min_size=1, max_size=4), names, st.sampled_from(["NYSE", ""])),
    max_size=12,
    unique_by=lambda row: row[0],
)
typed = names | st.sampled_from(["A", "AB", "B1", "a b", "é", "ab-b", "A\nB", "ss"])
bundled = st.sampled_from(
    [symbol for letter in "abcxyz" for symbol in SymbolIndex.load().search(letter, 200)]
)


def words_of(text: str) -> list[str]:
    """Do it letter by letter: small, without (Latin) accents, cut at what is neither letter nor digit."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    kept = "".join(letter for letter in plain if not "\u0300" <= letter <= "\u036f")
    return "".join(letter if letter.isalnum() else " " for letter in kept).split()


def tier(text: str, ticker: str, name: str) -> int | None:
    """Return how well a row matches, by the rule as it is written: 0 is best, None is not at all."""
    words, of_name = words_of(text), words_of(name)
    whole, short = "".join(words), "".join(words_of(ticker))
    if short == whole:
        return 0
    if short.startswith(whole):
        return 1
    if "".join(of_name).startswith(whole):
        return 2
    begin = all(any(word.startswith(part) for word in of_name) for part in words)
    return 3 if begin else None


@given(table=tables, text=typed)
def test_a_search_finds_exactly_what_the_rule_says_in_its_order(
    table: list[tuple[str, str, str]], text: str
) -> None:
    found = [symbol.ticker for symbol in SymbolIndex(table).search(text, 100)]
    ranked = [(tier(text, ticker, name), ticker) for ticker, name, _ in table] if words_of(text) else []
    expected = [ticker for best in range(4) for rank, ticker in ranked if rank == best]
    spelt = re.sub(r"\A([A-Z]{1,5})-([A-Z])\Z", r"\1.\2", text.strip().upper())
    if spelt in expected and text.isascii():
        expected.remove(spelt)
        expected.insert(0, spelt)
    assert found == expected


@given(text=st.text(max_size=200) | st.text("aeinc &.", max_size=40))
def test_any_text_finds_what_holds_it_and_the_same_again(text: str) -> None:
    index = SymbolIndex.load()
    found = index.search(text, 20)
    assert found == index.search(text, 20)
    assert index.search(text, 5) == found[:5]
    ranks = [tier(text, symbol.ticker, symbol.name) for symbol in found]
    assert None not in ranks
    assert ranks == sorted(ranks, key=lambda rank: rank or 0)


@given(symbol=bundled, data=st.data())
def test_every_symbol_is_found_by_its_ticker_and_by_the_beginnings_of_its_words(
    symbol: Symbol, data: st.DataObject
) -> None:
    index = SymbolIndex.load()
    assert index.search(symbol.ticker.lower())[0] == symbol
    assert index.name_of(symbol.ticker) == symbol
    begun = [word[: data.draw(st.integers(1, len(word)))] for word in words_of(symbol.name)]
    assert symbol in index.search(" ".join(data.draw(st.permutations(begun))), 20_000)


@given(text=st.text("aAbcEINOst éÉ&.-'/_0", max_size=12))
def test_capitals_and_punctuation_do_not_count(text: str) -> None:
    index = SymbolIndex.load()
    plain = " ".join(words_of(text))
    assert set(index.search(plain, 20)) == set(index.search(f"!{plain.upper()}?", 20))


@given(text=st.text(max_size=60) | st.text("ABFKRT.- ", max_size=6))
def test_any_text_has_a_name_or_none(text: str) -> None:
    symbol = SymbolIndex.load().name_of(text)
    assert symbol is None or words_of(symbol.ticker) == words_of(text)
