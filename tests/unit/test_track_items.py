"""Keys and items of the track record, as section 5 of the requirements writes them down (record-2)."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from store import TableNames, schemas
from store.items import checked
from track_record import instants, items, keys
from track_record.entities import (
    Action,
    AnalysisStatus,
    Channel,
    ChannelStatus,
    Log,
    LogLevel,
    Mention,
    Sentiment,
    Stock,
    TranscriptStatus,
    Video,
)

SCHEMAS = schemas(TableNames("ohlc", "users", "sentiments", "StockTrackRecord"))
MADE = datetime(2025, 1, 31, 8, 30, 0, 123_000, tzinfo=UTC)
PUBLISHED = datetime(2025, 1, 30, 21, 5, tzinfo=UTC)

CHANNEL = Channel(
    id="c1",
    youtube_channel_id="UC123",
    name="Ship's <b>Chandler</b>",
    url="https://www.youtube.com/channel/UC123",
    thumbnail_url=None,
    status=ChannelStatus.PENDING,
    video_count=3,
    processed_video_count=1,
    time_range_months=12,
    created_at=MADE,
    updated_at=MADE + timedelta(milliseconds=1),
)
VIDEO = Video(
    id="v1",
    channel_id="c1",
    youtube_video_id="dQw4w9WgXcQ",
    title="Three stocks",
    url="https://www.youtube.com/watch?v=dQw4w9WgXcQ",
    published_at=PUBLISHED,
    transcript_status=TranscriptStatus.BLOCKED,
    analysis_status=AnalysisStatus.PENDING,
    created_at=MADE,
)
MENTION = Mention(
    id="m1",
    video_id="v1",
    ticker="BRK.B",
    action=Action.TRIM,
    price_at_mention=Decimal("468.1200000000001"),
    confidence_score=Decimal("0.85"),
    context_snippet="I would trim here",
    created_at=MADE,
    channel_id="c1",
    published_at=PUBLISHED,
)
LOG = Log(instants.to_ms(MADE), "c1", LogLevel.WARNING, "no transcript", MADE)
STOCK = Stock("AAPL", "Apple Inc.", last_price=Decimal("1.5"), price_updated_at=MADE)

GOLDEN = {
    "channel": {
        "PK": "CHANNEL#c1",
        "SK": "CHANNEL#c1",
        "GSI1PK": "CHANNELS",
        "GSI1SK": "2025-01-31T08:30:00.123Z",
        "GSI2PK": "YT#UC123",
        "entity_type": "Channel",
        "id": "c1",
        "youtube_channel_id": "UC123",
        "name": "Ship's <b>Chandler</b>",
        "url": "https://www.youtube.com/channel/UC123",
        "status": "pending",
        "video_count": 3,
        "processed_video_count": 1,
        "time_range_months": 12,
        "created_at": "2025-01-31T08:30:00.123Z",
        "updated_at": "2025-01-31T08:30:00.124Z",
    },
    "video": {
        "PK": "CHANNEL#c1",
        "SK": "VIDEO#v1",
        "GSI3PK": "YTVID#dQw4w9WgXcQ",
        "entity_type": "Video",
        "id": "v1",
        "channel_id": "c1",
        "youtube_video_id": "dQw4w9WgXcQ",
        "title": "Three stocks",
        "url": "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
        "published_at": "2025-01-30T21:05:00.000Z",
        "transcript_status": "blocked",
        "analysis_status": "pending",
        "created_at": "2025-01-31T08:30:00.123Z",
    },
    "mention": {
        "PK": "VIDEO#v1",
        "SK": "MENTION#m1",
        "GSI1PK": "TICKER#BRK.B",
        "GSI1SK": "2025-01-30T21:05:00.000Z",
        "GSI2PK": "CHANNEL#c1",
        "entity_type": "Mention",
        "id": "m1",
        "video_id": "v1",
        "ticker": "BRK.B",
        "action": "trim",
        "sentiment": "sell",
        "price_at_mention": Decimal("468.1200000000001"),
        "confidence_score": Decimal("0.85"),
        "context_snippet": "I would trim here",
        "created_at": "2025-01-31T08:30:00.123Z",
        "channel_id": "c1",
        "published_at": "2025-01-30T21:05:00.000Z",
    },
    "log": {
        "PK": "CHANNEL#c1",
        "SK": "LOG#2025-01-31T08:30:00.123Z#0a1b2c3d",
        "entity_type": "Log",
        "id": 1_738_312_200_123,
        "channel_id": "c1",
        "log_level": "warning",
        "message": "no transcript",
        "created_at": "2025-01-31T08:30:00.123Z",
    },
    "stock": {
        "ticker": "AAPL",
        "entity_type": "Stock",
        "name": "Apple Inc.",
        "exchange": "NYSE",
        "last_price": Decimal("1.5"),
        "price_updated_at": "2025-01-31T08:30:00.123Z",
    },
}

MADE_ITEMS = {
    "channel": items.of_channel(CHANNEL),
    "video": items.of_video(VIDEO),
    "mention": items.of_mention(MENTION),
    "log": items.of_log(LOG, "0a1b2c3d"),
    "stock": items.of_stock(STOCK),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_items_have_the_keys_and_attributes_that_were_agreed(name: str) -> None:
    """record-2: what a table holds is read by others too, so it never changes by accident."""
    assert MADE_ITEMS[name] == GOLDEN[name]
    checked(MADE_ITEMS[name], SCHEMAS.stocks if name == "stock" else SCHEMAS.track_record)


@pytest.mark.parametrize(
    ("entity", "to_item", "from_item"),
    [
        (CHANNEL, items.of_channel, items.to_channel),
        (replace(CHANNEL, thumbnail_url="https://yt3.ggpht.com/x"), items.of_channel, items.to_channel),
        (VIDEO, items.of_video, items.to_video),
        (replace(VIDEO, vanished_at=MADE), items.of_video, items.to_video),
        (MENTION, items.of_mention, items.to_mention),
        (
            replace(MENTION, price_at_mention=None, confidence_score=Decimal(1), context_snippet=None),
            items.of_mention,
            items.to_mention,
        ),
        (LOG, lambda log: items.of_log(log, "0a1b2c3d"), items.to_log),
        (STOCK, items.of_stock, items.to_stock),
        (Stock("F", None), items.of_stock, items.to_stock),
    ],
)
def test_an_entity_comes_back_from_its_item_as_it_was(entity: Any, to_item: Any, from_item: Any) -> None:
    """Numbers that are integral come back from tables as int, and are Decimals again."""
    schema = SCHEMAS.stocks if isinstance(entity, Stock) else SCHEMAS.track_record
    back = from_item(checked(to_item(entity), schema))
    assert back == entity
    for field in fields(entity):
        assert type(getattr(back, field.name)) is type(getattr(entity, field.name)), field.name


@pytest.mark.parametrize(
    ("sentiment", "direction", "actions"),
    [
        (Sentiment.BUY, 1, "buy add"),
        (Sentiment.HOLD, 0, "hold watch"),
        (Sentiment.SELL, -1, "sell trim short avoid"),
        (Sentiment.MENTIONED, 0, "mention"),
    ],
)
def test_actions_come_to_sentiments(sentiment: Sentiment, direction: int, actions: str) -> None:
    """record-2: and only buying and selling are calls."""
    assert {action for action in Action if action.sentiment is sentiment} == set(map(Action, actions.split()))
    assert {action.direction for action in map(Action, actions.split())} == {direction}


def test_one_thing_has_one_id() -> None:
    """record-8: whatever is written twice lands on the same key. Handles know no case, ids do."""
    assert keys.channel_id_of("@Chandler") == keys.channel_id_of(" @chandler ")
    assert keys.channel_id_of("UCa") != keys.channel_id_of("UCA")
    assert keys.video_id_of("c1", "x") != keys.video_id_of("c2", "x")
    first = keys.mention_id_of("v1", "AAPL", Action.BUY)
    assert first == keys.mention_id_of("v1", "AAPL", Action.BUY)
    assert (
        len({first, keys.mention_id_of("v1", "AAPL", Action.SELL), keys.mention_id_of("v1", "F", Action.BUY)})
        == 3
    )


def test_ids_stay_what_they_are_across_versions() -> None:
    """An id that changed would let the same channel in twice."""
    assert keys.channel_id_of("UC123") == "0b86fe54-0ffe-5b48-b4da-7403f7d59463"
    assert keys.video_id_of("c1", "dQw4w9WgXcQ") == "4406d62c-b2c0-5b8b-86fd-7c8c3d2ff127"
    assert keys.mention_id_of("v1", "AAPL", Action.BUY) == "9b248d13-b2a4-5045-ad33-9acd9eb9e2c1"


@pytest.mark.parametrize(
    ("when", "text"),
    [
        (datetime(2025, 1, 31, 8, 30, tzinfo=UTC), "2025-01-31T08:30:00.000Z"),
        (datetime(2025, 1, 31, 8, 30, 0, 999_999, tzinfo=UTC), "2025-01-31T08:30:00.999Z"),
        (datetime(2025, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=2))), "2024-12-31T22:30:00.000Z"),
        (datetime(987, 6, 5, tzinfo=UTC), "0987-06-05T00:00:00.000Z"),
    ],
)
def test_instants_are_written_in_utc_to_the_millisecond(when: datetime, text: str) -> None:
    assert instants.text_of(when) == text
    assert instants.parse(text) == instants.of(when)
    assert instants.from_ms(instants.to_ms(instants.of(when))) == instants.of(when)


def test_an_instant_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        instants.text_of(datetime(2025, 1, 31))  # noqa: DTZ001 - what is refused
    with pytest.raises(ValueError, match="time zone"):
        instants.parse("2025-01-31T08:30:00")


def test_bounds_of_logs_leave_out_what_was_seen() -> None:
    after, until = MADE, MADE + timedelta(milliseconds=2)
    low, high = keys.log_bounds(after, until)
    inside = [keys.log_key("c1", MADE + timedelta(milliseconds=step), "ffffffff")[1] for step in range(4)]
    assert [low <= key <= high for key in inside] == [False, True, True, False]
