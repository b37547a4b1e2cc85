"""A channel's videos as the browser draws them (assets/timeline.js): in words, as few bytes as say it.

Not as components: Dash takes 0.1 s for each video with its mentions, a browser less than a thousandth of it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from components.said_words import (
    LONGEST_QUOTE,
    LONGEST_TITLE,
    is_trouble,
    is_web,
    moment_words,
    month_of,
    month_words,
    share_words,
    shortened,
    status_words,
)
from components.words import day_words

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class ChipLine:
    """A mention: ``kind`` is buy, hold, sell or mentioned; ``confidence`` is between 0 and 1."""

    ticker: str
    action: str
    kind: str
    confidence: float | None
    quote: str


@dataclass(frozen=True, slots=True)
class VideoLine:
    """A video; ``vanished`` is the New York date since when it is gone from YouTube.

    ``by_hand``: its title and moment are what a person typed.
    """

    id: str
    title: str
    url: str
    published_at: datetime
    transcript: str
    analysis: str
    vanished: date | None
    mentions: tuple[ChipLine, ...]
    by_hand: bool = False


def video(line: VideoLine) -> dict[str, Any]:
    """Return a video: whatever it leaves out is empty.

    ``url`` is there where it is one of the web. ``said`` has ticker, action, kind, confidence and quote.
    """
    told = {
        "id": line.id,
        "title": shortened(line.title, LONGEST_TITLE),
        "url": line.url if is_web(line.url) else "",
        "when": moment_words(line.published_at),
        "at": line.published_at.isoformat(),
        "month": month_words(month_of(line.published_at)),
        "status": status_words(line.transcript, line.analysis, len(line.mentions)),
        "trouble": is_trouble(line.transcript, line.analysis),
        "lacks": line.transcript != "completed",
        "gone": "" if line.vanished is None else day_words(line.vanished),
        "by_hand": line.by_hand,
        "said": [_chip(mention) for mention in line.mentions],
    }
    return {name: value for name, value in told.items() if value}


def months(published: Sequence[datetime]) -> list[tuple[str, str]]:
    """Return the months to choose from, the newest first: "2012-12" and "December 2012 (3)"."""
    counted = Counter(map(month_of, published))
    return [(month, f"{month_words(month)} ({counted[month]})") for month in sorted(counted, reverse=True)]


def _chip(line: ChipLine) -> tuple[str, str, str, str, str]:
    sure = "" if line.confidence is None else share_words(line.confidence)
    return line.ticker, line.action, line.kind, sure, shortened(line.quote, LONGEST_QUOTE)
