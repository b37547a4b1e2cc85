"""One stored resolution over a span, put together from blocks of any tier, with its story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from adapters.allowance import clock_words
from adapters.errors import RateLimitedError
from adapters.prices import Basis
from cache.query import Missing, Span
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S, day_number, day_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from adapters.errors import ProviderError
    from cache.blocks import Block, BlockKey, Unit
    from cache.fetch import Fetched
    from cache.query import Tier
    from cache.scales import Scales
    from cache.tiers import Found, Held, View

Chosen = tuple["Found", bool]
"""A block, and whether it is past its life time."""

_ALIEN = "What is held for these days is on another basis than the rest, and could not be fetched again."
UNCHECKED = "Recent splits and dividends could not be checked; prices may lack them."
_OLD = "Newer prices could not be had."


@dataclass(frozen=True, slots=True)
class Series:
    """Candles as stored, and where they came from.

    Attributes:
        candles: ascending, inside the view's days.
        spans, missing: as in ``Answer``.
        basis: of all the blocks.
        expires_at: real UTC seconds when the first block stops being fresh.
        problems: sentences about rows that the source left out.
        failure: why something is missing or stale, a sentence; "" where nothing is.
    """

    candles: Candles
    spans: tuple[Span, ...]
    missing: tuple[Missing, ...]
    basis: Basis
    expires_at: float
    problems: tuple[str, ...] = ()
    table_failed: bool = False
    write_failed: bool = False
    failure: str = ""

    @property
    def stale(self) -> bool:
        """Whether any part is past its life time."""
        return any(span.stale for span in self.spans)

    @classmethod
    def nothing(cls, view: View) -> Series:
        """Return the series of a span that holds no session."""
        return cls(Candles.empty(), (), (), Basis.RAW, view.now.real_s + DAY_S)


def whole_periods(start: date, end: date, resolution: Resolution) -> tuple[date, date]:
    """Widen a span of days to whole weeks or months, so that no W or M candle is a part of one."""
    if resolution is Resolution.WEEK:
        return start - timedelta(days=start.weekday()), end + timedelta(days=6 - end.weekday())
    if resolution is Resolution.MONTH:
        following = date(end.year + end.month // 12, end.month % 12 + 1, 1)
        return start.replace(day=1), following - timedelta(days=1)
    return start, end


def choose_blocks(
    keys: Sequence[BlockKey], held: Held, fetched: Mapping[Unit, Fetched]
) -> dict[BlockKey, Chosen]:
    """Choose for each key what is fresh, else fetched, else stale (then with True)."""
    chosen: dict[BlockKey, Chosen] = {}
    for key in keys:
        found = held.fresh.get(key) or _fetched(key, fetched)
        if found is not None:
            chosen[key] = (found, False)
        elif key in held.stale:
            chosen[key] = (held.stale[key], True)
    return chosen


def assemble(  # noqa: PLR0913 - what became of a look-up, from all sides
    keys: Sequence[BlockKey],
    chosen: dict[BlockKey, Chosen],
    fetched: Mapping[Unit, Fetched],
    view: View,
    scales: Scales,
    *,
    table_failed: bool,
) -> Series:
    """Put the blocks of a span together; what is not on the scale of the newest is left out and named.

    Raises:
        ProviderError: a fetch failed and nothing at all is held.
    """
    alien = frozenset(scales.alien({key: found.block for key, (found, _) in chosen.items()}))
    chosen = {key: entry for key, entry in chosen.items() if key not in alien} if alien else chosen
    error = next((f.error for f in fetched.values() if f.error), None)
    if error is not None and not chosen:
        raise error
    parts = Candles.concat([found.block.candles for found, _ in chosen.values()])
    if keys[0].resolution == Resolution.DAY:
        parts = parts.between(day_number(view.first) * DAY_S, (day_number(view.last) + 1) * DAY_S)
    missing = _missing([k for k in keys if k not in chosen], alien, error, view)
    failure = missing[0].reason if missing else ""
    if not missing and any(stale for _, stale in chosen.values()):
        failure = _why_old(error, [found.block for found, stale in chosen.values() if stale], view)
    elif (
        not failure and not scales.known and scales.matter([f.block for f, _ in chosen.values()], view.today)
    ):
        failure = UNCHECKED
    return Series(
        candles=parts,
        spans=_spans(keys, chosen, view),
        missing=missing,
        basis=next((found.block.basis for found, _ in chosen.values()), Basis.RAW),
        expires_at=_expires_at(keys, chosen, view),
        problems=tuple(dict.fromkeys(p for f in fetched.values() for p in f.problems)),
        table_failed=table_failed,
        write_failed=any(f.write_failed for f in fetched.values()),
        failure=failure,
    )


def _why_old(error: ProviderError | None, blocks: Sequence[Block], view: View) -> str:
    """Say why some blocks are past their life; and from when they are, beside the time they wait for."""
    if not isinstance(error, RateLimitedError):
        return str(error) if error else _OLD
    since_s = min(block.fetched_at for block in blocks)
    return f"{error} Showing prices from {clock_words(since_s, view.now.real_s)}."


def _fetched(key: BlockKey, fetched: Mapping[Unit, Fetched]) -> Found | None:
    result = fetched.get(key.unit) if fetched else None
    return result.found.get(key) if result else None


def _days(key: BlockKey, view: View) -> tuple[date, date]:
    """Return the days of a block that the view wants."""
    return max(day_of(key.day), view.first), view.last_day_of(key)


def _spans(keys: Sequence[BlockKey], chosen: Mapping[BlockKey, Chosen], view: View) -> tuple[Span, ...]:
    """Merge neighbouring blocks of one origin; a span ends where a block is missing."""
    spans = []
    for origin, run in groupby(keys, key=lambda key: _origin(chosen.get(key))):
        if origin is None:
            continue
        tier, basis, stale = origin
        members = list(run)
        first, last = members[0], members[-1]
        oldest = min(chosen[key][0].block.fetched_at for key in members)
        start, end = _days(first, view)[0], _days(last, view)[1]
        settled_to = _settled_to(members, chosen, view)
        spans.append(Span(start, end, first.source, tier, oldest, basis.value, stale, settled_to))
    return tuple(spans)


def _settled_to(members: Sequence[BlockKey], chosen: Mapping[BlockKey, Chosen], view: View) -> int:
    """Return up to where a run is final: to the first block that is not, as far as it is wanted."""
    blocks = [chosen[key][0].block for key in members]
    open_ones = (b.settled_to for b in blocks if b.settled_to < view.wanted_to(b.key))
    return next(open_ones, blocks[-1].settled_to)


def _origin(entry: Chosen | None) -> tuple[Tier, Basis, bool] | None:
    if entry is None:
        return None
    found, stale = entry
    return found.tier, found.block.basis, stale


def _missing(
    keys: Sequence[BlockKey], alien: Iterable[BlockKey], error: ProviderError | None, view: View
) -> tuple[Missing, ...]:
    reason = str(error) if error else "The source gave no answer for these days."
    reasons = dict.fromkeys(alien, _ALIEN)
    return tuple(Missing(*_days(key, view), reasons.get(key, reason)) for key in keys)


def _expires_at(keys: Sequence[BlockKey], chosen: Mapping[BlockKey, Chosen], view: View) -> float:
    """Return when the first part is no longer fresh: at once where something is stale or missing."""
    if len(chosen) < len(keys):
        return view.now.real_s
    ends = (view.now.real_s if stale else view.expires_at(f.block) for f, stale in chosen.values())
    return min(ends)
