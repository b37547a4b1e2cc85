"""The pages on the demo's prices and a history of sentiment that the test holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from unittest import mock

import pages
from adapters.demo import DemoProvider
from sentiment.history import History
from sentiment.points import YOUTUBE, SentimentPoint, label_of
from tests.kit.house import Clock
from tests.kit.scripted_app import ThreadedApp

NEEDS_KEY = "News needs a key: set TIINGO_API_KEY or FINNHUB_API_KEY."
KNOWN = """() => {
  const { sentiment } = window.chandlery.charts.get(1);
  return sentiment.version > 0 && !sentiment.words.startsWith('Looking');
}"""
"""True when an answer about sentiment is there."""
WEEK = "?t=AAPL&r=D&from=2013-02-04&to=2013-03-01"


def item(
    day: date, score: float, source: str = "tiingo", title: str = "Apple", url: str = ""
) -> SentimentPoint:
    """Return a sure item."""
    return SentimentPoint(day, score, source, 1.0, label_of(score), title, url)


NEWS = date(2013, 2, 12)
BAD_NEWS = date(2013, 2, 20)
BOTH = date(2013, 2, 26)
ITEMS = (
    item(NEWS, 0.8, title="Apple opens a store"),
    item(BAD_NEWS, -0.9, title="Apple loses in court"),
    item(
        BOTH,
        0.6,
        title="<img src=x onerror=alert(1)> Apple sells \u202eelgoog",
        url="https://example.com/a?b=1",
    ),
    item(BOTH, 0.4, title="Apple and the banks", url="javascript:alert(1)"),
    item(BOTH, -0.4, YOUTUBE, "I would sell Apple here", "https://www.youtube.com/watch?v=abc&t=60s"),
)


@dataclass
class HeldHistory:
    """Items of AAPL, as the real history gives them; remembers whom it was asked about."""

    items: tuple[SentimentPoint, ...] = ITEMS
    before: Callable[[str], None] = lambda _ticker: None
    asked: list[str] = field(default_factory=list)

    def read(
        self, ticker: str, first: date, last: date, *, source: str | None = None, deadline_s: float
    ) -> History:
        """Return the items of the days, after ``before`` has let it."""
        assert deadline_s > 0
        self.asked.append(ticker)
        self.before(ticker)
        if ticker != "AAPL":
            return History((), (NEEDS_KEY,))
        return History(tuple(i for i in self.items if first <= i.day <= last and source in {None, i.source}))


class SentimentApp(ThreadedApp):
    """The app on the demo's prices; ``history`` is what its pages read."""

    def __init__(self, folder: Path, history: HeldHistory | None = None) -> None:
        """Prepare a server on empty tables in ``folder``."""
        self.history = history or HeldHistory()
        real = pages.register

        def register(*parts: Any, **more: Any) -> None:
            real(*parts, **more | {"sentiment": self.history})

        with mock.patch.object(pages, "register", register):
            super().__init__(folder, [DemoProvider()], Clock(time.time()))
