"""The demo source: real daily prices of five stocks, 2000 to 2013, with simulated intraday bars.

Promise: needs neither key nor network, and gives the same bars for the same question, always and everywhere.
Every intraday resolution is made of the same minutes, which add up to the real day. The demo's present is the
close of its last session.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from adapters import demo_data
from adapters.demo_intraday import minutes_of
from adapters.errors import NotOfferedError, UnknownTickerError
from adapters.prices import RUNNING_LIFE_S, Basis, Kind, PriceAnswer
from market.aggregate import aggregate_intraday
from market.calendars import sessions_for
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S, day_number

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from adapters.demo_data import DemoStock
    from adapters.prices import PriceRequest

_OFFERED = frozenset(r for r in Resolution if r.is_intraday or r is Resolution.DAY)


class DemoProvider:
    """Prices that are in the project's own folder; a ``PriceProvider``."""

    name = "demo"
    title = "Demo prices"
    kind = Kind.DEMO
    label = "demo prices 2000–2013, intraday simulated"
    correction_s = 0
    allowance = None

    def __init__(self) -> None:
        """Read nothing yet; the bundled files are read at the first question."""
        self._lock = threading.Lock()
        self._stocks: Mapping[str, DemoStock] = {}
        self._present: datetime | None = None

    def running_life_s(self, resolution: Resolution) -> float:
        """Return the usual: these sessions have ended, and nothing is polled."""
        del resolution
        return RUNNING_LIFE_S

    def now(self, ticker: str | None = None) -> datetime:
        """Return the close of the last session in the data, aware UTC: 2013-03-01 21:00 for every ticker."""
        del ticker
        if self._present is None:  # asked several times for one answer; two threads may both find it out
            newest = max(self._all().values(), key=lambda stock: stock.last_day)
            sessions = sessions_for(newest.ticker)
            close_s = int(sessions.close[sessions.index(newest.last_day)])
            self._present = datetime.fromtimestamp(close_s, UTC)
        return self._present

    def examples(self) -> tuple[str, ...]:
        """Return the bundled tickers."""
        return tuple(self._all())

    def resolutions(self, ticker: str) -> frozenset[Resolution]:
        """Return 1, 5, 15, 30, 60 and D.

        Raises:
            UnknownTickerError: for any other than the bundled stocks.
        """
        self._stock(ticker)
        return _OFFERED

    def first_session(self, ticker: str, resolution: Resolution) -> date | None:
        """Return the date of the first daily bar; the intraday bars begin there too.

        Raises:
            UnknownTickerError: for any other than the bundled stocks.
            NotOfferedError: for W and M.
        """
        stock = self._stock(ticker)
        _check(resolution)
        return stock.first_day

    def changed_at(self, ticker: str) -> float:
        """Return 0.0: the bundled prices never change."""
        self._stock(ticker)
        return 0.0

    def remarks(self, ticker: str, resolution: Resolution) -> tuple[str, ...]:
        """Return nothing: no bundled row is left out."""
        del ticker, resolution
        return ()

    def candles(self, request: PriceRequest) -> PriceAnswer:
        """Return bars as traded: from the file (with all splits and dividends) or simulated.

        Raises:
            UnknownTickerError: for any other than the bundled stocks.
            NotOfferedError: for W and M.
        """
        stock = self._stock(request.ticker)
        _check(request.resolution)
        first, after = (day_number(d) * DAY_S for d in (request.start, request.end))
        daily = stock.candles.between(first, after + DAY_S)
        if request.resolution is Resolution.DAY:
            return PriceAnswer(daily, Basis.RAW, stock.actions)
        return PriceAnswer(_intraday(stock.ticker, daily, request.resolution))

    def _stock(self, ticker: str) -> DemoStock:
        stocks = self._all()
        if ticker not in stocks:
            *most, last = stocks
            message = (
                f"The demo has {', '.join(most)} and {last}. "
                "Others can be shown from your own files (FILES_DIR)."
            )
            raise UnknownTickerError(message, provider=self.name)
        return stocks[ticker]

    def _all(self) -> Mapping[str, DemoStock]:
        with self._lock:
            if not self._stocks:
                self._stocks = demo_data.load()
            return self._stocks


def _check(resolution: Resolution) -> None:
    if resolution not in _OFFERED:
        message = f"The demo has no bars of resolution {resolution.value}; build them from D."
        raise NotOfferedError(message, provider=DemoProvider.name)


def _intraday(ticker: str, daily: Candles, resolution: Resolution) -> Candles:
    """Return a span's bars of one intraday resolution; few sessions at a time, because minutes are many."""
    sessions = sessions_for(ticker)
    parts = []
    for start in range(0, len(daily), _SESSIONS_AT_ONCE):
        minutes = minutes_of(ticker, daily.take(slice(start, start + _SESSIONS_AT_ONCE)), sessions)
        parts.append(
            minutes if resolution is Resolution.M1 else aggregate_intraday(minutes, sessions, resolution)
        )
    return Candles.concat(parts)


_SESSIONS_AT_ONCE = 256
"""A year of minutes takes 5 MB."""
