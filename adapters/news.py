"""News about a stock, as providers tell it: the protocol, and what is made of their rows.

Promise: whatever was sent, a ``NewsItem`` holds plain text of bounded length, an instant that has been, and
an address of http or https or none. Texts are a stranger's words: whoever shows them shows them as text.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from adapters.payload import bad
from adapters.prices import free
from market.ticker import InvalidTickerError, parse_ticker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date

    from adapters.allowance import Allowance
    from adapters.prices import Kind

MOST_TITLE, MOST_SUMMARY, MOST_NAME, MOST_URL = 300, 1_000, 80, 2_000
"""Characters; a headline has about 80."""
_CLOCKS_APART = timedelta(minutes=10)
_MOST_TICKERS = 50
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class NewsItem:
    """One piece of news.

    Attributes:
        id: the provider's own, the same whenever it is told.
        published_at: UTC.
        title, summary: plain text; the summary may be "".
        url: of http or https, else "".
        publisher: who wrote it, "" where that is not told.
        tickers: canonical spellings of what it is about, as far as that is told.
    """

    id: str
    published_at: datetime
    title: str
    summary: str
    url: str
    publisher: str
    tickers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NewsRequest:
    """A question: news about a canonical ticker from ``first`` to ``last``, New York dates, both inclusive.

    ``spend`` counts each HTTP request before it is made, or raises BudgetUsedUpError.
    """

    ticker: str
    first: date
    last: date
    deadline_s: float
    spend: Callable[[], None] = free


@dataclass(frozen=True, slots=True)
class News:
    """What there is for a question.

    Attributes:
        items: in no order.
        dropped: how many rows could not be used.
        since: the first day of which all is told, where there was no time for those before; None: all are.
    """

    items: tuple[NewsItem, ...]
    dropped: int = 0
    since: date | None = None


class NewsProvider(Protocol):
    """A source of news. Thread-safe.

    Attributes:
        name: as in the table, "tiingo".
        title: as in sentences, "Tiingo".
        kind: what it lives on: the network.
        allowance: how often it may be asked, prices and news together.
        reach_days: how far back from today it is asked.
    """

    name: str
    title: str
    kind: Kind
    allowance: Allowance
    reach_days: int

    def news(self, request: NewsRequest) -> News:
        """Return the news of a span; days to come have none.

        Raises:
            ProviderError: see adapters.errors; then nothing is known of any of its days.
        """


@dataclass(frozen=True, slots=True)
class Row:
    """A provider's row under our names, still as it was sent."""

    id: object
    published_at: datetime | None
    title: object
    summary: object
    url: object
    publisher: object
    tickers: object


def news_of(rows: Iterable[Row], request: NewsRequest, now_s: float, title: str) -> News:
    """Return the usable rows: with an id, a title, an instant that has been, and about the ticker.

    Args:
        rows: as they were sent; several of one id count once.
        request: what was asked for; rows that name tickers and not this one are about something else.
        now_s: UTC seconds.
        title: the provider's name in sentences.

    Raises:
        BadPayloadError: more rows are bad than good, so that the good ones cannot be trusted either.
    """
    latest = datetime.fromtimestamp(now_s, UTC) + _CLOCKS_APART
    items: dict[str, NewsItem] = {}
    dropped = 0
    for row in rows:
        item = _item(row, request.ticker, latest)
        if item is None:
            dropped += 1
        else:
            items[item.id] = item
    if dropped > len(items):
        bad(title, "news that cannot be, or of something else")
    return News(tuple(items.values()), dropped)


def instant_of(text: object) -> datetime | None:
    """Return the instant (UTC) of an ISO text with a time zone, None where it is none."""
    try:
        when = datetime.fromisoformat(text) if isinstance(text, str) else None
        return when.astimezone(UTC) if when is not None and when.tzinfo else None
    except (ValueError, OverflowError):
        return None


def instant_of_s(second: object) -> datetime | None:
    """Return the instant (UTC) of whole UTC seconds, None where they are none."""
    if type(second) is not int:
        return None
    try:
        return datetime.fromtimestamp(second, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def plain(value: object, most: int) -> str:
    """Return text without what is no letter and without markup's escapes, of at most ``most`` characters."""
    if not isinstance(value, str):
        return ""
    # Cut first: nobody waits for 8 MB of a title to be tidied.
    text = _UNSEEN.sub(" ", html.unescape(value[: most * 4])).strip()
    text = text.encode("utf-8", "ignore").decode()
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def web_address(value: object) -> str:
    """Return an address of http or https, "" for anything else (javascript:, data:, a relative one)."""
    if not isinstance(value, str) or len(value) > MOST_URL or _UNSEEN.search(value.strip()):
        return ""
    address = value.strip()
    try:
        parts = urlsplit(address)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    except ValueError:
        return ""
    return address if good else ""


def _item(row: Row, ticker: str, latest: datetime) -> NewsItem | None:
    identity = str(row.id) if type(row.id) is int else plain(row.id, MOST_NAME)
    if isinstance(row.id, str) and identity != row.id:
        return None  # cut or tidied, two ids might become one
    title = plain(row.title, MOST_TITLE)
    when = row.published_at
    if not identity or "#" in identity or not title or when is None or not _EARLIEST <= when <= latest:
        return None
    tickers = _tickers(row.tickers)
    if tickers and ticker not in tickers:
        return None
    return NewsItem(
        identity,
        when,
        title,
        plain(row.summary, MOST_SUMMARY),
        web_address(row.url),
        plain(row.publisher, MOST_NAME),
        tickers,
    )


def _tickers(value: object) -> tuple[str, ...]:
    """Return the canonical spellings of a list, or of a text with commas; what is no ticker is left out."""
    names = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
    found: list[str] = []
    for name in names:
        try:
            found.append(parse_ticker(str(name)))
        except InvalidTickerError:
            continue
    return tuple(dict.fromkeys(found))


def fields(row: object) -> Mapping[str, object]:
    """Return the members of a row, none where it is no object: such a row is dropped."""
    return row if isinstance(row, dict) else {}
