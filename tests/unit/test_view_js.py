"""assets/range.js, gaps.js, gestures.js and url.js in Node: where the view may go, what is missing in it."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.mentions import ENTRIES
from components.toolbar import CHART_TYPES
from market.axis import TradingAxis
from market.resolution import Resolution
from tests.kit.axis_cases import cut_sessions
from tests.kit.scripts import needs_node, run

pytestmark = needs_node

LIMITS = {"first": 100.0, "last": 1_100.0, "least": 3.0, "most": 1_250.0}


def windows(asked: list[tuple[float, float]], limits: dict[str, float] = LIMITS) -> list[tuple[float, float]]:
    program = "answer(given.asked.map((w) => window.chandlery.range.within(w, given.limits)));"
    got = run(program, ("range.js",), asked=asked, limits=limits)
    return [(low, high) for low, high in got]


def test_a_window_within_the_history_is_left_alone() -> None:
    asked = [(200.0, 300.0), (100.0, 1_100.0), (1_000.0, 1_120.0)]
    assert windows(asked) == asked


@pytest.mark.parametrize(
    ("asked", "shown"),
    [
        ((-500.0, -400.0), (25.0, 125.0)),
        ((5_000.0, 5_100.0), (1_075.0, 1_175.0)),
        ((500.0, 500.5), (500.0, 503.0)),
        ((-9_000.0, 9_000.0), (-837.5, 412.5)),
    ],
)
def test_a_quarter_of_every_window_shows_history(
    asked: tuple[float, float], shown: tuple[float, float]
) -> None:
    """level-5: no gesture ends in emptiness, and none is narrower or wider than it may be."""
    assert windows([asked]) == [pytest.approx(shown)]


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(1e-3, 1e4)), min_size=1, max_size=200))
def test_whatever_is_asked_the_window_keeps_its_limits(pairs: list[tuple[float, float]]) -> None:
    for low, high in windows([(low, low + span) for low, span in pairs]):
        span = high - low
        assert LIMITS["least"] - 1e-9 <= span <= LIMITS["most"] + 1e-9
        assert min(high, LIMITS["last"]) - max(low, LIMITS["first"]) >= min(0.25 * span, 3.0) - 1e-6


def test_layers_are_stretched_to_where_the_window_has_them() -> None:
    """A place drawn for one range lands, after stretch and shift, where the other range puts it."""
    ranges = [([0, 10], [2, 7]), ([0, 10], [-5, 30]), ([3.5, 4], [3.4, 3.9]), ([1, 2], [1, 2])]
    got = run(
        """
        const px = ([low, high], value, size, up) => {
          const share = (value - low) / (high - low);
          return (up ? 1 - share : share) * size;
        };
        answer(given.ranges.flatMap(([drawn, shown]) => [false, true].flatMap((up) => {
          const [by, shift] = window.chandlery.range.stretch(drawn, shown, 800, up);
          return [0.1, 3.7, 9].map((v) => px(drawn, v, 800, up) * by + shift - px(shown, v, 800, up));
        })));
        """,
        ("range.js",), ranges=ranges,
    )  # fmt: skip
    assert np.abs(got).max() < 1e-6


def gaps(name: str, times: list[int], resolution: str) -> list[list[float]]:
    """Return the gaps of bars that start at some times."""
    table = TradingAxis(cut_sessions(name)).as_table()
    program = """
        const axis = window.chandlery.axis.create(given.table);
        const x = Float64Array.from(given.times, (t) => axis.barX(t, given.resolution));
        answer(window.chandlery.gaps.find({ n: x.length, x }, axis, given.resolution));
    """
    got: list[list[float]] = run(
        program, ("axis.js", "gaps.js"), table=table, times=times, resolution=resolution
    )
    return got


def bars_of(name: str, resolution: str, first: date, last: date) -> list[int]:
    """Return the start of every bar that a calendar expects between two dates."""
    sessions = cut_sessions(name)
    chosen = Resolution(resolution)
    low, high = (sessions.index(day) for day in (first, last))
    if chosen is Resolution.DAY:
        return [int(day) * 86_400 for day in sessions.day[low:high]]
    return [int(t) for i in range(low, high) for t in sessions.bar_starts(i, chosen)]


@pytest.mark.parametrize(
    ("name", "resolution"), [("XNYS", "30"), ("XTKS", "5"), ("XNYS", "D"), ("24/7", "60")]
)
def test_what_is_missing_is_found_and_nothing_else(name: str, resolution: str) -> None:
    """level-6: half-days, lunch breaks and weekends are no gap; a missing bar is, and as wide as its slot."""
    sessions = cut_sessions(name)
    first, last = sessions.date(len(sessions.day) - 40), sessions.date(len(sessions.day) - 2)
    times = bars_of(name, resolution, first, last)
    assert gaps(name, times, resolution) == []
    holed = times[:20] + times[22:]
    [[low, high]] = gaps(name, holed, resolution)
    x = TradingAxis(sessions).bar_x(np.array(times[19:23]), Resolution(resolution))
    slot = x[2] - x[1]
    assert (low, high) == pytest.approx((x[1] - slot / 2, x[2] + slot / 2), abs=slot * 0.3)


def test_a_link_names_kind_scale_panes_and_mentions_and_forgives_what_it_cannot_read() -> None:
    """level-20."""
    program = "answer(given.queries.map((query) => window.chandlery.url.looks(query)));"
    odd = "?type=pie&scale=cubic&sentiment=1&mentions=yes&entry=last-year"
    queries = ["", "?t=A&type=area&scale=log&sentiment=on&mentions=on&entry=next-close", odd]
    queries += [f"type={t}" for t in CHART_TYPES] + [f"entry={e}" for e in ENTRIES]
    got: list[dict[str, Any]] = run(program, ("url.js",), queries=queries)
    plain = {"type": "candles", "log": False, "sentiment": False, "mentions": False, "entry": "next-open"}
    other = {"type": "area", "log": True, "sentiment": True, "mentions": True, "entry": "next-close"}
    assert got[:3] == [plain, other, plain]
    assert [look["type"] for look in got[3 : 3 + len(CHART_TYPES)]] == list(CHART_TYPES)
    assert [look["entry"] for look in got[-len(ENTRIES) :]] == list(ENTRIES)


def test_looks_survive_a_link() -> None:
    """level-20."""
    program = """
        const { encode, looks } = window.chandlery.url;
        const view = { ticker: 'A', resolution: 'D', from: '2013-01-01', to: '2013-02-01', adjust: 'split' };
        answer(given.looks.map((look) => looks(encode({ ...view, ...look }))));
    """
    either = (False, True)
    wanted = [
        {"type": kind, "log": log, "sentiment": on, "mentions": not on, "entry": entry}
        for kind in CHART_TYPES
        for log in either
        for on in either
        for entry in ENTRIES
    ]
    assert run(program, ("url.js",), looks=wanted) == wanted


def test_a_page_with_a_ticker_of_its_own_names_neither_it_nor_what_it_shows_anyway() -> None:
    """level-20, record-7: the link of a drill-down says what is unusual there."""
    program = """
        const { asked, encode, looks } = window.chandlery.url;
        const usual = { ticker: 'A', range: 'MAX', mentions: true };
        const view = { ticker: 'A', resolution: 'auto', adjust: 'split', range: 'MAX', mentions: true };
        answer([
            encode(view, usual), encode({ ...view, range: '6M', mentions: false }, usual),
            asked('', usual), asked('?range=1Y', usual), asked('?from=2013-01-01&to=2013-02-01', usual),
            asked('?t=B', {}), looks('', usual).mentions, looks('?mentions=off', usual).mentions,
        ]);
    """
    assert run(program, ("url.js",)) == [
        "", "range=6M&mentions=off", "?t=A&range=MAX", "?range=1Y&t=A", "?from=2013-01-01&to=2013-02-01&t=A",
        "?t=B", True, False,
    ]  # fmt: skip


def test_a_notch_of_the_wheel_is_a_tenth_and_a_storm_is_bounded() -> None:
    got = run("answer([120, -120, 12, 1e9].map(window.chandlery.gestures.widening));", ("gestures.js",))
    assert got == pytest.approx([1.1, 1 / 1.1, 1.1**0.1, 1.1**3])


def test_an_answer_leaves_room_for_the_newest_candle_and_shows_the_first_one_whole() -> None:
    """A window that ends before history does keeps its end, whatever was loaded beyond it."""
    program = """
        const bars = { n: 3, slot: 4.8, x: [97, 102, 107], o: [1, 1, 2], c: [1, 2, 1] };
        const asked = [[110, 120], [100, 120], [110, 119], null];
        const ends = { first_x: 100, last_x: 120 };
        answer(asked.map((view) => window.chandlery.answer.windowOf({ ...ends, view }, bars, [101, 102])));
    """
    got = run(program, ("answer.js", "range.js"))
    assert got == [
        [110, pytest.approx(120.3)],
        [pytest.approx(94.36), pytest.approx(120.6, abs=0.3)],
        [110, 119],
        [101, 102],
    ]


def test_the_last_price_is_kept_for_the_same_ticker_only() -> None:
    program = """
        const bars = { n: 1, o: [2], c: [1] };
        const before = { last: { price: 5, side: 'rise' }, message: { ticker: 'A' } };
        const answers = [
          { ticker: 'A', price: null, at_end: false },
          { ticker: 'B', price: null, at_end: true },
          { ticker: 'B', price: 1, at_end: true },
          { ticker: 'B', price: 7, at_end: false },
          { ticker: 'B', price: 7, price_before: 6, at_end: true },
        ];
        answer(answers.map((message) => window.chandlery.answer.lastOf(message, bars, before)));
    """
    assert run(program, ("answer.js",)) == [
        {"price": 5, "side": "rise"},
        None,
        {"price": 1, "side": "fall"},
        {"price": 7, "side": "quiet"},
        {"price": 7, "side": "rise"},
    ]


def test_zooming_out_never_shows_more_emptiness_than_there_was() -> None:
    """What widening adds beyond an end of history goes to the other side."""
    program = """
        const limits = { first: 0, last: 1000 };
        const cases = [
            [[900, 1003], 0.5, 200], [[900, 1003], 0.5, 1060], [[400, 500], 0.5, 200], [[0, 100], 0.9, 300],
        ];
        const { zoomed } = window.chandlery.range;
        answer(cases.map(([window_, share, span]) => zoomed(window_, share, span, limits)));
    """
    got = run(program, ("range.js",))
    assert got == [
        [pytest.approx(806), pytest.approx(1006)],
        [pytest.approx(-28.2, abs=4), pytest.approx(1031.8, abs=4)],
        [350, 550],
        [pytest.approx(-9), pytest.approx(291)],
    ]


def followed(
    window: tuple[float, float],
    before: list[float],
    after: list[float],
    *,
    at_end: bool = True,
    busy: bool = False,
) -> list[float]:
    program = """
        const bars = (x) => ({ n: x.length, x, slot: 1 });
        const shown = { bars: bars(given.before), message: { at_end: given.at_end } };
        const view = { range: given.window, busy: given.busy };
        answer(window.chandlery.answer.followed(view, shown, bars(given.after)));
    """
    given = {"window": window, "before": before, "after": after, "at_end": at_end, "busy": busy}
    got: list[float] = run(program, ("answer.js",), **given)
    return got


BARS = [0.5, 1.5, 2.5]


def test_the_view_takes_one_step_with_a_new_bar_that_it_would_not_show() -> None:
    """level-21."""
    assert followed((0, 3), BARS, [*BARS, 3.5]) == [1, 4]
    assert followed((0, 3.2), BARS, [*BARS, 3.5, 4.5]) == pytest.approx([2, 5.2])


@pytest.mark.parametrize(
    ("window", "after", "how"),
    [
        ((0, 3), BARS, {}),  # the running bar has changed
        ((0, 5), [*BARS, 3.5], {}),  # there is room for it
        ((-2, 1), [*BARS, 3.5], {}),  # somebody looks at the past
        ((0, 3), [*BARS, 3.5], {"busy": True}),  # a hand is on it
        ((0, 3), [*BARS, 3.5], {"at_end": False}),  # what was held was not the newest
        ((0, 3), [], {}),
    ],
)
def test_else_nothing_moves(window: tuple[float, float], after: list[float], how: dict[str, bool]) -> None:
    """level-21."""
    assert followed(window, BARS, after, **how) == list(window)
