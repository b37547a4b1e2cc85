"""Looking blocks up in memory, then in the table: what is held, where, and whether it is fresh."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING

from adapters.prices import RUNNING_LIFE_S
from cache import policy
from cache.deadline import NO_DEADLINE, Deadline
from cache.looks import Looking, Looks
from cache.query import Tier
from market.resolution import Resolution
from market.sessions import DAY_S, Sessions, day_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cache.actions import HeldActions
    from cache.blocks import Block, BlockKey
    from cache.memory import SegmentedLRU
    from cache.policy import Moment
    from cache.statistics import Statistics
    from cache.table_tier import TableTier


@dataclass(frozen=True, slots=True)
class Found:
    """A block and the tier it was found in."""

    block: Block
    tier: Tier


@dataclass(frozen=True, slots=True)
class View:
    """What one request looks at: the sessions wanted, the present, and the story of the request.

    Attributes:
        sessions: of the ticker's calendar.
        first, last: wanted exchange dates, both inclusive; ``last`` is not after the source's present
            session.
        now: the present.
        floor: no bar of this ticker and resolution is older, as far as the source knows.
        changed_at: real UTC seconds when the source's own data last changed as a whole (a file that was
            edited), or when it was invalidated; what was fetched before is no longer fresh.
        invalidated_at: real UTC seconds; what was fetched before counts for nothing, not even as stale.
        deadline: of the request, or of its part.
        warming: nobody is waiting for it: what is looked at does not become recent in memory, what comes in
            pushes nothing out that people look at, and it is no part of the hit rate.
        request_id: for logs.
        running_life_s: how long a block of the running session stays fresh.
    """

    sessions: Sessions
    first: date
    last: date
    now: Moment
    floor: date = date.min
    changed_at: float = 0.0
    request_id: str = ""
    invalidated_at: float = 0.0
    deadline: Deadline = NO_DEADLINE
    warming: bool = False
    running_life_s: float = RUNNING_LIFE_S

    def sparing(self) -> View:
        """Return the same view with half of its time put aside for what stands in for a fetch."""
        return replace(self, deadline=self.deadline.spare())

    def counts(self, held: Block | HeldActions) -> bool:
        """Return whether something may be shown at all, fresh or stale."""
        return held.fetched_at > self.invalidated_at

    @property
    def today(self) -> date:
        """Exchange date of the source's present session."""
        return self.sessions.date(self.now.last)

    def wanted_to(self, key: BlockKey) -> int:
        """Return the bar time (UTC seconds, exclusive) up to which a block must answer.

        For daily bars it is the midnight after the last wanted session: no later day off adds anything.
        """
        if key.resolution == Resolution.DAY:
            year_end = day_of(key.day).replace(month=12, day=31)
            wanted = self.sessions.between(day_of(key.day), min(self.last, year_end))
            return (int(self.sessions.day[wanted.stop - 1]) + 1) * DAY_S if wanted else key.day * DAY_S
        # Asked twice for every block of a view; numpy's function and dates would cost three times as much.
        return int(self.sessions.close[self.sessions.day.searchsorted(key.day)])

    def running_from(self, key: BlockKey) -> int:
        """Return the first bar time (UTC seconds) of the session that runs or ran last."""
        if key.resolution == Resolution.DAY:
            return int(self.sessions.day[self.now.last]) * DAY_S
        return int(self.sessions.open[self.now.last])

    def newest(self, key: BlockKey) -> int:
        """Return the latest bar time (UTC seconds) that can exist by now.

        A daily bar carries midnight UTC of its date, which lies ahead of the open where a session begins
        on the evening before (Sydney, futures).
        """
        if key.resolution == Resolution.DAY:
            return max(self.now.source_s, self.running_from(key))
        return self.now.source_s

    def last_day_of(self, key: BlockKey) -> date:
        """Return the last exchange date to ask a provider for, so that the block becomes whole."""
        start = day_of(key.day)
        return min(self.last, start.replace(month=12, day=31)) if key.resolution == Resolution.DAY else start

    def is_fresh(self, block: Block) -> bool:
        """Return whether a held block answers for what is wanted of it."""
        key = block.key
        if block.fetched_at <= self.changed_at:
            return False
        return policy.is_fresh(
            block, self.wanted_to(key), self.now, self.running_from(key), self.running_life_s
        )

    def is_due(self, block: Block) -> bool:
        """Return whether a fresh block is about to end, as far as it is not final."""
        return policy.is_due(
            block, self.wanted_to(block.key), self.now, self.running_from(block.key), self.running_life_s
        )

    def expires_at(self, block: Block) -> float:
        """Return when (real UTC seconds) a block stops answering for what is wanted of it."""
        return policy.expires_at(
            block, self.wanted_to(block.key), self.now, self.running_from(block.key), self.running_life_s
        )


@dataclass(slots=True)
class Held:
    """The outcome of a look-up: fresh blocks, expired ones, and whether the table could be asked."""

    fresh: dict[BlockKey, Found] = field(default_factory=dict)
    stale: dict[BlockKey, Found] = field(default_factory=dict)
    table_failed: bool = False

    def add(self, other: Held) -> None:
        """Take over what a later look has found."""
        self.fresh |= other.fresh
        self.stale = {k: found for k, found in (self.stale | other.stale).items() if k not in self.fresh}

    def without(self, keys: Sequence[BlockKey]) -> list[BlockKey]:
        """Return the keys that have no fresh block, in order."""
        return [key for key in keys if key not in self.fresh]


Read = tuple[dict["BlockKey", "Block"], bool]
"""What the table gave, and whether it could be asked."""
Sharing = Looking["BlockKey", Read]


class Tiers:
    """Memory and table, asked in this order. A table hit warms memory."""

    def __init__(
        self,
        memory: SegmentedLRU[BlockKey, Block],
        actions: SegmentedLRU[tuple[str, str], HeldActions],
        table: TableTier,
        statistics: Statistics,
    ) -> None:
        """Use one memory tier for blocks, a small one for corporate actions, and one table tier."""
        self.memory = memory
        self.actions = actions
        self.table = table
        self._statistics = statistics
        self._comparing = threading.Lock()
        self._looks: Looks[BlockKey, Read] = Looks()

    def look_up(self, keys: Sequence[BlockKey], view: View, *, looking: Sharing) -> Held:
        """Find blocks; what the table says is shared with others who want the same, by ``looking``."""
        held = self.in_memory(keys, view)
        missing = held.without(keys)
        if missing:
            self._from_shared_looks(held, keys, missing, view, looking)
        if not view.warming:
            in_memory = len(keys) if not missing else sum(f.tier is Tier.MEMORY for f in held.fresh.values())
            self._statistics.add("memory_hits", in_memory)
            self._statistics.add("table_hits", len(held.fresh) - in_memory)
            self._statistics.add("misses", len(keys) - len(held.fresh))
        return held

    def sharing(self) -> Sharing:
        """Return what a reader shares its looks into the table by, until it is left."""
        return Looking(self._looks)

    def in_memory(self, keys: Sequence[BlockKey], view: View, *, again: bool = False) -> Held:
        """Find blocks in memory; ``again`` makes nothing recent and is not counted by the memory tier."""
        held = Held()
        if again or view.warming:
            found = {key: block for key in keys if (block := self.memory.peek(key)) is not None}
        else:
            found = self.memory.get_many(keys)
        for key, block in found.items():
            self._sort(held, key, Found(block, Tier.MEMORY), view)
        return held

    def look_again(self, keys: Sequence[BlockKey], view: View, *, in_memory_too: bool = True) -> Held:
        """Find blocks for whoever is about to fetch them: sees what others have just written.

        That costs twice as much in DynamoDB. It is shared with nobody and does not enter the statistics.
        """
        held = self.in_memory(keys, view, again=True) if in_memory_too else Held()
        missing = held.without(keys)
        if missing:
            self._sort_table(held, self._read(contiguous_runs(keys, missing), view, consistent=True), view)
        return held

    def _from_shared_looks(
        self, held: Held, keys: Sequence[BlockKey], missing: Sequence[BlockKey], view: View, looking: Sharing
    ) -> None:
        """Look for what memory does not have; once more in memory too, where others may have put it since."""

        def look_at(own: Sequence[BlockKey]) -> Read:
            held.add(self.in_memory(own, view, again=True))
            return self._read(contiguous_runs(keys, [key for key in own if key not in held.fresh]), view)

        wanted = frozenset(missing)
        for blocks, answered in looking.find(missing, look_at, lambda: view.deadline.left_s):
            self._sort_table(held, ({k: b for k, b in blocks.items() if k in wanted}, answered), view)
        nowhere = [key for key in missing if key not in held.fresh and key not in held.stale]
        held.add(self.in_memory(nowhere, view, again=True))

    def _read(self, runs: Sequence[Sequence[BlockKey]], view: View, *, consistent: bool = False) -> Read:
        """Read runs of keys, one query each; once the time is up, no further query is begun."""
        blocks: dict[BlockKey, Block] = {}
        for run in runs:
            found, answered = self.table.read(
                [run], view.sessions, view.request_id, consistent=consistent, floor=view.floor
            )
            blocks |= found
            for block in found.values():
                if view.counts(block):
                    self.keep(block, hot=not view.warming)
            if not answered or view.deadline.left_s <= 0:
                return blocks, answered
        return blocks, True

    def _sort_table(self, held: Held, read: Read, view: View) -> None:
        blocks, answered = read
        for key, block in blocks.items():
            self._sort(held, key, Found(block, self.table.tier), view)
        held.table_failed |= not answered

    def keep(self, block: Block, *, hot: bool = True) -> None:
        """Hold a block in memory unless a newer one is there, whoever else puts one at the same time.

        ``hot`` is False where nobody has asked for it (warming).
        """
        with self._comparing:
            held = self.memory.peek(block.key)
            if held is None or held.fetched_at <= block.fetched_at:
                self.memory.put(block.key, block, block.nbytes, hot=hot)

    def forget(self, block: Block) -> None:
        """Let go of a block in memory, if it is still this one, because the table has a newer one."""
        with self._comparing:
            if self.memory.peek(block.key) is block:
                self.memory.delete(block.key)

    def actions_in_memory(
        self, ticker: str, source: str, view: View, *, aside: bool = False
    ) -> HeldActions | None:
        """Return the corporate actions that memory holds, as they were fetched; ``aside``: as for warming."""
        look = self.actions.peek if view.warming or aside else self.actions.get
        held = look((ticker, source))
        if held is None or not policy.is_from_the_future(held, view.now):
            return held
        self.actions.delete((ticker, source))  # as for blocks
        return None

    def known_actions(self, ticker: str, source: str, view: View) -> HeldActions | None:
        """Return the corporate actions that memory or else the table holds, however old."""
        held = self.actions_in_memory(ticker, source, view, aside=True)
        return held or self.table.read_actions(ticker, source, view.request_id)

    def keep_actions(self, ticker: str, source: str, actions: HeldActions, *, hot: bool = True) -> None:
        """Hold corporate actions in memory unless newer ones are there; ``hot`` as for ``keep``."""
        with self._comparing:
            held = self.actions.peek((ticker, source))
            if held is None or held.fetched_at <= actions.fetched_at:
                self.actions.put((ticker, source), actions, actions.nbytes, hot=hot)

    def clear_memory(self, ticker: str | None) -> None:
        """Let go of all that memory holds of a ticker, or of all tickers."""
        if ticker is None:
            self.memory.clear()
            self.actions.clear()
            return
        self.memory.delete_where(lambda key: key.ticker == ticker)
        self.actions.delete_where(lambda key: key[0] == ticker)

    def _sort(self, held: Held, key: BlockKey, found: Found, view: View) -> None:
        if not view.counts(found.block):
            return
        if view.is_fresh(found.block):
            held.fresh[key] = found
            held.stale.pop(key, None)
            return
        if policy.is_from_the_future(found.block, view.now):
            self.forget(found.block)  # else memory would keep it as the newest until its time has come
        if key not in held.stale or held.stale[key].block.fetched_at < found.block.fetched_at:
            held.stale[key] = found


def contiguous_runs(keys: Sequence[BlockKey], chosen: Sequence[BlockKey]) -> list[list[BlockKey]]:
    """Group the chosen keys into runs that are contiguous in ``keys``."""
    wanted, open_run = set(chosen), False
    runs: list[list[BlockKey]] = []
    for key in keys:
        if key not in wanted:
            open_run = False
        elif open_run:
            runs[-1].append(key)
        else:
            runs.append([key])
            open_run = True
    return runs
