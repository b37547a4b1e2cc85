"""From settings to sentiment: its table, the sources of news that have a key, and the mentions of videos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sources import keys_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adapters.news import NewsProvider
    from cache.candle_cache import CandleCache
    from cache.cooldown import Cooldown
    from sentiment.asking import Restraint
    from sentiment.history import SentimentHistory
    from sentiment.items import SentimentItems
    from sentiment.mentions import Filmed, MentionSentiments, Said
    from settings import Settings
    from sources import Keys
    from store import Schemas, Store
    from track_record.video_records import VideoRecords


def mention_sentiments(store: Store, schemas: Schemas) -> MentionSentiments:
    """Return what keeps the mentions in the sentiments table; no call is made."""
    from sentiment.mentions import MentionSentiments

    return MentionSentiments(_items(store, schemas))


def sentiment_history(
    settings: Settings, store: Store, schemas: Schemas, cache: CandleCache
) -> SentimentHistory:
    """Return what pages and routes read sentiment from; nothing is opened or asked yet."""
    from cache.cooldown import Cooldown
    from recording import open_records
    from sentiment.history import SentimentHistory
    from sentiment.mentions import OlderMentions
    from sentiment.scoring import score_news

    cooldown = Cooldown()

    def key_changed(source: str) -> None:
        cooldown.key_changed(source)
        cache.budgets.reopen(source)

    providers = _providers(settings, keys_of(settings, key_changed))
    items = _items(store, schemas)
    known = _KnownMentions(open_records(store, schemas).videos)
    return SentimentHistory(
        items,
        providers,
        _restraint(cache, cooldown),
        score_news,
        older_mentions=OlderMentions(items, known).write,
    )


def _items(store: Store, schemas: Schemas) -> SentimentItems:
    from sentiment.items import SentimentItems

    return SentimentItems(store.table(schemas.sentiments))


def _providers(settings: Settings, keys: Keys) -> list[NewsProvider]:
    """Return those of the sources of prices that have news, too, in their order."""
    found: list[NewsProvider] = []
    for name in settings.providers:
        if name == "tiingo":
            from adapters.tiingo_news import TiingoNews

            found.append(TiingoNews(keys(name), settings.tiingo_base_url, plan=settings.tiingo_plan))
        elif name == "finnhub":
            from adapters.finnhub_news import FinnhubNews

            found.append(FinnhubNews(keys(name), settings.finnhub_base_url))
    return found


def _restraint(cache: CandleCache, cooldown: Cooldown) -> Restraint:
    """Return what counts news in the budgets that prices have, and leaves their last tenth to prices."""
    from adapters.prices import free
    from sentiment.asking import Restraint

    def spender(source: str, ticker: str) -> Callable[[], None]:
        return cache.budgets.counter(source, ticker, background=True) or free

    return Restraint(spender, cache.budgets.closed, cooldown)


@dataclass(frozen=True, slots=True)
class _KnownMentions:
    """The track record's mentions, as ``sentiment.mentions`` asks for them."""

    videos: VideoRecords

    def of_ticker(self, ticker: str) -> Sequence[Said]:
        return self.videos.mentions_of_ticker(ticker)

    def video_of(self, mention: Said) -> Filmed | None:
        return self.videos.get(mention.channel_id, mention.video_id)

    def is_there(self, mention: Said) -> bool:
        return any(one.id == mention.id for one in self.videos.of_video(mention.video_id))
