"""GET /metrics, and the page that explains what it says (api-6, api-8)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

import api
from accounts.identity import LOCAL_USER
from cache.statistics import NAMES, OUTCOMES, Statistics
from metrics.alarms import ALARMS, Alarm
from metrics.hub import Metrics
from tests.kit.house import house
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.web import problem

PAGE = Path(__file__).parents[2] / "docs/operations.md"


def client(folder: Path, render: object, *, known: bool = True) -> FlaskClient:
    server = Flask("chandlery")
    api.register(
        server,
        house(folder, [ScriptedProvider(utc("2025-03-07 22:00"))]).cache,
        identify=lambda _: LOCAL_USER if known else None,
        store="sqlite",
        find_symbols=lambda text, most: (),
        render_metrics=render,  # type: ignore[arg-type]
    )
    return server.test_client()


def metrics() -> Metrics:
    return Metrics(NAMES, OUTCOMES, counted=Statistics().snapshot)


def told() -> set[str]:
    """Return the names of all metrics, as Prometheus stores them."""
    text = metrics().render()[0].decode()
    return {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in text_string_to_metric_families(text)
    }


def test_prometheus_can_read_it(tmp_path: Path) -> None:
    answer = client(tmp_path, metrics().render).get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert {f"chandlery_{name}_total" for name in NAMES} <= told()
    assert "chandlery_request_seconds" in told()


def test_strangers_get_nothing(tmp_path: Path) -> None:
    answer = client(tmp_path, metrics().render, known=False).get("/metrics")
    assert (answer.status_code, problem(answer)["code"]) == (401, "unauthorized")


def test_o5_numbers_that_cannot_be_read_are_503_and_nothing_else_suffers(tmp_path: Path) -> None:
    """O5: one JSON shape, no path, no trace; health goes on."""

    def damaged() -> tuple[bytes, str]:
        raise RuntimeError("/var/secret/path is corrupted")

    asked = client(tmp_path, damaged)
    with capture_logs() as logs:
        answer = asked.get("/metrics")
    assert (answer.status_code, problem(answer)["code"]) == (503, "metrics_unavailable")
    assert "secret" not in answer.text
    assert "metrics_not_read" in [log["event"] for log in logs]
    assert asked.get("/health").status_code == 200


def test_only_get_is_taken(tmp_path: Path) -> None:
    answer = client(tmp_path, metrics().render).post("/metrics")
    assert (answer.status_code, problem(answer)["code"]) == (405, "method_not_allowed")


def test_the_page_explains_every_metric_and_no_other() -> None:
    """api-8: each name has a row with the words that /metrics has for it."""
    rows = dict(re.findall(r"^\| `(chandlery_\w+)` \| (.+?) \|$", PAGE.read_text("utf-8"), re.MULTILINE))
    text = metrics().render()[0].decode()
    helps = {
        f"{family.name}_total" if family.type == "counter" else family.name: family.documentation
        for family in text_string_to_metric_families(text)
    }
    assert rows == helps


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.name)
def test_the_page_lists_every_alarm_with_its_limit(alarm: Alarm) -> None:
    row = re.search(rf"^\| `{alarm.name}` \|.*\|$", PAGE.read_text("utf-8"), re.MULTILINE)
    assert row is not None
    sign = "<" if alarm.of else ">"
    assert f"{sign} {alarm.threshold:g}" in row[0]
    assert f"| {alarm.period_s // 60} min |" in row[0]
    assert f"| {alarm.topic.value} |" in row[0]
    for counter in alarm.counters:
        assert f"`{counter}`" in row[0]
