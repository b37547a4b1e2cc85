"""What pages and routes do with the track record: add, list, show, process, cancel and delete channels.

Adding asks YouTube who a channel is where there is a key, and does without where YouTube does not answer.
Processing is done by a worker in the background: here a channel is only set to be processed, or not any more.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import structlog

from adapters.errors import ProviderError
from adapters.transcripts import BadTranscriptError
from adapters.youtube_parsing import ChannelNotFoundError
from market.ticker import InvalidTickerError, parse_ticker
from track_record import views
from track_record.by_hand import VideosByHand
from track_record.entities import DEFAULT_MONTHS, ChannelStatus, LogLevel
from track_record.errors import BadFieldError, DuplicateChannelError, UnknownChannelError, WrongStatusError
from track_record.given import no_such_video
from track_record.links import link_of, named, new_channel
from track_record.pricing import Pricing
from track_record.reviewing import ReviewDesk

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.youtube_links import ChannelLink
    from adapters.youtube_parsing import ChannelInfo
    from track_record.by_hand import Added
    from track_record.channel_records import ChannelPage
    from track_record.entities import Channel, Log, Video
    from track_record.given import GivenTranscripts
    from track_record.judging import Judge
    from track_record.prices import Prices
    from track_record.records import Records
    from track_record.views import StockSummary, TimelineEntry

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_IDLE = tuple(status for status in ChannelStatus if status is not ChannelStatus.PROCESSING)
_log = structlog.get_logger(__name__)


class ChannelFinder(Protocol):
    """Says what a channel's address leads to; adapters.youtube.YouTube is one."""

    def channel(self, link: ChannelLink) -> ChannelInfo:
        """Return it, or raise a ProviderError."""
        ...


class TrackRecord:
    """The track record as people use it. Thread-safe; every method may raise TableError."""

    def __init__(  # noqa: PLR0913 - its parts, given once
        self,
        records: Records,
        prices: Prices,
        finder: ChannelFinder | None,
        *,
        given: GivenTranscripts,
        judge: Judge,
        welcome: Callable[[], None] = lambda: None,
    ) -> None:
        """Use these tables and prices.

        Args:
            records: channels, videos, mentions, logs and stocks.
            prices: through the candle cache.
            finder: None without a key for YouTube.
            given: where transcripts go that people have.
            judge: says what became of what was said.
            welcome: has something to show where there is nothing but the demo. For the page of all channels
                to call, before it lists them.
        """
        self._records = records
        self._finder = finder
        self._by_hand = VideosByHand(records)
        self.pricing = Pricing(records, prices)
        self.reviews = ReviewDesk(records, self.pricing)
        self.given = given
        self.judge = judge
        self.welcome = welcome

    @property
    def asks_youtube(self) -> bool:
        """Whether there is a key for YouTube; without one no channel's videos can be listed."""
        return self._finder is not None

    def add(self, url: object, months: object = DEFAULT_MONTHS) -> Channel:
        """Follow a channel; nothing of it is processed before somebody asks for that.

        Raises:
            BadFieldError: the address leads to no channel, or the months are none that can be chosen.
            DuplicateChannelError: it is followed already.
        """
        link = link_of(url)
        new = new_channel(link, months)
        info = self._asked(link)
        channel = self._records.channels.add(named(new, info))
        if info is None or info.id == channel.youtube_channel_id:
            return channel
        try:
            return self._records.channels.resolve(
                channel.id, info.id, name=channel.name, thumbnail_url=channel.thumbnail_url
            )
        except DuplicateChannelError:  # it is here under another of its addresses
            self._records.channels.delete(channel.id)
            raise

    def page(self, page: int, per_page: int) -> ChannelPage:
        """Return a page of channels, newest first; pages begin at 1."""
        return self._records.channels.page(page, per_page)

    def channel(self, channel_id: str) -> Channel:
        """Return a channel.

        Raises:
            UnknownChannelError: there is none of that id.
        """
        # Ids are made here, so a text of another form is none, and need not be looked up.
        found = self._records.channels.get(channel_id) if _ID.match(channel_id) else None
        if found is None:
            raise UnknownChannelError("There is no such channel; it may have been deleted.")
        return found

    def process(self, channel_id: str) -> Channel:
        """Have a channel processed: a worker takes it next.

        Raises:
            UnknownChannelError: there is no such channel.
            WrongStatusError: it is being processed.
        """
        return self._moved(
            channel_id,
            ChannelStatus.PROCESSING,
            _IDLE,
            WrongStatusError(
                "This channel is being processed already. Wait until it is done, or cancel it first.",
                code="already_processing",
            ),
        )

    def cancel(self, channel_id: str) -> Channel:
        """Have a channel that is being processed left as it is; what is done of it stays.

        Raises:
            UnknownChannelError: there is no such channel.
            WrongStatusError: it is not being processed.
        """
        channel = self._moved(
            channel_id,
            ChannelStatus.CANCELLED,
            (ChannelStatus.PROCESSING,),
            WrongStatusError(
                "This channel is not being processed, so there is nothing to cancel.", code="not_processing"
            ),
        )
        self._records.log.write(channel.id, LogLevel.INFO, "Cancelled. What was found so far is kept.")
        return channel

    def delete(self, channel_id: str) -> None:
        """Delete a channel and all that hangs on it; interrupted, do it again.

        Raises:
            UnknownChannelError: there is no such channel.
        """
        if not self._records.channels.delete(self.channel(channel_id).id):
            raise UnknownChannelError("There is no such channel; it may have been deleted.")

    def add_video(self, channel_id: str, url: object, title: object, published_at: object) -> Added:
        """Add a video by hand; its channel's status stays. See ``by_hand.VideosByHand.add``.

        Raises:
            RecordError: a value cannot be used, or there is no such channel, or it takes none.
        """
        return self._by_hand.add(self.channel(channel_id), url, title, published_at)

    def give_transcript(self, channel_id: str, video_id: str, content: bytes | str) -> Video:
        """Keep a transcript that a person has, and have the video looked through, also again.

        Args:
            channel_id: of the video's channel.
            video_id: the video's id here, not YouTube's.
            content: as ``given.attach`` takes it.

        Raises:
            BadFieldError: it cannot be read; the message says what to do.
            UnknownChannelError: there is no such channel.
            UnknownVideoError: it has no such video.
        """
        channel = self.channel(channel_id)
        if not _ID.match(video_id):
            raise no_such_video()
        try:
            return self.given.attach(channel.id, video_id, content)
        except BadTranscriptError as error:
            raise BadFieldError(str(error), "transcript") from None

    def logs(self, channel_id: str, since: int | None = None) -> list[Log]:
        """Return the lines of a channel's log after an id, or all, oldest first.

        Raises:
            UnknownChannelError: there is no such channel.
        """
        return self._records.log.read(self.channel(channel_id).id, since)

    def timeline(self, channel_id: str) -> list[TimelineEntry]:
        """Return a channel's videos with what each mentions, those published last first.

        Raises:
            UnknownChannelError: there is no such channel.
        """
        channel = self.channel(channel_id)
        videos = self._records.videos.of_channel(channel.id)
        return views.timeline(videos, self._records.videos.mentions_of_channel(channel.id))

    def of_stock(self, channel_id: str, ticker: str) -> list[TimelineEntry]:
        """Return the videos of a channel that mention a stock, with these mentions, the last one first.

        Raises:
            BadFieldError: the text is no ticker.
            UnknownChannelError: there is no such channel.
        """
        canonical = ticker_of(ticker)
        entries = (
            replace(one, mentions=tuple(m for m in one.mentions if m.ticker == canonical))
            for one in self.timeline(channel_id)
        )
        return [one for one in entries if one.mentions]

    def stocks(self, channel_id: str) -> list[StockSummary]:
        """Return what a channel says about each stock, those mentioned most first, at the prices of now.

        Raises:
            UnknownChannelError: there is no such channel.
        """
        channel = self.channel(channel_id)
        videos = self._records.videos.of_channel(channel.id)
        known = {video.id for video in videos}
        said = defaultdict(list)
        for mention in self._records.videos.mentions_of_channel(channel.id):
            if mention.video_id in known:
                said[mention.ticker].append(mention)
        now = self.pricing.as_of_now({ticker: mentions[0] for ticker, mentions in said.items()})
        return views.stock_summaries(
            videos, [m for found in said.values() for m in found], now.stocks, price_at=now.price_at
        )

    def _asked(self, link: ChannelLink) -> ChannelInfo | None:
        """Return what YouTube says, None where it cannot be asked: the channel is resolved when processed.

        Raises:
            BadFieldError: YouTube says that there is no such channel.
        """
        if self._finder is None:
            return None
        try:
            return self._finder.channel(link)
        except ChannelNotFoundError as error:
            raise BadFieldError(str(error), "url") from None
        except ProviderError as error:
            _log.warning("track_channel_not_resolved", code=error.code, reason=str(error))
            return None

    def _moved(
        self,
        channel_id: str,
        to: ChannelStatus,
        allowed: tuple[ChannelStatus, ...],
        refusal: WrongStatusError,
    ) -> Channel:
        moved = self._records.channels.move(self.channel(channel_id).id, to, allowed=allowed)
        if moved is None:
            raise refusal
        return moved


def ticker_of(text: str) -> str:
    """Return the one spelling of a ticker.

    Raises:
        BadFieldError: the text is none.
    """
    try:
        return parse_ticker(text)
    except InvalidTickerError as error:
        raise BadFieldError(str(error), "ticker") from None
