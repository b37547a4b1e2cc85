"""Candles as columns: the one shape in which prices travel through the house.

Arrays are read-only, so that an answer handed out by a cache cannot be changed by the caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Candles:
    """Open, high, low, close and volume of consecutive bars, one numpy column each.

    All columns have the same length n ≥ 0 and ascend strictly in time.

    Attributes:
        time: int64[n], UTC seconds of the bar's start. Daily, weekly and monthly bars carry their
            (first) session's date as midnight UTC, because a date is what they are labelled with.
        open, high, low, close: float64[n], in the instrument's currency.
        volume: int64[n], shares or units; 0 where the source has none.
    """

    time: Ints
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Ints

    def __post_init__(self) -> None:
        """Freeze the columns; reject columns of different lengths or types."""
        shape = (len(self.time),)
        columns = (self.time, self.open, self.high, self.low, self.close, self.volume)
        for name, column, wanted in zip(COLUMNS, columns, _DTYPES, strict=True):
            # Identity first: one answer may be made of hundreds of blocks, and comparing dtypes is slow.
            if (column.dtype is not wanted and column.dtype != wanted) or column.shape != shape:
                msg = f"{name} must be {wanted.name}[{shape[0]}], got {column.dtype}{list(column.shape)}"
                raise ValueError(msg)
            column.setflags(write=False)

    def __len__(self) -> int:
        """Return the number of bars."""
        return len(self.time)

    def __eq__(self, other: object) -> bool:
        """Return True when every column is equal bit for bit."""
        if not isinstance(other, Candles):
            return NotImplemented
        return all(getattr(self, c).tobytes() == getattr(other, c).tobytes() for c in COLUMNS)

    __hash__ = None  # type: ignore[assignment]

    @property
    def nbytes(self) -> int:
        """Bytes held by the columns."""
        return sum(getattr(self, c).nbytes for c in COLUMNS)

    def take(self, index: slice | NDArray[np.bool_] | Ints) -> Self:
        """Return the bars chosen by a slice, a mask or positions (a view where numpy allows it)."""
        return type(self)(*(getattr(self, c)[index] for c in COLUMNS))

    def alone(self) -> Self:
        """Return the same bars in columns of their own; a slice keeps alive all that it was cut from."""
        return type(self)(*(getattr(self, c).copy() for c in COLUMNS))

    def between(self, start_s: int, end_s: int) -> Self:
        """Return the bars with start_s <= time < end_s (UTC seconds)."""
        lo, hi = np.searchsorted(self.time, [start_s, end_s])
        return self.take(slice(int(lo), int(hi)))

    @classmethod
    def empty(cls) -> Self:
        """Return candles without a bar."""
        return cls.of([], [], [], [], [], [])

    @classmethod
    def of(  # noqa: PLR0913 - six columns are what a candle is
        cls,
        time: Sequence[int] | Ints,
        open_: Sequence[float] | Floats,
        high: Sequence[float] | Floats,
        low: Sequence[float] | Floats,
        close: Sequence[float] | Floats,
        volume: Sequence[int] | Ints,
    ) -> Self:
        """Build candles from any sequences of equal length; the values are copied."""
        return cls(
            np.array(time, dtype=np.int64),
            np.array(open_, dtype=np.float64),
            np.array(high, dtype=np.float64),
            np.array(low, dtype=np.float64),
            np.array(close, dtype=np.float64),
            np.array(volume, dtype=np.int64),
        )

    @classmethod
    def concat(cls, parts: Iterable[Self]) -> Self:
        """Join parts that follow each other in time."""
        held = [p for p in parts if len(p)]
        if not held:
            return cls.empty()
        if len(held) == 1:
            return held[0]
        return cls(*(np.concatenate([getattr(p, c) for p in held]) for c in COLUMNS))


COLUMNS = ("time", "open", "high", "low", "close", "volume")
INTEGER_COLUMNS = frozenset({"time", "volume"})
_DTYPES = tuple(np.dtype(np.int64 if c in INTEGER_COLUMNS else np.float64) for c in COLUMNS)
