"""``python -m benchmarks`` measures everything; names after it choose. A table of it all is printed last."""

from __future__ import annotations

import signal
import sys
import time
from typing import TYPE_CHECKING

import telemetry
from benchmarks import (
    black_hole,
    extraction,
    herd,
    memory_hit,
    memory_tier,
    page,
    pan,
    panes,
    provider_calls,
    sentiment,
    storage,
    ten_thousand,
    throughput,
    track_judging,
    track_pages,
    track_scoring,
)
from benchmarks.measuring import HEAD, Figure, Size, say, show

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

BENCHMARKS: dict[str, Callable[[Size], list[Figure]]] = {
    "memory_tier": memory_tier.run,
    "memory_hit": memory_hit.run,
    "pan": pan.run,
    "page": page.run,
    "panes": panes.run,
    "storage": storage.run,
    "herd": herd.run,
    "black_hole": black_hole.run,
    "provider_calls": provider_calls.run,
    "throughput": throughput.run,
    "ten_thousand": ten_thousand.run,
    "track_scoring": track_scoring.run,
    "track_pages": track_pages.run,
    "track_judging": track_judging.run,
    "extraction": extraction.run,
    "sentiment": sentiment.run,
}


def main(names: Sequence[str], size: Size) -> int:
    """Run the named benchmarks, or all; return an exit code."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        sys.stderr.write(f"No benchmark {unknown[0]}; there are {', '.join(BENCHMARKS)}.\n")
        return 2
    telemetry.configure("CRITICAL", as_json=False)  # tables that fail on purpose say so
    began = time.perf_counter()
    figures = []
    for name in names or BENCHMARKS:
        say(f"== {name}")
        figures += BENCHMARKS[name](size)
    say(f"== all, in {time.perf_counter() - began:.0f} s")
    show([HEAD, *(figure.cells for figure in figures)])
    return 0


def end_on_sigterm() -> None:
    """Leave by an exception when told to stop, so that all servers are ended on the way out."""

    def end(*_: object) -> None:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        sys.exit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, end)


if __name__ == "__main__":
    end_on_sigterm()
    sys.exit(main(sys.argv[1:], Size()))
