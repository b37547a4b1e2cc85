"""Which sources could be had, what to do for them, and what their terms say (api-7, S1)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import structlog

from app import compose
from settings import load
from sources import absent, terms_warning

CANARY = "canary-key-0123456789"


def test_a_demo_start_tells_how_to_have_every_other_source(tmp_path: Path) -> None:
    found = absent(load(env_file=None, data_dir=tmp_path))
    assert found == {
        "files": (
            "Your own files need a folder: set FILES_DIR and name files in PROVIDERS, "
            "for example PROVIDERS=files."
        ),
        "tiingo": (
            "Tiingo needs a key: set TIINGO_API_KEY and name tiingo in PROVIDERS, "
            "for example PROVIDERS=tiingo."
        ),
        "finnhub": (
            "Finnhub needs a key: set FINNHUB_API_KEY and name finnhub in PROVIDERS, "
            "for example PROVIDERS=finnhub."
        ),
        "yahoo": "Yahoo needs no key: name yahoo in PROVIDERS, for example PROVIDERS=yahoo.",
    }


def test_a_source_with_a_key_that_is_not_named_only_wants_its_name(tmp_path: Path) -> None:
    """S1: the key itself is not said."""
    found = absent(load(env_file=None, data_dir=tmp_path, providers="yahoo", tiingo_api_key=CANARY))
    assert found["tiingo"] == (
        "TIINGO_API_KEY is set: name tiingo in PROVIDERS, for example PROVIDERS=yahoo,tiingo."
    )
    assert "yahoo" not in found
    assert CANARY not in str(found)


@pytest.mark.parametrize("name", ["files", "tiingo", "finnhub", "yahoo"])
def test_who_does_what_the_sentence_says_has_the_source(tmp_path: Path, name: str) -> None:
    sentence = absent(load(env_file=None, data_dir=tmp_path, providers="demo"))[name]
    given: dict[str, Any] = {"providers": sentence.rsplit("PROVIDERS=", 1)[1].rstrip(".")}
    if "set " in sentence:
        setting = sentence.split("set ", 1)[1].split(" ", 1)[0].lower()
        given[setting] = tmp_path if setting == "files_dir" else CANARY
    found = load(env_file=None, data_dir=tmp_path, **given)
    assert found.providers == (name,)
    assert name not in absent(found)


PROD = {
    "environment": "prod",
    "dynamodb_region": "eu-central-1",
    "ohlc_cache_table": "prod-ohlc-cache",
    "users_table": "prod-users",
    "sentiments_table": "prod-sentiments",
}
SIGN_IN = {"oidc_issuer": "https://a.example.com", "oidc_client_id": "c", "oidc_client_secret": CANARY}


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"host": "0.0.0.0"}, "HOST is 0.0.0.0"),
        ({"host": "example.com"}, "HOST is example.com"),
        (PROD, "ENVIRONMENT is prod"),
        (SIGN_IN, "sign-in is set up"),
        ({}, None),
        ({"host": "::1"}, None),
        ({"host": "localhost"}, None),
    ],
)
def test_tiingo_is_warned_of_where_others_may_see_its_prices(
    tmp_path: Path, given: dict[str, Any], why: str | None
) -> None:
    usual: dict[str, Any] = {"env_file": None, "data_dir": tmp_path, "tiingo_api_key": CANARY}
    warning = terms_warning(load(**usual, **given))
    assert (f"({why})" in (warning or "")) == (why is not None)
    assert (warning is None) == (why is None)
    assert terms_warning(load(**usual, providers="yahoo", **given)) is None


def test_the_start_says_it_in_a_line_and_the_log_in_an_event(tmp_path: Path) -> None:
    settings = load(env_file=None, data_dir=tmp_path, host="0.0.0.0", tiingo_api_key=CANARY)
    with structlog.testing.capture_logs() as log:
        house = compose(settings)
    first, second = house.line.splitlines()
    assert first.startswith("Chandlery at")
    assert second == terms_warning(settings)
    assert [event["event"] for event in log if event["log_level"] == "warning"] == ["provider_terms"]
    house.store.close()
