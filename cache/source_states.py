"""How each source does, told from what this process remembers; nothing is asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cache.state import SourceState

if TYPE_CHECKING:
    from adapters.prices import PriceProvider
    from cache.cooldown import Cooldown


def source_state(provider: PriceProvider, cooldown: Cooldown, now_s: float) -> SourceState:
    """Return the state of one source at ``now_s`` (UTC seconds)."""
    name, title, kind = provider.name, provider.title, provider.kind
    limited = cooldown.whole(name)
    if limited is not None:
        return SourceState(name, title, kind, "limited", limited.reason, now_s + limited.left_s)
    failing = cooldown.failing(name)
    if failing is not None:
        return SourceState(name, title, kind, "failing", failing.reason, now_s + failing.left_s)
    return SourceState(name, title, kind)
