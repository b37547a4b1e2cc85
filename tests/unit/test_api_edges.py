"""The edges of what can be asked: odd days, odd tickers, long ranges (requirements section 7, G)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from adapters.demo import DemoProvider
from adapters.prices import Kind
from market.calendars import sessions_of
from market.resolution import Resolution
from market.sessions import DAY_S, day_number
from tests.kit.house import house
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.web import ohlc, problem, web

AFTER_CLOSE = utc("2025-03-07 22:00")
SHARES = frozenset({"BRK.B", "F", "GOOGL", "AAPL", "BTC-USD"})


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    return web(house(tmp_path_factory.mktemp("edges"), [DemoProvider()]))


def scripted(folder: Path, **changes: object) -> FlaskClient:
    return web(house(folder, [ScriptedProvider(AFTER_CLOSE, **({"known": SHARES} | changes))]))


@pytest.mark.parametrize(
    ("start", "end"),
    [
        pytest.param("2012-06-30", "2012-07-01", id="G1 weekend"),
        pytest.param("2012-07-04", "2012-07-04", id="G2 holiday"),
        pytest.param("2012-10-29", "2012-10-30", id="G2 hurricane"),
        pytest.param("1990-01-01", "1990-01-31", id="G10 1990"),
        pytest.param("2000-02-01", "2000-02-28", id="G11 before the source begins"),
    ],
)
@pytest.mark.parametrize("resolution", ["D", "5"])
def test_api_4_days_without_trading_are_no_error(
    demo: FlaskClient, start: str, end: str, resolution: str
) -> None:
    answer = ohlc(demo, start_date=start, end_date=end, resolution=resolution)
    body = answer.get_json()
    assert (answer.status_code, body["candles"], body["count"]) == (200, [], 0)
    assert (body["start_date"], body["end_date"]) == (start, end)


def test_g11_a_span_that_begins_before_the_listing_holds_what_came_after(demo: FlaskClient) -> None:
    body = ohlc(demo, "FB", start_date="2012-05-01", end_date="2012-05-31").get_json()
    assert (body["candles"][0]["date"], body["count"]) == ("2012-05-18", 9)
    assert body["notes"] == ["Prices of FB begin here on 2012-05-18."]


@pytest.mark.parametrize(
    ("text", "ticker"),
    [
        pytest.param("BRK.B", "BRK.B", id="G4 share class with a dot"),
        pytest.param("BRK-B", "BRK.B", id="G5 share class with a dash"),
        pytest.param("F", "F", id="G6 one letter"),
        pytest.param("GOOGL", "GOOGL", id="G7 five letters"),
        pytest.param("brk-b", "BRK.B", id="lower case"),
        pytest.param("  aapl ", "AAPL", id="spaces around"),
        pytest.param("btc-usd", "BTC-USD", id="a pair keeps its dash"),
    ],
)
def test_a3_a7_tickers_are_taken_in_every_usual_spelling(tmp_path: Path, text: str, ticker: str) -> None:
    answer = ohlc(scripted(tmp_path), text)
    assert (answer.status_code, answer.get_json()["ticker"]) == (200, ticker)
    assert answer.get_json()["count"] > 15


def test_g8_a_delisted_ticker_has_its_old_prices_and_no_new_ones(tmp_path: Path) -> None:
    last_day = day_number(date(2024, 9, 30)) * DAY_S
    client = scripted(tmp_path, mangle=lambda candles: candles.between(0, last_day + 1))
    recent = ohlc(client, range="1M")
    assert (recent.status_code, recent.get_json()["count"]) == (200, 0)
    year = ohlc(client, range="1Y").get_json()
    assert (year["candles"][-1]["date"], year["missing"]) == ("2024-09-30", [])


@pytest.mark.parametrize(
    ("name", "start", "count"),
    [
        pytest.param("1D", "2013-03-01", 1, id="G13 one day"),
        pytest.param("1W", "2013-02-25", 5, id="five sessions"),
        pytest.param("YTD", "2013-01-01", 41, id="YTD"),
        pytest.param("1Y", "2012-03-01", 251, id="1Y"),
        pytest.param("5Y", "2008-03-01", 1259, id="G15 five years"),
        pytest.param("MAX", "2000-03-01", 3270, id="MAX"),
    ],
)
def test_ranges_end_with_the_sources_last_session(
    demo: FlaskClient, name: str, start: str, count: int
) -> None:
    """The demo's present is in 2013, whatever the year is elsewhere; the counts are the calendar's."""
    body = ohlc(demo, range=name.lower()).get_json()
    sessions = sessions_of("XNYS")
    assert len(sessions.between(date.fromisoformat(start), date(2013, 3, 1))) == count
    assert (body["time_range"], body["start_date"], body["end_date"]) == (name, start, "2013-03-01")
    assert body["count"] == count


def test_g14_the_same_day_twice_is_that_session(demo: FlaskClient) -> None:
    body = ohlc(demo, start_date="2012-11-23", end_date="2012-11-23", resolution="30").get_json()
    assert body["count"] == 7, "the day after Thanksgiving ends at 13:00"
    assert {candle["date"][:10] for candle in body["candles"]} == {"2012-11-23"}


def test_g16_where_the_resolution_does_not_reach_the_finest_that_does_is_shown_and_said(
    tmp_path: Path,
) -> None:
    client = scripted(tmp_path, first={Resolution.M1: date(2025, 2, 3), Resolution.M5: date(2024, 1, 2)})
    body = ohlc(client, range="6M", resolution="1").get_json()
    assert (body["resolution"], body["candles"][0]["date"]) == ("5", "2024-09-09T13:30:00Z")
    assert body["notes"] == ["1-minute candles are not offered here; showing 5-minute ones."]
    assert ohlc(client, range="1W", resolution="1").get_json()["resolution"] == "1"


def test_an_end_after_the_last_session_is_moved_there_and_said(demo: FlaskClient) -> None:
    body = ohlc(demo, start_date="2013-02-27", end_date="2013-06-30").get_json()
    assert (body["end_date"], body["count"]) == ("2013-03-01", 3)
    assert body["notes"] == ["The last session here is 2013-03-01; the range ends with it."]


def test_an_end_on_the_weekend_after_the_last_session_leaves_nothing_out(demo: FlaskClient) -> None:
    assert ohlc(demo, start_date="2013-02-27", end_date="2013-03-03").get_json()["notes"] == []


def test_days_between_the_sources_present_and_today_are_empty_and_said(tmp_path: Path) -> None:
    """The demo ends in 2013; asking it for a later past is no error of the person."""
    parts = house(tmp_path, [DemoProvider()])
    parts.clock.now_s = utc("2025-03-07 22:00").timestamp()
    body = ohlc(web(parts), start_date="2020-01-06", end_date="2020-01-10").get_json()
    assert (body["count"], body["notes"]) == (0, ["The last session here is 2013-03-01; nothing is later."])


@pytest.mark.parametrize(
    ("now", "start", "status"),
    [
        ("2025-03-07 15:00", "2025-03-07", 200),
        ("2025-03-07 15:00", "2025-03-08", 400),
        ("2025-03-08 04:59", "2025-03-08", 400),
        ("2025-03-08 05:00", "2025-03-08", 200),
    ],
)
def test_c10_the_future_begins_at_midnight_new_york(
    tmp_path: Path, now: str, start: str, status: int
) -> None:
    """C4, C13: not at the machine's midnight and not at UTC's."""
    client = web(house(tmp_path, [ScriptedProvider(utc(now))]))
    answer = ohlc(client, start_date=start, end_date=start)
    assert answer.status_code == status
    if status == 400:
        error = problem(answer)
        assert (error["code"], error["field"]) == ("date_in_future", "start_date")
        assert "2025-03-07" in error["message"]


def test_a_date_with_another_digit_than_ours_is_no_date(demo: FlaskClient) -> None:
    """Digits of other scripts are digits to Python."""
    thai = "2012-06-01".translate({ord("0") + digit: 0x0E50 + digit for digit in range(10)})
    assert thai.replace("-", "").isdigit()
    assert problem(ohlc(demo, start_date=thai, end_date="2012-06-29"))["field"] == "start_date"


def test_weeks_and_months_are_whole(demo: FlaskClient) -> None:
    """A span inside a month gives the whole month; its volume is the sum of its days."""
    month = ohlc(demo, start_date="2012-06-13", end_date="2012-06-14", resolution="M").get_json()["candles"]
    days = ohlc(demo, start_date="2012-06-01", end_date="2012-06-30").get_json()["candles"]
    assert [candle["date"] for candle in month] == ["2012-06-01"]
    assert month[0]["volume"] == sum(day["volume"] for day in days)


def test_demo_prices_do_not_stand_in_for_a_live_source(tmp_path: Path) -> None:
    live = ScriptedProvider(datetime.fromtimestamp(AFTER_CLOSE.timestamp(), UTC), kind=Kind.LIVE)
    client = web(house(tmp_path, [live, DemoProvider()]))
    assert problem(ohlc(client, "IBM"))["code"] == "ticker_not_found"
    assert ohlc(client, "IBM", source="demo").get_json()["source"] == "demo"
