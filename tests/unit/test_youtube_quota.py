"""YouTube's units are counted for all processes together, by California's days (record-4, cache-11)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from adapters import http_client
from adapters.allowance import Allowance
from adapters.demo import DemoProvider
from adapters.youtube import YouTubeQuota
from cache.budgets import Budgets
from cache.guarded import GuardedCalls
from cache.seams import OpenGuard
from cache.statistics import Statistics
from components import system_sources
from components.system_sources import budget_words
from pages.report import Reporter
from store import SqliteStore
from store.schema import Schemas, TableNames, schemas
from tests.kit.house import Clock
from tests.kit.provider_server import ProviderServer
from tests.kit.track_work import KEY, NOW, Waits, Works, on_air, talks, works
from track_record.entities import ChannelStatus

TABLES: Schemas = schemas(TableNames("ohlc", "users", "sentiments", "Track"))
APPLE = "Good morning. I bought Apple this morning."
DAY_S = 86_400.0


@dataclass
class World:
    """A table, a stand-in YouTube, and a clock; processes are started on them."""

    store: SqliteStore
    server: ProviderServer
    clock: Clock

    def process(self, units: int = 10_000) -> tuple[Budgets, Works]:
        """Return what a new process counts and works with."""
        calls = GuardedCalls(OpenGuard(), Statistics())
        quota = YouTubeQuota(allowance=Allowance(pacific_day=units))
        budgets = Budgets.of([quota], self.store.table(TABLES.ohlc), calls, self.clock)
        tables = self.store.table(TABLES.track_record), self.store.table(TABLES.stocks)
        return budgets, works(*tables, self.server, budgets=budgets)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    clock = Clock(NOW.timestamp())  # 04:00 in California
    store = SqliteStore(tmp_path / "t.sqlite", now=clock)
    store.create(TABLES)
    with ProviderServer(now=clock, keys=frozenset({KEY})) as server:
        on_air(server, talks(120))
        yield World(store, server, clock)
    http_client.reset()
    store.close()


def test_each_request_is_a_unit_and_a_restart_forgets_none(world: World) -> None:
    """record-4: 1 for the channel, and 2 for each 50 videos."""
    budgets, at_work = world.process()
    at_work.processing.run(at_work.add().id, Waits())
    assert [(use.used, use.limit) for use in budgets.uses("youtube")] == [(1 + 3 + 3, 10_000)]
    restarted, _ = world.process()
    restarted.look()
    (use,) = restarted.uses("youtube")
    assert (use.used, use.until_s) == (7, NOW.timestamp() + 20 * 3_600)
    world.clock.now_s += DAY_S
    assert restarted.uses("youtube")[0].used == 0


def test_a_budget_used_up_in_the_middle_keeps_what_is_known_and_goes_on_by_itself(world: World) -> None:
    """Bad input: no request is made beyond it, also by the next process; the sentence says until when."""
    _, at_work = world.process(units=3)
    at_work.spoken.said = {f"video{n:06d}": APPLE for n in range(120)}
    channel = at_work.add()
    pause = at_work.processing.run(channel.id, Waits())
    assert pause is not None
    assert pause.wait_s == 20 * 3_600
    now = at_work.now(channel)
    assert (now.status, now.video_count, now.processed_video_count) == (ChannelStatus.PROCESSING, 50, 50)
    assert at_work.lines(channel)[-1] == (
        "YouTube's daily budget is used up until 03:00 (New York). It goes on by itself in 20 h 0 min."
    )
    assert len(world.server.seen) == 3
    _, other = world.process(units=3)
    assert other.processing.run(channel.id, Waits()) is not None
    assert len(world.server.seen) == 3
    world.clock.now_s += DAY_S
    _, next_day = world.process(units=10)
    assert next_day.processing.run(channel.id, Waits()) is None
    assert next_day.now(channel).status is ChannelStatus.COMPLETED
    assert next_day.now(channel).video_count == 120


def test_what_youtube_says_of_its_quota_is_heard_by_all_processes(world: World) -> None:
    """The quota is the key's, which others may use too: 403 quotaExceeded counts more than our own count."""
    world.server.tube.left = 0
    _, at_work = world.process()
    channel = at_work.add()
    pause = at_work.processing.run(channel.id, Waits())
    assert pause is not None
    assert pause.wait_s == 20 * 3_600
    asked = len(world.server.seen)
    world.server.tube.left = None
    other, elsewhere = world.process()
    other.look()
    refused = other.refusal("youtube", "", background=False)
    assert "midnight Pacific time" in str(refused)
    assert elsewhere.processing.run(channel.id, Waits()) is not None
    assert len(world.server.seen) == asked


def test_the_system_page_shows_what_is_used(world: World) -> None:
    """record-4: beside the budgets of prices."""
    from cache.composition import candle_cache
    from components.system_report import SourceState

    cache = candle_cache(
        [DemoProvider()], world.store.table(TABLES.ohlc), "sqlite", memory_bytes=1_000_000,
        clock=world.clock, counted=[YouTubeQuota()],
    )  # fmt: skip

    class Numbers:
        def totals(self) -> dict[str, int]:
            return {}

        def history(self) -> list[object]:
            return []

        def processes(self) -> int:
            return 1

        def started_s(self) -> float:
            return 0.0

    quota = YouTubeQuota()
    shown = [SourceState("demo", "Demo prices"), SourceState(quota.name, quota.label)]
    report = Reporter(cache, "sqlite", shown, Numbers(), tuple, tuple, world.clock)  # type: ignore[arg-type]
    cache.budgets.spend("youtube")
    demo, youtube = report().sources
    assert system_sources._words(report()) == "No budgets: demo prices and files cost nothing."
    assert (demo.budgets, youtube.state, youtube.words) == ([], "ok", "")
    assert [budget_words(budget) for budget in youtube.budgets] == ["1 of 10,000 today (Pacific)"]
    for _ in range(9_999):
        cache.budgets._ledgers["youtube"]._known.page(world.clock()).count()
    (_, youtube) = report().sources
    assert (youtube.state, youtube.words) == (
        "limited", "YouTube's daily budget is used up until 03:00 (New York).",
    )  # fmt: skip
