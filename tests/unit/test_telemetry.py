"""Every line of the log carries the request id and none carries a secret (O1, S1, S3)."""

from __future__ import annotations

import io
import json
import logging
from typing import TYPE_CHECKING

import pytest
import structlog

import telemetry

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "canary7secret7value"
QUOTED = 'canary"with\\signs'


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def configured(level: str = "INFO", *, as_json: bool = True) -> io.StringIO:
    stream = io.StringIO()
    telemetry.configure(level, as_json=as_json, secrets=[CANARY, QUOTED, "", "short"], stream=stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_our_events_and_other_libraries_share_one_form_and_the_request_id() -> None:
    """O1."""
    stream = configured()
    structlog.contextvars.bind_contextvars(request_id="r-1")
    structlog.get_logger("cache").info("ohlc_cache_hit", tier="in-memory")
    logging.getLogger("library").warning("slow by %d ms", 12)
    ours, theirs = lines(stream)
    assert (ours["event"], ours["tier"], ours["level"], ours["logger"]) == (
        "ohlc_cache_hit",
        "in-memory",
        "info",
        "cache",
    )
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("slow by 12 ms", "warning", "library")
    assert ours["request_id"] == theirs["request_id"] == "r-1"
    assert str(ours["timestamp"]).endswith("Z")


def fail_with_secrets() -> None:
    raise ValueError(CANARY, QUOTED)


@pytest.mark.parametrize("as_json", [True, False])
def test_no_secret_leaves_by_any_way(*, as_json: bool) -> None:
    """S1: value, name, message, argument, traceback, URL and header."""
    stream = configured(as_json=as_json)
    log = structlog.get_logger("adapters")
    log.info("asked", url=f"https://x.example/?a=1&token={CANARY}", **{CANARY: 1}, other=QUOTED)
    logging.getLogger("library").error("with %s", CANARY)
    try:
        fail_with_secrets()
    except ValueError:
        log.exception("failed")
        logging.getLogger("library").exception("failed too")
    text = stream.getvalue()
    assert text.count("failed") >= 2
    assert CANARY not in text
    assert QUOTED not in text
    assert json.dumps(QUOTED)[1:-1] not in text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("GET /daily?token=abc123&x=1", "GET /daily?token=***&x=1"),
        ("https://x.example/v3?part=id&key=AIza-1", "https://x.example/v3?part=id&key=***"),
        ("Authorization: Token abc", "Authorization: Token ***"),
        ("{'Authorization': 'Bearer abc.def'}", "{'Authorization': 'Bearer ***'}"),
        ("X-Finnhub-Token: abc", "X-Finnhub-Token: ***"),
        ("api_key=abc, b=2", "api_key=***, b=2"),
        ("cache_key=ohlc:AAPL:D", "cache_key=ohlc:AAPL:D"),
        ("key=AAPL#tiingo", "key=AAPL#tiingo"),
        ("tokens=3 monkey=1", "tokens=3 monkey=1"),
    ],
)
def test_credentials_are_masked_and_ordinary_words_are_not(text: str, masked: str) -> None:
    assert telemetry.mask(text) == masked


def test_a_secret_that_begins_with_another_is_masked_whole() -> None:
    stream = io.StringIO()
    telemetry.configure("INFO", as_json=True, secrets=["abcdef", "abcdef-tail"], stream=stream)
    structlog.get_logger().info("asked", value="abcdef-tail")
    assert lines(stream)[0]["value"] == telemetry.MASK


def test_a_level_silences_what_is_below_it_and_clients_that_repeat_requests() -> None:
    stream = configured("WARNING")
    structlog.get_logger("cache").info("quiet")
    logging.getLogger("library").info("quiet")
    assert stream.getvalue() == ""
    stream = configured("DEBUG")
    logging.getLogger("botocore").debug("headers")
    logging.getLogger("library").debug("heard")
    assert [line["event"] for line in lines(stream)] == ["heard"]


def test_configuring_again_replaces_the_stream_and_doubles_nothing() -> None:
    first, second = configured(), configured()
    structlog.get_logger("cache").info("once")
    assert first.getvalue() == ""
    assert len(lines(second)) == 1
