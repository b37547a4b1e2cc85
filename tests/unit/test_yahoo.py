"""Yahoo's words and client: recordings, quirks, depth, spelling, pence (cache-4, cache-16)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from adapters.errors import (
    BadPayloadError,
    NotInPlanError,
    NotOfferedError,
    ProviderError,
    RateLimitedError,
    UnavailableError,
    UnknownTickerError,
)
from adapters.http_client import Reply
from adapters.prices import Basis, PriceAnswer
from adapters.yahoo import YahooProvider, portions, spelled
from adapters.yahoo_parsing import error_of, parse_chart
from market.calendars import sessions_for
from market.resolution import Resolution
from market.sessions import DAY_S
from tests.kit import provider_server as stand_in
from tests.kit.adapter_tests import ask as ask_source
from tests.kit.adapter_tests import days, needs_recordings, providers_at, reply
from tests.kit.provider_server import ProviderServer
from tests.kit.providers import utc

NOW_S = utc("2025-03-07 20:02").timestamp()


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with providers_at(NOW_S) as running:
        yield running


def ask(server: ProviderServer, resolution: str, start: str, end: str, ticker: str = "AAPL") -> PriceAnswer:
    return ask_source(YahooProvider(server.url, clock=lambda: NOW_S), resolution, start, end, ticker)


def chart(**changes: Any) -> Reply:
    """Return a chart of one 5-minute bar with parts of it changed."""
    meta = {"symbol": "AAPL", "currency": "USD", "exchangeTimezoneName": "America/New_York"}
    meta |= changes.pop("meta", {})
    quote = {name: [10.0] for name in ("open", "high", "low", "close")} | {"volume": [5]}
    quote |= changes.pop("quote", {})
    result = {"meta": meta, "timestamp": [1741271400], "indicators": {"quote": [quote]}} | changes
    return Reply(200, json.dumps({"chart": {"result": [result], "error": None}}).encode())


# --- recordings ---


@needs_recordings
def test_recorded_daily_prices_with_a_split() -> None:
    """Daily labels are dates of the exchange; prices came adjusted."""
    told = parse_chart(reply("yahoo-chart-AAPL-1d-split2020.json"), "AAPL", "1d", NOW_S)
    assert told.candles.time[[0, -1]].tolist() == days("2020-08-31", "2020-11-06")
    assert told.actions.day.tolist() == [t // DAY_S for t in days("2020-08-31", "2020-11-06")]
    assert told.actions.split.tolist() == [4.0, 1.0]
    assert told.actions.dividend.tolist() == [0.0, 0.205]
    assert told.currency == "USD"


@needs_recordings
def test_a_recorded_weekend_has_no_bars() -> None:
    told = parse_chart(reply("yahoo-chart-AAPL-1m-weekend-empty.json"), "AAPL", "1m", NOW_S)
    assert len(told.candles) == 0


@needs_recordings
def test_the_last_point_of_a_running_session_goes_into_its_bar() -> None:
    """The point stands at 13:58:27 beside the bar of 13:55: its price is the newest, and it has no volume."""
    bars = parse_chart(reply("yahoo-chart-AAPL-5m-live-partial-2026-10-05.json"), "AAPL", "5m", NOW_S).candles
    assert (bars.time % 300 == 0).all()
    assert len(bars) == 6
    assert bars.close[-1] == bars.low[-1] == 333.9226989746094
    assert bars.open[-1] == 334.9100036621094
    assert bars.volume[-1] == 205_140


@needs_recordings
def test_recorded_crypto_days_are_utc() -> None:
    told = parse_chart(reply("yahoo-chart-BTC-USD-1d.json"), "BTC-USD", "1d", NOW_S)
    assert told.candles.time.tolist() == days("2020-01-01", "2020-01-02", "2020-01-03")
    assert told.candles.volume[-1] > 2**31


@needs_recordings
@pytest.mark.parametrize(
    ("case", "kind"),
    [
        ("404", UnknownTickerError),
        ("422_60d", NotOfferedError),
        ("422_1m_30d", NotOfferedError),
        ("422_1m_span", NotOfferedError),
        ("401_quote", NotInPlanError),
    ],
)
def test_every_recorded_error_has_its_kind(case: str, kind: type[ProviderError]) -> None:
    with pytest.raises(ProviderError) as caught:
        parse_chart(reply("yahoo-chart-errors.json", case), "AAPL", "5m", NOW_S)
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (429, b"Too Many Requests", RateLimitedError),
        (200, b"Too Many Requests", BadPayloadError),
        (500, b"", UnavailableError),
        (403, b"", NotInPlanError),
        (418, b"", BadPayloadError),
    ],
)
def test_other_statuses_have_their_kind(status: int, body: bytes, kind: type[ProviderError]) -> None:
    with pytest.raises(ProviderError) as caught:
        parse_chart(Reply(status, body), "AAPL", "5m", NOW_S)
    assert type(caught.value) is kind


def test_a_span_before_the_first_bar_is_empty_and_no_error() -> None:
    """api-4: Yahoo says so with 400; a 400 of another kind stays an error."""
    body = b'{"chart":{"result":null,"error":{"code":"Bad Request","description":"%s"}}}'
    reason = b"Data doesn't exist for startDate = 1431746344, endDate = 1437016744"
    assert len(parse_chart(Reply(400, body % reason), "BYND", "1d", NOW_S).candles) == 0
    with pytest.raises(BadPayloadError):
        parse_chart(Reply(400, body % b"Invalid input"), "BYND", "1d", NOW_S)


def test_a_limit_says_when_or_lasts_five_minutes() -> None:
    assert error_of(Reply(429), NOW_S).retry_after_s == 300
    assert error_of(Reply(429, headers={"retry-after": "3"}), NOW_S).retry_after_s == 3


# --- form ---


@pytest.mark.parametrize(
    "changes",
    [
        {"meta": {"symbol": "MSFT"}},
        {"meta": {"dataGranularity": "1h"}},
        {"meta": {"exchangeTimezoneName": "Mars/Olympus"}},
        {"meta": {"exchangeTimezoneName": "../../etc/passwd"}},
        {"meta": {"currency": "<img src=x onerror=alert(1)>"}},
        {"meta": {"currency": "U\x1b[31mD"}},
        {"meta": {"currency": "Z" * 100_000}},
        {"meta": {"currency": {"a": 1}}},
        {"timestamp": [1741271400, 1741271700]},
        {"timestamp": [1741271400000]},
        {"timestamp": "x"},
        {"indicators": {"quote": []}},
        {"indicators": None},
        {"quote": {"close": ["10"]}},
        {"quote": {"volume": [1e300]}},
        {"events": {"splits": {"1": {"date": 1, "numerator": 4, "denominator": 0}}}},
        {"events": {"splits": {"1": {"date": 1, "numerator": 1e300, "denominator": 1e-300}}}},
        {"events": {"splits": {"1": {"date": "x", "numerator": 4, "denominator": 1}}}},
        {"events": {"dividends": {"1": {"date": 1, "amount": None}}}},
        {"events": {"dividends": [1]}},
    ],
)
def test_what_is_not_the_promised_form_is_refused_whole(changes: dict[str, Any]) -> None:
    """cache-4: an answer about another symbol, too."""
    with pytest.raises(BadPayloadError):
        parse_chart(chart(**changes), "AAPL", "5m", NOW_S)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"chart":{}}', b'{"chart":{"result":{}}}'])
def test_a_body_without_a_chart_is_refused(body: bytes) -> None:
    with pytest.raises(BadPayloadError):
        parse_chart(Reply(200, body), "AAPL", "5m", NOW_S)


def test_hours_may_be_named_in_two_ways() -> None:
    assert len(parse_chart(chart(meta={"dataGranularity": "1h"}), "AAPL", "60m", NOW_S).candles) == 1


def test_a_lunch_break_is_no_bar_and_half_a_bar_is_left_to_the_checks() -> None:
    columns: dict[str, Any] = {name: [10.0, None, 10.0] for name in ("open", "high", "low")}
    quote = columns | {"close": [10.0, None, None], "volume": [5, None, None]}
    times = [1741271400, 1741271700, 1741272000]
    bars = parse_chart(chart(quote=quote, timestamp=times), "AAPL", "5m", NOW_S).candles
    assert bars.time.tolist() == [1741271400, 1741272000]
    assert np.isnan(bars.close[1])
    assert bars.volume.tolist() == [5, 0]


def test_a_last_point_without_a_bar_of_its_own_begins_one() -> None:
    columns: dict[str, Any] = {name: [10.0, 11.0] for name in ("open", "high", "low", "close")}
    quote = columns | {"volume": [5, 0]}
    bars = parse_chart(chart(quote=quote, timestamp=[1741271400, 1741271703]), "AAPL", "5m", NOW_S).candles
    assert bars.time.tolist() == [1741271400, 1741271700]
    assert bars.close.tolist() == [10.0, 11.0]


@pytest.mark.parametrize("late_s", [1, 1_033, 1_800, 3_599])
def test_the_last_point_of_a_running_hour_goes_into_its_bar(late_s: int) -> None:
    """cache-7: hours begin with the session, here at 14:30 UTC."""
    columns: dict[str, Any] = {name: [10.0, 11.0, 13.0] for name in ("open", "high", "low", "close")}
    quote = columns | {"volume": [5, 6, 0]}
    times = [1741271400, 1741275000, 1741275000 + late_s]
    bars = parse_chart(chart(quote=quote, timestamp=times), "AAPL", "60m", NOW_S).candles
    assert bars.time.tolist() == times[:2]
    assert (bars.open[1], bars.high[1], bars.low[1], bars.close[1]) == (11.0, 13.0, 11.0, 13.0)
    assert bars.volume.tolist() == [5, 6]


@pytest.mark.parametrize(("currency", "unit"), [("GBp", 100), ("ZAc", 100), ("ILA", 100), ("GBP", 1)])
def test_hundredths_become_the_currency_that_the_market_is_said_to_have(currency: str, unit: int) -> None:
    """Prices in pence are shown as pounds; so are dividends."""
    events = {"dividends": {"1": {"date": 1741271400, "amount": 2.0}}}
    told = parse_chart(chart(meta={"currency": currency}, events=events), "AAPL", "5m", NOW_S)
    assert told.candles.close.tolist() == [10.0 / unit]
    assert told.actions.dividend.tolist() == [2.0 / unit]
    assert told.currency == currency.upper().replace("ZAC", "ZAR").replace("ILA", "ILS")


# --- the client ---


def test_daily_prices_are_split_adjusted_and_dividends_are_as_paid(server: ProviderServer) -> None:
    """cache-16: Yahoo divides a dividend by the splits after it; total return needs the cash of that day."""
    answer = ask(server, "D", "2025-02-10", "2025-02-14")
    assert answer.basis is Basis.SPLIT
    assert answer.candles.time.tolist() == days(*(f"2025-02-{d}" for d in (10, 11, 12, 13, 14)))
    assert 0.9 < answer.candles.open[2] / answer.candles.close[1] < 1.1
    assert answer.actions is not None
    assert answer.actions.split.tolist() == [1.0, 4.0]
    assert answer.actions.dividend.tolist() == [1.0, 0.0]
    assert server.count("yahoo") == 1


def test_minutes_are_asked_for_in_portions_of_less_than_8_days(server: ProviderServer) -> None:
    answer = ask(server, "1", "2025-02-10", "2025-03-06")
    sessions = sessions_for("AAPL")
    inside = [
        sessions.bar_starts(i, Resolution.M1) for i in sessions.between(date(2025, 2, 10), date(2025, 3, 6))
    ]
    assert set(np.concatenate(inside).tolist()) <= set(answer.candles.time.tolist())
    assert (answer.candles.time[1:] > answer.candles.time[:-1]).all()
    assert server.count("yahoo") == 5
    assert all(int(c.params["period2"]) - int(c.params["period1"]) <= 8 * DAY_S for c in server.seen)


def test_the_running_bar_carries_the_newest_price(server: ProviderServer) -> None:
    bars = ask(server, "5", "2025-03-07", "2025-03-07").candles
    assert (bars.time % 300 == 0).all()
    assert bars.time[-1] == utc("2025-03-07 20:00").timestamp()


@pytest.mark.parametrize(("resolution", "reach"), [("1", 28), ("5", 58), ("60", 728)])
def test_what_lies_beyond_its_depth_is_not_asked_for(
    server: ProviderServer, resolution: str, reach: int
) -> None:
    """Where it begins, Yahoo still answers; before, an empty answer would be kept as "no trade"."""
    source = YahooProvider(server.url, clock=lambda: NOW_S)
    begin = source.first_session("AAPL", Resolution(resolution))
    assert begin == date(2025, 3, 7) - timedelta(days=reach)
    assert len(ask(server, resolution, begin.isoformat(), (begin + timedelta(days=4)).isoformat()).candles)
    calls = len(server.seen)
    with pytest.raises(NotOfferedError):
        ask(server, resolution, (begin - timedelta(days=3)).isoformat(), "2025-03-06")
    assert len(server.seen) == calls


def test_half_hours_are_not_offered_because_yahoo_answers_with_hours(server: ProviderServer) -> None:
    source = YahooProvider(server.url, clock=lambda: NOW_S)
    assert Resolution.M30 not in source.resolutions("AAPL")
    with pytest.raises(NotOfferedError):
        ask(server, "30", "2025-03-06", "2025-03-06")
    assert source.first_session("AAPL", Resolution.DAY) is None
    assert source.allowance.calls_per_hour == 300


def test_london_s_pence_become_pounds(server: ProviderServer) -> None:
    from tests.kit.stand_in_market import price

    bars = ask(server, "D", "2025-03-03", "2025-03-06", "VOD.L").candles
    opened = sessions_for("VOD.L").open[sessions_for("VOD.L").index(date(2025, 3, 3))]
    assert bars.open[0] == pytest.approx(float(price("VOD.L", np.array([float(opened)]))[0]), abs=1e-4)


@pytest.mark.parametrize("currency", [None, ""])
def test_prices_that_may_be_pence_or_pounds_are_refused(server: ProviderServer, currency: str | None) -> None:
    """cache-4: a guess would be wrong by a factor of 100. Elsewhere a missing currency does no harm."""
    london = {"symbol": "VOD.L", "currency": currency, "exchangeTimezoneName": "Europe/London"}
    server.fail("/VOD.L", stand_in.status(200, chart(meta=london).body))
    with pytest.raises(BadPayloadError, match="currency"):
        ask(server, "5", "2025-03-06", "2025-03-06", "VOD.L")
    server.fail("/AAPL", stand_in.status(200, chart(meta={"currency": currency}).body))
    assert len(ask(server, "5", "2025-03-06", "2025-03-06").candles) == 1


def test_markets_east_of_utc_have_all_their_bars(server: ProviderServer) -> None:
    """Sydney opens before midnight UTC of its date; Tokyo rests at noon."""
    for ticker in ("BHP.AX", "7203.T"):
        bars = ask(server, "5", "2025-03-05", "2025-03-06", ticker).candles
        sessions = sessions_for(ticker)
        expected = [
            sessions.bar_starts(i, Resolution.M5)
            for i in sessions.between(date(2025, 3, 5), date(2025, 3, 6))
        ]
        assert set(np.concatenate(expected).tolist()) <= set(bars.time.tolist())
        daily = ask(server, "D", "2025-03-05", "2025-03-06", ticker).candles
        assert daily.time.tolist() == days("2025-03-05", "2025-03-06")


def test_a_price_in_another_currency_is_said(server: ProviderServer) -> None:
    body = chart(meta={"symbol": "VOD.L", "currency": "USD", "exchangeTimezoneName": "Europe/London"}).body
    server.fail("/v8/", stand_in.status(200, body))
    assert ask(server, "5", "2025-03-06", "2025-03-06", "VOD.L").problems == (
        "Yahoo gives VOD.L in USD, not in GBP.",
    )


def test_a_suffix_that_nobody_knows_costs_no_call(server: ProviderServer) -> None:
    with pytest.raises(UnknownTickerError):
        ask(server, "D", "2025-03-03", "2025-03-07", "ABC.XYZ")
    assert server.seen == []


@pytest.mark.parametrize(
    ("ticker", "symbol"),
    [
        ("BRK.B", "BRK-B"),
        ("VOD.L", "VOD.L"),
        ("SHEL.AS", "SHEL.AS"),
        ("F.F", "F.F"),
        ("^GSPC", "^GSPC"),
        ("BTC-USD", "BTC-USD"),
        ("ES=F", "ES=F"),
    ],
)
def test_tickers_are_spelled_as_yahoo_does(server: ProviderServer, ticker: str, symbol: str) -> None:
    assert spelled(ticker) == symbol
    ask(server, "D", "2025-03-03", "2025-03-06", ticker)
    assert server.seen[0].path == f"/v8/finance/chart/{symbol}"


def test_portions_follow_each_other() -> None:
    first, last = date(2025, 3, 1), date(2025, 3, 8)
    assert list(portions(first, last, 6)) == [
        (first, date(2025, 3, 6)),
        (date(2025, 3, 7), last),
    ]
    assert list(portions(first, last, None)) == [(first, last)]
