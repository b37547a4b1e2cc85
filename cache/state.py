"""What the cache is doing at one moment, for the people who run it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from adapters.prices import Kind
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


@dataclass(frozen=True, slots=True)
class SourceState:
    """How one source does, as far as this process knows.

    Attributes:
        name: as in settings, "tiingo".
        title: its name in sentences, "Tiingo".
        kind: live, local or demo.
        state: "ok"; "limited": it must not be asked for a while; "refused": it wants another key or plan;
            "failing": it does not answer, or not with prices.
        words: a sentence for people, "" while it is well.
        until_s: UTC seconds until when it stays so, None where that is not known, or while it is well.
    """

    name: str
    title: str
    kind: Kind
    state: Literal["ok", "limited", "refused", "failing"] = "ok"
    words: str = ""
    until_s: float | None = None
