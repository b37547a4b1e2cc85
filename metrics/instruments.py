"""The instruments of one process in Prometheus's own library, alone or shared with other processes.

Shared ones live in mapped files. Their space is taken before they are mapped: a write into a mapped file that
finds the disk full does not raise, it ends the process.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
    values,
)
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.multiprocess import MultiProcessCollector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

PREFIX = "chandlery_"
LATENCY = "request_seconds"
LATENCY_HELP = "How long requests to the cache took, by how they ended."
PROCESSES = "processes"
GAUGES: dict[str, tuple[str, Any]] = {
    PROCESSES: ("Processes that count.", "livesum"),
    "breaker_state": ("0 closed, 1 half-open, 2 open: the worst of all processes.", "livemax"),
    "memory_bytes": ("Held in the memory tiers.", "livesum"),
    "memory_entries": ("Blocks held in the memory tiers.", "livesum"),
    "flights": ("Fetch units that are being fetched.", "livesum"),
    "locks": ("Lock items that are held.", "livesum"),
    "late_writes_waiting": ("Items that wait to be written off the request's path.", "livesum"),
    "cooling": ("Sources and tickers that are left alone for a while.", "livesum"),
}
"""What is measured at a moment: help, and how the values of several processes become one."""
BUDGETS = {
    "budget_used": "Requests to a source within a window, or tickers of the month; by source and window.",
    "budget_limit": "How many of them it allows.",
}
"""Labelled: help. Every process knows of all, so the most that any knows is taken."""

_BUCKETS_S = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_FILE_BYTES = 1 << 16
"""The size that the library gives a new file; all our instruments together need a third of it."""
_making = threading.Lock()
disable_created_metrics()  # type: ignore[no-untyped-call]  # they double the list and are not shared by processes


class Instruments:
    """Counters, one histogram and gauges; every method may raise what the operating system says."""

    def __init__(
        self, counters: Mapping[str, str], outcomes: Iterable[str], folder: str = "", process: str = ""
    ) -> None:
        """Make them at zero, or where the process that had this name before left them.

        Args:
            counters: name → help.
            outcomes: the histogram's labels.
            folder: PROMETHEUS_MULTIPROC_DIR; "" keeps the numbers in this process.
            process: unique among the processes that use the folder.

        Raises:
            OSError: the folder has no room or is gone.
        """
        own = CollectorRegistry(auto_describe=False)
        kind: Any = values.MutexValue
        if folder:
            for prefix in ("counter", "histogram", *{f"gauge_{mode}" for _, mode in GAUGES.values()}):
                _reserve(Path(folder) / f"{prefix}_{process}.db")
            kind = values.MultiProcessValue(lambda: process)  # type: ignore[no-untyped-call]
        self._kind = kind
        with _values(kind):
            self._counters = {
                name: Counter(f"{PREFIX}{name}", text, registry=own) for name, text in counters.items()
            }
            latency = Histogram(
                f"{PREFIX}{LATENCY}", LATENCY_HELP, ("outcome",), buckets=_BUCKETS_S, registry=own
            )
            self._latency = {outcome: latency.labels(outcome) for outcome in outcomes}
            self._gauges = {
                name: Gauge(f"{PREFIX}{name}", text, registry=own, multiprocess_mode=mode)
                for name, (text, mode) in GAUGES.items()
            }
            labels = ("source", "window")
            self._budgets = {
                name: Gauge(f"{PREFIX}{name}", text, labels, registry=own, multiprocess_mode="livemax")
                for name, text in BUDGETS.items()
            }
        self._gauges[PROCESSES].set(1)
        self._registry: Callable[[], CollectorRegistry] = lambda: _of_all(folder) if folder else own

    def add(self, name: str, amount: int) -> None:
        """Count."""
        self._counters[name].inc(amount)

    def time(self, outcome: str, took_s: float) -> None:
        """Put one request into the histogram."""
        self._latency[outcome].observe(took_s)

    def set(self, gauges: Mapping[str, float]) -> None:
        """Set gauges of GAUGES."""
        for name, value in gauges.items():
            self._gauges[name].set(value)

    def set_budgets(self, budgets: Iterable[tuple[str, str, int, int]]) -> None:
        """Set what is used of budgets: source, window, how many, of how many."""
        with _values(self._kind):  # a new label makes a new value
            for source, window, used, limit in budgets:
                self._budgets["budget_used"].labels(source, window).set(used)
                self._budgets["budget_limit"].labels(source, window).set(limit)

    def text(self) -> tuple[bytes, str]:
        """Return the sum over all processes as Prometheus reads it, and its content type."""
        return generate_latest(self._registry()), CONTENT_TYPE_LATEST

    def totals(self) -> dict[str, int]:
        """Return all counters, summed over all processes."""
        found = self._values()
        return {name: found.get(f"{PREFIX}{name}_total", 0) for name in self._counters}

    def processes(self) -> int:
        """Return how many processes count."""
        return max(1, self._values().get(f"{PREFIX}{PROCESSES}", 1))

    def _values(self) -> dict[str, int]:
        metrics = self._registry().collect()
        return {sample.name: int(sample.value) for metric in metrics for sample in metric.samples}


@contextmanager
def _values(kind: Any) -> Iterator[None]:  # noqa: ANN401 - the library's
    """Have the library make values of a kind, which it takes from a global variable."""
    with _making:
        before, values.ValueClass = values.ValueClass, kind
        try:
            yield
        finally:
            values.ValueClass = before


def _of_all(folder: str) -> CollectorRegistry:
    registry = CollectorRegistry()
    MultiProcessCollector(registry, folder)  # type: ignore[no-untyped-call]
    return registry


def _reserve(path: Path) -> None:
    """Take a file's space on the disk now; nobody who reads all files meets it half made.

    Raises:
        OSError: there is none.
    """
    if path.exists():  # left by the process that had this place before
        return
    new = path.with_suffix(".new")
    try:
        with new.open("wb") as file:
            file.write(bytes(_FILE_BYTES))  # a hole in a file would be no space
    except OSError:
        new.unlink(missing_ok=True)
        raise
    new.replace(path)
