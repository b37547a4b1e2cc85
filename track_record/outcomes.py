"""What became of calls: how much better than the benchmark they did, at fixed horizons.

The excess of a call is ``direction × (stock's return − benchmark's return)`` from the entry to the close of
the session ``horizon`` sessions later. It is symmetric: the same call the other way has it negated.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from track_record.method import HORIZONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from market.candles import Floats, Ints
    from track_record.calls import Calls
    from track_record.panel import Panel


class Status(IntEnum):
    """How far an outcome is; the first two count."""

    MATURED = 0
    DELISTED = 1
    """The stock was delisted on the way: what it was last worth counts, the benchmark went on."""
    PENDING = 2
    """The horizon is not reached."""
    UNPRICED = 3
    """The horizon is reached, and there is no price, and nobody said that the stock was delisted."""


@dataclass(frozen=True, slots=True, eq=False)
class Outcomes:
    """Outcomes of n calls at h horizons.

    Attributes:
        excess: float64[n, h], as a fraction (0.1 is 10 points better); NaN where it does not count.
        status: int8[n, h], a ``Status``.
    """

    excess: Floats
    status: NDArray[np.int8]


def outcomes(panel: Panel, calls: Calls, horizons: Sequence[int] = HORIZONS) -> Outcomes:
    """Return what became of calls; a call whose horizon lies ahead is pending and has no excess."""
    at = calls.session[:, None] + np.array(horizons, dtype=np.int64)
    excess, reached = excess_at(panel, calls, at)
    status = np.full(at.shape, Status.MATURED, dtype=np.int8)
    status[panel.last_traded[calls.ticker][:, None] < at] = Status.DELISTED
    status[~np.isfinite(excess)] = Status.UNPRICED
    status[~reached] = Status.PENDING
    return Outcomes(excess, status)


def excess_at(panel: Panel, calls: Calls, at: Ints) -> tuple[Floats, NDArray[np.bool_]]:
    """Return each call's excess from its entry to the close of some sessions.

    Args:
        panel: prices.
        calls: n of them.
        at: int64[n, k], columns of the panel; they may lie outside of it.

    Returns:
        float64[n, k], NaN where there is no price; bool[n, k], whether the session is in the panel.
    """
    inside = (at >= 0) & (at < len(panel))
    column = np.where(inside, at, 0)
    stock = panel.close[calls.ticker[:, None], column] / calls.price[:, None]
    market = panel.benchmark_close[column] / calls.benchmark[:, None]
    excess = calls.direction[:, None] * (stock - market)
    return np.where(inside, excess, np.nan), inside
