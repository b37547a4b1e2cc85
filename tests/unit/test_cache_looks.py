"""Looks into the table that many readers share, and where each of them says its prices came from."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cache.blocks import BlockKey, Unit
from cache.looks import Looking, Looks
from cache.query import Adjust, Answer, CandleQuery, Tier
from cache.seams import NoLock
from market.resolution import Resolution
from store import Table
from tests.kit import inside
from tests.kit.failing_table import FailingTable
from tests.kit.house import TestHouse, house
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.tables import at_once

READERS = 40
GUARD_S = 20.0
PRESENT = utc("2025-03-07 22:00")


class Scene:
    """A cache whose table and provider wait until all readers are there."""

    def __init__(self, folder: Path) -> None:
        self.provider = ScriptedProvider(PRESENT)
        self.folder = folder
        self.at = self.again()

    def again(self) -> TestHouse:
        """Return a new process on the same table."""
        self.at = house(self.folder, [self.provider], lock=NoLock(), through=self._through)
        return self.at

    def _through(self, table: Table) -> Any:
        self.table = FailingTable(table)
        return self.table

    def slow(self) -> None:
        """Make table and provider take a while, in which all readers come."""
        pause = threading.Event()
        self.table.before = lambda method, arguments: pause.wait(0.05)
        self.provider.before = lambda request: pause.wait(0.2)

    def reads(self, method: str = "query") -> int:
        return self.table.calls.count(method)

    def ask(self, first: str = "2025-02-03", last: str = "2025-02-28", adjust: Adjust = Adjust.RAW) -> Answer:
        span = (date.fromisoformat(first), date.fromisoformat(last))
        return self.at.cache.get(CandleQuery("AAPL", Resolution.M5, *span, adjust))


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


class Alone(Looks[BlockKey, Any]):
    """The negative twin: everybody looks for themselves."""

    def claim(self, keys: Sequence[BlockKey]) -> Any:
        return Looks[BlockKey, Any]().claim(keys)

    def end(self, look: Any, keys: Sequence[BlockKey]) -> None:
        look.ended.set()


def herd(scene: Scene, ask: Callable[[int], Answer] | None = None) -> list[Answer]:
    """Ask from many threads at once."""
    answers: list[Answer] = []
    at_once(READERS, lambda number: answers.append(ask(number) if ask else scene.ask()))
    assert len(answers) == READERS
    return answers


def test_d1_many_readers_of_a_cold_month_cost_the_table_two_queries(scene: Scene) -> None:
    """D1, cache-9, reliability 1: one look, one before the fetch; and one call of the provider."""
    scene.slow()
    answers = herd(scene)
    assert (scene.reads(), scene.table.consistent) == (2, [False, True])
    assert len(scene.provider.requests) == 1
    assert {len(answer.candles) for answer in answers} == {19 * 78}
    assert {answer.tier for answer in answers} <= {Tier.PROVIDER, Tier.MEMORY}  # late ones find it in memory


def test_without_shared_looks_each_reader_asks_the_table(scene: Scene) -> None:
    """The negative twin: it proves that the test above can fail."""
    scene.slow()
    inside.tiers(scene.at.cache)._looks = Alone()
    herd(scene)
    assert scene.reads() > READERS / 2


def test_many_readers_of_what_the_table_has_cost_one_query(scene: Scene) -> None:
    """D1, F6: all say where it was found, and the counters agree with what they say."""
    scene.ask()
    at = scene.again()
    scene.slow()
    answers = herd(scene)
    assert (scene.reads(), len(scene.provider.requests)) == (1, 1)
    assert {len(answer.candles) for answer in answers} == {19 * 78}
    from_table = sum(answer.tier is Tier.SQLITE for answer in answers)
    assert 1 <= from_table <= READERS
    counts = at.cache.statistics.snapshot()
    assert (counts["request_table_hits"], counts["request_memory_hits"]) == (from_table, READERS - from_table)
    assert counts["table_hits"] + counts["memory_hits"] == READERS * 19


def test_readers_of_different_days_of_a_month_look_for_their_own(scene: Scene) -> None:
    """cache-9: what they have in common is read once; each gets all of its own days."""
    scene.ask()
    scene.again()
    scene.slow()
    spans = [("2025-02-03", "2025-02-14"), ("2025-02-10", "2025-02-21"), ("2025-02-18", "2025-02-28")]
    answers = herd(scene, lambda number: scene.ask(*spans[number % 3]))
    assert scene.reads() <= 3
    assert sorted({len(answer.candles) // 78 for answer in answers}) == [9, 10]
    assert len(scene.provider.requests) == 1


def test_a_reader_of_held_days_does_not_wait_for_a_provider(scene: Scene) -> None:
    """D11: another day of the same month is being fetched, and this one is in the table."""
    scene.at.clock.now_s = PRESENT.timestamp() - 3 * 86_400
    scene.provider.present = utc("2025-03-05 22:00")
    scene.ask("2025-03-03", "2025-03-05")
    scene.provider.present = PRESENT
    scene.again()
    calling, release = threading.Event(), threading.Event()

    def before(request: object) -> None:
        calling.set()
        release.wait(GUARD_S)

    scene.provider.before = before
    other = threading.Thread(target=lambda: scene.ask("2025-03-03", "2025-03-07"))
    other.start()
    assert calling.wait(GUARD_S)
    answer = scene.ask("2025-03-03", "2025-03-04")
    assert other.is_alive()
    assert (answer.tier, len(answer.candles)) == (Tier.MEMORY, 2 * 78)
    release.set()
    other.join(GUARD_S)


def test_a_herd_of_a_table_that_fails_calls_it_as_often_as_one_reader(scene: Scene) -> None:
    """E1, E8: they all go on to the provider, and all say that the table failed."""
    scene.slow()
    scene.table.down()
    answers = herd(scene)
    assert scene.reads() <= 2
    assert len(scene.provider.requests) == 1
    assert all(answer.table_failed for answer in answers if answer.tier is Tier.PROVIDER)


def test_many_readers_share_the_look_for_splits(scene: Scene) -> None:
    """cache-16: the actions that adjust a cold month are looked for once, and fetched once."""
    scene.slow()
    herd(scene, lambda _: scene.ask(adjust=Adjust.SPLIT))
    assert scene.reads("get") <= 2
    assert len(scene.provider.requests) == 2  # the month, and the year with its actions


def test_what_another_thread_has_just_fetched_takes_no_lock(tmp_path: Path) -> None:
    """D5, cache-9: whoever comes to lead just after a flight has landed finds it in memory."""
    scene = Scene(tmp_path)
    at = house(tmp_path, [scene.provider], through=scene._through)
    views: list[Any] = []
    tiers = inside.tiers(at.cache)
    real = tiers.look_up

    def noting(keys: Any, view: Any, **more: Any) -> Any:
        views.append(view)
        return real(keys, view, **more)

    tiers.look_up = noting  # type: ignore[method-assign]
    scene.at = at
    scene.ask()
    calls, unit = len(scene.table.calls), Unit("AAPL", "scripted", "5", "2025-02")
    (result,) = inside.fetcher(at.cache).fetch(scene.provider, [unit], views[0]).values()
    assert {found.tier for found in result.found.values()} == {Tier.MEMORY}
    assert (len(result.found), len(scene.table.calls), len(scene.provider.requests)) == (19, calls, 1)


def test_what_others_look_for_is_told_until_they_leave() -> None:
    """cache-9: a look is shared while its reader fetches, and forgotten with it."""
    looks: Looks[str, str] = Looks()
    with Looking(looks) as first:
        assert first.find(["a", "b"], "".join, lambda: GUARD_S) == ["ab"]
        with Looking(looks) as second:
            assert second.find(["b", "c"], "".join, lambda: GUARD_S) == ["c", "ab"]
    with Looking(looks) as third:
        assert third.find(["a"], "".join, lambda: GUARD_S) == ["a"]


def test_a_look_that_was_stopped_is_made_by_the_next_who_waits() -> None:
    """D2: nobody hangs and nobody goes without."""
    looks: Looks[str, str] = Looks()
    looking, stop = threading.Event(), threading.Event()

    def stopped(own: object) -> str:
        looking.set()
        stop.wait(GUARD_S)
        raise KeyboardInterrupt

    def first() -> None:
        with pytest.raises(KeyboardInterrupt), Looking(looks) as it:
            it.find(["a"], stopped, lambda: GUARD_S)

    found: list[list[str]] = []

    def wait() -> None:
        with Looking(looks) as it:
            found.append(it.find(["a"], lambda own: "found", lambda: GUARD_S))

    threads = [threading.Thread(target=run) for run in (first, wait, wait)]
    threads[0].start()
    assert looking.wait(GUARD_S)
    for thread in threads[1:]:
        thread.start()
    stop.set()
    for thread in threads:
        thread.join(GUARD_S)
    assert found == [["found"], ["found"]]


def test_a_look_of_others_is_waited_for_no_longer_than_there_is_time() -> None:
    """cache-11."""
    looks: Looks[str, str] = Looks()
    mine, own, _ = looks.claim(["a"])
    with Looking(looks) as late:
        assert late.find(["a", "b"], "".join, lambda: 0.0) == ["b"]
    looks.end(mine, own)
