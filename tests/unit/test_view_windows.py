"""Which window a question gets: never one giant candle, never other days without a word."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from adapters.demo import DemoProvider
from cache.candle_cache import CandleCache
from components.viewport import Facts, Plan, bars_per_session, parse, plan
from components.words import day_words, span_words
from market.calendars import sessions_for, sessions_of
from market.resolution import Resolution
from market.sessions import DAY_S
from pages.chart import answer
from tests.kit.files import Folder, csv_of, daily_rows
from tests.kit.house import house
from tests.kit.providers import ScriptedProvider, utc

XNYS = sessions_of("XNYS")
FACTS = Facts(XNYS, date(2000, 3, 1), date(2013, 3, 1))
YOUNG = Facts(XNYS, date(2012, 5, 18), date(2013, 3, 1))
LAST = XNYS.index(FACTS.last_session) + 1


def planned(facts: Facts = FACTS, **question: object) -> Plan:
    return plan(parse({"ticker": "AAPL", "px": 1150, **question}), facts)


def linked(query: str, facts: Facts = FACTS) -> Plan:
    return planned(facts, query=query)


def bars(shown: Plan) -> float:
    assert shown.view is not None
    return (shown.view[1] - shown.view[0]) * bars_per_session(XNYS, shown.resolution, LAST - 1)


def between(first: date, last: date) -> dict[str, int]:
    """Return the window of some sessions as the browser has it."""
    return {"from": int(XNYS.open[XNYS.index(first)]), "to": int(XNYS.close[XNYS.index(last)])}


@pytest.fixture
def demo(tmp_path: Path) -> CandleCache:
    return house(tmp_path, [DemoProvider()]).cache


def asked(cache: CandleCache, **question: object) -> dict[str, Any]:
    told = answer(cache, {"ticker": "AAPL", "px": 1150, **question})
    assert "error" not in told, told
    return told


# A level that is too coarse for the window.


@pytest.mark.parametrize(
    ("preset", "resolution", "words"),
    [
        ("1D", "M", "1 bar = 1 month"),
        ("1M", "W", "1 bar = 1 week"),
        ("1D", "D", "1 bar = 1 day"),
        ("6M", "M", "1 bar = 1 month"),
        ("1D", "60", "1 bar = 60 minutes"),
    ],
)
def test_a_short_range_is_widened_to_thirty_candles_and_says_so(
    preset: str, resolution: str, words: str
) -> None:
    for shown in (
        planned(range=preset, resolution=resolution),
        linked(f"t=AAPL&r={resolution}&range={preset}"),
    ):
        assert bars(shown) == pytest.approx(30)
        assert shown.view is not None
        assert shown.view[1] == LAST
        assert shown.notes == (f"Widened to 30 candles: {words}.",)


def test_an_answer_brings_the_candles_that_the_widened_window_shows(demo: CandleCache) -> None:
    told = asked(demo, query="t=AAPL&r=M&range=1D")
    assert told["resolution"] == "M"
    assert told["n"] >= 30


@pytest.mark.parametrize("preset", ["1D", "1W", "1M", "MAX"])
def test_auto_keeps_the_range_where_the_source_has_a_level_for_it(demo: CandleCache, preset: str) -> None:
    told = asked(demo, range=preset, resolution="auto")
    assert told["notes"] == []
    shown = planned(range="1D", resolution="auto")
    assert shown.view == (LAST - 1, LAST)


def test_a_coarser_level_for_the_window_on_the_screen_widens_it_and_keeps_its_end() -> None:
    """The browser sends the resolution of the candles on the screen back with the new one."""
    window = between(date(2010, 6, 1), date(2010, 6, 11))
    shown = planned(**window, resolution="D", drawn="auto")
    assert bars(shown) == pytest.approx(30)
    assert shown.view is not None
    assert shown.view[1] == XNYS.index(date(2010, 6, 11)) + 1
    assert planned(**window, resolution="D", pan=True).view is None


@pytest.mark.parametrize(
    "query", ["t=AAPL&r=D&from=2010-06-07&to=2010-06-11", "t=AAPL&from=2010-06-07&to=2010-06-07"]
)
def test_a_link_with_a_handful_of_candles_is_taken_at_its_word(query: str) -> None:
    shown = linked(query)
    assert shown.notes == ()
    assert shown.view is not None
    assert shown.view[0] == XNYS.index(date(2010, 6, 7))


def test_a_link_with_fewer_than_a_handful_is_not() -> None:
    assert bars(linked("t=AAPL&r=D&from=2010-06-08&to=2010-06-11")) == pytest.approx(30)


def test_a_window_that_keeps_its_level_keeps_its_width(demo: CandleCache) -> None:
    """Another adjustment or ticker, zoomed in to ten candles: the person had them like that."""
    window = between(date(2010, 6, 1), date(2010, 6, 14))
    first = asked(demo, query="t=AAPL&r=D&from=2010-06-01&to=2010-06-14")
    assert asked(demo, **first["state"] | window | {"adjust": "raw"})["view"] == first["view"]
    assert asked(demo, **first["state"] | window | {"ticker": "IBM"})["view"] == first["view"]
    assert asked(demo, **first["state"] | window | {"resolution": "W"})["view"] != first["view"]


def test_where_history_begins_the_window_grows_to_the_right() -> None:
    shown = linked("t=FB&r=D&from=2012-05-18&to=2012-05-21", YOUNG)
    begin = XNYS.index(date(2012, 5, 18))
    assert shown.view == (begin, begin + 30)


def test_a_history_of_fewer_candles_is_shown_whole() -> None:
    shown = linked("t=FB&r=M&range=1D", YOUNG)
    assert shown.view == (XNYS.index(date(2012, 5, 18)), LAST)
    assert shown.notes == ("Widened to all candles that there are: 1 bar = 1 month.",)
    assert linked("t=FB&r=M&range=MAX", YOUNG).notes == ()


# A source that has nothing as fine.


@pytest.fixture
def daily(tmp_path: Path) -> CandleCache:
    folder = Folder(tmp_path)
    folder.write("OWN.csv", csv_of(daily_rows(date(2012, 1, 3), date(2013, 2, 28))))
    return house(tmp_path, [folder.provider]).cache


def test_auto_on_a_daily_file_shows_thirty_days_and_complains_of_no_choice(daily: CandleCache) -> None:
    told = asked(daily, ticker="OWN", range="1D", resolution="auto")
    low, high = told["view"]
    assert (told["resolution"], high - low, told["n"] >= 30) == ("D", 30, True)
    assert told["notes"] == ["Widened to 30 candles: 1 bar = 1 day."]
    assert told["keep"][2] == 0, "nothing finer is to be had, so the next look asks for nothing"


def test_a_resolution_that_a_person_chose_and_the_file_lacks_is_told(daily: CandleCache) -> None:
    """And the window is not cut to what would fit of the candles that do not exist."""
    told = asked(daily, ticker="OWN", range="6M", resolution="5")
    low, high = told["view"]
    assert (told["resolution"], told["notes"]) == (
        "D",
        ["5-minute candles are not offered here; showing daily ones."],
    )
    assert high - low > 100


def test_a_pan_beyond_the_minutes_of_a_source_stays_where_it_is(tmp_path: Path) -> None:
    first = {r: date(2000, 1, 3) if r is Resolution.DAY else date(2024, 1, 2) for r in Resolution}
    cache = house(tmp_path, [ScriptedProvider(utc("2025-03-07 22:00"), first=first)]).cache
    told = asked(cache, **between(date(2005, 3, 7), date(2005, 3, 11)), resolution="auto", pan=True)
    assert (told["resolution"], told["view"], told["notes"]) == ("D", None, [])


def test_a_widened_window_that_leaves_the_level_behind_gets_one_that_reaches(tmp_path: Path) -> None:
    """Five minutes where there were to be one; thirty of the next level begin before that level does."""
    first = {
        Resolution.DAY: date(2000, 1, 3),
        Resolution.M60: date(2025, 3, 6),
        Resolution.M1: date(2025, 3, 8),
    }
    offered = frozenset(first)
    cache = house(tmp_path, [ScriptedProvider(utc("2025-03-07 22:00"), first=first, offered=offered)]).cache
    told = asked(cache, range="1D", resolution="1")
    assert told["resolution"] == "D"
    assert told["notes"][0] == "1-minute candles are not offered here; showing daily ones."


# Windows in which there is nothing.


@pytest.mark.parametrize(
    ("window", "words"),
    [
        ("from=2012-09-08&to=2012-09-09", "from 8 to 9 Sep 2012"),
        ("from=2012-09-03&to=2012-09-03", "on 3 Sep 2012"),
        ("from=2012-09-08T15:00Z&to=2012-09-09T20:00Z", "then"),
    ],
)
def test_a_link_to_a_weekend_or_a_holiday_says_what_it_shows_instead(window: str, words: str) -> None:
    note = f"There was no trading {words}; the view was moved to the sessions around it."
    auto, by_day = linked(f"t=AAPL&{window}"), linked(f"t=AAPL&r=D&{window}")
    assert auto.notes == (note,)
    assert auto.view is not None
    assert auto.view[1] - auto.view[0] == 2
    assert by_day.notes[0] == note
    assert bars(by_day) == pytest.approx(30)
    assert auto.moved
    assert by_day.moved


@pytest.mark.parametrize("window", ["from=2012-05-12&to=2012-05-13", "from=2013-03-02&to=2013-03-03"])
def test_a_weekend_beside_the_history_is_told_where_prices_are(window: str) -> None:
    shown = linked(f"t=FB&{window}", YOUNG)
    words = "Prices begin on 18 May 2012 and end on 1 Mar 2013; the view was moved to where they are."
    assert shown.notes == (words,)


def test_a_window_with_trading_is_not_moved(demo: CandleCache) -> None:
    assert not planned(range="1D").moved
    assert asked(demo, query="t=AAPL&r=D&from=2012-09-03&to=2012-10-04")["moved"] is False


def test_a_narrowed_window_says_how_to_see_the_rest() -> None:
    assert planned(range="MAX", resolution="1").notes == (
        "Narrowed to the 500 candles that fit: 1 bar = 1 minute. Pick Auto for the whole range.",
    )


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        (date(2012, 9, 29), date(2012, 10, 1), "from 29 Sep to 1 Oct 2012"),
        (date(2012, 12, 30), date(2013, 1, 1), "from 30 Dec 2012 to 1 Jan 2013"),
        (date(2012, 12, 25), date(2012, 12, 25), "on 25 Dec 2012"),
        (0, DAY_S, "then"),
    ],
)
def test_days_are_written_as_people_read_them(start: date | int, end: date | int, words: str) -> None:
    assert span_words(start, end) == words
    assert day_words(date(2013, 3, 1)) == "1 Mar 2013"


# A range that goes from ticker to ticker.


@pytest.mark.parametrize("ticker", ["AAPL", "VOD.L", "BTC-USD", "7203.T"])
@pytest.mark.parametrize("resolution", ["auto", "30"])
@pytest.mark.parametrize("adjust", ["split", "raw"])
def test_a_months_range_is_a_month_of_every_calendar(
    tmp_path: Path, ticker: str, resolution: str, adjust: str
) -> None:
    """The edges that come along are the former ticker's and count for nothing."""
    at = utc("2025-03-07 22:00")
    other = ScriptedProvider(at, name="other")
    provider = ScriptedProvider(at, known=frozenset({ticker}))
    cache = house(tmp_path, [other, provider]).cache
    window = between(date(2010, 6, 1), date(2010, 6, 11))
    question = {"range": "1M", "resolution": resolution, "adjust": adjust, "source": "scripted"}
    told = asked(cache, ticker=ticker, **window, **question)
    sessions = sessions_for(ticker)
    low, high = told["view"]
    assert told["state"] | {"priced": None} == {
        "ticker": ticker,
        "resolution": resolution,
        "range": "1M",
        "adjust": adjust,
        "source": "scripted",
        "priced": None,
        "drawn": resolution,
        "shown": "scripted",
    }
    assert told["source"] == "scripted"
    assert sessions.date(int(low)) >= date(2025, 2, 7)
    assert sessions.date(int(high) - 1) == sessions.date(sessions.at(at))
    narrowed = [note for note in told["notes"] if "Narrowed" in note]
    assert [note for note in told["notes"] if note not in narrowed] == [f"{sessions.note}."] * bool(
        sessions.note
    )
    assert bool(narrowed) == (ticker == "BTC-USD" and resolution == "30")


def test_a_range_longer_than_a_tickers_history_is_all_of_it(demo: CandleCache) -> None:
    told = asked(demo, ticker="FB", range="5Y", resolution="auto")
    assert told["view"] == (told["first_x"], told["last_x"])
    assert (told["state"]["range"], told["notes"]) == ("5Y", [])
