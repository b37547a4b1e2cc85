"""The stand-in itself: it speaks as the recordings do, counts, fails as told, and runs by hand."""

from __future__ import annotations

import subprocess
import sys
import urllib.error
import urllib.request
from datetime import date
from pathlib import Path

import pytest

from adapters.http_client import Reply
from adapters.tiingo_parsing import parse_daily, parse_intraday
from adapters.yahoo_parsing import parse_chart
from market.resolution import Resolution
from tests.kit import provider_server as stand_in
from tests.kit.provider_server import PAYLOADS, ProviderServer, recorded
from tests.kit.providers import utc
from tests.kit.stand_in_market import Market
from tools.stand_in import obey

ROOT = Path(__file__).resolve().parents[2]
NOW_S = utc("2025-03-07 21:30").timestamp()
DAY = date(2025, 3, 6), date(2025, 3, 6)


def fetch(server: ProviderServer, path: str) -> tuple[int, bytes]:
    request = urllib.request.Request(server.url + path, headers={"Authorization": "Token key"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the recordings are not beside the project")
def test_it_replays_recordings_as_they_were() -> None:
    with ProviderServer(now=lambda: NOW_S) as server:
        server.fail("/tiingo/", stand_in.recording("tiingo-daily_prices-GOOGL-range.json"), times=1)
        server.fail("/tiingo/", stand_in.recording("tiingo-errors.json", "429_hourly"), times=1)
        path = "/tiingo/daily/GOOGL/prices?startDate=2015-01-01&endDate=2015-01-05"
        assert fetch(server, path) == recorded("tiingo-daily_prices-GOOGL-range.json")
        assert fetch(server, path)[0] == 429
        assert fetch(server, path)[0] == 200
        assert server.count("tiingo") == 3
        assert {call.key for call in server.seen} == {"key"}


def test_days_and_their_minutes_are_of_one_market_the_same_every_time() -> None:
    market = Market()
    day = market.daily("AAPL", *DAY, NOW_S, as_traded=True)
    minutes = market.intraday("AAPL", *DAY, Resolution.M1, NOW_S, as_traded=True)
    assert (day.open[0], day.close[0]) == (minutes.open[0], minutes.close[-1])
    assert day == Market().daily("AAPL", *DAY, NOW_S, as_traded=True)
    assert day != market.daily("MSFT", *DAY, NOW_S, as_traded=True)


def test_nothing_of_the_future_is_told() -> None:
    now_s = utc("2025-03-06 15:02").timestamp()
    with ProviderServer(now=lambda: now_s) as server:
        path = "/iex/AAPL/prices?startDate=2025-03-06&endDate=2025-03-07&resampleFreq=5min&columns=open"
        bars = parse_intraday(Reply(*fetch(server, path)), now_s)
    assert bars.time.max() == utc("2025-03-06 15:00").timestamp()


def test_daily_prices_come_in_both_forms() -> None:
    with ProviderServer(now=lambda: NOW_S) as server:
        path = "/tiingo/daily/AAPL/prices?startDate=2025-03-03&endDate=2025-03-06"
        json, csv = (parse_daily(Reply(*fetch(server, path + form)), NOW_S) for form in ("", "&format=csv"))
    assert json.candles == csv.candles
    assert len(json.candles) == 4


def test_a_running_yahoo_session_ends_with_a_point_between_bars() -> None:
    now_s = utc("2025-03-06 15:02").timestamp()
    span = f"period1={int(now_s) - 86_400}&period2={int(now_s) + 86_400}"
    with ProviderServer(now=lambda: now_s) as server:
        code, body = fetch(server, f"/v8/finance/chart/AAPL?interval=5m&{span}")
    assert str(int(now_s)).encode() in body
    assert parse_chart(Reply(code, body), "AAPL", "5m", now_s).candles.time.max() == now_s - 120


def test_commands_break_it_and_mend_it() -> None:
    with ProviderServer(now=lambda: NOW_S) as server:
        path = "/tiingo/daily/AAPL/prices?startDate=2025-03-06&endDate=2025-03-06"
        assert obey(server, "calls") == "none"
        assert obey(server, "limit\n") == "done"
        assert fetch(server, path)[0] == 429
        assert obey(server, "mend") == "done"
        assert fetch(server, path)[0] == 200
        assert obey(server, "calls") == "tiingo 2"
        assert obey(server, "free") == "done"
        assert server.free_plan
        assert obey(server, "only msft BRK.B") == "done"
        assert fetch(server, path)[0] == 404
        assert obey(server, "mend") == "done"
        assert fetch(server, path)[0] == 200
        assert "mend" in obey(server, "help")


def test_it_runs_by_hand() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tools.stand_in", "--port", "0"],
        cwd=ROOT,
        input="calls\n",
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    settings, answer = done.stdout.splitlines()
    assert settings.startswith("TIINGO_BASE_URL=http://127.0.0.1:")
    assert answer == "none"
