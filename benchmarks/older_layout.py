"""The layout that blocks are compared with: one item for each candle, read back into the same columns.

Items are as in older tables (cache-18): sort key ``5#2012-01-03T14:30:00Z``, number attributes ``open high
low close volume``, string ``fetched_at``.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from market.candles import Candles

if TYPE_CHECKING:
    from datetime import date

    from store import Item, Table

PARTITION = "AAPL#older"
"""Beside the blocks, in the same table."""

_ATTRIBUTES = ("open", "high", "low", "close", "volume", "fetched_at")


def items_of(candles: Candles, resolution: str, fetched_at: float) -> list[Item]:
    """Return one item for each candle; ``fetched_at`` is UTC seconds."""
    fetched = _instant(fetched_at)
    prices = (candles.open, candles.high, candles.low, candles.close)
    rows = zip(candles.time.tolist(), *(p.tolist() for p in prices), candles.volume.tolist(), strict=True)
    return [
        {
            "PK": PARTITION,
            "SK": f"{resolution}#{_instant(time)}",
            "open": Decimal(repr(open_)),
            "high": Decimal(repr(high)),
            "low": Decimal(repr(low)),
            "close": Decimal(repr(close)),
            "volume": volume,
            "fetched_at": fetched,
        }
        for time, open_, high, low, close, volume in rows
    ]


def read(table: Table, resolution: str, first: date | None = None, last: date | None = None) -> Candles:
    """Read candles of a resolution, all of them or those of some UTC days: one range query, all its pages."""
    between = (f"{resolution}#{first or ''}", f"{resolution}#{last or ''}~")
    items = table.query(PARTITION, between=between, attributes=_ATTRIBUTES)
    return Candles.of(
        [int(datetime.fromisoformat(str(item["SK"])[len(resolution) + 1 :]).timestamp()) for item in items],
        [float(item["open"]) for item in items],
        [float(item["high"]) for item in items],
        [float(item["low"]) for item in items],
        [float(item["close"]) for item in items],
        [item["volume"] for item in items],
    )


def _instant(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
