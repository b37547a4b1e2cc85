"""A block in memory keeps nothing alive but its own bars: the memory budget is what is taken (cache-8)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adapters.demo import DemoProvider
from cache.query import Adjust, CandleQuery
from market.candles import COLUMNS, Candles
from market.resolution import Resolution
from tests.kit.house import TestHouse, house


def taken(candles: Candles) -> int:
    """Return the bytes of all arrays that the columns keep alive."""
    whole = {id(array): array for array in (_whole(getattr(candles, name)) for name in COLUMNS)}
    return sum(array.nbytes for array in whole.values())


def _whole(array: Any) -> Any:
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def held(at: TestHouse) -> list[Candles]:
    memory = at.cache._tiers.memory
    entries = [*memory._probation.entries.values(), *memory._protected.entries.values()]
    return [block.candles for block, _ in entries]


@pytest.mark.parametrize("resolution", [Resolution.M1, Resolution.M5, Resolution.DAY])
@pytest.mark.parametrize("from_table", [False, True])
def test_what_one_block_keeps_alive_is_what_it_counts(
    tmp_path: Path, resolution: Resolution, *, from_table: bool
) -> None:
    """A month was fetched: one of its sessions that stays must not keep the others in memory."""
    at = house(tmp_path, [DemoProvider()])
    query = CandleQuery("AAPL", resolution, date(2011, 3, 1), date(2012, 3, 31), Adjust.RAW)
    at.cache.get(query)
    if from_table:
        at.cache._tiers.memory.clear()
        at.cache.get(query)
    blocks = [candles for candles in held(at) if len(candles)]
    assert len(blocks) > 1
    assert [taken(candles) for candles in blocks] == [candles.nbytes for candles in blocks]


def test_a_slice_that_is_kept_as_it_is_would_be_noticed() -> None:
    """The twin without a copy."""
    whole = Candles(np.arange(10), *(np.ones(10) for _ in range(4)), np.arange(10))
    part = whole.take(slice(2, 3))
    assert taken(part) == whole.nbytes > part.nbytes
    assert taken(part.alone()) == part.nbytes
    assert part.alone() == part
