"""Corporate actions as the cache holds them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from market.actions import Actions


@dataclass(frozen=True, slots=True)
class HeldActions:
    """Splits and dividends of one ticker from one source.

    Attributes:
        actions: all that the source knew.
        known_to: the source's present session when they were fetched; later ex-dates are not in them.
        fetched_at: UTC seconds by the real clock.
    """

    actions: Actions
    known_to: date
    fetched_at: float

    @property
    def nbytes(self) -> int:
        """Bytes that these take in memory, roughly."""
        return 24 * len(self.actions) + 1_024
