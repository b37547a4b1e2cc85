"""A price provider for tests: real sessions, simple prices, a clock and failures that the test controls."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import numpy as np

from adapters.allowance import Allowance
from adapters.errors import ProviderError, UnknownTickerError
from adapters.prices import RUNNING_LIFE_S, Basis, Kind, PriceAnswer, PriceRequest
from market.actions import Actions
from market.calendars import sessions_for
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S

ALL = frozenset(
    {Resolution.M1, Resolution.M5, Resolution.M15, Resolution.M30, Resolution.M60, Resolution.DAY}
)


@dataclass
class ScriptedProvider:
    """Gives one bar for every expected bar up to ``present``; remembers every request."""

    present: datetime
    name: str = "scripted"
    title: str = "Scripted"
    kind: Kind = Kind.LIVE
    label: str = "scripted prices"
    correction_s: int = 0
    allowance: Allowance | None = None
    running_s: float = RUNNING_LIFE_S
    offered: frozenset[Resolution] = ALL
    known: frozenset[str] = frozenset({"AAPL", "MSFT"})
    first: dict[Resolution, date] = field(default_factory=dict)
    splits: tuple[tuple[date, float, float], ...] = ()
    basis: Basis = Basis.RAW
    changed: float = 0.0
    error: ProviderError | None = None
    close: float = 100.0
    mangle: Callable[[Candles], Candles] = lambda candles: candles
    before: Callable[[PriceRequest], None] = lambda request: None
    requests: list[PriceRequest] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self, ticker: str | None = None) -> datetime:
        return self.present

    def running_life_s(self, resolution: Resolution) -> float:
        return self.running_s

    def examples(self) -> tuple[str, ...]:
        return tuple(sorted(self.known))

    def resolutions(self, ticker: str) -> frozenset[Resolution]:
        self._must_know(ticker)
        return self.offered

    def first_session(self, ticker: str, resolution: Resolution) -> date | None:
        self._must_know(ticker)
        return self.first.get(resolution)

    def changed_at(self, ticker: str) -> float:
        return self.changed

    def remarks(self, ticker: str, resolution: Resolution) -> tuple[str, ...]:
        return ()

    def candles(self, request: PriceRequest) -> PriceAnswer:
        request.spend()
        with self._lock:
            self.requests.append(request)
        self.before(request)
        self._must_know(request.ticker)
        if self.error is not None:
            raise self.error
        bars = self.mangle(self._bars(request))
        daily = request.resolution is Resolution.DAY
        return PriceAnswer(bars, self.basis, Actions.of(self.splits) if daily else None)

    def _must_know(self, ticker: str) -> None:
        if ticker not in self.known:
            raise UnknownTickerError(f"{self.name} has no {ticker}.", provider=self.name)

    def _bars(self, request: PriceRequest) -> Candles:
        sessions = sessions_for(request.ticker)
        chosen = sessions.between(request.start, request.end)
        if request.resolution is Resolution.DAY:
            opened = sessions.open[chosen.start : chosen.stop] <= self.present.timestamp()
            time = sessions.day[chosen.start : chosen.stop][opened] * DAY_S
        else:
            parts = [sessions.bar_starts(i, request.resolution) for i in chosen]
            time = np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
            time = time[time <= self.present.timestamp()]
        n = len(time)
        close = np.full(n, self.close)
        return Candles(
            time.astype(np.int64), close - 0.5, close + 1, close - 1, close.copy(), np.full(n, 1000)
        )


def utc(text: str) -> datetime:
    """Return "2025-03-07 15:00" as an aware UTC instant."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def spoiled(candles: Candles, index: int, **columns: float) -> Candles:
    """Return candles with some columns of one bar changed."""
    changed = {}
    for name, value in columns.items():
        column = getattr(candles, name).copy()
        column[index] = value
        changed[name] = column
    return replace(candles, **changed)
