"""Histories of sentiment to test with: news that a test writes, a real table, clocks that it moves."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from adapters.allowance import Allowance
from adapters.errors import ProviderError
from adapters.news import News, NewsItem, NewsRequest
from adapters.prices import Kind, free
from cache.cooldown import Cooldown
from sentiment.asking import Restraint
from sentiment.history import SentimentHistory
from sentiment.items import SentimentItems
from sentiment.scoring import score_news
from store import Table
from tests.kit.house import Clock
from tests.kit.providers import utc

NOW_S = utc("2025-03-07 20:00").timestamp()
TODAY = date(2025, 3, 7)


def item(identity: str, at: str, title: str = "Apple beats estimates", url: str = "") -> NewsItem:
    """Return news of an instant (UTC)."""
    return NewsItem(identity, utc(at), title, "", url, "Example", ("AAPL",))


@dataclass
class ScriptedNews:
    """Tells the items that a test has written, and remembers what it was asked for.

    Attributes:
        items: all that it has.
        error: what it fails with instead.
        gate: a call waits until it is set.
        before: is called at the beginning of a call.
        most_days: so many days of a span, the last ones, there is time for.
    """

    name: str = "tiingo"
    items: Sequence[NewsItem] = ()
    error: ProviderError | None = None
    reach_days: int = 5 * 366
    gate: threading.Event | None = None
    before: Callable[[], None] = lambda: None
    most_days: int = 10_000
    requests: list[NewsRequest] = field(default_factory=list)
    kind: Kind = Kind.LIVE
    allowance: Allowance = field(default_factory=Allowance)

    @property
    def title(self) -> str:
        return self.name.capitalize()

    @property
    def spans(self) -> list[tuple[str, str]]:
        """What was asked for, as texts."""
        return [(request.first.isoformat(), request.last.isoformat()) for request in self.requests]

    def news(self, request: NewsRequest) -> News:
        self.requests.append(request)
        self.before()
        if self.gate is not None:
            self.gate.wait(10)
        request.spend()
        if self.error is not None:
            raise self.error
        margin = timedelta(days=2)
        first, last = request.first - margin, request.last + margin
        items = tuple(i for i in self.items if first <= i.published_at.astimezone(UTC).date() <= last)
        since = request.last - timedelta(days=self.most_days - 1)
        return News(items) if since <= request.first else News(items, since=since)


@dataclass
class Sentiments:
    """A history and what is behind it."""

    history: SentimentHistory
    items: SentimentItems
    clock: Clock
    monotonic: Clock


def sentiments(
    table: Table,
    *providers: ScriptedNews,
    clock: Clock | None = None,
    monotonic: Clock | None = None,
    real_time: bool = False,
    spend: Callable[[], None] = free,
    closed: Callable[[str, ProviderError], None] = lambda _, __: None,
    older_mentions: Callable[[str, float], None] = lambda _, __: None,
) -> Sentiments:
    """Return a history on a table; again is another process on the same one.

    With ``real_time`` deadlines are the machine's, for threads that really wait.
    """
    clock, monotonic = clock or Clock(NOW_S), monotonic or Clock(1_000.0)
    items = SentimentItems(table, clock)
    restraint = Restraint(lambda _, __: spend, closed, Cooldown(30.0, monotonic))
    history = SentimentHistory(
        items,
        providers,
        restraint,
        score_news,
        older_mentions=older_mentions,
        clock=clock,
        monotonic=time.monotonic if real_time else monotonic,
    )
    return Sentiments(history, items, clock, monotonic)


def day(text: str) -> date:
    """Return a date."""
    return datetime.fromisoformat(text).date()
