"""Fetching ahead what is looked at often, so that a chart opens from what is held (cache-17).

One step is one ticker at one resolution over a month; steps are taken one at a time, through the same cache
as every request. Promise: never more than half of what a provider allows within an hour, evenly, so that the
other half is there for people; what is held already costs nothing. Nothing is raised for a step that fails.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import structlog

from cache.errors import CandleError, ProviderBusyError, TickerNotFoundError
from cache.query import CandleQuery, Tier
from market.ranges import RangePreset, window
from market.resolution import Resolution

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from adapters.prices import PriceProvider
    from cache.candle_cache import CandleCache
    from cache.query import Answer

RESOLUTIONS = (Resolution.DAY, Resolution.M5, Resolution.M15)
SHARE = 0.5
"""Of a provider's calls within an hour, for warming at most."""
_HOUR_S = 3_600.0
_LOST = "The table cannot be used, so it is not kept; the log says why."
_log = structlog.get_logger(__name__)


class Outcome(StrEnum):
    """How a step ended; ``skipped`` is for a ticker that no source has, ``lost`` for a table that fails."""

    HELD = "held"
    FETCHED = "fetched"
    SKIPPED = "skipped"
    FAILED = "failed"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Step:
    """One step that has been taken.

    Attributes:
        done, total: how many steps have been taken, this one included, and how many there are.
        ticker, resolution: what it was about.
        outcome: how it ended.
        message: the sentence that goes with skipped and failed, else "".
    """

    done: int
    total: int
    ticker: str
    resolution: Resolution
    outcome: Outcome
    message: str = ""


class Pace:
    """When each source may be asked next, so that its calls keep an even distance."""

    def __init__(self, providers: Sequence[PriceProvider], clock: Callable[[], float]) -> None:
        """Know what each provider allows; ``clock`` is monotonic seconds."""
        self._gap_s = {
            p.name: _HOUR_S / (SHARE * per_hour)
            for p in providers
            if p.allowance is not None and (per_hour := p.allowance.calls_per_hour)
        }
        self._clock = clock
        self._next_s: dict[str, float] = {}

    def wait_s(self, source: str) -> float:
        """Return the seconds until a source may be asked."""
        return max(0.0, self._next_s.get(source, 0.0) - self._clock())

    def spend(self, source: str, calls: int) -> None:
        """Take note of calls that were made."""
        if calls:
            self.rest(source, calls * self._gap_s.get(source, 0.0))

    def rest(self, source: str, seconds: float) -> None:
        """Leave a source alone for some seconds, or longer where it is left alone already."""
        self._next_s[source] = max(self._next_s.get(source, 0.0), self._clock() + seconds)


class Warming:
    """Takes the steps for some tickers."""

    def __init__(
        self,
        cache: CandleCache,
        providers: Sequence[PriceProvider],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask ``cache``, whose sources are ``providers``; ``clock`` is monotonic seconds."""
        self._cache = cache
        self._pace = Pace(providers, clock)

    def run(self, tickers: Sequence[str], cancelled: Callable[[float], bool]) -> Iterator[Step]:
        """Take one step after the other and yield each; stop when cancelled, or when the table keeps nothing.

        Args:
            tickers: canonical spellings.
            cancelled: waits for some seconds and returns True as soon as no further step is wanted
                (``threading.Event.wait``).
        """
        unknown: dict[str, str] = {}
        steps = [(ticker, resolution) for ticker in tickers for resolution in RESOLUTIONS]
        for done, (ticker, resolution) in enumerate(steps, start=1):
            if cancelled(0 if ticker in unknown else self._wait_s(ticker)):
                return
            if ticker in unknown:
                outcome, message = Outcome.SKIPPED, unknown[ticker]
            else:
                outcome, message = self._take(ticker, resolution)
            if outcome is Outcome.SKIPPED:
                unknown[ticker] = message
            yield Step(done, len(steps), ticker, resolution, outcome, message)
            if outcome is Outcome.LOST:  # what follows would cost calls and be lost, too
                return

    def _wait_s(self, ticker: str) -> float:
        try:
            return self._pace.wait_s(self._cache.listing(ticker).source)
        except CandleError:  # the step will say so
            return 0.0

    def _take(self, ticker: str, resolution: Resolution) -> tuple[Outcome, str]:
        """Take a step; return how it ended, and the sentence with that."""
        try:
            answer = self._ask(ticker, resolution)
        except TickerNotFoundError as error:
            _log.warning("warming_skipped", ticker=ticker, reason=str(error))
            return Outcome.SKIPPED, str(error)
        except CandleError as error:
            problem = str(error)
        else:
            problem = _problem(answer)
        if not problem and (answer.write_failed or answer.table_failed):
            # Memory ends with this process; what it holds must not pass for kept when it is asked for again.
            self._cache.forget(ticker)
            _log.warning("warming_lost", ticker=ticker, resolution=resolution.value)
            return Outcome.LOST, _LOST
        if problem:
            _log.warning("warming_failed", ticker=ticker, resolution=resolution.value, reason=problem)
            return Outcome.FAILED, problem
        return Outcome.FETCHED if answer.tier is Tier.PROVIDER else Outcome.HELD, ""

    def _ask(self, ticker: str, resolution: Resolution) -> Answer:
        """Ask for a month, and note what that cost its source.

        What a person's requests call meanwhile counts too: warming is the one that stands back.
        """
        listing = self._cache.listing(ticker)
        start, end = window(RangePreset.MONTH, listing.sessions, listing.last_session)
        before = self._calls()
        try:
            return self._cache.get(CandleQuery(ticker, resolution, start, end), warming=True)
        except ProviderBusyError as error:
            self._pace.rest(listing.source, error.retry_after_s or 0.0)
            raise
        finally:
            self._pace.spend(listing.source, self._calls() - before)

    def _calls(self) -> int:
        return self._cache.statistics.snapshot()["provider_calls"]


def _problem(answer: Answer) -> str:
    """Say what an answer lacks of fresh prices, "" when nothing."""
    if answer.missing:
        return answer.missing[0].reason
    if answer.stale_since is not None:
        return f"{answer.source} did not answer; what was held before is still there."
    return ""
