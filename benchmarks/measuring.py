"""How the benchmarks measure and what they hand back.

Promise: things that are compared are run in turns, so that a busy moment of the machine hits them alike, and
nothing is judged: no time fails a run. All times are milliseconds of wall clock.
"""

from __future__ import annotations

import gc
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured.

    Attributes:
        sessions: of 5-minute candles, and years of daily ones.
        years: see ``sessions``.
        rounds: how often things take their turn.
        requests: of one kind in a row, in each round of the pan benchmark.
        tickers: that memory holds beside the one that is asked for.
        accesses: of the trace that compares ways to choose what stays in memory.
        loads: of each page with an empty browser, and as many with a full one.
        gestures: of each kind on each page.
        held_tickers: that go through memory under a budget.
        seconds: of load on a server, in each round.
        readers: of one cold key.
        processes: that share them, one case each.
        people: who use the app on the day whose calls are counted.
        visits: of each of them.
        opened: tickers, one every 20 s.
        calls: that are scored.
        draws: of a random entry for each of them.
        videos: of the channel that is shown.
    """

    sessions: int = 252
    years: int = 20
    rounds: int = 5
    requests: int = 15
    tickers: int = 1_000
    accesses: int = 60_000
    loads: int = 5
    gestures: int = 3
    held_tickers: int = 10_000
    seconds: float = 4.0
    readers: int = 1_000
    processes: tuple[int, ...] = (1, 4, 8)
    people: int = 20
    visits: int = 12
    opened: int = 180
    calls: int = 10_000
    draws: int = 2_000
    videos: int = 1_000


@dataclass(frozen=True, slots=True)
class Times:
    """How long something took, each time; at least one."""

    each_ms: Sequence[float]

    @property
    def least_ms(self) -> float:
        """The fastest: what it takes when nothing disturbs it."""
        return min(self.each_ms)

    @property
    def median_ms(self) -> float:
        """The time in the middle, as the ratios use it."""
        return statistics.median(self.each_ms)

    def __str__(self) -> str:
        return f"{of_ms(self.median_ms)} (least {of_ms(self.least_ms)})"


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the closing table; a ratio above 1 is in our favour.

    Attributes:
        what: was measured, and against what.
        ours, alternative: as people read them; of times the median.
        ratio: the alternative's by ours, of times by their medians.
        least_ratio: the same by the fastest times; None for what is counted, not timed.
    """

    what: str
    ours: str
    alternative: str
    ratio: float
    least_ratio: float | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """What the table shows."""
        least = "" if self.least_ratio is None else f"{self.least_ratio:.1f}×"
        return self.what, self.ours, self.alternative, f"{self.ratio:.1f}×", least

    @classmethod
    def timed(cls, what: str, ours: Times, other: Times) -> Figure:
        """Compare two times."""
        ratio, least = other.median_ms / ours.median_ms, other.least_ms / ours.least_ms
        return cls(what, of_ms(ours.median_ms), of_ms(other.median_ms), ratio, least)


HEAD = ("what, else the alternative", "ours", "alternative", "ratio", "of the fastest")
"""Of the closing table."""


def in_turns(
    works: Mapping[str, Callable[[], object]], rounds: int, *, in_a_row: int = 1, warm: bool = True
) -> dict[str, Times]:
    """Time pieces of work, one after the other, ``rounds`` times.

    Args:
        works: by name; what they return is thrown away.
        rounds: how many turns each takes.
        in_a_row: how many times a piece runs in one turn; each is timed for itself.
        warm: whether each runs once before, untimed.
    """
    taken: dict[str, list[float]] = {name: [] for name in works}
    if warm:
        for work in works.values():
            work()
    for _ in range(rounds):
        for name, work in works.items():
            # What an earlier piece left behind is not for this one to clear away.
            gc.collect()
            for _ in range(in_a_row):
                began = time.perf_counter()
                work()
                taken[name].append((time.perf_counter() - began) * 1_000)
    return {name: Times(each) for name, each in taken.items()}


def of_ms(milliseconds: float) -> str:
    """Return a time as people read it."""
    if abs(milliseconds) < 1:
        return f"{milliseconds * 1_000:.0f} µs"
    return f"{milliseconds:.2f} ms" if abs(milliseconds) < 10 else f"{milliseconds:,.0f} ms"


def of_bytes(count: float) -> str:
    """Return a size as people read it, in steps of 1,024."""
    if count < 10_240:
        return f"{count:,.0f} B"
    return f"{count / 1_024:,.0f} KB" if count < 10_240 * 1_024 else f"{count / 1_024**2:,.1f} MB"


def say(text: str) -> None:
    """Print one line at once, so that a person sees how far a run is."""
    print(text, flush=True)


def show(rows: Sequence[Sequence[str]]) -> None:
    """Print rows as a table; the first is its head."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for number, row in enumerate(rows):
        first, *rest = (cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        say(f"| {' | '.join([first.strip().ljust(widths[0]), *rest])} |")
        if number == 0:
            say(f"|{'|'.join('-' * (width + 2) for width in widths)}|")
