"""From settings to the track record: its tables, its prices, and YouTube where there is a key."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.extractors import Gemini, OpenAi, Reader
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

_log = structlog.get_logger(__name__)


def open_records(store: Store, schemas: Schemas) -> Records:
    """Return the tables of the track record; no call is made."""
    from opinion_sources import mention_sentiments
    from track_record.records import Records

    listener = mention_sentiments(store, schemas)
    return Records.of(store.table(schemas.track_record), store.table(schemas.stocks), listener=listener)


def track_record(
    settings: Settings,
    store: Store,
    schemas: Schemas,
    cache: CandleCache,
    *,
    judged_bytes: int = 8 * 1024 * 1024,
) -> TrackRecord:
    """Return what pages and routes do with the track record; nothing is opened or asked yet.

    ``judged_bytes`` is how much of what was judged stays in memory.
    """
    from track_record.judging import Judge
    from track_record.prices import Prices
    from track_record.service import TrackRecord

    _warn_of_missing_packages(settings)
    records = open_records(store, schemas)
    return TrackRecord(
        records,
        Prices(cache),
        None if settings.youtube_api_key is None else _youtube(settings, cache),
        given=_given_transcripts(store, schemas),
        judge=Judge.of(records, cache, kept_bytes=judged_bytes),
        welcome=_welcome(settings, store, schemas),
    )


def _youtube(settings: Settings, cache: CandleCache) -> YouTube:
    from adapters.youtube import YouTube
    from adapters.youtube_parsing import SOURCE
    from sources import keys

    return YouTube(
        keys(settings, ("youtube_api_key",), lambda _: cache.budgets.reopen(SOURCE))("youtube_api_key"),
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

    _warn_of_missing_packages(settings)
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
    from adapters.extractors import Gemini, OpenAi
    from adapters.extractors.apart import RulesApart

    if settings.gemini_api_key is not None:
        return partial(
            _model_reader, settings, "gemini_api_key", Gemini, settings.gemini_model, settings.gemini_base_url
        )
    if settings.openai_api_key is not None:
        return partial(
            _model_reader, settings, "openai_api_key", OpenAi, settings.openai_model, settings.openai_base_url
        )
    return RulesApart


def _model_reader(
    settings: Settings, field: str, kind: type[Gemini | OpenAi], model: str, base_url: str
) -> Reader:
    from adapters.extractors import LlmExtractor, ReaderHere, Rekeyed, Stocks
    from adapters.keyed import FixedKey
    from sources import keys

    found = keys(settings, (field,), lambda _: None)(field)
    key = FixedKey(found) if found is None or isinstance(found, str) else found
    asked = Rekeyed(kind(lambda: key.current() or "", model, base_url), key)
    return ReaderHere(LlmExtractor(asked), Stocks.load())


def missing_packages(settings: Settings) -> list[str]:
    """Return a sentence for each setting that needs a package which is not installed."""
    from adapters.extras import install, is_installed

    wanted = {
        "GEMINI_API_KEY": ("google-genai", settings.gemini_api_key is not None),
        "OPENAI_API_KEY": ("openai", settings.openai_api_key is not None and settings.gemini_api_key is None),
        "YOUTUBE_TRANSCRIPTS": ("youtube-transcript-api", settings.youtube_transcripts == "on"),
    }
    return [
        f"{name} is set, and the package {package} is not installed. Install it: {install(package)}"
        for name, (package, is_wanted) in wanted.items()
        if is_wanted and not is_installed(package)
    ]


def _warn_of_missing_packages(settings: Settings) -> None:
    for sentence in missing_packages(settings):
        _log.warning("package_missing", warning=sentence)
