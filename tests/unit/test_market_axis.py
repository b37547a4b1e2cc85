"""The trading-time axis (design decision 4) against the shared table and against itself."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from market.axis import TradingAxis
from market.calendars import sessions_of
from market.resolution import Resolution
from tests.kit.axis_cases import CALENDARS, cases_by_calendar, cut_sessions


def _cases(name: str, kind: str) -> list[dict[str, object]]:
    return [case for case in cases_by_calendar()[name]["cases"] if case["kind"] == kind]


def test_the_table_covers_every_calendar_and_kind() -> None:
    assert set(cases_by_calendar()) == set(CALENDARS)
    for name in CALENDARS:
        for kind in ("x_of_time", "time_of_x", "bar_x"):
            assert _cases(name, kind), f"{name} has no case of {kind}"


@pytest.mark.parametrize("name", CALENDARS)
def test_moments_lie_where_the_table_says(name: str) -> None:
    cases = _cases(name, "x_of_time")
    got = TradingAxis(cut_sessions(name)).x_of_time(np.array([c["time"] for c in cases], dtype=np.int64))
    wrong = [(c["why"], c["x"], x) for c, x in zip(cases, got, strict=True) if abs(c["x"] - x) > 1e-9]
    assert wrong == []


@pytest.mark.parametrize("name", CALENDARS)
def test_positions_are_the_moments_of_the_table(name: str) -> None:
    cases = _cases(name, "time_of_x")
    got = TradingAxis(cut_sessions(name)).time_of_x(np.array([c["x"] for c in cases], dtype=np.float64))
    wrong = [(c["why"], c["time"], int(t)) for c, t in zip(cases, got, strict=True) if c["time"] != t]
    assert wrong == []


@pytest.mark.parametrize("name", CALENDARS)
def test_bars_are_centred_where_the_table_says(name: str) -> None:
    axis = TradingAxis(cut_sessions(name))
    wrong = []
    for case in _cases(name, "bar_x"):
        time = np.array([case["time"]], dtype=np.int64)
        x = axis.bar_x(time, Resolution(case["resolution"]))[0]
        if abs(x - case["x"]) > 1e-9:
            wrong.append((case["resolution"], case["why"], case["x"], x))
    assert wrong == []


@pytest.mark.parametrize("name", CALENDARS)
def test_a_whole_x_is_the_open_of_that_session_and_the_end_is_the_last_close(name: str) -> None:
    sessions = cut_sessions(name)
    axis = TradingAxis(sessions)
    whole = np.arange(len(sessions) + 1, dtype=np.float64)
    assert np.array_equal(axis.time_of_x(whole), np.append(sessions.open, sessions.close[-1]))
    assert np.array_equal(axis.x_of_time(sessions.open), whole[:-1])


def test_the_bars_of_a_session_divide_it_evenly_without_gap_or_overlap() -> None:
    """Half-days have wider bars, the shorter last bar of 60 minutes has a whole slot, and lunch has none."""
    for name, resolution in (("XNYS", Resolution.M60), ("XNYS", Resolution.M5), ("XTKS", Resolution.M60)):
        sessions = cut_sessions(name)
        axis = TradingAxis(sessions)
        for i in range(len(sessions) - 40, len(sessions)):
            x = axis.bar_x(sessions.bar_starts(i, resolution), resolution)
            n = len(x)
            assert np.allclose(x, i + (np.arange(n) + 0.5) / n, rtol=0, atol=1e-9)


def test_a_bar_outside_trading_sits_on_the_following_boundary() -> None:
    sessions = cut_sessions("XTKS")
    axis = TradingAxis(sessions)
    i = 7000
    outside = np.array([sessions.open[i] - 60, sessions.break_start[i], sessions.close[i]])
    assert np.allclose(axis.bar_x(outside, Resolution.M1), [i, i + 150 / 330, i + 1], rtol=0, atol=1e-9)


def test_finer_bars_never_leave_the_session_of_their_day() -> None:
    """New data never moves the view: a session spans [i, i + 1) at every resolution."""
    sessions = cut_sessions("XNYS")
    axis = TradingAxis(sessions)
    i = 9000
    for resolution in (Resolution.M1, Resolution.M5, Resolution.M15, Resolution.M30, Resolution.M60):
        x = axis.bar_x(sessions.bar_starts(i, resolution), resolution)
        assert i < x.min() < x.max() < i + 1
    assert axis.bar_x(sessions.day[i : i + 1] * 86_400, Resolution.DAY)[0] == i + 0.5


def test_session_of_day_finds_the_first_session_on_or_after() -> None:
    axis = TradingAxis(cut_sessions("XNYS"))
    day = axis.sessions.day
    asked = np.array([day[0] - 100, day[0], day[1] + 1, day[-1] + 1])
    assert axis.session_of_day(asked).tolist() == [0, 0, 2, len(day)]


def test_no_bars_give_no_positions() -> None:
    axis = TradingAxis(cut_sessions("XNYS"))
    none = np.zeros(0, dtype=np.int64)
    assert len(axis.x_of_time(none)) == len(axis.time_of_x(none.astype(np.float64))) == 0
    assert [len(axis.bar_x(none, resolution)) for resolution in Resolution] == [0] * len(Resolution)


def test_a_calendar_without_sessions_is_refused() -> None:
    none = np.zeros(0, dtype=np.int64)
    empty = replace(sessions_of("24/7"), day=none, open=none, close=none, break_start=none, break_end=none)
    with pytest.raises(ValueError, match="24/7 has no sessions"):
        TradingAxis(empty)


@pytest.mark.parametrize("name", ["XNYS", "XTKS", "XHKG", "CMES", "24/7"])
def test_the_table_for_the_browser_is_compact_and_holds_every_session(name: str) -> None:
    sessions = sessions_of(name)
    table = TradingAxis(sessions).as_table()
    assert len(json.dumps(table, separators=(",", ":"))) < 40_000
    columns = {key: np.repeat(runs[::2], runs[1::2]) for key, runs in table.items() if isinstance(runs, list)}
    day = np.cumsum(columns["day"])
    assert np.array_equal(day, sessions.day)
    assert np.array_equal(day * 86_400 + columns["open"], sessions.open)
    assert np.array_equal(day * 86_400 + columns["close"], sessions.close)
    lunch = columns["break_end"] - columns["break_start"]
    assert np.array_equal(lunch, sessions.break_end - sessions.break_start)
    assert (table["name"], table["timezone"], table["count"]) == (name, sessions.timezone, len(sessions))


def test_the_version_of_the_table_changes_with_its_content_and_only_then() -> None:
    sessions = sessions_of("XNYS")
    version = TradingAxis(sessions).as_table()["version"]
    assert TradingAxis(replace(sessions, day=sessions.day.copy())).as_table()["version"] == version
    close = sessions.close.copy()
    close[-1] -= 3_600
    assert TradingAxis(replace(sessions, close=close)).as_table()["version"] != version
