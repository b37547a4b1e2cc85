"""Which page stands at which path."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dash import html
from flask.testing import FlaskClient

from app import House, compose
from pages.routes import Route, Routes
from settings import load

ROUTES = Routes(
    [
        Route("/", lambda: html.P("home")),
        Route("/list", lambda: html.P("list")),
        Route("/list/<one>", lambda one: html.P(f"one {one}"), lambda one: one != "gone"),
        Route("/list/<one>/<two>", lambda one, two: html.P(f"{one} and {two}")),
    ],
    lambda: html.P("missing"),
)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/", "home"), ("", "home"), (None, "home"), ("/list", "list"), ("/list/", "list"),
        ("/list/a", "one a"), ("/list/a/", "one a"), ("/list/a%20b", "one a b"), ("/list/a/b/", "a and b"),
        ("//", "home"), ("/list//", "missing"), ("/list//b", "missing"), ("/list/a/b/c", "missing"),
        ("/lis", "missing"), ("/List", "missing"), ("/list/<one>", "one <one>"), ({}, "home"), (5, "home"),
    ],
)  # fmt: skip
def test_a_page_is_chosen_by_its_path(path: object, said: str) -> None:
    page = ROUTES.page(path)
    assert isinstance(page, html.P)
    assert page.children == said


@pytest.mark.parametrize(
    ("path", "there"),
    [("/", True), ("/list/", True), ("/list/a", True), ("/list/gone", False), ("/x", False)],
)
def test_what_a_page_is_about_must_exist(path: str, *, there: bool) -> None:
    assert ROUTES.has(path) is there


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    built = compose(load(env_file=None, data_dir=tmp_path_factory.mktemp("data"), providers="demo"))
    yield built
    built.store.close()


@pytest.fixture
def client(house: House) -> FlaskClient:
    return house.server.test_client()


def add_channel(client: FlaskClient, handle: str) -> str:
    """Return the id of a channel that was added."""
    answer = client.post("/api/channels", json={"url": f"https://www.youtube.com/@{handle}"})
    assert answer.status_code == 201
    return str(answer.get_json()["id"])


def test_pages_of_the_track_record_are_found_where_their_channel_is(client: FlaskClient) -> None:
    """record-1: unknown ids are 404, on pages as in the API."""
    channel_id = add_channel(client, "somebody")
    for path in ("", "/", f"/{channel_id}", f"/{channel_id}/", f"/{channel_id}/AAPL", f"/{channel_id}/brk.b"):
        answer = client.get(f"/track-record{path}")
        assert (path, answer.status_code) == (path, 200)
        assert "<title>Track record · Chandlery</title>" in answer.text
        assert 'class="skeleton"' in answer.text
        assert ("window.Plotly" in answer.text) is (path not in ("", "/"))
    assert client.delete(f"/api/channels/{channel_id}").status_code == 204
    strange = ("nobody", channel_id, f"{channel_id}/AAPL", f"{channel_id}/A/B", "//", "%00")
    for path in strange:
        assert (path, client.get(f"/track-record/{path}").status_code) == (path, 404)


def test_a_text_that_is_no_ticker_has_no_page(client: FlaskClient) -> None:
    channel_id = add_channel(client, "somebody.else")
    assert client.get(f"/track-record/{channel_id}/%3Cscript%3E").status_code == 404
