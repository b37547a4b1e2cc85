"""Finnhub: candles for plans that have them; daily prices come split-adjusted, intraday ones as traded.

Free keys have no candles (403), which is the plan's fault and not the key's. Candles say nothing of splits
and dividends; these are asked for beside the daily ones, each as a whole.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from adapters.allowance import Allowance
from adapters.errors import NotInPlanError, UnknownTickerError
from adapters.finnhub_parsing import TITLE, parse_candles, parse_dividends, parse_quote, parse_splits
from adapters.keyed import KeyedSource
from adapters.live import NEW_YORK, within
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
    from adapters.keyed import Key
    from adapters.prices import PriceRequest

ALLOWANCE = Allowance(minute=60)
"""Of every plan; news counts like prices."""
_NO_DIVIDENDS = "Your Finnhub plan has no dividends; total return is shown without them."


class FinnhubProvider(KeyedSource):
    """Prices with a person's own Finnhub key; a ``PriceProvider``."""

    name = "finnhub"
    title = TITLE
    label = "Finnhub: daily prices adjusted for splits, intraday prices as traded"
    correction_s = 4 * 3_600
    allowance = ALLOWANCE
    offered = frozenset({Resolution.M1, Resolution.M5, Resolution.M15, Resolution.M30, Resolution.DAY})
    setting = "FINNHUB_API_KEY"

    def __init__(
        self,
        key: Key | str | None,
        base_url: str = "https://finnhub.io",
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Use ``key`` in headers only; ``clock`` gives UTC seconds."""
        super().__init__(key, base_url, clock)

    def first_session(self, ticker: str, resolution: Resolution) -> date | None:
        """Return None: Finnhub does not say where its prices begin.

        Raises:
            UnknownTickerError: not a US share.
        """
        del resolution
        self._must_trade_in_new_york(ticker)
        return None

    def running_life_s(self, resolution: Resolution) -> float:
        """Return a minute for days, which cost three requests of the 60 that a minute has; else the usual."""
        return 60.0 if resolution is Resolution.DAY else super().running_life_s(resolution)

    def _header(self, key: str) -> Mapping[str, str]:
        return {"X-Finnhub-Token": key}

    def _fetch(self, call: Call, request: PriceRequest) -> PriceAnswer:
        """Fetch bars: daily ones adjusted for splits, with all of these; intraday ones as traded."""
        daily = request.resolution is Resolution.DAY
        pages = [(request.start, request.end)] if daily else list(months(request.start, request.end))
        parts = []
        for start, end in pages:
            reply = call.get(*candles_question(request.ticker, request.resolution, start, end))
            parts.append(parse_candles(reply, self._clock(), daily=daily))
        bars = follow(parts)
        today = datetime.fromtimestamp(self._clock(), NEW_YORK).date()
        if not len(bars) and request.start < today:
            self._must_exist(call, request.ticker)
        if not daily:
            return PriceAnswer(bars)
        actions, problems = self._actions(call, request.ticker, today)
        return PriceAnswer(within(bars, request.start, request.end, today), Basis.SPLIT, actions, problems)

    def _must_exist(self, call: Call, ticker: str) -> None:
        """Tell a ticker that nobody has from one that did not trade: Finnhub has no candles for either.

        Raises:
            ProviderError: it is unknown, or cannot be asked about.
        """
        if not parse_quote(call.get("/api/v1/quote", {"symbol": ticker}), self._clock()):
            raise UnknownTickerError("Finnhub does not have this ticker.", provider=self.name)

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
