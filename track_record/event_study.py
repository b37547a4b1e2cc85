"""The average path around a channel's calls: 20 sessions before the entry to 60 after it, with a band.

Only calls whose whole path is known are in it, so that no step in the curve comes from calls that drop out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from track_record.confidence import clustered_half_width
from track_record.method import STUDY_AFTER, STUDY_BEFORE
from track_record.outcomes import excess_at

if TYPE_CHECKING:
    from market.candles import Floats, Ints
    from track_record.calls import Calls
    from track_record.panel import Panel


@dataclass(frozen=True, slots=True, eq=False)
class EventStudy:
    """An average path.

    Attributes:
        offset: int64[81], sessions from the entry's.
        mean: float64[81], excess from the entry to that session's close; before it, how it had come there.
        low, high: float64[81], the band; None with too few stocks or times to say.
        events: how many calls it is made of.
    """

    offset: Ints
    mean: Floats
    low: Floats | None
    high: Floats | None
    events: int


def event_study(panel: Panel, calls: Calls, block_days: int) -> EventStudy | None:
    """Return the average path; None when no call's whole path is known.

    Args:
        panel: prices.
        calls: the first call of each episode.
        block_days: calls of so many calendar days count as one time.
    """
    offset = np.arange(-STUDY_BEFORE, STUDY_AFTER + 1, dtype=np.int64)
    paths, _ = excess_at(panel, calls, calls.session[:, None] + offset)
    whole = np.flatnonzero(np.isfinite(paths).all(axis=1))
    if not len(whole):
        return None
    paths, known = paths[whole], calls.take(whole)
    mean: Floats = paths.mean(axis=0)
    half = clustered_half_width(paths, known.ticker, panel.day[known.session] // block_days)
    low, high = (None, None) if half is None else (mean - half, mean + half)
    return EventStudy(offset, mean, low, high, len(paths))
