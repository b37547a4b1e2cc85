"""A video added by hand that is put right: the same on every store (record-3, record-8)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from store import Table
from tests.kit.track import START, Ticking, new_channel
from track_record.by_hand import confirm
from track_record.entities import Action, NewMention, NewVideo
from track_record.records import Records
from track_record.reviews import Doubt, NewReview

RIGHT = START + timedelta(days=40)


@pytest.fixture
def records(table: Table, stocks: Table) -> Records:
    return Records.of(table, stocks, Ticking())


def test_record_3_a_video_by_hand_is_put_right_with_all_that_hangs_on_it(records: Records) -> None:
    """record-3: found by ticker at the right time alone, unpriced; a listed one is not to be retold."""
    channel = records.channels.add(new_channel())
    typed = NewVideo("dQw4w9WgXcQ", "Typed", "https://youtu.be/dQw4w9WgXcQ", START)
    (video,) = records.videos.add(channel.id, [typed], by_hand=True)
    assert records.videos.add(channel.id, [typed], by_hand=True) == []
    found = [NewMention("AAPL", Action.BUY, price_at_mention=Decimal(10)), NewMention("F", Action.SELL)]
    before = records.videos.replace_mentions(video, found)
    doubt = NewReview("MSFT", Action.BUY, Decimal("0.3"), "maybe", "", (Doubt.PAST,))
    records.reviews.replace(video, [doubt])
    right = NewVideo("dQw4w9WgXcQ", "Right", video.url, RIGHT)
    confirm(records, video, right)
    (now,) = records.videos.of_channel(channel.id)
    assert (now.id, now.title, now.published_at, now.by_hand) == (video.id, "Right", RIGHT, False)
    after = records.videos.of_video(video.id)
    assert [(one.id, one.published_at, one.price_at_mention) for one in after] == [
        (one.id, RIGHT, None) for one in sorted(before, key=lambda one: one.ticker)
    ]
    day = timedelta(days=1)
    assert records.videos.mentions_of_ticker("AAPL", start=START - day, end=START + day) == []
    assert len(records.videos.mentions_of_ticker("AAPL", start=RIGHT - day, end=RIGHT + day)) == 1
    assert [review.published_at for review in records.reviews.of_channel(channel.id)] == [RIGHT]
    assert records.videos.retell(now, typed) is None
    counted = records.channels.get(channel.id)
    assert counted is not None
    assert counted.video_count == 1
