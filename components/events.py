"""Splits and dividends as marks on the time axis: where they stand, and what they say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from market.axis import TradingAxis
from market.sessions import DAY_S
from market.words import day_words, ratio_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from market.actions import CorporateAction
    from market.resolution import Resolution
    from market.sessions import Sessions

_SMALL = 1e-4
"""Cash below it is said with eight decimals."""


def marks(
    actions: Iterable[CorporateAction], sessions: Sessions, resolution: Resolution
) -> list[dict[str, Any]]:
    """Return what happened, ascending: x of the first bar at the new price, "S" or "D", and words for people.

    A day without a session is told with the session that follows it; after the last one there is none.
    """
    placed = [(action, at) for action in actions if (at := sessions.index(action.day)) < len(sessions)]
    told = []
    for (action, _), x in zip(placed, _bars_of([at for _, at in placed], sessions, resolution), strict=True):
        on = f"on {day_words(action.day)}"
        if action.split != 1.0:
            told.append({"x": x, "kind": "S", "words": f"{split_words(action.split)} {on}"})
        if action.dividend:
            told.append({"x": x, "kind": "D", "words": f"Dividend {_cash(action.dividend)} {on}"})
    return told


def split_words(split: float) -> str:
    """Return "Split 2:1", "Reverse split 1:10" or "Split 1.998:1"; ``split`` is new shares per old one."""
    return f"{'Split' if split > 1 else 'Reverse split'} {ratio_words(split)}"


def _bars_of(indices: list[int], sessions: Sessions, resolution: Resolution) -> list[float]:
    """Return the middles of the bars that hold the beginnings of sessions, x."""
    begin = sessions.open if resolution.is_intraday else sessions.day * DAY_S
    x = TradingAxis(sessions).bar_x(begin[np.array(indices, dtype=np.int64)], resolution)
    return [float(middle) for middle in x]


def _cash(amount: float) -> str:
    """Return an amount with as many decimals as it has, at least two; some are fractions of a cent."""
    whole, _, decimals = f"{amount:.{4 if amount >= _SMALL else 8}f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"
