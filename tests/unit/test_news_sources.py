"""News of Tiingo and Finnhub: recordings, pages, errors, and what rows cannot be (user-2)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest

from adapters.errors import (
    BadKeyError,
    BadPayloadError,
    BudgetUsedUpError,
    NotInPlanError,
    ProviderError,
    RateLimitedError,
    UnavailableError,
    UnknownTickerError,
)
from adapters.finnhub_news import FinnhubNews, parse_rows
from adapters.finnhub_news import _row as finnhub_row
from adapters.live import NEW_YORK
from adapters.news import News, NewsRequest, news_of, plain, web_address
from adapters.tiingo_news import TiingoNews, parse_page
from adapters.tiingo_news import _row as tiingo_row
from tests.kit import provider_server as stand_in
from tests.kit.adapter_tests import GOOD_KEY, needs_recordings, providers_at, reply
from tests.kit.provider_server import Fault, ProviderServer
from tests.kit.providers import utc

NOW_S = utc("2025-03-07 20:00").timestamp()
HOSTILE = "<script>alert(1)</script> \u202eprofit"
MAKERS = {"tiingo": TiingoNews, "finnhub": FinnhubNews}
BOTH = pytest.mark.parametrize("source", MAKERS)
PATHS = {"tiingo": "/tiingo/news", "finnhub": "/company-news"}


@pytest.fixture
def server() -> Iterator[ProviderServer]:
    with providers_at(NOW_S) as running:
        yield running


def request(first: str, last: str, ticker: str = "AAPL", **changes: Any) -> NewsRequest:
    given = {"deadline_s": 10.0, **changes}
    return NewsRequest(ticker, date.fromisoformat(first), date.fromisoformat(last), **given)


def ask(
    server: ProviderServer, source: str, asked: NewsRequest | None = None, key: str | None = GOOD_KEY
) -> News:
    provider = MAKERS[source](key, server.url, clock=lambda: NOW_S)
    return provider.news(asked or request("2025-03-01", "2025-03-07"))


def row(source: str, **changes: Any) -> dict[str, Any]:
    """Return a row as it should be, in a provider's words, with changes in ours."""
    told = {"id": 7, "at": utc("2025-03-05 15:00"), "title": "Apple beats", "summary": "", "url": "",
            "publisher": "Example", "tickers": ["aapl"]} | changes  # fmt: skip
    at = told["at"]
    if source == "tiingo":
        when = at.isoformat() if isinstance(at, datetime) else at
        return {"id": told["id"], "publishedDate": when, "title": told["title"], "url": told["url"],
                "description": told["summary"], "source": told["publisher"],
                "tickers": told["tickers"]}  # fmt: skip
    when = int(at.timestamp()) if isinstance(at, datetime) else at
    related = ",".join(told["tickers"]) if isinstance(told["tickers"], list) else told["tickers"]
    return {"id": told["id"], "datetime": when, "headline": told["title"], "url": told["url"],
            "summary": told["summary"], "source": told["publisher"], "related": related}  # fmt: skip


def told(server: ProviderServer, source: str, *rows: object) -> News:
    server.fail(PATHS[source], stand_in.status(200, json.dumps(rows)))
    return ask(server, source)


@needs_recordings
def test_recorded_news_of_tiingo_is_read() -> None:
    """user-2: providers.md 6; its tickers are in small letters, its instants UTC."""
    rows = parse_page(reply("tiingo-news-AAPL_GOOGL.json"), NOW_S)
    (item,) = news_of(map(tiingo_row, rows), request("2016-01-01", "2017-08-31"), NOW_S, "Tiingo").items
    assert item.title == "Tech giants may be stronger than you think"
    assert item.published_at == datetime(2016, 1, 11, 23, 13, tzinfo=UTC)
    assert item.tickers[:2] == ("GOOGL", "AAPL")
    assert (item.id, item.publisher) == ("0", "cnbc.com")
    assert item.url.startswith("http://www.cnbc.com/2016/01/11/")


@needs_recordings
def test_recorded_news_of_finnhub_is_read() -> None:
    rows = parse_rows(reply("finnhub-company_news-sample.json"), NOW_S)
    news = news_of(map(finnhub_row, rows), request("2019-08-28", "2019-08-30", "FB"), NOW_S, "Finnhub")
    assert [item.id for item in news.items] == ["25040", "25060", "24876"]
    assert news.items[0].published_at == datetime(2019, 8, 29, 4, 48, 35, tzinfo=UTC)
    assert "\n" not in news.items[2].summary


@needs_recordings
@pytest.mark.parametrize(
    ("name", "case", "kind"),
    [
        ("tiingo-news_bulk-403.json", "", NotInPlanError),
        ("tiingo-errors.json", "403_news", NotInPlanError),
        ("tiingo-errors.json", "403_no_token", BadKeyError),
        ("tiingo-errors.json", "404_unknown_ticker", UnknownTickerError),
        ("tiingo-errors.json", "200_symbol_cap_PLAINTEXT", RateLimitedError),
        ("tiingo-errors.json", "200_symbol_cap_json_2026", RateLimitedError),
        ("tiingo-errors.json", "429_hourly", RateLimitedError),
        ("tiingo-errors.json", "429_bandwidth", RateLimitedError),
        ("finnhub-errors.json", "401", BadKeyError),
        ("finnhub-errors.json", "403", NotInPlanError),
        ("finnhub-errors.json", "429", RateLimitedError),
        ("finnhub-errors.json", "no_data", BadPayloadError),
    ],
)
def test_every_recorded_error_has_its_kind(name: str, case: str, kind: type[ProviderError]) -> None:
    parse = parse_page if name.startswith("tiingo") else parse_rows
    with pytest.raises(ProviderError) as caught:
        parse(reply(name, case), NOW_S)
    assert type(caught.value) is kind
    if kind is NotInPlanError:
        assert "news" in str(caught.value)


@needs_recordings
def test_a_recorded_day_without_news_is_an_answer() -> None:
    assert parse_page(reply("tiingo-errors.json", "200_empty_weekend"), NOW_S) == []


@BOTH
def test_news_comes_with_the_key_in_a_header_alone(server: ProviderServer, source: str) -> None:
    news = ask(server, source)
    assert len(news.items) >= 5
    assert all(item.url.startswith("https://news.example.com/AAPL/") for item in news.items)
    (call,) = server.seen
    assert (call.source, call.key) == (source, GOOD_KEY)
    assert GOOD_KEY not in json.dumps(dict(call.params))


@BOTH
def test_both_tell_the_same_news_of_a_span_of_new_york(server: ProviderServer, source: str) -> None:
    """Whatever zone a provider counts its days in, no item of an asked day is missing."""
    first, last = date(2025, 2, 3), date(2025, 2, 14)
    all_of = ask(server, "tiingo", request("2025-01-01", "2025-03-07"))
    wanted = {i.id for i in all_of.items if first <= i.published_at.astimezone(NEW_YORK).date() <= last}
    found = {item.id for item in ask(server, source, request("2025-02-03", "2025-02-14")).items}
    assert wanted
    assert wanted <= found


@pytest.mark.parametrize(("source", "pages"), [("tiingo", 2), ("finnhub", 6)])
def test_all_pages_are_followed(server: ProviderServer, source: str, pages: int) -> None:
    """And each is counted before it is asked for; Finnhub names no pages, so its days are gone back."""
    spent: list[int] = []
    asked = request("2023-04-01", "2025-03-07", spend=lambda: spent.append(len(server.seen)))
    news = ask(server, source, asked)
    assert len(server.seen) == pages
    assert spent == list(range(pages))
    days = {item.published_at.date() for item in news.items}
    assert min(days) <= date(2023, 4, 4)
    assert len(news.items) == len({item.id for item in news.items}) > 1_000


@BOTH
def test_a_request_that_the_budget_refuses_is_not_made(server: ProviderServer, source: str) -> None:
    def refuse() -> None:
        raise BudgetUsedUpError("Used up.", provider=source)

    with pytest.raises(BudgetUsedUpError):
        ask(server, source, request("2025-03-01", "2025-03-07", spend=refuse))
    assert server.seen == []


@BOTH
def test_no_key_and_a_wrong_key_are_told_apart_from_the_plan(server: ProviderServer, source: str) -> None:
    with pytest.raises(BadKeyError, match="needs a key"):
        ask(server, source, key=None)
    assert server.seen == []
    with pytest.raises(BadKeyError, match="refused"):
        ask(server, source, key="other")


def test_the_free_plan_of_tiingo_has_no_news_and_finnhub_s_has(server: ProviderServer) -> None:
    server.free_plan = True
    with pytest.raises(NotInPlanError, match=r"^Your Tiingo plan does not include news\.$"):
        ask(server, "tiingo")
    assert ask(server, "finnhub").items


@dataclass
class Rotated:
    """A key that was good, and the one that is."""

    keys: list[str] = field(default_factory=lambda: ["old", GOOD_KEY])

    def current(self) -> str | None:
        return self.keys[0]

    def refused(self, key: str | None, wait_s: float) -> str | None:
        self.keys.remove(key or "")
        return self.keys[0] if self.keys else None


@BOTH
def test_a_key_that_was_rotated_is_tried_once_more(server: ProviderServer, source: str) -> None:
    """E30: as for prices."""
    provider = MAKERS[source](Rotated(), server.url, clock=lambda: NOW_S)
    assert provider.news(request("2025-03-01", "2025-03-07")).items
    assert [call.key for call in server.seen] == ["old", GOOD_KEY]
    server.keys = frozenset()
    with pytest.raises(BadKeyError):
        provider.news(request("2025-03-01", "2025-03-07"))


@BOTH
def test_an_unknown_ticker_has_none_and_a_foreign_one_is_not_asked_for(
    server: ProviderServer, source: str
) -> None:
    server.known = frozenset({"MSFT"})
    assert ask(server, source).items == ()
    for ticker in ("VOD.L", "^GSPC", "BTC-USD"):
        with pytest.raises(UnknownTickerError):
            ask(server, source, request("2025-03-01", "2025-03-07", ticker))
    assert len(server.seen) == 1


FAULTS: dict[str, tuple[Fault, type[ProviderError]]] = {
    "HTML": (stand_in.HTML, BadPayloadError),
    "cut off": (stand_in.half(b"[" * 1_000), UnavailableError),
    "half of it": (stand_in.status(200, '[{"id": 1, "title": "A'), BadPayloadError),
    "nothing": (stand_in.status(200, ""), BadPayloadError),
    "an object": (stand_in.status(200, "{}"), BadPayloadError),
    "NaN": (stand_in.status(200, '[{"id": NaN}]'), BadPayloadError),
    "numbers": (stand_in.status(200, "[1, 2]"), BadPayloadError),
    "deep": (stand_in.status(200, "[" * 100_000), BadPayloadError),
    "100 MB": (stand_in.huge(), BadPayloadError),
    "100 MB unannounced": (stand_in.huge(announced=False), BadPayloadError),
    "a redirect": (stand_in.redirect("http://127.0.0.1:9/elsewhere"), BadPayloadError),
    "reset": (stand_in.reset, UnavailableError),
    "500": (stand_in.status(500, "<html>canary</html>"), UnavailableError),
    "418": (stand_in.status(418, "canary"), BadPayloadError),
}


@BOTH
@pytest.mark.parametrize("fault", FAULTS)
def test_whatever_is_sent_the_error_is_ours(server: ProviderServer, source: str, fault: str) -> None:
    act, kind = FAULTS[fault]
    server.fail(PATHS[source], act)
    with pytest.raises(ProviderError) as caught:
        ask(server, source)
    assert type(caught.value) is kind
    assert caught.value.provider == source
    assert not any(foreign in str(caught.value) for foreign in ("canary", "<", "http", GOOD_KEY))


@BOTH
def test_a_call_ends_at_its_deadline_though_bytes_drip(server: ProviderServer, source: str) -> None:
    server.fail(PATHS[source], stand_in.drip())
    with pytest.raises(UnavailableError):
        ask(server, source, request("2025-03-01", "2025-03-07", deadline_s=0.4))


BAD_ROWS: dict[str, dict[str, Any]] = {
    "no id": {"id": None},
    "an id that is an object": {"id": {}},
    "an id that would split a key": {"id": "a#b"},
    "an id without end": {"id": "a" * 1_000},
    "no title": {"title": ""},
    "a title that is none": {"title": 5},
    "no time": {"at": None},
    "a time of years to come": {"at": utc("2035-01-01 00:00")},
    "a time of long ago": {"at": utc("1970-01-01 00:00")},
    "a time that is none": {"at": "yesterday"},
    "another ticker": {"tickers": ["msft"]},
}


@BOTH
@pytest.mark.parametrize("case", BAD_ROWS)
def test_a_bad_row_is_dropped_and_counted(server: ProviderServer, source: str, case: str) -> None:
    """The one beside it is kept; where most are bad, none is believed."""
    bad_row = row(source, **({"id": 8} | BAD_ROWS[case]))
    news = told(server, source, row(source), bad_row)
    assert ([item.id for item in news.items], news.dropped) == (["7"], 1)
    server.mend()
    with pytest.raises(BadPayloadError):
        told(server, source, bad_row)


@BOTH
def test_hostile_titles_and_addresses_are_text_and_none(server: ProviderServer, source: str) -> None:
    hostile = row(source, title=HOSTILE, url="javascript:alert(1)", summary="a\x00b\u2028c" * 9_000)
    long = row(source, id=8, title="A" * 100_000, publisher="B" * 10_000)
    first, second = told(server, source, hostile, long).items
    assert first.title == HOSTILE
    assert first.url == ""
    assert (len(first.summary) <= 1_000, "\x00" in first.summary) == (True, False)
    assert (len(second.title), second.title[-1], len(second.publisher)) == (300, "…", 80)


@BOTH
def test_of_one_id_the_last_row_counts(server: ProviderServer, source: str) -> None:
    news = told(server, source, row(source), row(source, title="Corrected"))
    assert [item.title for item in news.items] == ["Corrected"]


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "data:text/html,x", "//example.com/x", "/x", "example.com", "ftp://example.com",
        "http://", "https://user:word@example.com/", "http://[half", "https://a b.com/", "java\nscript:x", 5,
        None, "https://example.com/" + "a" * 3_000, "vbscript:x", "HTTPS:example.com",
    ],
)  # fmt: skip
def test_only_web_addresses_are_addresses(address: object) -> None:
    assert web_address(address) == ""


def test_a_web_address_stays_as_it_is() -> None:
    assert web_address(" https://example.com/a?b=1&c=%20#d ") == "https://example.com/a?b=1&c=%20#d"


def test_escapes_of_markup_are_read_once() -> None:
    assert plain("AT&amp;T&#39;s  profit\n&lt;b&gt;", 100) == "AT&T's profit <b>"
