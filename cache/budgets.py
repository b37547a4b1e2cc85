"""What price sources may still be asked: counted by all processes together, kept in the table.

Every request to a source is counted before it is made (``PriceRequest.spend``). Promise: as long as the table
answers, no window of an ``Allowance`` is ever overrun, by however many processes, and a restart changes
nothing. Where the table fails, each process counts by itself from what it knew, and tells the table later.
A tenth of everything is kept for people who wait: requests in the background are refused before it is used.
"""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING, Protocol, Self

from cache.budget_items import BudgetItems
from cache.budget_ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from adapters.allowance import Allowance
    from adapters.errors import BudgetUsedUpError, RateLimitedError
    from adapters.prices import PriceRequest
    from cache.budget_ledger import Use
    from cache.guarded import GuardedCalls
    from store.table import Table

_SHOW_EVERY_S = 5.0


class Counted(Protocol):
    """Something that may be asked so often; every ``PriceProvider`` is one."""

    @property
    def name(self) -> str: ...  # noqa: D102 - as in adapters.prices
    @property
    def label(self) -> str: ...  # noqa: D102 - likewise
    @property
    def title(self) -> str: ...  # noqa: D102 - likewise
    @property
    def allowance(self) -> Allowance | None: ...  # noqa: D102 - likewise


class Budgets:
    """The budgets of all sources that have an allowance. Thread-safe."""

    def __init__(self, ledgers: Mapping[str, Ledger] | None = None) -> None:
        """Keep those of some sources; what has none may be asked at any time."""
        self._ledgers = ledgers or {}

    @property
    def sources(self) -> tuple[str, ...]:
        """Whose budgets these are."""
        return tuple(self._ledgers)

    @classmethod
    def of(
        cls,
        providers: Sequence[Counted],
        table: Table,
        calls: GuardedCalls,
        clock: Callable[[], float] = time.time,
    ) -> Self:
        """Return those of providers, counted in ``table`` by ``calls``; ``clock`` gives UTC seconds."""
        return cls(
            {
                p.name: Ledger(p.name, p.title, p.allowance, BudgetItems(p.name, table, calls), clock)
                for p in providers
                if p.allowance is not None
            }
        )

    def spend(self, source: str) -> None:
        """Count one request to a source that is not asked for prices; people wait for none of them less.

        Raises:
            BudgetUsedUpError: it must not be made.
        """
        ledger = self._ledgers.get(source)
        if ledger is not None:
            ledger.spend("", background=False)

    def spender(self, source: str, request: PriceRequest) -> Callable[[], None]:
        """Return what counts one HTTP request for ``request``, or raises BudgetUsedUpError instead."""
        return self.counter(source, request.ticker, background=request.background) or request.spend

    def counter(self, source: str, ticker: str, *, background: bool = False) -> Callable[[], None] | None:
        """Return what counts one HTTP request about a ticker; None where nobody counts them here."""
        ledger = self._ledgers.get(source)
        return None if ledger is None else partial(ledger.spend, ticker, background=background)

    def refusal(self, source: str, ticker: str, *, background: bool) -> BudgetUsedUpError | None:
        """Return why a source must not be asked, as far as this process knows; None where it may."""
        ledger = self._ledgers.get(source)
        return None if ledger is None else ledger.refusal(ticker, background=background)

    def closed(self, source: str, error: RateLimitedError) -> None:
        """Hear that a source said "too often"; the other processes hear of it, up to the time it named."""
        ledger = self._ledgers.get(source)
        if ledger is not None and error.retry_after_s is not None:
            ledger.close(str(error), error.retry_after_s)

    def reopen(self, source: str) -> None:
        """Forget what a source has said, because it is asked with another key from now on."""
        ledger = self._ledgers.get(source)
        if ledger is not None:
            ledger.reopen()

    def uses(self, source: str) -> tuple[Use, ...]:
        """Return what is used of a source's limits, as far as this process knows; () where it has none."""
        ledger = self._ledgers.get(source)
        return () if ledger is None else ledger.uses()

    def look(self) -> None:
        """Bring ``uses`` up to date with what other processes have used; the table may be asked for it."""
        for ledger in self._ledgers.values():
            ledger.look(_SHOW_EVERY_S)
