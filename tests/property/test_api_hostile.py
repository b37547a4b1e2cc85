"""Whatever is sent: never a 5xx, always one of two shapes, and nothing hostile comes back (api-3)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from adapters.demo import DemoProvider
from cache.asking import PARAMETERS
from market.ranges import RangePreset
from market.resolution import Resolution
from tests.kit.house import house
from tests.kit.web import problem, web

BODY = {"ticker", "candles", "count", "provenance", "missing", "notes"}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    folder: Path = tmp_path_factory.mktemp("hostile")
    parts = house(folder, [DemoProvider()])
    yield web(parts)
    parts.store.close()


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.sampled_from(
    [
        "\x00",
        "\r\n",
        "<script>alert(1)</script>",
        "' OR 1=1 --",
        "../../etc/passwd",
        "{{7*7}}",
        "%s%n",
        "٣",
        "∞",
        "-1",
    ]
)
days = st.dates().map(str) | st.sampled_from(
    ["1990-01-01", "2012-06-29", "2013-03-01", "2012-02-30", "9999-12-31"]
)
values = {
    "range": st.sampled_from(list(RangePreset)),
    "start_date": days,
    "end_date": days,
    "resolution": st.sampled_from([r for r in Resolution if r not in ("1", "5")]),
    "adjust": st.sampled_from(["raw", "split", "total", "TOTAL"]),
    "source": st.just("demo"),
    "extended": st.sampled_from(["true", "false", "TRUE"]),
    "after": st.datetimes().map(lambda d: d.strftime("%Y-%m-%dT%H:%M:%SZ")),
}
"""What a well-meaning client sends; without minutes over decades, which are slow and not hostile."""

parameters = st.lists(
    st.sampled_from(PARAMETERS).flatmap(lambda n: st.tuples(st.just(n), values[n] | texts))
    | st.tuples(texts, texts),
    max_size=6,
)
tickers = texts | st.sampled_from(["AAPL", "fb", "brk-b", "BTC-USD", "^GSPC", "7203.T", "A" * 10_000])


def check(answer) -> None:  # noqa: ANN001 - Flask's test response has no public type
    assert answer.status_code in (200, 400, 404)
    assert answer.headers["X-Request-Id"]
    assert answer.headers["Cache-Control"] == "no-store"
    if answer.status_code == 200:
        body = answer.get_json()
        assert set(body) >= BODY
        assert body["count"] == len(body["candles"])
        assert answer.headers["X-Cache-Key"].startswith(f"ohlc:{body['ticker']}:")
    else:
        message = problem(answer)["message"]
        assert message.isascii()
        assert message.isprintable()
        assert not set("<>{}'\"") & set(message)


@given(ticker=tickers, query=parameters)
def test_any_text_in_any_place_gets_a_sentence(
    client: FlaskClient, ticker: str, query: list[tuple[str, str]]
) -> None:
    check(client.get(f"/api/v2/tickers/{quote(ticker, safe='')}/ohlc?{urlencode(query)}"))


@given(query=st.fixed_dictionaries({}, optional=values))
def test_any_mixture_of_valid_parameters_gets_candles_or_a_sentence(
    client: FlaskClient, query: dict[str, str]
) -> None:
    check(client.get("/api/v2/tickers/AAPL/ohlc", query_string=query))


@given(raw=st.binary(max_size=60))
def test_any_bytes_in_the_query_get_a_sentence(client: FlaskClient, raw: bytes) -> None:
    environment = {"QUERY_STRING": raw.decode("latin-1")}
    check(client.get("/api/v2/tickers/AAPL/ohlc", environ_overrides=environment))


@given(raw=st.binary(min_size=1, max_size=60))
def test_any_bytes_in_the_path_get_a_sentence(client: FlaskClient, raw: bytes) -> None:
    environment = {"PATH_INFO": "/api/v2/tickers/" + raw.decode("latin-1") + "/ohlc"}
    check(client.get("/", environ_overrides=environment))
