"""A day of use, played through whole caches over real adapters, by a clock that nobody waits for.

The adapters speak HTTP to the stand-in for the providers, so that a call is a request that a provider would
have counted: pages, splits and dividends too.
"""

from __future__ import annotations

import heapq
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from adapters import http_client
from adapters.tiingo import TiingoProvider
from adapters.yahoo import YahooProvider
from benchmarks.people import Act, instant_s
from benchmarks.watching import Chart
from cache.cooldown import COOLDOWN_S
from cache.statistics import OUTCOMES
from pages.chart import answer
from tests.kit.house import Clock, TestHouse, close_all, house
from tests.kit.provider_server import ProviderServer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from adapters.prices import PriceProvider
    from benchmarks.people import Moment
    from cache.candle_cache import CandleCache
    from cache.query import Answer, CandleQuery

_HOUR_S = 3_600
_SHORT_S, _LONG_S = 300.0, 86_400.0
"""How long a cache of whole answers keeps what may still change, and what may not."""


@dataclass(frozen=True, slots=True)
class Setting:
    """How the app is run on that day.

    Attributes:
        sources: in the order in which they are asked.
        plan: of Tiingo's.
        ahead: whether what people look at is refreshed before it expires.
        processes: which share a table; a person keeps to one of them.
        restart_hour: when all processes are started anew, New York; None: never.
        live: whether charts that are left open ask by themselves.
    """

    sources: Sequence[str] = ("tiingo",)
    plan: str = "power"
    ahead: bool = True
    processes: int = 1
    restart_hour: float | None = 12.0
    live: bool = True


@dataclass
class Tally:
    """What came of a day.

    Attributes:
        acts: of people: a choice, a pan or a zoom each.
        questions: that charts asked, by themselves and for people; most pans and zooms need none.
        looked_up: what these asked of the cache: a question is its candles, and often the price beside them.
        by_themselves: of these, those that nobody put by hand.
        remembered: calls of a cache that keeps one answer for one request.
        calls: HTTP requests to providers, by source and hour (UTC seconds).
        outcomes: how questions to the cache ended; a chart asks for the price beside it, too.
        refused: the sentences of charts that got no candles.
        stale: charts that got candles past their time.
        by_source: charts that got candles, by whose they were.
        live_s: how long charts showed a candle that was still changing, seconds.
    """

    acts: int = 0
    questions: int = 0
    looked_up: int = 0
    by_themselves: int = 0
    remembered: int = 0
    calls: Counter[tuple[str, int]] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    stale: int = 0
    by_source: Counter[str] = field(default_factory=Counter)
    live_s: float = 0.0

    @property
    def by_hand(self) -> int:
        """Questions that somebody put."""
        return self.questions - self.by_themselves

    @property
    def all_calls(self) -> int:
        """All requests to all providers."""
        return self.calls.total()

    def busiest_hour(self, source: str) -> int:
        """Return the most requests to a source within an hour by the clock."""
        return max((n for (name, _), n in self.calls.items() if name == source), default=0)


class Asked:
    """A cache that remembers what it is asked for; everything else is the cache's own."""

    def __init__(self, cache: CandleCache) -> None:
        """Pass everything on to ``cache``."""
        self._cache = cache
        self.queries: list[CandleQuery] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._cache, name)

    def get(self, query: CandleQuery, *, deadline_s: float | None = None, request_id: str = "") -> Answer:
        """Pass on, and remember."""
        self.queries.append(query)
        return self._cache.get(query, deadline_s=deadline_s, request_id=request_id)


@dataclass
class Place:
    """Where days are played: a table that stays, and processes that come and go."""

    setting: Setting
    clock: Clock
    server: ProviderServer
    folder: Path
    houses: list[TestHouse] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)

    def start(self) -> None:
        """Start the processes, in the place of those that run."""
        for old in self.houses:
            self.counted.update(old.cache.statistics.snapshot())
        close_all()
        self.houses = [
            house(
                self.folder,
                self._sources(),
                clock=self.clock,
                monotonic=self.clock,
                cooldown_s=COOLDOWN_S,
                refresh_ahead=self.setting.ahead,
            )
            for _ in range(self.setting.processes)
        ]

    def ask(self, question: dict[str, Any], person: int) -> tuple[dict[str, Any], list[CandleQuery]]:
        """Answer a chart's question as the page does; return what was asked of the cache for it, too."""
        cache = self.houses[person % len(self.houses)].cache
        asked = Asked(cache)
        message = answer(asked, question)  # type: ignore[arg-type]  # stands in for the cache
        ahead = cache._answering._reader._ahead  # noqa: SLF001 - by this clock no time passes for it
        if ahead is not None and not ahead.settled(60):
            raise TimeoutError("what is refreshed ahead does not end")
        return message, asked.queries

    def _sources(self) -> list[PriceProvider]:
        made: dict[str, PriceProvider] = {
            "tiingo": TiingoProvider("key", self.server.url, self.clock, plan=self.setting.plan),
            "yahoo": YahooProvider(self.server.url, self.clock),
        }
        return [made[name] for name in self.setting.sources]


def places(setting: Setting, begin_s: float) -> Iterator[Place]:
    """Lend a place with an empty table; a generator for ``contextlib.contextmanager``."""
    clock = Clock(begin_s)
    with TemporaryDirectory(prefix="day-") as folder, ProviderServer(now=clock) as server:
        try:
            yield Place(setting, clock, server, Path(folder))
        finally:
            close_all()
            http_client.reset()


def play(place: Place, day: date, moments: Sequence[Moment]) -> Tally:
    """Let people do what they do on a day."""
    return _Play(place, day).run(moments)


class _Play:
    def __init__(self, place: Place, day: date) -> None:
        self._place = place
        self._day = day
        self._tally = Tally()
        self._charts: dict[int, Chart] = {}
        self._kept: dict[CandleQuery, float] = {}
        self._heard = len(place.server.seen)
        self._seen_s: dict[int, float] = {}
        self._order = count()
        self._line: list[tuple[float, int, int, Moment | None]] = []

    def run(self, moments: Sequence[Moment]) -> Tally:
        setting, end_s = self._place.setting, instant_s(self._day, 24)
        self._place.counted.clear()
        self._place.start()
        for moment in moments:
            self._put(moment.at_s, moment.person, moment)
        if setting.restart_hour is not None:
            self._put(instant_s(self._day, setting.restart_hour), -1, None)
        while self._line:
            at_s, _, person, moment = heapq.heappop(self._line)
            if at_s >= end_s:
                break
            self._place.clock.now_s = max(at_s, self._place.clock.now_s)
            if person < 0:
                self._place.start()
            else:
                self._step(person, moment)
        self._place.start()  # and with it, what the last processes counted
        self._tally.outcomes.update({name: self._place.counted[name] for name in OUTCOMES})
        return self._tally

    def _step(self, person: int, moment: Moment | None) -> None:
        chart = self._charts.get(person)
        if moment is not None and moment.act is Act.TICKER and chart is None:
            chart = self._charts[person] = Chart(Random(f"{person} {self._day}"))
        now_s = self._place.clock.now_s
        if chart is not None and chart.is_live:
            self._tally.live_s += now_s - self._seen_s.get(person, now_s)
        self._seen_s[person] = now_s
        if chart is None or (moment is None and (chart.due_s is None or chart.due_s > now_s)):
            return  # closed meanwhile, or it will ask later than it once meant to
        self._tally.acts += moment is not None and moment.act is not Act.LEAVE
        question = chart.again() if moment is None else chart.act(moment)
        if moment is not None and moment.act is Act.LEAVE:
            del self._charts[person]
        if question is None:
            return
        message, queries = self._place.ask(question, person)
        chart.heard(message, now_s)
        self._count(message, queries, by_itself=moment is None)
        if chart.due_s is not None and self._place.setting.live:
            self._put(chart.due_s, person, None)

    def _count(self, message: dict[str, Any], queries: list[CandleQuery], *, by_itself: bool) -> None:
        tally, now_s = self._tally, self._place.clock.now_s
        tally.questions += 1
        tally.looked_up += len(queries)
        tally.by_themselves += by_itself
        if "error" in message:
            tally.refused[message["error"]["message"]] += 1
        else:
            tally.by_source[message["source"]] += 1
            tally.stale += bool(message["stale"])
        if queries and self._kept.get(queries[0], 0.0) <= now_s:
            # The chart's own candles alone, and one call however many pages they take.
            tally.remembered += 1
            self._kept[queries[0]] = now_s + (_SHORT_S if queries[0].end >= self._day else _LONG_S)
        seen = self._place.server.seen
        for call in seen[self._heard :]:
            tally.calls[call.source, int(now_s) // _HOUR_S * _HOUR_S] += 1
        self._heard = len(seen)

    def _put(self, at_s: float, person: int, moment: Moment | None) -> None:
        heapq.heappush(self._line, (at_s, next(self._order), person, moment))
