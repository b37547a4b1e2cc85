"""What the page ``/system`` is told: plain values of one moment, filled by the composition root.

Every duration is in seconds, every time in UTC seconds since 1970. What is a figure of all processes and what
of the one that answered is said here, because the page says it to people.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NOTHING: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Sample:
    """The counters of all processes at an earlier moment.

    Attributes:
        at_s: when, UTC seconds.
        totals: by the names of cache/statistics.py, counted up since ``SystemReport.started_s``.
    """

    at_s: float
    totals: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class BreakerState:
    """The circuit breaker before the table, of the process that answered.

    Attributes:
        state: whether calls go through: all, none, or the one that probes.
        for_s: how long it has been so.
        next_probe_s: until a call may probe, 0 when the next one will; None while it is closed.
        failures: in a row, while it is closed.
        opened: how often it has opened, reopening included.
        refused: calls that were not made.
    """

    state: Literal["closed", "open", "half-open"]
    for_s: float = 0.0
    next_probe_s: float | None = None
    failures: int = 0
    opened: int = 0
    refused: int = 0


@dataclass(frozen=True, slots=True)
class MemoryState:
    """The memory tier of the process that answered; ``probation_bytes + protected_bytes`` is ``bytes``."""

    entries: int
    bytes: int
    budget_bytes: int
    probation_bytes: int = 0
    protected_bytes: int = 0
    evictions: int = 0


@dataclass(frozen=True, slots=True)
class CoolingSource:
    """A source that is left alone for a while.

    Attributes:
        source: its name.
        ticker: the one that is left alone, "" for the whole source.
        left_s: how much longer.
        reason: for people, a part of a sentence ("it answered 429").
    """

    source: str
    ticker: str
    left_s: float
    reason: str


@dataclass(frozen=True, slots=True)
class ProcessState:
    """What the process that answered holds and does.

    Attributes:
        process_id: which one it is.
        breaker: None where the table has none.
        memory: None where nothing is known.
        flights: fetches that are under way.
        locks: names of the lock items that it holds, "AAPL D 2012".
        late_writes: items that wait to be written.
        cooling: sources that are left alone.
    """

    process_id: int | None = None
    breaker: BreakerState | None = None
    memory: MemoryState | None = None
    flights: int = 0
    locks: tuple[str, ...] = ()
    late_writes: int = 0
    cooling: tuple[CoolingSource, ...] = ()


@dataclass(frozen=True, slots=True)
class Budget:
    """What all processes have used of one limit of a source.

    Attributes:
        window: within what.
        what: "requests", or "symbols" for distinct tickers.
        used, limit: how many, of how many.
        until_s: when the window is over, UTC seconds.
    """

    window: Literal["minute", "hour", "day", "pacific_day", "month"]
    what: str
    used: int
    limit: int
    until_s: float


@dataclass(frozen=True, slots=True)
class SourceState:
    """A price provider, its calls and its budgets; None where calls are not counted by source.

    Attributes:
        name: as settings have it, "demo".
        label: for people, "Demo prices".
        calls: over all processes.
        errors: calls among them that failed.
        state: as the process that answered sees it.
        words: why it is not "ok", a sentence for people; else "".
        budgets: from the shortest window to the longest.
    """

    name: str
    label: str
    calls: int | None = None
    errors: int | None = None
    state: Literal["ok", "limited", "refused", "failing"] = "ok"
    words: str = ""
    budgets: Sequence[Budget] = ()


@dataclass(frozen=True, slots=True)
class Alarm:
    """A condition that somebody is called for, judged over all processes.

    Attributes:
        name: as the metric is called, "CacheHitRate".
        state: quiet where there is too little to judge by.
        words: what was found, for people; stands after the name.
    """

    name: str
    state: Literal["ok", "firing", "quiet"]
    words: str


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the log of the process that answered, WARNING or worse; without secrets and stack traces."""

    at_s: float
    level: Literal["warning", "error", "critical"]
    event: str
    message: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class SystemReport:
    """Everything that the page shows.

    Attributes:
        at_s: when it was made; 0 when nothing is known at all.
        started_s: since when ``totals`` are counted; None where that is not known.
        processes: how many serve.
        store: kind of the table, "sqlite" or "dynamodb".
        totals: counters of all processes, by the names of cache/statistics.py; a missing one is 0.
        history: earlier samples of them, oldest first, about the last hour.
        process: the process that answered.
        sources: in the order in which they are asked.
        alarms: all that are judged.
        problems: newest first.
    """

    at_s: float = 0.0
    started_s: float | None = None
    processes: int = 1
    store: str = ""
    totals: Mapping[str, int] = field(default_factory=lambda: _NOTHING)
    history: Sequence[Sample] = ()
    process: ProcessState = field(default_factory=ProcessState)
    sources: Sequence[SourceState] = ()
    alarms: Sequence[Alarm] = ()
    problems: Sequence[Problem] = ()


def nothing_known() -> SystemReport:
    """Return the report of an app that reports nothing."""
    return SystemReport()
