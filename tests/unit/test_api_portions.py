"""Long answers in portions: at most 50,000 candles each, and together exactly the whole."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest

from adapters.demo import DemoProvider
from cache.asking import understand
from cache.portions import MAX_CANDLES, Portion, first_portion
from market.calendars import sessions_of
from market.resolution import Resolution
from tests.kit.house import TestHouse, house
from tests.kit.providers import ScriptedProvider, utc
from tests.kit.web import ohlc, web

AFTER_CLOSE = utc("2025-03-07 22:00")


def portions(parts: TestHouse, texts: dict[str, str], limit: int) -> list[Portion]:
    """Follow ``rest`` to its end, by the texts that an address would carry."""
    found = []
    question = understand(parts.cache, "AAPL", texts, parts.clock())
    while True:
        found.append(first_portion(parts.cache, question, limit=limit))
        rest = found[-1].rest
        if rest is None:
            return found
        assert len(found) < 1000, "it never ends"
        question = type(question)(rest.query, "custom", question.listing, rest.after_s)


@pytest.mark.parametrize("limit", [1, 7, 77, 78, 79, 156, 200, 389, 390, 391, 10_000])
@pytest.mark.parametrize("resolution", ["5", "15", "60"])
def test_the_portions_together_are_the_whole_and_nothing_twice(
    tmp_path: Path, limit: int, resolution: str
) -> None:
    """Limits that fall into a session, on its last bar, and a half-day (2012-11-23) on the way."""
    parts = house(tmp_path, [DemoProvider()])
    texts = {"start_date": "2012-11-20", "end_date": "2012-11-28", "resolution": resolution}
    whole = first_portion(parts.cache, understand(parts.cache, "AAPL", texts, parts.clock())).candles
    found = portions(parts, texts, limit)
    assert np.concatenate([p.candles.time for p in found]).tolist() == whole.time.tolist()
    assert all(len(p.candles) == limit for p in found[:-1])
    assert 0 < len(found[-1].candles) <= limit


def test_a_portion_fetches_no_more_months_than_it_needs(tmp_path: Path) -> None:
    """Fifteen years of minutes are not fetched for the first few; what is fetched at once is a month."""
    provider = ScriptedProvider(AFTER_CLOSE)
    parts = house(tmp_path, [provider])
    texts = {"start_date": "2010-01-04", "end_date": "2025-03-07", "resolution": "1"}
    question = understand(parts.cache, "AAPL", texts, parts.clock())
    portion = first_portion(parts.cache, question, limit=800)
    minutes = [r for r in provider.requests if r.resolution is Resolution.M1]
    assert [(r.start, r.end) for r in minutes] == [(date(2010, 1, 4), date(2010, 1, 29))]
    assert (len(portion.candles), portion.rest.query.start) == (800, date(2010, 1, 6))


def test_sessions_before_the_listing_take_no_room_in_a_portion(tmp_path: Path) -> None:
    first = {resolution: date(2024, 1, 2) for resolution in Resolution}
    parts = house(tmp_path, [ScriptedProvider(AFTER_CLOSE, first=first)])
    texts = {"start_date": "1990-01-02", "end_date": "2025-03-07", "resolution": "5"}
    portion = first_portion(parts.cache, understand(parts.cache, "AAPL", texts, parts.clock()), limit=100)
    assert (len(portion.candles), portion.answer.query.end) == (100, date(2024, 1, 3))


def test_missing_minutes_make_a_portion_smaller_and_lose_nothing(tmp_path: Path) -> None:
    """The calendar's count decides where a portion ends, so a thinly traded ticker just has more portions."""
    provider = ScriptedProvider(AFTER_CLOSE, mangle=lambda c: c.take(c.time % 1500 == 0))
    parts = house(tmp_path, [provider])
    texts = {"start_date": "2025-02-03", "end_date": "2025-02-14", "resolution": "5"}
    whole = first_portion(parts.cache, understand(parts.cache, "AAPL", texts, parts.clock())).candles
    found = portions(parts, texts, 160)
    assert np.concatenate([p.candles.time for p in found]).tolist() == whole.time.tolist()
    assert len(found) > len(whole) / 160


def test_all_portions_have_the_one_resolution_that_the_whole_span_can_have(tmp_path: Path) -> None:
    """cache-2: minutes begin within the span; portions after that day must not turn to them."""
    first = {Resolution.M1: date(2025, 2, 3), Resolution.M5: date(2024, 1, 2)}
    parts = house(tmp_path, [ScriptedProvider(AFTER_CLOSE, first=first)])
    texts = {"start_date": "2025-01-27", "end_date": "2025-02-07", "resolution": "1"}
    found = portions(parts, texts, 200)
    assert {p.answer.resolution for p in found} == {Resolution.M5}
    assert found[0].notes == ("1-minute candles are not offered here; showing 5-minute ones.",)
    assert sum(len(p.candles) for p in found) == 10 * 78


def test_api_1_next_is_an_address_that_continues(tmp_path: Path) -> None:
    """Exactly 50,000 candles, then the others; the address pins source, resolution and adjustment."""
    client = web(house(tmp_path, [DemoProvider()]))
    span = {"start_date": "2012-08-01", "end_date": "2013-03-01", "resolution": "1", "adjust": "raw"}
    body = ohlc(client, "aapl", **span).get_json()
    assert body["count"] == MAX_CANDLES == 50_000
    address = urlsplit(body["next"])
    assert (address.scheme, address.netloc, address.path) == ("", "", "/api/v2/tickers/AAPL/ohlc")
    pinned = {"end_date": "2013-03-01", "resolution": "1", "adjust": "raw", "source": "demo"}
    assert pinned.items() <= dict(parse_qsl(address.query)).items()
    last = client.get(body["next"]).get_json()
    assert "next" not in last
    dates: list[Any] = [candle["date"] for candle in (*body["candles"], *last["candles"])]
    assert dates == sorted(set(dates))
    assert (dates[0], dates[-1]) == ("2012-08-01T13:30:00Z", "2013-03-01T20:59:00Z")
    assert len(dates) == expected_minutes(date(2012, 8, 1), date(2013, 3, 1))


def expected_minutes(start: date, end: date) -> int:
    """Return how many minutes New York trades from start to end, half-days minded."""
    calendar = sessions_of("XNYS")
    return sum(len(calendar.bar_starts(i, Resolution.M1)) for i in calendar.between(start, end))


def test_a_short_answer_has_no_next(tmp_path: Path) -> None:
    client = web(house(tmp_path, [DemoProvider()]))
    assert "next" not in ohlc(client, range="MAX").get_json()
