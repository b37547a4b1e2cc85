"""Where the parts of a composed cache are, for tests that look into one."""

from __future__ import annotations

from typing import Any

from cache.candle_cache import CandleCache
from cache.fetch import Fetcher
from cache.tiers import Tiers


def tiers(cache: CandleCache) -> Tiers:
    """Return its memory and its table."""
    found: Tiers = _owner(cache, "_tiers")._tiers
    return found


def fetcher(cache: CandleCache) -> Fetcher:
    """Return its way to the providers, with the flights."""
    found: Fetcher = _owner(cache, "_fetcher")._fetcher
    return found


def _owner(cache: CandleCache, name: str) -> Any:
    return cache if hasattr(cache, name) else cache._reader  # type: ignore[attr-defined]
