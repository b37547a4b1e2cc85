"""The stocks that somebody mentioned, with the last price that was seen of each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from store import Absent, AllOf, AnyOf, Below, Equals
from track_record import instants, items

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from store import Table, Value
    from track_record.entities import Stock


class StockRecords:
    """The stocks table, keyed by ticker. Thread-safe; every method may raise TableError."""

    def __init__(self, table: Table) -> None:
        """Use the stocks table."""
        self._table = table

    def add(self, stock: Stock) -> bool:
        """Keep a stock; False, and nothing changed, when its ticker is known."""
        return self._table.put(items.of_stock(stock), when=Absent("ticker"))

    def get(self, ticker: str) -> Stock | None:
        """Return a stock."""
        item = self._table.get((ticker, ""))
        return None if item is None else items.to_stock(item)

    def set_price(self, ticker: str, price: Decimal, at: datetime) -> bool:
        """Keep a price unless a newer one is kept, or the ticker is not known; return whether it was."""
        text = instants.text_of(at)
        is_newer = AnyOf((Absent("price_updated_at"), Below("price_updated_at", text)))
        put: dict[str, Value] = {"last_price": price, "price_updated_at": text}
        when = AllOf((Equals("entity_type", items.STOCK), is_newer))
        return self._table.update((ticker, ""), put=put, when=when) is not None
