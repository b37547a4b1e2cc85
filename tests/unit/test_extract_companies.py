"""record-4: which companies are named, and which words only look like one."""

from __future__ import annotations

import re

import pytest

from adapters.extractors import Stocks
from adapters.extractors.companies import CompanyFinder
from adapters.extractors.cues import cues_of, kinds, meaning
from adapters.extractors.speech import Speech
from adapters.extractors.vocabulary import vocabulary
from adapters.symbols import Symbol
from adapters.transcripts import read_transcript


@pytest.fixture(scope="module")
def finder() -> CompanyFinder:
    return CompanyFinder(Stocks.load())


def named(text: str, finder: CompanyFinder) -> list[tuple[str, str]]:
    return [(each.ticker, each.asset_type) for each in finder.find(Speech(read_transcript(text)))]


def stocks_in(text: str, finder: CompanyFinder) -> list[str]:
    return [ticker for ticker, kind in named(text, finder) if kind == "stock"]


@pytest.mark.parametrize(
    ("text", "tickers"),
    [
        ("I bought $AAPL and $brk.b today.", ["AAPL", "BRK.B"]),
        ("I bought AAPL, then BRK.B. Good.", ["AAPL", "BRK.B"]),
        ("Apple's quarter was fine. McDonald's and Lowe's too.", ["AAPL", "MCD", "LOW"]),
        ("Johnson & Johnson, AT&T, Procter & Gamble and S&P Global.", ["JNJ", "T", "PG", "SPGI"]),
        ("Coca-Cola beats PepsiCo; T-Mobile beats Verizon.", ["KO", "PEP", "TMUS", "VZ"]),
        ("Warner Bros. Discovery fell. Then Gap Inc. reported.", ["WBD", "GAP"]),
        ("so i bought bank of america and j p morgan and u p s", ["BAC", "JPM", "UPS"]),
        ("i like palantir stock and sofi stock and nvda stock", ["PLTR", "SOFI", "NVDA"]),
        ("i went to target and then i sold my target shares", ["TGT", "TGT"]),
        ("She loves Target. We think Target stock is cheap.", ["TGT", "TGT"]),
        ("I own Match Group shares.", ["MTCH"]),
    ],
)
def test_companies_by_every_way_of_naming_them(text: str, tickers: list[str], finder: CompanyFinder) -> None:
    assert stocks_in(text, finder) == tickers


@pytest.mark.parametrize(
    "text",
    [
        "It is NOW or never, and we are ON it. ALL good, so GO on.",
        "I have an open mind and a fast car, and I love it.",
        "my price target is two hundred and the gap up got filled",
        "an apple a day and an apple pie",
        "The Dow is up and the Nasdaq is down.",
        "a visa for my trip and a block of gold",
        "healthcare stocks and gold stocks and energy shares",
        "CEO, CFO, EPS and the IPO on the NYSE",
        "Key points: match your risk, shift gears, and chase your dreams.",
        "THIS IS NOT ADVICE. BUY WHAT YOU LIKE. ARE YOU ALL HERE?",
        "five dollars, $5, $1000 and $",
        "Here are five ideas. US growth is fine.",
    ],
)
def test_words_that_are_no_companies(text: str, finder: CompanyFinder) -> None:
    assert stocks_in(text, finder) == []


def test_funds_coins_and_foreign_listings_are_named_as_what_they_are(finder: CompanyFinder) -> None:
    text = "I hold SPY and Bitcoin, SAP.DE and 7203.T, and Novo Nordisk in Copenhagen. Then $VOO."
    assert named(text, finder) == [
        ("SPY", "etf"),
        ("BTC", "crypto"),
        ("SAP.DE", "foreign"),
        ("7203.T", "foreign"),
        ("NVO", "foreign"),
        ("VOO", "stock"),  # a cashtag is taken as it is; the listing knows better
    ]
    assert Stocks.load().listing.judge("VOO") == "etf"


def test_what_people_say_means_stocks_of_the_list() -> None:
    listing, words = Stocks.load().listing, vocabulary()
    assert [
        said for said, ticker in words.said.items() if not isinstance(listing.judge(ticker), Symbol)
    ] == []
    assert [ticker for ticker in words.traded_words if not isinstance(listing.judge(ticker), Symbol)] == []
    assert {listing.judge(fund) for fund in words.funds} == {"etf"}
    assert {listing.judge(coin) for coin in words.coins} == {"crypto"}


@pytest.mark.parametrize(
    ("clause", "action"),
    [
        ("i bought @0", "buy"),
        ("i'm not buying @0", "avoid"),
        ("i would never sell @0", "hold"),
        ("i would never short @0", "mention"),
        ("i didn't sell @0", "hold"),
        ("i did not buy @0", "mention"),
        ("i wouldn't touch @0", "avoid"),
        ("@0 is a strong buy", "buy"),
        ("@0 is not a buy", "avoid"),
        ("i sold a third of my @0", "trim"),
        ("i sold puts on @0", "buy"),
        ("i sold covered calls on @0", "hold"),
        ("i bought puts on @0", "short"),
        ("i am short @0", "short"),
        ("i covered my short in @0", "mention"),
        ("i bought more @0", "add"),
        ("i doubled down on @0", "add"),
        ("i'm waiting for a better entry on @0", "watch"),
        ("no plans to sell @0", "hold"),
    ],
)
def test_a_cue_means_what_it_says_with_its_not(clause: str, action: str) -> None:
    assert [meaning(cue, clause) for cue in cues_of(clause)][:1] == [action]


@pytest.mark.parametrize(
    "clause", ["in the short term @0", "long term @0", "a short list", "my holdings", "unsold"]
)
def test_words_that_only_look_like_cues(clause: str) -> None:
    assert cues_of(clause) == []


def test_no_pattern_can_match_nothing_or_ties_itself_up() -> None:
    for kind in kinds():
        assert not kind.pattern.match("")
        assert not re.search(r"[+*]\)[+*]", kind.pattern.pattern)
