"""From what a provider said to blocks: checked, counted, cut at the borders of sessions and years."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog

from adapters.errors import BadPayloadError
from cache import policy
from cache.blocks import Block, BlockKey, block_keys, period
from market.calendars import FIRST_DAY
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S, day_number, day_of
from market.validate import RejectedError, validate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adapters.prices import PriceAnswer, PriceProvider, PriceRequest
    from cache.statistics import Statistics
    from cache.tiers import View
    from market.validate import Checked

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Told:
    """A provider's answer with its question.

    Attributes:
        provider, request, answer: who was asked what, and said what.
        asked_at: UTC seconds of the question. An answer is as old as its question: what changes at the source
            meanwhile may or may not be in it.
    """

    provider: PriceProvider
    request: PriceRequest
    answer: PriceAnswer
    asked_at: float

    @property
    def names(self) -> dict[str, str]:
        """What log lines say of it."""
        return names(self.provider, self.request)


class Cutter:
    """Checks answers and cuts them into blocks."""

    def __init__(self, statistics: Statistics, clock: Callable[[], float]) -> None:
        """Count in ``statistics``; ``clock`` gives UTC seconds."""
        self._statistics = statistics
        self._clock = clock

    def blocks(self, told: Told, run: Sequence[BlockKey], before: Block | None, view: View) -> list[Block]:
        """Check an answer and cut it into the blocks of a run, joined to what was final before.

        Raises:
            BadPayloadError: it cannot be right as a whole.
        """
        request = told.request
        span_start, span_end = period(run[0], view.sessions)[0], period(run[-1], view.sessions)[1]
        if request.resolution is Resolution.DAY:
            span_start = day_number(request.start) * DAY_S
        checked = self._checked(told, span_start, span_end, self._newest(told, run[-1], view))
        blocks = []
        for key in run:
            first, end = period(key, view.sessions)
            bars = checked.candles.between(first, end)
            if before is not None and key == before.key:
                bars = Candles.concat([before.candles.between(first, span_start), bars])
            settled = policy.settled_to(key, view.sessions, view.now, told.provider.correction_s)
            bad = [d.time for d in checked.dropped if first <= d.time < end]
            if bad:
                settled = min(settled, min(bad) if key.resolution == Resolution.DAY else first)
            # Whoever keeps one session must not keep the month that came with it: memory counts the session.
            blocks.append(Block(key, bars.alone(), told.asked_at, settled, told.answer.basis))
        return blocks

    def earlier(self, told: Told, first: BlockKey, view: View) -> list[Block]:
        """Cut the years before a block that a source has told beside what it was asked for.

        Returns:
            Nothing where there are none, or where they cannot be right: nobody has asked for them yet.
        """
        bars, year = told.answer.earlier, day_of(first.day)
        if bars is None or year <= FIRST_DAY:
            return []
        end = year - timedelta(days=1)
        keys = block_keys(first.ticker, first.source, Resolution.DAY, view.sessions, FIRST_DAY, end)
        bars = bars.take(bars.time < first.day * DAY_S)
        request = replace(told.request, start=FIRST_DAY, end=end)
        aside = replace(told, request=request, answer=replace(told.answer, candles=bars))
        try:
            return self.blocks(aside, keys, None, view)
        except BadPayloadError:
            return []

    def _newest(self, told: Told, last: BlockKey, view: View) -> int:
        """Return the latest bar time (UTC seconds) that can be in the answer.

        What can exist is judged by the present after the call, what is final by the present before it.
        """
        source_now = told.provider.now(told.request.ticker)
        after = replace(view, now=policy.moment(view.sessions, source_now, self._clock()))
        return max(view.newest(last), after.newest(last))

    def _checked(self, told: Told, start_s: int, end_s: int, newest: int) -> Checked:
        try:
            checked = validate(told.answer.candles, start_s=start_s, end_s=end_s, now_s=newest)
        except RejectedError as error:
            self._statistics.add("rejected_answers")
            provider = told.provider
            msg = f"{provider.title} sent prices that cannot be right ({error}). Nothing of it was kept."
            raise BadPayloadError(msg, provider=provider.name) from error
        if checked.duplicates or checked.out_of_order:
            self._statistics.add("repaired_bars", checked.duplicates + checked.out_of_order)
            _log.warning(
                "ohlc_bars_repaired",
                **told.names,
                duplicates=checked.duplicates,
                unsorted=checked.out_of_order,
            )
        if checked.dropped:
            self._statistics.add("dropped_bars", len(checked.dropped))
            _log.warning("ohlc_bars_dropped", **told.names, bars=len(checked.dropped))
        return checked


def names(provider: PriceProvider, request: PriceRequest) -> dict[str, str]:
    """Return what log lines say of a question to a provider."""
    return {"ticker": request.ticker, "source": provider.name, "resolution": request.resolution.value}
