"""What twenty people do with their charts in a day: made up, and the same every time.

Nothing here knows of a cache. Figures that depend on these numbers are as good as these numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_T = TypeVar("_T")
PEOPLE = 20
VISITS = 12
"""Of each person a day, about seven minutes each; two in five end with the chart left open for a while."""
_LARGE = (
    "AAPL MSFT NVDA AMZN GOOGL META TSLA AVGO JPM LLY V UNH XOM MA COST HD PG JNJ WMT ABBV NFLX BAC "
    "KO CRM ORCL CVX MRK AMD PEP TMO ADBE LIN ACN MCD CSCO ABT WFC GE IBM TXN QCOM DHR INTU CAT VZ "
    "AMGN DIS PFE NKE BA "
)
TICKERS = tuple(_LARGE.split())
"""Fifty; the first is looked at most, the others as Zipf has it (1, 1/2, 1/3 …)."""

_NEW_YORK = ZoneInfo("America/New_York")
_ACTS = 20
_BETWEEN_ACTS_S = 20.0
_GESTURES = (1, 6)
_BETWEEN_GESTURES_S = 3.0
"""Nobody drags or turns the wheel once: these come in a row, and each is a look at other candles."""
_LEFT_OPEN = 0.4
_LEFT_OPEN_S = (20 * 60, 150 * 60)
_FAVOURITES = 8
_NEWER = 0.2
"""Of all pans, towards the newest candle."""
_HOURS: Mapping[tuple[float, float], float] = {(7, 9.5): 3, (9.5, 16): 12, (16, 20): 4, (20, 23.9): 1}
"""When visits begin, New York, and how many of twenty."""
_RANGES: Mapping[str, float] = {
    "1D": 20,
    "1W": 15,
    "1M": 20,
    "3M": 10,
    "6M": 10,
    "YTD": 5,
    "1Y": 10,
    "5Y": 6,
    "MAX": 4,
}
_RESOLUTIONS: Mapping[str, float] = {
    "auto": 3,
    "1": 2,
    "5": 4,
    "15": 2,
    "30": 1,
    "60": 2,
    "D": 4,
    "W": 1,
    "M": 0.5,
}


class Act(StrEnum):
    """What a person does."""

    TICKER = "ticker"
    RANGE = "range"
    RESOLUTION = "resolution"
    PAN = "pan"
    ZOOM = "zoom"
    LEAVE = "leave"


_ACTS_DONE: Mapping[Act, float] = {
    Act.TICKER: 18,
    Act.RANGE: 17,
    Act.RESOLUTION: 15,
    Act.PAN: 30,
    Act.ZOOM: 20,
}


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """One act.

    Attributes:
        at_s: UTC seconds.
        person: from 0.
        act: what is done.
        value: the ticker, range or resolution; for a pan, by how many windows (negative: to the older
            side); for a zoom, what the span is multiplied by.
    """

    at_s: float
    person: int
    act: Act
    value: str | float = ""


def day_of_use(day: date, *, people: int = PEOPLE, visits: int = VISITS, seed: int = 5) -> list[Moment]:
    """Return what people do on a day in New York, in the order of time."""
    moments: list[Moment] = []
    for person in range(people):
        # What somebody follows stays the same from day to day.
        favourites = _favourites(Random(f"{seed} {person}"))
        chance = Random(f"{seed} {person} {day}")
        free_s = 0.0
        for begin_s in sorted(_begin_s(day, chance) for _ in range(visits)):
            visit = _visit(max(begin_s, free_s), person, favourites, chance)
            free_s = visit[-1].at_s + 60
            moments += visit
    return sorted(moments)


def instant_s(day: date, hour: float) -> float:
    """Return an hour of a day in New York as UTC seconds."""
    midnight = datetime.combine(day, time(), _NEW_YORK)
    return (midnight + timedelta(hours=hour)).astimezone(UTC).timestamp()


def _begin_s(day: date, chance: Random) -> float:
    return instant_s(day, chance.uniform(*_one_of(_HOURS, chance)))


def _visit(begin_s: float, person: int, favourites: Sequence[str], chance: Random) -> list[Moment]:
    at_s = begin_s
    moments = [Moment(at_s, person, Act.TICKER, chance.choice(favourites))]
    for _ in range(chance.randint(_ACTS // 2, _ACTS * 3 // 2)):
        at_s += chance.expovariate(1 / _BETWEEN_ACTS_S)
        act = _one_of(_ACTS_DONE, chance)
        value = _value(act, favourites, chance)
        moments.append(Moment(at_s, person, act, value))
        for _ in range(chance.randint(*_GESTURES) - 1 if act in (Act.PAN, Act.ZOOM) else 0):
            at_s += chance.expovariate(1 / _BETWEEN_GESTURES_S)
            moments.append(Moment(at_s, person, act, value))
    left_s = chance.uniform(*_LEFT_OPEN_S) if chance.random() < _LEFT_OPEN else chance.expovariate(1 / 30)
    return [*moments, Moment(at_s + left_s, person, Act.LEAVE)]


def _value(act: Act, favourites: Sequence[str], chance: Random) -> str | float:
    if act is Act.TICKER:
        return chance.choice(favourites)
    if act is Act.RANGE:
        return _one_of(_RANGES, chance)
    if act is Act.RESOLUTION:
        return _one_of(_RESOLUTIONS, chance)
    if act is Act.PAN:
        return chance.uniform(0.2, 1.0) * (1 if chance.random() < _NEWER else -1)
    return chance.choice((0.5, 0.5, 2.0))


def _favourites(chance: Random) -> list[str]:
    shares = {ticker: 1 / (rank + 1) for rank, ticker in enumerate(TICKERS)}
    chosen: list[str] = []
    while len(chosen) < _FAVOURITES:
        ticker = _one_of(shares, chance)
        del shares[ticker]
        chosen.append(ticker)
    return chosen


def _one_of(weights: Mapping[_T, float], chance: Random) -> _T:
    names = list(weights)
    return chance.choices(names, cum_weights=list(accumulate(weights.values())))[0]
