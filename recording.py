"""From settings to the track record: its tables, its prices, and YouTube where there is a key."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.extractors import Reader
    from adapters.youtube import YouTube
    from cache.candle_cache import CandleCache
    from settings import Settings
    from store import Schemas, Store
    from track_record.entities import Channel
    from track_record.feeds import Feed
    from track_record.given import GivenTranscripts
    from track_record.processing import Processing
    from track_record.records import Records
    from track_record.service import TrackRecord


def open_records(store: Store, schemas: Schemas) -> Records:
    """Return the tables of the track record; no call is made."""
    from track_record.records import Records

    return Records.of(store.table(schemas.track_record), store.table(schemas.stocks))


def track_record(settings: Settings, store: Store, schemas: Schemas, cache: CandleCache) -> TrackRecord:
    """Return what pages and routes do with the track record; nothing is opened or asked yet."""
    from track_record.judging import Judge
    from track_record.prices import Prices
    from track_record.service import TrackRecord

    records = open_records(store, schemas)
    return TrackRecord(
        records,
        Prices(cache),
        None if settings.youtube_api_key is None else _youtube(settings, cache),
        given=_given_transcripts(store, schemas),
        judge=Judge.of(records, cache),
        welcome=_welcome(settings, store, schemas),
    )


def _youtube(settings: Settings, cache: CandleCache) -> YouTube:
    from adapters.youtube import YouTube
    from adapters.youtube_parsing import SOURCE

    key = settings.youtube_api_key
    return YouTube(
        key.get_secret_value() if key else None,
        settings.youtube_base_url,
        spend=partial(cache.budgets.spend, SOURCE),
        closed=partial(cache.budgets.closed, SOURCE),
    )


def _given_transcripts(store: Store, schemas: Schemas) -> GivenTranscripts:
    """Return where transcripts go that people paste or upload."""
    from track_record.given import GivenTranscripts

    return GivenTranscripts(store.table(schemas.track_record), open_records(store, schemas))


def processing(settings: Settings, store: Store, schemas: Schemas, cache: CandleCache) -> Processing:
    """Return what processes channels; nothing is opened or asked, and nothing heavy is read yet."""
    from adapters.extractors import Stocks
    from track_record.listing import VideoListing
    from track_record.prices import Prices
    from track_record.processing import Processing
    from track_record.video_work import VideoWork

    records = open_records(store, schemas)
    work = VideoWork(
        records, _given_transcripts(store, schemas), _reader(settings), Stocks.load, Prices(cache)
    )
    return Processing(records, VideoListing(records), work, _feeds(settings, cache))


def _welcome(settings: Settings, store: Store, schemas: Schemas) -> Callable[[], None]:
    """Return what adds the synthetic channel to an app that has nothing but the demo."""
    from track_record import demo_channel

    if settings.environment != "local" or settings.providers != ("demo",):
        return lambda: None
    records, main = open_records(store, schemas), store.table(schemas.track_record)
    return lambda: demo_channel.add_once(records, main)


def _feeds(settings: Settings, cache: CandleCache) -> Callable[[Channel], Feed]:
    """Return where a channel's videos and transcripts come from."""
    from adapters.transcripts import TranscriptFetcher
    from track_record.demo_channel import DemoFeed, is_demo
    from track_record.feeds import YouTubeFeed

    transcripts = TranscriptFetcher() if settings.youtube_transcripts == "on" else None
    youtube = YouTubeFeed(_youtube(settings, cache), transcripts)
    demo = DemoFeed()
    return lambda channel: demo if is_demo(channel) else youtube


def _reader(settings: Settings) -> Callable[[], Reader]:
    """Return what makes the reader: by the first language model that has a key, else by rules."""
    from adapters.extractors import Gemini, LlmExtractor, OpenAi, ReaderHere, Stocks
    from adapters.extractors.apart import RulesApart

    gemini, openai = settings.gemini_api_key, settings.openai_api_key
    if gemini is not None:
        return lambda: ReaderHere(LlmExtractor(Gemini(gemini.get_secret_value)), Stocks.load())
    if openai is not None:
        return lambda: ReaderHere(LlmExtractor(OpenAi(openai.get_secret_value)), Stocks.load())
    return RulesApart
