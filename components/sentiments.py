"""The sentiment below a chart: which days its bars stand for, and what was said, folded to bars. Pure."""

from __future__ import annotations

import math
import unicodedata
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import numpy as np

from market.aggregate import period_days
from market.axis import TradingAxis
from market.resolution import Resolution
from market.sessions import day_number, day_of
from sentiment.points import YOUTUBE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from market.candles import Ints
    from market.sessions import Sessions
    from sentiment.points import SentimentPoint

MOST_TITLES: Final = 3
"""Of a bar; those that count most in its score."""
MOST_CHARACTERS: Final = 160
"""Of a title."""
LONGEST_ADDRESS: Final = 2_000
LEAST_WEIGHT: Final = 0.01
"""Of an item: one whose score is not sure at all still counts where there is no other."""


def days_asked(first: date, last: date, sessions: Sessions, resolution: Resolution) -> tuple[date, date]:
    """Return the days that belong to the bars from one date to another, all inclusive.

    What is said on a day without trading belongs to the session that follows, so the days begin after the
    session before. Below a week they end with the next session, because what was said since the last close is
    news; a week or a month that has only begun would be told by a part of it.

    Raises:
        ValueError: the dates are out of all time.
    """
    begin, _ = _period(np.array([day_number(first)]), resolution)
    _, end = _period(np.array([day_number(last)]), resolution)
    before = sessions.index(day_of(begin[0])) - 1
    after = sessions.index(day_of(end[0]))
    whole = resolution in {Resolution.WEEK, Resolution.MONTH}
    newest = min(after - whole, len(sessions) - 1)
    start = day_of(begin[0]) if before < 0 else sessions.date(before) + timedelta(days=1)
    return start, max(sessions.date(max(newest, 0)), start)


def bars(
    points: Sequence[SentimentPoint], sessions: Sessions, resolution: Resolution
) -> list[dict[str, Any]]:
    """Return what was said, ascending, one for each bar about which anything was.

    Each has ``x`` (its middle) and ``width`` on the axis; ``score``, the mean of all items weighted by their
    confidence; ``news`` and ``said`` (mentions in videos), each as [count, mean] or None; and ``titles`` as
    [score, source, title, address], the weightiest first. Minutes are told by the session: nothing here is
    finer than a day.
    """
    sure = [p for p in points if math.isfinite(p.score) and math.isfinite(p.confidence)]
    at = [sessions.index(point.day) for point in sure]
    placed = [(point, i) for point, i in zip(sure, at, strict=True) if i < len(sessions)]
    if not placed:
        return []
    first, after = _period(sessions.day[[i for _, i in placed]], resolution)
    axis = TradingAxis(sessions)
    spans = zip(axis.session_of_day(first).tolist(), axis.session_of_day(after).tolist(), strict=True)
    folded: dict[tuple[int, int], list[SentimentPoint]] = defaultdict(list)
    for (point, _), span in zip(placed, spans, strict=True):
        folded[span].append(point)
    return [_bar(span, folded[span]) for span in sorted(folded)]


def _bar(span: tuple[int, int], points: list[SentimentPoint]) -> dict[str, Any]:
    low, high = span
    return {
        "x": (low + high) / 2,
        "width": high - low,
        "score": _mean(points),
        "news": _counted(point for point in points if point.source != YOUTUBE),
        "said": _counted(point for point in points if point.source == YOUTUBE),
        "titles": [_title(point) for point in sorted(points, key=_rank)[:MOST_TITLES]],
    }


def _counted(points: Iterable[SentimentPoint]) -> list[float] | None:
    found = list(points)
    return [len(found), _mean(found)] if found else None


def _weight(point: SentimentPoint) -> float:
    return min(max(point.confidence, LEAST_WEIGHT), 1.0)


def _mean(points: list[SentimentPoint]) -> float:
    """Return the mean score, weighted by confidence, within -1 and 1."""
    weights = sum(_weight(point) for point in points)
    mean = sum(_weight(point) * point.score for point in points) / weights
    return round(min(max(mean, -1.0), 1.0), 3)


def _rank(point: SentimentPoint) -> tuple[float, int, str]:
    return (-abs(point.score) * _weight(point), -point.day.toordinal(), point.title)


def _title(point: SentimentPoint) -> list[Any]:
    return [round(point.score, 3), point.source, _plain(point.title), _address(point.url)]


def _plain(title: str) -> str:
    """Return a line of what can be seen: no control signs, no marks that turn what follows around."""
    words = " ".join("".join(map(_seen, title[: 10 * MOST_CHARACTERS])).split())
    return words if len(words) <= MOST_CHARACTERS else f"{words[: MOST_CHARACTERS - 1].rstrip()}…"


def _seen(sign: str) -> str:
    if sign.isprintable():
        return sign
    return "" if unicodedata.category(sign) == "Cf" else " "


def _address(url: str) -> str:
    """Return an address that a link may have, else ""."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    fits = parts.scheme in {"http", "https"} and parts.netloc and len(url) <= LONGEST_ADDRESS
    return url if fits else ""


def _period(days: Ints, resolution: Resolution) -> tuple[Ints, Ints]:
    return period_days(days, Resolution.DAY if resolution.is_intraday else resolution)
