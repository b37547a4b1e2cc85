"""Corporate actions as the cache holds them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from market.sessions import day_number

if TYPE_CHECKING:
    from datetime import date

    from market.actions import Actions

_RECENT = timedelta(days=7)
"""A split of so long ago has been told by now."""


@dataclass(frozen=True, slots=True)
class HeldActions:
    """Splits and dividends of one ticker from one source.

    Attributes:
        actions: all that the source knew.
        known_to: the source's present session when they were fetched; later ex-dates are not in them.
        fetched_at: UTC seconds by the real clock.
        splits_at: when these splits were first told, UTC seconds; 0.0 where it was long ago. What came
            adjusted before may lack one of them, although it was fetched on its day: before the open, or
            where the source is late.
    """

    actions: Actions
    known_to: date
    fetched_at: float
    splits_at: float = 0.0

    def following(self, before: HeldActions | None) -> HeldActions:
        """Return the same, with the time since when the splits are told; ``before`` is what was held."""
        if before is None:
            recent = day_number(self.known_to - _RECENT)
            told_now = any(day > recent for day, _ in _splits(self))
        else:
            told_now = _splits(before) != _splits(self)
        return replace(self, splits_at=self.fetched_at if told_now else before.splits_at if before else 0.0)

    @property
    def nbytes(self) -> int:
        """Bytes that these take in memory, roughly."""
        return 24 * len(self.actions) + 1_024


def _splits(held: HeldActions) -> list[tuple[int, float]]:
    """Return the splits that had happened, as days since 1970-01-01 with new shares per old one."""
    actions = held.actions
    happened = (actions.split != 1.0) & (actions.day <= day_number(held.known_to))
    return list(zip(actions.day[happened].tolist(), actions.split[happened].tolist(), strict=True))
