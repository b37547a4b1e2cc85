"""The budget of one source, as one process keeps it.

It waits for nothing but the table, gives that up at the first call that fails, and then counts by itself.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from adapters.allowance import Window, moment_words, used_up
from adapters.errors import BudgetUsedUpError
from cache.budget_items import Closed
from cache.budget_known import Known
from store.table import TableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.allowance import Allowance
    from cache.budget_items import BudgetItems

RESERVE = 10
"""One in so many is kept for people who wait."""
LISTEN_EVERY_S = 60.0
"""How often a process that asks a source looks whether others have heard that it must not."""
ASKED_AGAIN_S = 3_600.0
"""For so long a process that starts believes what was said before: there may be another key or plan."""
_LONGEST_S = 32 * 86_400.0
_CLOCKS_APART_S = 300.0
"""What was said later than so many seconds from now was said while a clock was ahead."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Use:
    """How much of one limit is used.

    Attributes:
        window: minute, hour, day or month.
        what: "requests", or "symbols" for distinct tickers.
        used, limit: how many, and of how many.
        until_s: UTC seconds when the window is over.
    """

    window: Window
    what: str
    used: int
    limit: int
    until_s: float


class Ledger:
    """One source's budget. Thread-safe."""

    def __init__(
        self, source: str, title: str, allowance: Allowance, items: BudgetItems, clock: Callable[[], float]
    ) -> None:
        """Keep to ``allowance`` by ``items``; ``title`` is the source's name in sentences."""
        self._source = source
        self._title = title
        self._items = items
        self._clock = clock
        self._lock = threading.Lock()
        self._known = Known(allowance)
        self._closed = Closed(0.0, "")
        self._looked_s = self._listened_s = -_LONGEST_S
        self._started_s = clock()

    def spend(self, ticker: str, *, background: bool) -> None:
        """Count one request for a ticker, which is about to be made.

        Raises:
            BudgetUsedUpError: it must not be made.
        """
        now_s = self._clock()
        try:
            self._listen(now_s)
            with self._lock:
                self._must_have_room(ticker, now_s, background=background)
            room = self._count_symbol(ticker, now_s, background=background)
            room = room and self._count_request(now_s, background=background)
        except TableError:  # logged and counted
            with self._lock:
                self._must_have_room(ticker, now_s, background=background)
                self._known.page(now_s).count()
                self._known.symbols(now_s).count(ticker, told=False)
            return
        refused = self.refusal(ticker, background=background and not room)
        if refused is not None:  # this was the last one, or came after it
            _log.info("ohlc_budget_used_up", source=self._source, reason=str(refused))
        if not room:
            raise refused or self._unknown(now_s)

    def refusal(self, ticker: str, *, background: bool) -> BudgetUsedUpError | None:
        """Return why a request must not be made, as far as is known here."""
        with self._lock:
            return self._refusal(ticker, self._clock(), background=background)

    def _refusal(self, ticker: str, now_s: float, *, background: bool) -> BudgetUsedUpError | None:
        """Do what ``refusal`` does, for who holds the lock."""
        known = self._known
        if _is_believed(self._closed, now_s) and self._closed.until_s > now_s:
            return self._error(self._closed.words, self._closed.until_s, now_s)
        page = known.page(now_s)
        for window, limit in reversed(known.limits.items()):  # what lasts longest is told
            used = page.used(window)
            if used >= _share(limit, background=background):
                return self._full(window, now_s, kept=used < limit)
        most, symbols = known.most_symbols, known.symbols(now_s).all
        if most is None or ticker in symbols or len(symbols) < _share(most, background=background):
            return None
        until_s = Window.MONTH.end_s(now_s)
        words = (
            f"{self._title}'s budget of {most:,} tickers a month is used up until {moment_words(until_s)}. "
            "Tickers of this month still work."
        )
        return self._error(words, until_s, now_s)

    def close(self, words: str, seconds: float) -> None:
        """Hear that the source must not be asked for some seconds, and tell the other processes."""
        now_s = self._clock()
        closed = Closed(now_s + min(seconds, _LONGEST_S), words, now_s)
        if self._hear(closed, now_s):
            with suppress(TableError):  # logged and counted; this process knows
                self._items.close(closed)

    def reopen(self) -> None:
        """Forget what the source said."""
        with self._lock:
            self._closed = Closed(0.0, "")
        with suppress(TableError):  # at worst it is left alone up to the time that it named
            self._items.reopen()

    def look(self, every_s: float) -> None:
        """Look what the other processes have used and heard, unless that was done ``every_s`` ago."""
        now_s = self._clock()
        with self._lock:
            if 0 <= now_s - self._looked_s < every_s:
                return
            self._looked_s = now_s
        with suppress(TableError):  # logged and counted; what is known here counts
            self._listen(now_s)
            self._look_at_counts(now_s)

    def uses(self) -> tuple[Use, ...]:
        """Return what is used of each limit, as far as is known here."""
        now_s, known = self._clock(), self._known
        with self._lock:
            page = known.page(now_s)
            found = [
                Use(window, "requests", page.used(window), limit, window.end_s(now_s))
                for window, limit in known.limits.items()
            ]
            if known.most_symbols is not None:
                count, month = len(known.symbols(now_s).all), Window.MONTH
                found.append(Use(month, "symbols", count, known.most_symbols, month.end_s(now_s)))
        return tuple(found)

    def _listen(self, now_s: float) -> None:
        """Look now and then what others have heard, and tell what was not told yet; may raise TableError."""
        with self._lock:
            if 0 <= now_s - self._listened_s < LISTEN_EVERY_S:
                return
            self._listened_s = now_s
            untold = bool(self._known.symbols(now_s).untold)
        closed = self._items.closed()
        if closed is not None and not _is_believed(closed, now_s):
            self._items.reopen()  # else nothing that is said before that time would be heard by all
        elif closed is not None and (
            closed.until_s <= now_s + ASKED_AGAIN_S or closed.said_s >= int(self._started_s)
        ):
            self._hear(replace(closed, until_s=min(closed.until_s, now_s + _LONGEST_S)), now_s)
        if untold and self._known.most_symbols is not None:
            self._look_at_symbols(now_s, self._known.most_symbols)

    def _look_at_counts(self, now_s: float) -> None:
        """Learn what all processes have used; may raise TableError."""
        with self._lock:
            page = self._known.page(now_s)
            names = page.names
        if names:
            counts = self._items.used(names)
            with self._lock:
                page.learn(counts)
        if self._known.most_symbols is not None:
            self._look_at_symbols(now_s, self._known.most_symbols)

    def _look_at_symbols(self, now_s: float, most: int) -> None:
        """Learn the tickers of the month, and tell of those that could not be told."""
        with self._lock:
            symbols = self._known.symbols(now_s)
            untold = sorted(symbols.untold)
        for ticker in untold:
            self._items.add_symbol(symbols.month, ticker, most, now_s)
        found = self._items.symbols(symbols.month)
        with self._lock:
            symbols.learn(found, untold)

    def _count_symbol(self, ticker: str, now_s: float, *, background: bool) -> bool:
        """Count a ticker that is new in its month; False where there is no room for it."""
        most = self._known.most_symbols
        if most is None:
            return True
        with self._lock:
            symbols = self._known.symbols(now_s)
            if ticker in symbols.all:
                return True
        limit = _share(most, background=background)
        if not self._items.add_symbol(symbols.month, ticker, limit, now_s):
            self._look_at_symbols(now_s, most)  # it is counted already, or there are too many
            return ticker in symbols.all
        with self._lock:
            symbols.count(ticker, told=True)
        return True

    def _count_request(self, now_s: float, *, background: bool) -> bool:
        """Count a request, and those the table could not be told before; False where there is no room."""
        limits = {w: _share(limit, background=background) for w, limit in self._known.limits.items()}
        if not limits:
            return True
        with self._lock:
            page = self._known.page(now_s)
            if any(page.used(window) >= limit for window, limit in limits.items()):
                return False
            names, taken = page.names, page.lend()
        counts = None
        try:
            counts = self._items.take(names, limits, taken, now_s)
        finally:
            with self._lock:
                if counts is None:
                    page.back(taken, names.values())
                else:
                    page.told(taken, counts)
        if counts is None:
            known = self._items.used(names)
            with self._lock:
                page.learn(known)
        return counts is not None

    def _must_have_room(self, ticker: str, now_s: float, *, background: bool) -> None:
        refused = self._refusal(ticker, now_s, background=background)
        if refused is not None:
            raise refused

    def _hear(self, closed: Closed, now_s: float) -> bool:
        """Take in what the source said, here or elsewhere; False where a longer time is known."""
        with self._lock:
            longer = closed.until_s > self._closed.until_s or not _is_believed(self._closed, now_s)
            if longer:
                self._closed = closed
        return longer

    def _full(self, window: Window, now_s: float, *, kept: bool) -> BudgetUsedUpError:
        until_s = window.end_s(now_s)
        return self._error(used_up(self._title, window, until_s, kept=kept), until_s, now_s)

    def _unknown(self, now_s: float) -> BudgetUsedUpError:
        """Return what to say when the table refused, and had room when it was asked why."""
        return self._error(f"{self._title}'s budget was just used up. Try again.", now_s + 1.0, now_s)

    def _error(self, words: str, until_s: float, now_s: float) -> BudgetUsedUpError:
        return BudgetUsedUpError(words, provider=self._source, retry_after_s=max(until_s - now_s, 1.0))


def _is_believed(closed: Closed, now_s: float) -> bool:
    return closed.said_s <= now_s + _CLOCKS_APART_S


def _share(limit: int, *, background: bool) -> int:
    """Return what of a limit is there for a request."""
    return limit - -(-limit // RESERVE) if background else limit
