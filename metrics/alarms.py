"""When somebody has to be told: one table, and the one rule that reads it (api-8).

Promise: the exporter, the alarms in CloudWatch and the ones on the page are made from this table, so none of
them can watch a name that another does not send.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from metrics.history import Sample


class Topic(StrEnum):
    """Who is told: somebody during the day, or whoever is on duty, now."""

    WARNING = "warning"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Alarm:
    """What is watched.

    Attributes:
        name: of the alarm and of its metric.
        counters: what is summed over the period.
        of: where not empty, the alarm is about 100 × counters / of (percent), and fires below its threshold
            and only where ``of`` is not 0; else about the sum, and fires above it.
        sums: where ``of`` is not empty, names of two more metrics: what is summed, and of what.
        period_s: the span that is looked at.
        threshold: a count, or percent.
        topic: who is told.
    """

    name: str
    counters: tuple[str, ...]
    period_s: int
    threshold: float
    topic: Topic
    of: tuple[str, ...] = ()
    sums: tuple[str, str] = ("", "")

    def value(self, counts: Mapping[str, int]) -> float | None:
        """Return the metric for what was counted in a span, None where a share is of nothing."""
        amount = sum(counts.get(name, 0) for name in self.counters)
        if not self.of:
            return float(amount)
        whole = sum(counts.get(name, 0) for name in self.of)
        return 100.0 * amount / whole if whole else None

    def is_beyond(self, value: float | None) -> bool:
        """Return whether somebody has to be told of this value."""
        if value is None:
            return False
        return value < self.threshold if self.of else value > self.threshold


ALARMS = (
    Alarm("CacheError", ("table_errors", "corrupt_blocks"), 60, 10, Topic.WARNING),
    Alarm("CircuitBreakerOpen", ("breaker_opened",), 60, 0, Topic.PAGE),
    Alarm("CachePaginationTruncation", ("truncated_queries",), 60, 0, Topic.PAGE),
    Alarm("UnprocessedWriteItems", ("unprocessed_items",), 300, 100, Topic.WARNING),
    Alarm(
        "CacheHitRate",
        ("request_memory_hits", "request_table_hits"),
        900,
        50,
        Topic.WARNING,
        of=("requests",),
        sums=("CacheHits", "CacheRequests"),
    ),
)


def _last(alarm: Alarm, samples: Sequence[Sample]) -> dict[str, int] | None:
    """Return what was counted in the last period; None where that is too little to judge by.

    Samples ascend. Where they do not reach back a whole period, a sum is judged by what there is, and a share
    is not: the first questions of a new process are always misses.
    """
    if not samples:
        return None
    newest = samples[-1]
    before = bisect_right(samples, newest.at_s - alarm.period_s, key=lambda sample: sample.at_s)
    if before == 0 and alarm.of:
        return None
    return change(samples[max(before - 1, 0)].totals, newest.totals)


@dataclass(frozen=True, slots=True)
class Judged:
    """An alarm as it stands.

    Attributes:
        alarm: which.
        state: "ok", "firing", or "quiet" where there is too little to judge by.
        words: what was found, a sentence for people.
    """

    alarm: Alarm
    state: Literal["ok", "firing", "quiet"]
    words: str


def judged(alarm: Alarm, samples: Sequence[Sample]) -> Judged:
    """Judge the last period, up to the newest of some ascending samples."""
    counts = _last(alarm, samples)
    value = None if counts is None else alarm.value(counts)
    if value is None:
        return Judged(alarm, "quiet", "")
    found = f"{value:.0f} %" if alarm.of else f"{value:.0f}"
    minutes = alarm.period_s // 60
    span = "the last minute" if minutes == 1 else f"the last {minutes} minutes"
    bound = f"at least {alarm.threshold:g} %" if alarm.of else f"at most {alarm.threshold:g}"
    words = f"{found} in {span}, should be {bound}."
    return Judged(alarm, "firing" if alarm.is_beyond(value) else "ok", words)


def change(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """Return by how much counters rose; one that fell began anew."""
    return {
        name: count - before.get(name, 0) if count >= before.get(name, 0) else count
        for name, count in after.items()
    }
