"""What a process counted in a minute as one line in CloudWatch's Embedded Metric Format.

AWS's log agent turns such lines into metrics. The sums of several processes are built there, which is why the
share of hits leaves as its two parts too: a mean of shares would weigh a busy process like an idle one.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from metrics.alarms import ALARMS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAMESPACE = "Chandlery"
DIMENSION = "Environment"


def line(counts: Mapping[str, int], *, at_s: float, environment: str) -> str:
    """Return one line of JSON without its end.

    Args:
        counts: what was counted since the line before, by name of the counter.
        at_s: UTC seconds.
        environment: the dimension's value.
    """
    metrics = list(_metrics(counts))
    document: dict[str, Any] = {
        "_aws": {
            "Timestamp": int(at_s * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [[DIMENSION]],
                    "Metrics": [{"Name": name, "Unit": unit} for name, _, unit in metrics],
                }
            ],
        },
        DIMENSION: environment,
    }
    return json.dumps(document | {name: value for name, value, _ in metrics})


def _metrics(counts: Mapping[str, int]) -> Iterator[tuple[str, float, str]]:
    for alarm in ALARMS:
        value = alarm.value(counts)
        if alarm.of:
            for metric, counters in zip(alarm.sums, (alarm.counters, alarm.of), strict=True):
                yield metric, sum(counts.get(name, 0) for name in counters), "Count"
        if value is not None:
            yield alarm.name, value, "Percent" if alarm.of else "Count"
