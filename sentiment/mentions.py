"""What was said in videos, in the sentiments table: written with the mentions, and removed with them.

The score follows from the action and how sure the extractor is of it; ``docs/sentiment.md`` has the table.
"""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Protocol

from adapters.news import MOST_TITLE, plain, web_address
from sentiment.items import Scored, sort_key
from sentiment.lives import day_of
from sentiment.points import YOUTUBE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from decimal import Decimal

    from sentiment.items import SentimentItems

STRENGTHS = {
    "buy": 0.8, "add": 0.6, "hold": 0.1, "watch": 0.0, "mention": 0.0,
    "trim": -0.5, "avoid": -0.6, "sell": -0.8, "short": -0.9,
}  # fmt: skip
"""What an action comes to when it is sure; what is not sure at all comes to half of it."""
UNKNOWN_CONFIDENCE = 0.5
"""Of a mention that has none."""
METHOD = "action 1"
_MOST_KNOWN = 10_000


class Said(Protocol):
    """A mention (``track_record.entities.Mention``)."""

    @property
    def id(self) -> str: ...  # noqa: D102 - as Mention has it
    @property
    def video_id(self) -> str: ...  # noqa: D102 - likewise
    @property
    def channel_id(self) -> str: ...  # noqa: D102 - likewise
    @property
    def ticker(self) -> str: ...  # noqa: D102 - likewise
    @property
    def action(self) -> str: ...  # noqa: D102 - likewise
    @property
    def confidence_score(self) -> Decimal | None: ...  # noqa: D102 - likewise
    @property
    def context_snippet(self) -> str | None: ...  # noqa: D102 - likewise
    @property
    def published_at(self) -> datetime: ...  # noqa: D102 - likewise


class Filmed(Protocol):
    """The video of mentions (``track_record.entities.Video``)."""

    @property
    def title(self) -> str: ...  # noqa: D102 - as Video has it
    @property
    def url(self) -> str: ...  # noqa: D102 - likewise


class KnownMentions(Protocol):
    """The mentions that there are (``track_record.video_records.VideoRecords``, by ``recording``)."""

    def of_ticker(self, ticker: str) -> Sequence[Said]:
        """Return those of a ticker."""

    def video_of(self, mention: Said) -> Filmed | None:
        """Return the video of a mention."""

    def is_there(self, mention: Said) -> bool:
        """Return whether a mention is there at this moment."""


class MentionSentiments:
    """Keeps the table in step with mentions. Thread-safe; every method may raise TableError."""

    def __init__(self, items: SentimentItems) -> None:
        """Write to the table."""
        self._items = items

    def written(self, video: Filmed, mentions: Sequence[Said]) -> None:
        """Keep mentions of a video; again is no error."""
        for ticker in dict.fromkeys(mention.ticker for mention in mentions):
            scored = [scored_mention(mention, video) for mention in mentions if mention.ticker == ticker]
            self._items.keep(ticker, scored, for_good=True)

    def removed(self, mentions: Sequence[Said]) -> None:
        """Remove mentions; what is not there is no error."""
        self._items.remove((mention.ticker, _sort_key(mention)) for mention in mentions)


class OlderMentions:
    """Mentions that were there before they were kept in this table: written once for each ticker."""

    def __init__(
        self,
        items: SentimentItems,
        known: KnownMentions,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Write to ``items`` what ``known`` has; ``monotonic`` gives seconds."""
        self._items = items
        self._known = known
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._done: set[str] = set()

    def write(self, ticker: str, within_s: float) -> None:
        """Write those of a ticker, unless that was done; what is not done in time is done next time.

        Raises:
            TableError: a table fails.
        """
        if ticker in self._done:
            return
        if not self._items.has_older_mentions(ticker):
            until_s = self._monotonic() + within_s
            for mention in self._missing(ticker):
                if self._monotonic() >= until_s:
                    return
                self._write(mention)
            self._items.set_has_older_mentions(ticker)
        with self._lock:
            if len(self._done) >= _MOST_KNOWN:
                self._done.clear()
            self._done.add(ticker)

    def _write(self, mention: Said) -> None:
        video = self._known.video_of(mention)
        if video is None:
            return
        self._items.keep(mention.ticker, [scored_mention(mention, video)], for_good=True)
        # Written first: whoever deletes it later finds it, and whoever has deleted it is found out.
        if not self._known.is_there(mention):
            self._items.remove([(mention.ticker, _sort_key(mention))])

    def _missing(self, ticker: str) -> list[Said]:
        """Return the mentions that the table does not have."""
        known = self._known.of_ticker(ticker)
        if not known:
            return []
        days = [day_of(mention.published_at) for mention in known]
        here = self._items.points(ticker, min(days), max(days))
        return [mention for mention in known if _sort_key(mention) not in here]


def scored_mention(mention: Said, video: Filmed) -> Scored:
    """Return a mention as an item of the table; its words are the quote, else the video's title."""
    known = mention.confidence_score
    confidence = min(1.0, max(0.0, UNKNOWN_CONFIDENCE if known is None else float(known)))
    return Scored(
        source=YOUTUBE,
        id=mention.id,
        published_at=mention.published_at,
        score=STRENGTHS.get(str(mention.action), 0.0) * (1 + confidence) / 2,
        confidence=confidence,
        title=plain(mention.context_snippet or video.title, MOST_TITLE),
        url=web_address(video.url),
        publisher="",
        method=METHOD,
    )


def _sort_key(mention: Said) -> str:
    return sort_key(YOUTUBE, mention.id, mention.published_at)
