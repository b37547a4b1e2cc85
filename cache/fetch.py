"""The way to a provider: one call for one thing, checked, cut into blocks, written through.

Promise: ``Fetcher.fetch`` never raises for a provider that fails; the error is part of each unit's result,
the same object for everyone who waited, and nothing wrong is kept. A live provider that has just failed is
left alone for a while (``cache.cooldown``).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import structlog

from adapters.errors import BudgetUsedUpError, ProviderError, RateLimitedError, UnavailableError
from adapters.prices import Basis, PriceRequest
from cache import policy
from cache.actions import HeldActions
from cache.blocks import Block, BlockKey, Unit, neighbours
from cache.budgets import Budgets
from cache.cooldown import Cooldown, part_of
from cache.crashes import crashed
from cache.cutting import Cutter, Told, names
from cache.query import Tier
from cache.seams import AllCounts, NoLock
from cache.second_look import SecondLook
from cache.single_flight import FlightAbortedError, FlightTimeoutError, SingleFlight
from cache.tiers import Found, contiguous_runs
from market.resolution import Resolution
from market.sessions import day_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from adapters.prices import PriceProvider
    from cache.seams import Since, UnitLock
    from cache.second_look import Seen
    from cache.statistics import Statistics
    from cache.tiers import Held, Tiers, View

_FAIR_SHARE = 0.5
"""A provider that was given less than this of its usual time, and used it up, has not failed."""
_USED_UP = 0.9
_WRITE_S = 0.3
"""What a first attempt to write may cost; with less left of the request it is made off its path."""
_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Fetched:
    """What became of one fetch unit."""

    found: dict[BlockKey, Found] = field(default_factory=dict)
    error: ProviderError | None = None
    problems: tuple[str, ...] = ()
    actions: HeldActions | None = None
    write_failed: bool = False


class Fetcher:
    """Fetches units from providers, each at most once at a time."""

    def __init__(  # noqa: PLR0913 - the composition root gives all parts once
        self,
        tiers: Tiers,
        statistics: Statistics,
        clock: Callable[[], float],
        *,
        provider_deadline_s: float,
        lock: UnitLock | None = None,
        cooldown: Cooldown | None = None,
        budgets: Budgets | None = None,
        since: Since | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Ask providers and keep what they say.

        Args:
            tiers: where it is kept.
            statistics: where it is counted.
            clock: UTC seconds, for ``fetched_at``.
            provider_deadline_s: the most that one call may take.
            lock: keeps processes apart.
            cooldown: which providers are left alone.
            budgets: what providers may still be asked.
            since: what was asked for before is told to whoever asked, and not kept.
            monotonic: seconds, for how long calls take.
        """
        self._tiers = tiers
        self._statistics = statistics
        self._clock = clock
        self._provider_deadline_s = provider_deadline_s
        self._since = since or AllCounts()
        self._monotonic = monotonic
        self._cutter = Cutter(statistics, clock)
        self.lock = lock or NoLock()
        self.cooldown = cooldown or Cooldown()
        self.budgets = budgets or Budgets()
        self.flights: SingleFlight[Unit, Fetched] = SingleFlight()

    def fetch(
        self, provider: PriceProvider, units: Sequence[Unit], view: View, *, force: bool = False
    ) -> Mapping[Unit, Fetched]:
        """Bring units up to date; with ``force`` even what looks fresh is asked for.

        Waits at most until the view's deadline for calls that others have under way.
        """
        refused = self._cooling(provider, units[0], background=view.warming)
        if refused is None and view.deadline.left_s <= 0:
            refused = _late(provider)
        if refused is not None:
            return dict.fromkeys(units, Fetched(error=refused))
        results = self._fly(provider, units, view, force=force)
        if all(view.counts(found.block) for result in results.values() for found in result.found.values()):
            return results
        return self._fly(provider, units, view, force=force)  # that flight had begun before an invalidation

    def _fly(
        self, provider: PriceProvider, units: Sequence[Unit], view: View, *, force: bool
    ) -> Mapping[Unit, Fetched]:
        """Fetch what nobody fetches, and wait for the rest."""

        def lead(led: tuple[Unit, ...]) -> Mapping[Unit, Fetched]:
            second_look = SecondLook(self._tiers, view, led, force=force)
            arrived = ((unit, second_look.in_memory(unit)) for unit in led)
            results = {unit: Fetched(found) for unit, found in arrived if found is not None}
            missing = [unit for unit in led if unit not in results]
            if not missing:  # nobody needs a lock for it
                return results
            with self.lock.hold(missing, view.deadline, second_look.arrived):
                for group in neighbours(missing):
                    results |= self._lead(provider, group, second_look.at(group))
                return results

        try:
            return self.flights.run(units, lead, view.deadline.left_s)
        except FlightTimeoutError as waiting:
            done, failed = waiting.done, waiting.unfinished
        except FlightAbortedError:  # whoever led was stopped; asking again will do
            done, failed = {}, tuple(units)
        late = Fetched(error=_late(provider))
        return {**done, **dict.fromkeys(failed, late)}

    def _lead(self, provider: PriceProvider, units: Sequence[Unit], seen: Seen) -> dict[Unit, Fetched]:
        """Ask the provider once for every contiguous gap that the second look has found."""
        keys, whole, held = seen
        results = {unit: Fetched() for unit in units}
        for key, found in held.fresh.items():
            results[key.unit].found[key] = found
        for run in contiguous_runs(keys, held.without(keys)):
            outcome = self._ask(provider, run, held, whole)
            for key in run:
                result = results[key.unit]
                result.error = result.error or outcome.error
                result.problems, result.actions = outcome.problems, outcome.actions
                result.write_failed |= outcome.write_failed
                if key in outcome.found:
                    result.found[key] = outcome.found[key]
        return results

    def _ask(self, provider: PriceProvider, run: Sequence[BlockKey], held: Held, view: View) -> Fetched:
        """Ask for one contiguous run of blocks and keep what comes back."""
        before = _joinable(held, run[0])
        end = view.last_day_of(run[-1])
        start = min(policy.fetch_from(before, run[0], view.now, view.changed_at), end)
        request = PriceRequest(
            run[0].ticker,
            Resolution(run[0].resolution),
            start,
            end,
            background=view.warming or all(key in held.stale for key in run),
        )
        # It may have failed since this flight was wanted.
        cooling = self._cooling(provider, run[0].unit, background=request.background)
        if cooling is not None:
            return Fetched(error=cooling)
        try:
            told = self._call(provider, request, view)
            adjusted = told.answer.basis is not Basis.RAW and start > day_of(run[0].day)
            refused = before is not None and self._since.since(request.ticker) > view.invalidated_at
            if adjusted or refused:
                before = None  # what was final has been adjusted anew, or invalidated since it was looked up
                told = self._call(provider, replace(request, start=day_of(run[0].day)), view)
            blocks = self._cutter.blocks(told, run, before, view)
        except ProviderError as error:
            return Fetched(error=self._failed(provider, request, error))
        except Exception:  # noqa: BLE001 - whatever it is, others can answer and what is held stays (E9)
            return Fetched(error=self._failed(provider, request, crashed(provider, request.ticker)))
        self.cooldown.succeeded(provider.name, request.ticker)
        return self._keep(told, blocks, self._earlier(told, run[0], view), view)

    def _earlier(self, told: Told, first: BlockKey, view: View) -> list[Block]:
        """Return the years before a run that came with it; none where the table has had them before."""
        ticker, source = first.ticker, first.source
        if told.answer.earlier is None or self._tiers.table.read_actions(ticker, source, view.request_id):
            return []
        return self._cutter.earlier(told, first, view)

    def _call(self, provider: PriceProvider, request: PriceRequest, view: View) -> Told:
        """Ask a provider.

        Raises:
            ProviderError: it failed, or there is no time left to ask.
        """
        seconds = min(self._provider_deadline_s, view.deadline.left_s)
        if seconds <= 0:
            raise _HurriedError(_late(provider))
        self._statistics.add("provider_calls")
        asked_at, begun_s = self._clock(), self._monotonic()
        try:
            spend = self.budgets.spender(provider.name, request)
            answer = provider.candles(replace(request, deadline_s=seconds, spend=spend))
        except UnavailableError as error:
            used_up = self._monotonic() - begun_s >= _USED_UP * seconds
            if used_up and seconds < _FAIR_SHARE * self._provider_deadline_s:
                raise _HurriedError(error) from error
            raise
        return Told(provider, request, answer, asked_at)

    def _cooling(self, provider: PriceProvider, unit: Unit, *, background: bool) -> ProviderError | None:
        """Return what a provider said that is left alone now, or why it may not be asked."""
        ticker = unit.ticker
        error = self.cooldown.error(provider.name, ticker, part_of(unit.resolution))
        error = error or self.budgets.refusal(provider.name, ticker, background=background)
        if error is not None:
            self._statistics.add("cooled_down")
            _log.debug("ohlc_provider_left_alone", ticker=ticker, source=provider.name, code=error.code)
        return error

    def _failed(self, provider: PriceProvider, request: PriceRequest, error: ProviderError) -> ProviderError:
        """Count and log a failure, and leave the provider alone if it is to blame."""
        if isinstance(error, BudgetUsedUpError):
            return error
        hurried = isinstance(error, _HurriedError)
        error = error.error if isinstance(error, _HurriedError) else error
        self._statistics.add("provider_errors")
        _log.warning("ohlc_provider_failed", **names(provider, request), code=error.code, error=str(error))
        if isinstance(error, RateLimitedError):
            self.budgets.closed(provider.name, error)
        if hurried:
            return error
        return self.cooldown.failed(provider, request.ticker, error, part_of(request.resolution))

    def _keep(self, told: Told, blocks: list[Block], earlier: list[Block], view: View) -> Fetched:
        """Hold the blocks in memory and write them through; a failed write never fails the request.

        Actions go first: whoever waits for the blocks in another process finds both. Nobody waits for the
        years that came beside them.
        """
        ticker, source, answer = told.request.ticker, told.provider.name, told.answer
        known_to = min(answer.actions_to or view.today, view.today)
        held = None if answer.actions is None else HeldActions(answer.actions, known_to, told.asked_at)
        found = {block.key: Found(block, Tier.PROVIDER) for block in blocks}
        fetched = Fetched(found, None, answer.problems, held)
        if told.asked_at <= self._since.since(ticker):
            return fetched  # invalidated meanwhile
        written, hot, late = True, not view.warming, view.deadline.left_s < _WRITE_S
        if held is not None:
            if answer.basis is not Basis.RAW:
                known = self._tiers.known_actions(ticker, source, view)
                fetched.actions = held = held.following(known)
            self._tiers.keep_actions(ticker, source, held, hot=hot)
            written = self._tiers.table.write_actions(ticker, source, held, view.request_id, late=late)
        for block in earlier:
            self._tiers.keep(block, hot=False)
        for block in blocks:
            self._tiers.keep(block, hot=hot)
        if earlier:
            self._tiers.table.write(earlier, view.sessions, view.request_id, late=True)
        written &= self._tiers.table.write(
            blocks, view.sessions, view.request_id, on_newer=self._tiers.forget, late=late
        )
        fetched.write_failed = not written
        if written:
            candles = sum(len(block.candles) for block in blocks)
            _log.info("ohlc_write_through_complete", **told.names, blocks=len(blocks), candles=candles)
        else:
            self._statistics.add("write_errors")
        return fetched


class _HurriedError(ProviderError):
    """A provider that had no fair time to answer: its error, which says nothing about the provider."""

    def __init__(self, error: ProviderError) -> None:
        """Carry ``error``."""
        super().__init__(str(error), provider=error.provider)
        self.error = error


def _joinable(held: Held, key: BlockKey) -> Block | None:
    """Return what is held of a block if new bars may be joined to it: prices as traded never change."""
    found = held.stale.get(key)
    return found.block if found is not None and found.block.basis is Basis.RAW else None


def _late(provider: PriceProvider) -> UnavailableError:
    return UnavailableError(f"{provider.title} did not answer in time. Try again.", provider=provider.name)
