"""Where the parts of a composed cache are, for tests that look into one."""

from __future__ import annotations

from cache.candle_cache import CandleCache
from cache.fetch import Fetcher
from cache.tiers import Tiers


def tiers(cache: CandleCache) -> Tiers:
    """Return its memory and its table."""
    return cache._tiers


def fetcher(cache: CandleCache) -> Fetcher:
    """Return its way to the providers, with the flights."""
    return cache._fetcher
