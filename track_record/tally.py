"""What the videos of one run of processing came to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from track_record.entry import NoEntry


@dataclass(slots=True)
class Tally:
    """What the videos of one run came to, and what need not be asked again within it.

    Attributes:
        done, skipped, failed: videos.
        mentions: in those that are done.
        refusals: transcripts in a row that YouTube refused to this machine.
        silences: transcripts in a row for which nobody answered.
        outages: videos in a row for which the reader's service did not answer.
        prices_down: stocks in a row for whose prices nobody answered.
        no_prices: sentences about sources that failed, by ticker.
        no_entries: what was said already of mentions that have no price.
    """

    done: int = 0
    skipped: int = 0
    failed: int = 0
    mentions: int = 0
    refusals: int = 0
    silences: int = 0
    outages: int = 0
    prices_down: int = 0
    no_prices: dict[str, str] = field(default_factory=dict)
    no_entries: set[tuple[str, NoEntry]] = field(default_factory=set)

    @property
    def videos(self) -> int:
        """All that were looked at."""
        return self.done + self.skipped + self.failed
