"""What providers get wrong, over HTTP and through the whole cache, with a next source behind them (cache-4).

Whatever it is, nothing of it stays in table or memory, the next source answers, and where there is none the
person gets a sentence of ours. What is Tiingo's alone in daily prices is in ``test_tiingo_chain``.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from structlog.testing import capture_logs

from adapters import http_client
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
from cache.errors import (
    BadQueryError,
    CandleError,
    PricesUnavailableError,
    ProviderBusyError,
    RefusedError,
    TickerNotFoundError,
)
from cache.policy import PROVISIONAL_LIFE_S
from cache.query import Adjust, Answer
from market.resolution import Resolution
from tests.kit import provider_server as stand_in
from tests.kit.bad_answers import BAD_BARS, NEXT, NO_PRICES, PATHS, Case, spoil
from tests.kit.house import Clock, TestHouse, house
from tests.kit.provider_server import PAYLOADS, Fault, ProviderServer, recorded
from tests.kit.spoiled_answers import PRICES, Bars, Change, changed
from tests.unit.test_tiingo_chain import CANARY, MARKET, NOW_S, query, sources, truth

WEEK = "2025-03-03", "2025-03-07"
SEEN_BY_PEOPLE = {
    UnknownTickerError: TickerNotFoundError,
    RateLimitedError: ProviderBusyError,
    NotOfferedError: BadQueryError,
    BadKeyError: RefusedError,
    NotInPlanError: RefusedError,
    UnavailableError: PricesUnavailableError,
    BadPayloadError: PricesUnavailableError,
}
LASTING = (BadKeyError, NotInPlanError, RateLimitedError)
"""What may be remembered of a source, until its key or its hour changes; never in the place of prices."""

needs_recordings = pytest.mark.skipif(
    not PAYLOADS.is_dir(), reason="the recordings are not beside the project"
)


RECORDED: dict[str, dict[str, type[ProviderError]]] = {
    "tiingo-errors.json": {
        "404_unknown_ticker": UnknownTickerError,
        "404_eod_unknown_ticker": UnknownTickerError,
        "403_no_token": BadKeyError,
        "403_news": NotInPlanError,
        "403_fundamentals": NotInPlanError,
        "200_symbol_cap_PLAINTEXT": RateLimitedError,
        "200_symbol_cap_json_2026": RateLimitedError,
        "429_hourly": RateLimitedError,
        "429_bandwidth": RateLimitedError,
        "bad_resample": BadPayloadError,
    },
    "finnhub-errors.json": {
        "401": BadKeyError,
        "403": NotInPlanError,
        "429": RateLimitedError,
        "quote_unknown": BadPayloadError,
    },
    "yahoo-chart-errors.json": {
        "404": UnknownTickerError,
        "422_60d": NotOfferedError,
        "422_1m_30d": NotOfferedError,
        "422_1m_span": NotOfferedError,
        "401_quote": NotInPlanError,
    },
}
NO_ERRORS = {"200_empty_weekend", "no_data"}
"""What is recorded among the errors and is an answer: there was no trading."""


def source_of(file: str) -> str:
    return file.split("-", maxsplit=1)[0]


def a_case(file: str, name: str) -> Case:
    def replay(handler: stand_in.Handler) -> bool:  # read when it is needed: the folder may be absent
        handler.send(*recorded(file, name))
        return True

    return Case(source_of(file), name, replay, RECORDED[file][name])


RECORDED_CASES = [a_case(file, name) for file, cases in RECORDED.items() for name in cases]


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with ProviderServer(now=lambda: NOW_S, market=MARKET) as running:
        yield running
    http_client.reset()


def place_of(folder: Path, server: ProviderServer, *names: str, deadline_s: float = 30.0) -> TestHouse:
    return house(folder, sources(server, *names), clock=Clock(NOW_S), deadline_s=deadline_s)


def kept_of(place: TestHouse, source: str) -> list[str]:
    """Return what is held of a source's prices, splits and dividends, in the table and in memory."""
    kept = [str(key) for key in place.table.keys() if key[0] == f"AAPL#{source}" and "LOCK" not in key[1]]  # noqa: SIM118 - a table, no dict
    tiers = place.cache._tiers
    blocks = tiers.memory.delete_where(lambda key: key.source == source)
    actions = tiers.actions.delete_where(lambda key: source in key)
    return [*kept, *["a block in memory"] * blocks, *["actions in memory"] * actions]


def as_it_should_be(answer: Answer, resolution: str) -> bool:
    """Return whether the candles are the market's, split-adjusted, up to a ten-thousandth divided by four."""
    right = truth(resolution, *WEEK, as_traded=False)
    return (
        answer.candles.time.tolist() == right.time.tolist()
        and float(np.abs(answer.candles.close - right.close).max()) < 1e-4
    )


def ids(cases: Sequence[Case]) -> list[str]:
    return [f"{case.source}-{case.name}".replace(" ", "-") for case in cases]


def check_it_is_not_kept(tmp_path: Path, server: ProviderServer, case: Case, resolution: str) -> None:
    spoil(server, case.source, case.fault)
    asked = query(resolution, *WEEK, Adjust.SPLIT)
    place = place_of(tmp_path, server, case.source, NEXT[case.source])
    with capture_logs() as lines:
        answer = place.cache.get(asked)
    failed = [line for line in lines if line["event"] == "ohlc_provider_failed"]
    assert [(line["source"], line["code"]) for line in failed] == [(case.source, case.kind.code)]
    assert answer.source == NEXT[case.source]
    assert as_it_should_be(answer, resolution)
    assert kept_of(place, case.source) == []
    assert kept_of(place, NEXT[case.source]) != []  # where it would be, if it were kept
    if case.kind not in LASTING:
        server.mend()
        mended = place.cache.get(asked)
        assert mended.source == case.source
        assert as_it_should_be(mended, resolution)


@needs_recordings
def test_every_recorded_error_has_a_case_here() -> None:
    found = {path.name for path in PAYLOADS.glob("*errors*") if source_of(path.name) in PATHS}
    assert found == set(RECORDED)
    for file in found:
        cases = set(json.loads((PAYLOADS / file).read_text("utf-8"))) - NO_ERRORS
        assert cases == set(RECORDED[file]), file


@needs_recordings
@pytest.mark.parametrize("resolution", ["D", "5"])
@pytest.mark.parametrize("case", RECORDED_CASES, ids=ids(RECORDED_CASES))
def test_a_recorded_error_is_mapped_not_kept_and_the_next_source_asked(
    tmp_path: Path, server: ProviderServer, case: Case, resolution: str
) -> None:
    """cache-4, E4, S1."""
    check_it_is_not_kept(tmp_path, server, case, resolution)


@pytest.mark.parametrize("case", NO_PRICES, ids=ids(NO_PRICES))
def test_what_is_no_answer_about_prices_is_not_kept_and_the_next_source_asked(
    tmp_path: Path, server: ProviderServer, case: Case
) -> None:
    """cache-4, E4."""
    check_it_is_not_kept(tmp_path, server, case, "5")


@pytest.mark.parametrize("resolution", ["D", "5"])
@pytest.mark.parametrize("case", BAD_BARS, ids=ids(BAD_BARS))
def test_a_bad_answer_is_refused_not_kept_and_the_next_source_asked(
    tmp_path: Path, server: ProviderServer, case: Case, resolution: str
) -> None:
    """cache-4, E4."""
    check_it_is_not_kept(tmp_path, server, case, resolution)


ALL_CASES = [*NO_PRICES, *BAD_BARS, *(RECORDED_CASES if PAYLOADS.is_dir() else [])]


@pytest.mark.parametrize("case", ALL_CASES, ids=ids(ALL_CASES))
def test_without_a_next_source_the_person_is_told_in_our_words(
    tmp_path: Path, server: ProviderServer, case: Case, capsys: pytest.CaptureFixture[str]
) -> None:
    """S1, E3: one sentence, no key, no address, no path, and no text of the provider's."""
    spoil(server, case.source, case.fault)
    place = place_of(tmp_path, server, case.source)
    with pytest.raises(CandleError) as caught, capture_logs() as lines:
        place.cache.get(query("5", *WEEK))
    assert type(caught.value) is SEEN_BY_PEOPLE[case.kind]
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert sentence[0].isupper()
    foreign = ("<", "{", "http", "127.0.0.1", "/", "Traceback", "0x", "look up", "elsewhere")
    assert [text for text in foreign if text in sentence] == []
    everything = f"{sentence} {lines} {capsys.readouterr()}"
    assert CANARY not in everything
    assert str(tmp_path) not in everything
    if case.kind is RateLimitedError:
        assert (caught.value.retry_after_s or 0) >= 1


def one_wrong(column: str, value: float) -> Change:
    def change(bars: Bars) -> None:
        bars[column][-3] = value

    return change


@pytest.mark.parametrize("source", PATHS)
@pytest.mark.parametrize("resolution", ["D", "5"])
@pytest.mark.parametrize(
    "change", [one_wrong("high", 0.001), one_wrong("low", -1.0), one_wrong("close", 0.0)]
)
def test_one_bar_that_cannot_be_is_left_out_and_asked_for_again(
    tmp_path: Path, server: ProviderServer, source: str, resolution: str, change: Change
) -> None:
    """cache-4: the rest is told, and is not final; when that is over, is the source's own pace."""
    spoil(server, source, changed(change))
    (provider,) = sources(server, source)
    place = place_of(tmp_path, server, source)
    answer = place.cache.get(query(resolution, *WEEK, Adjust.SPLIT))
    right = truth(resolution, *WEEK, as_traded=False)
    assert answer.candles.time.tolist() == np.delete(right.time, -3).tolist()
    server.mend()
    place.clock.now_s += max(PROVISIONAL_LIFE_S, provider.running_life_s(Resolution(resolution))) + 1
    answer = place.cache.get(query(resolution, *WEEK, Adjust.SPLIT))
    assert as_it_should_be(answer, resolution)


def without_a_price(bars: Bars) -> None:
    for name in PRICES:
        bars[name][-3] = None


@pytest.mark.parametrize("source", PATHS)
def test_a_day_of_this_week_without_any_price_is_asked_for_again(
    tmp_path: Path, server: ProviderServer, source: str
) -> None:
    """cache-4, cache-6: Yahoo leaves out a day now and then, and has it later; it was final without it."""
    spoil(server, source, changed(without_a_price))
    (provider,) = sources(server, source)
    place = place_of(tmp_path, server, source)
    answer = place.cache.get(query("D", *WEEK, Adjust.SPLIT))
    right = truth("D", *WEEK, as_traded=False)
    assert answer.candles.time.tolist() == np.delete(right.time, -3).tolist()
    server.mend()
    place.clock.now_s += max(PROVISIONAL_LIFE_S, provider.running_life_s(Resolution.DAY)) + 1
    assert as_it_should_be(place.cache.get(query("D", *WEEK, Adjust.SPLIT)), "D")


def shuffled(bars: Bars) -> None:
    for name, column in bars.items():
        bars[name] = column[::-1]


def twice_the_last_right(bars: Bars) -> None:
    """Tell every bar twice, first with another close."""
    wrong = {name: [0.5 * value if name in PRICES else value for value in bars[name]] for name in bars}
    for name, column in bars.items():
        bars[name] = [value for pair in zip(wrong[name], column, strict=True) for value in pair]


@pytest.mark.parametrize("source", PATHS)
@pytest.mark.parametrize("resolution", ["D", "5"])
@pytest.mark.parametrize("change", [shuffled, twice_the_last_right])
def test_unsorted_and_doubled_bars_are_repaired_whoever_sends_them(
    tmp_path: Path, server: ProviderServer, source: str, resolution: str, change: Change
) -> None:
    """cache-4: sorted, and the last of two counts; it is kept as if it had come so."""
    spoil(server, source, changed(change))
    place = place_of(tmp_path, server, source)
    asked = query(resolution, *WEEK, Adjust.SPLIT)
    assert as_it_should_be(place.cache.get(asked), resolution)
    calls = len(server.seen)
    assert as_it_should_be(place_of(tmp_path, server, source).cache.get(asked), resolution)
    assert len(server.seen) == calls


@pytest.mark.parametrize("resolution", ["D", "5"])
def test_another_symbol_in_yahoo_s_answer_is_not_kept(
    tmp_path: Path, server: ProviderServer, resolution: str
) -> None:
    """cache-4: Yahoo is the only one that says whose prices it sends."""

    def another(handler: stand_in.Handler) -> bool:
        status, body, headers = handler.usual()
        handler.send(status, body.replace(b'"AAPL"', b'"MSFT"'), headers)
        return True

    check_it_is_not_kept(tmp_path, server, Case("yahoo", "", another, BadPayloadError), resolution)


@pytest.mark.parametrize("source", PATHS)
def test_a_drip_leaves_time_for_the_next_source_whoever_drips(
    tmp_path: Path, server: ProviderServer, source: str
) -> None:
    """cache-11: nothing of it is kept, and the request's deadline holds."""
    place_of(tmp_path, server, NEXT[source]).cache.listing("AAPL")  # the calendar is made before
    spoil(server, source, stand_in.drip())
    (tmp_path / "drip").mkdir()
    place = place_of(tmp_path / "drip", server, source, NEXT[source], deadline_s=2.0)
    begun_s = time.monotonic()
    answer = place.cache.get(query("D", *WEEK, Adjust.SPLIT))
    assert time.monotonic() - begun_s < 2.5
    assert answer.source == NEXT[source]
    assert kept_of(place, source) == []


@pytest.mark.parametrize("path", ["/stock/split", "/stock/dividend"])
@pytest.mark.parametrize("fault", [stand_in.HTML, stand_in.reset, stand_in.status(200, '[{"date": 1}]')])
def test_finnhub_s_prices_are_not_kept_without_its_splits_and_dividends(
    tmp_path: Path, server: ProviderServer, path: str, fault: Fault
) -> None:
    """cache-16: nobody could tell on which scale they are."""
    server.fail(path, fault)
    place = place_of(tmp_path, server, "finnhub", "yahoo")
    assert place.cache.get(query("D", *WEEK, Adjust.SPLIT)).source == "yahoo"
    assert kept_of(place, "finnhub") == []


@pytest.mark.parametrize("source", PATHS)
def test_a_split_in_the_middle_of_paged_minutes_is_no_jump(
    tmp_path: Path, server: ProviderServer, source: str
) -> None:
    """cache-16: AAPL's 4:1 of 12 February lies inside a page of Tiingo's, and between two of Yahoo's."""
    first = "2025-02-10" if source == "yahoo" else "2025-01-02"  # 28 days of Yahoo's minutes
    asked = query("1", first, "2025-02-28", Adjust.SPLIT)
    shown = place_of(tmp_path, server, source).cache.get(asked).candles
    pages = [call for call in server.seen if "iex" in call.path or "candle" in call.path or "v8" in call.path]
    assert len(pages) > 1
    right = truth("1", first, "2025-02-28", as_traded=False)
    assert shown.time.tolist() == right.time.tolist()
    assert np.abs(shown.close - right.close).max() < 1e-4


def test_half_of_the_pages_is_nothing(tmp_path: Path, server: ProviderServer) -> None:
    """cache-5: where the second page fails, the first one is not taken for the whole."""
    server.fail("/iex/", changed(lambda _: None), times=1)
    server.fail("/iex/", stand_in.HTML)
    place = place_of(tmp_path, server, "tiingo")
    with pytest.raises(CandleError):
        place.cache.get(query("1", "2025-01-02", "2025-02-28"))
    assert server.count("tiingo", "/iex/") == 2
    assert kept_of(place, "tiingo") == []


def test_pence_never_stand_beside_pounds(tmp_path: Path, server: ProviderServer) -> None:
    """cache-14: London's shares come in pence; days, minutes and a new process agree on pounds."""
    place = place_of(tmp_path, server, "yahoo")
    span = "2025-03-03", "2025-03-06"
    days = place.cache.get(query("D", *span, ticker="VOD.L")).candles
    bars = place.cache.get(query("5", *span, ticker="VOD.L")).candles
    again = place_of(tmp_path, server, "yahoo").cache.get(query("D", *span, ticker="VOD.L")).candles
    assert again == days
    # The stand-in's days are sampled nine times: their close is the last minute's within a percent.
    assert days.close[-1] == pytest.approx(bars.close[-1], rel=0.01)
    told = MARKET.daily("VOD.L", query("D", *span).start, query("D", *span).end, NOW_S, as_traded=False)
    assert days.close == pytest.approx(told.close)
