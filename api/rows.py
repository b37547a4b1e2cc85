"""The candles of an answer as JSON, written once for what is asked for again.

Rows are held under what they are made of: a digest of all columns. So nothing has to be invalidated: a candle
that was fetched again, adjusted otherwise or cut elsewhere is another key, and the same candles are the same
rows whichever question led to them. Everything else of an answer (tiers, ages, staleness) is never held.

Promise: the bytes are those that writing the rows now would give, and what is held keeps to its budget.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from cache.memory import SegmentedLRU

if TYPE_CHECKING:
    from cache.memory import MemoryStats
    from cache.portions import Portion

_DIGEST_BYTES = 16
_ENTRY_OVERHEAD_BYTES = 256
"""What an entry costs beside its rows: the key, the tuple, the segment's node."""


class Rows:
    """Writes candles as a JSON array of objects; what it wrote stays in a memory tier of its own."""

    def __init__(self, budget_bytes: int) -> None:
        """Hold at most ``budget_bytes`` of rows.

        Raises:
            ValueError: the budget is not positive.
        """
        self._written: SegmentedLRU[bytes, bytes] = SegmentedLRU(budget_bytes)

    def of(self, portion: Portion) -> orjson.Fragment:
        """Return the rows, to be put into a body.

        ``date`` is the (first) session's date, or the bar's start in UTC for intraday.
        """
        key = _digest(portion)
        written = self._written.get(key)
        if written is None:
            written = orjson.dumps(_rows(portion))
            self._written.put(key, written, len(written) + _ENTRY_OVERHEAD_BYTES)
        return orjson.Fragment(written)

    def stats(self) -> MemoryStats:
        """Return what is held, and how often it was found."""
        return self._written.stats()


def _digest(portion: Portion) -> bytes:
    """Return what no other candles have: columns are equally long, so one after the other is unambiguous."""
    candles, intraday = portion.candles, portion.answer.resolution.is_intraday
    digest = blake2b(b"intraday" if intraday else b"date", digest_size=_DIGEST_BYTES)
    for column in (candles.time, candles.open, candles.high, candles.low, candles.close, candles.volume):
        digest.update(np.ascontiguousarray(column).data)
    return digest.digest()


def _rows(portion: Portion) -> list[dict[str, Any]]:
    candles, intraday = portion.candles, portion.answer.resolution.is_intraday
    dates = np.datetime_as_string(
        candles.time.astype("datetime64[s]"),
        unit="s" if intraday else "D",
        timezone="UTC" if intraday else "naive",
    )
    values = (dates, candles.open, candles.high, candles.low, candles.close, candles.volume)
    names = ("date", "open", "high", "low", "close", "volume")
    return [dict(zip(names, row, strict=True)) for row in zip(*(v.tolist() for v in values), strict=True)]
