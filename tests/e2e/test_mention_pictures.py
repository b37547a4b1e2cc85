"""What mentions look like on the candles, what axe finds, and what they cost a frame (ahead-4, level-23)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_mentions import DAILY, LISTEN, WIDE, marks, shown
from tests.kit.axe import findings, only_once
from tests.kit.chart_page import ChartPage
from tests.kit.console import Console
from tests.kit.engines import Engine, Scheme
from tests.kit.picture_parts import FREEZE, NAME_PARTS, NO_LAST_PRICE, WIDTHS, gone
from tests.kit.pictures import Pictures
from tests.kit.track_app import TrackApp

Opened = Callable[..., ChartPage]
log = logging.getLogger(__name__)
MARK = '[data-testid="mention-marker"]:not([hidden])'
MANY = 500
LEAST_PX = 40


@pytest.fixture
def opened(engine: Engine, track_app: TrackApp, console: Console) -> Iterator[Opened]:
    """Return what opens a chart in a scheme and a width, and waits until its mentions are there."""
    with ExitStack() as closing:

        def make(query: str, scheme: Scheme = "light", width: int = 1280, many: int = 0) -> ChartPage:
            context = engine.context(
                scheme=scheme, reduced_motion=True, viewport={"width": width, "height": WIDTHS[width]}
            )
            closing.callback(context.close)
            page = context.new_page()
            console.listen(page)
            page.add_init_script(LISTEN)
            page.add_init_script(f"window.testMany = {many};")
            chart = ChartPage(page, track_app.url)
            page.goto(f"{track_app.url}/{query}")
            shown(chart)
            return chart

        yield make


def shoot(page: Page, pictures: Pictures, name: str, *changes: str, testid: str = "stage") -> None:
    """Compare a part with its picture, which must notice each of the changes; they stay."""
    page.evaluate(f"() => {{ {NAME_PARTS} {FREEZE} }}")
    page.evaluate("() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(() => go())))")
    pictures.check(testid, name)
    for change in changes:
        pictures.must_catch(testid, name, change)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_marks_and_rays(opened: Opened, shots: Callable[[Page], Pictures], scheme: Scheme) -> None:
    """ahead-4: a picture of few calls with all their rays, and of the card of one."""
    chart = opened(DAILY, scheme)
    shoot(chart.page, shots(chart.page), f"mentions-{scheme}", gone(MARK), NO_LAST_PRICE)


def test_the_card_of_a_mark(opened: Opened, shots: Callable[[Page], Pictures]) -> None:
    chart = opened(DAILY)
    marks(chart, "buy").first.focus()
    chart.page.keyboard.press("ArrowRight")
    chart.page.keyboard.press("ArrowLeft")
    expect(chart.part("mention-card")).to_be_visible()
    shoot(chart.page, shots(chart.page), "mention-card", gone(".mention-outcomes"), testid="mention-card")


def test_clusters(opened: Opened, shots: Callable[[Page], Pictures]) -> None:
    """ahead-4."""
    chart = opened(WIDE)
    shoot(chart.page, shots(chart.page), "mention-clusters", gone('[data-kind="cluster"]'))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_drill_down_on_a_phone(
    opened: Opened, shots: Callable[[Page], Pictures], track_app: TrackApp, scheme: Scheme
) -> None:
    """record-7: chart first, the list below; nothing overflows."""
    chart = opened(f"track-record/{track_app.channel_id}/FB", scheme, 375)
    assert chart.page.evaluate("() => document.documentElement.scrollWidth") <= 375
    shoot(chart.page, shots(chart.page), f"calls-375-{scheme}", gone(".calls-said"), testid="calls-list")


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(
    opened: Opened, engine: Engine, track_app: TrackApp, width: int, scheme: Scheme
) -> None:
    """level-23: marks, an open card, and the list of the drill-down."""
    only_once(engine)
    chart = opened(
        f"track-record/{track_app.channel_id}/AAPL?r=D&from=2011-06-13&to=2012-06-22", scheme, width
    )
    marks(chart).first.focus()
    chart.page.keyboard.press("ArrowRight")
    assert findings(chart.page) == []


def test_a_finger_finds_every_mark_of_a_phone(opened: Opened) -> None:
    """level-16: 40 px, also where the words of a cluster are lower."""
    chart = opened("?t=AAPL&range=5Y&mentions=on", width=375)
    assert marks(chart).count() > 1
    for mark in marks(chart).all():
        box = mark.bounding_box()
        assert box is not None
        hit = chart.page.evaluate(
            "([x, y]) => Boolean(document.elementFromPoint(x, y).closest('.mention'))",
            [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2 + LEAST_PX / 2 - 2],
        )
        assert hit, mark.get_attribute("aria-label")
        assert box["width"] >= LEAST_PX


FRAMES = """async () => {
    const { view } = window.chandlery.charts.get(1);
    const draw = window.requestAnimationFrame;
    const spent = [];
    window.requestAnimationFrame = (act) => draw((now) => {
        const began = performance.now();
        act(now);
        spent.push(performance.now() - began);
    });
    for (let i = 0; i < 90; i += 1) {
        view.move(i % 30 < 15 ? 3 : -3);
        await new Promise((go) => draw(go));
    }
    window.requestAnimationFrame = draw;
    return spent.sort((a, b) => a - b)[Math.floor(spent.length / 2)];
}"""


def test_five_hundred_mentions_cost_little_of_a_frame(opened: Opened) -> None:
    """ahead-4: marks are moved, not laid out anew; a frame at 60 per second has 16 ms."""
    chart = opened("?t=AAPL&r=D&from=2012-10-24&to=2012-12-24&mentions=on", many=MANY)
    assert marks(chart).count() > 30
    chart.page.evaluate(FRAMES)  # what runs for the first time is slower
    with_marks = chart.page.evaluate(FRAMES)
    chart.choose("mentions-toggle")
    expect(marks(chart)).to_have_count(0)
    without = chart.page.evaluate(FRAMES)
    log.info("ms a frame: %.2f without, %.2f with %d mentions", without, with_marks, MANY)
    assert with_marks - without < 6
