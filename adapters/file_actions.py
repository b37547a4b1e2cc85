"""Splits and dividends from a daily file's own columns, and what they say about its prices.

Whether prices are adjusted for the splits already is seen from what they do on the splits' days: as traded,
they jump by the split's factor. Where prices come from yfinance, which saves them adjusted for everything
unless told otherwise, nothing may be applied a second time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from adapters.prices import Basis
from market.actions import Actions
from market.sessions import DAY_S, day_of

if TYPE_CHECKING:
    import pandas as pd

    from market.candles import Candles, Floats, Ints

_VISIBLE = 0.18
"""Logarithm of the smallest split (6:5) that can be told from a day's move."""


def actions_of(
    table: pd.DataFrame, day: Ints, candles: Candles, *, yahoo: bool
) -> tuple[Actions, Basis, str]:
    """Return a file's actions, what its prices are adjusted for, and a note ("" for none).

    Args:
        table: the good rows; ``split`` (new shares per old one, 0 or 1: none) and ``dividend`` where there.
        day: int64[n], their exchange dates as day numbers.
        candles: the daily bars made of them.
        yahoo: see ``file_columns.Layout``.
    """
    if "split" not in table and "dividend" not in table:
        return Actions.none(), Basis.RAW, ""
    if yahoo:
        note = "prices are read as adjusted for splits and dividends, the way yfinance saves them"
        return Actions.none(), Basis.TOTAL, note
    split, cash = _column(table, "split"), _column(table, "dividend")
    split[split == 0.0] = 1.0
    held = {
        int(d): (float(s), float(c)) for d, s, c in zip(day, split, cash, strict=True) if s != 1.0 or c != 0.0
    }
    actions = Actions.of((day_of(d), s, c) for d, (s, c) in held.items())
    if not _adjusted_already(actions, candles):
        return actions, Basis.RAW, ""
    note = "prices do not jump on the days of the splits and are read as adjusted for them"
    return _as_traded(actions), Basis.SPLIT, note


def _column(table: pd.DataFrame, name: str) -> Floats:
    """Return a column without what cannot be: empty cells, infinities and negative numbers count as none."""
    if name not in table:
        return np.zeros(len(table), dtype=np.float64)
    column = table[name].to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isfinite(column) & (column > 0), column, 0.0)


def _adjusted_already(actions: Actions, candles: Candles) -> bool:
    """Tell whether prices go through most splits without the jump that the splits would make."""
    at = np.searchsorted(candles.time, actions.day * DAY_S)
    seen = (at > 0) & (at < len(candles)) & (np.abs(np.log(actions.split)) > _VISIBLE)
    if not seen.any():
        return False
    jump = np.log(candles.close[at[seen] - 1] / candles.open[at[seen]])
    smooth = np.abs(jump) < np.abs(jump - np.log(actions.split[seen]))
    return bool(2 * smooth.sum() > len(smooth))


def _as_traded(actions: Actions) -> Actions:
    """Return dividends per share of their own day: beside split-adjusted prices they are adjusted too."""
    later = np.append(np.cumprod(actions.split[::-1])[::-1][1:], 1.0)
    return Actions(actions.day, actions.split, actions.dividend * later)
