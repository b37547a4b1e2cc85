"""The rows of the reliability list: what each asks for, and the function that measures it.

A module ``rows_…`` registers its rows when it is imported; ``all_rows`` imports them all.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.faults.ground import Ground

_MODULES = (
    "concurrency",
    "processes",
    "clocks",
    "table",
    "provider",
    "blocks",
    "memory",
    "service",
    "secrets",
    "load",
)


class Verdict(StrEnum):
    """What a measurement says about a row."""

    HOLDS = "holds"
    FALLS_SHORT = "falls short"
    LATER = "later"
    NOT_MEASURED = "not measured here"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was measured.

    Attributes:
        figure: the numbers, as people read them.
        holds: whether the target is met, all parts of it that were measured.
        left_out: what of the row this run does not measure, and where it is; "" is nothing.
    """

    figure: str
    holds: bool
    left_out: str = ""


class NotMeasuredError(Exception):
    """A row cannot be measured on this machine; the message says why."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list.

    Attributes:
        number: as the list numbers it.
        what: the fault or the load.
        target: the figure that is asked for.
        measure: returns what was found; None for what a later issue brings.
        later: why it cannot be measured yet, with the issue.
    """

    number: int
    what: str
    target: str
    measure: Callable[[Ground], Outcome] | None
    later: str = ""


_rows: dict[int, Row] = {}


def row(
    number: int, what: str, target: str
) -> Callable[[Callable[[Ground], Outcome]], Callable[[Ground], Outcome]]:
    """Register the function that measures a row."""

    def register(measure: Callable[[Ground], Outcome]) -> Callable[[Ground], Outcome]:
        _add(Row(number, what, target, measure))
        return measure

    return register


def later(number: int, what: str, target: str, why: str) -> None:
    """Register a row whose feature comes with a later issue."""
    _add(Row(number, what, target, None, why))


def all_rows() -> dict[int, Row]:
    """Return every row by its number, ascending."""
    for name in _MODULES:
        importlib.import_module(f"benchmarks.faults.rows_{name}")
    return dict(sorted(_rows.items()))


def _add(new: Row) -> None:
    if new.number in _rows:
        raise ValueError(f"row {new.number} is there twice")
    _rows[new.number] = new
