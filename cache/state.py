"""What the cache is doing at one moment, for the people who run it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cache.breaker import BreakerReport
    from cache.cooldown import Cooling
    from cache.memory import MemoryStats


@dataclass(frozen=True, slots=True)
class CacheState:
    """One process's cache at one moment.

    Attributes:
        breaker: the table's; None where it has none.
        memory: of blocks.
        actions: of splits and dividends.
        flights: fetch units that are being fetched.
        locks: names of the lock items that this process holds, sorted.
        late_writes: items that wait to be written off the path of any request.
        cooling: sources that are left alone.
    """

    breaker: BreakerReport | None
    memory: MemoryStats
    actions: MemoryStats
    flights: int
    locks: tuple[str, ...]
    late_writes: int
    cooling: tuple[Cooling, ...]
