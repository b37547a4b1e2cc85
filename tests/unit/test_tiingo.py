"""Tiingo's words and client: recordings, errors, paging, actions (cache-4, cache-14, cache-16, S1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import numpy as np
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
from adapters.http_client import Reply
from adapters.prices import Basis, Kind
from adapters.tiingo import TiingoProvider, spelled
from adapters.tiingo_parsing import error_of, parse_daily, parse_intraday
from market.actions import Actions
from market.calendars import sessions_for
from market.resolution import Resolution
from tests.kit import provider_server as stand_in
from tests.kit.adapter_tests import ask, days, needs_recordings, providers_at, reply
from tests.kit.answer_ends import chunked, without_end
from tests.kit.provider_server import ProviderServer
from tests.kit.providers import utc

NOW_S = utc("2025-03-07 20:00").timestamp()


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with providers_at(NOW_S) as running:
        yield running


def provider(server: ProviderServer, key: str | None = "key") -> TiingoProvider:
    return TiingoProvider(key, server.url, clock=lambda: NOW_S)


# --- recordings ---


@needs_recordings
@pytest.mark.parametrize(
    ("name", "labels", "last_close", "last_volume"),
    [
        ("GOOGL-range", ("2015-01-02", "2015-01-05"), 519.46, 2_059_119),
        ("GOOGL-range-csv", ("2015-01-02", "2015-01-05"), 519.46, 2_059_119),
        ("GOOGL-latest", ("2018-04-12",), 1037.29, 1_644_794),
        ("GOOGL-columns", ("2024-10-22",), 165.14, 16_568_121),
        ("AAPL-weekly", ("2018-01-05", "2018-01-12", "2018-01-19"), 179.26, 92_146_251),
    ],
)
def test_recorded_daily_prices_are_read(
    name: str, labels: tuple[str, ...], last_close: float, last_volume: int
) -> None:
    """A label's date part counts, in both of its spellings, and is never taken to another time zone."""
    told = parse_daily(reply(f"tiingo-daily_prices-{name}.json"), NOW_S)
    assert told.candles.time.tolist() == days(*labels)
    assert told.candles.close[-1] == last_close
    assert told.candles.volume[-1] == last_volume
    assert (told.actions is None) == (name == "GOOGL-columns")


@needs_recordings
def test_a_recorded_session_of_5_minutes_is_every_bar_of_it() -> None:
    """cache-14: starts are UTC, volume comes as a float and is a whole number."""
    bars = parse_intraday(reply("tiingo-iex_prices-AAPL-5min-volume-2026-09-03.json"), NOW_S)
    sessions = sessions_for("AAPL")
    assert bars.time.tolist() == sessions.bar_starts(sessions.index(date(2026, 9, 3)), Resolution.M5).tolist()
    assert bars.open[0] == 324.97
    assert bars.volume[0] == 38_607


@needs_recordings
def test_bars_without_volume_have_none() -> None:
    bars = parse_intraday(reply("tiingo-iex_prices-GOOGL-30min-2018-01-02.json"), NOW_S)
    assert len(bars) == 13
    assert set(bars.volume.tolist()) == {0}


@needs_recordings
def test_recorded_hours_are_not_those_of_a_session() -> None:
    """Why 60 minutes are never asked for: six bars from 14:00 UTC, and the first half-hour is lost."""
    bars = parse_intraday(reply("tiingo-equity_intraday_prices-AAPL-1hour-2026-09-04.json"), NOW_S)
    sessions = sessions_for("AAPL")
    expected = sessions.bar_starts(sessions.index(date(2026, 9, 4)), Resolution.M60)
    assert len(bars) == 6
    assert not set(bars.time.tolist()) & set(expected.tolist())
    assert Resolution.M60 not in TiingoProvider("key").resolutions("AAPL")


@needs_recordings
@pytest.mark.parametrize("name", ["tiingo-daily_meta-GOOGL.json", "tiingo-news-AAPL_GOOGL.json"])
def test_recordings_of_something_else_are_no_prices(name: str) -> None:
    with pytest.raises(BadPayloadError):
        parse_daily(reply(name), NOW_S)


@needs_recordings
@pytest.mark.parametrize(
    ("case", "kind"),
    [
        ("404_unknown_ticker", UnknownTickerError),
        ("404_eod_unknown_ticker", UnknownTickerError),
        ("403_no_token", BadKeyError),
        ("403_news", NotInPlanError),
        ("403_fundamentals", NotInPlanError),
        ("200_symbol_cap_PLAINTEXT", RateLimitedError),
        ("200_symbol_cap_json_2026", RateLimitedError),
        ("429_hourly", RateLimitedError),
        ("429_bandwidth", RateLimitedError),
        ("bad_resample", BadPayloadError),
    ],
)
@pytest.mark.parametrize("parse", [parse_daily, parse_intraday])
def test_every_recorded_error_has_its_kind(case: str, kind: type[ProviderError], parse: object) -> None:
    assert callable(parse)
    with pytest.raises(ProviderError) as caught:
        parse(reply("tiingo-errors.json", case), NOW_S)
    assert type(caught.value) is kind
    assert caught.value.provider == "tiingo"


@needs_recordings
def test_the_refused_news_are_not_in_the_plan() -> None:
    assert isinstance(error_of(reply("tiingo-news_bulk-403.json"), NOW_S), NotInPlanError)


@needs_recordings
def test_a_weekend_is_no_error_and_has_no_bars() -> None:
    assert len(parse_intraday(reply("tiingo-errors.json", "200_empty_weekend"), NOW_S)) == 0


# --- errors ---


@pytest.mark.parametrize(
    ("detail", "until"),
    [
        ("You have run over your hourly request allocation.", "2025-03-07 21:00"),
        ("You have run over your daily request allocation.", "2025-03-08 05:00"),
        ("You have run over your 500 symbol look up for this month.", "2025-04-01 04:00"),
        ("You have run over your monthly bandwidth allocation.", "2025-04-01 04:00"),
    ],
)
@pytest.mark.parametrize("status", [200, 429])
def test_a_limit_ends_with_its_hour_day_or_month(detail: str, until: str, status: int) -> None:
    """Days and months are New York's; 1 April is in summer time already."""
    error = error_of(Reply(status, f'{{"detail":"Error: {detail}"}}'.encode()), NOW_S)
    assert isinstance(error, RateLimitedError)
    assert error.retry_after_s == utc(until).timestamp() - NOW_S


def test_december_is_followed_by_january() -> None:
    now_s = utc("2025-12-31 12:00").timestamp()
    error = error_of(Reply(429, b"monthly"), now_s)
    assert error.retry_after_s == utc("2026-01-01 05:00").timestamp() - now_s


def test_a_retry_after_counts_more_than_our_guess() -> None:
    error = error_of(Reply(429, b"", {"retry-after": "7"}), NOW_S)
    assert error.retry_after_s == 7


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, b'{"detail":"Invalid token."}', BadKeyError),
        (500, b"", UnavailableError),
        (502, b"<html>Bad Gateway</html>", UnavailableError),
        (408, b"", UnavailableError),
        (400, b"", BadPayloadError),
        (204, b"", BadPayloadError),
    ],
)
def test_other_statuses_have_their_kind(status: int, body: bytes, kind: type[ProviderError]) -> None:
    assert type(error_of(Reply(status, body), NOW_S)) is kind


_ROW = (
    '{"date":"2025-03-06T00:00:00.000Z","open":1,"high":2,"low":1,"close":2,"volume":3,'
    '"divCash":0,"splitFactor":1}'
)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"<html><body>hello</body></html>",
        b'{"detail":"something new"}',
        b"[",
        b"[1]",
        b"[[]]",
        b'[{"date":"2025-03-06"}]',
        _ROW.encode(),
        f"[{_ROW}".encode(),
        f"[{_ROW},]".encode(),
        f"[{_ROW},{{}}]".encode(),
        f"[{_ROW}]".replace('"close":2', '"close":NaN').encode(),
        f"[{_ROW}]".replace('"close":2', '"close":"2"').encode(),
        f"[{_ROW}]".replace('"close":2', '"close":true').encode(),
        f"[{_ROW}]".replace('"volume":3', '"volume":1e300').encode(),
        f"[{_ROW}]".replace("2025-03-06T00", "yesterday").encode(),
        f"[{_ROW}]".replace("2025-03-06T00", "9999-12-31T00").encode(),
        b"date,open,high,low,close,volume,divCash,splitFactor\n2025-03-06,1,2,1,2,3,0.0,1.0\n2025-03",
        b"date,open,high,low,close,volume,divCash,splitFactor\n2025-03-06,1,2,1,2,3,0.0,1.",
        b"date,open,high,low,close,volume\n2025-03-06,1,2,1,two,3\n",
        b"date,open,high,low\n2025-03-06,1,2,1\n",
    ],
)
def test_what_is_not_the_promised_form_is_refused_whole(body: bytes) -> None:
    """cache-4: an answer on 200 that is no table of prices is an error, never "no data"."""
    with pytest.raises(BadPayloadError):
        parse_daily(Reply(200, body), NOW_S)


def test_rows_whose_end_nothing_marked_may_be_half_of_them(server: ProviderServer) -> None:
    """cache-4: the newest days would be kept as days without trade; JSON marks its own end."""
    rows = b"date,open,high,low,close,volume,divCash,splitFactor\n2025-03-06,1,2,1,2,3,0.0,1.0\n"
    server.fail("/tiingo/", without_end(rows), times=1)
    with pytest.raises(BadPayloadError, match="half"):
        ask(provider(server), "D", "2025-03-03", "2025-03-07")
    server.fail("/iex/", without_end(b"[]"))
    assert len(ask(provider(server), "5", "2025-03-03", "2025-03-07").candles) == 0
    server.fail("/tiingo/", chunked(rows))
    assert len(ask(provider(server), "D", "2025-03-03", "2025-03-07").candles) == 1


def test_times_without_a_zone_cannot_be_placed() -> None:
    with pytest.raises(BadPayloadError, match="time zone"):
        parse_intraday(Reply(200, f"[{_ROW}]".replace(".000Z", "").encode()), NOW_S)


def test_bars_that_cannot_be_are_left_to_the_cache_and_its_checks() -> None:
    """cache-4: unsorted, doubled, future, half-empty bars come through; one judge for all sources."""
    rows = [_ROW.replace("03-06", day) for day in ("03-06", "03-05", "03-05", "12-31")]
    rows[0] = rows[0].replace('"close":2', '"close":null')
    bars = parse_daily(Reply(200, f"[{','.join(rows)}]".encode()), NOW_S).candles
    assert bars.time.tolist() == days("2025-03-06", "2025-03-05", "2025-03-05", "2025-12-31")
    assert np.isnan(bars.close[0])


def test_a_row_without_any_price_is_no_bar() -> None:
    empty = '{"date":"2025-02-20","open":null,"high":null,"low":null,"close":null,"volume":null}'
    assert len(parse_daily(Reply(200, f"[{empty}]".encode()), NOW_S).candles) == 0


def test_no_message_repeats_what_the_provider_wrote() -> None:
    """S1: a provider may echo the key in its answer."""
    for status in (200, 400, 401, 403, 404, 429, 500):
        assert "canary" not in str(error_of(Reply(status, b'{"detail":"your key canary-123"}'), NOW_S))


# --- the client ---


def test_it_is_a_live_source_with_its_budget() -> None:
    source = TiingoProvider("key", clock=lambda: NOW_S)
    assert (source.name, source.kind, source.allowance.calls_per_hour) == ("tiingo", Kind.LIVE, 50)
    assert source.now() == datetime.fromtimestamp(NOW_S, UTC)
    assert source.examples() == ()
    assert source.changed_at("AAPL") == 0.0
    assert source.first_session("AAPL", Resolution.DAY) is None


def test_the_day_after_a_half_day_is_not_final_before_the_evening_correction() -> None:
    """Prices are ready at 17:30 and mended until 20:00 New York; a half-day closes at 13:00."""
    assert TiingoProvider("key").correction_s >= (20 - 13) * 3_600


def test_daily_prices_are_as_traded_with_their_actions(server: ProviderServer) -> None:
    """cache-16: a split inside the answer; the prices before it are four times as high."""
    answer = ask(provider(server), "D", "2025-02-10", "2025-02-14")
    assert answer.basis is Basis.RAW
    assert answer.candles.time.tolist() == days(*(f"2025-02-{d}" for d in (10, 11, 12, 13, 14)))
    ratio = answer.candles.open[2] / answer.candles.close[1]
    assert 0.2 < ratio < 0.3
    assert answer.actions is not None
    assert answer.actions.split.tolist() == [1.0, 4.0]
    assert answer.actions.dividend.tolist() == [1.0, 0.0]


def test_actions_are_whole_although_later_questions_are_short(server: ProviderServer) -> None:
    """cache-16: the first question goes back to the beginning, the next ones to where the person looks."""
    source = provider(server)
    first = ask(source, "D", "2025-03-03", "2025-03-07").actions
    second = ask(source, "D", "2025-03-03", "2025-03-07").actions
    assert first is not None
    assert first == second
    assert len(first) == 2
    assert [call.params["startDate"] for call in server.seen] == ["1990-01-01", "2025-02-27"]
    assert {call.params["endDate"] for call in server.seen} == {"2025-03-07"}


def test_a_share_that_trades_no_longer_is_asked_for_with_its_last_days(server: ProviderServer) -> None:
    """Else Tiingo would have no rows to send, and nothing at all is no answer in CSV."""
    head = "date,open,high,low,close,volume,divCash,splitFactor\n"
    last = f"{head}2024-05-31,1,2,1,2,3,0.0,1.0\n"

    def delisted(handler: stand_in.Handler) -> bool:
        handler.send(200, last.encode() if server.seen[-1].params["startDate"] <= "2024-05-31" else b"")
        return True

    server.fail("/tiingo/", delisted)
    source = provider(server)
    for _ in range(2):
        answer = ask(source, "D", "2025-03-03", "2025-03-07")
        assert (len(answer.candles), answer.actions) == (0, Actions.none())
    assert [call.params["startDate"] for call in server.seen] == ["1990-01-01", "2024-05-24"]


def test_an_old_span_brings_what_happened_since(server: ProviderServer) -> None:
    source = provider(server)
    ask(source, "D", "2025-03-03", "2025-03-07")
    answer = ask(source, "D", "2024-01-02", "2024-12-31")
    assert answer.candles.time[-1] == days("2024-12-31")[0]
    assert answer.actions is not None
    assert len(answer.actions) == 2
    assert server.seen[-1].params["startDate"] == "2024-01-02"


def test_a_whole_span_of_minutes_is_paged_backwards_and_each_row_is_there_once(
    server: ProviderServer,
) -> None:
    """Answers stop at 10,000 rows, the newest."""
    answer = ask(provider(server), "1", "2025-01-02", "2025-03-06")
    sessions = sessions_for("AAPL")
    expected = np.concatenate(
        [sessions.bar_starts(i, Resolution.M1) for i in sessions.between(date(2025, 1, 2), date(2025, 3, 6))]
    )
    assert len(expected) > 10_000
    assert answer.candles.time.tolist() == expected.tolist()
    assert server.count("tiingo") == 2
    assert answer.actions is None


def test_a_page_cut_inside_the_first_day_is_followed_by_that_day(server: ProviderServer) -> None:
    """10,000 = 25 sessions of 390 and 250 more: the first session of 26 is cut in its middle."""
    answer = ask(provider(server), "1", "2025-01-28", "2025-03-06")
    assert len(answer.candles) == 27 * 390
    assert server.count("tiingo") == 2


def test_paging_that_gets_nowhere_ends(server: ProviderServer) -> None:
    row = '{{"date":"2025-03-06T14:{:02}:{:02}Z","open":1,"high":2,"low":1,"close":2,"volume":3}}'
    rows = [row.format(i // 60 % 60, i % 60) for i in range(2_000)]
    server.fail("/iex/", stand_in.status(200, f"[{','.join(rows)}]"))
    with pytest.raises(BadPayloadError, match="again"):
        ask(provider(server), "1", "2025-03-03", "2025-03-06")
    assert server.count("tiingo") == 2


def test_paging_ends_with_what_was_asked_for(server: ProviderServer) -> None:
    """Whoever answers with ever older rows would use up an hour's calls with one question."""

    def older(handler: stand_in.Handler) -> bool:
        end = date.fromisoformat(server.seen[-1].params["endDate"])
        begin_s = days((end - timedelta(days=40)).isoformat())[0]
        row = '{{"date":"{}","open":1,"high":2,"low":1,"close":2,"volume":3}}'
        times = [datetime.fromtimestamp(begin_s + i * 300, UTC).isoformat() for i in range(2_000)]
        handler.send(200, f"[{','.join(row.format(time) for time in times)}]".encode())
        return True

    server.fail("/iex/", older)
    ask(provider(server), "5", "2025-01-20", "2025-03-06")
    assert server.count("tiingo") == 2


def test_questions_are_for_the_regular_session_without_invented_bars(server: ProviderServer) -> None:
    ask(provider(server), "5", "2025-03-06", "2025-03-06", "BRK.B")
    call = server.seen[0]
    assert call.path == "/iex/BRK-B/prices"
    assert dict(call.params) == {
        "startDate": "2025-03-06",
        "endDate": "2025-03-06",
        "resampleFreq": "5min",
        "afterHours": "false",
        "forceFill": "false",
        "columns": "open,high,low,close,volume",
    }
    assert call.key == "key"


def test_daily_prices_without_splits_are_refused(server: ProviderServer) -> None:
    server.fail("/tiingo/", stand_in.status(200, "date,open,high,low,close\n2025-03-06,1,2,1,2\n"))
    with pytest.raises(BadPayloadError, match="splits"):
        ask(provider(server), "D", "2025-03-03", "2025-03-07")


@pytest.mark.parametrize("ticker", ["VOD.L", "BTC-USD", "^GSPC", "EURUSD=X", "ES=F"])
def test_what_tiingo_does_not_have_costs_no_call(server: ProviderServer, ticker: str) -> None:
    source = provider(server)
    with pytest.raises(UnknownTickerError):
        source.resolutions(ticker)
    with pytest.raises(UnknownTickerError):
        ask(source, "D", "2025-03-03", "2025-03-07", ticker)
    assert server.seen == []


def test_hours_are_not_asked_for(server: ProviderServer) -> None:
    with pytest.raises(NotOfferedError):
        ask(provider(server), "60", "2025-03-06", "2025-03-06")
    assert server.seen == []


@pytest.mark.parametrize("key", [None, "", "two words", "new\nline", "schlüssel", "tab\t"])
def test_a_key_that_cannot_be_is_not_sent(server: ProviderServer, key: str | None) -> None:
    with pytest.raises(BadKeyError, match="TIINGO_API_KEY") as caught:
        ask(provider(server, key), "D", "2025-03-03", "2025-03-07")
    assert not key or key not in str(caught.value)
    assert server.seen == []


def test_a_wrong_key_is_said(server: ProviderServer) -> None:
    with pytest.raises(BadKeyError, match="TIINGO_API_KEY"):
        ask(provider(server, "wrong"), "D", "2025-03-03", "2025-03-07")


def test_share_classes_have_a_dash() -> None:
    assert spelled("BRK.B") == "BRK-B"
