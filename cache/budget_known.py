"""What one process knows of a source's counters: what the table said last, and what the table was not told.

Nothing here is thread-safe, and nothing asks the table.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.allowance import Window

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from adapters.allowance import Allowance


@dataclass(slots=True)
class Page:
    """Requests, by the names of the windows that share an item.

    Attributes:
        names: of the windows of now.
        seen: what the table said.
        owed: what was used since and the table does not know.
        lent: what is on its way to the table.
    """

    names: dict[Window, str]
    seen: Counter[str] = field(default_factory=Counter)
    owed: Counter[str] = field(default_factory=Counter)
    lent: Counter[str] = field(default_factory=Counter)

    def used(self, window: Window) -> int:
        """Return how many requests were made in a window."""
        name = self.names[window]
        return self.seen[name] + self.owed[name] + self.lent[name]

    def count(self) -> None:
        """Count one request that the table was not told."""
        self.owed.update(self.names.values())

    def lend(self) -> Counter[str]:
        """Take one request, and what is owed, to tell the table."""
        taken = self.owed + Counter(self.names.values())
        self.owed = Counter()
        self.lent += taken
        return taken

    def back(self, taken: Counter[str], names: Iterable[str]) -> None:
        """Put back what the table was not told after all, less the one request, which is not made yet."""
        self.lent -= taken
        self.owed += taken - Counter(names)

    def told(self, taken: Counter[str], counts: Mapping[str, int]) -> None:
        """Take in what the table says, what was lent being part of it."""
        self.lent -= taken
        self.learn(counts)

    def learn(self, counts: Mapping[str, int]) -> None:
        """Take in what the table says; its answers may come in another order than they were made."""
        self.seen |= Counter(counts)


@dataclass(slots=True)
class Symbols:
    """Distinct tickers of a month.

    Attributes:
        month: its name, part of the item's key.
        all: the tickers.
        untold: those of them that the table does not know.
    """

    month: str
    all: set[str] = field(default_factory=set)
    untold: set[str] = field(default_factory=set)

    def count(self, ticker: str, *, told: bool) -> None:
        """Count a ticker."""
        self.all.add(ticker)
        if not told:
            self.untold.add(ticker)

    def learn(self, found: Iterable[str], told: Iterable[str]) -> None:
        """Take in what the table has, and that it was told of some."""
        self.all.update(found)
        self.untold.difference_update(told)


class Known:
    """The page and the tickers of now."""

    def __init__(self, allowance: Allowance) -> None:
        """Know nothing of what is used of ``allowance``."""
        self.limits = allowance.requests
        self.most_symbols = allowance.symbols
        self._key = ""
        self._page = Page({})
        self._symbols = Symbols("")

    def page(self, now_s: float) -> Page:
        """Return the requests of now; those of before are forgotten."""
        names = {window: window.name_at(now_s) for window in self.limits}
        key = [*names.values()][-1] if names else ""
        if key != self._key:
            self._key, self._page = key, Page(names)
        self._page.names = names
        return self._page

    def symbols(self, now_s: float) -> Symbols:
        """Return the tickers of this month."""
        month = Window.MONTH.name_at(now_s)
        if month != self._symbols.month:
            self._symbols = Symbols(month)
        return self._symbols
