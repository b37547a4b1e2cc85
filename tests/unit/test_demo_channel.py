"""The demo's channel: synthetic, processed like any other, and there without a key (record-4, part 9)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.demo import DemoProvider
from adapters.extractors import Stocks
from adapters.extractors.apart import RulesApart
from market.calendars import US_CALENDAR, sessions_of
from store import SqliteStore, Table, TableNames, schemas
from tests.kit.house import close_all, house
from tests.kit.track_work import Waits
from track_record import demo_channel
from track_record.data import make_demo_channel
from track_record.demo_channel import DemoFeed
from track_record.entities import ChannelStatus
from track_record.given import GivenTranscripts
from track_record.listing import VideoListing
from track_record.prices import Prices
from track_record.processing import Processing
from track_record.records import Records
from track_record.video_work import VideoWork


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[tuple[Table, Table]]:
    store = SqliteStore(tmp_path / "t.sqlite")
    described = schemas(TableNames("ohlc", "users", "sentiments", "Track"))
    store.create(described)
    yield store.table(described.track_record), store.table(described.stocks)
    store.close()
    close_all()


def test_it_goes_the_whole_way_from_videos_to_prices(tables: tuple[Table, Table], tmp_path: Path) -> None:
    """record-6: real demo prices through the real cache; an open, or a bar of the running session."""
    records = Records.of(*tables)
    cache = house(tmp_path, [DemoProvider()], deadline_s=30.0).cache
    given = GivenTranscripts(tables[0], records)
    work = VideoWork(records, given, RulesApart, Stocks.load, Prices(cache))
    processing = Processing(records, VideoListing(records), work, lambda _: DemoFeed())
    channel = demo_channel.add_again(records)
    assert processing.run(channel.id, Waits()) is None
    now = records.channels.get(channel.id)
    assert now is not None
    assert (now.status, now.name) == (ChannelStatus.COMPLETED, "Synthetic demo channel")
    assert now.video_count == now.processed_video_count == make_demo_channel.VIDEOS
    said = records.videos.mentions_of_channel(channel.id)
    assert {m.ticker for m in said} == {"AAPL", "FB", "GOOG", "IBM", "MSFT"}
    assert [m for m in said if m.price_at_mention is None] == []
    assert sum(m.action.direction != 0 for m in said) > 60
    sessions = sessions_of(US_CALENDAR)
    published = [int(m.published_at.timestamp()) for m in said]
    outside = sum(not any((sessions.open <= s) & (s < sessions.close)) for s in published)
    assert 20 < outside < len(said) - 20  # in mid-session, and not


def test_the_file_is_what_the_script_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = tmp_path / "made.json"
    monkeypatch.setattr(make_demo_channel, "FILE", made)
    make_demo_channel.main()
    kept = Path(make_demo_channel.__file__).with_name("demo_channel.json")
    assert made.read_text("utf-8") == kept.read_text("utf-8")
    assert json.loads(kept.read_text("utf-8"))["synthetic"] is True


def test_every_video_says_that_it_is_synthetic_and_leads_nowhere() -> None:
    feed = DemoFeed()
    (page,) = feed.videos(None, None)  # type: ignore[arg-type]
    assert all(video.title.startswith("Synthetic") for video in page)
    assert all(feed.url_of(video.id).startswith("https://example.com/") for video in page)
    assert [v.published_at for v in page] == sorted((v.published_at for v in page), reverse=True)


def test_it_is_there_once_and_deleted_stays_away(tables: tuple[Table, Table]) -> None:
    records = Records.of(*tables)
    demo_channel.add_once(records, tables[0])
    (channel,) = records.channels.page(1, 20).items
    assert channel.status is ChannelStatus.PROCESSING
    demo_channel.add_once(records, tables[0])
    assert records.channels.page(1, 20).total == 1
    records.channels.delete(channel.id)
    demo_channel.add_once(records, tables[0])
    assert records.channels.page(1, 20).total == 0
    assert demo_channel.add_again(records).id == channel.id


def test_asked_for_again_it_is_processed_again(tables: tuple[Table, Table]) -> None:
    records = Records.of(*tables)
    channel = demo_channel.add(records)
    assert demo_channel.add(records).id == channel.id
    records.channels.move(channel.id, ChannelStatus.COMPLETED, allowed=(ChannelStatus.PENDING,))
    assert demo_channel.add_again(records).status is ChannelStatus.PROCESSING
