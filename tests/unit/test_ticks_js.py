"""assets/ticks.js in Node: what the time axis says, at any zoom, width and place of any calendar."""

from __future__ import annotations

from datetime import date
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from market.axis import TradingAxis
from market.sessions import Sessions, day_number
from tests.kit.axis_cases import CALENDARS, cut_sessions
from tests.kit.scripts import needs_node, run

pytestmark = needs_node

SCRIPTS = ("axis.js", "format.js", "ticks.js")
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
WIDTHS = (280.0, 375.0, 640.0, 1_000.0, 1_900.0)
SPANS = (0.03, 0.2, 0.7, 1, 2.3, 5, 7, 11, 22, 44, 63, 126, 180, 252, 504, 800, 1_260, 2_520, 5_000, 9_000)

Window = tuple[float, float, float]
Ticks = list[tuple[float, str, bool]]


@cache
def table_of(name: str) -> dict[str, Any]:
    """Return a calendar's axis as the browser gets it."""
    return TradingAxis(cut_sessions(name)).as_table()


def ticks_of(table: dict[str, Any], windows: list[Window]) -> list[Ticks]:
    """Return (x, text, major) of every tick for windows of (low, high, width)."""
    got = run(
        """
        const axis = window.chandlery.axis.create(given.table);
        answer(given.windows.map(([low, high, width]) => {
          const { values, texts, majors } = window.chandlery.ticks.make(axis, low, high, width);
          return values.map((x, i) => [x, texts[i], majors[i]]);
        }));
        """,
        SCRIPTS, table=table, windows=windows,
    )  # fmt: skip
    return [[(x, text, major) for x, text, major in ticks] for ticks in got]


def shown(ticks: Ticks, low: float, high: float) -> str:
    """Return the labels in a window as a line: majors with a star, full hours as two digits."""
    inside = [(text.replace(" ", "_"), major) for x, text, major in ticks if low <= x < high]
    return " ".join("*" * major + text.removesuffix(":00") for text, major in inside)


def between(name: str, first: str, last: str, width: float) -> Window:
    """Return the window of the sessions from one date to another."""
    day = cut_sessions(name).day
    low, high = (np.searchsorted(day, day_number(date.fromisoformat(text))) for text in (first, last))
    return float(low), float(high), width


# 21 January and 18 February 2013 were holidays in New York, and 3 July 2013 a half-day.
LINES: list[tuple[str, str, str, float, str]] = [
    ("XNYS", "1990-01-02", "2025-12-31", 420, "1990 2000 2010 2020"),
    ("XNYS", "2000-03-01", "2013-03-01", 600, "2002 2004 2006 2008 2010 2012"),
    ("XNYS", "2008-03-03", "2013-03-01", 900, "Jul *2009 Jul *2010 Jul *2011 Jul *2012 Jul *2013"),
    ("XNYS", "2011-09-01", "2013-03-01", 700, "Oct *2012 Apr Jul Oct *2013"),
    ("XNYS", "2012-03-01", "2013-03-01", 900, "Mar Apr May Jun Jul Aug Sep Oct Nov Dec *2013 Feb"),
    ("XNYS", "2012-12-03", "2013-03-04", 500, "*Dec 17 *2013 16 *Feb 19 *Mar"),
    ("XNYS", "2012-12-03", "2013-03-04", 1_200, "*Dec 10 17 24 *2013 7 14 22 28 *Feb 11 19 25 *Mar"),
    ("XNYS", "2013-01-28", "2013-02-20", 600, "29 31 *Feb 5 7 11 13 15"),
    ("XNYS", "2012-12-31", "2013-01-07", 400, "31 *2013 3 4"),
    ("XNYS", "2012-12-31", "2013-01-04", 900, "*31_Dec 12 14 *2_Jan_2013 12 14 *3_Jan 12 14"),
    ("XNYS", "2013-07-03", "2013-07-05", 500, "*3_Jul 10 11 12"),
    ("XNYS", "2013-03-08", "2013-03-12", 900, "*8_Mar 11 12 13 14 15 *11_Mar 11 12 13 14 15"),
    ("XTKS", "2013-03-01", "2013-03-05", 900, "*1_Mar 10 11 13 14 *4_Mar 10 11 13 14"),
    ("XTKS", "2013-03-01", "2013-03-04", 900, "*1_Mar 09:30 10 10:30 11 12:30 13 13:30 14 14:30"),
    ("CMES", "2025-03-06", "2025-03-10", 800, "*6_Mar 20 00 04 08 12 *7_Mar 20 00 04 08 12"),
    ("24/7", "2012-12-31", "2013-01-02", 900, "*31_Dec 04 08 12 16 20 *1_Jan_2013 04 08 12 16 20"),
]


@pytest.mark.parametrize(("name", "first", "last", "width", "wanted"), LINES)
def test_labels_say_as_little_as_is_unambiguous(
    name: str, first: str, last: str, width: float, wanted: str
) -> None:
    low, high, _ = window = between(name, first, last, width)
    assert shown(ticks_of(table_of(name), [window])[0], low, high) == wanted


def sweep(name: str) -> list[Window]:
    """Return many windows: every span and width, at both ends, beyond them and in between."""
    count = len(cut_sessions(name))
    rng = np.random.default_rng(len(name) + count)
    windows = []
    for span in SPANS:
        for width in WIDTHS:
            places = [0, -span / 2, count - span, count - span / 2, *rng.uniform(0, count, 4)]
            windows += [
                (float(low), float(low + span * f), width)
                for low, f in zip(places, rng.uniform(0.8, 1.3, 8), strict=True)
            ]
    return windows


def pixels(text: str) -> float:
    """Return the estimated width of a label with its air."""
    return 6.6 * len(text) + 16


@pytest.mark.parametrize("name", CALENDARS)
def test_labels_of_any_window_never_overlap_and_never_mislead(name: str) -> None:
    sessions = cut_sessions(name)
    windows = sweep(name)
    for (low, high, width), ticks in zip(windows, ticks_of(table_of(name), windows), strict=True):
        where = (low, high, width, ticks)
        px, span = width / (high - low), high - low
        assert all(low - span - 1 <= x <= high + span + 1 for x, _, _ in ticks), where
        assert all(text for _, text, _ in ticks), where
        for (a, left, _), (b, right, _) in pairwise(ticks):
            assert (b - a) * px >= (pixels(left) + pixels(right)) / 2 - 0.01, where
        check_units(sessions, ticks, where)


def check_units(sessions: Sessions, ticks: Ticks, where: object) -> None:
    """Every change of the coarser unit is said, and told apart from the finer ones."""
    timed = any(":" in text or " " in text for _, text, _ in ticks)
    yearly = all(text.isdigit() and len(text) == 4 for _, text, _ in ticks)
    daily = not timed and any(text.isdigit() and len(text) < 3 for _, text, _ in ticks)
    for (a, _, _), (x, text, major) in pairwise(ticks):
        before, day = sessions.date(int(a)), sessions.date(int(x))
        if ":" in text:
            assert not major, where
            continue
        assert x == int(x), where
        if timed:
            assert text.startswith(f"{day.day} {MONTHS[day.month - 1]}"), where
            assert text.endswith(str(day.year)) == (before.year != day.year), where
        elif before.year != day.year:
            assert text == str(day.year), where
        elif before.month != day.month:
            assert text == MONTHS[day.month - 1], where
        else:
            assert text == str(day.day), where
        coarse = timed or (daily and before.month != day.month) or (not yearly and before.year != day.year)
        assert major == coarse, where


@pytest.mark.parametrize("name", CALENDARS)
def test_labels_stand_still_while_a_person_pans(name: str) -> None:
    """The same session is labelled the same way before and after, wherever both windows know of it."""
    count = len(cut_sessions(name))
    rng = np.random.default_rng(7)
    windows: list[Window] = []
    for span in SPANS:
        for width in WIDTHS:
            low = float(rng.uniform(-span / 2, count - span / 2))
            windows += [
                (low + by, low + by + span, width) for by in (0, span * 0.0137, -span * 0.31, span * 0.77)
            ]
    drawn = ticks_of(table_of(name), windows)
    for k in range(0, len(windows), 4):
        (low, high, width), before = windows[k], drawn[k]
        for (other, far, _), after in zip(windows[k + 1 : k + 4], drawn[k + 1 : k + 4], strict=True):
            span = high - low
            first, last = max(low, other) - span, min(high, far) + span
            assert [t for t in before if first + 1 < t[0] < last - 1] == [
                t for t in after if first + 1 < t[0] < last - 1
            ], (low, other, span, width)


@pytest.mark.parametrize("name", CALENDARS)
def test_a_window_has_neither_too_few_labels_nor_a_comb(name: str) -> None:
    windows = [w for w in sweep(name) if w[0] >= 0 and w[1] <= len(cut_sessions(name)) and w[2] >= 640]
    assert len(windows) > 100
    for (low, high, width), ticks in zip(windows, ticks_of(table_of(name), windows), strict=True):
        visible = sum(low <= x <= high for x, _, _ in ticks)
        assert max(1, width // 330 - 1) <= visible <= width / 40, (low, high, width, ticks)


@pytest.mark.parametrize("first", range(0, 300, 7))
def test_an_axis_may_begin_on_any_day(first: int) -> None:
    """Its first label is a year, and no two overlap though its first month or year may be nearly over."""
    whole = cut_sessions("XNYS")
    columns = (whole.day, whole.open, whole.close, whole.break_start, whole.break_end)
    cut = Sessions(whole.name, whole.timezone, *(column[first : first + 2_000] for column in columns))
    windows: list[Window] = [(0, span, 700) for span in (5, 20, 44, 63, 126, 252, 504, 1_260, 2_000)]
    for (low, high, width), ticks in zip(
        windows, ticks_of(TradingAxis(cut).as_table(), windows), strict=True
    ):
        at, text, _ = ticks[0]
        assert text.endswith(str(cut.date(int(at)).year)), ticks
        px = width / (high - low)
        for (a, left, _), (b, right, _) in pairwise(ticks):
            assert (b - a) * px >= (pixels(left) + pixels(right)) / 2 - 0.01, ticks
        check_units(cut, ticks, ticks)


def test_times_are_those_of_the_exchange_while_its_clocks_change() -> None:
    """A session over the night of the change: each label is the wall's time at its place."""
    day = day_number(date(2013, 3, 9))
    days = np.arange(day, day + 4)
    midnight = days * 86_400 + 5 * 3_600
    opens, closes = midnight, midnight + 86_400
    table = TradingAxis(Sessions("odd", "America/New_York", days, opens, closes, opens, opens)).as_table()
    (ticks,) = ticks_of(table, [(1.0, 2.0, 1_900)])
    labels = {round((x - 1) * 24, 6): text for x, text, _ in ticks if 1 <= x < 2}
    assert labels[1.0] == "01:00"
    assert labels[2.0] == "03:00"
    assert labels[11.0] == "12:00"
    assert "02:00" not in labels.values()


def test_nothing_is_said_of_a_window_that_is_none() -> None:
    bad: list[Window] = [
        (5, 5, 900),
        (6, 5, 900),
        (0, 5, 0),
        (0, 5, -1),
        (-90_000, -89_000, 900),
        (90_000, 90_001, 900),
    ]
    assert ticks_of(table_of("XNYS"), bad) == [[]] * len(bad)


def test_separators_stand_where_sessions_begin_until_there_are_too_many() -> None:
    got = run(
        """
        const axis = window.chandlery.axis.create(given.table);
        const { sessions } = window.chandlery.ticks;
        answer(given.windows.map(([low, high]) => sessions(axis, low, high)));
        """,
        SCRIPTS,
        table=table_of("XNYS"),
        windows=[
            [10.5, 13.2],
            [10, 12],
            [100.2, 112.2],
            [100.2, 112.3],
            [-3, 1.5],
            [9_065.5, 9_070],
            [None, "x"],
        ],
    )
    assert got == [[11, 12, 13], [10, 11, 12], list(range(101, 113)), [], [0, 1], [9_066], []]
