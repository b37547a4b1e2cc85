"""Finnhub's words and client: recordings, plans, limits, months, actions (cache-4, cache-16, S1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from adapters.errors import (
    BadKeyError,
    BadPayloadError,
    NotInPlanError,
    NotOfferedError,
    ProviderError,
    RateLimitedError,
    UnavailableError,
    UnknownTickerError,
)
from adapters.finnhub import FinnhubProvider, months
from adapters.finnhub_parsing import error_of, parse_candles, parse_dividends, parse_quote, parse_splits
from adapters.http_client import Reply
from adapters.prices import RUNNING_LIFE_S, Basis, PriceAnswer
from market.resolution import Resolution
from tests.kit import provider_server as stand_in
from tests.kit.adapter_tests import ask as ask_source
from tests.kit.adapter_tests import days, needs_recordings, providers_at, reply
from tests.kit.provider_server import ProviderServer
from tests.kit.providers import utc

NOW_S = utc("2025-03-07 20:00").timestamp()


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with providers_at(NOW_S) as running:
        yield running


def ask(
    server: ProviderServer,
    resolution: str,
    start: str,
    end: str,
    ticker: str = "AAPL",
    key: str | None = "key",
) -> PriceAnswer:
    source = FinnhubProvider(key, server.url, clock=lambda: NOW_S)
    return ask_source(source, resolution, start, end, ticker)


@needs_recordings
def test_recorded_daily_candles_have_their_date_in_new_york() -> None:
    bars = parse_candles(reply("finnhub-candle-sample.json"), NOW_S, daily=True)
    assert bars.time.tolist() == days("2019-09-24", "2019-09-25", "2019-09-26")
    assert bars.close.tolist() == [217.68, 221.03, 219.89]
    assert bars.volume[0] == 33_463_820


@pytest.mark.parametrize("instant", ["2020-06-15 04:00", "2020-06-15 13:30", "2020-06-16 03:59"])
def test_whatever_the_hour_a_daily_candle_keeps_its_date(instant: str) -> None:
    body = f'{{"s":"ok","t":[{int(utc(instant).timestamp())}],"o":[1],"h":[2],"l":[1],"c":[2],"v":[3]}}'
    assert parse_candles(Reply(200, body.encode()), NOW_S, daily=True).time.tolist() == days("2020-06-15")


@needs_recordings
@pytest.mark.parametrize(
    ("case", "kind"), [("403", NotInPlanError), ("401", BadKeyError), ("429", RateLimitedError)]
)
def test_every_recorded_error_has_its_kind(case: str, kind: type[ProviderError]) -> None:
    with pytest.raises(ProviderError) as caught:
        parse_candles(reply("finnhub-errors.json", case), NOW_S, daily=True)
    assert type(caught.value) is kind
    assert caught.value.provider == "finnhub"


@needs_recordings
def test_a_free_key_has_no_candles_and_is_no_bad_key() -> None:
    with pytest.raises(NotInPlanError):
        parse_candles(reply("finnhub-candle-403-free.json"), NOW_S, daily=True)


def test_the_same_words_meant_the_plan_when_they_came_with_401() -> None:
    body = b'{"error":"You don\'t have access to this resource."}'
    assert isinstance(error_of(Reply(401, body), NOW_S), NotInPlanError)


@needs_recordings
def test_no_data_is_an_answer() -> None:
    assert len(parse_candles(reply("finnhub-errors.json", "no_data"), NOW_S, daily=False)) == 0


@needs_recordings
@pytest.mark.parametrize(
    ("name", "case"),
    [
        ("finnhub-errors.json", "quote_unknown"),
        ("finnhub-quote-sample.json", ""),
        ("finnhub-company_news-sample.json", ""),
    ],
)
def test_recordings_of_something_else_are_no_prices(name: str, case: str) -> None:
    with pytest.raises(BadPayloadError):
        parse_candles(reply(name, case), NOW_S, daily=True)


@pytest.mark.parametrize(
    ("headers", "wait_s"),
    [
        ({}, 60.0),
        ({"retry-after": "9"}, 9.0),
        ({"x-ratelimit-reset": str(int(NOW_S) + 30)}, 30.0),
        ({"x-ratelimit-reset": str(int(NOW_S) - 30)}, 60.0),
        ({"x-ratelimit-reset": "soon"}, 60.0),
        ({"x-ratelimit-reset": "99999999999"}, 60.0),
    ],
)
def test_a_limit_says_when_or_lasts_a_minute(headers: dict[str, str], wait_s: float) -> None:
    assert error_of(Reply(429, b"", headers), NOW_S).retry_after_s == wait_s


@pytest.mark.parametrize(
    ("status", "kind"),
    [(500, UnavailableError), (404, UnknownTickerError), (408, UnavailableError), (418, BadPayloadError)],
)
def test_other_statuses_have_their_kind(status: int, kind: type[ProviderError]) -> None:
    assert type(error_of(Reply(status, b"canary"), NOW_S)) is kind
    assert "canary" not in str(error_of(Reply(status, b"canary"), NOW_S))


_BODY = '{"s":"ok","t":[1741271400],"o":[1],"h":[2],"l":[1],"c":[2],"v":[3]}'


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html>",
        "[]",
        "{}",
        '"ok"',
        '{"s":"ok"}',
        _BODY[:-1],
        _BODY.replace("[2]", "[2,2]"),
        _BODY.replace("[2]", "[NaN]"),
        _BODY.replace("[2]", '["2"]'),
        _BODY.replace("1741271400", "1741271400000"),
        _BODY.replace("1741271400", "0.5"),
        _BODY.replace("1741271400", "null"),
        _BODY.replace('"t"', '"T"'),
        _BODY.replace('"ok"', '"odd"'),
    ],
)
def test_what_is_not_the_promised_form_is_refused_whole(body: str) -> None:
    """cache-4."""
    with pytest.raises(BadPayloadError):
        parse_candles(Reply(200, body.encode()), NOW_S, daily=False)


def test_candles_without_volume_have_none() -> None:
    bars = parse_candles(Reply(200, _BODY.replace(',"v":[3]', "").encode()), NOW_S, daily=False)
    assert bars.volume.tolist() == [0]


@pytest.mark.parametrize(
    "row",
    [
        '{"date":"2020-08-31","fromFactor":0,"toFactor":4}',
        '{"date":"soon","fromFactor":1,"toFactor":4}',
        "{}",
    ],
)
def test_a_split_that_cannot_be_is_refused(row: str) -> None:
    with pytest.raises(BadPayloadError):
        parse_splits(Reply(200, f"[{row}]".encode()), NOW_S)


def test_a_dividend_that_cannot_be_is_refused() -> None:
    with pytest.raises(BadPayloadError):
        parse_dividends(Reply(200, b'[{"date":"2020-08-31","amount":-1}]'), NOW_S)


def test_daily_prices_are_split_adjusted_and_come_with_all_actions(server: ProviderServer) -> None:
    """cache-16: without the splits nobody could tell on which scale a price is."""
    answer = ask(server, "D", "2025-02-10", "2025-02-14")
    assert answer.basis is Basis.SPLIT
    assert answer.candles.time.tolist() == days(*(f"2025-02-{d}" for d in (10, 11, 12, 13, 14)))
    assert 0.9 < answer.candles.open[2] / answer.candles.close[1] < 1.1
    assert answer.actions is not None
    assert answer.actions.split.tolist() == [1.0, 4.0]
    assert answer.actions.dividend.tolist() == [1.0, 0.0]
    assert [call.path.rsplit("/", 1)[1] for call in server.seen] == ["candle", "split", "dividend"]


def test_a_chart_of_days_that_is_left_open_leaves_most_of_a_minute_s_requests(server: ProviderServer) -> None:
    source = FinnhubProvider("key", server.url, clock=lambda: NOW_S)
    ask_source(source, "D", "2025-03-03", "2025-03-07")
    of_a_minute = len(server.seen) * 60 / source.running_life_s(Resolution.DAY)
    assert of_a_minute <= 0.05 * (source.allowance.minute or 0)
    assert source.running_life_s(Resolution.M1) == RUNNING_LIFE_S
    assert RUNNING_LIFE_S < source.running_life_s(Resolution.M5) < 30  # cache-7


def test_a_plan_without_splits_has_no_daily_prices_for_us(server: ProviderServer) -> None:
    """cache-16: a new split would put this year and the years before on two scales, unseen."""
    server.fail("/split", stand_in.status(403, '{"error":"You don\'t have access to this resource."}'))
    with pytest.raises(NotInPlanError):
        ask(server, "D", "2025-02-10", "2025-02-14")


def test_a_plan_without_dividends_says_so(server: ProviderServer) -> None:
    server.fail("/dividend", stand_in.status(403, "{}"))
    answer = ask(server, "D", "2025-02-10", "2025-02-14")
    assert answer.actions is not None
    assert answer.actions.split.tolist() == [4.0]
    assert "no dividends" in answer.problems[0]


def test_intraday_prices_are_as_traded_one_month_at_a_time(server: ProviderServer) -> None:
    answer = ask(server, "5", "2025-01-30", "2025-03-04")
    assert answer.basis is Basis.RAW
    assert answer.actions is None
    assert server.count("finnhub") == 3
    time = answer.candles.time
    assert (time[1:] > time[:-1]).all()
    assert len(time) == 23 * 78


def test_months_are_cut_where_they_begin() -> None:
    spans = list(months(date(2024, 1, 30), date(2024, 3, 1)))
    assert spans == [
        (date(2024, 1, 30), date(2024, 1, 31)),
        (date(2024, 2, 1), date(2024, 2, 29)),
        (date(2024, 3, 1), date(2024, 3, 1)),
    ]


def test_the_key_goes_in_a_header_only(server: ProviderServer) -> None:
    """S1."""
    ask(server, "5", "2025-03-06", "2025-03-06", "BRK.B")
    call = server.seen[0]
    assert (call.key, call.params["symbol"]) == ("key", "BRK.B")
    assert "key" not in call.params.values()


def test_keys_and_plans_are_told_apart(server: ProviderServer) -> None:
    with pytest.raises(BadKeyError):
        ask(server, "5", "2025-03-06", "2025-03-06", key="wrong")
    with pytest.raises(BadKeyError, match="FINNHUB_API_KEY"):
        ask(server, "5", "2025-03-06", "2025-03-06", key=None)
    server.free_plan = True
    with pytest.raises(NotInPlanError):
        ask(server, "5", "2025-03-06", "2025-03-06")


def test_what_finnhub_is_not_asked_for_costs_no_call(server: ProviderServer) -> None:
    with pytest.raises(NotOfferedError):
        ask(server, "60", "2025-03-06", "2025-03-06")
    with pytest.raises(UnknownTickerError):
        ask(server, "D", "2025-03-06", "2025-03-06", "VOD.L")
    source = FinnhubProvider("key", server.url)
    assert source.allowance.calls_per_hour == 3_600
    assert source.first_session("AAPL", Resolution.M5) is None
    with pytest.raises(UnknownTickerError):
        source.resolutions("BTC-USD")
    assert server.seen == []


# --- unknown tickers ---


@needs_recordings
def test_recorded_quotes_tell_an_unknown_ticker() -> None:
    assert not parse_quote(reply("finnhub-errors.json", "quote_unknown"), NOW_S)
    assert parse_quote(reply("finnhub-quote-sample.json"), NOW_S)


@pytest.mark.parametrize("body", ["[]", "{}", '{"c":0}', '{"c":"0","h":0,"l":0,"o":0,"pc":0}', "<html>"])
def test_what_is_no_quote_tells_nothing(body: str) -> None:
    """A ticker must not be called unknown because something else came."""
    with pytest.raises(BadPayloadError):
        parse_quote(Reply(200, body.encode()), NOW_S)


@pytest.mark.parametrize("resolution", ["D", "5"])
def test_a_ticker_that_does_not_exist_is_unknown_and_not_empty(
    server: ProviderServer, resolution: str
) -> None:
    """Finnhub answers it with 200 and no data; kept as "no trade" it would be an empty chart."""
    server.known = frozenset({"AAPL"})
    with pytest.raises(UnknownTickerError):
        ask(server, resolution, "2025-03-03", "2025-03-06", "ZZZQ")
    assert [call.path.rsplit("/", 1)[1] for call in server.seen] == ["candle", "quote"]


def test_days_without_trade_of_a_ticker_that_exists_are_empty(server: ProviderServer) -> None:
    answer = ask(server, "D", "2025-03-01", "2025-03-02")
    assert len(answer.candles) == 0
    assert answer.actions is not None
    assert len(answer.actions) == 2


def test_before_today_s_first_trade_nobody_asks_whether_the_ticker_exists(server: ProviderServer) -> None:
    """It would be asked again with every look at a session that begins."""
    server.fail("/candle", stand_in.status(200, '{"s":"no_data"}'))
    assert len(ask(server, "5", "2025-03-07", "2025-03-07").candles) == 0
    assert server.count("finnhub", "/quote") == 0


def test_a_limit_between_candles_and_quote_is_no_absence(server: ProviderServer) -> None:
    server.fail("/quote", stand_in.status(429, "{}"))
    with pytest.raises(RateLimitedError):
        ask(server, "D", "2025-03-01", "2025-03-02")
