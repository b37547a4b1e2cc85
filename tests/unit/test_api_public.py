"""What is open to everyone: health, and the calendars' axes."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from adapters.demo import DemoProvider
from api.public import VERSION
from cache.calendars import axis_text, slug
from market import calendars
from market.axis import TradingAxis
from market.calendars import SUFFIX_CALENDARS, calendar_name, sessions_for
from tests.kit.house import NAMES, house
from tests.kit.web import problem, web, without_table

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """Return a client that is not known to anybody."""
    return stranger(tmp_path_factory.mktemp("public"))


def stranger(folder: Path) -> FlaskClient:
    return web(house(folder, [DemoProvider()]), identify=lambda _: None)


def test_api_6_health_answers_nobody_and_without_a_table(tmp_path: Path) -> None:
    nobody = stranger(tmp_path)
    without_table(tmp_path, NAMES.ohlc)
    without_table(tmp_path, NAMES.users)
    answer = nobody.get("/health")
    assert answer.status_code == 200
    assert answer.get_json() == {
        "status": "healthy",
        "version": VERSION,
        "store": "sqlite",
        "providers": ["demo"],
    }
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Request-Id"]


def test_the_version_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == VERSION


@pytest.mark.parametrize("ticker", ["AAPL", "BTC-USD", "7203.T", "EURUSD=X", "ES=F", "X.NOWHERE"])
def test_every_ticker_finds_the_axis_of_its_calendar(nobody: FlaskClient, ticker: str) -> None:
    name = calendar_name(ticker)
    answer = nobody.get(f"/api/v2/calendars/{slug(name)}")
    assert answer.get_json() == TradingAxis(sessions_for(ticker)).as_table()
    assert answer.headers["Cache-Control"] == "no-store"


def test_every_market_that_a_suffix_names_has_an_axis() -> None:
    """Making all calendars takes long, so only that each is known is asked here."""
    from cache.calendars import _BY_SLUG

    assert set(SUFFIX_CALENDARS.values()) <= set(_BY_SLUG.values())


def test_a_named_version_may_be_kept_for_ever(nobody: FlaskClient) -> None:
    version = nobody.get("/api/v2/calendars/24-7").get_json()["version"]
    answer = nobody.get(f"/api/v2/calendars/24-7?v={version}")
    assert answer.get_json()["name"] == "24/7"
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.parametrize("version", ["0", "", "%00", "<b>"])
def test_another_version_is_404_and_not_kept(nobody: FlaskClient, version: str) -> None:
    """A page must never draw its candles by another axis than the server's."""
    answer = nobody.get(f"/api/v2/calendars/24-7?v={version}")
    assert (answer.status_code, problem(answer)["code"]) == (404, "calendar_changed")


@pytest.mark.parametrize("name", ["XXXX", "xnys", "24%2F7", "%00", "XNYS.py", "NYSE"])
def test_a_calendar_that_no_ticker_trades_by_is_404(nobody: FlaskClient, name: str) -> None:
    """NYSE is a name that the calendars' library knows, but none of ours."""
    answer = nobody.get(f"/api/v2/calendars/{name}")
    assert answer.status_code == 404
    assert problem(answer)["code"] in ("calendar_not_found", "not_found")


def test_unknown_names_make_the_process_hold_nothing() -> None:
    before = set(calendars._made)
    assert [axis_text(f"X{number}") for number in range(100)] == [None] * 100
    assert set(calendars._made) == before
