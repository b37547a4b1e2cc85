"""How each source does, told from what this process remembers; nothing is asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cache.state import SourceState

if TYPE_CHECKING:
    from adapters.prices import PriceProvider
    from cache.budgets import Budgets
    from cache.cooldown import Cooldown


_ANY = ""
"""A ticker that nobody has asked for yet."""


def source_state(provider: PriceProvider, cooldown: Cooldown, budgets: Budgets, now_s: float) -> SourceState:
    """Return the state of one source at ``now_s`` (UTC seconds); what lasts longest is told."""
    name, title, kind = provider.name, provider.title, provider.kind
    refused = cooldown.refused(name)
    if refused is not None:
        return SourceState(name, title, kind, "refused", refused.reason)
    limited = cooldown.whole(name)
    if limited is not None:
        return SourceState(name, title, kind, "limited", limited.reason, now_s + limited.left_s)
    used_up = budgets.refusal(name, _ANY, background=False)
    if used_up is not None:
        return SourceState(name, title, kind, "limited", str(used_up), now_s + (used_up.retry_after_s or 0.0))
    failing = cooldown.failing(name)
    if failing is not None:
        return SourceState(name, title, kind, "failing", failing.reason, now_s + failing.left_s)
    return SourceState(name, title, kind)
