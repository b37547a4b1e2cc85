"""Reading one stored resolution, or the corporate actions, of one source through the tiers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from adapters.prices import Basis
from cache.blocks import block_keys, units_of
from cache.looks import Looking, Looks
from cache.policy import PROVISIONAL_LIFE_S, is_from_the_future
from cache.refreshing import may_be_due
from cache.scales import Scales
from cache.series import Series, assemble, choose_blocks
from market.calendars import FIRST_DAY
from market.resolution import Resolution

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from adapters.prices import PriceProvider
    from cache.actions import HeldActions
    from cache.blocks import Block, BlockKey, Unit
    from cache.fetch import Fetched, Fetcher
    from cache.refreshing import RefreshAhead
    from cache.series import Chosen
    from cache.tiers import Held, Tiers, View


class Reader:
    """Memory, then table, then provider."""

    def __init__(self, tiers: Tiers, fetcher: Fetcher, ahead: RefreshAhead | None = None) -> None:
        """Use the process' tiers and fetcher; ``ahead`` refreshes what is about to expire."""
        self._tiers = tiers
        self._fetcher = fetcher
        self._ahead = ahead
        self._looks: Looks[tuple[str, str], HeldActions | None] = Looks()

    def series(self, provider: PriceProvider, ticker: str, base: Resolution, view: View) -> Series:
        """Read the view's span.

        Raises:
            ProviderError: a fetch failed and nothing at all is held.
        """
        if view.first > view.last:
            return Series.nothing(view)
        keys = block_keys(ticker, provider.name, base, view.sessions, view.first, view.last)
        if not keys:
            return Series.nothing(view)
        with self._tiers.sharing() as looking:  # until what is missing has come, too
            held = self._tiers.look_up(keys, view, looking=looking)
            gaps = held.without(keys)
            fetched = self._fetched(provider, gaps, held, view) if gaps else {}
        chosen = choose_blocks(keys, held, fetched)
        scales = self._checked_scales(provider, ticker, chosen, view)
        outdated = scales.outdated({key: found.block for key, (found, _) in chosen.items()})
        if outdated and not any(result.error for result in fetched.values()):
            again = self._fetcher.fetch(provider, units_of(outdated), view.sparing(), force=True)
            fetched = {**fetched, **again}
        for key in outdated:
            result = fetched.get(key.unit)
            found = result.found.get(key, chosen[key][0]) if result else chosen[key][0]
            chosen[key] = (found, found is chosen[key][0])
        series = assemble(keys, chosen, fetched, view, scales, table_failed=held.table_failed)
        if self._ahead is not None and not view.warming and may_be_due(series.expires_at, view):
            self._ahead.consider(provider, [found.block for found, _ in chosen.values()], view)
        return series

    def held_blocks(self, provider: PriceProvider, ticker: str, base: Resolution, view: View) -> list[Block]:
        """Return what memory and table hold of a span, fresh or not, on the scale of today's splits."""
        if view.first > view.last:
            return []
        keys = block_keys(ticker, provider.name, base, view.sessions, view.first, view.last)
        with self._tiers.sharing() as looking:
            chosen = choose_blocks(keys, self._tiers.look_up(keys, view, looking=looking), {})
        blocks = {key: found.block for key, (found, _) in chosen.items()}
        outdated = frozenset(self._scales(provider, ticker, chosen, view).outdated(blocks))
        return [block for key, block in blocks.items() if key not in outdated]

    def _fetched(
        self, provider: PriceProvider, gaps: Sequence[BlockKey], held: Held, view: View
    ) -> dict[Unit, Fetched]:
        """Fetch gaps; where stale blocks stand in for all of them, only a part of the time goes to it."""
        asking = view.sparing() if all(key in held.stale for key in gaps) else view
        return dict(self._fetcher.fetch(provider, units_of(gaps), asking))

    def actions(self, provider: PriceProvider, ticker: str, view: View) -> tuple[HeldActions | None, bool]:
        """Read the corporate actions as of the source's present session.

        Returns:
            What is known (None: nothing is), and whether it is up to date. Actions come with every daily
            fetch; where they are behind, the running year is fetched, which is one small call.
        """
        held = _counting(self._tiers.actions_in_memory(ticker, provider.name, view), view)
        if held is not None and _current(held, provider, view):
            return held, True
        with Looking(self._looks) as looking:
            held = self._stored_actions(provider, ticker, view, looking) or held
            if held is not None and _current(held, provider, view):
                return held, True
            return self._fetched_actions(provider, ticker, held, view)

    def held_actions(
        self, provider: PriceProvider, ticker: str, view: View, *, in_memory: bool
    ) -> HeldActions | None:
        """Return the corporate actions that are held, however old; never by a call.

        With ``in_memory`` the table is not asked: what memory can answer costs nothing more.
        """
        held = _counting(self._tiers.actions_in_memory(ticker, provider.name, view, aside=True), view)
        if held is not None or in_memory:
            return held
        with Looking(self._looks) as looking:
            return self._stored_actions(provider, ticker, view, looking)

    def _fetched_actions(
        self, provider: PriceProvider, ticker: str, held: HeldActions | None, view: View
    ) -> tuple[HeldActions | None, bool]:
        """Fetch the running year for its actions, as ``actions``."""
        # The candles are there: a chart without the newest split stands in.
        running = daily_view(provider, ticker, view.sparing(), view.today, view.today)
        (key,) = block_keys(ticker, provider.name, Resolution.DAY, view.sessions, view.today, view.today)
        for force in (False, True):  # a daily block may be fresh although its actions were lost
            result = self._fetcher.fetch(provider, [key.unit], running, force=force)[key.unit]
            if result.actions is not None:
                return result.actions, True
            if result.error is not None:
                break
            stored = self._read_actions(ticker, provider.name, view, consistent=True)
            if stored is not None and _current(stored, provider, view):
                return stored, True  # another process, or another thread, has just fetched them
        return held, False

    def _checked_scales(
        self, provider: PriceProvider, ticker: str, chosen: Mapping[BlockKey, Chosen], view: View
    ) -> Scales:
        """Return what tells the scale of blocks, asking for today's splits where some of them are older."""
        scales = self._scales(provider, ticker, chosen, view)
        if scales.known or not scales.matter([found.block for found, _ in chosen.values()], view.today):
            return scales
        held, current = self.actions(provider, ticker, view)
        return Scales.of(view.sessions, held, view.today, known=current)

    def _scales(
        self, provider: PriceProvider, ticker: str, chosen: Mapping[BlockKey, Chosen], view: View
    ) -> Scales:
        """Return what tells the scale of blocks: the splits that are held, where prices came adjusted."""
        if all(found.block.basis is Basis.RAW for found, _ in chosen.values()):
            return Scales(view.sessions)
        held = _counting(self._tiers.actions_in_memory(ticker, provider.name, view, aside=True), view)
        from_table = any(found.tier is self._tiers.table.tier for found, _ in chosen.values())
        if from_table and (held is None or not _current(held, provider, view)):
            with Looking(self._looks) as looking:
                held = self._stored_actions(provider, ticker, view, looking) or held
        known = held is not None and _current(held, provider, view)
        return Scales.of(view.sessions, held, view.today, known=known)

    def _stored_actions(
        self,
        provider: PriceProvider,
        ticker: str,
        view: View,
        looking: Looking[tuple[str, str], HeldActions | None],
    ) -> HeldActions | None:
        """Return the corporate actions that the table holds, by a look that is shared; None out of time."""

        def look_at(_: object) -> HeldActions | None:
            # Others may have put them there since.
            held = self._tiers.actions_in_memory(ticker, provider.name, view, aside=True)
            return (
                held
                if held and _current(held, provider, view)
                else self._read_actions(ticker, provider.name, view)
            )

        found = looking.find([(ticker, provider.name)], look_at, lambda: view.deadline.left_s)
        return _counting(found[0], view) if found else None

    def _read_actions(
        self, ticker: str, source: str, view: View, *, consistent: bool = False
    ) -> HeldActions | None:
        """Return the corporate actions that the table holds, and hold them in memory; None out of time."""
        if view.deadline.left_s <= 0:
            return None
        table = self._tiers.table
        stored = _counting(table.read_actions(ticker, source, view.request_id, consistent=consistent), view)
        if stored is not None:
            self._tiers.keep_actions(ticker, source, stored, hot=not view.warming)
        return stored


def daily_view(provider: PriceProvider, ticker: str, view: View, first: date, last: date) -> View:
    """Return the view of the same request on the daily series."""
    floor = provider.first_session(ticker, Resolution.DAY) or FIRST_DAY
    return replace(
        view,
        first=max(first, floor),
        last=last,
        floor=floor,
        running_life_s=provider.running_life_s(Resolution.DAY),
    )


def _counting(held: HeldActions | None, view: View) -> HeldActions | None:
    """Return what is held, unless it was invalidated since, or fetched when a clock was wrong."""
    if held is None or is_from_the_future(held, view.now):
        return None
    return held if view.counts(held) else None


def _current(held: HeldActions, provider: PriceProvider, view: View) -> bool:
    """Return whether actions are those of the present session, or as young as the source's days may be."""
    if held.known_to >= view.today or held.fetched_at <= view.changed_at:
        return held.fetched_at > view.changed_at
    life_s = max(PROVISIONAL_LIFE_S, provider.running_life_s(Resolution.DAY))
    in_this_session = held.fetched_at >= view.sessions.open[view.now.last]
    return bool(in_this_session and view.now.real_s < held.fetched_at + life_s)
