"""Splits and dividends of one instrument, as columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from market.candles import Floats, Ints


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
    def of(cls, rows: Iterable[tuple[date, float, float]]) -> Self:
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


EPOCH_ORDINAL = 719_163
"""date(1970, 1, 1).toordinal()"""
