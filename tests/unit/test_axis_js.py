"""assets/axis.js in Node: the browser maps exactly as the server does (design decision 4)."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from market.axis import TradingAxis
from market.resolution import Resolution
from tests.kit.axis_cases import CALENDARS, cases_by_calendar, cut_sessions

SCRIPT = Path(__file__).parents[2] / "assets" / "axis.js"
NODE = shutil.which("node")

needs_node = pytest.mark.skipif(NODE is None, reason="node is missing: assets/axis.js cannot be run")

_PRELUDE = """
const fs = require('fs');
globalThis.window = {};
require('vm').runInThisContext(fs.readFileSync(process.argv[1], 'utf8'));
const input = JSON.parse(fs.readFileSync(0, 'utf8'));
const axis = input.table ? window.chandlery.axis.create(input.table) : null;
const answer = (value) => process.stdout.write(JSON.stringify(value));
"""

_RUN_CASES = """
const run = {
  x_of_time: (c) => axis.xOfTime(c.time),
  time_of_x: (c) => axis.timeOfX(c.x),
  bar_x: (c) => axis.barX(c.time, c.resolution),
};
answer(input.cases.map((c) => run[c.kind](c)));
"""


def _node(program: str, **given: object) -> Any:
    done = subprocess.run(
        [str(NODE), "-e", _PRELUDE + program, str(SCRIPT)],
        input=json.dumps(given), capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-1500:]
    return json.loads(done.stdout)


@needs_node
@pytest.mark.parametrize("name", CALENDARS)
def test_the_browser_agrees_with_the_table_of_cases(name: str) -> None:
    cases = cases_by_calendar()[name]["cases"]
    got = _node(_RUN_CASES, table=TradingAxis(cut_sessions(name)).as_table(), cases=cases)
    wrong = []
    for case, value in zip(cases, got, strict=True):
        wanted, tolerance = (case["time"], 0) if case["kind"] == "time_of_x" else (case["x"], 1e-9)
        if abs(wanted - value) > tolerance:
            wrong.append((case, value))
    assert wrong == []


@needs_node
@pytest.mark.parametrize("name", CALENDARS)
def test_the_browser_agrees_with_the_server_bit_for_bit_at_random_places(name: str) -> None:
    sessions = cut_sessions(name)
    axis = TradingAxis(sessions)
    rng = np.random.default_rng(20251223)
    time = rng.integers(sessions.open[0] - 10**6, sessions.close[-1] + 10**6, 3_000)
    x = rng.uniform(-2, len(sessions) + 2, 3_000)
    cases: list[dict[str, Any]] = [{"kind": "x_of_time", "time": int(t)} for t in time]
    cases += [{"kind": "time_of_x", "x": float(v)} for v in x]
    wanted = [*axis.x_of_time(time).tolist(), *axis.time_of_x(x).tolist()]
    for resolution in Resolution:
        cases += [{"kind": "bar_x", "time": int(t), "resolution": resolution.value} for t in time[:500]]
        wanted += axis.bar_x(time[:500], resolution).tolist()
    got = _node(_RUN_CASES, table=axis.as_table(), cases=cases)
    assert [row for row in zip(cases, wanted, got, strict=True) if row[1] != row[2]] == []


@needs_node
def test_the_browser_can_ask_about_sessions() -> None:
    sessions = cut_sessions("XTKS")
    table = TradingAxis(sessions).as_table()
    got = _node(
        """
        const i = input.index;
        answer({
          facts: [axis.name, axis.timezone, axis.note, axis.version, axis.count],
          session: [axis.day(i), axis.open(i), axis.close(i), axis.breakStart(i), axis.breakEnd(i)],
          date: axis.date(i),
          sessionOf: [-1, 0.5, i + 0.999, axis.count, axis.count + 9].map(axis.sessionOf),
          sessionOfDay: [axis.day(i), axis.day(i) - 1, axis.day(axis.count - 1) + 1].map(axis.sessionOfDay),
        });
        """,
        table=table,
        index=7_000,
    )
    columns = (sessions.day, sessions.open, sessions.close, sessions.break_start, sessions.break_end)
    last = len(sessions) - 1
    assert got["facts"] == [table[key] for key in ("name", "timezone", "note", "version", "count")]
    assert got["session"] == [int(column[7_000]) for column in columns]
    assert got["date"] == sessions.date(7_000).isoformat()
    assert got["sessionOf"] == [0, 0, 7_000, last, last]
    before = int(np.searchsorted(sessions.day, sessions.day[7_000] - 1))
    assert got["sessionOfDay"] == [7_000, before, last + 1]


@needs_node
def test_an_unknown_resolution_is_named() -> None:
    message = _node(
        "try { axis.barX(0, 'Q'); answer(''); } catch (e) { answer(e.name + ': ' + e.message); }",
        table=TradingAxis(cut_sessions("XLON")).as_table(),
    )
    assert message == "RangeError: unknown resolution: Q"


@needs_node
def test_the_script_keeps_what_other_scripts_put_into_the_namespace() -> None:
    kept = _node(
        """
        window.chandlery = { other: 1 };
        require('vm').runInThisContext(fs.readFileSync(process.argv[1], 'utf8'));
        answer([window.chandlery.other, typeof window.chandlery.axis.create]);
        """
    )
    assert kept == [1, "function"]


def test_the_script_evaluates_no_text() -> None:
    """A strict content security policy forbids it."""
    text = SCRIPT.read_text(encoding="utf-8")
    assert "eval(" not in text
    assert "new Function" not in text
