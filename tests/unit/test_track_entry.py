"""The first price after publication, never an earlier one (record-6): a test for each trap (ahead-5)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from market.calendars import sessions_of
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S
from track_record.entry import NoEntry, Policy, Price, bar_after, could_be_had, session_after, was_said
from track_record.method import LONGEST_WAIT_SESSIONS

NYSE = sessions_of("XNYS")
TOKYO = sessions_of("XTKS")
NEW_YORK = ZoneInfo("America/New_York")
LATE = 4_000_000_000


def ny(text: str) -> int:
    """Return the UTC seconds of a New York time such as "2025-03-07 16:00"."""
    return int(datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).timestamp())


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def minutes(first: str, last: str, *, without: tuple[str, ...] = ()) -> Candles:
    """Return 5-minute candles of sessions; the open is the bar's number, the close half a point more."""
    days = NYSE.between(date.fromisoformat(first), date.fromisoformat(last))
    time = np.concatenate([NYSE.bar_starts(i, Resolution.M5) for i in days])
    return _numbered(time[~np.isin(time, [ny(text) for text in without])])


def days(first: str, last: str, *, without: tuple[str, ...] = ()) -> Candles:
    """Return daily candles, likewise."""
    held = NYSE.between(date.fromisoformat(first), date.fromisoformat(last))
    gone = [utc(text) for text in without]
    time = NYSE.day[held.start : held.stop] * DAY_S
    return _numbered(time[~np.isin(time, gone)])


def _numbered(time: np.ndarray) -> Candles:
    opens = np.arange(len(time), dtype=np.float64) + 1
    return Candles.of(time, opens, opens + 1, opens - 0.5, opens + 0.5, np.ones(len(time)))


def entry(candles: Candles, published: int, **options: object) -> Price | NoEntry:
    resolution = options.pop("resolution", Resolution.M5)
    return could_be_had(NYSE, candles, resolution, published, **{"known_until_s": LATE, **options})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("trap", "published", "bar"),
    [
        ("during a session: the next bar", "2025-03-06 10:02", "2025-03-06 10:05"),
        ("exactly at a bar's start: the one after", "2025-03-06 10:05", "2025-03-06 10:10"),
        ("a second before a bar's start", "2025-03-06 10:04:59", "2025-03-06 10:05"),
        ("exactly at the open", "2025-03-06 09:30", "2025-03-06 09:35"),
        ("before the open", "2025-03-06 09:29:59", "2025-03-06 09:30"),
        ("within the last bar: nothing begins any more", "2025-03-06 15:57", "2025-03-07 09:30"),
        ("exactly at the start of the last bar", "2025-03-06 15:55", "2025-03-07 09:30"),
        ("exactly at the close", "2025-03-06 16:00", "2025-03-07 09:30"),
        ("after the close", "2025-03-06 20:00", "2025-03-07 09:30"),
        ("a Saturday", "2025-02-22 12:00", "2025-02-24 09:30"),
        ("Friday night to Monday, and a holiday on it", "2025-02-14 18:00", "2025-02-18 09:30"),
        ("a holiday", "2025-07-04 11:00", "2025-07-07 09:30"),
        ("a day of mourning", "2025-01-09 11:00", "2025-01-10 09:30"),
        ("a half-day, after its close", "2024-11-29 13:30", "2024-12-02 09:30"),
        ("a half-day, within its last bar", "2024-11-29 12:58", "2024-12-02 09:30"),
        ("the clocks go forward over the weekend", "2025-03-07 17:00", "2025-03-10 09:30"),
        ("the clocks go back over the weekend", "2025-10-31 17:00", "2025-11-03 09:30"),
        ("the morning after the clocks went forward", "2025-03-10 09:00", "2025-03-10 09:30"),
        ("the morning after the clocks went back", "2025-11-03 09:00", "2025-11-03 09:30"),
    ],
)
def test_the_next_bar_by_the_calendar(trap: str, published: str, bar: str) -> None:
    """record-6."""
    at = ny(published)
    candles = minutes(published[:10], bar[:10])
    found = entry(candles, at)
    assert isinstance(found, Price)
    assert found.bar == found.time == bar_after(NYSE, at, Resolution.M5) == ny(bar)
    assert found.price == float(candles.open[candles.time == found.bar][0])


def test_daylight_saving_moves_the_open_in_utc() -> None:
    """record-6: 9:30 in New York is 14:30 UTC in winter and 13:30 in summer."""
    assert bar_after(NYSE, utc("2025-03-07 12:00"), Resolution.M5) == utc("2025-03-07 14:30")
    assert bar_after(NYSE, utc("2025-03-10 12:00"), Resolution.M5) == utc("2025-03-10 13:30")
    assert bar_after(NYSE, utc("2025-03-10 13:35"), Resolution.M5) == utc("2025-03-10 13:40")
    assert bar_after(NYSE, utc("2025-11-03 13:35"), Resolution.M5) == utc("2025-11-03 14:30")


def test_over_lunch_the_next_bar_is_after_it() -> None:
    lunch = utc("2025-03-06 02:45")
    assert bar_after(TOKYO, lunch, Resolution.M5) == utc("2025-03-06 03:30")


@pytest.mark.parametrize(
    ("published", "policy", "time", "price"),
    [
        ("2025-03-05 11:00", Policy.NEXT_BAR, "2025-03-06 09:30", 3.0),
        ("2025-03-05 11:00", Policy.NEXT_OPEN, "2025-03-06 09:30", 3.0),
        ("2025-03-05 11:00", Policy.SAME_DAY_CLOSE, "2025-03-05 16:00", 2.5),
        ("2025-03-05 11:00", Policy.NEXT_CLOSE, "2025-03-06 16:00", 3.5),
        ("2025-03-05 08:00", Policy.NEXT_OPEN, "2025-03-05 09:30", 2.0),
        ("2025-03-05 08:00", Policy.SAME_DAY_CLOSE, "2025-03-05 16:00", 2.5),
        ("2025-03-05 08:00", Policy.NEXT_CLOSE, "2025-03-05 16:00", 2.5),
        ("2025-03-05 09:30", Policy.NEXT_OPEN, "2025-03-06 09:30", 3.0),
        ("2025-03-05 16:00", Policy.SAME_DAY_CLOSE, "2025-03-06 16:00", 3.5),
        ("2025-03-05 20:00", Policy.NEXT_OPEN, "2025-03-06 09:30", 3.0),
        ("2025-03-05 20:00", Policy.SAME_DAY_CLOSE, "2025-03-06 16:00", 3.5),
        ("2025-03-05 20:00", Policy.NEXT_CLOSE, "2025-03-06 16:00", 3.5),
        ("2025-03-08 12:00", Policy.SAME_DAY_CLOSE, "2025-03-10 16:00", 5.5),
    ],
)
def test_the_policies_on_daily_candles(published: str, policy: Policy, time: str, price: float) -> None:
    """ahead-5: all of them strictly after publication."""
    candles = days("2025-03-04", "2025-03-14")
    found = entry(candles, ny(published), resolution=Resolution.DAY, policy=policy)
    assert isinstance(found, Price)
    assert (found.time, found.price) == (ny(time), price)
    assert found.bar == utc(time[:10])
    assert NYSE.date(found.session) == date.fromisoformat(time[:10])


def test_a_half_day_closes_early() -> None:
    """ahead-5: at 13:00 the same-day close is over."""
    candles = days("2024-11-27", "2024-12-03")
    for published, close in (("12:59", "2024-11-29 13:00"), ("13:00", "2024-12-02 16:00")):
        at = ny(f"2024-11-29 {published}")
        found = entry(candles, at, resolution=Resolution.DAY, policy=Policy.SAME_DAY_CLOSE)
        assert isinstance(found, Price)
        assert found.time == ny(close)


@pytest.mark.parametrize(
    ("published", "time", "price"),
    [
        ("2025-03-05 10:02", "2025-03-05 10:00", 78 + 6.5),
        ("2025-03-05 10:05", "2025-03-05 10:05", 78 + 7.5),
        ("2025-03-05 09:30", "2025-03-04 16:00", 78.5),
        ("2025-03-05 08:00", "2025-03-04 16:00", 78.5),
        ("2025-03-05 16:00", "2025-03-05 16:00", 156.5),
        ("2025-03-05 23:00", "2025-03-05 16:00", 156.5),
    ],
)
def test_what_was_said_is_the_last_price_that_was_known(published: str, time: str, price: float) -> None:
    """ahead-5: the close of the last bar that was over, never the one that ran."""
    said = was_said(NYSE, minutes("2025-03-04", "2025-03-05"), Resolution.M5, ny(published))
    assert said is not None
    assert (said.time, said.price) == (ny(time), price)


def test_what_was_said_on_daily_candles_is_the_last_close() -> None:
    candles = days("2025-03-04", "2025-03-06")
    said = was_said(NYSE, candles, Resolution.DAY, ny("2025-03-05 15:59"))
    assert said == Price(ny("2025-03-04 16:00"), utc("2025-03-04"), 1.5, NYSE.index(date(2025, 3, 4)))
    assert was_said(NYSE, candles, Resolution.DAY, ny("2025-03-04 15:59")) is None


def test_a_missing_bar_is_waited_for() -> None:
    """record-6: an illiquid stock trades later, never earlier."""
    candles = minutes("2025-03-05", "2025-03-06", without=("2025-03-05 10:05", "2025-03-05 10:10"))
    found = entry(candles, ny("2025-03-05 10:02"))
    assert isinstance(found, Price)
    assert found.bar == ny("2025-03-05 10:15")


def test_bars_outside_of_the_session_are_no_entry() -> None:
    """record-6: what traded after hours is not the exchange's next price."""
    candles = minutes("2025-03-05", "2025-03-06")
    after_hours = _numbered(
        np.array([ny("2025-03-05 16:30"), ny("2025-03-05 18:00"), ny("2025-03-06 08:00")])
    )
    order = np.argsort(np.concatenate([candles.time, after_hours.time]))
    both = Candles(
        *(
            np.concatenate([getattr(candles, c), getattr(after_hours, c)])[order]
            for c in ("time", "open", "high", "low", "close", "volume")
        )
    )
    found = entry(both, ny("2025-03-05 16:10"))
    assert isinstance(found, Price)
    assert found.bar == ny("2025-03-06 09:30")
    said = was_said(NYSE, both, Resolution.M5, ny("2025-03-05 20:00"))
    assert said is not None
    assert said.time == ny("2025-03-05 16:00")


@pytest.mark.parametrize("resolution", [Resolution.M5, Resolution.DAY])
def test_before_the_listing_there_is_no_entry(resolution: Resolution) -> None:
    """record-6: months later it is another occasion; within five sessions it is the same."""
    candles = (minutes if resolution is Resolution.M5 else days)("2025-03-20", "2025-04-20")
    assert entry(candles, ny("2025-03-05 11:00"), resolution=resolution) is NoEntry.NOT_LISTED
    soon = entry(candles, ny("2025-03-17 11:00"), resolution=resolution)
    assert isinstance(soon, Price)
    assert soon.time == ny("2025-03-20 09:30")


@pytest.mark.parametrize("resolution", [Resolution.M5, Resolution.DAY])
def test_a_stock_that_trades_no_more_has_no_entry(resolution: Resolution) -> None:
    candles = (minutes if resolution is Resolution.M5 else days)("2025-02-03", "2025-02-20")
    assert entry(candles, ny("2025-03-05 11:00"), resolution=resolution) is NoEntry.NOT_TRADED


@pytest.mark.parametrize(
    ("policy", "known", "pending"),
    [
        (Policy.NEXT_OPEN, "2025-03-06 09:29", True),
        (Policy.NEXT_OPEN, "2025-03-06 09:30", False),
        (Policy.SAME_DAY_CLOSE, "2025-03-05 15:59", True),
        (Policy.SAME_DAY_CLOSE, "2025-03-05 16:00", False),
    ],
)
def test_what_is_not_known_yet_is_pending(policy: Policy, known: str, *, pending: bool) -> None:
    """A running day's close is no price yet, though its candle has one."""
    candles = days("2025-03-03", "2025-03-06")
    at = ny("2025-03-05 11:00")
    found = entry(candles, at, resolution=Resolution.DAY, policy=policy, known_until_s=ny(known))
    assert (found is NoEntry.PENDING) is pending


def test_a_price_that_may_still_come_is_pending() -> None:
    candles = minutes("2025-03-03", "2025-03-05")
    at = ny("2025-03-05 17:00")
    assert entry(candles, at, known_until_s=ny("2025-03-06 09:00")) is NoEntry.PENDING
    waited = NYSE.index(date(2025, 3, 6)) + LONGEST_WAIT_SESSIONS
    over = int(NYSE.close[waited])
    assert entry(candles, at, known_until_s=over - 1) is NoEntry.PENDING
    assert entry(candles, at, known_until_s=over) is NoEntry.NOT_TRADED


@pytest.mark.parametrize("resolution", [Resolution.M5, Resolution.DAY])
def test_beyond_the_calendar_nothing_is_known(resolution: Resolution) -> None:
    assert entry(Candles.empty(), LATE + 1, resolution=resolution) is NoEntry.NO_CALENDAR


def test_only_what_makes_sense_can_be_asked() -> None:
    with pytest.raises(ValueError, match="daily candles"):
        entry(Candles.empty(), 0, policy=Policy.NEXT_CLOSE)
    with pytest.raises(ValueError, match="daily or intraday"):
        entry(Candles.empty(), 0, resolution=Resolution.WEEK)


FIRST, LAST = ny("2024-01-02 00:00"), ny("2024-12-31 00:00")
YEAR = days("2023-12-20", "2025-01-20")
MINUTES = minutes("2024-03-04", "2024-03-15")


@given(published=st.integers(FIRST, LAST), policy=st.sampled_from(Policy))
def test_no_price_is_ever_from_before_the_call(published: int, policy: Policy) -> None:
    """record-6: and none that was made in between is passed over."""
    found = entry(YEAR, published, resolution=Resolution.DAY, policy=policy)
    said = was_said(NYSE, YEAR, Resolution.DAY, published)
    assert isinstance(found, Price)
    assert said is not None
    assert said.time <= published < found.time
    made = (NYSE.close if policy.is_close else NYSE.open).tolist()
    later = [time for time in made if time > published]
    opened = [i for i in range(len(NYSE)) if NYSE.open[i] > published]
    expected = NYSE.close[opened[0]] if policy is Policy.NEXT_CLOSE else later[0]
    assert found.time == expected
    assert session_after(NYSE, np.array([published, published]), policy).tolist() == [found.session] * 2


@given(published=st.integers(int(MINUTES.time[78]), int(MINUTES.time[-1]) - 1))
def test_no_bar_is_ever_from_before_the_call(published: int) -> None:
    found = entry(MINUTES, published)
    assert isinstance(found, Price)
    assert found.time == min(time for time in MINUTES.time.tolist() if time > published)
    said = was_said(NYSE, MINUTES, Resolution.M5, published)
    assert said is not None
    assert said.time == max(time + 300 for time in MINUTES.time.tolist() if time + 300 <= published)
