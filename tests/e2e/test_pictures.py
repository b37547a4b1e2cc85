"""What the page looks like, part by part, in every engine (section 6; the states of the page).

Each picture shows a fixed view of the demo prices and proves itself by a change that it must notice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from adapters.errors import UnavailableError
from tests.kit.app_process import AppProcess
from tests.kit.chart_page import CALLBACKS, HANG_GUARD_MS, ChartPage, HeldAnswers, is_question
from tests.kit.console import OFFLINE, Console
from tests.kit.engines import Engine, Scheme
from tests.kit.files import csv_of, daily_rows
from tests.kit.picture_parts import (
    AT_REST,
    DAILY,
    FREEZE,
    MISPLACED,
    NAME_PARTS,
    NO_LAST_PRICE,
    NO_MARKS,
    NO_PRICE_LABELS,
    NO_RIBBON,
    NO_TIME_LABELS,
    RECOLOURED,
    WIDTHS,
    gone,
    worded,
)
from tests.kit.pictures import Pictures
from tests.kit.scripted_app import ScriptedApp

FROM_MEMORY = "in-memory"


@dataclass
class Studio:
    """A page on which nothing moves, and the camera before it."""

    chart: ChartPage
    pictures: Pictures

    @property
    def page(self) -> Page:
        return self.chart.page

    def open(self, query: str = DAILY) -> None:
        """Open a view and wait until nothing moves."""
        self.chart.open(query)
        self.rest()

    def rest(self) -> None:
        """Wait until nothing is on its way."""
        self.page.wait_for_function(f"() => {AT_REST}", timeout=HANG_GUARD_MS)

    def park(self) -> None:
        """Leave the chart with the pointer."""
        self.page.mouse.move(1, 1)

    def resize(self, width: int) -> None:
        self.page.set_viewport_size({"width": width, "height": WIDTHS[width]})
        self.page.wait_for_function("width => innerWidth === width", arg=width)
        # The stage is drawn anew by a ResizeObserver: after layout, before the second frame from now.
        self.two_frames()
        self.rest()

    def two_frames(self) -> None:
        """Wait until what has just happened is drawn."""
        self.page.evaluate(
            "() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(() => go())))"
        )

    def shoot(self, testid: str, name: str, *changes: str) -> None:
        """Compare a part with its picture, which must notice each of the changes; they stay."""
        self.page.evaluate(f"() => {{ {NAME_PARTS} {FREEZE} }}")
        self.two_frames()
        self.pictures.check(testid, name)
        for change in changes:
            self.pictures.must_catch(testid, name, change)


@pytest.fixture
def studio(
    engine: Engine, app: AppProcess, console: Console, shots: Callable[[Page], Pictures]
) -> Iterator[Callable[..., Studio]]:
    """Return what makes studios: of a width, a scheme and an app."""
    with ExitStack() as closing:

        def make(width: int = 1280, scheme: Scheme = "light", url: str = app.url) -> Studio:
            context = engine.context(
                scheme=scheme, reduced_motion=True, viewport={"width": width, "height": WIDTHS[width]}
            )
            closing.callback(context.close)
            page = context.new_page()
            console.listen(page)
            return Studio(ChartPage(page, url), shots(page))

        yield make


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_stage_at_every_width(studio: Callable[..., Studio], scheme: Scheme) -> None:
    """H11: candles, grid, ticks and last price; the next width is drawn anew after each proof."""
    at = studio(1920, scheme)
    at.open()
    proofs = {1920: RECOLOURED, 1280: NO_LAST_PRICE, 768: NO_PRICE_LABELS, 375: NO_TIME_LABELS}
    for width, change in proofs.items():
        at.resize(width)
        at.shoot("stage", f"stage-{width}-{scheme}", change)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_h12_the_phone(studio: Callable[..., Studio], scheme: Scheme) -> None:
    """H12: the whole page on 375 × 667, from memory."""
    at = studio(375, scheme)
    at.open()
    at.page.reload()
    at.rest()
    expect(at.chart.part("cache-source")).to_have_attribute("title", FROM_MEMORY)
    at.shoot("price-chart", f"phone-{scheme}", gone(".toolbar .menus"))


def test_what_stands_around_the_stage(studio: Callable[..., Studio]) -> None:
    """Header, choices, read-out and status line, each on its own: a word is much of it."""
    at = studio()
    at.open()
    at.page.reload()
    at.rest()
    expect(at.chart.part("cache-source")).to_have_attribute("title", FROM_MEMORY)
    at.shoot("top", "header", gone('[data-testid="theme-toggle"]'))
    at.shoot("choices", "toolbar", gone('[data-testid="range-YTD"]'))
    at.shoot("strip", "strip", worded("current-price", "439.88"))
    at.shoot("status", "status", worded("source-label", "real prices"))


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (1280, "dark"), (375, "light"), (375, "dark")]
)
def test_the_menu_of_sources(studio: Callable[..., Studio], width: int, scheme: Scheme) -> None:
    """On the demo alone: what is not set up says what to do, and how to get live prices."""
    at = studio(width, scheme)
    at.open()
    at.chart.choose("source-picker")
    at.shoot("sources", f"sources-{width}-{scheme}", gone(".menu-note"))


def test_the_first_load_shows_axes(studio: Callable[..., Studio]) -> None:
    """No spinner on white: the skeleton of the chart, and a bar that says that prices come."""
    at = studio()
    held = HeldAnswers(at.page)
    at.page.goto(f"{at.chart.url}/{DAILY}")
    held.wait_for(1)
    expect(at.chart.part("loading-indicator")).to_be_visible()
    at.shoot("price-chart", "first-load", gone(".loading"))
    held.release()
    at.rest()


def test_loading_more_shows_where(studio: Callable[..., Studio]) -> None:
    """A thin bar at the edge that is being filled."""
    at = studio()
    at.open("?t=AAPL&r=D&from=2010-01-04&to=2010-06-30")
    held = HeldAnswers(at.page)
    for _ in range(2):
        at.chart.drag(700)
    held.wait_for(1)
    at.park()
    expect(at.chart.part("loading-indicator")).to_be_visible()
    expect(at.chart.part("loading-indicator")).to_have_attribute("data-edge", "left")
    at.shoot("stage", "loading-more", gone(".loading"))
    held.release()
    at.rest()


def test_offline_is_said_beside_the_candles(studio: Callable[..., Studio], console: Console) -> None:
    """H16: the candles are not covered."""
    console.allow(*OFFLINE)
    at = studio()
    at.open()
    at.page.context.set_offline(True)
    expect(at.chart.part("offline-banner")).to_be_visible()
    at.shoot("stage", "offline", gone('[data-testid="retry-button"]'))
    at.page.context.set_offline(False)


def test_an_error_is_said_beside_the_candles(studio: Callable[..., Studio], console: Console) -> None:
    """H27: with what to do about it."""
    console.allow(*OFFLINE)
    at = studio()
    at.page.clock.install()
    at.open()
    at.page.route(CALLBACKS, lambda route: route.abort() if is_question(route.request) else route.continue_())
    at.chart.choose("range-1Y")
    at.park()
    at.page.clock.fast_forward(10_000)
    expect(at.chart.part("error-message")).to_be_visible()
    at.shoot("stage", "error", gone('[data-testid="retry-button"]'))


def test_an_unknown_ticker(studio: Callable[..., Studio]) -> None:
    """Empty axes, a sentence and a button; nothing of another ticker."""
    at = studio()
    at.page.goto(f"{at.chart.url}/?t=ZZZQ")
    expect(at.chart.part("error-message")).to_be_visible()
    at.shoot("stage", "unknown-ticker", gone('[data-testid="error-message"]'))


@pytest.fixture(scope="module")
def files_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """Return an app on a file that has nothing for half a year."""
    folder = tmp_path_factory.mktemp("files")
    rows = [
        *daily_rows(date(2023, 1, 3), date(2023, 12, 29)),
        *daily_rows(date(2024, 7, 1), date(2024, 12, 31)),
    ]
    Path(folder / "AAPL.csv").write_text(csv_of(rows))
    with AppProcess(
        tmp_path_factory.mktemp("files-app"), PROVIDERS="files", FILES_DIR=str(folder)
    ) as running:
        yield running


def test_a_range_without_prices(studio: Callable[..., Studio], files_app: AppProcess) -> None:
    """Neither an error nor an empty white: it is said that nothing was traded."""
    at = studio(url=files_app.url)
    at.chart.open("?t=AAPL&r=D&from=2024-02-01&to=2024-05-31")
    expect(at.chart.part("empty-message")).to_be_visible()
    at.shoot("stage", "empty", gone('[data-testid="empty-message"]'))


def test_the_start_of_history(studio: Callable[..., Studio]) -> None:
    """level-3: said, and nothing is drawn before it."""
    at = studio()
    at.open("?t=AAPL&r=D&from=2000-03-01&to=2000-06-30")
    at.page.keyboard.press("Shift+ArrowLeft")
    expect(at.chart.part("start-of-history")).to_be_visible()
    at.rest()
    at.shoot("stage", "start-of-history", gone('[data-testid="start-of-history"]'))


def test_the_crosshair_and_its_labels(studio: Callable[..., Studio]) -> None:
    """H19: on the candle, with its date and the price at the pointer."""
    at = studio()
    at.open()
    box = at.chart.part_box()
    at.page.mouse.move(round(box["x"] + box["width"] / 2), round(box["y"] + box["height"] / 3))
    expect(at.chart.part("legend-readout")).not_to_contain_text("1 Mar 2013")
    at.shoot("stage", "crosshair", NO_LAST_PRICE)


def test_the_matches_of_a_search(studio: Callable[..., Studio]) -> None:
    """level-16: symbol, company, exchange."""
    at = studio()
    at.open()
    field = at.page.get_by_test_id("ticker-input")
    field.click()
    field.press_sequentially("micros")
    expect(at.page.get_by_role("option").first).to_contain_text("MSFT")
    field.press("ArrowDown")
    at.shoot("search-results", "search", gone("[role=option] .search-company"))


@pytest.mark.parametrize("kind", ["ohlc", "line", "area"])
def test_kinds_of_chart(studio: Callable[..., Studio], kind: str) -> None:
    """level-5."""
    at = studio()
    at.open(f"{DAILY}&type={kind}")
    expect(at.chart.card).to_have_attribute("data-type", kind)
    at.shoot("stage", f"type-{kind}", MISPLACED)


def test_splits_on_the_axis(studio: Callable[..., Studio]) -> None:
    """level-11, ahead-2: AAPL as traded, with the two splits below the drops."""
    at = studio()
    at.open("?t=AAPL&r=W&from=2000-03-01&to=2006-03-01&adjust=raw")
    at.shoot("stage", "splits", NO_MARKS)


def test_prices_as_total_return(studio: Callable[..., Studio]) -> None:
    """ahead-2: with the dividends that make the difference, folded."""
    at = studio()
    at.open("?t=IBM&r=M&range=MAX&adjust=total")
    at.shoot("stage", "total-return", RECOLOURED, NO_MARKS)


def test_the_ribbon_where_prices_are_old_and_may_change(
    studio: Callable[..., Studio], tmp_path: Path
) -> None:
    """ahead-1: final prices, then stale ones; today's candle dashed before the source failed."""
    with ScriptedApp(tmp_path) as running:
        at = studio(url=running.url)
        at.open("?t=AAPL&r=D&from=2024-12-02&to=2025-03-07")
        at.shoot("stage", "provisional", NO_RIBBON)
        running.clock.now_s += 600
        running.provider.error = UnavailableError("Scripted is down.", provider="scripted")
        at.page.reload()
        expect(at.chart.card).to_have_attribute("data-state", "stale", timeout=HANG_GUARD_MS)
        at.shoot("stage", "stale", NO_RIBBON)


def test_a_logarithmic_scale(studio: Callable[..., Studio]) -> None:
    """level-6: over thirteen years it is another picture."""
    at = studio()
    at.open("?t=AAPL&r=M&from=2000-03-01&to=2013-03-01&scale=log")
    expect(at.chart.card).to_have_attribute("data-scale", "log")
    at.shoot("stage", "log", NO_PRICE_LABELS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_that_everybody_can_tell_apart(studio: Callable[..., Studio], scheme: Scheme) -> None:
    at = studio(768, scheme)
    at.open()
    at.page.get_by_test_id("colour-toggle").evaluate("item => item.click()")
    at.rest()
    at.shoot("stage", f"colour-blind-{scheme}", RECOLOURED)


def test_the_list_of_keys(studio: Callable[..., Studio]) -> None:
    at = studio()
    at.open()
    at.page.keyboard.press("?")
    expect(at.page.get_by_test_id("keyboard-help")).to_be_visible()
    at.shoot("keyboard-help", "keyboard-help", gone(".help kbd"))


def test_h18_an_animation_ends_clean(
    engine: Engine, app: AppProcess, console: Console, shots: Callable[[Page], Pictures]
) -> None:
    """H18: after a glide, layers stand where they were drawn, to the pixel; a shift of one is noticed."""
    context = engine.context()
    page = context.new_page()
    console.listen(page)
    at = Studio(ChartPage(page, app.url), shots(page))
    at.open("?t=AAPL&r=D&from=2012-08-01&to=2012-12-31")
    before = at.chart.view()
    for key in ("Shift+ArrowLeft", "+", "Shift+ArrowRight"):
        page.keyboard.press(key)
        before = at.chart.changed(before)
    at.rest()
    at.shoot("stage", "animation-end", MISPLACED)
    context.close()
