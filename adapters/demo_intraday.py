"""One-minute bars for days of which only the daily bar is known: simulated, and honest to the last cent.

Promise: over each session the minutes add up exactly to the day: the first open, the highest high, the lowest
low and the last close are the day's own numbers, and the volumes sum to the day's. A day's minutes depend on
the ticker and the daily bar alone: not on what else is asked for, the process, the platform or a library's
version. So that this holds, everything random is integer arithmetic and everything else is plain IEEE
arithmetic.

How a day comes about: the price visits the open, the day's two extremes at random moments, and the close.
Between these anchors runs a random walk bent to end where the next anchor is (a Brownian bridge), folded back
where it would leave the day's range, and put on whole cents.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from adapters.demo_data import in_dollars, in_units
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S, Sessions, day_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from market.candles import Floats, Ints

Bits = NDArray[np.uint64]

POINTS = 4
"""Prices per minute: the open, two between, and the close, which is the next minute's open."""

CENT = 100
"""In ten-thousandths of a dollar."""

CHUNK_SESSIONS = 32
"""So many sessions are simulated at a time, which keeps the working arrays small."""

_PATH, _VOLUME, _PLACE = 1, 2, 3
"""Streams of randomness of one day."""

_WALK_SD = 37_837.0
"""Standard deviation of one step of the walk: the sum of four evenly spread 16-bit numbers."""

_RANGE_IN_SD = 1.6
"""A Brownian path's range over a day is about this many of its daily standard deviations."""

_LIKELY = np.uint64(int(0.8 * 2**32))
"""How often the extremes come in the order that needs the shorter way."""

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_LANE = np.uint64(0xFFFF)


def minutes_of(ticker: str, daily: Candles, sessions: Sessions) -> Candles:
    """Return simulated one-minute bars that add up to daily ones.

    Args:
        ticker: part of the seed.
        daily: real daily bars, prices in dollars with at most four decimals; every day must be a session
            without a lunch break.
        sessions: the calendar, which says how many minutes each day has (half-days have fewer).

    Returns:
        Every expected minute of every day, ascending; ``time`` UTC seconds of the start.
    """
    at = np.searchsorted(sessions.day, daily.time // DAY_S)
    count = sessions.bar_counts(Resolution.M1)[at]
    parts = [_alike(ticker, daily.take(run), sessions, at[run]) for run in _runs(count)]
    return Candles.concat(parts)


def _runs(count: Ints) -> Iterator[slice]:
    """Yield slices of consecutive days with the same number of minutes, none longer than a chunk."""
    start = 0
    for i in range(1, len(count) + 1):
        if i == len(count) or count[i] != count[start] or i - start == CHUNK_SESSIONS:
            yield slice(start, i)
            start = i


def _alike(ticker: str, daily: Candles, sessions: Sessions, at: Ints) -> Candles:
    """Return the minutes of days that have equally many; all arrays are [days, …]."""
    opens = sessions.open[at]
    minutes = int(sessions.close[at[0]] - opens[0]) // 60
    seeds = _seeds(ticker, daily)
    path = _paths(seeds, daily, minutes)
    inner = path[:, :-1].reshape(len(daily), minutes, POINTS)
    close = path[:, POINTS::POINTS]
    high = np.maximum(inner.max(axis=2), close)
    low = np.minimum(inner.min(axis=2), close)
    time = opens[:, None] + np.arange(minutes, dtype=np.int64) * 60
    volume = _volumes(seeds, daily.volume, high - low)
    return Candles(
        time.ravel(),
        in_dollars(inner[:, :, 0].ravel()),
        in_dollars(high.ravel()),
        in_dollars(low.ravel()),
        in_dollars(close.ravel()),
        volume.ravel(),
    )


def _seeds(ticker: str, daily: Candles) -> Bits:
    """Return one seed for each day, from the ticker and the date alone."""
    days = (day_of(number).isoformat() for number in (daily.time // DAY_S).tolist())
    digests = (hashlib.sha256(f"{ticker} {day}".encode()).digest() for day in days)
    return np.array([int.from_bytes(digest[:8], "big") for digest in digests], dtype=np.uint64)


def _random(seeds: Bits, stream: int, size: int) -> Bits:
    """Return ``size`` random 64-bit numbers for each seed (splitmix64, which needs no state)."""
    counter = np.arange(1, size + 1, dtype=np.uint64) + np.uint64(stream << 32)
    mixed = seeds[:, None] + counter * _GOLDEN
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    last: Bits = mixed ^ (mixed >> np.uint64(31))
    return last


def _steps(bits: Bits) -> Ints:
    """Return nearly normal steps: the sum of a number's four 16-bit lanes, less its mean."""
    lanes = sum((bits >> np.uint64(shift)) & _LANE for shift in (16, 32, 48))
    steps: Ints = (lanes + (bits & _LANE)).astype(np.int64) - 131_070
    return steps


def _paths(seeds: Bits, daily: Candles, minutes: int) -> Ints:
    """Return the prices of each day at every point, int64[days, minutes × POINTS + 1] in ten-thousandths."""
    last = minutes * POINTS
    place, price = _anchors(seeds, daily, last)
    walk = np.zeros((len(seeds), last + 1), dtype=np.int64)
    np.cumsum(_steps(_random(seeds, _PATH, last)) * _u_shape(last, 2) // 64, axis=1, out=walk[:, 1:])
    point = np.arange(last + 1)
    part = (point >= place[:, 1, None]).astype(np.int64) + (point >= place[:, 2, None])
    at = np.take_along_axis(walk, place, axis=1)
    length = np.diff(place, axis=1)
    done = (point - np.take_along_axis(place, part, axis=1)) / np.take_along_axis(length, part, axis=1)
    low, high = in_units(daily.low)[:, None], in_units(daily.high)[:, None]
    scale = (high - low) / (_RANGE_IN_SD * _WALK_SD * np.sqrt(np.float64(last)))

    def along(values: Ints | Floats) -> Floats:
        start = np.take_along_axis(values, part, axis=1)
        moved: Floats = start + done * np.take_along_axis(np.diff(values, axis=1), part, axis=1)
        return moved

    free = along(price.astype(np.float64)) + scale * (walk - along(at))
    path = _on_cents(_folded(free, low, high), low, high)
    np.put_along_axis(path, place, price, axis=1)
    return path


def _anchors(seeds: Bits, daily: Candles, last: int) -> tuple[Ints, Ints]:
    """Return where each day's open, two extremes and close lie, int64[days, 4], and what they cost."""
    bits = _random(seeds, _PLACE, 3)
    # Extremes like the ends of the day: this bends evenly spread moments towards both.
    even = (bits[:, :2] >> np.uint64(11)) / np.float64(2**53)
    moment = np.sort(even * even * (3 - 2 * even), axis=1)
    first = 1 + (moment[:, 0] * (last - 2)).astype(np.int64)
    second = np.maximum(first + 1, 1 + (moment[:, 1] * (last - 1)).astype(np.int64))
    ends = np.zeros_like(first), np.full_like(first, last)
    open_, high, low, close = (in_units(c) for c in (daily.open, daily.high, daily.low, daily.close))
    rising = close - low + high - open_ >= high - close + open_ - low
    low_first = np.where(bits[:, 2] >> np.uint64(32) < _LIKELY, rising, ~rising)
    price = open_, np.where(low_first, low, high), np.where(low_first, high, low), close
    return np.stack([ends[0], first, second, ends[1]], axis=1), np.stack(price, axis=1)


def _folded(free: Floats, low: Ints, high: Ints) -> Floats:
    """Return the path mirrored at the day's low and high until it lies between them."""
    width = np.maximum(high - low, 1).astype(np.float64)
    folded: Floats = low + width - np.abs((free - low) % (2 * width) - width)
    return folded


def _on_cents(path: Floats, low: Ints, high: Ints) -> Ints:
    """Return the path on whole cents where these lie in the day's range, else on its nearer end."""
    cents: Ints = np.clip(np.rint(path / CENT).astype(np.int64) * CENT, low, high)
    return cents


def _u_shape(size: int, strength: int) -> Ints:
    """Return integer weights: 48 in the middle of the day, ``strength`` times that at both its ends."""
    from_middle = np.abs(2 * np.arange(size, dtype=np.int64) + 1 - size)
    return 48 + 48 * (strength - 1) * from_middle**3 // size**3


def _volumes(seeds: Bits, total: Ints, spread: Ints) -> Ints:
    """Return each day's volume dealt out to its minutes: more at both ends and where the price moved more.

    All in integers: the running share of the total is rounded down, and its differences sum to the total.
    """
    minutes = spread.shape[1]
    bits = _random(seeds, _VOLUME, minutes)
    chance = 16 + ((bits >> np.uint64(40)) & np.uint64(63)).astype(np.int64)
    moved = 4 + 12 * spread // np.maximum(spread.sum(axis=1, keepdims=True) // minutes, 1)
    share = np.cumsum(_u_shape(minutes, 4) * chance * np.minimum(moved, 64), axis=1)
    # The largest share is below 2^29, so days of up to 2^34 shares stay inside 63 bits.
    running = total[:, None] * share // share[:, -1:]
    volumes: Ints = np.diff(running, axis=1, prepend=0)
    return volumes
