"""Finnhub: candles for plans that have them; daily prices come split-adjusted, intraday ones as traded.

Free keys have no candles (403), which is the plan's fault and not the key's. Candles say nothing of splits
and dividends; these are asked for beside the daily ones, each as a whole.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from adapters.errors import NotInPlanError, NotOfferedError
from adapters.finnhub_parsing import TITLE, parse_candles, parse_dividends, parse_splits
from adapters.live import NEW_YORK, LiveSource, within
from adapters.payload import follow
from adapters.prices import Basis, PriceAnswer
from market.actions import Actions
from market.calendars import FIRST_DAY
from market.resolution import Resolution
from market.sessions import DAY_S, day_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import date

    from adapters.http_client import Call
    from adapters.prices import PriceRequest

_OFFERED = frozenset({Resolution.M1, Resolution.M5, Resolution.M15, Resolution.M30, Resolution.DAY})
_NO_DIVIDENDS = "Your Finnhub plan has no dividends; total return is shown without them."


class FinnhubProvider(LiveSource):
    """Prices with a person's own Finnhub key; a ``PriceProvider``."""

    name = "finnhub"
    title = TITLE
    label = "Finnhub: daily prices adjusted for splits, intraday prices as traded"
    correction_s = 4 * 3_600
    calls_per_hour = 3_600

    def __init__(
        self,
        key: str | None,
        base_url: str = "https://finnhub.io",
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Use ``key`` in headers only; ``clock`` gives UTC seconds."""
        super().__init__(base_url, clock)
        self._key = key

    def resolutions(self, ticker: str) -> frozenset[Resolution]:
        """Return 1, 5, 15, 30 and D.

        Raises:
            UnknownTickerError: not a US share.
        """
        self._must_trade_in_new_york(ticker)
        return _OFFERED

    def first_session(self, ticker: str, resolution: Resolution) -> date | None:
        """Return None: Finnhub does not say where its prices begin.

        Raises:
            UnknownTickerError: not a US share.
        """
        del resolution
        self._must_trade_in_new_york(ticker)
        return None

    def candles(self, request: PriceRequest) -> PriceAnswer:
        """Fetch bars: daily ones adjusted for splits, with all of these; intraday ones as traded.

        Raises:
            ProviderError: see adapters.errors.
        """
        self._must_trade_in_new_york(request.ticker)
        if request.resolution not in _OFFERED:
            raise NotOfferedError(
                f"Finnhub is not asked for {request.resolution.value}; build it.", provider=self.name
            )
        call = self._http.within(
            request.deadline_s, {"X-Finnhub-Token": self._sound_key(self._key, "FINNHUB_API_KEY")}
        )
        daily = request.resolution is Resolution.DAY
        pages = [(request.start, request.end)] if daily else list(months(request.start, request.end))
        parts = []
        for start, end in pages:
            reply = call.get(*candles_question(request.ticker, request.resolution, start, end))
            parts.append(parse_candles(reply, self._clock(), daily=daily))
        bars = follow(parts)
        if not daily:
            return PriceAnswer(bars)
        today = datetime.fromtimestamp(self._clock(), NEW_YORK).date()
        actions, problems = self._actions(call, request.ticker, today)
        return PriceAnswer(within(bars, request.start, request.end, today), Basis.SPLIT, actions, problems)

    def _actions(self, call: Call, ticker: str, today: date) -> tuple[Actions, tuple[str, ...]]:
        """Ask for all splits and dividends; without the splits nobody could tell on which scale a price is.

        Raises:
            ProviderError: the splits cannot be had, or asking for the dividends fails.
        """
        splits = parse_splits(call.get(*actions_question("split", ticker, today)), self._clock())
        try:
            paid = parse_dividends(call.get(*actions_question("dividend", ticker, today)), self._clock())
        except NotInPlanError:
            return Actions.of(splits), (_NO_DIVIDENDS,)
        return Actions.of(splits + paid), ()


def candles_question(
    ticker: str, resolution: Resolution, start: date, end: date
) -> tuple[str, Mapping[str, str]]:
    """Return path and parameters for candles."""
    params = {
        "symbol": ticker,
        "resolution": resolution.value,
        "from": str(day_number(start) * DAY_S),
        "to": str((day_number(end) + 1) * DAY_S - 1),
    }
    return "/api/v1/stock/candle", params


def actions_question(what: str, ticker: str, today: date) -> tuple[str, Mapping[str, str]]:
    """Return path and parameters for all splits or dividends."""
    params = {"symbol": ticker, "from": FIRST_DAY.isoformat(), "to": today.isoformat()}
    return f"/api/v1/stock/{what}", params


def months(start: date, end: date) -> Iterator[tuple[date, date]]:
    """Return a span cut where months begin: intraday candles are given for one month at a time."""
    while start <= end:
        last = (start.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
        yield start, min(last, end)
        start = last + timedelta(days=1)
