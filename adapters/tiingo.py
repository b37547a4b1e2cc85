"""Tiingo: daily prices as traded with their splits and dividends, and IEX intraday bars.

Intraday volume is that of IEX alone, a few percent of the market's. Hourly bars are not taken: Tiingo's begin
at full hours and lose the first half-hour of a session, so 60 minutes are built from 5.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from adapters.allowance import Allowance
from adapters.keyed import KeyedSource
from adapters.live import NEW_YORK, KnownActions, before, within
from adapters.payload import bad, follow
from adapters.prices import Basis, PriceAnswer
from adapters.tiingo_parsing import DAILY_COLUMNS, INTRADAY_COLUMNS, TITLE, parse_daily, parse_intraday
from market.resolution import Resolution
from market.sessions import DAY_S, day_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from adapters.http_client import Call
    from adapters.keyed import Key
    from adapters.prices import PriceRequest
    from market.candles import Candles

PLANS = {
    "free": Allowance(hour=50, day=1_000, symbols=500),
    "power": Allowance(hour=10_000, day=100_000),
}
"""What each plan allows, by the name that settings have for it; months' bytes are not counted."""
_FIRST_INTRADAY = date(2017, 1, 3)
"""No older intraday bar is known of; before it, daily prices are shown instead of nothing."""

_DAY_LIFE_S = 1_800
"""Today's daily bar comes in the evening, so nothing is missed by asking seldom."""
_POLLED = 0.8
"""Of an hour's calls, what polling one ticker may take."""

_ROW_CAPS = (10_000, 2_000)
"""Answers stop at so many rows, the newest; the smaller number is said of older plans."""


class TiingoProvider(KeyedSource):
    """Prices with a person's own Tiingo key; a ``PriceProvider``."""

    name = "tiingo"
    title = TITLE
    label = "Tiingo: daily prices of the whole market, intraday prices of IEX only"
    correction_s = 7 * 3_600  # until 20:00 New York, which is 7 hours after the close of a half-day
    offered = frozenset({Resolution.M1, Resolution.M5, Resolution.M15, Resolution.M30, Resolution.DAY})
    setting = "TIINGO_API_KEY"

    def __init__(
        self,
        key: Key | str | None,
        base_url: str = "https://api.tiingo.com",
        clock: Callable[[], float] = time.time,
        *,
        plan: str = "free",
    ) -> None:
        """Use ``key`` in headers only; ``clock`` gives UTC seconds; ``plan`` is one of PLANS."""
        super().__init__(key, base_url, clock)
        self.allowance = PLANS[plan]
        self._known = KnownActions()

    def first_session(self, ticker: str, resolution: Resolution) -> date | None:
        """Return where intraday bars begin; daily ones begin with the listing, which only an answer tells.

        Raises:
            UnknownTickerError: not a US share.
        """
        self._must_trade_in_new_york(ticker)
        return _FIRST_INTRADAY if resolution.is_intraday else None

    def running_life_s(self, resolution: Resolution) -> float:
        """Return what the plan allows: 90 s for minutes where it is the free one."""
        if resolution is Resolution.DAY:
            return _DAY_LIFE_S
        return max(super().running_life_s(resolution), 3_600 / (_POLLED * (self.allowance.hour or 3_600)))

    def _header(self, key: str) -> Mapping[str, str]:
        return {"Authorization": f"Token {key}"}

    def _fetch(self, call: Call, request: PriceRequest) -> PriceAnswer:
        """Fetch bars as traded; daily ones with all splits and dividends."""
        if request.resolution is Resolution.DAY:
            return self._daily(call, request)
        return PriceAnswer(self._intraday(call, request))

    def _daily(self, call: Call, request: PriceRequest) -> PriceAnswer:
        """Ask up to today whatever the span's end: what has happened since decides about its prices."""
        today = datetime.fromtimestamp(self._clock(), NEW_YORK).date()
        plan = self._known.plan(request.ticker, request.start, today)
        reply = call.get(*daily_question(request.ticker, plan.since, max(today, request.end)))
        told = parse_daily(reply, self._clock())
        if told.actions is None:
            bad(TITLE, "daily prices without their splits")
        if plan.brings_bars and not len(told.candles):
            bad(TITLE, "none of the days that it has told before")
        known_to = day_of(int(told.candles.time.max()) // DAY_S) if len(told.candles) else None
        # Rows must come with every answer: CSV without any could not be told from none at all.
        actions = self._known.learn(request.ticker, plan, told.actions, today, known_to)
        bars = within(told.candles, request.start, request.end, today)
        earlier = before(told.candles, request.start) if plan.known is None else None
        return PriceAnswer(bars, Basis.RAW, actions, actions_to=known_to, earlier=earlier)

    def _intraday(self, call: Call, request: PriceRequest) -> Candles:
        """Page backwards: an answer that is full holds the newest rows only."""
        pages: list[Candles] = []
        end = request.end
        while True:
            reply = call.get(*intraday_question(request.ticker, request.resolution, request.start, end))
            page = parse_intraday(reply, self._clock())
            pages.insert(0, page)
            if len(page) not in _ROW_CAPS:
                return follow(pages)
            oldest = datetime.fromtimestamp(int(page.time.min()), UTC).date()
            if oldest < request.start:  # what is older still is nothing that was asked for
                return follow(pages)
            if len(pages) > 1 and oldest >= end:
                bad(TITLE, "the same rows again and again")
            end = oldest


def daily_question(ticker: str, start: date, end: date) -> tuple[str, Mapping[str, str]]:
    """Return path and parameters for daily prices; CSV is half of JSON, and a month's bytes are limited."""
    params = {
        "startDate": start.isoformat(),
        "endDate": end.isoformat(),
        "format": "csv",
        "columns": ",".join(DAILY_COLUMNS),
    }
    return f"/tiingo/daily/{spelled(ticker)}/prices", params


def intraday_question(
    ticker: str, resolution: Resolution, start: date, end: date
) -> tuple[str, Mapping[str, str]]:
    """Return path and parameters for intraday prices of the regular session, without invented bars."""
    params = {
        "startDate": start.isoformat(),
        "endDate": end.isoformat(),
        "resampleFreq": f"{resolution.minutes}min",
        "afterHours": "false",
        "forceFill": "false",
        "columns": ",".join(INTRADAY_COLUMNS),
    }
    return f"/iex/{spelled(ticker)}/prices", params


def spelled(ticker: str) -> str:
    """Return Tiingo's spelling: share classes with a dash."""
    return ticker.replace(".", "-")
