"""What became of what was said: each mention of a channel or of a stock with its prices and outcomes.

Prices are of the basis of today: a split since the call changes no return. Mentions that say neither up nor
down are here too, with direction 0 and without outcomes, because nothing that was said disappears.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from track_record.entities import Mention, Video
    from track_record.entry import NoEntry, Policy
    from track_record.outcomes import Status
    from track_record.scoring import Score


@dataclass(frozen=True, slots=True)
class PriceAt:
    """A price, split-adjusted as of today.

    Attributes:
        price: in the stock's currency.
        day: exchange date of its session.
        time_s: UTC seconds at which it was made.
    """

    price: float
    day: date
    time_s: int


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """What a call came to at one horizon.

    Attributes:
        horizon: sessions after the entry's.
        status: how far it is.
        excess: over the benchmark, a fraction in the call's direction; None where it does not count.
        day: exchange date of the session at the horizon; None beyond the calendar.
        price: the stock's close there; None where the outcome does not count.
    """

    horizon: int
    status: Status
    excess: float | None
    day: date | None
    price: float | None


@dataclass(frozen=True, slots=True)
class JudgedCall:
    """A mention, and what became of it.

    Attributes:
        mention: what was said.
        video: where; None when it is not kept any more.
        channel_name: whose.
        direction: 1 when a rise proves it right, -1 when a fall does, 0 when it is no call.
        due_s: UTC seconds at which the first bar begins that a viewer could trade, by the calendar at
            5 minutes; the publication where the calendar ends before.
        said: the price on the screen when the video came out; None where no price is known of before.
        had: the first price of the policy that a viewer could have had; None where there is none.
        reason: why there is none; None where there is, and where the judgement tells of the ticker's prices.
        episode: number of the run of equal calls of the channel that it belongs to; None without an entry.
        opens: whether it is the first of its episode: the one that is scored.
        outcomes: one for each horizon; none of what is no call, or has no entry, or no benchmark.
        rebased: splits since the call, in words ("re-based 10 Jun 2024 (10:1)").
    """

    mention: Mention
    video: Video | None
    channel_name: str
    direction: int
    due_s: int
    said: PriceAt | None = None
    had: PriceAt | None = None
    reason: NoEntry | None = None
    episode: int | None = None
    opens: bool = False
    outcomes: tuple[CallOutcome, ...] = ()
    rebased: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was said by a channel or of a stock, under one policy.

    Attributes:
        policy: which price counts as the entry.
        benchmark: what the excess is measured against ("SPY").
        until: the last session whose close is known to be final; outcomes are read up to it.
        calls: by time of publication.
        score: of a channel; None of a ticker, and while prices of the benchmark are waited for.
        waiting: by ticker, a sentence why there are no prices yet; asking again goes on.
        missing: by ticker, a sentence why there are no prices at all; asking again changes nothing.
    """

    policy: Policy
    benchmark: str
    until: date
    calls: tuple[JudgedCall, ...]
    score: Score | None
    waiting: Mapping[str, str]
    missing: Mapping[str, str]
