"""When warming is due, by the exchange's calendar and the clock on New York's wall."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from apscheduler.triggers.cron import CronTrigger

from tests.kit.providers import utc
from worker.schedule import NEW_YORK, Daily

NINE = Daily(time(9))


@pytest.mark.parametrize(
    ("instant", "due"),
    [
        ("2025-03-07 13:59", None),
        ("2025-03-07 14:00", date(2025, 3, 7)),
        ("2025-03-07 14:59", date(2025, 3, 7)),
        ("2025-03-07 15:00", None),
        # Daylight saving began on Sunday, 9 March: nine o'clock is an hour earlier in UTC.
        ("2025-03-10 12:59", None),
        ("2025-03-10 13:00", date(2025, 3, 10)),
        ("2025-10-31 13:00", date(2025, 10, 31)),
        ("2025-11-03 13:30", None),
        ("2025-11-03 14:00", date(2025, 11, 3)),
        ("2025-03-08 14:00", None),  # Saturday
        ("2025-07-04 13:00", None),  # Independence Day
        ("2025-01-09 14:00", None),  # a day of mourning, closed on short notice
        ("2025-07-03 13:00", date(2025, 7, 3)),  # half-days are session days
        ("2025-11-28 14:00", date(2025, 11, 28)),
    ],
)
def test_it_is_due_from_its_time_for_an_hour_on_session_days(instant: str, due: date | None) -> None:
    """cache-17, C8."""
    assert NINE.due(utc(instant)) == due


def test_an_hour_before_midnight_ends_with_the_day() -> None:
    late = Daily.parse("23:30")
    assert late.due(datetime(2025, 3, 6, 23, 45, tzinfo=NEW_YORK)) == date(2025, 3, 6)
    assert late.due(datetime(2025, 3, 7, 0, 15, tzinfo=NEW_YORK)) is None


@pytest.mark.parametrize(
    ("after", "fires"),
    [
        ("2025-03-07 15:00", "2025-03-08 14:00"),
        ("2025-03-09 14:00", "2025-03-10 13:00"),
        ("2025-11-01 14:00", "2025-11-02 14:00"),
    ],
)
def test_the_scheduler_fires_at_new_yorks_nine(after: str, fires: str) -> None:
    """DST: as the worker builds its trigger."""
    from worker.worker import _trigger

    class Job:
        schedule = NINE

    trigger = _trigger(Job())  # type: ignore[arg-type]
    assert isinstance(trigger, CronTrigger)
    fired = trigger.get_next_fire_time(None, utc(after))
    assert fired is not None
    assert fired.astimezone(UTC) == utc(fires)
