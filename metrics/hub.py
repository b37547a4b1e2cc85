"""The metrics of one process: what it counts goes in, what all processes counted comes out.

``Metrics`` is made before the server forks and works in each fork by itself: instruments and the thread that
samples are made by the first use in a process.
"""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, TextIO

import structlog

from metrics import emf, slots
from metrics.alarms import ALARMS, change, judged
from metrics.history import EVERY_S, History, Sample
from metrics.instruments import Instruments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from metrics.alarms import Judged

_EXPORT_S = 60.0
_log = structlog.get_logger(__name__)


class Metrics:
    """Hears what a process counts (cache.statistics.Observer), and tells what all of them did."""

    def __init__(  # noqa: PLR0913 - what the composition root knows
        self,
        counters: Mapping[str, str],
        outcomes: Sequence[str],
        *,
        counted: Callable[[], Mapping[str, int]],
        gauges: Callable[[], Mapping[str, float]] = dict,
        budgets: Callable[[], Iterable[tuple[str, str, int, int]]] = tuple,
        folder: Callable[[], str] = str,
        cloudwatch: str = "",
        clock: Callable[[], float] = time.time,
        out: Callable[[], TextIO] = lambda: sys.stdout,
    ) -> None:
        """Describe what there is to measure; nothing is made or read yet.

        Args:
            counters: name → help.
            outcomes: how a request can end.
            counted: the counters of this process alone.
            gauges: values at this moment (metrics.instruments.GAUGES).
            budgets: what is used of them now: source, window, how many, of how many.
            folder: the one that processes share, "" for none.
            cloudwatch: the environment's name in lines for CloudWatch; "" for none.
            clock: UTC seconds.
            out: where those lines go.
        """
        self._counters, self._outcomes = dict(counters), tuple(outcomes)
        self._counted, self._gauges, self._folder = counted, gauges, folder
        self._budgets = budgets
        self._cloudwatch, self._clock, self._out = cloudwatch, clock, out
        self._lock = threading.Lock()
        self._made: Instruments | None = None
        self._maker = self._sampler = 0
        self._history = History()
        self._born_s = clock()
        self._exported: Mapping[str, int] = {}
        self._export_at_s = 0.0

    def observe(self, name: str, amount: int) -> None:
        """Hear that a counter rose."""
        self._instruments().add(name, amount)

    def timed(self, outcome: str, took_s: float) -> None:
        """Hear how a request ended and how long it took."""
        self._instruments().time(outcome, took_s)

    def render(self) -> tuple[bytes, str]:
        """Return the numbers of all processes for Prometheus, and their content type."""
        self._measure()
        return self._instruments().text()

    def totals(self) -> dict[str, int]:
        """Return the counters of all processes."""
        return self._instruments().totals()

    def processes(self) -> int:
        """Return how many processes count."""
        return self._instruments().processes()

    def started_s(self) -> float:
        """Return since when (UTC seconds) the totals are counted."""
        return slots.made_s(self._folder()) or self._born_s

    def history(self) -> list[Sample]:
        """Return the totals of the last hour, oldest first: one every 10 s since ``start``."""
        return self._history.samples()

    def judged(self) -> list[Judged]:
        """Return all alarms as they stand, with what was counted up to now."""
        samples = [*self.history(), Sample(self._clock(), self.totals())]
        return [judged(alarm, samples) for alarm in ALARMS]

    def start(self) -> None:
        """Begin to sample in this process, unless it does; costs next to nothing then."""
        if self._sampler == os.getpid():
            return
        with self._lock:
            if self._sampler == os.getpid():
                return
            self._sampler = os.getpid()
            self._history = History()
        self._export_at_s = self._clock() + _EXPORT_S
        if self._cloudwatch:
            atexit.register(self._export_rest, self._sampler)
        threading.Thread(target=self._run, name="metrics", daemon=True).start()

    def tick(self) -> None:
        """Take a sample; export what was counted when a minute is over. Raises nothing."""
        now_s = self._clock()
        try:
            self._measure()
            self._history.put(Sample(now_s, self.totals()))
        except Exception as error:  # noqa: BLE001 - whatever is wrong with metrics costs metrics only (O5)
            _log.warning("metrics_not_sampled", error=repr(error))
        if self._cloudwatch and now_s >= self._export_at_s:
            self._export_at_s = now_s + _EXPORT_S
            self._export()

    def _measure(self) -> None:
        self._instruments().set(self._gauges())
        self._instruments().set_budgets(self._budgets())

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            self.tick()
            pause.wait(EVERY_S)

    def _export_rest(self, process: int) -> None:
        if os.getpid() == process:  # a fork of this process has not counted that
            self._export()

    def _export(self) -> None:
        """Write one line; what could not be written is counted in the next one."""
        counts = dict(self._counted())
        line = emf.line(change(self._exported, counts), at_s=self._clock(), environment=self._cloudwatch)
        try:
            out = self._out()
            out.write(f"{line}\n")
            out.flush()
        except (OSError, ValueError, AttributeError) as error:  # closed, full, nobody reads, or there is none
            _log.warning("metrics_not_exported", error=repr(error))
            return
        self._exported = counts

    def _instruments(self) -> Instruments:
        made = self._made
        if made is not None and self._maker == os.getpid():
            return made
        with self._lock:
            if self._made is None or self._maker != os.getpid():
                self._made = self._make()
                self._maker = os.getpid()
            return self._made

    def _make(self) -> Instruments:
        folder = self._folder()
        try:
            return Instruments(self._counters, self._outcomes, folder, slots.name())
        except Exception as error:  # noqa: BLE001 - a damaged file raises whatever its bytes lead to
            _log.warning("metrics_not_shared", error=repr(error))
            return Instruments(self._counters, self._outcomes)
