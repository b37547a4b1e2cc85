"""Lines for CloudWatch and the alarms that watch them (O2), in AWS's own format."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import jsonschema
import pytest
from moto import mock_aws
from structlog.testing import capture_logs

from cache.statistics import NAMES, OUTCOMES, Statistics
from metrics import cloudwatch, emf
from metrics.alarms import ALARMS, Alarm, Topic
from metrics.hub import Metrics
from tests.kit.house import Clock
from tools import alarms

TOLD = {
    Topic.WARNING: "arn:aws:sns:us-east-1:123456789012:warning",
    Topic.PAGE: "arn:aws:sns:us-east-1:123456789012:page",
}
TEXT = {"type": "string", "minLength": 1, "maxLength": 1024}
EMF_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["_aws"],
    "properties": {
        "_aws": {
            "type": "object",
            "required": ["Timestamp", "CloudWatchMetrics"],
            "properties": {
                "Timestamp": {"type": "integer"},
                "CloudWatchMetrics": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["Namespace", "Dimensions", "Metrics"],
                        "properties": {
                            "Namespace": TEXT,
                            "Dimensions": {
                                "type": "array",
                                "minItems": 1,
                                "items": {"type": "array", "items": TEXT, "minItems": 1, "maxItems": 30},
                            },
                            "Metrics": {
                                "type": "array",
                                "maxItems": 100,
                                "items": {
                                    "type": "object",
                                    "required": ["Name"],
                                    "properties": {
                                        "Name": TEXT,
                                        "Unit": {"enum": ["Count", "Percent", "Seconds", "None"]},
                                    },
                                },
                            },
                        },
                    },
                },
            },
        }
    },
}
"""The schema of AWS's specification of the format, with the units that we have."""


class Told:
    """Metrics on a clock and an output of the test."""

    def __init__(self) -> None:
        self.clock = Clock(1_740_000_000.0)
        self.out: Any = io.StringIO()
        self.statistics = Statistics()
        self.metrics = Metrics(
            NAMES,
            OUTCOMES,
            counted=self.statistics.snapshot,
            cloudwatch="prod",
            clock=self.clock,
            out=lambda: self.out,
        )
        self.statistics.tell(self.metrics)

    def later(self, seconds: float) -> None:
        self.clock.now_s += seconds
        self.metrics.tick()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.getvalue().splitlines()]


@pytest.fixture
def told() -> Told:
    made = Told()
    made.metrics.tick()  # the first line, of what was before
    made.out.truncate(made.out.seek(0))
    return made


def count(statistics: Statistics, **amounts: int) -> None:
    for name, amount in amounts.items():
        statistics.add(name, amount)


def test_a_line_a_minute_says_what_was_counted_in_it(told: Told) -> None:
    """api-8: deltas of this process, not totals; a minute without requests has no hit rate."""
    count(told.statistics, requests=4, request_memory_hits=2, request_table_hits=1, table_errors=3)
    told.later(30)
    assert told.lines() == []
    told.later(30)
    count(told.statistics, corrupt_blocks=2, breaker_opened=1)
    told.later(60)
    first, second = told.lines()
    assert {name: first[name] for name in ("CacheError", "CacheHits", "CacheRequests", "CacheHitRate")} == {
        "CacheError": 3,
        "CacheHits": 3,
        "CacheRequests": 4,
        "CacheHitRate": 75.0,
    }
    assert (second["CacheError"], second["CircuitBreakerOpen"], second["CacheRequests"]) == (2, 1, 0)
    assert "CacheHitRate" not in second
    assert second["_aws"]["Timestamp"] == int(told.clock() * 1000)


def test_every_line_is_valid_and_every_name_in_it_has_a_value(told: Told) -> None:
    count(told.statistics, requests=1, unprocessed_items=101)
    told.later(60)
    told.later(60)
    for line in told.lines():
        jsonschema.validate(line, EMF_SCHEMA)
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        for name in (*(metric["Name"] for metric in directive["Metrics"]), *directive["Dimensions"][0]):
            assert name in line
        assert all(isinstance(line[metric["Name"]], int | float) for metric in directive["Metrics"])
    assert len(told.lines()) == 2


@pytest.mark.parametrize("missing", [False, True])
def test_o5_a_standard_output_that_is_closed_costs_nothing_and_is_made_up_for(
    told: Told, *, missing: bool
) -> None:
    """O5: the next line that can be written holds what was counted meanwhile."""
    good, bad = told.out, io.StringIO()
    bad.close()
    told.out = None if missing else bad
    count(told.statistics, table_errors=5)
    with capture_logs() as logs:
        told.later(60)
    assert [log["event"] for log in logs] == ["metrics_not_exported"]
    told.out = good
    count(told.statistics, table_errors=1)
    told.later(60)
    assert [line["CacheError"] for line in told.lines()] == [6]


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.client("cloudwatch", region_name="us-east-1")


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm.name)
def test_o2_an_alarm_in_cloudwatch_watches_exactly_what_a_process_sends(
    aws: Any, told: Told, alarm: Alarm
) -> None:
    """O2: namespace, names and dimensions that were stored are those of a line that was written."""
    aws.put_metric_alarm(**cloudwatch.parameters(alarm, "prod", TOLD))
    (stored,) = aws.describe_alarms(AlarmNames=[f"prod-{alarm.name}"])["MetricAlarms"]
    count(told.statistics, requests=1, request_memory_hits=1)
    told.later(60)
    (line,) = told.lines()
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    sent = {metric["Name"] for metric in directive["Metrics"]}
    watched = [part["MetricStat"] for part in stored.get("Metrics", ()) if "MetricStat" in part]
    metrics = [part["Metric"] for part in watched] or [stored]
    assert metrics
    for metric in metrics:
        assert metric["Namespace"] == directive["Namespace"]
        assert metric["MetricName"] in sent
        assert [[found["Name"] for found in metric["Dimensions"]]] == directive["Dimensions"]
        assert all(found["Value"] == line[found["Name"]] for found in metric["Dimensions"])
    assert {part["Period"] for part in (watched or [stored])} == {alarm.period_s}
    assert stored["Threshold"] == alarm.threshold
    assert stored["AlarmActions"] == [TOLD[alarm.topic]]
    assert stored["ComparisonOperator"] == ("LessThanThreshold" if alarm.of else "GreaterThanThreshold")
    assert stored["TreatMissingData"] == "notBreaching"


def test_o2_negative_twin_another_dimension_is_noticed(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """O2: the comparison is of what is really there; an exporter with another name does not fit."""
    parameters = cloudwatch.parameters(ALARMS[0], "prod", TOLD)
    monkeypatch.setattr(emf, "DIMENSION", "Stage")
    told.later(60)
    (directive,) = told.lines()[0]["_aws"]["CloudWatchMetrics"]
    assert [[found["Name"] for found in parameters["Dimensions"]]] != directive["Dimensions"]


ARGUMENTS = ["prod", "--warning", TOLD[Topic.WARNING], "--page", TOLD[Topic.PAGE], "--region", "us-east-1"]


def test_the_tool_puts_all_alarms_and_may_be_run_again(aws: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """O2: what docs/operations.md tells to run."""
    assert [alarms.main(ARGUMENTS), alarms.main(ARGUMENTS)] == [0, 0]
    stored = {alarm["AlarmName"]: alarm for alarm in aws.describe_alarms()["MetricAlarms"]}
    assert stored.keys() == {f"prod-{alarm.name}" for alarm in ALARMS}
    assert stored["prod-CircuitBreakerOpen"]["AlarmActions"] == [TOLD[Topic.PAGE]]
    assert "prod-CacheError is set" in capsys.readouterr().out


def test_the_tool_shows_what_it_would_put(capsys: pytest.CaptureFixture[str]) -> None:
    assert alarms.main([*ARGUMENTS, "--dry-run"]) == 0
    assert [alarm["AlarmName"] for alarm in json.loads(capsys.readouterr().out)] == [
        f"prod-{alarm.name}" for alarm in ALARMS
    ]


def test_the_tool_says_what_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without credentials: one line and no traceback."""
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    assert alarms.main(ARGUMENTS) == 1
    assert "credentials" in capsys.readouterr().err
