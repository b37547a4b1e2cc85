"""The running day of a source that tells it only in the evening: built from its own minutes, when it is read.

Tiingo has no daily bar of today before about 17:30 New York. Until then the day's candle is put together from
the same 5-minute blocks that an intraday chart shows, so it costs no call of its own where somebody looks at
these. It is never stored; the source's own bar takes its place as soon as it is there.

A split of today comes with that bar, too. Until then the day looks like a crash, and nobody can tell which it
is: so prices are in doubt, and a source that knows is asked.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from adapters.errors import NotInPlanError, NotOfferedError, ProviderError
from adapters.prices import Kind
from cache.policy import PROVISIONAL_LIFE_S
from cache.reader import daily_view
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S, day_number

if TYPE_CHECKING:
    from adapters.prices import PriceProvider
    from cache.reader import Reader
    from cache.series import Series
    from cache.tiers import View

_MADE_OF = Resolution.M5
_ALIVE = timedelta(days=14)
"""A ticker without a daily bar for so long is not traded any more; nothing is asked for it."""
_USUAL = (0.7, 1.4)
"""Between them an opening price, as a part of the last close, is no split that people would hear of."""
_NEVER = (NotInPlanError, NotOfferedError)
"""Where minutes cannot be had at all, there is nothing to say each time."""


class Today:
    """Completes daily series."""

    def __init__(self, reader: Reader) -> None:
        """Read minutes through ``reader``."""
        self._reader = reader

    def joined(
        self, provider: PriceProvider, ticker: str, series: Series, view: View
    ) -> tuple[Series, list[str]]:
        """Return a daily series with the candle of the source's present session, and what to tell of it.

        The same series where it is not wanted, not needed, or cannot be had.
        """
        if not self._is_lacking(provider, ticker, series, view):
            return series, []
        try:
            minutes = self._reader.series(
                provider, ticker, _MADE_OF, self._minutes_view(provider, ticker, view)
            )
        except _NEVER:
            return series, []
        except ProviderError as error:  # logged where it was asked
            return series, [f"Today's candle is not there yet. {error}"]
        if not len(minutes.candles):
            return series, []
        return _with_candle(series, minutes, view), [_note(provider, view)]

    def doubt(
        self, provider: PriceProvider, ticker: str, series: Series, base: Resolution, view: View
    ) -> str:
        """Return a sentence where today began so far from the last close that it may be a split, else "".

        ``series`` is as traded. A source that has its daily bar of today has told its split.
        """
        if provider.kind is not Kind.LIVE:
            return ""
        begin = _label(view) if base is Resolution.DAY else int(view.sessions.open[view.now.last])
        at = int(np.searchsorted(series.candles.time, begin))
        if not 0 < at < len(series.candles):
            return ""
        ratio = float(series.candles.open[at] / series.candles.close[at - 1])
        if _USUAL[0] < ratio < _USUAL[1] or self._last_daily(provider, ticker, view) >= _label(view):
            return ""
        held = self._reader.held_actions(provider, ticker, view, in_memory=True)
        if held is not None and any(a.split != 1.0 for a in held.actions.between(view.today, view.today)):
            return ""
        return (
            f"{ticker} opened at {ratio:.0%} of its last close. "
            f"If that was a split, {provider.title} tells it in the evening."
        )

    def _is_lacking(self, provider: PriceProvider, ticker: str, series: Series, view: View) -> bool:
        """Return whether the present session's candle is wanted, is not there, and can be built."""
        if view.warming or provider.kind is not Kind.LIVE or not view.first <= view.today <= view.last:
            return False
        if len(series.candles) and series.candles.time[-1] >= _label(view):
            return False
        is_traded = self._last_daily(provider, ticker, view) >= day_number(view.today - _ALIVE) * DAY_S
        return is_traded and _MADE_OF in provider.resolutions(ticker)

    def _last_daily(self, provider: PriceProvider, ticker: str, view: View) -> int:
        """Return the time (UTC seconds) of the newest daily bar that is held of the last days, 0 for none."""
        recent = daily_view(provider, ticker, view, view.today - _ALIVE, view.today)
        blocks = self._reader.held_blocks(provider, ticker, Resolution.DAY, replace(recent, warming=True))
        return max((int(block.candles.time[-1]) for block in blocks if len(block.candles)), default=0)

    @staticmethod
    def _minutes_view(provider: PriceProvider, ticker: str, view: View) -> View:
        """Return the view on today's minutes; for a daily candle five minutes are young enough (cache-6)."""
        return replace(
            view.sparing(),
            first=view.today,
            last=view.today,
            floor=provider.first_session(ticker, _MADE_OF) or view.floor,
            running_life_s=max(PROVISIONAL_LIFE_S, provider.running_life_s(_MADE_OF)),
        )


def _label(view: View) -> int:
    """Return the time of the present session's daily bar."""
    return day_number(view.today) * DAY_S


def _with_candle(series: Series, minutes: Series, view: View) -> Series:
    """Join the candle of the day; its part of the story is that of the minutes, and it is not final."""
    bars, label = minutes.candles, _label(view)
    candle = Candles(
        np.array([label], dtype=np.int64),
        bars.open[:1].copy(),
        np.array([bars.high.max()]),
        np.array([bars.low.min()]),
        bars.close[-1:].copy(),
        np.array([bars.volume.sum()], dtype=np.int64),
    )
    yesterday = view.today - timedelta(days=1)
    before = tuple(replace(s, end=min(s.end, yesterday)) for s in series.spans if s.start <= yesterday)
    return replace(
        series,
        candles=Candles.concat([series.candles, candle]),
        spans=(*before, *(replace(span, settled_to=label) for span in minutes.spans)),
        expires_at=min(series.expires_at, minutes.expires_at),
        failure=series.failure or minutes.failure,
        table_failed=series.table_failed or minutes.table_failed,
        write_failed=series.write_failed or minutes.write_failed,
    )


def _note(provider: PriceProvider, view: View) -> str:
    today = view.sessions.today(provider.now()) == view.today
    which = "Today's candle" if today else f"The candle of {view.today}"
    return f"{which} is built from {provider.title}'s {_MADE_OF.minutes}-minute prices."
