"""Sources that fail, in a house that leaves them alone for a while, on a timer that a test moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cache.errors import CandleError
from cache.query import Adjust, CandleQuery
from market.resolution import Resolution
from tests.kit.house import Clock, TestHouse, house
from tests.kit.providers import ScriptedProvider, utc

AFTER_CLOSE = utc("2025-03-07 22:00")
DAY = CandleQuery("AAPL", Resolution.DAY, date(2025, 3, 3), date(2025, 3, 7), Adjust.RAW)
MICROSOFT = replace(DAY, ticker="MSFT")


def place_of(tmp_path: Path, timer: Clock, *providers: ScriptedProvider) -> TestHouse:
    """Return a house whose sources are left alone for 30 s of the timer after they have failed."""
    return house(tmp_path, providers, monotonic=timer, cooldown_s=30.0)


def failure(place: TestHouse, query: CandleQuery = DAY) -> CandleError:
    """Ask for what cannot be had; return why."""
    with pytest.raises(CandleError) as caught:
        place.cache.get(query)
    return caught.value
