"""A channel's score on its page: the switch of the entry, and how it looks (ahead-5, ahead-6, ahead-8)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from adapters.errors import UnavailableError
from tests.kit.axe import findings, only_once
from tests.kit.chart_page import HANG_GUARD_MS
from tests.kit.console import Console
from tests.kit.engines import Engine, Scheme
from tests.kit.house import close_all
from tests.kit.judged import court, walks
from tests.kit.picture_parts import WIDTHS, gone
from tests.kit.pictures import Pictures
from tests.kit.system_app import SystemApp
from tests.kit.system_reports import IDLE
from tests.kit.track_app import TrackApp
from track_record.entities import Action

LATE = "Prices of 1 stock are still being fetched."
PLOTTED = """() => document.querySelectorAll('[data-testid="score"] .nsewdrag').length === 4"""


def opened(page: Page, url: str) -> None:
    """Open a channel's page and wait until its score is drawn."""
    page.goto(url)
    page.wait_for_function(PLOTTED, timeout=HANG_GUARD_MS)


def mean_of(page: Page) -> str:
    """Return the mean after a month as the page says it."""
    told = page.get_by_test_id("horizon-21").locator("dd").first.inner_text()
    found = re.match(r"[+−]\d+\.\d+ %", told)
    assert found, told
    return found[0]


def test_another_entry_is_another_score_and_a_reload_keeps_it(page: Page, track_app: TrackApp) -> None:
    """ahead-5: every figure is worked out anew; the address says which entry, and a strange one is none."""
    opened(page, f"{track_app.channel_url}?entry=yesterday")
    expect(page.get_by_test_id("entry-next-open")).to_have_attribute("aria-pressed", "true")
    usual = mean_of(page)
    page.get_by_test_id("entry-next-close").click()
    told = page.get_by_test_id("score-told")
    expect(told).to_contain_text("at the close of the first session")
    expect(page).to_have_url(f"{track_app.channel_url}?entry=next-close")
    expect(page.get_by_test_id("entry-next-close")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_test_id("entry-next-open")).to_have_attribute("aria-pressed", "false")
    other = mean_of(page)
    assert other != usual
    page.reload()
    page.wait_for_function(PLOTTED, timeout=HANG_GUARD_MS)
    expect(told).to_contain_text("at the close of the first session")
    assert mean_of(page) == other
    page.get_by_test_id("entry-next-open").click()
    expect(told).to_contain_text("at the open of the first session")
    expect(page).to_have_url(track_app.channel_url)
    assert mean_of(page) == usual


def test_what_it_is_measured_against_is_said(page: Page, track_app: TrackApp) -> None:
    """ahead-6: the demo has no SPY, and nobody may take its five stocks for the market."""
    opened(page, track_app.channel_url)
    expect(page.get_by_test_id("score-told")).to_contain_text(
        "AAPL, FB, GOOG, IBM, MSFT in equal parts, which is not the market: there is no SPY here."
    )
    expect(page.get_by_test_id("score-waits")).to_be_empty()
    page.get_by_test_id("score-method").locator("summary").click()
    expect(page.get_by_test_id("score-method")).to_contain_text(
        "A bad call costs as much as a good one earns."
    )


def test_prices_that_are_late_are_asked_for_again(page: Page, tmp_path: Path) -> None:
    """What is waited for is said, and the score comes without anybody's doing; then nobody asks any more."""
    held = court(tmp_path, walks("2024-06-28 22:00", "SPY", "AAPL", "MSFT"))
    down = UnavailableError("Scripted does not answer.", provider="scripted")
    held.provider.failing["MSFT"] = down
    channel = held.says(*(("2023-01-10 22:00", ticker, Action.BUY) for ticker in ("AAPL", "MSFT")))
    asked, judge = [], held.judge.channel
    held.judge.channel = lambda *given, **named: asked.append(given) or judge(*given, **named)  # type: ignore[method-assign]
    with SystemApp(tmp_path / "charts", IDLE, held.service) as running:
        page.clock.install()
        page.goto(f"{running.url}/track-record/{channel.id}")
        waits, told = page.get_by_test_id("score-waits"), page.get_by_test_id("score-told")
        expect(waits).to_have_text(LATE, timeout=HANG_GUARD_MS)
        expect(told).to_contain_text("2 calls up or down, 1 of them with a price, in 1 episode")
        expect(page.get_by_test_id("verdict-252")).to_have_text("Too few to say: 1 of 20 matured")
        held.provider.failing.clear()
        page.clock.run_for(4100)
        expect(told).to_contain_text("2 calls up or down in 2 episodes", timeout=HANG_GUARD_MS)
        expect(waits).to_be_empty()
        before = len(asked)
        page.clock.run_for(20_000)
        page.get_by_test_id("entry-next-close").click()
        expect(told).to_contain_text("at the close")
        assert len(asked) < before + 5, "the timer that asks again was not stopped"
    close_all()


@pytest.fixture
def at(engine: Engine, track_app: TrackApp, console: Console) -> Iterator[Callable[..., Page]]:
    """Return what opens the page in a scheme and a width, with nothing that moves."""
    with ExitStack() as closing:

        def make(scheme: Scheme, width: int) -> Page:
            viewport = {"width": width, "height": WIDTHS[width]}
            context = engine.context(scheme=scheme, reduced_motion=True, viewport=viewport)
            closing.callback(context.close)
            page = context.new_page()
            console.listen(page)
            opened(page, track_app.channel_url)
            return page

        yield make


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 375)])
def test_axe_finds_nothing_grave_and_nothing_overflows(
    at: Callable[..., Page], engine: Engine, scheme: Scheme, width: int
) -> None:
    """The score with its plots, whose words are there for who does not see them."""
    only_once(engine)
    page = at(scheme, width)
    assert findings(page) == []
    assert page.evaluate("() => document.documentElement.scrollWidth") == width
    expect(page.get_by_test_id("event-study")).to_contain_text("21 sessions after: ")
    short = """() => [...document.querySelectorAll('.score-section button, .score-section summary')]
        .filter((e) => e.getBoundingClientRect().height < 40).map((e) => e.textContent)"""
    assert width != 375 or page.evaluate(short) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture_of_a_score(
    at: Callable[..., Page], shots: Callable[[Page], Pictures], scheme: Scheme
) -> None:
    """ahead-6, ahead-8: three horizons side by side, and the path around the calls."""
    page = at(scheme, 1280)
    pictures = shots(page)
    pictures.check("score", f"score-{scheme}")
    pictures.must_catch("score", f"score-{scheme}", gone(".placebo .js-line"))
    pictures.must_catch("score", f"score-{scheme}", gone(".event-study .js-fill"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture_of_a_score_on_a_phone(
    at: Callable[..., Page], shots: Callable[[Page], Pictures], scheme: Scheme
) -> None:
    page = at(scheme, 375)
    pictures = shots(page)
    for part, change in (("horizon-21", ".placebo .js-line"), ("event-study", ".event-study .js-fill")):
        pictures.check(part, f"score-{part}-375-{scheme}")
        pictures.must_catch(part, f"score-{part}-375-{scheme}", gone(change))
