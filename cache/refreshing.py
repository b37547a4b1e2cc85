"""Refreshing ahead: what people look at is fetched again shortly before its life is over, so nobody waits.

A block that is not final and is asked for in the last fifth of its life is put into a short line; one thread
fetches it on the usual way, by single flight, lock and cool-down, while readers get the one that is still
fresh. What nobody looks at is left to expire. Promise: readers never wait here, each block is refreshed ahead
once at most, whatever comes of it, and the thread ends when nothing is left to do.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import structlog

from cache import policy
from cache.blocks import units_of
from cache.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from adapters.prices import PriceProvider
    from cache.blocks import Block, BlockKey, Unit
    from cache.fetch import Fetcher
    from cache.statistics import Statistics
    from cache.tiers import View

MOST_WAITING = 64
_MOST_REMEMBERED = 4_096
_FEW = 1_000
"""Calls an hour; with fewer, every call is kept for what somebody waits for."""
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Refresh:
    """Units of one source to bring up to date.

    Attributes:
        provider, units: what to ask of whom.
        view: on them at the moment when what is held will have expired.
        until_s: monotonic seconds; by then readers have fetched it themselves.
    """

    provider: PriceProvider
    units: list[Unit]
    view: View
    until_s: float


class RefreshAhead:
    """The refreshes of one process. Thread-safe."""

    def __init__(
        self,
        fetcher: Fetcher,
        statistics: Statistics,
        *,
        deadline_s: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Fetch by ``fetcher``, within ``deadline_s`` each; ``monotonic`` gives seconds."""
        self._fetcher = fetcher
        self._statistics = statistics
        self._deadline_s = deadline_s
        self._monotonic = monotonic
        self._changed = threading.Condition()
        self._line: deque[_Refresh] = deque()
        self._taken: OrderedDict[BlockKey, float] = OrderedDict()
        self._thread: threading.Thread | None = None

    def consider(self, provider: PriceProvider, blocks: Iterable[Block], view: View) -> None:
        """Have those of some fresh blocks refreshed whose life is about to end.

        It costs up to a quarter more calls, so a source that allows few is not asked ahead.
        """
        if provider.allowance is not None and (provider.allowance.calls_per_hour or _FEW) < _FEW:
            return
        due = [block for block in blocks if view.is_due(block)]
        if not due:
            return
        with self._changed:
            new = [block for block in due if self._taken.get(block.key, 0.0) < block.fetched_at]
            if not new or len(self._line) >= MOST_WAITING:
                return
            for block in new:
                self._taken[block.key] = block.fetched_at
                self._taken.move_to_end(block.key)
            while len(self._taken) > _MOST_REMEMBERED:
                self._taken.popitem(last=False)
            self._line.append(self._refresh(provider, new, view))
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="refresh-ahead", daemon=True)
                self._thread.start()

    def settled(self, timeout_s: float) -> bool:
        """Wait until nothing is being refreshed; return whether it is so."""
        with self._changed:
            return self._changed.wait_for(lambda: self._thread is None, timeout_s)

    def _refresh(self, provider: PriceProvider, blocks: list[Block], view: View) -> _Refresh:
        ends = max(view.expires_at(block) for block in blocks)
        until_s = self._monotonic() + ends - view.now.real_s
        later = replace(view, now=replace(view.now, real_s=ends), warming=True)
        return _Refresh(provider, units_of(block.key for block in blocks), later, until_s)

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._line:
                    self._thread = None
                    self._changed.notify_all()
                    return
                refresh = self._line.popleft()
            try:
                self._carry_out(refresh)
            except Exception:  # noqa: BLE001 - the next one may go well
                _log.exception("ohlc_refresh_failed", source=refresh.provider.name)

    def _carry_out(self, refresh: _Refresh) -> None:
        """Fetch; what fails is logged and counted on the way, and what is held stays."""
        if self._monotonic() >= refresh.until_s:
            return
        deadline = Deadline.after(self._deadline_s, self._monotonic)
        view = replace(refresh.view, deadline=deadline)
        self._fetcher.fetch(refresh.provider, refresh.units, view)
        self._statistics.add("refreshed_ahead")
        _log.debug(
            "ohlc_refreshed_ahead", source=refresh.provider.name, units=[u.lock_key for u in refresh.units]
        )


def may_be_due(expires_at: float, view: View) -> bool:
    """Return whether a closer look is worth it, by the earliest end of some lives (real UTC seconds)."""
    return view.now.real_s < expires_at <= view.now.real_s + policy.LONGEST_AHEAD_S
