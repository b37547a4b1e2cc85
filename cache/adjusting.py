"""From candles as stored to candles as asked: corporate actions, then the shown resolution."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from adapters.errors import ProviderError
from adapters.prices import Basis
from cache.query import Adjust
from cache.reader import daily_view
from cache.series import UNCHECKED
from market.adjust import apply, factors
from market.aggregate import aggregate_daily, aggregate_intraday
from market.candles import Candles
from market.resolution import Resolution

if TYPE_CHECKING:
    from adapters.prices import PriceProvider
    from cache.policy import Choice
    from cache.query import CandleQuery
    from cache.reader import Reader
    from cache.series import Series
    from cache.tiers import View

_LEVELS = [Basis.RAW, Basis.SPLIT, Basis.TOTAL]
_PREVIOUS_CLOSE = timedelta(days=14)
"""How far before the view a close is looked for; the longest closure was a week."""

_OLD_CLOSES = "Dividends were worked out from held daily prices, because newer ones could not be had."


@dataclass(frozen=True, slots=True)
class Shown:
    """Candles as a query wants them.

    Attributes:
        candles: adjusted and built.
        notes: sentences for people about what could not be done.
        doubt: the one of them after which prices may not be what was asked for, "" where they are.
    """

    candles: Candles
    notes: tuple[str, ...] = ()
    doubt: str = ""


class Adjuster:
    """Applies splits and dividends as of the source's present, and builds the shown resolution."""

    def __init__(self, reader: Reader) -> None:
        """Read actions and daily closes through ``reader``."""
        self._reader = reader

    def shown(
        self,
        provider: PriceProvider,
        series: Series,
        query: CandleQuery,
        choice: Choice,
        view: View,
    ) -> Shown:
        """Return a series as the query wants it."""
        shown = self._adjusted(provider, series, query, choice, view)
        if choice.shown is choice.base:
            return shown
        build = aggregate_intraday if choice.shown.is_intraday else aggregate_daily
        return replace(shown, candles=build(shown.candles, view.sessions, choice.shown))

    def _adjusted(
        self,
        provider: PriceProvider,
        series: Series,
        query: CandleQuery,
        choice: Choice,
        view: View,
    ) -> Shown:
        done, wanted = _LEVELS.index(series.basis), _LEVELS.index(Basis(query.adjust.value))
        if done > wanted:
            return Shown(
                series.candles, (f"{provider.title}: prices come only {series.basis}-adjusted here.",)
            )
        if done == wanted or not len(series.candles):
            return Shown(series.candles)
        held, current = self._reader.actions(provider, query.ticker, view)
        unsure = Shown(series.candles) if current else Shown(series.candles, (UNCHECKED,), UNCHECKED)
        if held is None or not len(held.actions):
            return unsure
        dividends, daily, notes = query.adjust is Adjust.TOTAL, Candles.empty(), unsure.notes
        raw = f"Dividends could not be applied; prices are as {provider.title} gave them. Try again."
        if dividends:
            closes = self._daily(provider, query.ticker, view)
            if closes is None:
                return Shown(series.candles, (*notes, raw), raw)
            daily = closes.candles
            notes += (_OLD_CLOSES,) if closes.stale else ()
        chain = factors(
            held.actions,
            daily,
            splits=True,
            dividends=dividends,
            as_of=view.today,
            split_adjusted=series.basis is Basis.SPLIT,
        )
        try:
            candles = apply(series.candles, chain, view.sessions, choice.base)
        except ValueError:  # the close before a dividend could not be had
            return Shown(series.candles, (*notes, raw), raw)
        return Shown(candles, notes, unsure.doubt)

    def _daily(self, provider: PriceProvider, ticker: str, view: View) -> Series | None:
        """Return the daily closes that dividend factors from the view's first day on refer to.

        None where they have a gap or cannot be had: a factor would refer to a close of long before.
        """
        span = daily_view(provider, ticker, view, view.first - _PREVIOUS_CLOSE, view.today)
        try:
            closes = self._reader.series(provider, ticker, Resolution.DAY, span)
        except ProviderError:  # logged where it was asked; what is held of the view is still worth showing
            return None
        return None if closes.missing else closes
