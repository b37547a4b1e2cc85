"""The score of a channel: what its calls came to, how sure that is, and what luck would have come to.

Promise: pure; the same calls and prices give the same score, which carries the version of its method
(docs/track-record.md). What is pending is counted as such and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from track_record.calls import openings
from track_record.confidence import Interval, clustered_half_width, wilson
from track_record.event_study import EventStudy, event_study
from track_record.method import (
    CONFIDENCE,
    FEWEST_MATURED,
    HORIZONS,
    METHOD_VERSION,
    PLACEBO_DRAWS,
    STUDY_AFTER,
)
from track_record.outcomes import Outcomes, Status, outcomes
from track_record.placebo import Placebo, placebo

if TYPE_CHECKING:
    from market.candles import Floats
    from track_record.calls import Calls
    from track_record.panel import Panel

_DAYS_PER_SESSION = 365.25 / 252


class Verdict(StrEnum):
    """What may be said."""

    TOO_FEW = "too few to say"
    BETTER = "better than random entries"
    WORSE = "worse than random entries"
    NO_DIFFERENCE = "no different from random entries"


@dataclass(frozen=True, slots=True, eq=False)
class HorizonScore:
    """The score at one horizon. Excesses are fractions: 0.1 is 10 points better than the benchmark.

    Attributes:
        horizon: in sessions.
        matured: episodes whose outcome counts, delisted ones among them.
        delisted, pending, unpriced: episodes in each state.
        mean, median: of the excess; None when nothing matured.
        mean_interval: 95 %, clustered; None with fewer than two stocks or times.
        hit_rate: share with an excess above 0, an excess of exactly 0 being half a hit; None likewise.
        hit_interval: Wilson's, 95 %.
        placebo: the mean among those of random entries; None with too few.
        verdict: what may be said.
    """

    horizon: int
    matured: int
    delisted: int
    pending: int
    unpriced: int
    mean: float | None
    median: float | None
    mean_interval: Interval | None
    hit_rate: float | None
    hit_interval: Interval | None
    placebo: Placebo | None
    verdict: Verdict


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """The score of a list of calls.

    Attributes:
        method_version: of the method that made it.
        benchmark: what the excess is measured against.
        calls: how many have an entry.
        episodes: how many there are when repeated calls count once.
        horizons: one score for each.
        study: the average path around the calls; None with too few of them.
    """

    method_version: int
    benchmark: str
    calls: int
    episodes: int
    horizons: tuple[HorizonScore, ...]
    study: EventStudy | None


def score(panel: Panel, calls: Calls, *, draws: int = PLACEBO_DRAWS, seed: int = 0) -> Score:
    """Score calls; ``draws`` and ``seed`` are those of the random entries."""
    opened = openings(calls)
    found = outcomes(panel, opened)
    each = []
    for place, horizon in enumerate(HORIZONS):
        random = np.random.default_rng((seed, horizon))
        each.append(_at_horizon(panel, opened, found, place, draws=draws, random=random))
    study = event_study(panel, opened, _block_days(STUDY_AFTER))
    enough = study is not None and study.events >= FEWEST_MATURED
    return Score(
        method_version=METHOD_VERSION,
        benchmark=panel.benchmark,
        calls=len(calls),
        episodes=len(opened),
        horizons=tuple(each),
        study=study if enough else None,
    )


def _at_horizon(  # noqa: PLR0913 - the seams of one step
    panel: Panel, calls: Calls, found: Outcomes, place: int, *, draws: int, random: np.random.Generator
) -> HorizonScore:
    horizon = HORIZONS[place]
    status = found.status[:, place]
    counts = status <= Status.DELISTED
    excess, known = found.excess[counts, place], calls.take(counts)
    matured = len(known)
    hits = float((excess > 0).sum() + (excess == 0).sum() / 2)
    interval = _mean_interval(panel, known, excess, horizon)
    luck = None
    if matured >= FEWEST_MATURED:
        luck = placebo(panel, known, excess, horizon, draws=draws, random=random)
    return HorizonScore(
        horizon=horizon,
        matured=matured,
        delisted=int((status == Status.DELISTED).sum()),
        pending=int((status == Status.PENDING).sum()),
        unpriced=int((status == Status.UNPRICED).sum()),
        mean=float(excess.mean()) if matured else None,
        median=float(np.median(excess)) if matured else None,
        mean_interval=interval,
        hit_rate=hits / matured if matured else None,
        hit_interval=wilson(hits, matured) if matured else None,
        placebo=luck,
        verdict=_verdict(luck, interval),
    )


def _mean_interval(panel: Panel, calls: Calls, excess: Floats, horizon: int) -> Interval | None:
    if not len(calls):
        return None
    time = panel.day[calls.session] // _block_days(horizon)
    half = clustered_half_width(excess[:, None], calls.ticker, time)
    if half is None:
        return None
    mean = float(excess.mean())
    return Interval(mean - float(half[0]), mean + float(half[0]))


def _block_days(horizon: int) -> int:
    """Return for how many calendar days calls count as one time: as long as the horizon is."""
    return round(horizon * _DAYS_PER_SESSION)


def _verdict(luck: Placebo | None, interval: Interval | None) -> Verdict:
    """Say better or worse only where both agree.

    Random entries scatter more widely over time than a channel's calls do, so their spread alone would find
    skill in a single lucky week; the clustered interval knows that such a week is one event.
    """
    if luck is None:
        return Verdict.TOO_FEW
    tail, by_chance = (1 - CONFIDENCE) / 2, float(luck.means.mean())
    if interval is not None and luck.share_as_good <= tail and interval.low > by_chance:
        return Verdict.BETTER
    if interval is not None and luck.share_as_bad <= tail and interval.high < by_chance:
        return Verdict.WORSE
    return Verdict.NO_DIFFERENCE
