"""Splits and dividends below the candles, and where each candle came from: marks, ribbon, read-out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from adapters.errors import UnavailableError
from tests.kit.app_process import AppProcess
from tests.kit.chart_eyes import look, read_canvas
from tests.kit.chart_page import HANG_GUARD_MS, ChartPage
from tests.kit.scripted_app import ScriptedApp

AT_THE_SPLIT = "?t=AAPL&r=D&from=2005-02-01&to=2005-03-31"
SPLIT, SPLIT_S = "Split 2:1 on 28 Feb 2005", 1_109_548_800
LIVE = "?t=AAPL&r=D&from=2024-12-02&to=2025-03-07"
PHONE = {"width": 375, "height": 667}
# What was written on the canvas above the candles with the last frame, and where: CSS pixels of the stage.
NOTE_TEXTS = """(() => {
    const { fillText, clearRect } = CanvasRenderingContext2D.prototype;
    window.testTexts = [];
    Object.assign(CanvasRenderingContext2D.prototype, {
        fillText(text, x, y) {
            if (this.canvas.className === 'over') window.testTexts.push({ text, x, y });
            return fillText.apply(this, arguments);
        },
        clearRect() {
            if (this.canvas.className === 'over') window.testTexts = [];
            return clearRect.apply(this, arguments);
        },
    });
})()"""
# Rows of pixels through the upper and through the lower half of the ribbon: "#rrggbb", "" for nothing.
RIBBON = """() => {
    const { data, width, height } = window.testCopy('under');
    const scale = window.devicePixelRatio;
    const row = (down) => Array.from({ length: width }, (_, x) => {
        const at = (Math.floor(height - (30 - down) * scale) * width + x) * 4;
        if (data[at + 3] < 40) return '';
        return '#' + [0, 1, 2].map((c) => data[at + c].toString(16).padStart(2, '0')).join('');
    });
    return [row(1.5), row(2.5)];
}"""


@pytest.fixture
def noted(page: Page, app: AppProcess) -> ChartPage:
    """Return the chart page of the shared app, with what it writes on its canvas."""
    page.add_init_script(NOTE_TEXTS)
    return ChartPage(page, app.url)


@pytest.fixture
def scripted(tmp_path: Path) -> Iterator[ScriptedApp]:
    with ScriptedApp(tmp_path) as running:
        yield running


def texts(chart: ChartPage) -> list[dict[str, Any]]:
    """Return what is written above the candles now."""
    look(chart)
    written: list[dict[str, Any]] = chart.page.evaluate("window.testTexts")
    return written


def marks(chart: ChartPage) -> list[dict[str, Any]]:
    """Return the marks: letters and numbers in one row."""
    return [text for text in texts(chart) if re.fullmatch(r"[SD]|\d{1,2}", text["text"])]


def point(chart: ChartPage, place: dict[str, Any]) -> None:
    box = chart.card.locator(".stage").bounding_box()
    assert box is not None
    chart.page.mouse.move(box["x"] + place["x"], box["y"] + place["y"])


def events(chart: ChartPage) -> Locator:
    return chart.part("legend-readout").locator(".event")


def origin(chart: ChartPage) -> Locator:
    return chart.part("legend-readout").locator(".origin")


def test_a_split_stands_below_its_candle_and_says_what_it_is(noted: ChartPage) -> None:
    """level-11, ahead-2: a pointer on the mark, or anywhere on the candle above it."""
    noted.open(AT_THE_SPLIT)
    [mark] = marks(noted)
    assert mark["text"] == "S"
    sight = look(noted)
    split = sight.of(SPLIT_S)
    stage = noted.card.locator(".stage").bounding_box()
    assert stage is not None
    assert stage["x"] + mark["x"] == pytest.approx(split.middle, abs=1.5)
    assert sight.bottom - 24 < stage["y"] + mark["y"] < sight.bottom
    assert SPLIT not in [text["text"] for text in texts(noted)]
    point(noted, mark)
    assert SPLIT in [text["text"] for text in texts(noted)]
    noted.page.mouse.move(split.middle, sight.top + 40)
    expect(events(noted)).to_have_text(SPLIT)
    assert SPLIT not in [text["text"] for text in texts(noted)]
    noted.page.mouse.move(split.middle - 60, sight.top + 40)
    expect(events(noted)).to_have_count(0)


def test_a_split_is_told_to_the_keyboard_and_to_who_listens(noted: ChartPage) -> None:
    """level-11, level-23: in the read-out, beside the mark, and aloud."""
    noted.open("?t=AAPL&r=D&from=2005-02-01&to=2005-03-01")
    for _ in range(2):
        noted.page.keyboard.press("ArrowLeft")
    expect(events(noted)).to_have_text(SPLIT)
    assert SPLIT in [text["text"] for text in texts(noted)]
    expect(noted.part("spoken")).to_have_text(re.compile(f"Mon 28 Feb 2005, open .*, {SPLIT}$"))
    noted.page.keyboard.press("ArrowLeft")
    expect(events(noted)).to_have_count(0)


@pytest.mark.parametrize("width", [1280, 375])
def test_dividends_fold_where_they_would_touch_and_unfold_when_zoomed(noted: ChartPage, width: int) -> None:
    """level-11: IBM pays every quarter: 52 in 13 years."""
    noted.page.set_viewport_size({"width": width, "height": PHONE["height"]})
    noted.open("?t=IBM&range=MAX")
    far = marks(noted)
    places = [mark["x"] for mark in far]
    assert all(b - a >= 19 for a, b in pairwise(places))
    assert sum(1 if mark["text"] == "D" else int(mark["text"]) for mark in far) == 52
    if width == PHONE["width"]:
        assert len(far) < 20
        group = max(far, key=lambda mark: int(mark["text"]))
        point(noted, group)
        told = [text["text"] for text in texts(noted) if text["text"].startswith(("Dividend", "and "))]
        assert len(told) == min(int(group["text"]), 6)
    noted.open("?t=IBM&r=D&from=2012-01-03&to=2012-12-31")
    assert [mark["text"] for mark in marks(noted)] == ["D"] * 4


def test_the_read_out_says_where_a_candle_came_from(fresh_app: AppProcess, page: Page) -> None:
    """ahead-1: source, tier, when it was fetched, and on which basis, in one line."""
    chart = ChartPage(page, fresh_app.url)
    chart.open(AT_THE_SPLIT)
    words = r"^demo · {} · fetched \d\d:\d\d · given as traded ?$"
    expect(origin(chart)).to_have_text(re.compile(words.format("from the source")))
    chart.page.reload()
    chart.ready()
    expect(origin(chart)).to_have_text(re.compile(words.format("from memory")))
    readout = chart.part("legend-readout").bounding_box()
    assert readout is not None
    assert readout["height"] == 20
    sight = look(chart)
    chart.page.mouse.move(sight.of(SPLIT_S).middle, sight.top + 60)  # the longest line
    expect(events(chart)).to_have_text(SPLIT)
    assert origin(chart).evaluate("e => e.scrollWidth <= e.clientWidth")


def test_on_a_phone_it_is_said_on_demand(page: Page, app: AppProcess) -> None:
    """ahead-1, level-17: not until a candle is marked; then below the prices, inside the screen."""
    page.set_viewport_size(PHONE)
    chart = ChartPage(page, app.url)
    chart.open("?t=AAPL&r=D&from=2005-02-01&to=2005-03-01")
    readout = chart.part("legend-readout").bounding_box()
    expect(origin(chart)).to_be_hidden()
    chart.page.keyboard.press("ArrowLeft")
    chart.page.keyboard.press("ArrowLeft")
    expect(origin(chart)).to_be_visible()
    expect(events(chart)).to_be_visible()
    for part in (origin(chart), events(chart)):
        box = part.bounding_box()
        assert box is not None
        assert readout is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
        assert box["y"] >= readout["y"] + readout["height"]
    assert chart.part("legend-readout").bounding_box() == readout
    chart.page.keyboard.press("Escape")
    expect(origin(chart)).to_be_hidden()


def shades(row: list[str]) -> set[str]:
    return {colour for colour in row if colour}


def test_the_ribbon_shows_tiers_and_what_may_still_change(page: Page, scripted: ScriptedApp) -> None:
    """ahead-1: stronger from memory than from the source; today's candle dashed while the market is open."""
    chart = ChartPage(page, scripted.url)
    chart.open(LIVE)
    fetched, _ = read_canvas(chart, RIBBON)
    chart.page.reload()
    chart.ready()
    held, low = read_canvas(chart, RIBBON)
    plot = int(look(chart).right - look(chart).left)
    assert fetched[200] != held[200]
    assert len(shades(held[5 : plot // 2])) == 1
    sight = look(chart)
    newest, before = (
        range(int(box.left - sight.left) + 3, int(box.right - sight.left) - 3) for box in sight.boxes[:-3:-1]
    )
    assert {held[x] for x in before} == {held[200]}
    assert {low[x] != "" for x in newest} == {True, False}
    expect(chart.part("legend-readout").locator(".warning")).to_have_text("provisional")
    chart.page.mouse.move(sight.boxes[-3].middle, sight.top + 60)
    expect(chart.part("legend-readout").locator(".warning")).to_have_count(0)


def test_stale_parts_are_hatched_in_amber(page: Page, scripted: ScriptedApp) -> None:
    """ahead-1: and the read-out says so; the words on the ribbon explain it."""
    page.add_init_script(NOTE_TEXTS)
    chart = ChartPage(page, scripted.url)
    chart.open(LIVE)
    scripted.clock.now_s += 600
    scripted.provider.error = UnavailableError("scripted is down.", provider="scripted")
    page.reload()
    expect(chart.card).to_have_attribute("data-state", "stale", timeout=HANG_GUARD_MS)
    upper, _ = read_canvas(chart, RIBBON)
    warn = chart.card.evaluate("e => getComputedStyle(e).getPropertyValue('--warn').trim()")
    sight = look(chart)
    newest = int(sight.boxes[-1].middle - sight.left)
    stretch = upper[newest - 20 : newest]
    assert warn in stretch
    assert "" in stretch
    expect(chart.part("legend-readout").locator(".warning")).to_have_text(["stale", "provisional"])
    box = chart.card.locator(".stage").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + newest, box["y"] + box["height"] - 28)
    told = [text["text"] for text in texts(chart)]
    assert "hatched: older than it should be" in told
    assert any(text.startswith("from memory, fetched ") for text in told)


def test_panning_keeps_marks_and_ribbon_with_the_candles(noted: ChartPage) -> None:
    """level-3: what was folded stays folded while the view moves."""
    before = noted.open("?t=IBM&r=W&from=2006-01-02&to=2010-12-31")

    def places() -> dict[str, float]:
        """Return the pixel of each mark, by what it shows and where on the axis it stands."""
        sight = look(noted)
        stage = noted.card.locator(".stage").bounding_box()
        assert stage is not None
        found = {sight.at(stage["x"] + mark["x"]): mark for mark in marks(noted)}
        return {f"{mark['text']} {x:.1f}": mark["x"] for x, mark in found.items()}

    first = places()
    noted.drag(100)
    noted.changed(before)
    later = places()
    both = first.keys() & later.keys()
    assert len(both) >= len(first) - 4
    assert {round(later[name] - first[name]) for name in both} <= {99, 100, 101}
