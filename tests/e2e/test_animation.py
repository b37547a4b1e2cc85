"""What moves by itself ends clean, and what a person moves is smooth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from statistics import median
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.kit.app_process import AppProcess
from tests.kit.chart_eyes import look
from tests.kit.chart_page import ChartPage
from tests.kit.console import Console
from tests.kit.engines import Engine

A_QUARTER = "?t=AAPL&r=D&from=2011-01-03&to=2011-03-31"
MANY_CANDLES = "?t=AAPL&r=D&from=2009-03-02&to=2011-01-31"
LEAST_FRAMES_A_SECOND = 30
# Each frame's time and the window that the frame before it has drawn.
RECORD = """() => {
    const frames = (window.testFrames = []);
    const note = (now) => {
        frames.push([now, ...window.chandlery.charts.get(1).view.range]);
        if (window.testFrames === frames) requestAnimationFrame(note);
    };
    requestAnimationFrame(note);
}"""
RECORDED = "() => { const frames = window.testFrames; window.testFrames = null; return frames; }"
AT_REST = """() => {
    const { card, view } = window.chandlery.charts.get(1);
    return !view.gliding && card.dataset.state === 'ready';
}"""


@pytest.fixture
def still(still_page: Page, app: AppProcess) -> ChartPage:
    """Return a chart for someone who wants no motion."""
    return ChartPage(still_page, app.url)


def press(key: str) -> Callable[[ChartPage], None]:
    return lambda chart: chart.page.keyboard.press(key)


def double_click(chart: ChartPage) -> None:
    box = chart.part_box()
    chart.double_click(box["x"] + 500, box["y"] + 150)


MOVES = {
    "closer": press("+"),
    "wider": press("-"),
    "back": press("Shift+ArrowLeft"),
    "newest": press("End"),
    "first": press("Home"),
    "double click": double_click,
}


def rested(chart: ChartPage, before: list[float]) -> list[float]:
    """Wait until the view is elsewhere and at rest; take the pointer away; return the window."""
    chart.page.wait_for_function(
        "(before) => window.chandlery.charts.get(1).view.range.join() !== before.join()", arg=before
    )
    chart.page.wait_for_function(AT_REST)
    chart.page.mouse.move(2, 2)
    seen = look(chart)
    assert seen.transforms == []
    seen.check_axis()
    seen.check_fit()
    return list(seen.facts["window"])


def test_h18_a_movement_ends_in_the_picture_that_a_jump_gives(chart: ChartPage, still: ChartPage) -> None:
    """H18: no layer is left moved or stretched; to the pixel what someone sees who wants no motion."""
    seen = []
    for person in (chart, still):
        person.open(A_QUARTER)
        steps = {}
        for name, move in MOVES.items():
            before = look(person).facts["window"]
            move(person)
            steps[name] = (rested(person, before), person.page.locator(".stage").screenshot())
        seen.append(steps)
    for name in MOVES:
        (moved, picture), (jumped, expected) = seen[0][name], seen[1][name]
        assert moved == pytest.approx(jumped), name
        assert picture == expected, f"after {name}"


def test_h18_moved_views_are_what_their_links_open(chart: ChartPage) -> None:
    """H18: after every movement a fresh load of the address shows the same candles."""
    view = chart.open(A_QUARTER)
    for name in ("closer", "back", "newest", "first"):
        before = look(chart).facts["window"]
        MOVES[name](chart)
        rested(chart, before)
        moved = chart.changed(view)
        chart.page.reload()
        view = chart.ready()
        assert (view.first, view.last, view.resolution) == (moved.first, moved.last, moved.resolution)


def windows_on_the_way(chart: ChartPage) -> int:
    """Return how many windows are drawn between the one before a movement and the one after it."""
    chart.open(A_QUARTER)
    before = look(chart).facts["window"]
    chart.page.evaluate(RECORD)
    chart.page.keyboard.press("Shift+ArrowLeft")
    rested(chart, before)
    frames = chart.page.evaluate(RECORDED)
    return len({tuple(window) for _, *window in frames}) - 2


def test_reduced_motion_jumps_at_once(still: ChartPage) -> None:
    """H18: one frame it is there, the next one here."""
    assert windows_on_the_way(still) == 0


def test_without_that_wish_the_view_glides(chart: ChartPage) -> None:
    """The twin, which shows that the test before can fail."""
    assert windows_on_the_way(chart) >= 2


def test_a_drag_into_a_movement_stops_it(chart: ChartPage) -> None:
    """A person's hand counts more than an animation: the view does not go on by itself."""
    chart.open(A_QUARTER)
    box = chart.part_box()
    chart.page.mouse.move(box["x"] + 400, box["y"] + 100)
    chart.page.keyboard.press("Home")
    chart.page.mouse.down()
    chart.page.mouse.move(box["x"] + 410, box["y"] + 100)
    held = look(chart).facts["window"]
    chart.page.evaluate("() => new Promise((done) => setTimeout(done, 250))")
    assert look(chart).facts["window"] == held
    chart.page.mouse.up()
    assert look(chart).transforms == []


@pytest.fixture
def big(engine: Engine, app: AppProcess, console: Console) -> Iterator[ChartPage]:
    """Return a chart with as many candles as one ever shows."""
    context = engine.context()
    page = context.new_page()
    console.listen(page)
    chart = ChartPage(page, app.url)
    chart.open(MANY_CANDLES)
    assert chart.drawn() > 800
    yield chart
    context.close()


def check_frames(frames: list[list[Any]]) -> None:
    """Check the time between frames from the first change of the view to the last."""
    changes = [i for i in range(1, len(frames)) if frames[i][1:] != frames[i - 1][1:]]
    assert len(changes) >= 10, "the view hardly moved"
    times = [now for now, *_ in frames[changes[0] - 1 : changes[-1] + 1]]
    gaps = [after - before for before, after in pairwise(times)]
    assert 1000 / median(gaps) >= LEAST_FRAMES_A_SECOND


def test_h20_dragging_is_smooth(big: ChartPage) -> None:
    """H20: at least 30 frames a second at the median; the benchmarks measure what it is."""
    box = big.part_box()
    big.page.mouse.move(box["x"] + 200, box["y"] + 100)
    big.page.mouse.down()
    big.page.evaluate(RECORD)
    for _ in range(2):
        big.page.mouse.move(box["x"] + 1000, box["y"] + 100, steps=30)
        big.page.mouse.move(box["x"] + 200, box["y"] + 100, steps=30)
    frames = big.page.evaluate(RECORDED)
    big.page.mouse.up()
    check_frames(frames)


def test_h20_zooming_by_the_wheel_is_smooth(big: ChartPage) -> None:
    """H20: in and out over the same candles."""
    box = big.part_box()
    big.page.mouse.move(box["x"] + 600, box["y"] + 100)
    big.page.evaluate(RECORD)
    for turn in [-24] * 40 + [24] * 40:
        big.page.mouse.wheel(0, turn)
    frames = big.page.evaluate(RECORDED)
    check_frames(frames)
