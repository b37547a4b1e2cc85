"""What is known of how one item of news, or one mention in a video, speaks of a stock; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

YOUTUBE = "youtube"
"""The source of what was said in videos; the others are named after their providers."""

CLEAR = 0.33
"""From this score on an item counts as positive, from its opposite on as negative (api-5)."""


@dataclass(frozen=True, slots=True)
class SentimentPoint:
    """One scored item.

    Attributes:
        day: its date in New York.
        score: from -1 (as bad as can be) to 1.
        source: tiingo, finnhub or youtube.
        confidence: from 0 to 1, how sure the score is.
        label: positive, neutral or negative.
        title: the headline, or what was said; text of strangers, never markup.
        url: an address of http or https, "" where there is none.
    """

    day: date
    score: float
    source: str
    confidence: float
    label: str
    title: str
    url: str


def label_of(score: float) -> str:
    """Return what a score is called."""
    if score >= CLEAR:
        return "positive"
    return "negative" if score <= -CLEAR else "neutral"
