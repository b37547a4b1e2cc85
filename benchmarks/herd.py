"""Provider calls for one cold key under 1,000 readers in 1, 4 and 8 processes, on SQLite and dynalite.

Beside it what the same readers cause without the lock between processes, and, in one process, without single
flight. Every round is another cold month; the figure is the most calls that any round took.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.faults.ground import Ground
from benchmarks.faults.rows_concurrency import query_of
from benchmarks.measuring import Figure, Size, say
from tests.kit.herd import herd, months, place
from tests.kit.house import close_all, house
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.tables import at_once

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cache.candle_cache import CandleCache

_UNLOCKED_ROUNDS = 3


class NoFlight:
    """In the place of single flight: everybody fetches."""

    def run(self, keys: Sequence[object], fetch: object, timeout_s: float) -> Mapping[object, object]:
        """Fetch all keys at once."""
        del timeout_s
        found: Mapping[object, object] = fetch(tuple(keys))  # type: ignore[operator]
        return found

    def flying(self) -> int:
        """Return 0: nothing is shared, so nothing is in flight."""
        return 0


def run(size: Size) -> list[Figure]:
    """Print the calls of each round and return the figures."""
    figures = []
    with Ground() as ground:
        for name, url in ground.places().items():
            for processes in size.processes:
                most = _most(ground, url, processes, size, lock=True, rounds=size.rounds)
                alone = _most(ground, url, processes, size, lock=False, rounds=_UNLOCKED_ROUNDS)
                readers = f"{size.readers:,} readers of a cold key, {processes} processes, {name}"
                figures.append(Figure(f"{readers}: calls, else no lock", str(most), str(alone), alone / most))
    most = _without_flight(size.readers)
    what = f"{size.readers:,} readers of a cold key, 1 process: calls, else no single flight"
    return [*figures, Figure(what, "1", str(most), float(most))]


def _most(  # noqa: PLR0913 - one case
    ground: Ground, url: str, processes: int, size: Size, *, lock: bool, rounds: int
) -> int:
    with place(ground.folder(), url) as at:
        plan = at.plan.with_(lock=lock)
        calls = herd(at, at.workers(*[plan] * processes), rounds, threads=size.readers // processes)
    say(f"herd: {processes} processes on {at.store.kind}, {'a' if lock else 'no'} lock: calls {calls}")
    return max(calls)


def _without_flight(readers: int) -> int:
    """Return the calls of one process whose threads do not share a fetch."""
    with tempfile.TemporaryDirectory() as folder:
        provider = ScriptedProvider(utc("2025-03-07 22:00"))
        at = house(Path(folder), [provider], deadline_s=60.0)
        _unshared(at.cache)
        question = months(1)[0]
        at_once(min(readers, 200), lambda _: at.cache.get(query_of(question)))
        close_all()
    return len(provider.requests)


def _unshared(cache: CandleCache) -> None:
    cache._fetcher.flights = NoFlight()  # type: ignore[assignment]  # noqa: SLF001 - the protection that is left out
