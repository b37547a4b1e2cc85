"""Prices as traded, made comparable across splits and dividends when they are read (cache-16).

Two steps: ``factors`` turns the known actions into a step function of the date once, ``apply`` multiplies any
candles of that instrument by it, daily or intraday. Splits divide prices and multiply volume; dividends scale
prices only. Where there is nothing to adjust, ``apply`` hands back the very object that it was given.

Weekly and monthly bars are built from adjusted daily ones, because an ex-date may fall inside a week.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S, day_number, day_of

if TYPE_CHECKING:
    from datetime import date

    from market.actions import Actions
    from market.candles import Floats, Ints
    from market.sessions import Sessions


@dataclass(frozen=True, slots=True, eq=False)
class Factors:
    """A step function of the date, read-only: what the bars before each ex-date are adjusted by.

    The values at position j hold for the bars before ``day[j]`` and from ``day[j - 1]`` on; bars from the
    last day on stay as they are.

    Attributes:
        day: int64[k], ex-dates as days since 1970-01-01, strictly ascending.
        split: float64[k], prices are divided by it and volume is multiplied by it.
        dividend: float64[k], prices are multiplied by it; NaN where the close before a dividend is not known.
    """

    day: Ints
    split: Floats
    dividend: Floats

    def __post_init__(self) -> None:
        """Freeze the columns."""
        for column in (self.day, self.split, self.dividend):
            column.flags.writeable = False

    def __len__(self) -> int:
        """Return the number of steps."""
        return len(self.day)


def factors(  # noqa: PLR0913 - each is a choice of its own
    actions: Actions,
    daily: Candles,
    *,
    splits: bool,
    dividends: bool,
    as_of: date | None = None,
    split_adjusted: bool = False,
) -> Factors:
    """Return the factors of a series.

    A dividend's factor is 1 - dividend / previous close, both per share as counted on the ex-date: with a 2:1
    split on the same day, half of the previous close. A cash amount that is not below the previous close is
    an error of the source, no dividend of a going concern, and does not count.

    Args:
        actions: what is known; several rows of one day are taken together.
        daily: daily bars that hold the last close before each dividend that matters, in the same basis as the
            candles to be adjusted. Not looked at without ``dividends``.
        splits: adjust for splits.
        dividends: adjust for dividends (total return).
        as_of: the last day of the series; later actions do not count. None: all count.
        split_adjusted: the source's prices, ``daily`` too, are adjusted for all known splits already;
            ``splits`` then changes nothing, and dividends are taken against the close as it was traded.
    """
    day, split, cash = actions.per_day()
    counted = len(day) if as_of is None else int(np.searchsorted(day, day_number(as_of), side="right"))
    ones = np.ones(len(day), dtype=np.float64)
    shares = split if splits and not split_adjusted else ones
    kept = ones
    if dividends:
        later_splits = np.append(_to_the_end(split)[1:], 1.0)[: len(day)]
        scale = later_splits if split_adjusted else 1.0 / split
        kept = _dividend_factors(day, cash, scale, daily)
    return Factors(day[:counted].copy(), _to_the_end(shares[:counted]), _to_the_end(kept[:counted]))


def apply(candles: Candles, factors: Factors, sessions: Sessions, resolution: Resolution) -> Candles:
    """Return the candles adjusted, or the same object where every factor is 1.

    Args:
        candles: as traded; intraday or daily.
        factors: of the same instrument.
        sessions: tell which exchange date an intraday bar belongs to (outside of them: the nearest one's).
        resolution: of the candles, 1 to 60 or D.

    Raises:
        ValueError: for W and M; and when a bar lies before a dividend whose previous close was not in the
            ``daily`` series that the factors were made from, because a guess would be a silently wrong price.
    """
    if resolution in (Resolution.WEEK, Resolution.MONTH):
        msg = f"adjust daily candles and build {resolution.value} from them"
        raise ValueError(msg)
    if len(factors) == 0 or len(candles) == 0:
        return candles
    step = np.searchsorted(factors.day, _days(candles, sessions, resolution), side="right")
    split = np.append(factors.split, 1.0)[step]
    dividend = np.append(factors.dividend, 1.0)[step]
    unknown = np.isnan(dividend)
    if unknown.any():
        first_known = factors.day[int(np.flatnonzero(np.isnan(factors.dividend))[-1])]
        msg = f"no close before the dividend of {day_of(first_known)}: the daily series must begin before it"
        raise ValueError(msg)
    if (split == 1.0).all() and (dividend == 1.0).all():
        return candles
    volume = np.where(split == 1.0, candles.volume, np.rint(candles.volume * split).astype(np.int64))
    return Candles(
        candles.time,
        candles.open / split * dividend,
        candles.high / split * dividend,
        candles.low / split * dividend,
        candles.close / split * dividend,
        volume,
    )


def _dividend_factors(day: Ints, cash: Floats, scale: Floats, daily: Candles) -> Floats:
    """Return the factor of each day's dividend; ``scale`` turns the close before into that day's shares."""
    position = np.searchsorted(daily.time // DAY_S, day)
    close = np.append(np.nan, daily.close)[position] * scale
    factor: Floats = 1.0 - cash / close
    factor[(cash <= 0) | (factor <= 0)] = 1.0
    return factor


def _to_the_end(factor: Floats) -> Floats:
    """Return at each position the product of this factor and all later ones."""
    return np.cumprod(factor[::-1], dtype=np.float64)[::-1].copy()


def _days(candles: Candles, sessions: Sessions, resolution: Resolution) -> Ints:
    """Return the exchange date of each bar as a day number."""
    if resolution is Resolution.DAY:
        return candles.time // DAY_S
    # Early bars before an open already trade without the dividend, so the night is split in its middle.
    middle = (sessions.close[:-1] + sessions.open[1:]) // 2
    return sessions.day[np.searchsorted(middle, candles.time, side="right")]
