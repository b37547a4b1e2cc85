"""The sentiment of a stock over a span of days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from sentiment.points import SentimentPoint

if TYPE_CHECKING:
    from datetime import date

__all__ = ["History", "SentimentHistory", "SentimentPoint"]


@dataclass(frozen=True, slots=True)
class History:
    """What there is for a span, by day, and what people should know about it (whole sentences)."""

    points: tuple[SentimentPoint, ...]
    notes: tuple[str, ...] = ()


class SentimentHistory(Protocol):
    """Reads histories. Thread-safe."""

    def read(
        self, ticker: str, first: date, last: date, *, source: str | None = None, deadline_s: float
    ) -> History:
        """Return the items of the days (New York, both inclusive) of a canonical ticker, by day.

        Args:
            ticker: the canonical ticker.
            first: the first day.
            last: the last day.
            source: tiingo, finnhub or youtube alone; None for all.
            deadline_s: after so many seconds there is an answer, with what is held and a note.
        """
