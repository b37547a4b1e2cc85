"""The description of the routes: whole, valid, true to what they answer, and readable (api-6)."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from adapters.demo import DemoProvider
from api.description import PAGE
from api.openapi import document
from api.openapi_page import page
from api.operations import Operation
from app import compose
from settings import load
from tests.kit.house import house
from tests.kit.record_web import RecordWeb, record_web
from tests.kit.track import filled
from tests.kit.web import ohlc, web

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> RecordWeb:
    folder = tmp_path_factory.mktemp("openapi")
    return record_web(folder, render_metrics=lambda: (b"up 1\n", "text/plain; charset=utf-8"))


@pytest.fixture(scope="module")
def described(site: RecordWeb) -> Any:
    answer = site.client.get("/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.headers["X-Request-Id"]
    return answer.get_json()


def test_api_6_it_is_valid_openapi(described: Any) -> None:
    OpenAPIV31SpecValidator(described).validate()
    for schema in described["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


def test_the_check_for_validity_can_fail(described: Any) -> None:
    broken = described | {"paths": {"/x/{y}": {"get": {"responses": {"200": {}}}}}}
    assert list(OpenAPIV31SpecValidator(broken).iter_errors())


def test_api_6_every_route_of_the_app_is_described_and_nothing_else(tmp_path: Path) -> None:
    """Of the composed app, so that a route that is added somewhere else is missed here."""
    whole = compose(load(env_file=None, data_dir=tmp_path, providers="demo"))
    described = whole.server.test_client().get("/openapi.json").get_json()
    told = {(method.upper(), path) for path, methods in described["paths"].items() for method in methods}
    there = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in whole.server.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        or rule.rule.startswith(("/api", "/health", "/metrics", "/openapi"))
        for method in METHODS & (rule.methods or set())
    }
    assert there - {("GET", PAGE)} == told
    assert len([path for _, path in told if path.startswith(("/api/channels", "/api/stocks"))]) == 13 + 2
    whole.store.close()


def test_routes_that_are_left_out_are_not_described(tmp_path: Path) -> None:
    paths = web(house(tmp_path, [DemoProvider()])).get("/openapi.json").get_json()["paths"]
    assert "/metrics" not in paths
    assert not any(path.startswith("/api/channels") for path in paths)


def schema_of(described: Any, method: str, path: str, status: str) -> Draft202012Validator:
    """Return what a body is to be, with all names resolved."""
    content = described["paths"][path][method]["responses"][status]["content"]["application/json"]
    return Draft202012Validator(content["schema"] | {"components": described["components"]})


def _given(client: FlaskClient, channel: str, video_id: str, content: bytes) -> Any:
    return client.put(f"{channel}/videos/{video_id}/transcript", data=content)


def test_api_6_answers_are_what_is_said_of_them(site: RecordWeb, described: Any) -> None:
    """api-1, api-5, record-1, record-2, api-3."""
    channel, videos = filled(site.records)
    one = f"/api/channels/{channel.id}"
    told = "/api/channels/{channel_id}"
    client = site.client
    video = {"url": "youtu.be/dQw4w9WgXcQ", "title": "A", "published_at": "2024-03-01T19:30:00Z"}
    answers = [
        ("get", "/api/v2/tickers/{ticker}/ohlc", ohlc(client, range="1M")),
        ("get", "/api/v2/tickers/{ticker}/ohlc", ohlc(client, range="1D", resolution="5")),
        ("get", "/api/v2/tickers/{ticker}/ohlc", ohlc(client, range="2M")),
        ("get", "/api/v2/tickers/{ticker}/ohlc", ohlc(client, "ZZZQ")),
        ("get", "/api/v2/tickers/search", client.get("/api/v2/tickers/search?q=apple")),
        ("get", "/api/v2/tickers/search", client.get("/api/v2/tickers/search")),
        ("get", "/api/v2/calendars/{name}", client.get("/api/v2/calendars/XNYS")),
        ("get", "/health", client.get("/health")),
        ("get", "/openapi.json", client.get("/openapi.json")),
        ("post", "/api/channels", site.add("youtube.com/@another")),
        ("post", "/api/channels", site.add("youtube.com/@another")),
        ("get", "/api/channels", client.get("/api/channels")),
        ("get", told, client.get(one)),
        ("post", f"{told}/process", client.post(f"{one}/process")),
        ("post", f"{told}/cancel", client.post(f"{one}/cancel")),
        ("post", f"{told}/cancel", client.post(f"{one}/cancel")),
        ("get", f"{told}/logs", client.get(f"{one}/logs")),
        ("get", f"{told}/stocks", client.get(f"{one}/stocks")),
        ("get", f"{told}/timeline", client.get(f"{one}/timeline")),
        ("get", f"{told}/stocks/{{ticker}}", client.get(f"{one}/stocks/AAPL")),
        ("post", f"{told}/refresh-prices", client.post(f"{one}/refresh-prices")),
        ("post", f"{told}/backfill-prices", client.post(f"{one}/backfill-prices")),
        *(
            ("post", f"{told}/videos", client.post(f"{one}/videos", json=body))
            for body in (video, video, {"url": ""})
        ),
        (
            "put",
            f"{told}/videos/{{video_id}}/transcript",
            _given(client, one, videos[0].id, b"I bought Apple."),
        ),
        ("put", f"{told}/videos/{{video_id}}/transcript", _given(client, one, videos[0].id, b"%PDF-1.7")),
        ("get", "/api/stocks/{ticker}/price", client.get("/api/stocks/AAPL/price")),
        ("get", "/api/stocks/{ticker}/price", client.get("/api/stocks/ZZZQ/price")),
        ("delete", told, client.delete(one, headers={"Sec-Fetch-Site": "cross-site"})),
        ("get", told, client.get("/api/channels/none")),
    ]
    for method, path, answer in answers:
        body = answer.get_json()
        schema_of(described, method, path, str(answer.status_code)).validate(body)
        if answer.status_code < 300:
            wrong = dict.fromkeys(body, object())
            assert path in ("/openapi.json", "/api/v2/calendars/{name}") or not schema_of(
                described, method, path, str(answer.status_code)
            ).is_valid(wrong)
    seen = {(method, path) for method, path, _ in answers}
    described_all = {(m, p) for p, methods in described["paths"].items() for m in methods}
    assert described_all - seen == {("get", "/metrics")}


def test_api_6_no_shape_leaves_out_what_is_answered(site: RecordWeb, described: Any) -> None:
    """A member that a route adds is to be described, too."""
    channel, _ = filled(site.records, "@third")
    shapes = described["components"]["schemas"]
    timeline = site.get(channel.id, "/timeline").get_json()["timeline"][0]
    for name, shown in (
        ("Channel", site.get(channel.id).get_json()),
        ("Video", timeline["video"]),
        ("Mention", timeline["mentions"][0]),
        ("Log", site.get(channel.id, "/logs").get_json()["logs"][0]),
        ("StockSummary", site.get(channel.id, "/stocks").get_json()["stocks"][0]),
        ("Candle", ohlc(site.client).get_json()["candles"][0]),
        ("Span", ohlc(site.client).get_json()["provenance"][0]),
    ):
        assert set(shapes[name]["properties"]) == set(shown), name
    told = described["paths"]["/api/v2/tickers/{ticker}/ohlc"]["get"]["responses"]["200"]["content"]
    members = set(told["application/json"]["schema"]["properties"])
    assert members - {"next"} == set(ohlc(site.client).get_json())


class Tags(HTMLParser):
    """What tags a page has, and the text of its code."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.add(tag)
        self.ids += [value for name, value in attrs if name == "id"]
        self.links += [value for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_api_6_the_page_names_every_route_and_loads_nothing(tmp_path: Path) -> None:
    whole = compose(load(env_file=None, data_dir=tmp_path, providers="demo"))
    client = whole.server.test_client()
    answer = client.get(PAGE)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    found = Tags(answer.text)
    assert not found.tags & {"script", "img", "link", "iframe"}
    assert all(link.startswith(("/", "#")) for link in found.links)
    assert {link[1:] for link in found.links if link.startswith("#")} <= set(found.ids)
    described = client.get("/openapi.json").get_json()
    for path, methods in described["paths"].items():
        for method in methods:
            assert f"{method.upper()} {path}" in found.text
    assert client.get("/no-such-page").status_code == 404
    whole.store.close()


def test_no_text_of_a_description_becomes_markup() -> None:
    hostile = "<script>alert(1)</script>"
    operation = Operation(
        "GET", "/x", "x", hostile, hostile, {"type": "string", "enum": [hostile]}, about=hostile
    )
    assert "<script" not in page(document([operation]))


def test_the_calls_on_the_page_can_be_made(site: RecordWeb, described: Any) -> None:
    """Every example is accepted as it stands."""
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            address = path
            asked = {}
            for parameter in operation["parameters"]:
                if parameter["in"] == "path":
                    address = address.replace(f"{{{parameter['name']}}}", parameter["example"])
                elif parameter["name"] not in ("start_date", "end_date", "v"):  # together with others only
                    asked[parameter["name"]] = parameter["example"]
            content = operation.get("requestBody", {"content": {}})["content"].get("application/json", {})
            answer = site.client.open(
                address, method=method.upper(), query_string=asked, json=content.get("example")
            )
            expected = {200, 201, 404} if "{channel_id}" in path else {200, 201}
            assert answer.status_code in expected, (path, answer.text)
