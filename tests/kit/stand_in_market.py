"""A market that never was: prices of any ticker on any day, the same for the same question, on real sessions.

A price is a smooth curve over time, one for each ticker, adjusted for all splits; as traded it is multiplied
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

_SAMPLES = 9
Dated = Mapping[str, Sequence[tuple[date, float]]]


@dataclass(frozen=True)
class Market:
    """What happened in it.

    Attributes:
        splits: per ticker, ex-dates with new shares per old one.
        dividends: per ticker, ex-dates with the cash per share as it was on that day.
    """

    splits: Dated = field(default_factory=dict)
    dividends: Dated = field(default_factory=dict)

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
            to_come = sessions.open[sessions.index(day)] > now_s
            factor[(label < day_number(day) * DAY_S) & (as_traded or bool(to_come))] *= ratio
        return factor


def _bars(ticker: str, time: Ints, begin: Ints, end: Ints, factor: Floats) -> Candles:
    moments = begin + (end - begin) * np.linspace(0, 1, _SAMPLES)[:, None]
    prices = np.round(price(ticker, moments) * factor, 4)
    high, low = prices.max(axis=0), prices.min(axis=0)
    volume = np.rint((1_000 + (begin // 60 * 7_919) % 500) * ((end - begin) // 60 + 1) / factor)
    return Candles(time.astype(np.int64), prices[0], high, low, prices[-1], volume.astype(np.int64))


def price(ticker: str, moment_s: Floats) -> Floats:
    """Return a ticker's price at instants (UTC seconds), adjusted for splits."""
    seed = zlib.crc32(ticker.encode())
    base, phase = 50 + seed % 200, seed % 628 / 100
    slow = 1 + 0.2 * np.sin(2 * math.pi * moment_s / (90 * DAY_S) + phase)
    quick = 0.01 * np.sin(2 * math.pi * moment_s / 5_400 + phase)
    return base * (slow + quick)
