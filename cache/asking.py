"""From the texts of a request to one question for the cache.

Promise: whatever the texts hold, the result is a ``Question`` that the cache can answer, or a ``CandleError``
whose sentence names the field, shows a valid example and never repeats the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from cache.errors import BadQueryError, DateInFutureError
from cache.query import Adjust, CandleQuery
from market.calendars import FIRST_DAY
from market.ranges import RangePreset, parse_day, window
from market.resolution import Resolution
from market.ticker import InvalidTickerError, parse_ticker

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from enum import StrEnum

    from cache.candle_cache import CandleCache, Listing

PARAMETERS = (
    "range",
    "start_date",
    "end_date",
    "resolution",
    "adjust",
    "source",
    "extended",
    "after",
)
"""What a question may say beside the ticker; ``after`` comes from the ``next`` of an answer."""

CHOICES: dict[str, tuple[str, ...]] = {
    "range": tuple(RangePreset),
    "resolution": tuple(Resolution),
    "adjust": tuple(Adjust),
}
"""The values of those that have a few."""

CUSTOM_RANGE = "custom"
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z")
_Choice = TypeVar("_Choice", bound="StrEnum")


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, understood.

    Attributes:
        query: for the cache; it ends on the source's last session at the latest.
        time_range: the name of the range, or "custom" where dates were given.
        listing: what is known about the ticker.
        after_s: UTC seconds; only candles that start later are wanted. None: all.
        notes: sentences for people about what was changed in the question.
    """

    query: CandleQuery
    time_range: str
    listing: Listing
    after_s: int | None = None
    notes: tuple[str, ...] = ()


def once(pairs: Iterable[tuple[str, str]], names: Sequence[str] = PARAMETERS) -> dict[str, str]:
    """Return the parameters of a query, each trimmed; ``names`` are those that the address has.

    Raises:
        BadQueryError: one is not known, or is there twice.
    """
    texts: dict[str, str] = {}
    for name, text in pairs:
        if name not in names:
            raise BadQueryError(
                f"There is a parameter that this address does not have. It has {', '.join(names)}."
            )
        if name in texts:
            raise BadQueryError(f"Give {name} once.", field=name)
        texts[name] = text.strip()
    return texts


def understand(cache: CandleCache, ticker: str, texts: Mapping[str, str], now_s: float) -> Question:
    """Turn texts into a question.

    Args:
        cache: knows the ticker's calendar and where its prices begin and end.
        ticker: in any spelling.
        texts: by the names in ``PARAMETERS``; what is absent has its default: 1M, D, split.
        now_s: the real clock, UTC seconds; decides which dates lie in the future.

    Raises:
        CandleError: a text is not valid, or no source has the ticker.
    """
    try:
        canonical = parse_ticker(ticker)
    except InvalidTickerError as error:
        raise BadQueryError(str(error), field="ticker") from None
    resolution = _one_of(Resolution, "resolution", texts.get("resolution", "D"))
    adjust = _one_of(Adjust, "adjust", texts.get("adjust", "split"))
    extended = _yes_or_no("extended", texts.get("extended", "false"))
    after_s = _instant("after", texts["after"]) if "after" in texts else None
    dates = _dates(texts)
    preset = _one_of(RangePreset, "range", texts.get("range", "1M"))
    source = texts["source"].lower() if "source" in texts else None
    listing = cache.listing(canonical, source)
    notes: tuple[str, ...] = ()
    if dates:
        start, end, notes = _within_reach(*dates, listing, now_s)
    else:
        start, end = window(preset, listing.sessions, listing.last_session, listing.first_session)
    query = CandleQuery(canonical, resolution, start, end, adjust, source, extended)
    return Question(query, CUSTOM_RANGE if dates else preset.value, listing, after_s, notes)


def instant(second: float) -> str:
    """Return UTC seconds as ISO text ending in Z, with milliseconds where there are any."""
    when = datetime.fromtimestamp(second, UTC)
    return when.isoformat(timespec="milliseconds" if when.microsecond else "seconds")[:-6] + "Z"


def _dates(texts: Mapping[str, str]) -> tuple[date, date] | None:
    """Return both dates, None where none was given."""
    given = [name for name in ("start_date", "end_date") if name in texts]
    if not given:
        return None
    if "range" in texts:
        raise BadQueryError(
            "Give either range or start_date and end_date, for example range=1M.", field="range"
        )
    if len(given) == 1:
        other = "end_date" if given == ["start_date"] else "start_date"
        raise BadQueryError(
            f"Give start_date and end_date together; {other} is missing, for example {other}=2012-06-29.",
            field=other,
        )
    start, end = _day("start_date", texts["start_date"]), _day("end_date", texts["end_date"])
    if start > end:
        raise BadQueryError(
            "start_date must not be after end_date, for example start_date=2012-06-01&end_date=2012-06-29.",
            field="start_date",
        )
    return start, end


def _within_reach(
    start: date, end: date, listing: Listing, now_s: float
) -> tuple[date, date, tuple[str, ...]]:
    """End the span with the source's last session; say so where prices begin later or end earlier."""
    today = listing.sessions.today(datetime.fromtimestamp(now_s, UTC))
    if start > today:
        raise DateInFutureError(
            f"start_date lies in the future; today is {today} at the exchange. Choose an earlier day.",
            field="start_date",
        )
    first, last = listing.first_session, listing.last_session
    notes = (f"Prices of {listing.ticker} begin here on {first}.",) if first and start < first else ()
    if end <= last:
        return start, end, notes
    if start > last:
        return start, start, notes  # empty, and the cache says why
    later = listing.sessions.between(last, end)
    note = f"The last session here is {last}; the range ends with it."
    return start, last, (*notes, note) if len(later) > 1 else notes


def _day(field: str, text: str) -> date:
    try:
        day = parse_day(text)
    except ValueError as error:
        raise BadQueryError(str(error), field=field) from None
    if day < FIRST_DAY:
        raise BadQueryError(f"Dates begin on {FIRST_DAY}, for example {field}=1990-01-02.", field=field)
    return day


def _instant(field: str, text: str) -> int:
    try:
        if _INSTANT.match(text):
            return int(datetime.fromisoformat(text).timestamp())
    except ValueError:
        pass  # of the right form, but no such day or hour
    raise BadQueryError(f"Write {field} as an instant, for example 2012-06-29T13:30:00Z.", field=field)


def _one_of(names: type[_Choice], field: str, text: str) -> _Choice:
    """Return the member of that value; capitals do not matter, because no two values differ in them alone."""
    found = {member.lower(): member for member in names}.get(text.lower())
    if found is None:
        valid = list(names)
        raise BadQueryError(
            f"{field} must be one of {', '.join(valid)}, for example {field}={valid[len(valid) // 2]}.",
            field=field,
        )
    return found


def _yes_or_no(field: str, text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise BadQueryError(f"{field} must be true or false, for example {field}=false.", field=field)
    return text.lower() == "true"
