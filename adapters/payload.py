"""From a provider's JSON to columns: whatever was sent, the result is columns or a ``BadPayloadError``.

Only the form is judged here. Which bars can be, and in which order, is judged once for all sources by
``market.validate``; a price that is missing becomes NaN for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

import numpy as np
import orjson

from adapters.errors import BadPayloadError
from market.candles import Candles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from market.candles import Floats, Ints

_LATEST_S = 2**32
"""Times beyond the year 2106 are milliseconds, or nothing at all."""
_MOST_VOLUME = 2.0**62
_NUMBERS = frozenset({int, float})


def bad(title: str, what: str) -> NoReturn:
    """Refuse an answer: "Tiingo sent …"."""
    raise BadPayloadError(f"{title} sent {what}. Nothing of it was kept.", provider=title.lower())


def json_of(body: bytes, title: str) -> object:
    """Return what a JSON text holds; NaN, Infinity, HTML and half an answer are none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        bad(title, "no JSON")


def mapping(value: object, title: str, what: str) -> dict[str, object]:
    """Return a value that must be an object."""
    if not isinstance(value, dict):
        bad(title, f"no {what}")
    return value


def sequence(value: object, title: str, what: str) -> list[object]:
    """Return a value that must be a list."""
    if not isinstance(value, list):
        bad(title, f"no list of {what}")
    return value


def number(value: object, title: str, what: str) -> float:
    """Return a value that must be a number."""
    if type(value) not in _NUMBERS:
        bad(title, f"no number for {what}")
    return float(value)  # type: ignore[arg-type]


def floats(values: Sequence[object], title: str, what: str) -> Floats:
    """Return numbers, NaN where there is null."""
    if not {type(value) for value in values} <= _NUMBERS | {type(None)}:
        bad(title, f"something else than numbers for {what}")
    return np.array(values, dtype=np.float64)


def volumes(values: Sequence[object], title: str) -> Ints:
    """Return whole numbers, 0 where there is null."""
    found = floats(values, title, "volume")
    known = np.where(np.isnan(found), 0.0, found)
    if not (np.abs(known) < _MOST_VOLUME).all():
        bad(title, "a volume that cannot be")
    exact = [
        value if type(value) is int else round(k) for value, k in zip(values, known.tolist(), strict=True)
    ]
    return np.array(exact, dtype=np.int64)


def seconds(values: Sequence[object], title: str) -> Ints:
    """Return UTC seconds."""
    found = floats(values, title, "time")
    if not ((np.abs(found) < _LATEST_S) & (found == np.rint(found))).all():
        bad(title, "times that cannot be")
    return found.astype(np.int64)


def candles(
    time: Ints, prices: Sequence[Floats], volume: Ints, title: str, awaited: tuple[int, int] = (0, 0)
) -> Candles:
    """Return bars from columns; a time without any price (a lunch break, a halt) is no bar.

    Args:
        time: UTC seconds.
        prices: open, high, low and close.
        volume: shares.
        title: the provider's name in sentences.
        awaited: from when to before when (UTC seconds) prices that are not there will come; such a bar is
            left to the checks, so that what is without it is not final.
    """
    if {len(column) for column in (*prices, volume)} != {len(time)}:
        bad(title, "columns of different lengths")
    if not (np.abs(time) < _LATEST_S).all():
        bad(title, "times that cannot be")
    open_, high, low, close = prices
    bars = Candles(time, open_, high, low, close, volume)
    priced = ~np.isnan(np.fmax.reduce(prices))
    if len(time) > 1 and not priced.any():
        bad(title, "times without prices")  # it would pass for a span without trading
    kept = priced | ((time >= awaited[0]) & (time < awaited[1]))
    return bars if kept.all() else bars.take(kept)


def follow(parts: Sequence[Candles]) -> Candles:
    """Join pages, the oldest first; what a later page holds again is left to the page before it."""
    joined: list[Candles] = []
    for part in parts:
        kept = part if not joined else part.take(part.time > joined[-1].time.max())
        if len(kept):
            joined.append(kept)
    return Candles.concat(joined)
