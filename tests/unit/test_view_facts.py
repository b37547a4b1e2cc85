"""What an answer tells about its ticker: company, exchange, currency, adjustment, and what is not there."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pytest
from dash import Dash

import pages
from adapters.demo import DemoProvider
from adapters.errors import UnknownTickerError
from adapters.prices import Basis
from adapters.symbols import Symbol, SymbolIndex
from cache.candle_cache import CandleCache
from cache.errors import TickerNotFoundError
from components.story import About, about, adjusted
from pages.chart import answer
from tests.kit.files import HEADER, Folder, csv_of, daily_rows
from tests.kit.house import house
from tests.kit.providers import ScriptedProvider, utc

FACTS = ("name", "exchange", "currency", "adjusted", "market")


@pytest.fixture
def demo(tmp_path: Path) -> CandleCache:
    return house(tmp_path, [DemoProvider()]).cache


def listed(ticker: str) -> About:
    return about(ticker, SymbolIndex.load().name_of(ticker))


def asked(cache: CandleCache, **question: object) -> dict[str, Any]:
    """Return the answer to a question as the browser puts it."""
    return answer(cache, {"ticker": "AAPL", "range": "6M", "resolution": "D", "px": 900, **question}, listed)


def test_an_answer_tells_what_stands_above_the_chart(demo: CandleCache) -> None:
    told = asked(demo)
    assert [told[fact] for fact in FACTS] == [
        "Apple Inc.",
        "NASDAQ",
        "USD",
        "split-adjusted",
        "market closed",
    ]


@pytest.mark.parametrize(
    ("adjust", "words"), [("raw", "as traded"), ("split", "split-adjusted"), ("total", "total return")]
)
def test_the_words_follow_the_adjustment_that_is_chosen(demo: CandleCache, adjust: str, words: str) -> None:
    assert asked(demo, adjust=adjust)["adjusted"] == words


def test_prices_that_a_source_has_adjusted_are_never_called_as_traded(tmp_path: Path) -> None:
    """What is shown counts, not what was asked for."""
    provider = ScriptedProvider(utc("2025-03-07 22:00"))
    provider.basis = Basis.SPLIT
    cache = house(tmp_path, [provider]).cache
    assert asked(cache, adjust="raw")["adjusted"] == "split-adjusted"
    assert adjusted("split", ["raw", "total"]) == "total return"
    assert adjusted("raw", []) == "as traded"


@pytest.mark.parametrize(
    ("ticker", "facts"),
    [
        ("IBM", About("International Business Machines Corp", "NYSE", "USD")),
        (
            "ETI.P",
            About("Entergy Texas, Inc.", "NYSE", "USD"),
        ),  # its calendar is unknown, its register is not
        ("VOD.L", About("", "LSE", "GBP")),
        ("MYFILE", About("", "", "USD")),
        ("BTC-USD", About("", "", "USD")),
        ("ABC.QQ", About()),
    ],
)
def test_what_is_known_comes_from_the_list_and_from_the_spelling(ticker: str, facts: About) -> None:
    assert listed(ticker) == facts


def test_an_exchange_that_the_list_does_not_name_stays_unknown() -> None:
    assert about("GUAC", Symbol("GUAC", "Berto Acquisition Corp. II", "")) == About(
        "Berto Acquisition Corp. II", "", "USD"
    )


def test_a_ticker_without_prices_is_told_in_a_sentence_with_examples_to_press(demo: CandleCache) -> None:
    """Settings are not the words of somebody who looks at prices; the API and the README name them."""
    told = asked(demo, ticker="zzzq")
    sentence = "No prices for ZZZQ. Check the spelling, or pick a source."
    assert told["error"] == {
        "code": "ticker_not_found",
        "message": f"{sentence} The demo has AAPL, FB, GOOG, IBM and MSFT.",
        "examples": ["AAPL", "FB", "GOOG", "IBM", "MSFT"],
    }
    assert (told["ticker"], told["name"]) == ("ZZZQ", "")
    with pytest.raises(TickerNotFoundError, match=r"FILES_DIR"):
        demo.listing("ZZZQ")


def test_at_most_five_examples_are_of_all_sources_and_none_is_what_was_asked_for(tmp_path: Path) -> None:
    known = (frozenset({"F", "MSFT"}), frozenset("ABCDEFG"))
    at = utc("2025-03-07 22:00")
    providers = [ScriptedProvider(at, name=f"source{i}", known=some) for i, some in enumerate(known)]
    cache = house(tmp_path, providers).cache
    assert asked(cache, ticker="zzzq")["error"]["examples"] == ["F", "MSFT", "A", "B", "C"]
    assert asked(cache, ticker="MSFT", source="source1")["error"]["examples"] == list("ABCDE")


def test_a_source_that_learns_late_that_it_has_no_such_ticker_still_offers_one(tmp_path: Path) -> None:
    """Live sources find out with the first call."""
    provider = ScriptedProvider(utc("2025-03-07 22:00"), known=frozenset({"AAPL", "NEWS"}))
    provider.error = UnknownTickerError("There is no such ticker.", provider=provider.name)
    assert asked(house(tmp_path, [provider]).cache, ticker="NEWS")["error"]["examples"] == ["AAPL"]


def test_another_trouble_offers_no_tickers(demo: CandleCache) -> None:
    assert "examples" not in asked(demo, source="nowhere")["error"]


@pytest.mark.parametrize("adjust", ["raw", "split", "total"])
@pytest.mark.parametrize("resolution", ["D", "W"])
def test_prices_of_a_file_that_nothing_was_done_to_are_as_in_the_file(
    tmp_path: Path, adjust: str, resolution: str
) -> None:
    folder = Folder(tmp_path)
    folder.write("OWN.csv", csv_of(daily_rows(date(2012, 1, 3), date(2013, 2, 28))))
    cache = house(tmp_path, [folder.provider]).cache
    told = asked(cache, ticker="OWN", adjust=adjust, resolution=resolution)
    assert told["adjusted"] == "as in your file"


def test_a_file_that_names_its_splits_is_split_adjusted_where_they_are_applied(tmp_path: Path) -> None:
    rows = daily_rows(date(2012, 1, 3), date(2013, 2, 28))
    at = len(rows) - 30
    before = [(r[0], *(4 * x for x in r[1:5]), r[5], 0) for r in rows[:at]]
    split = [(*r, 4 if i == 0 else 0) for i, r in enumerate(rows[at:])]
    folder = Folder(tmp_path)
    folder.write("OWN.csv", csv_of([*before, *split], header=f"{HEADER},split"))
    cache = house(tmp_path, [folder.provider]).cache
    assert asked(cache, ticker="OWN", range="1Y")["adjusted"] == "split-adjusted"
    assert asked(cache, ticker="OWN", range="1Y", adjust="raw")["adjusted"] == "as in your file"


def test_a_company_without_prices_here_still_has_its_name(demo: CandleCache) -> None:
    told = asked(demo, ticker="TSLA")
    assert (told["error"]["code"], told["name"]) == ("ticker_not_found", "Tesla, Inc.")


def test_the_facts_add_little_to_an_answer(demo: CandleCache) -> None:
    told = asked(demo)
    added = {fact: told[fact] for fact in FACTS}
    assert len(orjson.dumps(added)) < 150


def test_a_ticker_is_looked_up_once_however_often_it_is_asked_for(demo: CandleCache) -> None:
    """A pan must not get slower."""
    looked: list[str] = []

    def look_up(ticker: str) -> Symbol | None:
        looked.append(ticker)
        return Symbol(ticker, "A company", "NYSE")

    app = Dash("chandlery", use_pages=False)
    pages.register(app, demo, look_up)
    client = app.server.test_client()
    viewport = {"id": {"chart": 1, "type": "viewport"}, "property": "data"}
    question = {"ticker": "IBM", "range": "6M", "resolution": "D", "px": 900}
    body = {
        "output": '{"chart":["MATCH"],"type":"bars"}.data',
        "outputs": {"id": {"chart": 1, "type": "bars"}, "property": "data"},
        "inputs": [viewport | {"value": question}],
        "changedPropIds": ['{"chart":1,"type":"viewport"}.data'],
    }
    for _ in range(3):
        told = client.post("/_dash-update-component", json=body).get_json()
        assert told["response"]['{"chart":1,"type":"bars"}']["data"]["name"] == "A company"
    assert looked == ["IBM"]
