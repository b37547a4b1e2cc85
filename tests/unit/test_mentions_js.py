"""assets/mention_*.js in Node: where mentions stand, how they fold, where their rays lead."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from market.axis import TradingAxis
from tests.kit.axis_cases import cut_sessions
from tests.kit.providers import utc
from tests.kit.scripts import needs_node, run

pytestmark = needs_node

SESSIONS = cut_sessions("XNYS")
TABLE = TradingAxis(SESSIONS).as_table()
FOLD = ("axis.js", "mention_fold.js")
RAYS = (*FOLD, "mention_rays.js")
SIZE = 24


def call(ident: str = "a", direction: int = 1, *states: str, **change: Any) -> dict[str, Any]:
    """Return a call as the server tells it."""
    outcomes = [{"state": state} for state in states]
    return {"id": ident, "direction": direction, "outcomes": outcomes} | change


def folded(points: list[dict[str, Any]], px_per_x: float) -> list[dict[str, Any]]:
    program = "answer(window.chandlery.mentionFold.fold(given.points, given.px, 'SPY', given.size));"
    got: list[dict[str, Any]] = run(program, FOLD, points=points, px=px_per_x, size=SIZE)
    return got


def point(x: float, *, calls: int = 1, settled: int = 1, beat: int = 0) -> dict[str, Any]:
    return {"x": x, "count": 1, "calls": calls, "settled": settled, "beat": beat, "call": {"id": str(x)}}


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0, 500), max_size=120).map(sorted), st.floats(0.5, 40))
def test_no_two_marks_touch_and_none_is_lost(xs: list[float], px_per_x: float) -> None:
    """ahead-4: what would touch folds, whatever the zoom; each mention is in exactly one group."""
    groups = folded([point(x) for x in xs], px_per_x)
    assert [one["x"] for group in groups for one in group["points"]] == xs
    assert [group["count"] for group in groups] == [len(group["points"]) for group in groups]
    for left, right in pairwise(groups):
        apart = (right["x"] - left["x"]) * px_per_x
        assert apart >= (left["width"] + right["width"]) / 2


def inside(marks: list[dict[str, float]], wide: float) -> list[float]:
    program = (
        "window.chandlery.mentionFold.inside(given.marks, given.wide); answer(given.marks.map((m) => m.px));"
    )
    got: list[float] = run(program, FOLD, marks=marks, wide=wide)
    return got


def test_a_cluster_at_the_edge_can_be_read() -> None:
    """ahead-4: its words are whole while its middle is in the plot; a single mark stands on its bar."""
    wide = {"width": 80, "count": 3}
    assert inside([{"px": 5} | wide, {"px": 200} | wide, {"px": 390} | wide], 400) == [40, 200, 360]
    assert inside([{"px": 395, "width": 24, "count": 1}], 400) == [395]
    assert inside([{"px": 300} | wide, {"px": 390} | wide], 400) == [300, 382]  # and touches no other


def test_a_cluster_that_is_panned_out_jumps_nowhere() -> None:
    places = [inside([{"px": px, "width": 80, "count": 3}], 400)[0] for px in range(340, 450, 5)]
    assert all(0 <= after - before <= 10 for before, after in pairwise(places))
    assert places[-1] == 445


def test_what_is_far_apart_stays_apart() -> None:
    """The other side of folding: a fold of everything would pass the test above."""
    groups = folded([point(10.0), point(20.0), point(40.0)], 10)
    assert [group["count"] for group in groups] == [1, 1, 1]
    assert [group["count"] for group in folded([point(10.0), point(11.0), point(40.0)], 20)] == [2, 1]


def test_a_pan_folds_nothing_anew() -> None:
    """The fold depends on the zoom alone."""
    xs = [3.0, 4.0, 9.0, 9.5, 30.0]
    there = folded([point(x) for x in xs], 12)
    moved = folded([point(x + 1_000) for x in xs], 12)
    assert [g["count"] for g in there] == [g["count"] for g in moved]


@pytest.mark.parametrize(
    ("sums", "words"),
    [
        ({"count": 7, "calls": 7, "settled": 7, "beat": 4}, "7 calls · 4 beat SPY"),
        ({"count": 9, "calls": 7, "settled": 5, "beat": 4}, "7 calls · 4 of 5 beat SPY"),
        ({"count": 2, "calls": 1, "settled": 1, "beat": 0}, "1 call · 0 beat SPY"),
        ({"count": 3, "calls": 3, "settled": 0, "beat": 0}, "3 calls · pending"),
        ({"count": 4, "calls": 0, "settled": 0, "beat": 0}, "4 mentions"),
    ],
)
def test_a_cluster_says_how_many_and_how_many_beat_the_benchmark(sums: dict[str, int], words: str) -> None:
    """ahead-4: of those that are decided; a pending call beats nobody."""
    assert run("answer(window.chandlery.mentionFold.words(given.sums, 'SPY'));", FOLD, sums=sums) == words


def test_a_call_counts_at_the_longest_horizon_that_it_has_reached() -> None:
    calls = [
        call("a", 1, "worse", "better", "pending"), call("b", 1, "better", "worse", "worse"),
        call("c", -1, "pending", "pending", "pending"), call("d", 0),
        call("e", 1, "even", "unknown", "pending"),
    ]  # fmt: skip
    program = """
        const axis = window.chandlery.axis.create(given.table);
        const at = { at: 0, day: '2013-03-01' };
        const calls = given.calls.map((one) => ({ ...one, ...at }));
        const placed = window.chandlery.mentionFold.placed(calls, axis, 'D');
        answer(placed.map(({ calls, settled, beat }) => [calls, settled, beat]));
    """
    assert run(program, FOLD, table=TABLE, calls=calls) == [
        [1, 1, 1], [1, 1, 0], [1, 0, 0], [0, 0, 0], [1, 1, 0],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("at", "day", "resolution"),
    [
        ("2013-03-01 14:30", "2013-03-01", "5"),
        ("2013-03-01 20:59", "2013-03-01", "5"),
        ("2013-03-01 20:59", "2013-03-01", "60"),
        ("2013-03-01 14:30", "2013-03-01", "D"),
        ("2013-03-01 14:30", "2013-03-01", "W"),
        ("2013-03-01 14:30", "2013-03-01", "M"),
    ],
)
def test_a_mention_stands_in_the_middle_of_the_bar_that_holds_its_entry(
    at: str, day: str, resolution: str
) -> None:
    """ahead-4: also the last bar of a session, to whose end a close belongs."""
    seconds = int(utc(at).timestamp())
    program = """
        const axis = window.chandlery.axis.create(given.table);
        const { call, bar, resolution } = given;
        answer([window.chandlery.mentionFold.xOf(call, axis, resolution), axis.barX(bar, resolution)]);
    """
    step = 60 * int(resolution) if resolution.isdigit() else 86_400
    opened = int(utc("2013-03-01 14:30").timestamp())
    bar = opened + (seconds - opened) // step * step if resolution.isdigit() else int(utc(day).timestamp())
    given_call = {"at": seconds, "day": day}
    stands, middle = run(program, FOLD, table=TABLE, call=given_call, resolution=resolution, bar=bar)
    assert stands == middle


ENTRY, END = 10.5, 40.5
OUTCOME = {"state": "better", "excess": 0.1, "day": "2013-03-01", "price": 120.0}
PENDING = {"state": "pending", "excess": None, "day": "2014-03-03", "price": None}
_RAYS = """
    const real = window.chandlery.axis.create(given.table);
    const axis = { ...real, barX: () => given.end, sessionOfDay: () => given.end - 0.5 };
    const at = (x) => given.bars.findIndex(([bar]) => bar === x);
    const bars = { nearest: at, c: given.bars.map(([, close]) => close) };
    const last = { x: 99, price: 130 };
    const chart = { axis, bars, end: last, resolution: given.resolution, adjust: given.adjust };
    answer(window.chandlery.mentionRays.rays(given.call, given.x, chart));
"""


def rays(*outcomes: dict[str, Any], adjust: str = "split", resolution: str = "D", **change: Any) -> Any:
    held: list[list[float]] = change.pop("bars", [])
    made = call(outcomes=list(outcomes), price=100.0) | change
    return run(
        _RAYS, RAYS, table=TABLE, call=made, x=ENTRY, end=END, bars=held, adjust=adjust, resolution=resolution
    )


def test_a_ray_leads_from_the_entry_to_the_close_at_the_horizon() -> None:
    """ahead-4."""
    ray = {"from": [ENTRY, 100], "to": [END, 120], "state": "better", "excess": 0.1}
    assert rays(OUTCOME) == [ray]
    assert rays(OUTCOME, resolution="60") == [ray | {"to": [END + 0.5, 120]}]  # the end of the session


def test_what_is_pending_is_one_ray_to_the_last_price() -> None:
    """ahead-4: dashed, and once for all horizons that lie ahead."""
    assert rays(PENDING, PENDING) == [
        {"from": [ENTRY, 100], "to": [99, 130], "state": "pending", "excess": 0}
    ]


def test_no_price_no_ray() -> None:
    assert rays(OUTCOME, price=None) == []
    assert rays(OUTCOME | {"price": None, "state": "unknown", "excess": None}) == []


def test_prices_that_are_adjusted_otherwise_are_those_of_the_bars() -> None:
    """ahead-2: on a chart as traded a ray is between its candles, and left out where they are not."""
    both = [[ENTRY, 700.0], [END, 840.0]]
    [ray] = rays(OUTCOME, adjust="raw", bars=both)
    assert (ray["from"], ray["to"]) == ([ENTRY, 700], [END, 840])
    assert rays(OUTCOME, adjust="raw", bars=both[:1]) == []
    assert rays(OUTCOME, adjust="total", bars=both[1:]) == []


_FEW_ELEMENTS = """
    globalThis.document = { createElement: () => ({
        dataset: {}, style: {}, attributes: {}, classList: { add() {}, remove() {}, toggle() {} },
        append() {}, addEventListener() {},
        setAttribute(name, value) { this.attributes[name] = value; made.push(this); },
    }) };
    const made = [];
    window.matchMedia = () => ({ matches: false });
"""


def test_a_cluster_says_what_the_newest_answer_says() -> None:
    """ahead-6: with another entry the same calls do otherwise, in as many letters as before."""
    program = (
        _FEW_ELEMENTS
        + """
        const layer = document.createElement();
        const marks = window.chandlery.mentionMarks.create(layer, {});
        const bars = { slot: 1, extent: () => [10, 20] };
        const frame = { bars, toUnits: (value) => value };
        const geometry = { plot: { width: 800 }, panes: { price: { top: 0, height: 300 } } };
        const tools = { xPx: (_, x) => x * 10, yPx: (_, y) => 300 - y, geometry };
        const show = (beat) => {
            const points = given.ids.map((id, at) => ({
                x: 40 + at / 10, call: { id, direction: 1 },
                count: 1, calls: 1, settled: 1, beat: at < beat ? 1 : 0 }));
            const groups = window.chandlery.mentionFold.fold(points, 10, 'SPY', 24);
            marks.put(groups, frame, tools, 'SPY', new Set());
            const button = made[made.length - 1];
            return [button.textContent, button.attributes['aria-label']];
        };
        answer([show(3), show(2)])"""
    )
    first, second = run(program, ("mention_fold.js", "mention_marks.js"), ids=["a", "b", "c"])
    rest = "beat SPY, each at the longest horizon that it has reached"
    assert first == ["3 calls · 3 beat SPY", f"3 calls · 3 beat SPY. 3 of 3 {rest}"]
    assert second == ["3 calls · 2 beat SPY", f"3 calls · 2 beat SPY. 2 of 3 {rest}"]
