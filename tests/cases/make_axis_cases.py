"""Write axis.json: what the trading-time axis must answer, worked out the slow and obvious way.

Nothing of the project is imported. Sessions come straight from exchange_calendars' schedule; every answer
is found by walking over sessions and bars one by one, with the standard library's dates and fractions. Each
calendar is cut to fixed dates, so that the table does not change from year to year. Run from the root::

    python tests/cases/make_axis_cases.py
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import exchange_calendars as xc
import pandas as pd

CUTS = {
    "XNYS": ("1990-01-02", "2025-12-31"),
    "XTKS": ("1997-01-06", "2025-12-30"),
    "XHKG": ("2020-01-02", "2025-12-31"),
    "XLON": ("2024-01-02", "2025-12-31"),
    "XASX": ("2020-01-02", "2025-12-31"),
    "CMES": ("2024-01-02", "2025-12-31"),
    "24/7": ("2000-01-01", "2025-12-31"),
}
STEPS = {"1": 60, "5": 300, "15": 900, "30": 1800, "60": 3600}


@dataclass(frozen=True)
class Session:
    """One session: its date and the spans [start, end) in which it trades, UTC seconds."""

    day: date
    spans: tuple[tuple[int, int], ...]

    @property
    def seconds(self) -> int:
        return sum(end - start for start, end in self.spans)

    def traded_before(self, moment: int) -> int:
        return sum(max(0, min(moment, end) - start) for start, end in self.spans)

    def bars(self, step: int) -> list[tuple[int, int]]:
        return [(s, min(s + step, end)) for start, end in self.spans for s in range(start, end, step)]


def load(name: str) -> list[Session]:
    """Return a calendar's sessions between its two fixed dates."""
    first, last = CUTS[name]
    schedule = xc.get_calendar(name, start=first, end=last).schedule

    def session(row: object) -> Session:
        opened, closed = int(row.open.timestamp()), int(row.close.timestamp())
        if pd.isna(row.break_start):
            return Session(row.Index.date(), ((opened, closed),))
        lunch, back = int(row.break_start.timestamp()), int(row.break_end.timestamp())
        return Session(row.Index.date(), ((opened, lunch), (back, closed)))

    return [session(row) for row in schedule.itertuples()]


def x_of_time(sessions: list[Session], moment: int) -> float:
    for i, session in enumerate(sessions):
        if moment < session.spans[-1][1]:
            return float(i + Fraction(session.traded_before(moment), session.seconds))
    return float(len(sessions))


def time_of_x(sessions: list[Session], x: Fraction) -> int:
    if x < 0:
        return sessions[0].spans[0][0]
    if x >= len(sessions):
        return sessions[-1].spans[-1][1]
    session = sessions[int(x)]
    left = round((x - int(x)) * session.seconds)
    for start, end in session.spans:
        if left < end - start:
            return start + left
        left -= end - start
    return time_of_x(sessions, Fraction(int(x) + 1))


def bar_x(sessions: list[Session], moment: int, resolution: str) -> float:
    if resolution in STEPS:
        for i, session in enumerate(sessions):
            bars = session.bars(STEPS[resolution])
            for k, (start, end) in enumerate(bars):
                if start <= moment < end:
                    return i + (k + 0.5) / len(bars)
        return x_of_time(sessions, moment)
    wanted = datetime.fromtimestamp(moment, UTC).date()

    def period(day: date) -> tuple[int, ...]:
        return {"D": day.timetuple()[:3], "W": day.isocalendar()[:2], "M": (day.year, day.month)}[resolution]

    inside = [i for i, s in enumerate(sessions) if period(s.day) == period(wanted)]
    if inside:
        return (inside[0] + inside[-1] + 1) / 2
    return float(next((i for i, s in enumerate(sessions) if s.day > wanted), len(sessions)))


def utc(text: str) -> int:
    """Return UTC seconds of "2025-01-31" or "2025-01-31T14:30"."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def stamp(moment: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=moment)).strftime("%Y-%m-%dT%H:%M:%SZ")


MOMENTS = {
    "XNYS": {
        "1989-12-29T15:00": "before the first session",
        "1990-01-02T14:30": "open of the first session",
        "1990-01-02T18:00": "in the first session",
        "2001-09-10T19:59": "last minute before 9/11",
        "2001-09-12T15:00": "closed after 9/11",
        "2001-09-17T13:30": "first open after 9/11",
        "2012-10-26T19:59": "last minute before Sandy",
        "2012-10-29T15:00": "closed for Sandy",
        "2012-10-31T13:30": "first open after Sandy",
        "2024-03-08T14:30": "open in winter time, Friday before the clocks change",
        "2024-03-11T13:30": "open in summer time, Monday after it",
        "2024-03-11T14:30": "an hour into that Monday",
        "2024-11-01T13:30": "open in summer time, Friday before the clocks change back",
        "2024-11-04T14:30": "open in winter time, Monday after it",
        "2024-11-29T14:30": "open of a half-day",
        "2024-11-29T16:15": "middle of a half-day",
        "2024-11-29T17:59": "last minute of a half-day",
        "2024-11-29T18:00": "close of a half-day",
        "2024-11-29T20:00": "afternoon of a half-day",
        "2025-01-09T15:00": "closed to mourn Carter",
        "2025-07-03T16:59": "last minute before Independence Day",
        "2025-07-04T15:00": "Independence Day",
        "2025-12-20T15:00": "Saturday",
        "2025-12-23T14:29": "a minute before the open",
        "2025-12-23T14:30": "open",
        "2025-12-23T15:00": "half an hour in",
        "2025-12-23T20:59": "last minute",
        "2025-12-23T21:00": "close",
        "2025-12-31T20:59": "last minute of the last session",
        "2025-12-31T21:00": "close of the last session",
        "2026-06-01T15:00": "after the last session",
    },
    "XTKS": {
        "2025-01-06T00:00": "open",
        "2025-01-06T01:15": "middle of the morning",
        "2025-01-06T02:29": "last minute before lunch",
        "2025-01-06T02:30": "lunch begins",
        "2025-01-06T03:10": "at lunch",
        "2025-01-06T03:30": "lunch ends",
        "2025-01-06T05:00": "afternoon",
        "2025-01-06T06:29": "last minute",
        "2025-01-06T06:30": "close",
        "2024-11-01T05:59": "last minute when the session ended at 15:00",
        "2025-12-30T06:29": "last minute of the last session",
    },
    "XHKG": {
        "2024-12-24T01:30": "open of a half-day, which has no lunch break",
        "2024-12-24T03:59": "last minute of a half-day",
        "2024-12-24T04:30": "where lunch would be, after a half-day's close",
        "2024-12-23T04:30": "at lunch of a whole day",
    },
    "XLON": {
        "2024-12-24T12:29": "last minute of a half-day",
        "2024-12-24T13:00": "after a half-day's close",
        "2024-03-28T16:00": "winter time",
        "2024-04-02T07:00": "open in summer time after Easter",
    },
    "XASX": {
        "2025-01-05T23:00": "open on the UTC day before the session's date",
        "2025-01-06T00:00": "an hour in, midnight UTC",
        "2025-07-01T00:00": "open in Sydney's winter",
    },
    "CMES": {
        "2025-01-05T23:00": "Sunday evening, open of Monday's session",
        "2025-01-06T22:59": "in the pause or the last minute",
        "2025-01-06T23:30": "Monday evening, Tuesday's session",
    },
    "24/7": {
        "1999-12-31T23:59": "before the first day",
        "2000-01-01T00:00": "first second of the axis",
        "2024-02-29T12:00": "noon of a leap day",
        "2025-12-25T06:00": "Christmas counts like any day",
        "2025-12-31T23:59": "last minute of the axis",
        "2026-01-01T00:00": "end of the axis",
    },
}
POSITIONS = {
    "XNYS": ("-3", "0", "1/2", "1", "2947", "2947/2", "8796 1/4", "8797", "9000 7/8", "0 1/23400", "99999"),
    "XTKS": ("0", "7000", "7000 5/11", "7000 149/330", "7000 1/2", "7000 151/330", "1/3", "99999"),
    "XHKG": ("0", "700", "700 1/2", "1200 5/11"),
    "XLON": ("0 1/2", "250", "250 3/4"),
    "XASX": ("0", "100 1/6", "900 5/6"),
    "CMES": ("0", "3 1/2", "200 1/4"),
    "24/7": ("-1", "0", "1/4", "8766", "8766 23/24", "9497", "99999"),
}
BARS = {
    ("XNYS", "1"): ("2025-12-23T14:30", "2025-12-23T20:59", "2024-11-29T17:59"),
    ("XNYS", "5"): ("2025-12-23T14:30", "2025-12-23T17:40", "2024-11-29T14:30", "2024-11-29T17:55",
                    "2024-03-08T14:30", "2024-03-11T13:30", "2024-11-29T18:00", "2025-12-20T15:00"),
    ("XNYS", "15"): ("2025-12-23T15:15", "2024-11-29T15:15"),
    ("XNYS", "30"): ("2025-12-23T20:30", "2024-11-29T17:30"),
    ("XNYS", "60"): ("2025-12-23T14:30", "2025-12-23T20:30", "2024-11-29T17:30"),
    ("XNYS", "D"): ("1990-01-02", "2001-09-10", "2001-09-17", "2012-10-29", "2024-11-29", "2025-01-09",
                    "2025-12-31", "1989-12-01", "2026-02-02"),
    ("XNYS", "W"): ("1990-01-02", "2001-09-10", "2001-09-14", "2001-09-17", "2012-10-29", "2012-10-31",
                    "2024-03-11", "2024-11-25", "2025-01-06", "2025-12-22", "2025-12-29", "2026-02-02"),
    ("XNYS", "M"): ("1990-01-02", "2001-09-04", "2012-10-01", "2024-02-01", "2024-12-31", "2025-12-01",
                    "1989-12-01", "2026-02-02"),
    ("XTKS", "5"): ("2025-01-06T00:00", "2025-01-06T02:25", "2025-01-06T03:00", "2025-01-06T03:30",
                    "2025-01-06T06:25"),
    ("XTKS", "60"): ("2025-01-06T02:00", "2025-01-06T03:30", "2025-01-06T05:30", "2024-11-01T05:30"),
    ("XTKS", "W"): ("2019-04-22", "2019-04-29", "2019-05-07", "2025-01-06"),
    ("XTKS", "M"): ("2019-05-07", "2025-12-30"),
    ("XHKG", "5"): ("2024-12-24T01:30", "2024-12-24T03:55", "2024-12-23T05:00"),
    ("XHKG", "W"): ("2024-02-13", "2024-02-05"),
    ("XLON", "60"): ("2024-12-24T12:00", "2024-12-23T16:00"),
    ("XASX", "5"): ("2025-01-05T23:00", "2025-01-06T04:55"),
    ("XASX", "D"): ("2025-01-06",),
    ("XASX", "W"): ("2025-01-06", "2025-04-14"),
    ("CMES", "30"): ("2025-01-05T23:00", "2025-01-06T21:30"),
    ("CMES", "D"): ("2025-01-06",),
    ("24/7", "5"): ("2025-12-25T00:00", "2025-12-25T23:55"),
    ("24/7", "60"): ("2025-12-25T06:00",),
    ("24/7", "D"): ("2024-02-29", "2025-12-31"),
    ("24/7", "W"): ("2024-02-26", "2000-01-01", "2025-12-29"),
    ("24/7", "M"): ("2024-02-01", "2025-12-01"),
}  # fmt: skip


def cases_of(name: str) -> list[dict[str, object]]:
    """Return every case of one calendar."""
    sessions = load(name)
    cases: list[dict[str, object]] = []
    for text, why in MOMENTS[name].items():
        moment = utc(text)
        cases.append({"kind": "x_of_time", "time": moment, "x": x_of_time(sessions, moment), "why": why})
    for text in POSITIONS[name]:
        x = sum(Fraction(part) for part in text.split())
        moment = time_of_x(sessions, x)
        cases.append(
            {"kind": "time_of_x", "x": float(x), "time": moment, "why": f"x {text} is {stamp(moment)}"}
        )
    for (calendar, resolution), texts in BARS.items():
        for text in texts if calendar == name else ():
            moment = utc(text)
            found = bar_x(sessions, moment, resolution)
            cases.append({"kind": "bar_x", "time": moment, "resolution": resolution, "x": found, "why": text})
    return cases


def main() -> None:
    """Write the table beside this script, one case per line."""
    calendars = []
    for name, (first, last) in CUTS.items():
        lines = ",\n    ".join(json.dumps(case, ensure_ascii=False) for case in cases_of(name))
        head = f'"calendar": "{name}", "first": "{first}", "last": "{last}", "count": {len(load(name))}'
        calendars.append(f'  {{{head}, "cases": [\n    {lines}\n  ]}}')
    path = Path(__file__).with_name("axis.json")
    path.write_text("[\n" + ",\n".join(calendars) + "\n]\n", encoding="utf-8")
    print(f"{path.name}: {sum(len(cases_of(name)) for name in CUTS)} cases")


if __name__ == "__main__":
    main()
