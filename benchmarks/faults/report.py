"""The run as a page: docs/reliability.md."""

from __future__ import annotations

import os
import platform
import sqlite3
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from benchmarks.faults.ground import LOOP_S, SERVER
from benchmarks.faults.registry import NotMeasuredError, Outcome, Row, Verdict
from benchmarks.measuring import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.faults.ground import Ground


@dataclass(frozen=True, slots=True)
class Result:
    """A row with what became of it; ``took_s`` is the seconds it took."""

    row: Row
    verdict: Verdict
    figure: str
    took_s: float

    @property
    def cells(self) -> tuple[str, ...]:
        """One line of the table."""
        took = f"{self.took_s:.0f} s" if self.verdict is not Verdict.LATER else ""
        return str(self.row.number), self.row.what, self.row.target, self.figure, self.verdict.value, took


HEAD = ("#", "fault or load", "target", "figure", "verdict", "took")


def measured(row: Row, ground: Ground) -> Result:
    """Measure one row; one that raises is reported as such, and the others go on."""
    if row.measure is None:
        return Result(row, Verdict.LATER, row.later, 0.0)
    began = time.perf_counter()
    try:
        outcome = row.measure(ground)
    except NotMeasuredError as reason:
        return Result(row, Verdict.NOT_MEASURED, str(reason), time.perf_counter() - began)
    except Exception as error:  # noqa: BLE001 - whatever it is, the row is not lost
        told = " ".join(f"{type(error).__name__}: {error}".split())[-300:]
        figure = f"the measurement ended with {told}"
        return Result(row, Verdict.FALLS_SHORT, figure, time.perf_counter() - began)
    verdict = Verdict.HOLDS if outcome.holds else Verdict.FALLS_SHORT
    return Result(row, verdict, _told(outcome), time.perf_counter() - began)


def page(results: Sequence[Result], ground: Ground) -> str:
    """Return the document."""
    minutes = sum(result.took_s for result in results) / 60
    lines = [
        "# Reliability",
        "",
        f"**{_summary(results)}** of {len(results)}.",
        "",
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC · {machine()} · load {ground.load_before:.1f} before",
        f"took {minutes:.0f} min, of it the soak {ground.soak_min:g} min",
        "",
        "Written by `make faults`: what must hold, and the figures that one run found on that machine at",
        "that time. Whatever else ran there counts in every time.",
        "",
        "- *holds*: each part of the target that the figure names was met.",
        "- *falls short*: at least one was not.",
        "- *later*: what it measures comes with another issue, which the row names; nothing was measured.",
        f"- Rounds are repeated as often as the target says, or for {LOOP_S:g} s at each table; the figure",
        f"  has how many there were.{_size(ground)}",
        "",
        _line(HEAD),
        _line(["---"] * len(HEAD)),
        *(_line(result.cells) for result in results),
        "",
        f"Tables: SQLite in a file, and {SERVER} where a DynamoDB-API server is asked for (not DynamoDB",
        "itself: its times are its own). p99 is the time that 99 of 100 do not exceed. A *negative twin*",
        "is the same run without the protection; it shows that the measurement can fail.",
        "",
    ]
    return "\n".join(lines)


def _summary(results: Sequence[Result]) -> str:
    """Count the verdicts and name the rows that do not hold."""
    told = []
    for verdict in Verdict:
        rows = [str(result.row.number) for result in results if result.verdict is verdict]
        which = f" ({', '.join(rows)})" if verdict is not Verdict.HOLDS else ""
        told += [f"{len(rows)} {verdict}{which}"] if rows else []
    return ", ".join(told)


def _size(ground: Ground) -> str:
    return (
        "" if ground.share == 1 else f" This run made {ground.share:.0%} of them, or the least that shows it."
    )


def machine() -> str:
    """Return what the figures were measured on."""
    return (
        f"{os.cpu_count()} CPUs · {platform.system()} · {platform.python_implementation()} "
        f"{platform.python_version()} · SQLite {sqlite3.sqlite_version} · {SERVER}"
    )


def tell(result: Result) -> None:
    """Print how a row went, as soon as it is known."""
    verdict = f"{result.row.number:>2} {result.verdict:<17} {result.took_s:6.1f} s"
    say(f"{verdict}  {result.row.what}: {result.figure}")


def _told(outcome: Outcome) -> str:
    return f"{outcome.figure}. Not here: {outcome.left_out}" if outcome.left_out else outcome.figure


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
