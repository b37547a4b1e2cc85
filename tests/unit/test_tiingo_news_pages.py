"""Tiingo's news of busy stocks, which takes more answers than there is time for (user-2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import orjson
import pytest

from adapters import tiingo_news
from adapters.errors import BadPayloadError, UnavailableError
from adapters.http_client import Reply
from adapters.live import NEW_YORK
from adapters.news import News, NewsRequest
from adapters.tiingo_news import TiingoNews

FIRST, LAST = date(2025, 2, 1), date(2025, 3, 7)
NOW_S = datetime(2025, 3, 7, 23, 0, tzinfo=UTC).timestamp()
NEWEST_FIRST = [datetime.fromtimestamp(NOW_S, UTC) - timedelta(minutes=97 * n) for n in range(500)]


@dataclass
class Tiingo:
    """Gives pages of what it has, and so many of them in time."""

    moments: Sequence[datetime]
    answers: int

    def get(self, path: str, params: dict[str, str]) -> Reply:
        del path
        offset, limit = int(params["offset"]), int(params["limit"])
        if offset >= self.answers * limit:
            raise UnavailableError("Tiingo did not answer in time. Try again.", provider="tiingo")
        rows = [
            {
                "id": int(at.timestamp()),
                "publishedDate": at.isoformat(),
                "title": "Apple beats",
                "tickers": ["aapl"],
            }
            for at in self.moments[offset : offset + limit]
        ]
        return Reply(200, orjson.dumps(rows))


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiingo_news, "PAGE", 100)


def ask(tiingo: Tiingo, monkeypatch: pytest.MonkeyPatch) -> News:
    provider = TiingoNews("key", clock=lambda: NOW_S)
    monkeypatch.setattr(provider._calls, "run", lambda deadline_s, spend, fetch: fetch(tiingo))
    return provider.news(NewsRequest("AAPL", FIRST, LAST, 10.0))


@pytest.mark.parametrize("most_pages", [20, 2])
def test_what_was_told_before_the_time_is_over_is_kept(
    monkeypatch: pytest.MonkeyPatch, most_pages: int
) -> None:
    """And the days are named that are whole."""
    monkeypatch.setattr(tiingo_news, "MOST_PAGES", most_pages)
    news = ask(Tiingo(NEWEST_FIRST, answers=2), monkeypatch)
    assert len(news.items) == 200
    assert news.since == NEWEST_FIRST[199].astimezone(NEW_YORK).date() + timedelta(days=1)
    whole = {at for at in NEWEST_FIRST if at.astimezone(NEW_YORK).date() >= news.since}
    assert whole <= {item.published_at for item in news.items}


def test_all_of_it_leaves_nothing_for_later(monkeypatch: pytest.MonkeyPatch) -> None:
    news = ask(Tiingo(NEWEST_FIRST[:350], answers=4), monkeypatch)
    assert (len(news.items), news.since) == (350, None)


@pytest.mark.parametrize(
    ("answers", "error"), [(0, UnavailableError), (2, UnavailableError), (9, BadPayloadError)]
)
def test_what_is_in_no_order_tells_of_no_day_that_it_is_whole(
    monkeypatch: pytest.MonkeyPatch, answers: int, error: type[Exception]
) -> None:
    monkeypatch.setattr(tiingo_news, "MOST_PAGES", 4)
    with pytest.raises(error):
        ask(Tiingo(NEWEST_FIRST[::-1], answers), monkeypatch)
