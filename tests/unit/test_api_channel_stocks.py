"""What a channel said about stocks, and prices, over HTTP (record-1, record-2, record-6)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.errors import UnavailableError
from tests.kit.providers import ScriptedProvider
from tests.kit.record_web import RecordWeb, record_web
from tests.kit.tables import at_once
from tests.kit.track import new_channel
from tests.kit.web import ohlc, problem
from track_record.entities import Action, Channel, NewMention, NewVideo, Stock
from track_record.prices import Prices
from track_record.pricing import Pricing

VIDEO = {
    "id", "channel_id", "youtube_video_id", "title", "url", "published_at", "transcript_status",
    "analysis_status", "created_at",
}  # fmt: skip
MENTION = {
    "id", "video_id", "ticker", "action", "sentiment", "price_at_mention", "confidence_score",
    "context_snippet", "created_at",
}  # fmt: skip
LINE = {
    "ticker", "name", "first_mention_date", "first_mention_video_id", "first_mention_video_title",
    "price_at_first_mention", "current_price", "price_change_percent", "buy_count", "hold_count",
    "sell_count", "mentioned_count", "total_mentions", "link",
}  # fmt: skip
HOSTILE = "<script>alert(1)</script> \u202e“Ford”"


def said(site: RecordWeb, *, days: tuple[str, ...] = ("2004-06-01T21:00", "2012-06-28T21:00")) -> Channel:
    """Return a channel that on each day says twice something of AAPL, and once of a made-up ticker."""
    channel = site.records.channels.add(new_channel())
    published = [datetime.fromisoformat(day).replace(tzinfo=UTC) for day in days]
    listed = [
        NewVideo(f"yt{n}", f"{HOSTILE} {n}", f"https://youtu.be/yt{n}", on) for n, on in enumerate(published)
    ]
    for video in site.records.videos.add(channel.id, listed):
        found = [
            NewMention("AAPL", Action.ADD, context_snippet=HOSTILE),
            NewMention("AAPL", Action.MENTION),
            NewMention("ZZZQ", Action.SHORT),
        ]
        site.records.videos.replace_mentions(video, found)
    return channel


@pytest.fixture
def site(tmp_path: Path) -> RecordWeb:
    return record_web(tmp_path)


def test_record_1_the_timeline_has_videos_with_their_mentions(site: RecordWeb) -> None:
    """record-2: the shapes; what people wrote comes as they wrote it, as JSON text."""
    channel = said(site)
    answer = site.get(channel.id, "/timeline")
    timeline = answer.get_json()["timeline"]
    assert [entry["video"]["published_at"][:10] for entry in timeline] == ["2012-06-28", "2004-06-01"]
    assert [set(entry) for entry in timeline] == [{"video", "mentions"}] * 2
    assert set(timeline[0]["video"]) == VIDEO
    assert set(timeline[0]["mentions"][0]) == MENTION
    assert [(m["ticker"], m["action"], m["sentiment"]) for m in timeline[0]["mentions"]] in (
        [("AAPL", "add", "buy"), ("AAPL", "mention", "mentioned"), ("ZZZQ", "short", "sell")],
        [("AAPL", "mention", "mentioned"), ("AAPL", "add", "buy"), ("ZZZQ", "short", "sell")],
    )
    assert timeline[0]["video"]["title"] == f"{HOSTILE} 1"
    assert answer.mimetype == "application/json"


def test_record_1_the_mentions_of_one_stock_have_their_videos(site: RecordWeb) -> None:
    channel = said(site)
    body = site.get(channel.id, "/stocks/zzzq").get_json()
    assert (body["ticker"], body["channel_id"], len(body["mentions"])) == ("ZZZQ", channel.id, 2)
    assert set(body["mentions"][0]) == MENTION | {"video"}
    assert set(body["mentions"][0]["video"]) == VIDEO
    assert body["mentions"][0]["video"]["youtube_video_id"] == "yt1"
    assert site.get(channel.id, "/stocks/MSFT").get_json()["mentions"] == []
    answer = site.get(channel.id, "/stocks/%3Cscript%3E")
    assert (answer.status_code, problem(answer)["field"]) == (400, "ticker")


def test_record_2_stocks_have_both_prices_on_one_basis(site: RecordWeb) -> None:
    """record-6: Apple split two for one in 2005; what was kept before that changes no record."""
    channel = said(site)
    site.records.stocks.add(Stock("AAPL", "Apple Inc."))
    lines = site.get(channel.id, "/stocks").get_json()
    assert lines["channel_id"] == channel.id
    apple, unknown = lines["stocks"]
    assert set(apple) == LINE
    assert (apple["ticker"], apple["name"], apple["total_mentions"]) == ("AAPL", "Apple Inc.", 4)
    assert (apple["buy_count"], apple["mentioned_count"], apple["sell_count"]) == (2, 2, 0)
    assert apple["link"] == f"/track-record/{channel.id}/AAPL"
    days = ohlc(site.client, start_date="2004-06-01", end_date="2013-03-01").get_json()["candles"]
    opened = {day["date"]: day["open"] for day in days}["2004-06-02"]
    assert apple["price_at_first_mention"] == opened
    assert apple["current_price"] == days[-1]["close"]
    assert apple["price_change_percent"] == pytest.approx((days[-1]["close"] / opened - 1) * 100)
    assert (unknown["ticker"], unknown["current_price"], unknown["price_change_percent"]) == (
        "ZZZQ",
        None,
        None,
    )


def test_record_1_refreshing_gives_prices_and_says_where_there_is_none(site: RecordWeb) -> None:
    channel = said(site)
    site.records.stocks.add(Stock("AAPL", "Apple Inc."))
    body = site.post(channel.id, "/refresh-prices").get_json()
    last = ohlc(site.client, range="1D").get_json()["candles"][-1]["close"]
    assert body["prices"] == {"AAPL": last}
    assert body["updated_at"].endswith("Z")
    assert "Check the spelling" in body["errors"]["ZZZQ"]
    kept = site.records.stocks.get("AAPL")
    assert kept is not None
    assert float(kept.last_price or 0) == last


def test_record_1_backfilling_prices_what_has_none(site: RecordWeb) -> None:
    channel = said(site, days=("2004-06-01T21:00", "2012-06-28T21:00", "2013-03-02T12:00"))
    answer = site.post(channel.id, "/backfill-prices")
    assert answer.status_code == 202
    assert answer.get_json() == {
        "mentions": 9,
        "priced": 4,
        "unpriced": 5,
        "remaining": 0,
        "reasons": {"pending": 2, "ticker_not_found": 3},
        "errors": {},
    }
    newest, middle, _ = site.get(channel.id, "/timeline").get_json()["timeline"]
    days = ohlc(site.client, start_date="2012-06-28", end_date="2012-06-29").get_json()["candles"]
    assert [m["price_at_mention"] for m in middle["mentions"]] == [days[1]["open"]] * 2 + [None]
    assert [m["price_at_mention"] for m in newest["mentions"]] == [None] * 3
    again = site.post(channel.id, "/backfill-prices").get_json()
    assert (again["mentions"], again["priced"]) == (5, 0)


def test_two_who_backfill_at_once_keep_one_truth(site: RecordWeb) -> None:
    channel = said(site)
    clients = [site.client.application.test_client() for _ in range(4)]
    address = f"/api/channels/{channel.id}/backfill-prices"
    answers = at_once(4, lambda n: clients[n].post(address).get_json())
    assert all(a["priced"] + a["unpriced"] == a["mentions"] for a in answers)
    assert site.post(channel.id, "/backfill-prices").get_json()["mentions"] == 2


@pytest.mark.parametrize("spelling", ["AAPL", "aapl"])
def test_record_1_the_price_of_a_stock(site: RecordWeb, spelling: str) -> None:
    body = site.client.get(f"/api/stocks/{spelling}/price").get_json()
    last = ohlc(site.client, range="1D").get_json()["candles"][-1]["close"]
    assert (body["ticker"], body["price"], body["error"]) == ("AAPL", last, None)
    assert body["updated_at"].endswith("Z")


def test_record_1_no_price_is_an_answer_with_an_error(site: RecordWeb) -> None:
    answer = site.client.get("/api/stocks/ZZZQ/price")
    body = answer.get_json()
    assert answer.status_code == 200
    assert (body["ticker"], body["price"], body["updated_at"]) == ("ZZZQ", None, None)
    assert body["error"].startswith("No prices for ZZZQ. Check the spelling")


@pytest.mark.parametrize("ticker", ["%3Cimg%20src=x%3E", "A" * 3000, "%E2%98%83", "AAPL%23demo", "%20"])
def test_a_text_that_is_no_ticker_is_refused(site: RecordWeb, ticker: str) -> None:
    answer = site.client.get(f"/api/stocks/{ticker}/price")
    assert (answer.status_code, problem(answer)["field"]) == (400, "ticker")


def test_a_source_that_fails_is_said_and_asked_once_for_each_ticker(tmp_path: Path) -> None:
    source = ScriptedProvider(
        datetime(2013, 3, 1, 21, tzinfo=UTC), error=UnavailableError("Scripted is down.", provider="scripted")
    )
    site = record_web(tmp_path, providers=[source])
    channel = said(site)
    body = site.post(channel.id, "/backfill-prices").get_json()
    assert (body["priced"], body["remaining"]) == (0, 4)
    assert body["errors"] == {"AAPL": "Scripted is down."}
    assert len(source.requests) == 1
    assert site.post(channel.id, "/refresh-prices").get_json()["prices"] == {}
    assert site.client.get("/api/stocks/AAPL/price").get_json()["error"] == "Scripted is down."
    lines = site.get(channel.id, "/stocks").get_json()["stocks"]
    assert [line["current_price"] for line in lines] == [None, None]
    source.error = None
    assert site.post(channel.id, "/backfill-prices").get_json()["priced"] == 4


class Slow:
    """A clock that is a second later each time somebody looks at it."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        self.now_s += 1.0
        return self.now_s


def test_what_there_is_no_time_for_is_left_and_done_when_asked_again(site: RecordWeb) -> None:
    channel = said(site)
    hurried = Pricing(site.records, Prices(site.parts.cache), longest_s=2.5, monotonic=Slow())
    first = hurried.backfill(channel.id)
    assert (first.mentions, first.priced, first.remaining) == (6, 2, 4)
    # Those that have a price now are out of the way, so every round gets further.
    assert hurried.backfill(channel.id).priced == 2
    refreshed = Pricing(site.records, Prices(site.parts.cache), longest_s=1.5, monotonic=Slow())
    assert list(refreshed.refresh(channel.id).errors.values()) == [
        "There was no time to ask for it. Ask again."
    ]


def test_record_8_nothing_of_a_large_channel_is_left_out(tmp_path: Path) -> None:
    """Queries follow all pages."""
    site = record_web(tmp_path)
    begin = datetime(2008, 1, 1, 12, tzinfo=UTC)
    days = [begin + timedelta(days=n) for n in range(400)]
    channel = said(site, days=tuple(day.strftime("%Y-%m-%dT%H:%M") for day in days))
    assert len(site.get(channel.id, "/timeline").get_json()["timeline"]) == 400
    lines = site.get(channel.id, "/stocks").get_json()["stocks"]
    assert [line["total_mentions"] for line in lines] == [800, 400]
    assert len(site.get(channel.id, "/stocks/AAPL").get_json()["mentions"]) == 800
