"""What an extractor found and was not kept, in a channel's log: nothing is left out in silence (record-4)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from track_record.entities import LogLevel
from track_record.given import on_one_line, quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.extractors import Dropped, Extraction
    from track_record.steps import Steps

_REASONS = {
    "etf": "funds",
    "crypto": "crypto",
    "foreign": "not listed on NYSE or Nasdaq",
    "unknown": "no known US stock",
    "no_quote": "its quote is not in the transcript",
    "outside_video": "its time is beyond the video's end",
}


def say_what_is_left_out(found: Extraction, steps: Steps) -> None:
    """Write a line for each reason, and one for each mention that a person is to decide."""
    for reason, names in _by_reason(found.dropped).items():
        steps.say(LogLevel.INFO, f"Left out: {', '.join(names)} ({_REASONS[reason]}).")
    for mention in found.review:
        steps.say(
            LogLevel.INFO,
            f"Unsure, so not counted: {mention.ticker} ({mention.action}), {quoted(mention.quote, 120)}.",
        )


def _by_reason(dropped: Sequence[Dropped]) -> dict[str, list[str]]:
    names: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for one in dropped:
        if one.reason in _REASONS:
            names[one.reason][on_one_line(one.said) or "?"] = None
    return {reason: list(said) for reason, said in names.items()}
