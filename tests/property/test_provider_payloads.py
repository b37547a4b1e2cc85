"""Whatever bytes a provider sends, the result is prices or a ``ProviderError``, nothing else (cache-4)."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache, partial

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from adapters.errors import ProviderError
from adapters.finnhub_parsing import error_of as finnhub_error
from adapters.finnhub_parsing import parse_candles, parse_dividends, parse_splits
from adapters.http_client import Reply, retry_after_s
from adapters.tiingo_parsing import error_of as tiingo_error
from adapters.tiingo_parsing import parse_daily, parse_intraday
from adapters.yahoo_parsing import error_of as yahoo_error
from adapters.yahoo_parsing import parse_chart
from market.actions import Actions
from market.candles import COLUMNS, Candles
from market.validate import RejectedError, validate
from tests.kit.provider_server import PAYLOADS, recorded

NOW_S = 1_795_262_400.0
RECORDED = sorted(path.name for path in PAYLOADS.glob("[tfy][iia][inh]*.json")) if PAYLOADS.is_dir() else []
needs_recordings = pytest.mark.skipif(not RECORDED, reason="the recordings are not beside the project")

PARSERS: dict[str, Callable[[Reply], object]] = {
    "tiingo daily": lambda reply: parse_daily(reply, NOW_S).candles,
    "tiingo intraday": lambda reply: parse_intraday(reply, NOW_S),
    "finnhub daily": partial(parse_candles, now_s=NOW_S, daily=True),
    "finnhub intraday": partial(parse_candles, now_s=NOW_S, daily=False),
    "finnhub splits": lambda reply: Actions.of(parse_splits(reply, NOW_S)),
    "finnhub dividends": lambda reply: Actions.of(parse_dividends(reply, NOW_S)),
    "yahoo daily": lambda reply: parse_chart(reply, "AAPL", "1d", NOW_S).candles,
    "yahoo intraday": lambda reply: parse_chart(reply, "AAPL", "5m", NOW_S).candles,
    "yahoo crypto": lambda reply: parse_chart(reply, "BTC-USD", "1d", NOW_S).candles,
}


@cache
def body_of(name: str) -> bytes:
    """Return a recorded body; of files of several errors, the file as it is."""
    path = PAYLOADS / name
    return path.read_bytes() if "errors" in name else recorded(name)[1]


def told(parse: Callable[[Reply], object], reply: Reply) -> object:
    """Parse, and let the cache's own checks look at what comes out, as they will."""
    try:
        found = parse(reply)
    except ProviderError as error:
        return error
    if isinstance(found, Candles):
        assert all(not getattr(found, column).flags.writeable for column in COLUMNS)
        try:
            validate(found, start_s=0, end_s=2**33, now_s=int(NOW_S))
        except RejectedError as error:
            return error
    return found


@needs_recordings
@pytest.mark.parametrize("parser", PARSERS)
@hypothesis_settings(max_examples=150)
@given(data=st.data())
def test_a_recording_cut_anywhere_is_prices_or_an_error(parser: str, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(RECORDED))
    body = body_of(name)
    cut = data.draw(st.integers(0, len(body)))
    told(PARSERS[parser], Reply(200, body[:cut]))


@needs_recordings
@pytest.mark.parametrize("name", [name for name in RECORDED if "csv" not in name])
def test_half_a_json_answer_never_passes_for_a_whole_one(name: str) -> None:
    body = body_of(name).rstrip()
    for cut in range(0, len(body), max(1, len(body) // 60)):
        for parse in PARSERS.values():
            assert isinstance(told(parse, Reply(200, body[:cut])), ProviderError)


@needs_recordings
@pytest.mark.parametrize("parser", PARSERS)
@hypothesis_settings(max_examples=300)
@given(data=st.data())
def test_a_recording_with_changed_bytes_is_prices_or_an_error(parser: str, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(RECORDED))
    body = bytearray(body_of(name))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at] = data.draw(st.one_of(st.sampled_from(b'0123456789.-eE",:[]{}ntN '), st.integers(0, 255)))
    told(PARSERS[parser], Reply(200, bytes(body)))


_ODD = [0, -1, 1e300, -1e300, 1e-300, 2**63, 10**30, "", "1", "NaN", "2025-03-06", "America"]
_VALUES = st.recursive(
    st.sampled_from(_ODD)
    | st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize("source", ["tiingo", "finnhub", "yahoo", "yahoo split", "finnhub split"])
@hypothesis_settings(max_examples=500)
@given(data=st.data())
def test_any_value_in_any_field_is_prices_or_an_error(source: str, data: st.DataObject) -> None:
    value = data.draw(_VALUES)
    row = {"date": "2025-03-06", "open": 1, "high": 2, "low": 1, "close": 2, "volume": 3}
    row |= {"divCash": 0, "splitFactor": 1}
    columns = {"s": "ok", "t": [1], "o": [1], "h": [1], "l": [1], "c": [1], "v": [1]}
    quote = {"open": [1], "high": [1], "low": [1], "close": [1], "volume": [1]}
    meta = {"symbol": "AAPL", "exchangeTimezoneName": "America/New_York"}
    event = {"date": 1, "numerator": 4, "denominator": 1, "amount": 1}
    if source == "tiingo":
        body: object = [row | {data.draw(st.sampled_from(sorted(row))): value}]
    elif source == "finnhub":
        name = data.draw(st.sampled_from(sorted(columns)))
        body = columns | {name: data.draw(st.sampled_from([value, [value]]))}
    elif source == "finnhub split":
        split = {"date": "2025-03-06", "fromFactor": 1, "toFactor": 4, "amount": 1}
        body = [split | {data.draw(st.sampled_from(sorted(split))): value}]
    else:
        where = data.draw(st.sampled_from(["meta", "quote", "timestamp", "events", "event"]))
        field = {"meta": meta, "quote": quote, "event": event}.get(where, {})
        if field:
            field[data.draw(st.sampled_from(sorted(field)))] = data.draw(st.sampled_from([value, [value]]))
        result = {"meta": meta, "timestamp": [1], "indicators": {"quote": [quote]}}
        result["events"] = {"splits": {"1": event}, "dividends": {"1": event}}
        if where in ("timestamp", "events"):
            result[where] = value
        body = {"chart": {"result": [result], "error": None}}
    for parse in PARSERS.values():
        told(parse, Reply(200, json.dumps(body).encode()))


@given(
    status=st.integers(100, 599),
    body=st.binary(max_size=60),
    header=st.sampled_from(["retry-after", "x-ratelimit-reset"]),
    text=st.text(max_size=12) | st.integers().map(str),
)
@example(429, b"", "retry-after", "Wed, 99 Foo 2025 00:00:00 GMT")
@example(429, b"", "retry-after", "Fri, 31 Dec 9999 23:59:59 -2359")
def test_any_status_and_header_is_an_error_with_a_time_that_can_be(
    status: int, body: bytes, header: str, text: str
) -> None:
    for error_of in (tiingo_error, finnhub_error, yahoo_error):
        error = error_of(Reply(status, body, {header: text}), NOW_S)
        assert isinstance(error, ProviderError)
        assert error.retry_after_s is None or 0 < error.retry_after_s <= 32 * 86_400
    assert retry_after_s({header: text}, NOW_S) is None or header == "retry-after"
