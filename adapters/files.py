"""The person's own price files as a source (CSV and Parquet in one folder); a ``PriceProvider``.

How files are named is told in ``file_names``, which columns and times are understood in ``file_columns`` and
``file_times``, and what is refused in ``file_series``.

Promise: what is in a file comes out as it is, in its place on the exchange's calendar, or is named among
the problems. Coarser bars are built from finer ones, days from minutes only where there is no daily file,
and nothing is ever made finer than it is. The source's present is the end of the last session in any of the
files.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

from adapters.errors import BadPayloadError, NotOfferedError, UnavailableError, UnknownTickerError
from adapters.file_bars import Series, merged, span_s
from adapters.file_library import Library
from adapters.prices import RUNNING_LIFE_S, Basis, Kind, PriceAnswer
from market.aggregate import aggregate_intraday, trading
from market.calendars import sessions_for
from market.candles import Candles
from market.resolution import FINEST_FIRST, Resolution
from market.sessions import DAY_S, day_number, day_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from pathlib import Path

    from adapters.file_library import Facts, Shelf
    from adapters.prices import PriceRequest
    from market.sessions import Sessions

_NAMED_TICKERS = 8
"""So many tickers are named to a person who asks for another one."""
_NAMED_REFUSALS = 3
_TOLD_REMARKS = 5


class FilesProvider:
    """Prices out of the files of one folder."""

    name = "files"
    title = "Your files"
    kind = Kind.LOCAL
    label = "your files"
    correction_s = 0
    allowance = None

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        """Touch nothing yet; the folder is read at the first question.

        Args:
            folder: whose files are served; folders in it are not looked at.
            clock: UTC seconds of the real present.
        """
        self._library = Library(folder, clock)

    def running_life_s(self, resolution: Resolution) -> float:
        """Return the usual: these sessions have ended, and nothing is polled."""
        del resolution
        return RUNNING_LIFE_S

    def now(self, ticker: str | None = None) -> datetime:
        """Return the end of the last session in the ticker's files, or in any file, aware UTC.

        Where sessions follow each other without a break it is one second earlier, still inside that session.

        Raises:
            UnavailableError: when the folder cannot be read or holds no price file that can be used.
        """
        shelf = self._library.shelf()
        if not shelf.facts:
            refused = _reasons(shelf)
            raise UnavailableError(
                " ".join(["The folder of your files (FILES_DIR) has no prices to show.", *refused])
                if refused
                else "The folder of your files (FILES_DIR) is empty. Put files such as AAPL.csv into it.",
                provider=self.name,
            )
        own = shelf.facts.get(ticker or "")
        facts = own or [f for held in shelf.facts.values() for f in held]
        return datetime.fromtimestamp(max(f.last_s for f in facts), UTC)

    def examples(self) -> tuple[str, ...]:
        """Return the tickers of the folder; () when it cannot be read."""
        try:
            return tuple(self._library.shelf().facts)
        except UnavailableError:
            return ()

    def resolutions(self, ticker: str) -> frozenset[Resolution]:
        """Return D and every intraday resolution from the finest file's on that it divides.

        Raises:
            UnknownTickerError: when no file has the ticker.
            BadPayloadError: when its only files cannot be used.
            UnavailableError: when the folder cannot be read.
        """
        held = self._facts(ticker)
        return frozenset(r for r in Resolution if _sources(held, r))

    def first_session(self, ticker: str, resolution: Resolution) -> date | None:
        """Return the date of the first bar that this resolution is made of.

        Raises:
            NotOfferedError: when the files are coarser.
            ProviderError: as ``resolutions``.
        """
        return day_of(min(f.first_day for f in self._chosen(ticker, resolution)))

    def changed_at(self, ticker: str) -> float:
        """Return the real UTC seconds when the ticker's files or the list of files last changed.

        Raises:
            UnavailableError: when the folder cannot be read.
        """
        changed_s = self._library.shelf().changed_s
        return max(changed_s.get(ticker, 0.0), changed_s[""])

    def remarks(self, ticker: str, resolution: Resolution) -> tuple[str, ...]:
        """Return the rows and files that were left out, the first few by name and line.

        Raises:
            ProviderError: as ``candles``.
        """
        chosen = self._chosen(ticker, resolution)
        texts = [p.text for facts in chosen for p in self._library.series(facts).problems]
        texts += self._library.shelf().refused.get(ticker, ())
        told = tuple(dict.fromkeys(texts))
        more = len(told) - _TOLD_REMARKS
        return (*told[:_TOLD_REMARKS], f"and {more} more like it") if more > 0 else told

    def candles(self, request: PriceRequest) -> PriceAnswer:
        """Return a span's bars; the answer's problems name the rows in it that were left out.

        Raises:
            NotOfferedError: when the files are coarser than the resolution, or it is W or M.
            ProviderError: as ``resolutions``.
        """
        self._library.refresh(request.ticker)
        chosen = self._chosen(request.ticker, request.resolution)
        sessions = sessions_for(request.ticker)
        series = merged([self._library.series(facts) for facts in chosen])
        first, last = day_number(request.start), day_number(request.end)
        bars = series.candles.between(*span_s(series, sessions, first, last))
        problems = [p.text for p in series.problems if p.day is None or first <= p.day <= last]
        problems += self._library.shelf().refused.get(request.ticker, ())
        if request.resolution is Resolution.DAY:
            return self._daily(series, bars, problems, sessions)
        if request.resolution is not series.resolution:
            bars = aggregate_intraday(bars, sessions, request.resolution)
        return PriceAnswer(bars, self._intraday_basis(request.ticker), None, tuple(problems))

    def _daily(self, series: Series, bars: Candles, problems: list[str], sessions: Sessions) -> PriceAnswer:
        if series.resolution is not Resolution.DAY:
            problems.append(f"{series.file}: days are built from bars of {series.resolution.value} minutes")
            bars = _days_of(bars, sessions)
        return PriceAnswer(bars, series.basis, series.actions, tuple(problems))

    def _intraday_basis(self, ticker: str) -> Basis:
        """Return the daily file's basis, because both are saved from the same source; else as traded."""
        daily = (f.basis for f in self._facts(ticker) if f.resolution is Resolution.DAY)
        return next(daily, Basis.RAW)

    def _chosen(self, ticker: str, resolution: Resolution) -> Sequence[Facts]:
        held = self._facts(ticker)
        chosen = _sources(held, resolution)
        if not chosen:
            finest = min((f.resolution for f in held), key=FINEST_FIRST.index)
            raise NotOfferedError(
                f"The finest that your files have of {ticker} is {finest.value}, not {resolution.value}.",
                provider=self.name,
            )
        return chosen

    def _facts(self, ticker: str) -> Sequence[Facts]:
        shelf = self._library.shelf()
        if ticker in shelf.facts:
            return shelf.facts[ticker]
        if ticker in shelf.refused:
            raise BadPayloadError(" ".join(shelf.refused[ticker]), provider=self.name)
        some = list(shelf.facts)[:_NAMED_TICKERS]
        more = f" and {len(shelf.facts) - len(some)} more" if len(shelf.facts) > len(some) else ""
        told = f"Your files have {', '.join(some)}{more}." if some else "Your folder has no prices to show."
        raise UnknownTickerError(" ".join([told, *_reasons(shelf)]), provider=self.name)


def _reasons(shelf: Shelf) -> list[str]:
    """Return why files could not be used, a few of them: what a person looks for may be in there."""
    return [why for reasons in shelf.refused.values() for why in reasons][:_NAMED_REFUSALS]


def _sources(held: Sequence[Facts], resolution: Resolution) -> list[Facts]:
    """Return the files that a resolution is made of: its own, else those of one finer resolution.

    Of several finer ones it is the one that goes back furthest, of these the finest.
    """
    own = [f for f in held if f.resolution is resolution]
    if own or resolution in (Resolution.WEEK, Resolution.MONTH):
        return own
    finer = [f for f in held if f.resolution.is_intraday and _divides(f.resolution, resolution)]
    if not finer:
        return []
    best = min(finer, key=lambda f: (f.first_day, FINEST_FIRST.index(f.resolution))).resolution
    return [f for f in finer if f.resolution is best]


def _divides(finer: Resolution, coarser: Resolution) -> bool:
    return coarser is Resolution.DAY or coarser.minutes % finer.minutes == 0


def _days_of(bars: Candles, sessions: Sessions) -> Candles:
    """Return one daily bar for each session that has intraday bars (all of which lie in sessions)."""
    if len(bars) == 0:
        return bars
    at, _ = trading(bars.time, sessions)
    first = np.flatnonzero(np.append(np.True_, at[1:] != at[:-1]))
    return Candles(
        sessions.day[at[first]] * DAY_S,
        bars.open[first],
        np.maximum.reduceat(bars.high, first),
        np.minimum.reduceat(bars.low, first),
        bars.close[np.append(first[1:], len(bars)) - 1],
        np.add.reduceat(bars.volume, first),
    )
