"""The day's change: which daily candles tell it, and the close before the present session's. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from market.resolution import Resolution
from market.sessions import DAY_S, day_number

if TYPE_CHECKING:
    from datetime import date

    from components.viewport import Facts
    from market.candles import Candles

DAILY = Resolution.DAY
_WEEK = 5


def last_days(facts: Facts, last: date) -> tuple[date, date]:
    """Return the first and the last date of the sessions up to ``last``, all of one year.

    A provider's daily candles come and are held by the year: the running one is needed for the last price
    anyway, the year before would be another call.
    """
    week = facts.sessions.date(max(facts.sessions.index(last) - _WEEK, 0))
    return max(week, last.replace(month=1, day=1)), last


def session_before(facts: Facts) -> date:
    """Return the date of the session before the present one, or the present one where it is the first."""
    return facts.sessions.date(max(facts.sessions.index(facts.last_session) - 1, 0))


def ends_with(candles: Candles, resolution: Resolution, session: date) -> bool:
    """Tell whether these are daily candles of which the last one is a session's."""
    time = candles.time
    return resolution is DAILY and len(time) > 0 and int(time[-1]) == day_number(session) * DAY_S


def is_final(settled_to: int, session: date) -> bool:
    """Tell whether a session's close stays, where daily candles before ``settled_to`` (UTC seconds) do."""
    return settled_to > day_number(session) * DAY_S


def close_before(candles: Candles, session: date) -> float | None:
    """Return the close before a session's, from the daily candles of the last sessions; None for none."""
    at = int(np.searchsorted(candles.time, day_number(session) * DAY_S))
    return float(candles.close[at - 1]) if at else None
