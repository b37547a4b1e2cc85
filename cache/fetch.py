"""The way to a provider: one call for one thing, checked, cut into blocks, written through.

Promise: ``Fetcher.fetch`` never raises for a provider that fails; the error is part of each unit's result,
the same object for everyone who waited, and nothing wrong is kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import structlog

from adapters.errors import BadPayloadError, ProviderError, UnavailableError
from adapters.prices import Basis, PriceAnswer, PriceRequest
from cache import policy
from cache.actions import HeldActions
from cache.blocks import Block, BlockKey, Unit, neighbours, period
from cache.query import Tier
from cache.seams import NoLock
from cache.second_look import SecondLook
from cache.single_flight import FlightAbortedError, FlightTimeoutError, SingleFlight
from cache.tiers import Found, contiguous_runs
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S, day_number, day_of
from market.validate import RejectedError, validate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from adapters.prices import PriceProvider
    from cache.deadline import Deadline
    from cache.seams import UnitLock
    from cache.second_look import Seen
    from cache.statistics import Statistics
    from cache.tiers import Held, Tiers, View

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

    def __init__(
        self,
        tiers: Tiers,
        statistics: Statistics,
        clock: Callable[[], float],
        *,
        provider_deadline_s: float,
        lock: UnitLock | None = None,
    ) -> None:
        """Use ``clock`` (UTC seconds) for ``fetched_at``; a provider gets at most ``provider_deadline_s``."""
        self._tiers = tiers
        self._statistics = statistics
        self._clock = clock
        self._provider_deadline_s = provider_deadline_s
        self._lock = lock or NoLock()
        self.flights: SingleFlight[Unit, Fetched] = SingleFlight()

    def fetch(
        self,
        provider: PriceProvider,
        units: Sequence[Unit],
        view: View,
        deadline: Deadline,
        *,
        force: bool = False,
    ) -> Mapping[Unit, Fetched]:
        """Bring units up to date; with ``force`` even what looks fresh is asked for.

        Waits at most until the deadline for calls that others have under way.
        """

        def lead(led: tuple[Unit, ...]) -> Mapping[Unit, Fetched]:
            second_look = SecondLook(self._tiers, view, led, force=force)
            with self._lock.hold(led, deadline, second_look.arrived):
                results: dict[Unit, Fetched] = {}
                for group in neighbours(led):
                    results |= self._lead(provider, group, second_look.at(group), deadline)
                return results

        try:
            return self.flights.run(units, lead, deadline.left_s)
        except FlightTimeoutError as waiting:
            done, failed = waiting.done, waiting.unfinished
        except FlightAbortedError:  # whoever led was stopped; asking again will do
            done, failed = {}, tuple(units)
        late = Fetched(error=_late(provider))
        return {**done, **dict.fromkeys(failed, late)}

    def _lead(
        self, provider: PriceProvider, units: Sequence[Unit], seen: Seen, deadline: Deadline
    ) -> dict[Unit, Fetched]:
        """Ask the provider once for every contiguous gap that the second look has found."""
        keys, whole, held = seen
        results = {unit: Fetched() for unit in units}
        for key, found in held.fresh.items():
            results[key.unit].found[key] = found
        for run in contiguous_runs(keys, held.without(keys)):
            outcome = self._ask(provider, run, held, whole, deadline)
            for key in run:
                result = results[key.unit]
                result.error = result.error or outcome.error
                result.problems, result.actions = outcome.problems, outcome.actions
                result.write_failed |= outcome.write_failed
                if key in outcome.found:
                    result.found[key] = outcome.found[key]
        return results

    def _ask(
        self, provider: PriceProvider, run: Sequence[BlockKey], held: Held, view: View, deadline: Deadline
    ) -> Fetched:
        """Ask for one contiguous run of blocks and keep what comes back."""
        before = _joinable(held, run[0])
        end = view.last_day_of(run[-1])
        start = min(policy.fetch_from(before, run[0], view.now, view.changed_at), end)
        request = PriceRequest(run[0].ticker, Resolution(run[0].resolution), start, end)
        try:
            answer, asked_at = self._call(provider, request, deadline)
            if answer.basis is not Basis.RAW and start > day_of(run[0].day):
                before = None  # what was final has been adjusted anew, perhaps for a split since
                request = replace(request, start=day_of(run[0].day))
                answer, asked_at = self._call(provider, request, deadline)
            blocks = self._cut(provider, request, answer, run, before, view, asked_at)
        except ProviderError as error:
            self._statistics.add("provider_errors")
            _log.warning(
                "ohlc_provider_failed", **_names(request, provider), code=error.code, error=str(error)
            )
            return Fetched(error=error)
        return self._keep(provider, request, answer, blocks, view, asked_at)

    def _call(
        self, provider: PriceProvider, request: PriceRequest, deadline: Deadline
    ) -> tuple[PriceAnswer, float]:
        """Ask a provider, and return its answer with the time of the question (UTC seconds).

        An answer is as old as its question: what changes at the source meanwhile may or may not be in it.

        Raises:
            ProviderError: it failed, or there is no time left to ask.
        """
        seconds = min(self._provider_deadline_s, deadline.left_s)
        if seconds <= 0:
            raise _late(provider)
        self._statistics.add("provider_calls")
        asked_at = self._clock()
        return provider.candles(replace(request, deadline_s=seconds)), asked_at

    def _cut(  # noqa: PLR0913 - everything that a block is made of
        self,
        provider: PriceProvider,
        request: PriceRequest,
        answer: PriceAnswer,
        run: Sequence[BlockKey],
        before: Block | None,
        view: View,
        asked_at: float,
    ) -> list[Block]:
        """Check an answer and cut it into the blocks of a run, joined to what was final before.

        What can exist is judged by the present after the call, what is final by the present before it.
        """
        span_start, span_end = period(run[0], view.sessions)[0], period(run[-1], view.sessions)[1]
        if request.resolution is Resolution.DAY:
            span_start = day_number(request.start) * DAY_S
        after = policy.moment(view.sessions, provider.now(request.ticker), self._clock())
        newest = max(view.newest(run[-1]), replace(view, now=after).newest(run[-1]))
        try:
            checked = validate(answer.candles, start_s=span_start, end_s=span_end, now_s=newest)
        except RejectedError as error:
            self._statistics.add("rejected_answers")
            msg = f"{provider.name} sent prices that cannot be right ({error}). Nothing of it was kept."
            raise BadPayloadError(msg, provider=provider.name) from error
        if checked.dropped:
            self._statistics.add("dropped_bars", len(checked.dropped))
            _log.warning("ohlc_bars_dropped", **_names(request, provider), bars=len(checked.dropped))
        blocks = []
        for key in run:
            first, end = period(key, view.sessions)
            bars = checked.candles.between(first, end)
            if before is not None and key == before.key:
                bars = Candles.concat([before.candles.between(first, span_start), bars])
            settled = policy.settled_to(key, view.sessions, view.now, provider.correction_s)
            bad = [d.time for d in checked.dropped if first <= d.time < end]
            if bad:
                settled = min(settled, min(bad) if key.resolution == Resolution.DAY else first)
            blocks.append(Block(key, bars, asked_at, settled, answer.basis))
        return blocks

    def _keep(  # noqa: PLR0913 - as above
        self,
        provider: PriceProvider,
        request: PriceRequest,
        answer: PriceAnswer,
        blocks: list[Block],
        view: View,
        asked_at: float,
    ) -> Fetched:
        """Hold the blocks in memory and write them through; a failed write never fails the request.

        Actions go first: whoever waits for the blocks in another process finds both.
        """
        written, held = True, None
        if answer.actions is not None:
            held = HeldActions(answer.actions, view.today, asked_at)
            self._tiers.keep_actions(request.ticker, provider.name, held)
            written = self._tiers.table.write_actions(request.ticker, provider.name, held, view.request_id)
        for block in blocks:
            self._tiers.keep(block)
        table = self._tiers.table
        written &= table.write(blocks, view.sessions, view.request_id, on_newer=self._tiers.forget)
        if written:
            _log.info(
                "ohlc_write_through_complete",
                **_names(request, provider),
                blocks=len(blocks),
                candles=sum(len(b.candles) for b in blocks),
                request_id=view.request_id,
            )
        else:
            self._statistics.add("write_errors")
        found = {block.key: Found(block, Tier.PROVIDER) for block in blocks}
        return Fetched(found, None, answer.problems, held, not written)


def _joinable(held: Held, key: BlockKey) -> Block | None:
    """Return what is held of a block if new bars may be joined to it: prices as traded never change."""
    found = held.stale.get(key)
    return found.block if found is not None and found.block.basis is Basis.RAW else None


def _late(provider: PriceProvider) -> UnavailableError:
    return UnavailableError(f"{provider.name} did not answer in time. Try again.", provider=provider.name)


def _names(request: PriceRequest, provider: PriceProvider) -> dict[str, str]:
    return {"ticker": request.ticker, "source": provider.name, "resolution": request.resolution.value}
