"""Every line of the log carries the request id and none carries a secret (O1, S1, S3)."""

from __future__ import annotations

import io
import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog
from gunicorn.config import Config

import telemetry
from serving import Log

if TYPE_CHECKING:
    from collections.abc import Iterator

CANARY = "canary7secret7value"
QUOTED = 'canary"with\\signs'


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    telemetry._problems.clear()
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


FORGED = "x\r\n2026-01-01T00:00:00Z [error    ] forged\x1b[2J\x85\u2028"


class Odd:
    def __repr__(self) -> str:
        return FORGED


def fail_with_a_forged_line() -> None:
    raise ValueError(FORGED)


@pytest.mark.parametrize("as_json", [True, False])
def test_no_value_forges_a_line(*, as_json: bool) -> None:
    """O1: an event is one line, whatever a request or a provider puts into it; a traceback stays indented."""
    stream = configured(as_json=as_json)
    structlog.get_logger("api").info(FORGED, value=FORGED, listed=[FORGED], odd=Odd(), **{FORGED: 1})
    logging.getLogger("library").warning("from %s", FORGED)
    text = stream.getvalue()
    assert text.count("\n") == len(text.splitlines()) == 2
    assert "\x1b" not in text
    try:
        fail_with_a_forged_line()
    except ValueError:
        structlog.get_logger("api").exception("failed")
    at_the_edge = [line for line in stream.getvalue().splitlines() if "forged" in line and line[0] == "2"]
    assert len(at_the_edge) == (0 if as_json else 2)
    assert not any(line.startswith("2026-01-01") for line in stream.getvalue().splitlines())


def test_the_last_problems_are_kept_for_people() -> None:
    """Newest first, masked, on one line, without what is for programmers; quieter events are not problems."""
    configured()
    log = structlog.get_logger("cache")
    log.info("fine")
    log.warning("ohlc_provider_failed", error=f"token={CANARY}\nx", request_id="r-2", frames="secret path")
    structlog.contextvars.bind_contextvars(request_id="r-3")
    logging.getLogger("library").error("lost %s", QUOTED)
    newest, older = telemetry.recent_problems()
    assert (newest.level, newest.event, newest.request_id) == ("error", "lost ***", "r-3")
    assert (older.level, older.event, older.request_id) == ("warning", "ohlc_provider_failed", "r-2")
    assert older.message == "error=token=***\\nx"
    assert newest.at_s >= older.at_s > 1_700_000_000


def test_only_the_last_fifty_problems_are_kept_and_none_is_long() -> None:
    configured()
    for number in range(60):
        structlog.get_logger("cache").error("failed", number=number, text="x" * 10_000)
    problems = telemetry.recent_problems()
    assert len(problems) == telemetry.PROBLEMS_KEPT == 50
    assert problems[0].message.startswith("number=59 ")
    assert max(len(problem.message) for problem in problems) == telemetry.LONGEST_MESSAGE


def test_a_problem_that_cannot_be_read_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """O5."""
    monkeypatch.setattr(logging, "raiseExceptions", False)
    stream = configured()
    logging.getLogger("library").error("%d", "no number")
    structlog.get_logger("cache").error("still_heard")
    assert [problem.event for problem in telemetry.recent_problems()] == ["still_heard"]
    assert "still_heard" in stream.getvalue()


@pytest.fixture
def gunicorns() -> Iterator[logging.Logger]:
    log = logging.getLogger("gunicorn.error")
    handlers, level, propagates = log.handlers[:], log.level, log.propagate
    yield log
    for handler in log.handlers:
        handler.close()
    log.handlers[:], log.propagate = handlers, propagates
    log.setLevel(level)


def test_gunicorns_own_lines_take_our_form_and_cannot_be_forged(gunicorns: logging.Logger) -> None:
    """O1: gunicorn repeats what a request sent when it refuses it."""
    stream = configured()
    Log(Config()).warning("Invalid request from ip=%s: %s", "::1", FORGED)
    (line,) = lines(stream)
    assert (line["level"], line["logger"]) == ("warning", "gunicorn.error")
    assert str(line["event"]).startswith("Invalid request from ip=::1")
    assert gunicorns.handlers == []


def test_a_file_that_a_person_asks_of_gunicorn_is_written(gunicorns: logging.Logger, tmp_path: Path) -> None:
    stream, config = configured(), Config()
    config.set("errorlog", str(tmp_path / "errors.log"))
    Log(config).warning("to the file")
    assert "to the file" in (tmp_path / "errors.log").read_text("utf-8")
    assert stream.getvalue() == ""
