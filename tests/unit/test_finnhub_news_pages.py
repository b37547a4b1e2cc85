"""Finnhub's news of busy stocks: answers that are cut off at the newest rows, and time that ends (user-2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo

import orjson
import pytest

from adapters import finnhub_news
from adapters.errors import UnavailableError
from adapters.finnhub_news import FinnhubNews
from adapters.http_client import Reply
from adapters.live import NEW_YORK
from adapters.news import News, NewsRequest

BOUND = 250
FIRST, LAST = date(2025, 2, 1), date(2025, 3, 7)
NOW_S = datetime(2025, 3, 7, 23, 0, tzinfo=UTC).timestamp()


@dataclass
class Finnhub:
    """Answers of at most so many rows, the newest of the days asked for, by the days of a zone."""

    rows: Sequence[datetime]
    zone: tzinfo
    answers: int = 1_000
    asked: list[tuple[str, str]] = field(default_factory=list)

    def get(self, path: str, params: dict[str, str]) -> Reply:
        del path
        if len(self.asked) == self.answers:
            raise UnavailableError("Finnhub did not answer in time. Try again.", provider="finnhub")
        self.asked.append((params["from"], params["to"]))
        chosen = [
            at for at in self.rows if params["from"] <= str(at.astimezone(self.zone).date()) <= params["to"]
        ]
        told = sorted(chosen, reverse=True)[:BOUND]
        return Reply(200, orjson.dumps([row(at) for at in told]))


def row(at: datetime) -> dict[str, object]:
    second = int(at.timestamp())
    return {"id": second, "datetime": second, "headline": "Apple beats", "related": "AAPL"}


def every(minutes: int, first: date, last: date) -> Iterator[datetime]:
    """Yield moments of the days of New York from first to last."""
    at = datetime.combine(first, datetime.min.time(), NEW_YORK).astimezone(UTC)
    while at.astimezone(NEW_YORK).date() <= last and at.timestamp() <= NOW_S:
        yield at
        at += timedelta(minutes=minutes)


def ask(finnhub: Finnhub, monkeypatch: pytest.MonkeyPatch) -> News:
    provider = FinnhubNews("key", clock=lambda: NOW_S)
    monkeypatch.setattr(provider._calls, "run", lambda deadline_s, spend, fetch: fetch(finnhub))
    return provider.news(NewsRequest("AAPL", FIRST, LAST, 10.0))


def days_of(news: News) -> set[date]:
    return {item.published_at.astimezone(NEW_YORK).date() for item in news.items}


@pytest.mark.parametrize("zone", [UTC, NEW_YORK])
def test_everything_is_told_whatever_the_zone_of_the_days(
    monkeypatch: pytest.MonkeyPatch, zone: tzinfo
) -> None:
    """The first day's morning and the hours between two days' midnights among it."""
    rows = list(every(11, FIRST, LAST))
    news = ask(Finnhub(rows, zone), monkeypatch)
    assert {item.published_at for item in news.items} == set(rows)
    assert news.since is None


def test_a_day_that_fills_an_answer_hides_no_day_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of such a day some rows cannot be had; it was all that was told of three months."""
    rows = [*every(120, FIRST, LAST - timedelta(days=1)), *every(2, LAST, LAST)]
    news = ask(Finnhub(rows, UTC), monkeypatch)
    assert days_of(news) == {FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)}


def test_what_was_told_before_the_time_is_over_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """And every question gets further, so that a busy stock's news comes at all."""
    rows = list(every(20, FIRST, LAST))
    news = ask(Finnhub(rows, UTC, answers=3), monkeypatch)
    assert news.since is not None
    assert FIRST < news.since < LAST - timedelta(days=5)
    whole = {at for at in rows if at.astimezone(NEW_YORK).date() >= news.since}
    assert whole <= {item.published_at for item in news.items}


def test_the_same_answer_to_whatever_is_asked_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    finnhub = Finnhub(list(every(120, LAST - timedelta(days=5), LAST)), UTC)
    same = Reply(200, orjson.dumps([row(at) for at in every(30, LAST - timedelta(days=5), LAST)]))
    monkeypatch.setattr(Finnhub, "get", lambda self, path, params: (self.asked.append(("", "")), same)[1])
    assert ask(finnhub, monkeypatch).since is None
    assert len(finnhub.asked) <= 3


def test_nothing_at_all_in_time_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnavailableError):
        ask(Finnhub([], UTC, answers=0), monkeypatch)


def test_more_than_can_be_asked_for_at_once_is_left_for_the_next_question(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(finnhub_news, "MOST_PAGES", 2)
    news = ask(Finnhub(list(every(20, FIRST, LAST)), UTC), monkeypatch)
    assert news.since is not None
    assert news.since > FIRST
