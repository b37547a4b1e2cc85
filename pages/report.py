"""What the system page shows, put together from the cache and from what watches it."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

from components.system_report import (
    BreakerState,
    Budget,
    CoolingSource,
    MemoryState,
    ProcessState,
    Sample,
    SystemReport,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cache.breaker import BreakerReport
    from cache.candle_cache import CandleCache
    from cache.memory import MemoryStats
    from cache.state import CacheState
    from cache.state import SourceState as State
    from components.system_report import Alarm, Problem, SourceState


class Counted(Protocol):
    """The counters at an earlier moment; ``at_s`` in UTC seconds."""

    @property
    def at_s(self) -> float: ...  # noqa: D102 - the class says it
    @property
    def totals(self) -> Mapping[str, int]: ...  # noqa: D102 - likewise


class Numbers(Protocol):
    """What all processes counted."""

    def totals(self) -> Mapping[str, int]: ...  # noqa: D102 - by name, up to now
    def history(self) -> Sequence[Counted]: ...  # noqa: D102 - oldest first
    def processes(self) -> int: ...  # noqa: D102 - how many count
    def started_s(self) -> float: ...  # noqa: D102 - since when, UTC seconds


@dataclass(frozen=True, slots=True)
class Reporter:
    """Makes a report of now, each time it is called.

    Attributes:
        cache: of this process.
        store: kind of its table.
        sources: in the order in which they are asked; how they do is filled in.
        numbers: of all processes.
        alarms: as they stand.
        problems: of this process's log, newest first.
        clock: UTC seconds.
    """

    cache: CandleCache
    store: str
    sources: Sequence[SourceState]
    numbers: Numbers
    alarms: Callable[[], Sequence[Alarm]]
    problems: Callable[[], Sequence[Problem]]
    clock: Callable[[], float] = time.time

    def __call__(self) -> SystemReport:
        """Return the report."""
        numbers = self.numbers
        return SystemReport(
            at_s=self.clock(),
            started_s=numbers.started_s(),
            processes=numbers.processes(),
            store=self.store,
            totals=numbers.totals(),
            history=[Sample(sample.at_s, sample.totals) for sample in numbers.history()],
            process=_process(self.cache.state()),
            sources=self._sources(),
            alarms=self.alarms(),
            problems=self.problems(),
        )

    def _sources(self) -> list[SourceState]:
        """Return how the sources do now, and what all processes have used; the table is asked for that."""
        self.cache.budgets.look()
        states = {state.name: state for state in self.cache.source_states()}
        return [self._source(source, states.get(source.name)) for source in self.sources]

    def _source(self, source: SourceState, now: State | None) -> SourceState:
        uses = self.cache.budgets.uses(source.name)
        budgets = [Budget(use.window.value, use.what, use.used, use.limit, use.until_s) for use in uses]
        if now is not None:
            return replace(source, state=now.state, words=now.words, budgets=budgets)
        # It gives no prices, so the cache knows no more of it than whether it may be asked.
        refused = self.cache.budgets.refusal(source.name, "", background=False)
        state: Literal["ok", "limited"] = "limited" if refused else "ok"
        return replace(source, state=state, words=str(refused or ""), budgets=budgets)


def _process(state: CacheState) -> ProcessState:
    return ProcessState(
        process_id=os.getpid(),
        breaker=None if state.breaker is None else _breaker(state.breaker),
        memory=_memory(state.memory),
        flights=state.flights,
        locks=state.locks,
        late_writes=state.late_writes,
        cooling=tuple(CoolingSource(c.source, c.ticker, c.left_s, c.reason) for c in state.cooling),
    )


def _breaker(report: BreakerReport) -> BreakerState:
    values: dict[str, Any] = asdict(report) | {"state": report.state.value}
    return BreakerState(**values)


def _memory(stats: MemoryStats) -> MemoryState:
    values = asdict(stats)
    return MemoryState(**{name: values[name] for name in MemoryState.__dataclass_fields__})
