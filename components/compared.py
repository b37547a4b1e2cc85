"""Which bars on the screen other sources are to be compared with, as the browser asks it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from market.calendars import sessions_for
from market.resolution import Resolution
from market.ticker import parse_ticker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from market.sessions import Sessions


@dataclass(frozen=True, slots=True)
class Compared:
    """Bars of one source; ``first`` and ``last`` are exchange dates, both inclusive."""

    ticker: str
    resolution: Resolution
    source: str
    first: date
    last: date

    @property
    def sessions(self) -> Sessions:
        """Those of the exchange."""
        return sessions_for(self.ticker)


def parse(question: Mapping[str, Any]) -> Compared:
    """Read what assets/opinions.js wrote into its Store; its edges are the times of bars, UTC seconds.

    Raises:
        ValueError: it makes no sense.
    """
    ticker, resolution = (
        parse_ticker(str(question.get("ticker", ""))),
        Resolution(str(question.get("resolution"))),
    )
    zone = ZoneInfo(sessions_for(ticker).timezone) if resolution.is_intraday else UTC
    first, last = (_day(question.get(edge), zone) for edge in ("first", "last"))
    if first > last:
        msg = "the first bar is later than the last one"
        raise ValueError(msg)
    return Compared(ticker, resolution, str(question.get("source")), first, last)


def _day(seconds: object, zone: tzinfo) -> date:
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        msg = "a bar has no time"
        raise ValueError(msg)  # noqa: TRY004 - whatever is wrong with a question is the same error
    try:
        return datetime.fromtimestamp(seconds, zone).date()
    except (OverflowError, OSError) as error:
        msg = "a bar is out of all time"
        raise ValueError(msg) from error
