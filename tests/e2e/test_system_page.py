"""The system page in the browser: it renews itself while somebody looks, and links lead to it and back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.kit.app_process import AppProcess
from tests.kit.axe import findings, only_once
from tests.kit.chart_page import HANG_GUARD_MS, ChartPage
from tests.kit.console import OFFLINE, Console
from tests.kit.engines import Engine, Scheme, driver_of
from tests.kit.flaky_proxy import FlakyProxy
from tests.kit.house import close_all
from tests.kit.picture_parts import WIDTHS, gone
from tests.kit.pictures import Pictures
from tests.kit.system_app import SystemApp
from tests.kit.system_reports import AT_S, FAILING, IDLE, LIVE, WELL, totals
from tests.kit.testids import SYSTEM

PLOTTED = """() => document.querySelectorAll('[data-testid="system-plots"] .nsewdrag').length === 3"""
LATER = replace(WELL, at_s=AT_S + 5, totals={**totals(50), "memory_hits": 9000})


@pytest.fixture
def system(tmp_path: Path) -> Iterator[SystemApp]:
    """Return pages over a report that is well."""
    with SystemApp(tmp_path, WELL) as running:
        yield running
    close_all()


def opened(page: Page, url: str) -> None:
    """Open the system page and wait until its plots are drawn."""
    page.goto(f"{url}/system")
    page.wait_for_function(PLOTTED, timeout=HANG_GUARD_MS)


def next_tick(page: Page) -> None:
    """Let the page's timer come round."""
    page.clock.run_for(5100)


def test_every_promised_test_id_is_on_the_page(page: Page, app: AppProcess) -> None:
    """On the app as it is started, with the figures that it has."""
    opened(page, app.url)
    present = set(page.eval_on_selector_all("[data-testid]", "all => all.map(e => e.dataset.testid)"))
    assert sorted(SYSTEM - present) == []
    expect(page.get_by_test_id("nav-system")).to_have_attribute("aria-current", "page")
    expect(page).to_have_title("System · Chandlery")


def test_it_renews_itself_and_keeps_the_focus(page: Page, system: SystemApp) -> None:
    """No reload: the element that has the focus is the same one, and nothing moves."""
    page.clock.install()
    opened(page, system.url)
    expect(page.get_by_test_id("system-verdict")).to_contain_text("95.9 % of blocks")
    scrolled = page.get_by_role("group", name="Last problems")
    scrolled.focus()
    place = scrolled.bounding_box()
    system.report = LATER
    next_tick(page)
    expect(page.get_by_test_id("system-verdict")).to_contain_text("97.4 % of blocks")
    expect(page.get_by_test_id("system-tiers")).to_contain_text("9,000 blocks")
    assert page.evaluate("() => document.activeElement.getAttribute('aria-label')") == "Last problems"
    assert scrolled.bounding_box() == place
    system.report = FAILING
    next_tick(page)
    expect(page.get_by_test_id("system-verdict")).to_contain_text(
        "The table fails; it is left alone for 42 s"
    )


def test_nobody_is_asked_while_nobody_looks(page: Page, system: SystemApp) -> None:
    page.clock.install()
    opened(page, system.url)
    hide = """is => {
        Object.defineProperty(document, 'hidden', { get: () => is, configurable: true });
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    page.evaluate(hide, arg=True)

    def asked_after(ticks: int) -> int:
        for _ in range(ticks):
            next_tick(page)
        page.evaluate("() => fetch('/health')")  # whatever was sent before this has been answered
        return system.asked

    asked = asked_after(2)  # what was under way when the page was hidden has been counted by then
    assert asked_after(4) == asked
    system.report = LATER
    page.evaluate(hide, arg=False)
    expect(page.get_by_test_id("system-verdict")).to_contain_text("97.4 % of blocks")
    expect(page.get_by_test_id("system-old")).to_be_hidden()


def test_h17_an_outage_is_told_and_mends_itself(page: Page, system: SystemApp, console: Console) -> None:
    """H17: the figures stay and are called old; the first answer takes the words away."""
    console.allow(*OFFLINE)
    with FlakyProxy(system.port) as proxy:
        opened(page, f"http://127.0.0.1:{proxy.port}")
        proxy.become("offline")
        expect(page.get_by_test_id("system-old")).to_be_visible(timeout=HANG_GUARD_MS)
        expect(page.get_by_test_id("system-verdict")).to_contain_text("95.9 % of blocks")
        system.report = LATER
        proxy.become()
        expect(page.get_by_test_id("system-old")).to_be_hidden(timeout=HANG_GUARD_MS)
        expect(page.get_by_test_id("system-verdict")).to_contain_text("97.4 % of blocks")


def test_a_report_that_fails_is_told_as_old_figures(page: Page, system: SystemApp) -> None:
    page.clock.install()
    opened(page, system.url)
    system.report = RuntimeError("boom")
    for _ in range(4):
        next_tick(page)
    expect(page.get_by_test_id("system-old")).to_be_visible()
    expect(page.get_by_test_id("system-verdict")).to_contain_text("95.9 % of blocks")


def test_from_the_chart_to_the_system_and_back_to_the_same_chart(chart: ChartPage) -> None:
    """The chart asks and draws again."""
    chart.open("?t=MSFT&range=1Y")
    where = chart.page.url
    chart.page.get_by_test_id("nav-system").click()
    expect(chart.page.get_by_test_id("system-verdict")).to_be_visible()
    chart.page.wait_for_function(PLOTTED, timeout=HANG_GUARD_MS)
    chart.page.get_by_test_id("nav-chart").click()
    assert chart.ready().ticker == "MSFT"
    assert chart.drawn() > 100
    assert chart.page.url == where


def test_the_browsers_own_way_back_leads_to_a_chart_that_works(engine: Engine, chart: ChartPage) -> None:
    if driver_of(engine.name) == "moz-firefox":
        pytest.skip("over BiDi the driver loses a page that Firefox kept and shows again")
    chart.open("?t=MSFT&range=1Y")
    chart.page.get_by_test_id("nav-system").click()
    expect(chart.page.get_by_test_id("system-verdict")).to_be_visible()
    chart.page.go_back()
    assert chart.ready().ticker == "MSFT"
    chart.choose("range-1M")
    expect(chart.part("range-1M")).to_have_attribute("aria-pressed", "true")


def test_who_came_from_elsewhere_gets_the_first_view(chart: ChartPage) -> None:
    opened(chart.page, chart.url)
    chart.page.get_by_test_id("nav-chart").click()
    assert chart.ready().ticker == "AAPL"


@pytest.mark.parametrize("path", ["", "system"])
def test_on_a_phone_the_links_are_in_a_menu(page: Page, app: AppProcess, path: str) -> None:
    """One line, nothing overflows, every button large enough for a finger; by keyboard, too."""
    page.set_viewport_size({"width": 375, "height": 667})
    page.goto(f"{app.url}/{path}")
    header = page.locator(".header")
    expect(header).to_be_visible()
    box = header.bounding_box()
    assert box is not None
    seen = page.evaluate("() => document.documentElement.clientWidth")  # Firefox's scroll bar takes its part
    assert (box["width"], box["height"]) == (seen, 48)
    assert page.evaluate("() => document.documentElement.scrollWidth") == seen
    expect(page.get_by_test_id("nav-system")).to_be_hidden()
    button = page.get_by_test_id("nav-menu")
    size = button.bounding_box()
    assert size is not None
    assert min(size["width"], size["height"]) >= 40
    button.focus()
    page.keyboard.press("ArrowDown")
    here, other = ("menu-system", "menu-chart") if path else ("menu-chart", "menu-system")
    expect(page.get_by_test_id("menu-chart")).to_be_focused()
    expect(page.get_by_test_id(here)).to_have_attribute("aria-current", "page")
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    button.click()
    page.get_by_test_id(other).click()
    expect(page).to_have_url(re.compile("/system$" if other == "menu-system" else r"/(\?.*)?$"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 375])
def test_axe_finds_nothing_grave(
    engine: Engine, system: SystemApp, console: Console, scheme: Scheme, width: int
) -> None:
    """Well, failing and before the first question; with the menu open where there is one."""
    only_once(engine)
    viewport = {"width": width, "height": WIDTHS[width]}
    context = engine.context(scheme=scheme, reduced_motion=True, viewport=viewport)
    page = context.new_page()
    console.listen(page)
    for report in (WELL, FAILING, LIVE, IDLE):
        system.report = report
        opened(page, system.url)
        assert findings(page) == []
    if width < 640:
        page.get_by_test_id("nav-menu").click()
        assert findings(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") == width
    context.close()


@pytest.fixture
def studio(
    engine: Engine, system: SystemApp, console: Console, shots: Callable[[Page], Pictures]
) -> Iterator[Callable[..., Pictures]]:
    """Return what opens a report and takes pictures of it."""
    with ExitStack() as closing:

        def make(report: object, scheme: Scheme = "light", width: int = 1280) -> Pictures:
            viewport = {"width": width, "height": WIDTHS[width]}
            context = engine.context(scheme=scheme, reduced_motion=True, viewport=viewport)
            closing.callback(context.close)
            page = context.new_page()
            console.listen(page)
            page.add_init_script("window.setInterval = () => 0;")  # one report, one picture
            system.report = report  # type: ignore[assignment]
            opened(page, system.url)
            return shots(page)

        yield make


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture_of_a_system_that_is_well(studio: Callable[..., Pictures], scheme: Scheme) -> None:
    pictures = studio(WELL, scheme)
    pictures.check("system-page", f"system-well-{scheme}")
    pictures.must_catch("system-page", f"system-well-{scheme}", gone(".verdict"))
    recoloured = "document.querySelector('.barlayer path').style.setProperty('fill', '#888', 'important');"
    every = "document.querySelectorAll('.js-line').forEach((line) => line.remove());"
    pictures.must_catch("system-page", f"system-well-{scheme}", f"{recoloured} {every}")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 375)])
def test_the_picture_of_a_system_whose_table_fails(
    studio: Callable[..., Pictures], scheme: Scheme, width: int
) -> None:
    """E7: the breaker is open."""
    pictures = studio(FAILING, scheme, width)
    pictures.check("system-page", f"system-failing-{width}-{scheme}")
    pictures.must_catch("system-page", f"system-failing-{width}-{scheme}", gone(".verdict"))
