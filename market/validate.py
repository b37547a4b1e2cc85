"""What a source sent, checked before anything is kept (cache-4).

Repaired: order and duplicates. Dropped: single bars that cannot be. Rejected whole: answers that are damaged
as such. What passes keeps its values bit for bit; an answer without fault comes back as the same object.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from market.candles import Candles, Ints

BAD_SHARE = 0.05
"""An answer with a larger share of bad bars is rejected whole."""

TOLERATED_BARS = 1
"""So many bad bars never reject an answer, however short it is: one bad bar in ten drops this bar."""

NOT_A_NUMBER = "not a number"
NOT_POSITIVE = "price not above zero"
HIGH_TOO_LOW = "high below open or close"
LOW_TOO_HIGH = "low above open or close"
NEGATIVE_VOLUME = "negative volume"
REASONS = (NOT_A_NUMBER, NOT_POSITIVE, HIGH_TOO_LOW, LOW_TOO_HIGH, NEGATIVE_VOLUME)
"""Why a bar is dropped; where several hold, the first is given."""


class RejectedError(ValueError):
    """The answer cannot be right as a whole; the message says why."""

    code = "answer_rejected"


@dataclass(frozen=True, slots=True)
class Dropped:
    """One bar that was left out: its start (UTC seconds) and which of ``REASONS`` holds."""

    time: int
    reason: str


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer after the checks.

    Attributes:
        candles: strictly ascending, inside the span, every bar possible; may be empty.
        dropped: bad bars inside the span, ascending. Where there are any, the span is not complete.
        out_of_order: how many bars came earlier than the one before them.
        duplicates: how many bars were replaced by a later one of the same time.
        outside: how many bars lay outside the span; sources often send more than was asked, it is no fault.
    """

    candles: Candles
    dropped: tuple[Dropped, ...] = field(default=())
    out_of_order: int = 0
    duplicates: int = 0
    outside: int = 0


def validate(candles: Candles, *, start_s: int, end_s: int, now_s: int) -> Checked:
    """Check an answer against the span that was asked for.

    Args:
        candles: raw, in any order.
        start_s: first second that was asked for, UTC.
        end_s: first second after that.
        now_s: the latest start that a bar can have, UTC seconds: the source's present for intraday; for daily
            bars not less than midnight UTC of the running session's date, which runs ahead of the clock where
            a session opens before midnight UTC of its date (Auckland, Sydney, futures).

    Raises:
        RejectedError: when a bar starts after ``now_s``, or when more than 5 % of the bars in the span, and
            more than one, are bad.
        ValueError: when the span is empty, which is a mistake of the caller.
    """
    if end_s <= start_s:
        msg = f"an answer is checked against a span of time, got {start_s} to {end_s}"
        raise ValueError(msg)
    if len(candles) == 0:
        return Checked(candles)
    latest = int(candles.time.max())
    if latest > now_s:
        msg = f"a bar of {_utc(latest)} lies in the future (now: {_utc(now_s)})"
        raise RejectedError(msg)
    out_of_order = int((candles.time[1:] < candles.time[:-1]).sum())
    single = _sorted_once(candles)
    duplicates = len(candles) - len(single)
    asked = single.between(start_s, end_s)
    outside = len(single) - len(asked)
    good, dropped = _split(asked if outside else single)
    return Checked(good, dropped, out_of_order, duplicates, outside)


def _sorted_once(candles: Candles) -> Candles:
    """Return the bars ascending, the last of each time only; the same object where nothing is to be done."""
    if (candles.time[1:] > candles.time[:-1]).all():
        return candles
    order = np.argsort(candles.time, kind="stable")
    time = candles.time[order]
    return candles.take(order[np.append(time[1:] != time[:-1], np.True_)])


def _split(candles: Candles) -> tuple[Candles, tuple[Dropped, ...]]:
    """Return the possible bars, and the others with their reason."""
    found = _faults(candles)
    bad = np.flatnonzero(found >= 0)
    if len(bad) == 0:
        return candles, ()
    dropped = tuple(Dropped(int(candles.time[i]), REASONS[found[i]]) for i in bad)
    if len(bad) > TOLERATED_BARS and len(bad) > BAD_SHARE * len(candles):
        first = dropped[0]
        msg = f"{len(bad)} of {len(candles)} bars are bad, the first at {_utc(first.time)}: {first.reason}"
        raise RejectedError(msg)
    return candles.take(found < 0), dropped


def _faults(candles: Candles) -> Ints:
    """Return for each bar the index of its reason, -1 where it is possible."""
    prices = np.stack([candles.open, candles.high, candles.low, candles.close])
    faults = (
        ~np.isfinite(prices).all(axis=0),
        (prices <= 0).any(axis=0),
        candles.high < np.maximum(candles.open, candles.close),
        candles.low > np.minimum(candles.open, candles.close),
        candles.volume < 0,
    )
    return np.select(faults, np.arange(len(faults)), default=-1)


def _utc(second: int) -> str:
    try:
        return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (ValueError, OverflowError, OSError):  # milliseconds, as a rule: tens of thousands of years ahead
        return f"{second} s since 1970"
