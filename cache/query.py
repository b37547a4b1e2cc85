"""What is asked of the candle cache, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from market.actions import CorporateAction
    from market.candles import Candles
    from market.resolution import Resolution


class Adjust(StrEnum):
    """What the answer's prices are adjusted for."""

    RAW = "raw"
    SPLIT = "split"
    TOTAL = "total"


class Tier(StrEnum):
    """Where a span came from, fastest first; the value of a table tier is the store's kind."""

    MEMORY = "in-memory"
    SQLITE = "sqlite"
    DYNAMODB = "dynamodb"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class CandleQuery:
    """A span of whole sessions of one ticker.

    Attributes:
        ticker: canonical spelling (market.ticker.parse_ticker).
        resolution: any, W and M included.
        start, end: exchange dates, both inclusive, start <= end. W and M bars are whole: every week or
            month that has a session in the span.
        adjust: split-adjusted unless asked otherwise.
        source: one provider's name instead of the chain, or None.
        extended: pre- and post-market bars too, where the source has them.
        reach: the first day that the resolution has to reach, where days before it are welcome but not
            needed (the margin of a chart); ``start`` where None.
        prefer: a source to ask first if the query has a chain: what the screen shows already, so that
            panning does not flip between sources.
        exact: the resolution counts for more than the order of the sources; False where it was chosen for
            the person, so that the first source may show it coarser.
    """

    ticker: str
    resolution: Resolution
    start: date
    end: date
    adjust: Adjust = Adjust.SPLIT
    source: str | None = None
    extended: bool = False
    reach: date | None = None
    prefer: str | None = None
    exact: bool = True


@dataclass(frozen=True, slots=True)
class Span:
    """Consecutive sessions of an answer with one origin.

    Attributes:
        start, end: exchange dates, both inclusive.
        source: the provider's name.
        tier: where it was found this time.
        fetched_at: UTC seconds (float) of the provider's answer, by the real clock.
        basis: "raw", "split" or "total": what the provider had adjusted already.
        stale: its life time is over and nothing newer could be had.
        settled_to: UTC seconds; bars as stored that start before it are final, later ones may still change.
    """

    start: date
    end: date
    source: str
    tier: Tier
    fetched_at: float
    basis: str
    stale: bool
    settled_to: int


@dataclass(frozen=True, slots=True)
class Missing:
    """Consecutive sessions that could not be had, and why (a sentence for people)."""

    start: date
    end: date
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Candles with their whole story.

    Attributes:
        query: what was asked.
        candles: adjusted and aggregated; may be empty.
        resolution: what the candles have; coarser than asked where the source has nothing finer.
        source: the provider that the view is pinned to.
        spans: where each part came from, ascending, covering start..end but for ``missing``.
        missing: what could not be had.
        notes: sentences for people ("5-minute candles are not offered here; showing daily ones.").
        first_session: the source's first session at this resolution, None where it is not known.
        last_session: the source's present session ("today" of the source).
        market_open: whether the market trades now, by the source's clock.
        expires_at: UTC seconds when the first part of this answer is no longer fresh.
        table_failed: reading the table failed and another tier answered.
        write_failed: the first attempt to write to the table failed.
        request_id: as given to ``get``.
        events: splits and dividends with ex-dates in the query's span, ascending, as far as they are held;
            whatever the prices are adjusted for, and never after ``last_session``.
        shortfall: why parts are missing or stale, or prices in doubt: a sentence, "" where all is well.
    """

    query: CandleQuery
    candles: Candles
    resolution: Resolution
    source: str
    spans: tuple[Span, ...]
    first_session: date | None
    last_session: date
    market_open: bool
    expires_at: float
    missing: tuple[Missing, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())
    table_failed: bool = False
    write_failed: bool = False
    request_id: str = ""
    events: tuple[CorporateAction, ...] = field(default=())
    shortfall: str = ""

    @property
    def tier(self) -> Tier:
        """The slowest tier touched."""
        order = list(Tier)
        return max((s.tier for s in self.spans), key=order.index, default=Tier.MEMORY)

    @property
    def shown_tier(self) -> str:
        """The tier as people and headers name it: stale, the provider's name, or where it was held."""
        if self.stale_since is not None:
            return "stale"
        return self.source if self.tier is Tier.PROVIDER else self.tier.value

    @property
    def fetched_at(self) -> float | None:
        """UTC seconds when the oldest part was fetched; None when nothing was."""
        return min((s.fetched_at for s in self.spans), default=None)

    @property
    def stale_since(self) -> float | None:
        """UTC seconds of the oldest stale part, None when all is fresh."""
        return min((s.fetched_at for s in self.spans if s.stale), default=None)
