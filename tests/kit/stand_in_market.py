"""A market that never was: prices of any ticker on any day, the same for the same question, on real sessions.

A price wanders over time, for each ticker in its own way, adjusted for all splits; as traded it is multiplied
by those that come later. So every source can be served from it, each in its own terms.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from market.calendars import sessions_for
from market.candles import Candles, Floats, Ints
from market.resolution import Resolution
from market.sessions import DAY_S, day_number

_SAMPLES = 7
_LONGEST_S = 1_500.0 * DAY_S
_SHORTEST_S = 20
_A_DAY = 0.012
"""How far a price goes in a day, about, as a share of it."""
Dated = Mapping[str, Sequence[tuple[date, float]]]


@dataclass(frozen=True)
class Market:
    """What happened in it.

    Attributes:
        splits: per ticker, ex-dates with new shares per old one.
        dividends: per ticker, ex-dates with the cash per share as it was on that day.
        told_late_s: so many seconds after the open of its day who adjusts hears of a split.
    """

    splits: Dated = field(default_factory=dict)
    dividends: Dated = field(default_factory=dict)
    told_late_s: float = 0.0

    def daily(self, ticker: str, start: date, end: date, now_s: float, *, as_traded: bool) -> Candles:
        """Return the daily bars that have begun, labelled with midnight UTC of their date."""
        sessions = sessions_for(ticker)
        at = sessions.between(start, end)
        chosen = slice(at.start, at.stop)
        begin, close = sessions.open[chosen], np.minimum(sessions.close[chosen], int(now_s))
        began = begin <= now_s
        label = sessions.day[chosen][began] * DAY_S
        factor = self._factor(ticker, label, now_s, as_traded=as_traded)
        return _bars(ticker, label, begin[began], np.maximum(close, begin)[began], factor)

    def intraday(
        self, ticker: str, start: date, end: date, resolution: Resolution, now_s: float, *, as_traded: bool
    ) -> Candles:
        """Return the bars of whole sessions that have begun, anchored at the open."""
        sessions = sessions_for(ticker)
        starts, ends, labels = [], [], []
        for index in sessions.between(start, end):
            bars = sessions.bar_starts(index, resolution)
            starts.append(bars)
            ends.append(np.minimum(bars + resolution.minutes * 60, sessions.close[index]))
            labels.append(np.full(len(bars), sessions.day[index] * DAY_S))
        if not starts:
            return Candles.empty()
        begin, close, label = (np.concatenate(parts) for parts in (starts, ends, labels))
        began = begin <= now_s
        close = np.minimum(close, max(int(now_s), 0))
        factor = self._factor(ticker, label[began], now_s, as_traded=as_traded)
        return _bars(ticker, begin[began], begin[began], close[began], factor)

    def _factor(self, ticker: str, label: Ints, now_s: float, *, as_traded: bool) -> Floats:
        """Return for each day (midnight UTC) what the curve is multiplied by: the splits after it.

        Who adjusts knows those only that have come by now.
        """
        factor, sessions = np.ones(len(label)), sessions_for(ticker)
        for day, ratio in self.splits.get(ticker, ()):
            to_come = sessions.open[sessions.index(day)] + self.told_late_s > now_s
            factor[(label < day_number(day) * DAY_S) & (as_traded or bool(to_come))] *= ratio
        return factor


def _bars(ticker: str, time: Ints, begin: Ints, end: Ints, factor: Floats) -> Candles:
    moments = begin + (end - begin) * np.linspace(0, 1, _SAMPLES)[:, None]
    prices = np.round(price(ticker, moments) * factor, 4)
    high, low = prices.max(axis=0), prices.min(axis=0)
    minutes = (end - begin) // 60 + 1
    volume = np.rint(
        900 * np.exp(0.6 * _hashed(zlib.crc32(ticker.encode()), np.floor(begin / 60))) * minutes / factor
    )
    return Candles(time.astype(np.int64), prices[0], high, low, prices[-1], volume.astype(np.int64))


def price(ticker: str, moment_s: Floats) -> Floats:
    """Return a ticker's price at instants (UTC seconds), adjusted for splits.

    It looks like a market's: noise of every length from years to minutes, each as strong as a random walk's,
    and yet a plain function of time, so that every source tells of the same one.
    """
    seed = zlib.crc32(ticker.encode())
    wandering = np.zeros(np.shape(moment_s))
    period_s = _LONGEST_S
    while period_s > _SHORTEST_S:
        wandering += _A_DAY * math.sqrt(period_s / DAY_S) * _noise(seed, np.asarray(moment_s) / period_s)
        period_s /= 6
    return (50 + seed % 200) * np.exp(wandering)


def _noise(seed: int, place: Floats) -> Floats:
    """Return smooth noise between -1 and 1 that has another value at every whole number."""
    left = np.floor(place)
    share = place - left
    share = share * share * (3 - 2 * share)
    return _hashed(seed, left) * (1 - share) + _hashed(seed, left + 1) * share


def _hashed(seed: int, whole: Floats) -> Floats:
    """Return a number between -1 and 1 for whole ones, by the mixing of SplitMix64."""
    bits = whole.astype(np.int64).astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(seed << 16)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        bits = (bits ^ (bits >> np.uint64(shift))) * np.uint64(factor)
    return (bits ^ (bits >> np.uint64(31))).astype(np.float64) / 2**63 - 1
