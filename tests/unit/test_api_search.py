"""The search route: what it answers, whom, and what it refuses (api-5, api-3)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from adapters.demo import DemoProvider
from api.search import MAX_LIMIT, MAX_TEXT
from tests.kit.house import NAMES, house
from tests.kit.web import problem, web, without_table

ADDRESS = "/api/v2/tickers/search"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Return a client that is not known to anybody: the list is public."""
    sources = [DemoProvider()]
    return web(house(tmp_path_factory.mktemp("search"), sources), identify=lambda _: None, providers=sources)


def ask(client: FlaskClient, **parameters: Any) -> Any:
    return client.get(ADDRESS, query_string=parameters)


def test_api_5_a_search_by_company_name(client: FlaskClient) -> None:
    answer = ask(client, q="apple", limit=1)
    assert answer.get_json() == {
        "query": "apple",
        "results": [{"ticker": "AAPL", "name": "Apple Inc.", "exchange": "Nasdaq", "priced": True}],
        "count": 1,
    }
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Request-Id"]


def test_api_5_a_search_by_symbol_gives_eight_at_most(client: FlaskClient) -> None:
    body = ask(client, q=" app ").get_json()
    assert (body["query"], body["count"], len(body["results"])) == ("app", 8, 8)
    assert body["results"][0]["ticker"] == "APP"


def test_what_can_be_shown_comes_first_and_what_cannot_is_told(client: FlaskClient) -> None:
    """The list knows ten thousand names, the demo has prices of five."""
    results = ask(client, q="goo").get_json()["results"]
    assert [(row["ticker"], row["priced"]) for row in results[:2]] == [("GOOG", True), ("GOOGL", False)]


def test_what_is_not_in_the_list_is_an_empty_answer_and_no_error(client: FlaskClient) -> None:
    answer = ask(client, q="zzzzzz")
    assert (answer.status_code, answer.get_json()) == (200, {"query": "zzzzzz", "results": [], "count": 0})


def test_signs_that_an_address_has_to_escape_arrive_as_typed(client: FlaskClient) -> None:
    body = ask(client, q="AT&T Inc").get_json()
    assert (body["query"], body["results"][0]["ticker"]) == ("AT&T Inc", "T")


@pytest.mark.parametrize("limit", [1, 50])
def test_as_many_as_asked_for(client: FlaskClient, limit: int) -> None:
    assert ask(client, q="a", limit=limit).get_json()["count"] == limit


@pytest.mark.parametrize(
    "parameters", [{}, {"q": ""}, {"q": "  "}, {"q": "a" * (MAX_TEXT + 1)}, {"limit": 8}]
)
def test_api_3_no_text_or_too_much_of_it_is_refused(client: FlaskClient, parameters: dict[str, Any]) -> None:
    answer = ask(client, **parameters)
    error = problem(answer)
    assert (answer.status_code, error["code"], error["field"]) == (400, "bad_request", "q")
    assert "for example q=apple" in error["message"]


def test_the_longest_text_is_still_searched(client: FlaskClient) -> None:
    assert ask(client, q="a" * MAX_TEXT).status_code == 200


@pytest.mark.parametrize("limit", ["0", "51", "-1", "", "8.0", "٣", "1e1", "x", "9" * 5_000])
def test_api_3_a_limit_that_is_no_small_number_is_refused(client: FlaskClient, limit: str) -> None:
    answer = ask(client, q="apple", limit=limit)
    error = problem(answer)
    assert (answer.status_code, error["code"], error["field"]) == (400, "bad_request", "limit")
    assert f"from 1 to {MAX_LIMIT}" in error["message"]


@pytest.mark.parametrize("query", ["q=a&q=b", "q=a&limit=1&limit=2", "q=a&range=1M", "query=a"])
def test_api_3_a_parameter_twice_or_unknown_is_refused(client: FlaskClient, query: str) -> None:
    answer = client.get(f"{ADDRESS}?{query}")
    assert (answer.status_code, problem(answer)["code"]) == (400, "bad_request")


def test_the_refusal_names_the_parameters_of_this_address(client: FlaskClient) -> None:
    assert "It has q, limit." in problem(client.get(f"{ADDRESS}?start_date=2012-06-29"))["message"]


def test_other_methods_are_refused(client: FlaskClient) -> None:
    answer = client.post(ADDRESS)
    assert (answer.status_code, problem(answer)["code"]) == (405, "method_not_allowed")


def test_it_answers_without_a_table(tmp_path: Path) -> None:
    client = web(house(tmp_path, [DemoProvider()]))
    without_table(tmp_path, NAMES.ohlc)
    without_table(tmp_path, NAMES.users)
    assert ask(client, q="msft").get_json()["results"][0]["name"] == "Microsoft Corp"


@given(raw=st.binary(max_size=80))
def test_any_bytes_get_results_or_a_sentence(client: FlaskClient, raw: bytes) -> None:
    answer = client.get(ADDRESS, environ_overrides={"QUERY_STRING": "q=" + raw.decode("latin-1")})
    if answer.status_code == 200:
        body = answer.get_json()
        assert len(body["results"]) == body["count"] <= 8
    else:
        assert answer.status_code == 400
        assert problem(answer)["message"].isascii()
