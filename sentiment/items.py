"""Scored items in the sentiments table (user-2), and what was asked for.

::

    PK "AAPL"   SK "2025-03-07#tiingo#81234"   score, confidence, title, url, published_at, publisher, method
                SK "ASKED#tiingo#2025-03"      "07": UTC seconds when that day was asked for and answered
                SK "ASKED#youtube"             done: mentions of before there was this table are in it

Days are New York's. Items of news go some time after their life is over (``ttl``), those of mentions when
their mention goes. What is written again is the same item. An item that cannot be read costs itself.
"""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date
from decimal import Decimal
from typing import TYPE_CHECKING

import structlog

from sentiment.lives import SETTLED_LIFE_S, day_of
from sentiment.points import SentimentPoint, label_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from store import Item, Key, Table

KEPT_S = SETTLED_LIFE_S + 30 * 86_400
"""How long items of news stay: longer than they count, because old ones are better than none."""
_ASKED = "ASKED#"
_OLDER = f"{_ASKED}youtube"
_AFTER_SEPARATOR = "$"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Scored:
    """A scored item on its way into the table.

    Attributes:
        source: tiingo, finnhub or youtube.
        id: the source's own; the same whenever it is told.
        published_at: aware.
        score: -1 to 1.
        confidence: 0 to 1.
        title: plain text.
        url: http, https or "".
        publisher: who wrote or said it.
        method: what gave the score, and in which version.
    """

    source: str
    id: str
    published_at: datetime
    score: float
    confidence: float
    title: str
    url: str
    publisher: str
    method: str

    @property
    def sort_key(self) -> str:
        """Its place among those of its ticker: by day."""
        return sort_key(self.source, self.id, self.published_at)

    @property
    def point(self) -> SentimentPoint:
        """What people are shown of it."""
        day = day_of(self.published_at)
        label = label_of(self.score)
        return SentimentPoint(day, self.score, self.source, self.confidence, label, self.title, self.url)


def sort_key(source: str, identity: str, published_at: datetime) -> str:
    """Return ``{date}#{source}#{id}``."""
    return f"{day_of(published_at)}#{source}#{identity}"


class SentimentItems:
    """The sentiments table. Thread-safe; every method may raise TableError."""

    def __init__(self, table: Table, clock: Callable[[], float] = time.time) -> None:
        """Use the table; ``clock`` gives UTC seconds."""
        self._table = table
        self._clock = clock

    def points(self, ticker: str, first: date, last: date) -> dict[str, SentimentPoint]:
        """Return the items of a span of days by their sort keys, in their order."""
        bounds = f"{first}#", f"{last}{_AFTER_SEPARATOR}"
        found = self._table.query(ticker, between=bounds, consistent=True)
        points = ((item["SK"], _point(item)) for item in found)
        return {sk: point for sk, point in points if point is not None}

    def asked(self, ticker: str) -> dict[str, dict[date, float]]:
        """Return when (UTC seconds) each day was asked for and answered, by source."""
        asked: defaultdict[str, dict[date, float]] = defaultdict(dict)
        for item in self._table.query(ticker, prefix=_ASKED, consistent=True):
            _, source, *month = item["SK"].split("#")
            if month:
                asked[source] |= _days(month[0], item)
        return dict(asked)

    def keep(self, ticker: str, scored: Iterable[Scored], *, for_good: bool = False) -> None:
        """Write items; ``for_good`` until they are removed."""
        ttl = {} if for_good else {"ttl": int(self._clock() + KEPT_S)}
        self._table.put_many(_item(ticker, one) | ttl for one in scored)

    def mark(self, ticker: str, source: str, days: Iterable[date], asked_s: float) -> None:
        """Keep that days were asked for and answered. To be called when their items are written."""
        months: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for day in days:
            months[f"{day:%Y-%m}"][f"{day:%d}"] = int(asked_s)
        for month, times in months.items():
            put: dict[str, int] = times | {"ttl": int(asked_s + KEPT_S)}
            self._table.update((ticker, f"{_ASKED}{source}#{month}"), put=put)

    def remove(self, keys: Iterable[Key]) -> None:
        """Delete items by ticker and sort key; what is not there is no error."""
        self._table.delete_many(keys)

    def has_older_mentions(self, ticker: str) -> bool:
        """Return whether the mentions of before there was this table are in it."""
        return self._table.get((ticker, _OLDER), consistent=True) is not None

    def set_has_older_mentions(self, ticker: str) -> None:
        """Keep that they are."""
        self._table.put({"PK": ticker, "SK": _OLDER, "done": True})


def _item(ticker: str, scored: Scored) -> Item:
    return {
        "PK": ticker,
        "SK": scored.sort_key,
        "score": Decimal(str(round(scored.score, 4))),
        "confidence": Decimal(str(round(scored.confidence, 4))),
        "title": scored.title,
        "url": scored.url,
        "publisher": scored.publisher,
        "published_at": scored.published_at.astimezone(UTC).isoformat(timespec="seconds"),
        "method": scored.method,
    }


def _point(item: Item) -> SentimentPoint | None:
    try:
        day, source, _ = item["SK"].split("#", 2)
        score = min(1.0, max(-1.0, float(item["score"])))
        confidence = min(1.0, max(0.0, float(item["confidence"])))
        title, url = str(item["title"]), str(item["url"])
        return SentimentPoint(date.fromisoformat(day), score, source, confidence, label_of(score), title, url)
    except (KeyError, ValueError, TypeError, ArithmeticError) as error:
        _log.error("sentiment_item_unreadable", pk=item["PK"], sk=item["SK"], error=type(error).__name__)
        return None


def _days(month: str, item: Mapping[str, object]) -> dict[date, float]:
    """Return the days of a month's item; what is none of them is passed over."""
    found = {}
    for name, value in item.items():
        if name.isdecimal() and isinstance(value, int):
            try:
                found[date.fromisoformat(f"{month}-{name}")] = float(value)
            except ValueError:
                continue
    return found
