"""What a source has told of splits and dividends so far, so that every answer carries all (cache-16)."""

from __future__ import annotations

from datetime import date

import pytest

from adapters import live
from adapters.live import KnownActions
from market.actions import Actions
from market.calendars import FIRST_DAY

TODAY = date(2025, 3, 7)
SPLIT = (date(2020, 8, 31), 4.0, 0.0)
PAID = (date(2025, 2, 10), 1.0, 0.25)
NEW = (date(2025, 3, 7), 2.0, 0.0)


def taught() -> KnownActions:
    known = KnownActions()
    plan = known.plan("AAPL", date(2025, 1, 1), TODAY)
    assert plan.since == FIRST_DAY
    known.learn("AAPL", plan, Actions.of([SPLIT, PAID]), TODAY)
    return known


def test_later_questions_begin_where_the_person_looks_or_a_week_back() -> None:
    known = taught()
    assert known.plan("AAPL", date(2024, 1, 1), TODAY).since == date(2024, 1, 1)
    assert known.plan("AAPL", TODAY, TODAY).since == date(2025, 2, 28)
    assert known.plan("AAPL", date(1980, 1, 1), TODAY).since == FIRST_DAY
    assert known.plan("MSFT", TODAY, TODAY).since == FIRST_DAY


def test_what_is_told_anew_replaces_what_was_told_of_the_same_days() -> None:
    known = taught()
    plan = known.plan("AAPL", date(2025, 2, 1), TODAY)
    mended = (PAID[0], 1.0, 0.26)
    assert known.learn("AAPL", plan, Actions.of([mended, NEW]), TODAY) == Actions.of([SPLIT, mended, NEW])


def test_nothing_is_lost_when_days_go_by_between_two_questions() -> None:
    known = taught()
    later = date(2025, 3, 13)
    plan = known.plan("AAPL", later, later)
    assert plan.since <= TODAY
    assert known.learn("AAPL", plan, Actions.of([NEW]), later) == Actions.of([SPLIT, PAID, NEW])


def test_after_a_week_all_is_asked_for_again() -> None:
    """In case the source mended an old one; a clock that went back is no reason to believe what is held."""
    known = taught()
    assert known.plan("AAPL", date(2025, 3, 13), date(2025, 3, 13)).since > FIRST_DAY
    assert known.plan("AAPL", date(2025, 3, 14), date(2025, 3, 14)).since == FIRST_DAY
    assert known.plan("AAPL", TODAY, date(2025, 3, 6)).since == FIRST_DAY


def test_short_questions_do_not_put_off_the_whole_one() -> None:
    known = taught()
    for day in (date(2025, 3, 10), date(2025, 3, 13)):
        known.learn("AAPL", known.plan("AAPL", day, day), Actions.none(), day)
    assert known.plan("AAPL", TODAY, date(2025, 3, 14)).since == FIRST_DAY


def test_a_ticker_that_was_forgotten_meanwhile_is_whole_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "_MOST_TICKERS", 1)
    known = taught()
    plan = known.plan("AAPL", TODAY, TODAY)
    known.learn("MSFT", known.plan("MSFT", TODAY, TODAY), Actions.none(), TODAY)
    assert known.plan("AAPL", TODAY, TODAY).since == FIRST_DAY
    assert known.learn("AAPL", plan, Actions.of([NEW]), TODAY) == Actions.of([SPLIT, PAID, NEW])
