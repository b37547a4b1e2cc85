"""Splits and dividends of one instrument, as columns."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from market.candles import Floats, Ints

EPOCH_ORDINAL = 719_163
"""date(1970, 1, 1).toordinal()"""


@dataclass(frozen=True, slots=True)
class CorporateAction:
    """What happened to a share on one ex-date.

    Attributes:
        day: the ex-date, the first session at the new price.
        split: new shares per old share (4.0 for 4:1), 1.0 where there was none.
        dividend: cash per share as it was paid, 0.0 where there was none.
    """

    day: dt.date
    split: float = 1.0
    dividend: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Actions:
    """Corporate actions, ascending by day, read-only.

    Attributes:
        day: int64[n], days since 1970-01-01 of the ex-date (the first session at the new price).
        split: float64[n], new shares per old share (2.0 for 2:1), 1.0 where there was none.
        dividend: float64[n], cash per share as traded on the day, 0.0 where there was none.
    """

    day: Ints
    split: Floats
    dividend: Floats

    def __post_init__(self) -> None:
        """Freeze the columns."""
        for column in (self.day, self.split, self.dividend):
            column.flags.writeable = False

    def __len__(self) -> int:
        """Return the number of ex-dates."""
        return len(self.day)

    def __eq__(self, other: object) -> bool:
        """Return True when every column is equal."""
        if not isinstance(other, Actions):
            return NotImplemented
        return (
            np.array_equal(self.day, other.day)
            and np.array_equal(self.split, other.split)
            and np.array_equal(self.dividend, other.dividend)
        )

    __hash__ = None  # type: ignore[assignment]

    @classmethod
    def of(cls, rows: Iterable[tuple[dt.date, float, float]]) -> Self:
        """Build from (ex-date, split, dividend) rows in any order."""
        ordered = sorted(rows)
        return cls(
            np.array([d.toordinal() - EPOCH_ORDINAL for d, _, _ in ordered], dtype=np.int64),
            np.array([s for _, s, _ in ordered], dtype=np.float64),
            np.array([c for _, _, c in ordered], dtype=np.float64),
        )

    @classmethod
    def none(cls) -> Self:
        """Return no actions."""
        return cls.of(())

    def per_day(self) -> tuple[Ints, Floats, Floats]:
        """Return day, split and dividend with one row per day.

        A split that is no positive number counts as none.
        """
        if len(self) == 0:
            return self.day, self.split, self.dividend
        day, first = np.unique(self.day, return_index=True)
        sound = np.where(np.isfinite(self.split) & (self.split > 0), self.split, 1.0)
        return day, np.multiply.reduceat(sound, first), np.add.reduceat(self.dividend, first)

    def between(self, first: dt.date, last: dt.date) -> tuple[CorporateAction, ...]:
        """Return what happened from one day to another, both inclusive, one for each day."""
        begin, end = (day.toordinal() - EPOCH_ORDINAL for day in (first, last))
        chosen = slice(*np.searchsorted(self.day, [begin, end + 1]).tolist())
        within = Actions(self.day[chosen], self.split[chosen], self.dividend[chosen])
        rows = zip(*(column.tolist() for column in within.per_day()), strict=True)
        told = (CorporateAction(dt.date.fromordinal(d + EPOCH_ORDINAL), s, c) for d, s, c in rows)
        return tuple(action for action in told if action.split != 1.0 or action.dividend > 0.0)
