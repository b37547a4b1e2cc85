"""Bodies for the callbacks' address that no page sends: refused in words, never a fault of the server."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
from dash import Dash
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import pages
from cache.candle_cache import CandleCache
from pages.callback_bodies import LARGEST_BYTES, PATH
from tests.kit.house import house
from tests.kit.log_lines import entries
from tests.kit.providers import ScriptedProvider
from tests.kit.scripted_app import IN_SESSION

QUESTION = {"ticker": "AAPL", "range": "6M", "resolution": "D", "px": 900, "seq": 3}
CHART: dict[str, Any] = {
    "output": '{"chart":["MATCH"],"type":"bars"}.data',
    "outputs": {"id": {"chart": 1, "type": "bars"}, "property": "data"},
    "inputs": [{"id": {"chart": 1, "type": "viewport"}, "property": "data", "value": QUESTION}],
    "changedPropIds": ['{"chart":1,"type":"viewport"}.data'],
    "state": [],
}
PAGE: dict[str, Any] = {
    "output": "page.children",
    "outputs": {"id": "page", "property": "children"},
    "inputs": [{"id": "location", "property": "pathname", "value": "/"}],
    "changedPropIds": ["location.pathname"],
}
JUNK = [None, True, 5, -1.5, "x", [], {}, [None], {"a": 1}]
"""What may stand where something else belongs."""


def _spoiled() -> Iterator[tuple[str, object]]:
    """Yield real questions with one part gone, and with one part that is something else."""
    for kind, body in (("chart", CHART), ("page", PAGE)):
        for key in ("output", "outputs", "inputs"):
            yield f"{kind} without {key}", {k: v for k, v in body.items() if k != key}
            for junk in JUNK:
                yield f"{kind}, {key} is {junk}", body | {key: junk}
        for key in ("id", "property"):
            for junk in JUNK:
                spoiled = copy.deepcopy(body)
                spoiled["inputs"][0][key] = junk
                yield f"{kind}, an input's {key} is {junk}", spoiled
        for junk in (5, "x", {"a": 1}, [None], [["x"]]):
            yield f"{kind}, changedPropIds is {junk}", body | {"changedPropIds": junk}
        yield f"{kind}, an input too many", body | {"inputs": body["inputs"] * 2}
        yield f"{kind}, a state too many", body | {"state": body["inputs"]}
    yield "a callback of the browser", CHART | {"output": '{"chart":["MATCH"],"type":"drawn"}.data'}
    for junk in JUNK:
        yield f"only {junk}", junk


def _deep(depth: int) -> bytes:
    return json.dumps(PAGE)[:-1].encode() + b', "x": ' + b"[" * depth + b"]" * depth + b"}"


RAW = {
    "nothing": b"",
    "a null byte": b"\x00",
    "half an object": b'{"output":',
    "no UTF-8": b'{"output": "\xff\xfe"}',
    "deep": _deep(40),
    "deeper than Python goes": _deep(20_000),
    "deep lists": b"[" * 30_000,
    "half of a surrogate pair": b'{"output": "\\ud800"}',
    "a number that is none": b'{"output": NaN}',
}
SPOILED = dict(_spoiled())
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    cache: CandleCache = house(tmp_path, [ScriptedProvider(IN_SESSION)]).cache
    app = Dash("chandlery", use_pages=False)
    pages.register(app, cache, lambda _ticker: None)
    return app.server.test_client()


def post(client: FlaskClient, body: bytes) -> Any:
    return client.post(PATH, data=body, content_type="application/json")


def is_json(body: bytes) -> bool:
    try:
        orjson.loads(body)
    except orjson.JSONDecodeError:
        return False
    return True


def test_what_pages_ask_is_answered(client: FlaskClient) -> None:
    for body in (CHART, PAGE, PAGE | {"state": []}):
        answer = client.post(PATH, json=body)
        assert answer.status_code == 200
        assert answer.get_json()["response"]
    told = client.post(PATH, json=CHART).get_json()["response"]['{"chart":1,"type":"bars"}']["data"]
    assert told["ticker"] == "AAPL"
    assert "error" not in told


@pytest.mark.parametrize("name", [*SPOILED, *RAW])
def test_a_strange_body_is_refused_in_words(client: FlaskClient, name: str) -> None:
    """The log has one line without a stack trace, and nothing of the body."""
    body = RAW[name] if name in RAW else json.dumps(SPOILED[name]).encode()
    answer, lines = entries(lambda: post(client, body))
    assert answer.status_code == 400
    assert answer.get_json()["error"]["code"] == "bad_request"
    assert len(answer.data) < 300
    assert [(line["event"], line["level"]) for line in lines] == [("callback_refused", "info")]


def test_a_large_body_is_not_read(client: FlaskClient) -> None:
    answer = post(client, b'{"output": "' + b"A" * 10_000_000 + b'"}')
    assert answer.status_code == 413
    assert answer.get_json()["error"]["code"] == "too_large"
    padded = json.dumps(PAGE).encode().ljust(LARGEST_BYTES)
    assert post(client, padded).status_code == 200
    assert post(client, padded + b" ").status_code == 413


def test_a_form_is_no_question(client: FlaskClient) -> None:
    assert client.post(PATH, data={"output": "page.children"}).status_code == 400


def test_dash_alone_fails_on_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: without the check the same bodies are faults of the server."""
    monkeypatch.setattr("pages.protection.refuse_strange_bodies", lambda _app: None)
    app = Dash("chandlery", use_pages=False)
    pages.register(app, house(tmp_path, [ScriptedProvider(IN_SESSION)]).cache, lambda _ticker: None)
    bare = app.server.test_client()
    for name in ("only {}", "only []", "chart, output is 5", "page without inputs"):
        assert post(bare, json.dumps(SPOILED[name]).encode()).status_code == 500


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=VALUES)
def test_any_json_is_refused(client: FlaskClient, body: object) -> None:
    assert post(client, json.dumps(body).encode()).status_code == 400


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.sampled_from(["seq", "px", "query", "ticker", "range", "resolution", "from", "to", "adjust",
    "source", "drawn", "pan", "priced", "keep", "shown"]), value=VALUES)  # fmt: skip
def test_any_value_in_a_question_is_answered(client: FlaskClient, key: str, value: object) -> None:
    """What a value says is the callback's business: it answers, and no stack trace is logged."""
    body = copy.deepcopy(CHART)
    body["inputs"][0]["value"][key] = value
    sent = json.dumps(body).encode()
    answer, lines = entries(lambda: post(client, sent))
    assert answer.status_code == (200 if is_json(sent) else 400)
    assert "chart_answer_failed" not in [line["event"] for line in lines]


@pytest.mark.parametrize("key", ["seq", "px", "ticker", "source", "priced", "shown"])
@pytest.mark.parametrize("large", [-(2**63) - 1, [2**70], {"a": 2**64}])
def test_numbers_that_json_can_and_answers_cannot_hold(client: FlaskClient, key: str, large: object) -> None:
    """What is repeated to the browser is text or a small number, whatever was sent."""
    for wrong in ({}, {"ticker": "?"}):
        body = copy.deepcopy(CHART)
        body["inputs"][0]["value"] |= {key: large} | wrong
        assert post(client, json.dumps(body).encode()).status_code == 200


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=VALUES)
def test_any_address_and_any_question_is_answered(client: FlaskClient, value: object) -> None:
    for body in (PAGE, CHART):
        asked = copy.deepcopy(body)
        asked["inputs"][0]["value"] = value
        assert post(client, json.dumps(asked).encode()).status_code in (200, 204, 400)
