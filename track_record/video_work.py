"""What is done with a video: its transcript, what it says of stocks, and the prices of that (record-4 to 6).

Done again after a crash it writes the same items. Whatever cannot be done is said in the channel's log, and a
transcript that could not be had never counts as a video in which nothing was said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from adapters.errors import BadKeyError, NotInPlanError, NotOfferedError, ProviderError, UnavailableError
from adapters.extractors import Video as Heard
from adapters.transcripts import (
    TranscriptError,
    TranscriptsBlockedError,
    TranscriptUnavailableError,
    VideoGoneError,
)
from cache.errors import CandleError, PricesUnavailableError, ProviderBusyError
from track_record.entities import Action, AnalysisStatus, LogLevel, NewMention, Stock, TranscriptStatus
from track_record.entry import NoEntry
from track_record.given import quoted
from track_record.left_out import say_what_is_left_out
from track_record.reviewing import keep
from track_record.reviews import confidence_of
from track_record.reviews import found as unsure
from track_record.steps import REST_S, HopelessError, LaterError, StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from decimal import Decimal

    from adapters.extractors import Extraction, Mention, Reader, Stocks
    from adapters.transcripts import Transcript
    from track_record.entities import Video
    from track_record.feeds import Feed
    from track_record.given import GivenTranscripts
    from track_record.records import Records
    from track_record.steps import Steps
    from track_record.tally import Tally

    class EntryPrices(Protocol):
        """Looks up what a viewer could have paid (``track_record.prices.Prices``)."""

        def first_tradable(self, ticker: str, published_at: datetime, deadline_s: float) -> Decimal | NoEntry:
            """Return the first price after a publication, or why there is none.

            Raises:
                CandleError: nothing can be had.
            """
            ...


PRICE_DEADLINE_S = 20.0
"""Nobody waits for it."""
MOST_REFUSALS = 3
"""After so many transcripts in a row that YouTube refused to this machine, it is not asked for more."""
MOST_OUTAGES = 3
"""After so many videos in a row that could not be read because nobody answered, the others wait; after so
many transcripts, or stocks' prices, in a row that nobody gave, each of the others is asked for once."""
_STATUSES = {"none": TranscriptStatus.MISSING, "video_gone": TranscriptStatus.MISSING,
             "blocked": TranscriptStatus.BLOCKED}  # fmt: skip
_NO_PRICE = {
    NoEntry.PENDING: "the price is still to be made",
    NoEntry.NOT_LISTED: "its prices begin later",
    NoEntry.NOT_TRADED: "it was not traded any more",
    NoEntry.NO_CALENDAR: "the exchange's calendar does not reach so far",
}


class VideoWork:
    """Looks through videos. Thread-safe."""

    def __init__(
        self,
        records: Records,
        given: GivenTranscripts,
        reader: Callable[[], Reader],
        stocks: Callable[[], Stocks],
        prices: EntryPrices,
    ) -> None:
        """Use these parts; reader and stocks are made when the first video needs them."""
        self._records = records
        self._given = given
        self._make_reader = reader
        self._reader: Reader | None = None
        self._stocks = stocks
        self._prices = prices

    def run(self, video: Video, feed: Feed, steps: Steps, tally: Tally) -> None:
        """Look through a video that is pending; another worker's is left alone.

        Raises:
            HopelessError, LaterError, StoppedError: see ``steps``; the video is pending again, or left as
                it is where another worker may be at it.
            UnknownChannelError: the channel is gone.
        """
        claimed = self._records.videos.move(video, analysis=AnalysisStatus.PROCESSING)
        if claimed is None:
            return
        try:
            self._look(claimed, feed, steps, tally)
        except StoppedError as error:
            if error.cancelled:
                self._release(claimed)
            raise
        except (HopelessError, LaterError):
            steps.check()
            self._release(claimed)
            raise

    def fill_prices(self, channel_id: str, steps: Steps, tally: Tally) -> None:
        """Look again for prices of mentions that have none: still to be made then, or the source failed.

        Raises:
            StoppedError: see ``steps``.
            UnknownChannelError: the channel is gone.
        """
        wanted = [
            m for m in self._records.videos.mentions_of_channel(channel_id) if m.price_at_mention is None
        ]
        for mention in wanted:
            steps.check()
            price = self._price(mention.ticker, mention.published_at, steps, tally)
            if price is not None:
                self._records.videos.set_price(mention, price)

    def close(self) -> None:
        """Let go of what is held from one video to the next."""
        if self._reader is not None:
            self._reader.close()

    def _reads(self) -> Reader:
        self._reader = self._reader or self._make_reader()
        return self._reader

    def _release(self, claimed: Video) -> None:
        self._records.videos.move(claimed, analysis=AnalysisStatus.PENDING)

    def _look(self, video: Video, feed: Feed, steps: Steps, tally: Tally) -> None:
        try:
            transcript = self._transcript(video, feed, steps, tally)
        except TranscriptError as error:
            status = _STATUSES.get(error.status, TranscriptStatus.FAILED)
            self._records.videos.move(video, transcript=status, analysis=AnalysisStatus.SKIPPED)
            tally.skipped += 1
            steps.say(LogLevel.WARNING, f"{quoted(video.title)} is skipped: {error}")
            return
        steps.check()
        try:
            found = self._extracted(video, transcript, steps, tally)
        except ProviderError as error:
            self._records.videos.move(
                video, transcript=TranscriptStatus.COMPLETED, analysis=AnalysisStatus.FAILED
            )
            tally.failed += 1
            steps.say(LogLevel.ERROR, f"{quoted(video.title)} could not be looked through: {error}")
            return
        self._keep(video, found, steps, tally)

    def _transcript(self, video: Video, feed: Feed, steps: Steps, tally: Tally) -> Transcript:
        """Return what is said; what people gave comes before what can be fetched."""
        given = self._given.of(video.id)
        if given is not None:
            return given
        if tally.refusals >= MOST_REFUSALS:
            raise TranscriptsBlockedError("YouTube refuses transcripts to this machine, so it was not asked.")

        def ask() -> Transcript:
            return feed.transcript(video.youtube_video_id)

        try:
            transcript = ask() if tally.silences >= MOST_OUTAGES else steps.patiently(ask)
        except TranscriptsBlockedError:
            tally.refusals += 1
            raise
        except TranscriptUnavailableError:
            tally.silences += 1
            raise
        except VideoGoneError:
            tally.refusals = tally.silences = 0
            raise
        tally.refusals = tally.silences = 0
        return transcript

    def _extracted(self, video: Video, transcript: Transcript, steps: Steps, tally: Tally) -> Extraction:
        """Return what is said of stocks.

        Raises:
            ProviderError: this video cannot be looked through.
            HopelessError: no video can.
            LaterError: none can for now.
        """
        heard = Heard(video.youtube_video_id, video.title, transcript)
        try:
            found = steps.patiently(lambda: self._reads().read(heard, steps.check))
        except (BadKeyError, NotInPlanError, NotOfferedError) as error:
            raise HopelessError(str(error)) from None
        except UnavailableError as error:
            tally.outages += 1
            if tally.outages < MOST_OUTAGES:
                raise
            raise LaterError(str(error), REST_S) from None
        tally.outages = 0
        return found

    def _keep(self, video: Video, found: Extraction, steps: Steps, tally: Tally) -> None:
        mentions: list[NewMention] = []
        for mention in found.mentions:
            steps.check()
            mentions.append(self._priced(mention, video, steps, tally))
        steps.check()
        keep(
            self._records,
            video,
            mentions,
            [unsure(one) for one in found.review],
            lambda ticker: self._price(ticker, video.published_at, steps, tally),
        )
        for mention in found.mentions:
            self._records.stocks.add(self._stock(mention))
        done = self._records.videos.move(
            video, transcript=TranscriptStatus.COMPLETED, analysis=AnalysisStatus.COMPLETED
        )
        if done is None:  # somebody gave another transcript meanwhile; it is looked through next
            return
        tally.done += 1
        tally.mentions += len(mentions)
        said = ", ".join(f"{mention.ticker} ({mention.action.value})" for mention in mentions)
        steps.say(LogLevel.INFO, f"{quoted(video.title)}: {said or 'no stock is spoken of'}.")
        say_what_is_left_out(found, steps)

    def _priced(self, mention: Mention, video: Video, steps: Steps, tally: Tally) -> NewMention:
        ticker = mention.ticker or ""
        return NewMention(
            ticker,
            Action(mention.action),
            confidence_of(mention),
            mention.quote,
            self._price(ticker, video.published_at, steps, tally),
        )

    def _price(self, ticker: str, published_at: datetime, steps: Steps, tally: Tally) -> Decimal | None:
        """Return the first price that a viewer could have had; None, and a line in the log, without one."""
        if ticker in tally.no_prices:
            return None

        def ask() -> Decimal | NoEntry:
            return self._prices.first_tradable(ticker, published_at, PRICE_DEADLINE_S)

        try:
            price = ask() if tally.prices_down >= MOST_OUTAGES else steps.patiently(ask)
        except (CandleError, LaterError) as error:
            tally.prices_down += isinstance(error, PricesUnavailableError | ProviderBusyError)
            # Once for a run: who failed for one mention fails for the next one too.
            tally.no_prices[ticker] = str(error)
            steps.say(LogLevel.WARNING, f"{ticker} is kept without a price: {error}")
            return None
        tally.prices_down = 0
        if isinstance(price, NoEntry):
            if (ticker, price) not in tally.no_entries:
                tally.no_entries.add((ticker, price))
                steps.say(LogLevel.WARNING, f"{ticker} is kept without a price: {_NO_PRICE[price]}.")
            return None
        return price

    def _stock(self, mention: Mention) -> Stock:
        ticker = mention.ticker or ""
        symbol = self._stocks().listing.judge(ticker)
        name = None if isinstance(symbol, str) else symbol.name
        return Stock(ticker, name, mention.exchange)
