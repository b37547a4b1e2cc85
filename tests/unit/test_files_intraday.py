"""Intraday files of the person's own: zones, labels, resolutions, and what is built from what."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from adapters.errors import BadPayloadError, NotOfferedError
from market.aggregate import aggregate_intraday
from market.calendars import sessions_for
from market.candles import Candles
from market.resolution import Resolution
from market.sessions import DAY_S
from tests.kit.files import Folder, bar, csv_of, daily_rows, intraday_rows

START, END = date(2024, 11, 27), date(2024, 12, 3)
"""Thanksgiving is missing and the Friday after it is a half-day."""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def expected(ticker: str, minutes: int, start: date = START, end: date = END) -> Candles:
    sessions, starts = sessions_for(ticker), []
    for i in sessions.between(start, end):
        starts += sessions.bar_starts(i, Resolution(str(minutes))).tolist()
    return Candles.of(starts, *zip(*(bar(n) for n in range(len(starts))), strict=True))


@pytest.mark.parametrize("minutes", [1, 5, 15, 30, 60])
@pytest.mark.parametrize("ends", [False, True])
def test_the_length_and_the_label_of_bars_are_seen_from_the_data(
    folder: Folder, minutes: int, *, ends: bool
) -> None:
    """B6, C9: labelled with starts or ends, the bars are the same; a half-day and short last bars too."""
    folder.write("AAPL.csv", csv_of(intraday_rows(START, END, minutes, ends=ends)))
    answer = folder.ask("AAPL", str(minutes), START, END)
    assert answer.candles == expected("AAPL", minutes)
    assert answer.actions is None
    said = ("AAPL.csv: times are the ends of bars and were turned into starts",) if ends else ()
    assert answer.problems == said


def test_times_that_could_be_both_are_read_as_starts_and_it_is_said(folder: Folder) -> None:
    rows = [r for r in intraday_rows(START, END, 5) if not str(r[0]).endswith(("09:30", "16:00"))]
    folder.write("AAPL.csv", csv_of(rows))
    answer = folder.ask("AAPL", "5", START, END)
    assert len(answer.candles) == len(rows)
    assert answer.candles.time[0] == expected("AAPL", 5).time[1]
    assert answer.problems == (
        "AAPL.csv: whether times are starts or ends of bars cannot be told; they are read as starts",
    )


@pytest.mark.parametrize("ends", [False, True])
def test_bars_around_a_lunch_break_keep_their_places(folder: Folder, *, ends: bool) -> None:
    """Tokyo rests at noon; bars after it are counted from its end."""
    tokyo = ZoneInfo("Asia/Tokyo")
    rows = intraday_rows(START, END, 60, ticker="7203.T", zone=tokyo, ends=ends)
    if ends:
        lunch = {"12:00": "11:30"}
        rows = [(f"{str(r[0])[:11]}{lunch.get(str(r[0])[11:], str(r[0])[11:])}", *r[1:]) for r in rows]
    folder.write("7203.T.csv", csv_of(rows))
    assert folder.ask("7203.T", "60", START, END).candles == expected("7203.T", 60)


@pytest.mark.parametrize(
    ("start", "end"), [(date(2024, 3, 7), date(2024, 3, 12)), (date(2024, 10, 31), date(2024, 11, 5))]
)
def test_times_without_a_zone_are_the_exchanges_own_across_clock_changes(
    folder: Folder, start: date, end: date
) -> None:
    """C8, C13."""
    folder.write("AAPL_5.csv", csv_of(intraday_rows(start, end, 5)))
    assert folder.ask("AAPL", "5", start, end).candles == expected("AAPL", 5, start, end)


LABELS = {
    "UTC": lambda t: t.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "offset": lambda t: t.isoformat(),
    "another zone": lambda t: t.astimezone(ZoneInfo("Asia/Kolkata")).isoformat(sep=" "),
    "seconds": lambda t: int(t.timestamp()),
    "milliseconds": lambda t: int(t.timestamp() * 1000),
    "twelve hours": lambda t: t.strftime("%m/%d/%Y %I:%M %p"),
    "compact": lambda t: t.strftime("%Y%m%d%H%M"),
}


@pytest.mark.parametrize("how", LABELS)
def test_instants_are_honoured_however_they_are_written(folder: Folder, how: str) -> None:
    folder.write("AAPL.csv", csv_of(intraday_rows(START, END, 15, label=LABELS[how])))
    assert folder.ask("AAPL", "15", START, END).candles == expected("AAPL", 15)


@pytest.mark.parametrize("clock", ["%H:%M", "%H%M", "%H%M%S", "%H:%M:%S"])
def test_a_time_of_day_may_have_its_own_column(folder: Folder, clock: str) -> None:
    rows = intraday_rows(START, END, 5, label=lambda t: f"{t:%Y%m%d},{t.strftime(clock)}")
    folder.write("AAPL.csv", csv_of(rows, "<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>"))
    folder.write("MSFT.txt", "\n".join(",".join(map(str, r)) for r in rows))
    assert folder.ask("AAPL", "5", START, END).candles == expected("AAPL", 5)
    assert folder.ask("MSFT", "5", START, END).candles == expected("AAPL", 5)


def test_parquet_instants_with_and_without_a_zone(folder: Folder) -> None:
    rows = intraday_rows(START, END, 30, label=lambda t: t)
    frame = pd.DataFrame(rows, columns=["ts", "o", "h", "l", "c", "v"]).rename(columns={"ts": "timestamp"})
    frame.to_parquet(folder.path / "AAPL.parquet")
    frame.assign(timestamp=frame["timestamp"].dt.tz_localize(None)).to_parquet(folder.path / "MSFT-30m.pq")
    for ticker in ("AAPL", "MSFT"):
        assert folder.ask(ticker, "30", START, END).candles == expected("AAPL", 30)


def test_coarser_bars_are_built_from_the_finest_and_days_too(folder: Folder) -> None:
    """G16, cache-1."""
    folder.write("AAPL_5.csv", csv_of(intraday_rows(START, END, 5)))
    five = expected("AAPL", 5)
    sessions = sessions_for("AAPL")
    assert {r.value for r in folder.provider.resolutions("AAPL")} == {"5", "15", "30", "60", "D"}
    for resolution in ("15", "30", "60"):
        built = folder.ask("AAPL", resolution, START, END).candles
        assert built == aggregate_intraday(five, sessions, Resolution(resolution))
    answer = folder.ask("AAPL", "D", START, END)
    assert answer.problems == ("AAPL_5.csv: days are built from bars of 5 minutes",)
    assert answer.candles.time.tolist() == [
        int(sessions.day[i]) * DAY_S for i in sessions.between(START, END)
    ]
    assert answer.candles.volume.sum() == five.volume.sum()
    assert answer.candles.open[0] == five.open[0]
    assert answer.candles.close[-1] == five.close[-1]
    assert answer.candles.high[1] == five.high[78:120].max()
    with pytest.raises(NotOfferedError, match="The finest that your files have of AAPL is 5, not 1"):
        folder.ask("AAPL", "1", START, END)


def test_a_daily_file_goes_before_days_built_from_minutes(folder: Folder) -> None:
    folder.write("AAPL_60.csv", csv_of(intraday_rows(START, END, 60)))
    rows = daily_rows(START, END)
    folder.write("AAPL.csv", csv_of(rows))
    answer = folder.ask("AAPL", "D", START, END)
    assert answer.candles.volume.tolist() == [r[5] for r in rows]
    assert answer.problems == ()
    assert folder.provider.first_session("AAPL", Resolution.M60) == START


def test_of_two_finer_files_the_one_that_goes_back_further_is_built_from(folder: Folder) -> None:
    folder.write("AAPL_1.csv", csv_of(intraday_rows(date(2024, 12, 3), END, 1)))
    folder.write("AAPL_5.csv", csv_of(intraday_rows(START, END, 5)))
    assert folder.provider.first_session("AAPL", Resolution.M30) == START
    assert folder.provider.first_session("AAPL", Resolution.M1) == date(2024, 12, 3)


def test_trading_before_the_open_and_after_the_close_is_left_out_and_said(folder: Folder) -> None:
    stamps = pd.date_range("2024-12-02 04:00", "2024-12-02 19:59", freq="min")
    folder.write("AAPL.csv", csv_of([(t, *bar(i)) for i, t in enumerate(stamps)]))
    answer = folder.ask("AAPL", "1", START, END)
    sessions = sessions_for("AAPL")
    at = sessions.index(date(2024, 12, 2))
    assert answer.candles.time.tolist() == sessions.bar_starts(at, Resolution.M1).tolist()
    assert "AAPL.csv: 570 rows outside the trading sessions are left out" in answer.problems


def test_utc_times_without_a_zone_are_refused_with_a_hint(folder: Folder) -> None:
    """C13: five hours off would be a silently wrong chart."""
    rows = intraday_rows(START, END, 5, label=lambda t: t.astimezone(UTC).strftime("%Y-%m-%d %H:%M"))
    folder.write("AAPL.csv", csv_of(rows))
    with pytest.raises(BadPayloadError, match=r"read as America/New_York; write the zone"):
        folder.ask("AAPL", "5", START, END)


@pytest.mark.parametrize(("step", "told"), [(2, "2 minutes apart"), (240, "240 minutes apart")])
def test_lengths_that_no_chart_has_are_refused(folder: Folder, step: int, told: str) -> None:
    rows = [r for n, r in enumerate(intraday_rows(START, END, 1)) if n % step == 0]
    folder.write("AAPL.csv", csv_of(rows))
    with pytest.raises(BadPayloadError, match=told):
        folder.ask("AAPL", "1", START, END)


def test_hours_counted_from_the_full_hour_are_refused(folder: Folder) -> None:
    """The first half-hour is lost in such files, and no bar would lie in its slot."""
    rows = intraday_rows(START, END, 30)
    folder.write("AAPL.csv", csv_of([r for r in rows if str(r[0]).endswith(":00")]))
    with pytest.raises(BadPayloadError, match="60 minutes apart"):
        folder.ask("AAPL", "60", START, END)


def test_missing_minutes_of_a_quiet_stock_do_not_change_the_length(folder: Folder) -> None:
    rng = np.random.default_rng(7)
    rows = [r for r in intraday_rows(START, END, 1) if rng.random() < 0.3 or str(r[0]).endswith("09:30")]
    folder.write("F.csv", csv_of(rows))
    assert len(folder.ask("F", "1", START, END).candles) == len(rows)


def test_a_name_that_says_another_length_is_told_so(folder: Folder) -> None:
    folder.write("AAPL_1.csv", csv_of(intraday_rows(START, END, 15)))
    answer = folder.ask("AAPL", "15", START, END)
    assert answer.candles == expected("AAPL", 15)
    assert answer.problems == ("AAPL_1.csv: the name says 1 minutes, but bars begin every 15",)


def test_a_bar_off_the_grid_is_dropped_and_named(folder: Folder) -> None:
    """cache-4: sources put the running minute into the last row of a five-minute file."""
    rows = intraday_rows(START, END, 5)
    rows.append(("2024-12-03 15:58", *bar(5)))
    folder.write("AAPL.csv", csv_of(rows))
    answer = folder.ask("AAPL", "5", START, END)
    assert answer.candles == expected("AAPL", 5)
    assert answer.problems == (f"AAPL.csv line {len(rows) + 1}: the time is no start of a bar",)


def test_coins_have_a_bar_every_five_minutes_of_the_utc_day(folder: Folder) -> None:
    """24/7: 288 bars a day, no clock changes."""
    start, end = date(2024, 3, 9), date(2024, 3, 11)
    rows = intraday_rows(start, end, 5, ticker="BTC-USD", zone=ZoneInfo("UTC"))
    folder.write("BTC-USD.csv", csv_of(rows))
    answer = folder.ask("BTC-USD", "5", start, end)
    assert len(answer.candles) == 3 * 288
    assert answer.candles == expected("BTC-USD", 5, start, end)
    assert answer.problems == ()
    assert folder.provider.now() == datetime(2024, 3, 11, 23, 59, 59, tzinfo=UTC)


def test_minutes_under_a_name_that_says_days_are_refused(folder: Folder) -> None:
    """Of each day only the last minute would be left."""
    folder.write("AAPL_D.csv", csv_of(intraday_rows(START, END, 5)))
    with pytest.raises(BadPayloadError, match="the name says days, but there are several rows for a day"):
        folder.ask("AAPL", "D", START, END)


def test_days_under_a_name_that_says_minutes_are_days(folder: Folder) -> None:
    folder.write("AAPL_5.csv", csv_of(daily_rows(START, END)))
    answer = folder.ask("AAPL", "D", START, END)
    assert len(answer.candles) == 4
    assert answer.problems == ("AAPL_5.csv: the name says 5 minutes, but the rows are days",)


def test_one_bar_a_day_has_the_length_that_the_name_says(folder: Folder) -> None:
    rows = [r for r in intraday_rows(START, END, 60) if str(r[0]).endswith("09:30")]
    folder.write("AAPL_60.csv", csv_of(rows))
    assert len(folder.ask("AAPL", "60", START, END).candles) == 4
    folder.write("MSFT.csv", csv_of(rows))
    assert {r.value for r in folder.provider.resolutions("MSFT")} == {"D"}


def test_a_single_row_is_a_day_when_it_has_no_time_of_day(folder: Folder) -> None:
    folder.write("AAPL.csv", csv_of([("2024-12-02T00:00:00Z", *bar(1))]))
    folder.write("MSFT.csv", csv_of([("2024-12-02 10:30", *bar(1))]))
    assert len(folder.ask("AAPL", "D", START, END).candles) == 1
    with pytest.raises(BadPayloadError, match="How long the bars are cannot be told"):
        folder.ask("MSFT", "D", START, END)
