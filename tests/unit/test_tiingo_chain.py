"""From a provider over HTTP through the cache to an answer, and on to the next provider where one fails.

Every provider is the real client on the stand-in server; only the market is made up (cache-4, cache-9,
cache-11, cache-14, cache-16, S1).
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from adapters import http_client
from adapters.finnhub import FinnhubProvider
from adapters.prices import PriceProvider
from adapters.tiingo import TiingoProvider
from adapters.yahoo import YahooProvider
from cache.errors import CandleError
from cache.late_writes import drain_all
from cache.query import Adjust, CandleQuery, Tier
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S, day_number
from tests.kit import provider_server as stand_in
from tests.kit.house import Clock, TestHouse, house
from tests.kit.provider_server import Fault, ProviderServer
from tests.kit.providers import utc
from tests.kit.spoiled_answers import Bars, changed
from tests.kit.stand_in_market import Market

NOW_S = utc("2025-03-08 15:00").timestamp()  # a Saturday: nothing runs
CANARY = "canary-key-0123456789"
MARKET = Market({"AAPL": [(date(2025, 2, 12), 4.0)]}, {"AAPL": [(date(2025, 2, 20), 0.5)]})


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer(now=lambda: NOW_S, market=MARKET) as running:
        yield running
    http_client.reset()


def sources(server: ProviderServer, *names: str) -> list[PriceProvider]:
    made: dict[str, PriceProvider] = {
        "tiingo": TiingoProvider(CANARY, server.url, clock=lambda: NOW_S),
        "finnhub": FinnhubProvider(CANARY, server.url, clock=lambda: NOW_S),
        "yahoo": YahooProvider(server.url, clock=lambda: NOW_S),
    }
    return [made[name] for name in names]


def place_of(folder: Path, server: ProviderServer, *names: str) -> TestHouse:
    return house(folder, sources(server, *names), clock=Clock(NOW_S))


def query(
    resolution: str, start: str, end: str, adjust: Adjust = Adjust.RAW, ticker: str = "AAPL"
) -> CandleQuery:
    return CandleQuery(
        ticker, Resolution(resolution), date.fromisoformat(start), date.fromisoformat(end), adjust
    )


def truth(resolution: str, start: str, end: str, *, as_traded: bool = True) -> Candles:
    span = date.fromisoformat(start), date.fromisoformat(end)
    if resolution == "D":
        return MARKET.daily("AAPL", *span, NOW_S, as_traded=as_traded)
    return MARKET.intraday("AAPL", *span, Resolution(resolution), NOW_S, as_traded=as_traded)


@pytest.mark.parametrize("resolution", ["D", "5", "1"])
def test_what_the_provider_said_is_what_the_cache_answers_bit_for_bit(
    tmp_path: Path, server: ProviderServer, resolution: str
) -> None:
    """cache-14: over HTTP, and then out of memory, and then in another process out of the table."""
    asked, told = query(resolution, "2025-03-03", "2025-03-07"), truth(resolution, "2025-03-03", "2025-03-07")
    place = place_of(tmp_path, server, "tiingo")
    answer = place.cache.get(asked)
    assert (answer.source, answer.missing) == ("tiingo", ())
    assert answer.candles == told
    calls = len(server.seen)
    assert calls == 1
    again = place.cache.get(asked)
    assert (again.candles, again.tier) == (told, Tier.MEMORY)
    new_process = place_of(tmp_path, server, "tiingo").cache.get(asked)
    assert new_process.candles == told
    assert new_process.tier is not Tier.PROVIDER
    assert len(server.seen) == calls


def test_a_whole_unit_is_one_call(tmp_path: Path, server: ProviderServer) -> None:
    """cache-9: a year of days, two months of minutes, whatever is looked at within them."""
    place = place_of(tmp_path, server, "tiingo")
    place.cache.get(query("D", "2024-06-03", "2024-06-14"))
    place.cache.get(query("D", "2024-01-02", "2024-12-31"))
    place.cache.get(query("5", "2025-01-06", "2025-02-27"))
    place.cache.get(query("60", "2025-01-27", "2025-02-07"))
    assert [call.path.split("/")[1] for call in server.seen] == ["tiingo", "iex"]


@pytest.mark.parametrize("name", ["tiingo", "yahoo"])
def test_a_ticker_s_whole_history_of_days_is_one_call(
    tmp_path: Path, server: ProviderServer, name: str
) -> None:
    """cache-9: what a source has to tell for its splits is kept, for this process and the next."""
    place = place_of(tmp_path, server, name)
    place.cache.get(query("D", "2025-03-03", "2025-03-07", Adjust.SPLIT))
    assert place.cache.get(query("M", "1990-01-02", "2024-12-31", Adjust.SPLIT)).tier is Tier.MEMORY
    older = query("D", "1990-01-02", "2024-12-31")
    told = place.cache.get(older)
    drain_all(10)
    assert len(server.seen) == 1
    new_process = place_of(tmp_path, server, name).cache.get(older)
    assert len(server.seen) == 1
    assert new_process.candles == told.candles
    as_traded = name == "tiingo"
    right = MARKET.daily("AAPL", older.start, older.end, NOW_S, as_traded=as_traded)
    assert told.candles == right


def test_older_years_that_cannot_be_right_are_left_for_who_asks_for_them(
    tmp_path: Path, server: ProviderServer
) -> None:
    """cache-4: they neither are kept nor keep the rest from being kept."""

    def spoil(bars: Bars) -> None:
        old = bars["time"].index(day_number(date(1999, 6, 1)) * DAY_S)
        for name in ("high", "low"):
            bars[name] = [*[-1.0] * old, *bars[name][old:]]

    server.fail("/tiingo/", changed(spoil), times=1)
    place = place_of(tmp_path, server, "tiingo")
    asked = query("D", "2025-03-03", "2025-03-07")
    assert place.cache.get(asked).candles == truth("D", "2025-03-03", "2025-03-07")
    assert [key[1] for key in place.table.keys() if "D#" in key[1]] == ["D#2025-01-01T00:00:00Z"]  # noqa: SIM118 - a table
    assert len(place.cache.get(query("D", "1999-01-04", "1999-12-31")).candles) == 252
    assert len(server.seen) == 2


@pytest.mark.parametrize("resolution", ["D", "5"])
@pytest.mark.parametrize("name", ["tiingo", "finnhub", "yahoo"])
def test_a_split_in_the_middle_of_an_answer_is_no_crash_whoever_tells_it(
    tmp_path: Path, server: ProviderServer, name: str, resolution: str
) -> None:
    """cache-16: as traded or adjusted by the provider, the picture is the same and has no jump."""
    place = place_of(tmp_path, server, name)
    span = "2025-02-10", "2025-02-14"
    shown = place.cache.get(query(resolution, *span, Adjust.SPLIT))
    smooth = truth(resolution, *span, as_traded=False)
    assert shown.candles.time.tolist() == smooth.time.tolist()
    # Rounded to a ten-thousandth before or after it is divided by four.
    assert np.abs(shown.candles.close - smooth.close).max() < 1e-4
    assert shown.notes == ()


@pytest.mark.parametrize("name", ["tiingo", "finnhub", "yahoo"])
def test_total_return_is_the_same_whoever_tells_it(tmp_path: Path, server: ProviderServer, name: str) -> None:
    place = place_of(tmp_path, server, name)
    shown = place.cache.get(query("D", "2025-02-18", "2025-02-21", Adjust.TOTAL))
    split = truth("D", "2025-02-18", "2025-02-21", as_traded=False)
    factor = 1 - 0.5 / split.close[1]
    assert shown.candles.close == pytest.approx(split.close * [factor, factor, 1, 1])


def test_from_tiingo_by_finnhub_to_yahoo(tmp_path: Path, server: ProviderServer) -> None:
    """cache-11: the hour's budget is used up, the other plan has no candles, and the third one answers."""
    server.free_plan = True
    server.fail("/tiingo/", stand_in.status(429, '{"detail":"Error: You have run over your hourly"}'))
    place = place_of(tmp_path, server, "tiingo", "finnhub", "yahoo")
    answer = place.cache.get(query("D", "2025-03-03", "2025-03-07", Adjust.SPLIT))
    assert answer.source == "yahoo"
    assert [call.source for call in server.seen] == ["tiingo", "finnhub", "yahoo"]
    assert {span.source for span in answer.spans} == {"yahoo"}


def test_what_only_yahoo_has_costs_the_others_no_call(tmp_path: Path, server: ProviderServer) -> None:
    place = place_of(tmp_path, server, "tiingo", "finnhub", "yahoo")
    answer = place.cache.get(query("D", "2025-03-03", "2025-03-06", Adjust.SPLIT, "VOD.L"))
    assert answer.source == "yahoo"
    assert {call.source for call in server.seen} == {"yahoo"}


def rows(**changes: object) -> str:
    """Return a week of Tiingo's daily rows in JSON, one field of the third changed."""
    told = []
    for day in ("03-03", "03-04", "03-05", "03-06", "03-07"):
        row: dict[str, object] = dict(zip(("open", "high", "low", "close"), (10, 12, 9, 11), strict=True))
        told.append({"date": f"2025-{day}", **row, "volume": 1, "divCash": 0, "splitFactor": 1})
    told[2] |= changes
    return json.dumps(told)


CAP = "the monthly cap with 200"
POISON: dict[str, Fault] = {
    "truncated": stand_in.status(200, rows()[:-9]),
    "cut off": stand_in.half(rows().encode()),
    "HTML with 200": stand_in.HTML,
    "a message with 200": stand_in.status(200, '{"detail":"hello"}'),
    CAP: stand_in.status(200, "You have run over your 500 symbol look up for this month."),
    "NaN": stand_in.status(200, rows().replace("12", "NaN")),
    "Infinity": stand_in.status(200, rows().replace("12", "Infinity")),
    "texts for numbers": stand_in.status(200, rows(close="11")),
    "no splits": stand_in.status(200, rows().replace("splitFactor", "splits")),
    "a bar of tomorrow": stand_in.status(200, rows(date="2025-03-11")),
    "high below low": stand_in.status(200, rows().replace("12", "1")),
    "nothing": stand_in.status(200, ""),
    "an object": stand_in.status(200, "{}"),
    "100 MB": stand_in.huge(),
    "a redirect": stand_in.redirect("http://127.0.0.1:9/tiingo/daily/AAPL/prices"),
    "a reset": stand_in.reset,
    "500": stand_in.status(500, "<html>oops</html>"),
    "no such ticker": stand_in.status(404, '{"detail":"Not found."}'),
    "a bad key": stand_in.status(401, '{"detail":"Invalid token."}'),
    "no permission": stand_in.status(403, '{"detail":"You do not have permission"}'),
}


@pytest.mark.parametrize("fault", POISON.values(), ids=POISON)
def test_what_is_wrong_is_never_kept_and_the_next_provider_is_asked(
    tmp_path: Path, server: ProviderServer, fault: Fault
) -> None:
    """cache-4: nothing of it stays, so that the mended provider is believed again."""
    server.fail("/tiingo/", fault)
    asked = query("D", "2025-03-03", "2025-03-07", Adjust.SPLIT)
    place = place_of(tmp_path, server, "tiingo", "yahoo")
    assert place.cache.get(asked).source == "yahoo"
    kept = [str(key) for key in place.table.keys()]  # noqa: SIM118 - a table, no dict
    assert any("AAPL#yahoo" in key for key in kept)
    assert not any("AAPL#tiingo" in key for key in kept if "LOCK" not in key)
    server.mend()
    if fault is POISON[CAP]:  # which is believed until the month is over
        assert place.cache.get(asked).source == "yahoo"
        return
    answer = place.cache.get(asked)
    assert answer.source == "tiingo"
    assert np.abs(answer.candles.close - truth("D", "2025-03-03", "2025-03-07").close).max() == 0


@pytest.mark.parametrize("fault", POISON.values(), ids=POISON)
def test_the_person_is_told_in_a_sentence_and_the_key_nowhere(
    tmp_path: Path,
    server: ProviderServer,
    fault: Fault,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """S1: in the error, its causes and the log, at DEBUG too."""
    caplog.set_level("DEBUG")
    server.fail("/tiingo/", fault)
    with pytest.raises(CandleError) as caught:
        place_of(tmp_path, server, "tiingo").cache.get(query("D", "2025-03-03", "2025-03-07"))
    sentence = str(caught.value)
    assert sentence.endswith(".")
    said, error = [sentence, caplog.text, *capsys.readouterr()], caught.value.__cause__
    while error is not None:
        said.append(repr(error))
        error = error.__cause__ or error.__context__
    assert not any(word in text for text in said for word in (CANARY, "Traceback"))
    assert server.url not in sentence


def test_a_drip_leaves_time_for_the_next_provider(tmp_path: Path, server: ProviderServer) -> None:
    """cache-11: the deadline of the request holds although the first provider would talk for ever."""
    place_of(tmp_path, server, "yahoo").cache.get(
        query("D", "2025-03-03", "2025-03-07")
    )  # calendars are made
    server.fail("/tiingo/", stand_in.drip())
    providers = sources(server, "tiingo", "yahoo")
    (tmp_path / "drip").mkdir()
    place = house(tmp_path / "drip", providers, clock=Clock(NOW_S), deadline_s=2.0)
    begun_s = time.monotonic()
    assert place.cache.get(query("D", "2025-03-03", "2025-03-07", Adjust.SPLIT)).source == "yahoo"
    assert time.monotonic() - begun_s < 2.5


def test_doubled_and_unsorted_bars_are_repaired(tmp_path: Path, server: ProviderServer) -> None:
    """cache-4: the last of two counts."""
    week = json.loads(rows())
    server.fail("/tiingo/", stand_in.status(200, json.dumps([*reversed(week), week[0] | {"close": 10}])))
    answer = place_of(tmp_path, server, "tiingo").cache.get(query("D", "2025-03-03", "2025-03-07"))
    assert answer.candles.close.tolist() == [10, 11, 11, 11, 11]


def test_one_bad_bar_is_left_out(tmp_path: Path, server: ProviderServer) -> None:
    """cache-4: and the rest is not sealed."""
    server.fail("/tiingo/", stand_in.status(200, rows(high=None)))
    answer = place_of(tmp_path, server, "tiingo").cache.get(query("D", "2025-03-03", "2025-03-07"))
    assert len(answer.candles) == 4


def test_another_symbol_in_the_answer_is_refused(tmp_path: Path, server: ProviderServer) -> None:
    """cache-4."""
    meta = {"symbol": "MSFT", "currency": "USD", "exchangeTimezoneName": "America/New_York"}
    body = {"chart": {"result": [{"meta": meta, "indicators": {"quote": [{}]}}], "error": None}}
    server.fail("/v8/", stand_in.status(200, json.dumps(body)))
    with pytest.raises(CandleError):
        place_of(tmp_path, server, "yahoo").cache.get(query("D", "2025-03-03", "2025-03-07", Adjust.SPLIT))
