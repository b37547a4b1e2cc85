"""Instants as the track record keeps them: UTC, to the millisecond, as text that sorts by time.

Promise: ``parse(text_of(x)) == x`` for every instant that ``of`` gives, years 1 to 9999.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


def of(when: datetime) -> datetime:
    """Return an instant in UTC, cut to whole milliseconds.

    Raises:
        ValueError: it has no time zone, so that nobody knows which instant is meant.
    """
    if when.tzinfo is None:
        raise ValueError("an instant needs a time zone: datetime.now(UTC), not datetime.now()")
    utc = when.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1_000 * 1_000)


def text_of(when: datetime) -> str:
    """Return ``2025-01-31T08:30:00.000Z``."""
    return of(when).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def parse(text: str) -> datetime:
    """Return the instant of an ISO text with a time zone, such as ``text_of`` writes.

    Raises:
        ValueError: it is no such text.
    """
    return of(datetime.fromisoformat(text))


def to_ms(when: datetime) -> int:
    """Return whole milliseconds since 1970, rounded down."""
    return (when - _EPOCH) // _MS


def from_ms(ms: int) -> datetime:
    """Return the instant some milliseconds after 1970."""
    return _EPOCH + ms * _MS
