"""The OHLC route: its body, and what its headers tell (api-1, api-2)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from adapters.demo import DemoProvider
from adapters.errors import RateLimitedError, UnavailableError
from adapters.prices import PriceRequest
from market.resolution import Resolution
from tests.kit.house import NAMES, Clock, TestHouse, house
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.web import ohlc, problem, web, without_table

AFTER_CLOSE = utc("2025-03-07 22:00")


@pytest.fixture
def demo(tmp_path: Path) -> TestHouse:
    return house(tmp_path, [DemoProvider()])


@pytest.fixture
def client(demo: TestHouse) -> FlaskClient:
    return web(demo)


def test_api_1_the_body_holds_the_candles_and_their_whole_story(client: FlaskClient) -> None:
    body = ohlc(client, range="1W").get_json()
    assert list(body) == [
        "ticker", "candles", "time_range", "start_date", "end_date", "count", "source", "resolution",
        "adjust", "cache_expires_at", "provenance", "missing", "notes",
    ]  # fmt: skip
    assert body["candles"][-1] == {
        "date": "2013-03-01",
        "open": 438.0, "high": 438.1799, "low": 429.98, "close": 430.47, "volume": 19730300,
    }  # fmt: skip
    assert body["count"] == len(body["candles"]) == 5
    assert (body["ticker"], body["source"], body["resolution"]) == ("AAPL", "demo", "D")
    assert (body["time_range"], body["adjust"]) == ("1W", "split")
    assert (body["start_date"], body["end_date"]) == ("2013-02-25", "2013-03-01")
    assert body["provenance"] == [
        {
            "start": "2013-02-25", "end": "2013-03-01", "source": "demo", "tier": "provider",
            "fetched_at": "2013-03-01T21:00:00Z", "basis": "raw", "stale": False,
            "settled_to": "2013-03-02T00:00:00Z",
        }
    ]  # fmt: skip
    assert body["cache_expires_at"] == "2013-05-30T21:00:00Z"
    assert (body["missing"], body["notes"]) == ([], [])


def test_without_parameters_it_is_a_month_of_daily_candles(client: FlaskClient) -> None:
    body = ohlc(client).get_json()
    assert (body["time_range"], body["start_date"], body["resolution"]) == ("1M", "2013-02-01", "D")
    assert body["count"] == 20


@pytest.mark.parametrize(
    ("resolution", "start", "first_dates"),
    [
        ("D", "2012-06-28", ["2012-06-28", "2012-06-29"]),
        ("W", "2012-06-28", ["2012-06-25", "2012-07-02"]),
        ("W", "2012-09-05", ["2012-09-04", "2012-09-10"]),
        ("M", "2012-06-28", ["2012-06-01", "2012-07-02"]),
        ("5", "2012-06-28", ["2012-06-28T13:30:00Z", "2012-06-28T13:35:00Z"]),
        ("5", "2012-12-28", ["2012-12-28T14:30:00Z", "2012-12-28T14:35:00Z"]),
    ],
)
def test_the_date_is_the_first_sessions_or_the_start_of_the_bar_in_utc(
    client: FlaskClient, resolution: str, start: str, first_dates: list[str]
) -> None:
    """After Labor Day the week begins on a Tuesday; summer and winter differ by an hour in UTC."""
    body = ohlc(client, start_date=start, end_date="2013-01-04", resolution=resolution).get_json()
    assert [candle["date"] for candle in body["candles"][:2]] == first_dates


def test_b11_every_number_is_the_providers_own(client: FlaskClient, demo: TestHouse) -> None:
    """B3, B4, B12: count, order and all fields come through the cache and the JSON to the last bit."""
    sessions = {"start_date": "2000-09-25", "end_date": "2000-10-06"}
    served = ohlc(client, **sessions, adjust="raw").get_json()["candles"]
    original = DemoProvider().candles(_request("AAPL", "2000-09-25", "2000-10-06")).candles
    columns = (original.open, original.high, original.low, original.close, original.volume)
    rows = list(zip(*(column.tolist() for column in columns), strict=True))
    assert [(c["open"], c["high"], c["low"], c["close"], c["volume"]) for c in served] == rows
    assert [c["date"] for c in served] == sorted(c["date"] for c in served)


def test_g12_prices_are_split_adjusted_unless_raw_is_asked_for(client: FlaskClient) -> None:
    span = {"start_date": "2005-02-25", "end_date": "2005-02-28"}
    split, raw = (ohlc(client, **span, adjust=how).get_json() for how in ("split", "raw"))
    assert (split["adjust"], raw["adjust"]) == ("split", "raw")
    before_split, before_raw = split["candles"][0], raw["candles"][0]
    assert before_split["close"] == before_raw["close"] / 2
    assert before_split["volume"] == before_raw["volume"] * 2
    assert split["candles"][1] == raw["candles"][1]
    assert ohlc(client, **span).get_json()["candles"] == split["candles"]


def test_api_2_the_source_is_the_provider_then_memory_then_the_table(tmp_path: Path) -> None:
    """E15, F3, H3: a second process on the same file asks no provider."""
    first = house(tmp_path, [DemoProvider()])
    client = web(first)
    assert ohlc(client).headers["X-Cache-Source"] == "demo"
    first.clock.now_s += 61.9
    again = ohlc(client)
    assert (again.headers["X-Cache-Source"], again.headers["X-Cache-Age"]) == ("in-memory", "61")
    other_process = house(tmp_path, [DemoProvider()], clock=first.clock)
    stored = ohlc(web(other_process))
    assert (stored.headers["X-Cache-Source"], stored.headers["X-Cache-Age"]) == ("sqlite", "61")
    assert other_process.cache.statistics.snapshot()["provider_calls"] == 0
    assert stored.get_json()["candles"] == again.get_json()["candles"]
    assert stored.get_json()["provenance"][0]["tier"] == "sqlite"


def test_a4_the_cache_key_names_both_dates(client: FlaskClient) -> None:
    """A3: the spelling of the ticker does not show in it."""
    answer = ohlc(
        client, "aapl", start_date="2012-06-01", end_date="2012-06-29", resolution="5", adjust="raw"
    )
    assert answer.headers["X-Cache-Key"] == "ohlc:AAPL:5:2012-06-01:2012-06-29:raw"
    assert ohlc(client).headers["X-Cache-Key"] == "ohlc:AAPL:D:2013-02-01:2013-03-01:split"


def test_h21_nobody_on_the_way_may_store_an_answer(client: FlaskClient) -> None:
    answer = ohlc(client)
    assert answer.headers["Cache-Control"] == "no-store"
    conditional = {"X-Cache-Error", "X-Cache-Write-Error", "X-Stale-Since", "Retry-After"}
    assert not conditional & set(answer.headers.keys())


def test_an_empty_answer_is_of_age_zero(client: FlaskClient) -> None:
    answer = ohlc(client, start_date="2013-02-23", end_date="2013-02-24")
    assert (answer.get_json()["count"], answer.headers["X-Cache-Age"]) == (0, "0")


def test_e1_e2_a_table_that_fails_shows_in_the_headers_and_costs_no_candle(tmp_path: Path) -> None:
    parts = house(tmp_path, [DemoProvider()])
    without_table(tmp_path, NAMES.ohlc)
    answer = ohlc(web(parts))
    assert (answer.status_code, answer.get_json()["count"]) == (200, 20)
    assert answer.headers["X-Cache-Error"] == "true"
    assert answer.headers["X-Cache-Write-Error"] == "true"


def test_stale_prices_say_since_when(tmp_path: Path) -> None:
    """cache-11: when the source fails, what is held is served and marked."""
    provider = ScriptedProvider(AFTER_CLOSE)
    parts = house(tmp_path, [provider])
    client = web(parts)
    ohlc(client)
    provider.error = UnavailableError("scripted is down.")
    parts.clock.now_s += 91 * 86_400
    answer = ohlc(client)
    assert (answer.status_code, answer.headers["X-Cache-Source"]) == (200, "stale")
    assert answer.headers["X-Stale-Since"] == "2025-03-07T22:00:00Z"
    assert answer.headers["X-Cache-Age"] == str(91 * 86_400)
    assert answer.get_json()["provenance"][0]["stale"] is True


def test_parts_that_could_not_be_had_are_named(tmp_path: Path) -> None:
    """What was held is served, what is missing is said with its dates and its reason."""
    provider = ScriptedProvider(AFTER_CLOSE)
    client = web(house(tmp_path, [provider]))
    ohlc(client, start_date="2024-06-03", end_date="2024-06-28")
    provider.error = UnavailableError("scripted is down.")
    body = ohlc(client, start_date="2023-06-01", end_date="2024-06-28").get_json()
    assert body["missing"] == [{"start": "2023-06-01", "end": "2023-12-31", "reason": "scripted is down."}]
    assert body["provenance"][0]["start"] == "2024-01-01"


def test_e4_with_nothing_held_a_failing_source_is_503_and_says_when_to_ask_again(tmp_path: Path) -> None:
    """D27, E3: the failure is not cached either."""
    provider = ScriptedProvider(AFTER_CLOSE, error=UnavailableError("scripted is down.", retry_after_s=7))
    client = web(house(tmp_path, [provider]))
    answer = ohlc(client)
    error = problem(answer)
    assert (answer.status_code, error["code"]) == (503, "prices_unavailable")
    assert "temporarily unavailable, try again in 7 s" in error["message"]
    assert answer.headers["Retry-After"] == "7"
    assert answer.headers["X-Cache-Key"] == "ohlc:AAPL:D:2025-02-07:2025-03-07:split"
    provider.error = None
    assert ohlc(client).status_code == 200


def test_a_used_up_budget_is_429_and_says_when_to_ask_again(tmp_path: Path) -> None:
    busy = RateLimitedError("scripted's hourly budget is used up.", retry_after_s=1800)
    answer = ohlc(web(house(tmp_path, [ScriptedProvider(AFTER_CLOSE, error=busy)])))
    assert (answer.status_code, problem(answer)["code"]) == (429, "rate_limited")
    assert answer.headers["Retry-After"] == "1800"


def test_a_source_is_asked_by_its_name(tmp_path: Path) -> None:
    """cache-5, api-7: the view is pinned to it, in any spelling of its name."""
    one, two = ScriptedProvider(AFTER_CLOSE, name="one"), ScriptedProvider(AFTER_CLOSE, name="two")
    client = web(house(tmp_path, [one, two], clock=Clock(AFTER_CLOSE.timestamp())))
    assert ohlc(client).get_json()["source"] == "one"
    assert ohlc(client, source="Two").get_json()["source"] == "two"
    assert problem(ohlc(client, source="three"))["message"].startswith("Source must be one of one, two")


def _request(ticker: str, start: str, end: str) -> PriceRequest:
    return PriceRequest(ticker, Resolution.DAY, date.fromisoformat(start), date.fromisoformat(end))
