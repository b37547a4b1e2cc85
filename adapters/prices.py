"""The protocol of a price provider: what the cache asks, and what it gets."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from adapters.allowance import Allowance
    from market.actions import Actions
    from market.candles import Candles
    from market.resolution import Resolution

RUNNING_LIFE_S = 15
"""How long a block of the running session is fresh where nothing speaks for longer, seconds (cache-7)."""


class Basis(StrEnum):
    """What has been done to the prices before they came to us."""

    RAW = "raw"
    SPLIT = "split"
    TOTAL = "total"


class Kind(StrEnum):
    """Where a provider's prices come from; demo prices never stand in for a live source."""

    LIVE = "live"
    LOCAL = "local"
    DEMO = "demo"


def free() -> None:
    """Count nothing: what is asked costs nothing, or nobody keeps a budget."""


@dataclass(frozen=True, slots=True)
class PriceRequest:
    """A span of whole sessions of one ticker.

    Attributes:
        ticker: canonical spelling (market.ticker).
        resolution: one of the provider's own ``resolutions``; never W or M.
        start, end: exchange dates, both inclusive.
        deadline_s: seconds that the provider may take from now.
        background: nobody waits for it, or whoever waits has a stale copy; it is the first to be refused
            when a budget runs low.
        spend: to be called before every request to the source over the network; raises BudgetUsedUpError
            where it must not be made.
    """

    ticker: str
    resolution: Resolution
    start: date
    end: date
    deadline_s: float = 4.0
    background: bool = False
    spend: Callable[[], None] = field(default=free, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PriceAnswer:
    """What a provider gave for a request, before validation.

    Attributes:
        candles: bars that start inside the span, ascending; may be empty (no trading in the span).
        basis: what the prices are adjusted for.
        actions: splits and dividends known to the provider up to now, with every daily answer; None
            with intraday.
        actions_to: the last day whose splits and dividends are among the actions, where the source tells
            those of the running session only later; None: they are up to date.
        problems: sentences about rows that were left out ("AAPL.csv line 7: high is below low").
        earlier: all daily bars before the span, where the source had to tell them, too; None where not.
    """

    candles: Candles
    basis: Basis = Basis.RAW
    actions: Actions | None = None
    problems: tuple[str, ...] = field(default=())
    earlier: Candles | None = None
    actions_to: date | None = None


class PriceProvider(Protocol):
    """One source of prices. Implementations are thread-safe and do no work when imported or created."""

    @property
    def name(self) -> str:
        """Short lower-case name, part of the cache key: ``demo``, ``files``, ``tiingo``."""

    @property
    def title(self) -> str:
        """Its name in sentences for people: "Tiingo"."""

    @property
    def kind(self) -> Kind:
        """Live, local or demo."""

    @property
    def label(self) -> str:
        """One sentence for people about these prices, without a full stop at the end."""

    @property
    def correction_s(self) -> int:
        """Seconds after a session's close until the provider's bars no longer change."""

    @property
    def allowance(self) -> Allowance | None:
        """How often the provider may be asked, None where nobody counts."""

    def running_life_s(self, resolution: Resolution) -> float:
        """Return how many seconds a block of the running session stays fresh: how often it is polled."""

    def now(self, ticker: str | None = None) -> datetime:
        """Return the source's present, aware UTC: the real one if live, else the end of its last session.

        With a ticker: its own last session, where tickers end on different days; an unknown one is no error.
        """

    def examples(self) -> tuple[str, ...]:
        """Return all tickers that the source has, a first visit's first; () when it cannot list them."""

    def resolutions(self, ticker: str) -> frozenset[Resolution]:
        """Return what can be fetched as it is (never W or M).

        Raises:
            UnknownTickerError: the source has no such instrument and knows it without asking.
        """

    def first_session(self, ticker: str, resolution: Resolution) -> date | None:
        """Return the date from which this resolution exists, None when the source does not know.

        Raises:
            UnknownTickerError: as above.
        """

    def changed_at(self, ticker: str) -> float:
        """Return when (real UTC seconds) the source's own data for a ticker last changed as a whole, or 0.0.

        What was fetched before that is fetched again: a file of the user's that was edited.
        """

    def remarks(self, ticker: str, resolution: Resolution) -> tuple[str, ...]:
        """Return what a person should know about these prices: rows of a file that were left out. Often ().

        Raises:
            ProviderError: as ``candles``.
        """

    def candles(self, request: PriceRequest) -> PriceAnswer:
        """Fetch a span.

        Raises:
            ProviderError: one of the tree in adapters.errors, never anything else on purpose.
        """
