"""What was said, in words: actions, confidence, transcripts, moments in New York. Pure.

Titles and quotes are anybody's words. They are shown as text, set apart so that writing from right to left
turns nothing around, and cut where they are longer than anybody reads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from dash import html

from components.words import day_words

if TYPE_CHECKING:
    from datetime import datetime

NEW_YORK: Final = ZoneInfo("America/New_York")
LONGEST_TITLE: Final = 300
LONGEST_QUOTE: Final = 1_000
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_TRANSCRIPTS: Final = {
    "missing": "No transcript. If you have one, give it.",
    "blocked": "Blocked: YouTube refuses transcripts to this machine. Paste or upload it.",
    "failed": "Its transcript could not be had. Paste or upload it, or have the channel analysed again.",
}
_ANALYSES: Final = {
    "processing": "It is being looked through.",
    "failed": "It could not be looked through; the log says why.",
    "skipped": "It was skipped; the log says why.",
    "completed": "No stock is spoken of.",
}


def moment_words(when: datetime) -> str:
    """Return "Fri 1 Mar 2013, 14:30" in New York."""
    there = when.astimezone(NEW_YORK)
    return f"{_WEEKDAYS[there.weekday()]} {day_words(there.date())}, {there:%H:%M}"


def month_of(when: datetime) -> str:
    """Return "2013-03", the month in New York."""
    return f"{when.astimezone(NEW_YORK):%Y-%m}"


def month_words(month: str) -> str:
    """Return "March 2013" of "2013-03"."""
    year, number = month.split("-")
    return f"{_MONTHS[int(number) - 1]} {year}"


def share_words(share: float) -> str:
    """Return "92 %" of 0.92."""
    return f"{share * 100:.0f} %"


def status_words(transcript: str, analysis: str, mentions: int) -> str:
    """Return what is to be said about a video beside its mentions, "" where these say it all.

    Args:
        transcript: pending, completed, missing, blocked or failed.
        analysis: pending, processing, completed, skipped or failed.
        mentions: how many it has.
    """
    if analysis == "pending":
        waits = transcript == "completed"
        return "Its transcript is here; it is looked through next." if waits else "Not looked through yet."
    if analysis == "processing":
        return _ANALYSES["processing"]
    if transcript in _TRANSCRIPTS:
        return _TRANSCRIPTS[transcript]
    return "" if mentions and analysis == "completed" else _ANALYSES.get(analysis, "")


def is_trouble(transcript: str, analysis: str) -> bool:
    """Return whether something could not be done, so that its words stand out."""
    return transcript in _TRANSCRIPTS or analysis == "failed"


def shortened(text: str, longest: int) -> str:
    """Return a text on one line, cut with an ellipsis."""
    plain = " ".join(text.split())
    return plain if len(plain) <= longest else f"{plain[: longest - 1]}…"


def title_of(title: str, url: str) -> html.A | html.Bdi:
    """Return a video's title, a link where its address is one of the web."""
    words = html.Bdi(shortened(title, LONGEST_TITLE) or "Without a title")
    if not is_web(url):
        return words
    return html.A(words, href=url, target="_blank", rel="noopener noreferrer", className="video-title")


def quoted(quote: str) -> html.Q:
    """Return a quote, between quotation marks."""
    return html.Q(html.Bdi(shortened(quote, LONGEST_QUOTE)))


def is_web(url: str) -> bool:
    """Return whether an address is one of the web, and no script."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
