"""The table of alarms as CloudWatch takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from metrics.emf import DIMENSION, NAMESPACE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from metrics.alarms import Alarm, Topic


def parameters(alarm: Alarm, environment: str, told: Mapping[Topic, str]) -> dict[str, Any]:
    """Return what PutMetricAlarm takes.

    Args:
        alarm: of the table.
        environment: the dimension's value, and the beginning of the alarm's name.
        told: the ARN of each topic's SNS topic.
    """
    dimensions = [{"Name": DIMENSION, "Value": environment}]
    found: dict[str, Any] = {
        "AlarmName": f"{environment}-{alarm.name}",
        "AlarmActions": [told[alarm.topic]],
        "EvaluationPeriods": 1,
        "Threshold": float(alarm.threshold),
        "TreatMissingData": "notBreaching",
    }
    if not alarm.of:
        return found | {
            "Namespace": NAMESPACE,
            "MetricName": alarm.name,
            "Dimensions": dimensions,
            "Statistic": "Sum",
            "Period": alarm.period_s,
            "ComparisonOperator": "GreaterThanThreshold",
        }
    sums = [
        {
            "Id": name,
            "MetricStat": {
                "Metric": {"Namespace": NAMESPACE, "MetricName": metric, "Dimensions": dimensions},
                "Period": alarm.period_s,
                "Stat": "Sum",
            },
            "ReturnData": False,
        }
        for name, metric in zip(("part", "whole"), alarm.sums, strict=True)
    ]
    share = {"Id": "share", "Expression": "100 * part / whole", "Label": alarm.name, "ReturnData": True}
    return found | {"ComparisonOperator": "LessThanThreshold", "Metrics": [*sums, share]}
