"""Second opinion: where other sources hold the same bars, those that do not agree (ahead-9).

Only what memory and table hold is compared, so it costs no call; only final bars, and only over sessions that
both sources hold whole; all on the scale of today's splits, whatever the chart is adjusted for, and only
sources that know the same of today: Tiingo tells a split in the evening.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from adapters.errors import ProviderError
from adapters.prices import Basis
from cache.choosing import choose
from market.adjust import apply, factors
from market.aggregate import aggregate_daily, aggregate_intraday, period_days, trading
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from adapters.prices import PriceProvider
    from cache.blocks import Block
    from cache.policy import Choice
    from cache.query import CandleQuery
    from cache.reader import Reader
    from cache.tiers import View
    from market.candles import Ints
    from market.sessions import Sessions

MOST_BARS = 1_000
"""So many of the newest bars are compared, as many as a chart loads."""
RELATIVE = 0.001
HALF_A_CENT = 0.005
"""Prices that differ by more than a thousandth, and by more than half a cent, do not agree."""
_PRICES = ("open", "high", "low", "close")


@dataclass(frozen=True, slots=True)
class SourceBar:
    """One source's values of a bar.

    Attributes:
        source: the provider's name.
        open, high, low, close: prices, adjusted for splits.
        volume: shares, adjusted likewise; told, but never compared, because some sources count one exchange.
    """

    source: str
    open: float
    high: float
    low: float
    close: float
    volume: int


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A bar that two sources hold with different prices.

    Attributes:
        time: the bar's start, UTC seconds; midnight UTC of the date for daily bars and coarser.
        values: the shown source first, then every other that holds the bar.
    """

    time: int
    values: tuple[SourceBar, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Held:
    """Final bars of one source, of the shown resolution's base, and the sessions that they cover.

    Attributes:
        source: its name.
        candles: adjusted for splits.
        days: int64[n], the sessions that are held whole and final, as days since 1970-01-01.
        split: what it knows of a split of today: new shares per old one, 1.0 where there is none.
    """

    source: str
    candles: Candles
    days: Ints
    split: float


class SecondOpinion:
    """Compares what the sources of one process hold."""

    def __init__(self, reader: Reader, view_of: Callable[[PriceProvider, CandleQuery, Choice], View]) -> None:
        """Read through ``reader``; ``view_of`` says what a query looks at in a source."""
        self._reader = reader
        self._view_of = view_of

    def disagreements(
        self, query: CandleQuery, shown: PriceProvider, others: Iterable[PriceProvider]
    ) -> tuple[Disagreement, ...]:
        """Return the bars of a query on which another source does not agree with the shown one, ascending."""
        first = self._held(query, shown)
        if first is None:
            return ()
        own, sessions = first
        compared: list[tuple[_Held, Candles, Candles]] = []
        for provider in others:
            held = self._held(query, provider)
            if held is not None and held[0].split == own.split:  # until both know of it, all is apart
                common = _whole(np.intersect1d(own.days, held[0].days), sessions, query.resolution)
                mine, theirs = (
                    _built(bars.candles, common, sessions, query.resolution) for bars in (own, held[0])
                )
                compared.append((held[0], mine, theirs))
        different = sorted({time for _, mine, theirs in compared for time in _different(mine, theirs)})
        return tuple(Disagreement(time, _values(time, own.source, compared)) for time in different)

    def _held(self, query: CandleQuery, provider: PriceProvider) -> tuple[_Held, Sessions] | None:
        """Return what a source holds of a query, None where it cannot be compared."""
        try:
            choice = choose(provider, query)
        except ProviderError:
            return None
        if choice.shown is not query.resolution:
            return None
        view = _newest(self._view_of(provider, query, choice), choice.shown)
        blocks = self._reader.held_blocks(provider, query.ticker, choice.base, view)
        basis = next((block.basis for block in blocks), Basis.TOTAL)
        if basis is Basis.TOTAL:
            return None
        days = np.concatenate([_final_days(block, view) for block in blocks])
        candles = _of_days(Candles.concat([b.candles for b in blocks]), days, view.sessions, choice.base)
        in_memory = basis is not Basis.RAW  # what came adjusted was read with them
        actions = self._reader.held_actions(provider, query.ticker, view, in_memory=in_memory)
        today = actions.actions.between(view.today, view.today) if actions else ()
        split = next((action.split for action in today), 1.0)
        if basis is Basis.RAW:
            if actions is None:
                return None
            steps = factors(actions.actions, Candles.empty(), splits=True, dividends=False, as_of=view.today)
            candles = apply(candles, steps, view.sessions, choice.base)
        return _Held(provider.name, candles, days, split), view.sessions


def _newest(view: View, resolution: Resolution) -> View:
    """Return the view from where on it has no more bars than are compared."""
    sessions = view.sessions
    chosen = sessions.between(view.first, view.last)
    if not resolution.is_intraday:
        most = {Resolution.DAY: 1, Resolution.WEEK: 5, Resolution.MONTH: 23}[resolution] * MOST_BARS
        kept = min(len(chosen), most)
    else:
        counts = sessions.bar_counts(resolution)[chosen.start : chosen.stop]
        kept = int((np.cumsum(counts[::-1]) <= MOST_BARS).sum())
    if kept == len(chosen) or kept == 0:
        return view
    return replace(view, first=sessions.date(chosen[-kept]))


def _final_days(block: Block, view: View) -> Ints:
    """Return the wanted sessions of a block that are final, as days."""
    sessions = view.sessions
    if block.key.resolution != Resolution.DAY:
        final = view.wanted_to(block.key) <= block.settled_to
        return np.array([block.key.day] if final else [], dtype=np.int64)
    chosen = sessions.between(view.first, view.last)
    days = sessions.day[chosen.start : chosen.stop]
    end = min(view.wanted_to(block.key), block.settled_to)
    return days[(days >= block.key.day) & (days * DAY_S < end)]


def _whole(days: Ints, sessions: Sessions, resolution: Resolution) -> Ints:
    """Return those of some sessions whose whole week or month is among them."""
    if resolution not in (Resolution.WEEK, Resolution.MONTH) or not len(days):
        return days
    start, end = period_days(days, resolution)
    there = np.searchsorted(days, end) - np.searchsorted(days, start)
    by_calendar = np.searchsorted(sessions.day, end) - np.searchsorted(sessions.day, start)
    complete: Ints = days[there == by_calendar]
    return complete


def _built(candles: Candles, days: Ints, sessions: Sessions, resolution: Resolution) -> Candles:
    """Return the bars of some sessions at the shown resolution."""
    if resolution.is_intraday:
        return aggregate_intraday(_of_days(candles, days, sessions, Resolution.M1), sessions, resolution)
    chosen = _of_days(candles, days, sessions, Resolution.DAY)
    return chosen if resolution is Resolution.DAY else aggregate_daily(chosen, sessions, resolution)


def _of_days(candles: Candles, days: Ints, sessions: Sessions, base: Resolution) -> Candles:
    day = sessions.day[trading(candles.time, sessions)[0]] if base.is_intraday else candles.time // DAY_S
    return candles.take(np.isin(day, days))


def _different(mine: Candles, theirs: Candles) -> list[int]:
    """Return the times (UTC seconds) of the bars that both have and that do not agree."""
    times, at, other = np.intersect1d(mine.time, theirs.time, return_indices=True)
    apart = np.zeros(len(times), dtype=np.bool_)
    for name in _PRICES:
        own, told = getattr(mine, name)[at], getattr(theirs, name)[other]
        apart |= np.abs(own - told) > np.maximum(RELATIVE * np.abs(own), HALF_A_CENT)
    return [int(time) for time in times[apart]]


def _values(
    time: int, source: str, compared: Sequence[tuple[_Held, Candles, Candles]]
) -> tuple[SourceBar, ...]:
    """Return the shown source's bar and those of the others that have it."""
    own = next(bar for _, mine, _ in compared if (bar := _bar(source, mine, time)) is not None)
    others = (_bar(held.source, theirs, time) for held, _, theirs in compared)
    return (own, *(bar for bar in others if bar is not None))


def _bar(source: str, candles: Candles, time: int) -> SourceBar | None:
    at = int(np.searchsorted(candles.time, time))
    if at == len(candles) or candles.time[at] != time:
        return None
    open_, high, low, close = (float(getattr(candles, name)[at]) for name in _PRICES)
    return SourceBar(source, open_, high, low, close, int(candles.volume[at]))
