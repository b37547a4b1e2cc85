"""What the sentiment pane looks like, and whether everybody can use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.kit.axe import findings, only_once
from tests.kit.chart_page import ChartPage
from tests.kit.console import Console
from tests.kit.engines import Engine, Scheme
from tests.kit.picture_parts import AT_REST, FREEZE, NAME_PARTS
from tests.kit.pictures import Pictures
from tests.kit.sentiment_app import KNOWN, WEEK, SentimentApp

ON = f"{WEEK}&sentiment=on"
HEIGHTS = {1280: 800, 375: 667}
# What stands in the pane: the half of it that holds what was said last.
NO_BARS = """{
  const canvas = document.querySelector('canvas.under');
  canvas.getContext('2d').clearRect(canvas.width / 2, canvas.height - 100, canvas.width / 2 - 64, 70);
}"""
NO_WORDS = "document.querySelector('.pane-words').style.visibility = 'hidden';"
Opened = Callable[[str, int, Scheme], ChartPage]


@pytest.fixture
def opened(engine: Engine, console: Console, tmp_path: Path) -> Iterator[Opened]:
    """Return what opens a view on which nothing moves, in a width and a scheme."""
    contexts = []
    with SentimentApp(tmp_path) as served:

        def make(query: str, width: int, scheme: Scheme) -> ChartPage:
            viewport = {"width": width, "height": HEIGHTS[width]}
            contexts.append(engine.context(scheme=scheme, reduced_motion=True, viewport=viewport))
            page = contexts[-1].new_page()
            console.listen(page)
            chart = ChartPage(page, served.url)
            chart.open(query)
            page.wait_for_function(KNOWN)
            page.wait_for_function(f"() => {AT_REST}")
            return chart

        yield make
        for context in contexts:
            context.close()


def freeze(page: Page) -> None:
    page.evaluate(f"() => {{ {NAME_PARTS} {FREEZE} }}")
    page.evaluate("() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (375, "light")])
def test_picture_of_the_pane(
    opened: Opened, shots: Callable[[Page], Pictures], width: int, scheme: Scheme
) -> None:
    """user-2, level-8: news as bars, mentions as dots, below the candles."""
    page = opened(ON, width, scheme).page
    freeze(page)
    pictures = shots(page)
    name = f"sentiment-{width}-{scheme}"
    pictures.check("stage", name)
    pictures.must_catch("stage", name, NO_BARS)
    pictures.must_catch("stage", name, NO_WORDS)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (375, "dark")])
def test_axe_finds_nothing_grave_with_headlines_open(
    engine: Engine, opened: Opened, width: int, scheme: Scheme
) -> None:
    """level-23, level-17: and nothing leaves a phone's screen, nothing is too small for a finger."""
    only_once(engine)
    chart = opened(ON, width, scheme)
    chart.card.locator(".stage").focus()
    for _ in range(4):
        chart.page.keyboard.press("ArrowLeft")
    chart.page.keyboard.press("Enter")
    box = chart.part("sentiment-headlines")
    box.get_by_role("link").first.wait_for()
    assert findings(chart.page) == []
    edges = box.bounding_box()
    assert edges is not None
    assert edges["x"] >= 0
    assert edges["x"] + edges["width"] <= width
    assert chart.page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    if width == 375:
        heights = [link.bounding_box() for link in box.get_by_role("link").all()]
        assert all(found is not None and found["height"] >= 40 for found in heights)


def test_where_nothing_is_held_the_words_fit_a_phone(opened: Opened) -> None:
    """level-17: the sentence stays in its pane."""
    chart = opened(ON.replace("AAPL", "IBM"), 375, "light")
    words = chart.card.locator(".pane-words").bounding_box()
    stage = chart.card.locator(".stage").bounding_box()
    assert words is not None
    assert stage is not None
    assert words["x"] + words["width"] <= 375 - 48
    assert words["y"] + words["height"] <= stage["y"] + stage["height"] - 24
