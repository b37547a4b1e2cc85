"""Channels to process in tests: a stand-in YouTube over HTTP, transcripts and prices that a test decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial

from adapters.extractors import Extractor, ReaderHere, RuleExtractor, Stocks
from adapters.transcripts import NoTranscriptError, Transcript, read_transcript
from adapters.youtube import YouTube
from cache.budgets import Budgets
from store import Table
from tests.kit.provider_server import ProviderServer
from tests.kit.stand_in_tube import TubeChannel, TubeVideo
from track_record.entities import Channel, NewChannel
from track_record.entry import NoEntry
from track_record.feeds import Feed, YouTubeFeed
from track_record.given import GivenTranscripts
from track_record.listing import VideoListing
from track_record.processing import Pause, Processing
from track_record.records import Records
from track_record.video_work import VideoWork

KEY = "canary-key-0123456789"
ID = "UC_x5XG1OV2P6uZZ5FSM9Ttw"
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
APPLE = "Good morning. I bought Apple this morning. I also sold my Intel shares, all of them."
"""What a video says from which the rules read a purchase and a sale."""


@dataclass
class Spoken:
    """Transcripts by video; an error is raised, what is not named has none. Asked videos are noted."""

    said: dict[str, str | Exception | list[str | Exception]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    on_ask: Callable[[str], object] = lambda _: None

    def fetch(self, video_id: str) -> Transcript:
        self.asked.append(video_id)
        self.on_ask(video_id)
        found = self.said.get(video_id, NoTranscriptError("The video has no transcript in English."))
        if isinstance(found, list):
            found = found.pop(0) if len(found) > 1 else found[0]
        if isinstance(found, Exception):
            raise found
        return read_transcript(found)


@dataclass
class Entries:
    """Prices by ticker: 10.5 unless a test says otherwise; an error is raised."""

    by_ticker: dict[str, Decimal | NoEntry | Exception] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def first_tradable(self, ticker: str, published_at: datetime, deadline_s: float) -> Decimal | NoEntry:
        del published_at, deadline_s
        self.asked.append(ticker)
        found = self.by_ticker.get(ticker, Decimal("10.5"))
        if isinstance(found, Exception):
            raise found
        return found


class Refusing:
    """An extractor that cannot be asked; counts how often it was."""

    identity = None

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.asked = 0

    def claims(self, video: object, go_on: object) -> list[object]:
        del video, go_on
        self.asked += 1
        raise self.error


@dataclass
class Waits:
    """Takes the place of waiting: notes how long, and stops when a test says so."""

    taken_s: list[float] = field(default_factory=list)
    stop_after: int | None = None

    def __call__(self, seconds: float) -> bool:
        if seconds:
            self.taken_s.append(seconds)
        if self.stop_after is not None:
            self.stop_after -= 1
            return self.stop_after < 0
        return False


@dataclass
class Works:
    """All that processing takes, put together."""

    records: Records
    given: GivenTranscripts
    processing: Processing
    spoken: Spoken
    entries: Entries
    feed: Feed

    def add(self, months: int = 12) -> Channel:
        """Return a channel that is to be processed."""
        new = NewChannel("@talks", "talks", "https://www.youtube.com/@talks", time_range_months=months)
        return self.records.channels.want(self.records.channels.add(new).id)

    def again(self, channel: Channel) -> Pause | None:
        """Have a channel processed as if a person had asked again, and process it."""
        self.records.channels.want(channel.id)
        return self.processing.run(channel.id, Waits())

    def lines(self, channel: Channel) -> list[str]:
        """Return the channel's log as people read it."""
        return [log.message for log in self.records.log.read(channel.id)]

    def now(self, channel: Channel) -> Channel:
        """Return the channel as it is now."""
        found = self.records.channels.get(channel.id)
        assert found is not None
        return found


def works(
    main: Table,
    stocks: Table,
    server: ProviderServer,
    *,
    key: str | None = KEY,
    fetched: bool = True,
    extractor: Extractor | None = None,
    budgets: Budgets | None = None,
) -> Works:
    """Put processing together on two tables and a stand-in YouTube, whose units ``budgets`` count."""
    records = Records.of(main, stocks)
    given, spoken, entries = GivenTranscripts(main, records), Spoken(), Entries()
    counted = budgets or Budgets()
    spend, closed = partial(counted.spend, "youtube"), partial(counted.closed, "youtube")
    tube = YouTube(key, server.url, clock=NOW.timestamp, spend=spend, closed=closed)
    feed = YouTubeFeed(tube, spoken if fetched else None)
    read = extractor or RuleExtractor(Stocks.load())
    work = VideoWork(records, given, lambda: ReaderHere(read, Stocks.load()), Stocks.load, entries)
    processing = Processing(records, VideoListing(records, lambda: NOW), work, lambda _: feed)
    return Works(records, given, processing, spoken, entries, feed)


def talks(count: int, newest: datetime = NOW) -> list[TubeVideo]:
    """Return videos, a day apart, the newest first."""
    days = [(newest - timedelta(days=back)).strftime("%Y-%m-%dT%H:%M:%SZ") for back in range(count)]
    return [TubeVideo(f"video{n:06d}", f"Talk {n}", day) for n, day in enumerate(days)]


def on_air(server: ProviderServer, videos: Sequence[TubeVideo]) -> None:
    """Have the stand-in YouTube show one channel with these videos."""
    server.tube.channels[:] = [TubeChannel(ID, "talks", "Talks about stocks", list(videos))]
