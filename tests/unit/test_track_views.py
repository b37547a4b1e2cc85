"""What routes and pages show of a channel's record (record-1, record-2)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.unit.test_track_items import CHANNEL, LOG, MENTION, STOCK, VIDEO
from track_record.entities import Action, Stock
from track_record.views import as_json, stock_summaries, timeline

LATER = replace(VIDEO, id="v2", title="Later", published_at=VIDEO.published_at + timedelta(days=1))
FIELDS = {
    "channel": "id youtube_channel_id name url thumbnail_url status video_count processed_video_count"
    " time_range_months created_at updated_at",
    "video": "id channel_id youtube_video_id title url published_at transcript_status analysis_status"
    " created_at",
    "mention": "id video_id ticker action sentiment price_at_mention confidence_score context_snippet"
    " created_at",
    "log": "id channel_id log_level message created_at",
    "stock": "ticker name exchange last_price price_updated_at",
    "summary": "ticker name first_mention_date first_mention_video_id first_mention_video_title"
    " price_at_first_mention current_price price_change_percent buy_count hold_count sell_count"
    " mentioned_count total_mentions link",
}
MENTIONS = [
    replace(MENTION, id="m3", video_id="v2", published_at=LATER.published_at, price_at_mention=Decimal(9)),
    replace(MENTION, id="m2", ticker="AAPL", action=Action.WATCH),
    MENTION,
]
SUMMARIES = stock_summaries(
    [LATER, VIDEO], MENTIONS, {"BRK.B": Stock("BRK.B", "Berkshire", last_price=Decimal(234))}
)


@pytest.mark.parametrize(
    ("name", "thing"),
    [
        ("channel", CHANNEL),
        ("video", VIDEO),
        ("mention", MENTION),
        ("log", LOG),
        ("stock", STOCK),
        ("summary", SUMMARIES[0]),
    ],
)
def test_json_has_exactly_the_agreed_fields(name: str, thing: object) -> None:
    """record-2."""
    shown = as_json(thing)  # type: ignore[arg-type]
    assert sorted(shown) == sorted(FIELDS[name].split())
    assert json.loads(json.dumps(shown)) == shown


def test_json_values_are_plain() -> None:
    """record-2: instants are UTC texts, prices numbers, states words; hostile text stays text."""
    assert as_json(MENTION) | {"price_at_mention": 0} == {
        "id": "m1",
        "video_id": "v1",
        "ticker": "BRK.B",
        "action": "trim",
        "sentiment": "sell",
        "price_at_mention": 0,
        "confidence_score": 0.85,
        "context_snippet": "I would trim here",
        "created_at": "2025-01-31T08:30:00.123Z",
    }
    assert as_json(MENTION)["price_at_mention"] == 468.1200000000001
    assert as_json(CHANNEL)["name"] == "Ship's <b>Chandler</b>"
    assert as_json(CHANNEL)["thumbnail_url"] is None


def test_the_timeline_is_newest_first_and_has_silent_videos() -> None:
    silent = replace(VIDEO, id="v0", published_at=datetime(2020, 1, 1, tzinfo=UTC))
    entries = timeline([silent, VIDEO, LATER], [*MENTIONS, replace(MENTION, id="m9", video_id="gone")])
    assert [(e.video.id, [m.id for m in e.mentions]) for e in entries] == [
        ("v2", ["m3"]),
        ("v1", ["m2", "m1"]),
        ("v0", []),
    ]


def test_stocks_are_summed_up_from_their_first_mention() -> None:
    """record-2: those mentioned most come first."""
    most, other = SUMMARIES
    assert (most.ticker, most.name, most.sell_count, most.total_mentions) == ("BRK.B", "Berkshire", 2, 2)
    assert (most.first_mention_date, most.first_mention_video_title) == (VIDEO.published_at, VIDEO.title)
    assert most.price_at_first_mention == MENTION.price_at_mention
    assert most.price_change_percent is not None
    assert float(most.price_change_percent) == pytest.approx((234 / 468.12 - 1) * 100)
    assert most.link == "/track-record/c1/BRK.B"
    assert (other.ticker, other.name, other.hold_count, other.current_price) == ("AAPL", None, 1, None)
    assert other.price_change_percent is None


def test_a_split_since_the_mention_is_for_the_caller_to_take_out() -> None:
    """record-6: what changes in percent is measured on one basis."""
    stocks = {"BRK.B": Stock("BRK.B", None, last_price=Decimal(234))}
    (line,) = stock_summaries([VIDEO], [MENTION], stocks, price_at=lambda _: Decimal("234.00"))
    assert line.price_change_percent == 0


def test_a_price_of_zero_is_no_base() -> None:
    stocks = {"BRK.B": Stock("BRK.B", None, last_price=Decimal(1))}
    (line,) = stock_summaries([VIDEO], [replace(MENTION, price_at_mention=Decimal(0))], stocks)
    assert line.price_change_percent is None


def test_what_belongs_to_no_video_is_left_out() -> None:
    assert stock_summaries([], MENTIONS, {}) == []
