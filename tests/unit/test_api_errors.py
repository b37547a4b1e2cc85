"""The one error shape: every way to go wrong under /api, and what never shows (api-3)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient

import api
from accounts.identity import LOCAL_USER, Identity, IdentityUnavailableError
from adapters.demo import DemoProvider
from tests.kit.house import TestHouse, house
from tests.kit.log_lines import logged
from tests.kit.tables import at_once
from tests.kit.web import ohlc, problem, web

DATES = {"start_date": "2012-06-01", "end_date": "2012-06-29"}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> TestHouse:
    return house(tmp_path_factory.mktemp("errors"), [DemoProvider()])


@pytest.fixture(scope="module")
def client(demo: TestHouse) -> FlaskClient:
    return web(demo)


@pytest.mark.parametrize(
    ("parameters", "code", "field", "hint"),
    [
        ({"range": "2M"}, "bad_request", "range", "1D, 1W, 1M, 3M, 6M, YTD, 1Y, 5Y, MAX"),
        ({"range": ""}, "bad_request", "range", "range="),
        ({"resolution": "7"}, "bad_request", "resolution", "1, 5, 15, 30, 60, D, W, M"),
        ({"resolution": "1M"}, "bad_request", "resolution", "resolution="),
        ({"adjust": "all"}, "bad_request", "adjust", "raw, split, total"),
        ({"extended": "1"}, "bad_request", "extended", "extended=false"),
        ({"source": "bloomberg"}, "bad_request", "source", "demo"),
        ({"source": ""}, "bad_request", "source", "demo"),
        ({"range": "1M"} | DATES, "bad_request", "range", "either range or start_date and end_date"),
        ({"start_date": "2012-06-01"}, "bad_request", "end_date", "end_date="),
        ({"end_date": "2012-06-01"}, "bad_request", "start_date", "start_date="),
        (DATES | {"start_date": "2012-07-01"}, "bad_request", "start_date", "after end_date"),
        (DATES | {"start_date": "1989-12-31"}, "bad_request", "start_date", "begin on 1990-01-01"),
        (DATES | {"start_date": "0001-01-01"}, "bad_request", "start_date", "begin on 1990-01-01"),
        (DATES | {"end_date": "2012-06-31"}, "bad_request", "end_date", "2025-01-31"),
        (DATES | {"end_date": "29.06.2012"}, "bad_request", "end_date", "2025-01-31"),
        (DATES | {"end_date": "2012-6-29"}, "bad_request", "end_date", "2025-01-31"),
        (DATES | {"end_date": "2012-06-29T00:00:00Z"}, "bad_request", "end_date", "2025-01-31"),
        (DATES | {"after": "yesterday"}, "bad_request", "after", "2012-06-29T13:30:00Z"),
        (DATES | {"after": "2012-06-31T13:30:00Z"}, "bad_request", "after", "2012-06-29T13:30:00Z"),
        ({"period": "1M"}, "bad_request", None, "range, start_date, end_date, resolution, adjust, source"),
        ({"range": ["1M", "1Y"]}, "bad_request", "range", "once"),
        ({"start_date": "2099-01-01", "end_date": "2099-01-02"}, "date_in_future", "start_date", "today"),
    ],
)
def test_a_question_that_cannot_be_answered_is_400_and_says_what_to_write(
    client: FlaskClient, parameters: dict[str, Any], code: str, field: str | None, hint: str
) -> None:
    answer = ohlc(client, **parameters)
    error = problem(answer)
    assert (answer.status_code, error["code"], error.get("field")) == (400, code, field)
    assert hint in error["message"]


@pytest.mark.parametrize(
    "ticker",
    [
        pytest.param("%20", id="blank"),
        pytest.param("A" * 10_000, id="10,000 characters"),
        pytest.param("AAPL%00", id="null byte"),
        pytest.param("%3Cimg%20src=x%20onerror=alert(1)%3E", id="HTML"),
        pytest.param("%E2%98%83", id="snowman"),
        pytest.param("%C3%9F", id="sharp s, which upper case makes SS"),
        pytest.param("%EF%BC%A1%EF%BC%A1PL", id="full width letters"),
        pytest.param("AAPL%0Aevent=forged", id="line break"),
        pytest.param("%FF%FE", id="no UTF-8"),
        pytest.param("AAPL;DROP", id="SQL"),
        pytest.param("AAPL%23demo", id="the key's own separator"),
    ],
)
def test_a_text_that_is_no_ticker_is_400_and_not_repeated(client: FlaskClient, ticker: str) -> None:
    answer = client.get(f"/api/v2/tickers/{ticker}/ohlc")
    error = problem(answer)
    assert (answer.status_code, error["field"]) == (400, "ticker")
    assert error["message"].isascii()
    assert "AAPL or BRK.B" in error["message"]
    assert not {"<", "%", "forged", "DROP", "AAAA"} & set(error["message"].split())


def test_a_ticker_that_nobody_has_is_404_and_asks_to_check_the_spelling(client: FlaskClient) -> None:
    answer = ohlc(client, "zzzq")
    error = problem(answer)
    assert (answer.status_code, error["code"], error["field"]) == (404, "ticker_not_found", "ticker")
    assert error["message"].startswith("No prices for ZZZQ. Check the spelling")


@pytest.mark.parametrize(
    "path",
    [
        "/api", "/api/", "/api//", "/api/v2", "/api/v2/tickers", "/api/v2/tickers//ohlc",
        "/api/v1/tickers/AAPL/ohlc", "/api/v2/tickers/AAPL/ohlc/", "/api/v2/tickers/A%2FB/ohlc",
        "/api/v2/tickers/../../etc/passwd", "/api/%3Cscript%3Ealert(1)%3C/script%3E",
        "/api/v2/tickers/AAPL%2F..%2F/ohlc",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_an_address_that_is_not_there_is_404_though_the_pages_take_every_path(
    client: FlaskClient, path: str, method: str
) -> None:
    answer = client.open(path, method=method)
    assert (answer.status_code, problem(answer)["code"]) == (404, "not_found")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_method_that_an_address_does_not_take_is_405(client: FlaskClient, method: str) -> None:
    answer = client.open("/api/v2/tickers/AAPL/ohlc", method=method)
    assert (answer.status_code, problem(answer)["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET"


def test_a_head_request_has_the_headers_and_no_body(tmp_path: Path) -> None:
    answer = web(house(tmp_path, [DemoProvider()])).head("/api/v2/tickers/AAPL/ohlc")
    assert (answer.status_code, answer.data) == (200, b"")
    assert answer.headers["X-Cache-Source"] == "demo"


def test_without_an_identity_it_is_401_before_anything_is_looked_at(demo: TestHouse) -> None:
    answer = ohlc(web(demo, identify=lambda _: None), "no ticker at all", range="nonsense")
    assert (answer.status_code, problem(answer)["code"]) == (401, "unauthorized")
    assert "Authorization: Bearer" in problem(answer)["message"]
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_when_nobody_can_be_told_apart_it_is_503_and_not_401(demo: TestHouse) -> None:
    def identify(_: object) -> Identity | None:
        raise IdentityUnavailableError("Tokens cannot be checked at the moment.")

    answer = ohlc(web(demo, identify=identify))
    assert (answer.status_code, problem(answer)["code"]) == (503, "accounts_unavailable")
    assert int(answer.headers["Retry-After"]) > 0


def test_s3_s4_an_accident_shows_no_traceback_and_no_path_and_is_logged_with_the_request_id(
    demo: TestHouse,
) -> None:
    """O1: the id in the answer finds the log line; a line break in the error forges no line."""

    def identify(_: object) -> Identity | None:
        raise RuntimeError("/srv/app/secret.py broke\nlevel=info event=forged")

    lines = logged(lambda: web(demo, identify=identify).get("/api/v2/tickers/AAPL/ohlc"))
    answer, text = lines
    error = problem(answer)
    assert (answer.status_code, error["code"]) == (500, "internal_error")
    for leak in ("Traceback", "File ", "/srv", ".py", "RuntimeError", "forged"):
        assert leak not in answer.get_data(as_text=True)
    (line,) = [entry for entry in map(json.loads, text.splitlines()) if entry["event"] == "api_failed"]
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert "RuntimeError" in line["error"]
    assert "in identify" in line["frames"]


@pytest.mark.parametrize("path", ["/api/v2/tickers/AAPL/ohlc", "/api/nowhere", "/health"])
def test_a_hook_of_the_server_that_fails_before_ours_ends_in_the_one_shape_too(
    demo: TestHouse, path: str
) -> None:
    def broken() -> None:
        raise RuntimeError("broken hook")

    server = Flask("x")
    server.before_request(broken)
    api.register(
        server, demo.cache, identify=lambda _: LOCAL_USER, store="sqlite", find_symbols=lambda *_: ()
    )
    answer = server.test_client().get(path)
    assert (answer.status_code, problem(answer)["code"]) == (500, "internal_error")


@pytest.mark.parametrize("as_json", [True, False])
def test_hostile_texts_reach_no_log_line(client: FlaskClient, as_json: bool) -> None:  # noqa: FBT001 - parametrized
    hostile = "\r\nlevel=error event=forged <b>\x1b[31m"

    def ask() -> Any:
        ohlc(client, f"AAPL{hostile}".replace("\r", "%0D").replace("\n", "%0A"))
        for name in ("range", "start_date", "source", "after", hostile):
            ohlc(client, **{name: hostile})
        return client.get("/api/health", headers={"X-Request-Id": hostile.replace("\r\n", " ")})

    _, text = logged(ask, as_json=as_json)
    assert "api_refused" in text
    assert "forged" not in text
    assert "\x1b" not in text


@pytest.mark.parametrize("given", ["7f1a", "A-b_c.d:e", "x" * 64, "0b06b3f2-5b0e-4f0e-9d8b-2f4d4d2b9f10"])
def test_a_well_formed_request_id_is_kept(client: FlaskClient, given: str) -> None:
    answer = client.get("/health", headers={"X-Request-Id": given})
    assert answer.headers["X-Request-Id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "a b", "<b>", "ü", "a,b", "a\tb"])
def test_another_request_id_is_replaced_by_a_new_one(client: FlaskClient, given: str) -> None:
    first, second = (client.get("/health", headers={"X-Request-Id": given}) for _ in range(2))
    ids = {first.headers["X-Request-Id"], second.headers["X-Request-Id"]}
    assert len(ids) == 2
    assert all(len(made) == 36 for made in ids)


def test_o1_the_request_id_is_on_every_line_of_its_request_and_on_no_other(tmp_path: Path) -> None:
    """The cache's own events carry it too; afterwards the thread is clean for the next request."""
    client = web(house(tmp_path, [DemoProvider()]))
    answer, text = logged(lambda: client.get("/api/v2/tickers/MSFT/ohlc", headers={"X-Request-Id": "mine"}))
    assert answer.status_code == 200
    entries = [json.loads(line) for line in text.splitlines()]
    assert {entry["request_id"] for entry in entries} == {"mine"}
    assert "ohlc_write_through_complete" in {entry["event"] for entry in entries}
    assert structlog.contextvars.get_contextvars() == {}


def test_threads_keep_their_request_ids_apart(demo: TestHouse) -> None:
    server = web(demo).application

    def ask(number: int) -> tuple[str, str]:
        given = f"thread-{number}"
        answer = server.test_client().get("/api/v2/tickers/ZZZQ/ohlc", headers={"X-Request-Id": given})
        return given, answer.get_json()["request_id"]

    assert all(given == told for given, told in at_once(8, ask))


def test_the_pages_requests_are_left_alone(client: FlaskClient) -> None:
    for path in ("/", "/somewhere", "/apiary", "/healthy"):
        answer = client.get(path)
        assert (answer.status_code, answer.mimetype) == (200, "text/html")
        assert "X-Request-Id" not in answer.headers
    assert client.post("/somewhere").mimetype == "text/html"
