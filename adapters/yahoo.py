"""Yahoo: daily prices of the whole world adjusted for splits, and intraday ones of the last weeks.

No key. The endpoint is the one that Yahoo's own pages use; nobody promises it. Half-hours are not taken,
because Yahoo answers them with hours; 15 and 30 minutes are built from 5.
"""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from adapters.allowance import Allowance
from adapters.errors import NotOfferedError, UnknownTickerError
from adapters.live import KnownActions, LiveSource, before, within
from adapters.payload import bad, follow
from adapters.prices import Basis, PriceAnswer
from adapters.yahoo_parsing import IN_HUNDREDTHS, TITLE, Chart, parse_chart
from market.calendars import WEEKDAYS, calendar_name, sessions_for
from market.resolution import Resolution
from market.sessions import DAY_S, day_number, day_of
from market.venues import venue_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from adapters.http_client import Call
    from adapters.prices import PriceRequest

_INTERVALS = {Resolution.M1: "1m", Resolution.M5: "5m", Resolution.M60: "60m", Resolution.DAY: "1d"}
_REACH_DAYS = {Resolution.M1: 28, Resolution.M5: 58, Resolution.M60: 728}
"""Yahoo's limits (30, 60 and 730 days) less two: its present is not ours, and a day has its time zones."""
_DAYS_AT_ONCE = {Resolution.M1: 6}
"""At most 8 days of minutes are given at once; half a day more is asked for on both sides."""
_RUNNING_LIFE_S = {Resolution.M1: 30, Resolution.M5: 30}
_HALF_DAY_S = DAY_S // 2
_HEADERS = {
    "User-Agent": "Mozilla/5.0 (compatible; Chandlery/0.1; candlestick charts)",
    "Accept": "application/json",
}


class YahooProvider(LiveSource):
    """Prices without a key; a ``PriceProvider``."""

    name = "yahoo"
    title = TITLE
    label = "Yahoo: prices adjusted for splits; unofficial, for personal use"
    correction_s = 4 * 3_600
    allowance = Allowance(hour=300)  # our own: nothing is promised

    def __init__(
        self, base_url: str = "https://query2.finance.yahoo.com", clock: Callable[[], float] = time.time
    ) -> None:
        """Ask ``base_url``; ``clock`` gives UTC seconds."""
        super().__init__(base_url, clock)
        self._known = KnownActions()

    def resolutions(self, ticker: str) -> frozenset[Resolution]:
        """Return 1, 5, 60 and D.

        Raises:
            UnknownTickerError: the suffix is none of Yahoo's markets.
        """
        self._must_have(ticker)
        return frozenset(_INTERVALS)

    def first_session(self, ticker: str, resolution: Resolution) -> date | None:
        """Return how far back intraday bars go today; daily ones begin with the listing, which is not said.

        Raises:
            UnknownTickerError: as above.
        """
        self._must_have(ticker)
        reach = _REACH_DAYS.get(resolution)
        return None if reach is None else self._today(ticker) - timedelta(days=reach)

    def running_life_s(self, resolution: Resolution) -> float:
        """Return half a minute for minutes, a minute for hours and days."""
        return _RUNNING_LIFE_S.get(resolution, 60)

    def candles(self, request: PriceRequest) -> PriceAnswer:
        """Fetch bars adjusted for splits; daily ones with all splits and dividends.

        Raises:
            ProviderError: see adapters.errors.
        """
        self._must_have(request.ticker)
        if request.resolution not in _INTERVALS:
            raise NotOfferedError(
                f"Yahoo is not asked for {request.resolution.value}; build it.", provider=self.name
            )
        call = self._http.within(request.deadline_s, _HEADERS, request.spend)
        if request.resolution is Resolution.DAY:
            return self._daily(call, request)
        oldest = self._today(request.ticker) - timedelta(days=_REACH_DAYS[request.resolution] + 1)
        if request.start < oldest:
            raise NotOfferedError(
                f"Yahoo has {request.resolution.words.removeprefix('1 bar = ')} bars from {oldest} on.",
                provider=self.name,
            )
        spans = portions(request.start, request.end, _DAYS_AT_ONCE.get(request.resolution))
        charts = [self._chart(call, request, start, end) for start, end in spans]
        bars = follow([chart.candles for chart in charts])
        return PriceAnswer(bars, Basis.SPLIT, problems=_problems(request.ticker, charts[-1]))

    def _daily(self, call: Call, request: PriceRequest) -> PriceAnswer:
        """Ask up to today whatever the span's end: a split since then has changed its prices."""
        today = self._today(request.ticker)
        plan = self._known.plan(request.ticker, request.start, today)
        chart = self._chart(call, request, plan.since, max(today, request.end))
        if plan.brings_bars and not len(chart.candles):
            bad(TITLE, "none of the days that it has told before")
        last = day_of(int(chart.candles.time.max()) // DAY_S) if len(chart.candles) else None
        actions = self._known.learn(request.ticker, plan, chart.actions, today, last)
        bars = within(chart.candles, request.start, request.end, today)
        problems = _problems(request.ticker, chart)
        earlier = before(chart.candles, request.start) if plan.known is None else None
        return PriceAnswer(bars, Basis.SPLIT, actions, problems, earlier=earlier)

    def _chart(self, call: Call, request: PriceRequest, start: date, end: date) -> Chart:
        path, params = question(request.ticker, request.resolution, start, end)
        symbol, interval = spelled(request.ticker), _INTERVALS[request.resolution]
        chart = parse_chart(call.get(path, params), symbol, interval, self._clock())
        if len(chart.candles) and not chart.currency and venue_of(request.ticker).currency in IN_HUNDREDTHS:
            bad(TITLE, "prices without a currency, where they may be in hundredths of it")
        return chart

    def _today(self, ticker: str) -> date:
        return sessions_for(ticker).today(self.now())

    def _must_have(self, ticker: str) -> None:
        if calendar_name(ticker) == WEEKDAYS:
            raise UnknownTickerError(
                "Yahoo has no market of this suffix; London's is .L, Xetra's .DE.", provider=self.name
            )


def question(ticker: str, resolution: Resolution, start: date, end: date) -> tuple[str, Mapping[str, str]]:
    """Return path and parameters: the span with half a day around it, for markets far from UTC."""
    params = {
        "interval": _INTERVALS[resolution],
        "period1": str(day_number(start) * DAY_S - _HALF_DAY_S),
        "period2": str((day_number(end) + 1) * DAY_S + _HALF_DAY_S),
        "includePrePost": "false",
        "events": "div,splits",
    }
    return f"/v8/finance/chart/{quote(spelled(ticker), safe='')}", params


def spelled(ticker: str) -> str:
    """Return Yahoo's spelling: share classes with a dash, suffixes as they are."""
    stem, dot, suffix = ticker.rpartition(".")
    is_class = dot and len(suffix) == 1 and calendar_name(ticker) == "XNYS"
    return f"{stem}-{suffix}" if is_class else ticker


def portions(start: date, end: date, days: int | None) -> Iterator[tuple[date, date]]:
    """Return a span in portions of so many days, or whole."""
    step = timedelta(days=days) if days else end - start + timedelta(days=1)
    while start <= end:
        yield start, min(start + step - timedelta(days=1), end)
        start += step


def _problems(ticker: str, chart: Chart) -> tuple[str, ...]:
    """Return a sentence where prices are in another currency than the market's."""
    stated = venue_of(ticker).currency
    if not stated or not chart.currency or chart.currency == stated:
        return ()
    return (f"Yahoo gives {ticker} in {chart.currency}, not in {stated}.",)
