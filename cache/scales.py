"""Which blocks can stand in one series: those whose prices are on one scale (cache-16).

Prices as traded never change. Prices that a provider had adjusted are on the scale of the day they were
fetched on: a split after that day puts what is fetched later on another one. On its very day the provider
tells it when it likes, so what was fetched before it was first told is on the old scale, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adapters.prices import Basis
from market.sessions import day_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from cache.actions import HeldActions
    from cache.blocks import Block, BlockKey
    from market.sessions import Sessions

_TICK_S = 0.001
"""To which part of a second the table keeps times."""
Scale = tuple[Basis, int]
"""What had been adjusted, and how many splits have come since."""


@dataclass(frozen=True, slots=True)
class Scales:
    """Tells the scale of blocks.

    Attributes:
        sessions: of the ticker's calendar.
        splits: days since 1970-01-01 of the ex-dates of the splits that are known and have happened.
        known: those of the source's present session are among them.
        told_at: UTC seconds when they were first told, 0.0 where it was long ago.
    """

    sessions: Sessions
    splits: tuple[int, ...] = ()
    known: bool = True
    told_at: float = 0.0

    @classmethod
    def of(cls, sessions: Sessions, held: HeldActions | None, today: date, *, known: bool = True) -> Scales:
        """Take the splits up to the source's present session out of what is known."""
        if held is None:
            return cls(sessions, known=known)
        actions = held.actions
        happened = actions.day[(actions.split != 1.0) & (actions.day <= day_number(today))]
        return cls(sessions, tuple(happened.tolist()), known, held.splits_at)

    def matter(self, blocks: Iterable[Block], today: date) -> bool:
        """Return whether any block was fetched before today's session: a split may have come since."""
        return any(
            block.basis is not Basis.RAW and self._fetched_on(block) < day_number(today) for block in blocks
        )

    def scale(self, block: Block) -> Scale:
        """Return a block's scale."""
        if block.basis is Basis.RAW or not (self.splits or self.told_at):
            return block.basis, 0
        fetched_on = self._fetched_on(block)
        later = sum(day > fetched_on for day in self.splits)
        return block.basis, later or int(block.fetched_at < self.told_at - _TICK_S)

    def _fetched_on(self, block: Block) -> int:
        return day_number(self.sessions.today(datetime.fromtimestamp(block.fetched_at, UTC)))

    def newest(self, blocks: Mapping[BlockKey, Block]) -> Scale:
        """Return the scale of what was fetched last."""
        last = max(blocks.values(), key=lambda block: (block.fetched_at, block.key.day))
        return self.scale(last)

    def outdated(self, blocks: Mapping[BlockKey, Block]) -> list[BlockKey]:
        """Return the keys of the blocks to be fetched again, so that all are on the scale of today."""
        if {block.basis for block in blocks.values()} <= {Basis.RAW}:
            return []
        basis, _ = self.newest(blocks)
        return [key for key, block in blocks.items() if self.scale(block) != (basis, 0)]

    def alien(self, blocks: Mapping[BlockKey, Block]) -> list[BlockKey]:
        """Return the keys of the blocks that cannot stand beside what was fetched last."""
        if {block.basis for block in blocks.values()} <= {Basis.RAW}:
            return []
        newest = self.newest(blocks)
        return [key for key, block in blocks.items() if self.scale(block) != newest]
