"""What the tiers hold of some units, looked at again by whoever is about to fetch them.

Between the first look and the right to fetch, another thread or process may have fetched the same.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from cache.blocks import block_keys
from cache.tiers import Found, Held
from market.resolution import Resolution

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from cache.blocks import BlockKey, Unit
    from cache.query import Tier
    from cache.tiers import Tiers, View


class Seen(NamedTuple):
    """What a look at neighbouring units found: blocks that can exist, the view on them, what is held."""

    keys: list[BlockKey]
    view: View
    held: Held


class SecondLook:
    """Looks at units for one fetch."""

    def __init__(self, tiers: Tiers, view: View, units: Sequence[Unit], *, force: bool) -> None:
        """Look through ``tiers``; with ``force`` only what was fetched since now counts as held."""
        self._tiers = tiers
        self._view = view
        self._force = force
        self._tier_of: dict[BlockKey, Tier] = {}
        self._known_s: dict[BlockKey, float] = {}
        if force:
            for key in _keys_of(units, view):
                block = tiers.memory.peek(key)
                if block is not None:
                    self._known_s[key] = block.fetched_at

    def at(self, units: Sequence[Unit]) -> Seen:
        """Look at neighbouring units."""
        keys = _keys_of(units, self._view)
        first, last = _reach(units, self._view)
        view = replace(self._view, first=first, last=last)
        if not self._force:
            return Seen(keys, view, self._as_first_seen(self._tiers.look_again(keys, view)))
        if not any(key in self._known_s for key in keys):
            return Seen(keys, view, Held())  # without a known age nothing can be told to be newer
        held = self._tiers.look_again(keys, view, in_memory_too=False)
        return Seen(keys, view, self._since(held))

    def in_memory(self, unit: Unit) -> dict[BlockKey, Found] | None:
        """Return a unit that another thread has just fetched; None where anything of it is missing."""
        if self._force:
            return None
        keys = _keys_of([unit], self._view)
        held = self._tiers.in_memory(keys, self._view, again=True)
        return None if held.without(keys) else held.fresh

    def arrived(self, unit: Unit) -> bool:
        """Return whether nothing of a unit is missing any more."""
        seen = self.at([unit])
        return not seen.held.without(seen.keys)

    def _as_first_seen(self, held: Held) -> Held:
        """Say of each block where the first of these looks found it: that look has brought it to memory."""
        for key, found in held.fresh.items():
            tier = self._tier_of.setdefault(key, found.tier)
            if tier is not found.tier:
                held.fresh[key] = Found(found.block, tier)
        return held

    def _since(self, held: Held) -> Held:
        """Leave out what was known before; nothing of it is to be joined to what is fetched either."""
        fresh = {
            key: found
            for key, found in held.fresh.items()
            if found.block.fetched_at > self._known_s.get(key, math.inf)
        }
        return Held(fresh, {}, held.table_failed)


def _keys_of(units: Sequence[Unit], view: View) -> list[BlockKey]:
    """Return the keys of all blocks of some units that can exist by now, ascending."""
    keys: list[BlockKey] = []
    for unit in units:
        start, end = _reach([unit], view)
        if start <= end:
            keys += block_keys(
                unit.ticker, unit.source, Resolution(unit.resolution), view.sessions, start, end
            )
    return keys


def _reach(units: Sequence[Unit], view: View) -> tuple[date, date]:
    """Return the days between which some units can hold anything by now."""
    today = view.today
    return max(units[0].days()[0], view.floor), min(units[-1].days()[1], today)
