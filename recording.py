"""From settings to the track record: its tables, its prices, and YouTube where there is a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cache.candle_cache import CandleCache
    from settings import Settings
    from store import Schemas, Store
    from track_record.records import Records
    from track_record.service import ChannelFinder, TrackRecord


def open_records(store: Store, schemas: Schemas) -> Records:
    """Return the tables of the track record; no call is made."""
    from track_record.records import Records

    return Records.of(store.table(schemas.track_record), store.table(schemas.stocks))


def track_record(settings: Settings, store: Store, schemas: Schemas, cache: CandleCache) -> TrackRecord:
    """Return what pages and routes do with the track record; nothing is opened or asked yet."""
    from track_record.prices import Prices
    from track_record.service import TrackRecord

    return TrackRecord(open_records(store, schemas), Prices(cache), _finder(settings))


def _finder(settings: Settings) -> ChannelFinder | None:
    if settings.youtube_api_key is None:
        return None
    from adapters.youtube import YouTube

    return YouTube(settings.youtube_api_key.get_secret_value(), settings.youtube_base_url)
