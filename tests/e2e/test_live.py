"""Prices that come by themselves while the market is open: the candle moves, the view does not (level-21)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.test_returning import SHOWN
from tests.kit.chart_page import ChartPage, is_question
from tests.kit.providers import utc
from tests.kit.scripted_app import Gate, LiveApp, ScriptedApp

OPEN = utc("2025-03-07 16:02")
FEW_MINUTES = "?t=AAPL&r=5&from=2025-03-07T14:30Z&to=2025-03-07T16:05Z"
LIFE_S = 15
EDGES = "() => window.chandlery.charts.get(1).view.range"


@pytest.fixture
def market(tmp_path: Path) -> Iterator[LiveApp]:
    with LiveApp(tmp_path, "yahoo", now=OPEN) as running:
        yield running


@pytest.fixture
def live(page: Page, market: LiveApp) -> ChartPage:
    """Return the chart on a market that is open, in a time of its own."""
    page.clock.install()
    return ChartPage(page, market.url)


def pass_by(chart: ChartPage, app: LiveApp | ScriptedApp, seconds: float) -> None:
    """Let time pass for the page and for the cache."""
    app.clock.now_s += seconds
    chart.page.clock.fast_forward(int(seconds * 1000))


def news(chart: ChartPage, app: LiveApp | ScriptedApp, seconds: float) -> None:
    """Let time pass until the page has asked by itself, and what came is on the screen."""
    before = chart.page.evaluate("() => window.chandlery.charts.get(1).message.seq")
    pass_by(chart, app, seconds)
    chart.page.wait_for_function("before => window.chandlery.charts.get(1).message.seq > before", arg=before)


def edges(chart: ChartPage) -> list[float]:
    found: list[float] = chart.page.evaluate(EDGES)
    return found


def test_the_running_candle_and_the_last_price_change_and_the_view_does_not(
    live: ChartPage, market: LiveApp
) -> None:
    """level-21, H22: nobody has pressed anything; the label on the axis says the same price."""
    live.open(FEW_MINUTES)
    expect(live.part("market-state")).to_have_text("market open")
    before, where, price = live.view(), edges(live), live.part("current-price").inner_text()
    read = live.part("legend-readout").inner_text()
    news(live, market, 120)
    expect(live.part("current-price")).not_to_have_text(price)
    expect(live.part("legend-readout")).not_to_have_text(read)
    assert edges(live) == where
    assert live.view() == before
    shown = live.page.evaluate(
        "() => window.chandlery.format.price(window.chandlery.charts.get(1).last.price)"
    )
    assert live.part("current-price").inner_text() == shown
    close = live.page.evaluate(
        "() => { const {bars} = window.chandlery.charts.get(1); return bars.c[bars.n - 1]; }"
    )
    assert shown == live.page.evaluate("close => window.chandlery.format.price(close)", close)


def test_the_view_takes_a_step_with_a_new_bar_only_where_the_newest_one_was_in_it(
    live: ChartPage, market: LiveApp
) -> None:
    """level-21: who looks at the past is left there."""
    live.open("?t=AAPL&r=5&from=2025-03-07T15:00Z&to=2025-03-07T16:05Z")
    where = edges(live)
    slot = live.page.evaluate("() => window.chandlery.charts.get(1).bars.slot")
    news(live, market, 300)
    assert edges(live) == pytest.approx([edge + slot for edge in where])
    live.drag(400)
    live.ready()
    where = edges(live)
    price = live.part("current-price").inner_text()
    news(live, market, 300)
    expect(live.part("current-price")).not_to_have_text(price)
    assert edges(live) == where


def test_what_the_session_has_yet_to_bring_is_not_called_missing(live: ChartPage) -> None:
    """level-6, level-21: the hours to come are no hole in the data."""
    live.open("?t=AAPL&r=5&range=1D")
    held, answered, end = live.page.evaluate("""() => {
        const { view, message } = window.chandlery.charts.get(1);
        return [view.held()[1], view.answered()[1], message.last_x];
    }""")
    assert held < end - 0.5
    assert answered == end


def test_nothing_flashes_and_the_crosshair_stays(live: ChartPage, market: LiveApp) -> None:
    """level-21: the chart is never said to load, and what is read is still the candle under the pointer."""
    live.open(FEW_MINUTES)
    box, newest = live.part_box(), live.part("legend-readout").inner_text()
    live.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)
    expect(live.part("legend-readout")).not_to_have_text(newest)
    marked = live.part("legend-readout").inner_text()
    live.page.evaluate("""() => {
        const card = document.querySelector('[data-testid="price-chart"]');
        window.testStates = [];
        new MutationObserver(() => window.testStates.push(card.dataset.state)).observe(
            card, {attributeFilter: ['data-state']});
    }""")
    price = live.part("current-price").inner_text()
    for _ in range(3):
        news(live, market, 45)
    expect(live.part("current-price")).not_to_have_text(price)
    assert "loading" not in live.page.evaluate("() => window.testStates")
    expect(live.part("loading-indicator")).to_be_hidden()
    assert live.part("legend-readout").inner_text() == marked
    pointer = live.page.evaluate("() => window.chandlery.charts.get(1).view.pointer")
    assert pointer["x"] == pytest.approx(box["width"] / 2, abs=40)


def test_a_hand_on_the_chart_is_waited_for(live: ChartPage, market: LiveApp) -> None:
    """level-21: nothing is asked during a drag, and what is new comes once it is over."""
    live.open(FEW_MINUTES)
    box = live.part_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
    live.page.mouse.move(x, y)
    live.page.mouse.down()
    live.page.mouse.move(x + 30, y, steps=3)
    asked = len(live.questions)
    pass_by(live, market, 40)
    assert len(live.questions) == asked
    live.page.mouse.up()
    news(live, market, 2)


def test_nothing_is_asked_while_the_tab_is_hidden_and_coming_back_asks_at_once(
    live: ChartPage, market: LiveApp
) -> None:
    """level-21, H26: no tab costs anybody's budget behind another one."""
    live.open(FEW_MINUTES)
    asked, calls = len(live.questions), len(market.stand_in.seen)
    live.page.evaluate(SHOWN, arg=True)
    pass_by(live, market, 240)
    assert (len(live.questions), len(market.stand_in.seen)) == (asked, calls)
    with live.page.expect_response(lambda answer: is_question(answer.request)):
        live.page.evaluate(SHOWN, arg=False)
        live.page.clock.fast_forward(1)
    assert len(live.questions) == asked + 1


def test_after_the_close_the_final_bar_comes_and_then_nothing(page: Page, tmp_path: Path) -> None:
    """level-21: the sign changes, and a page that is left open costs nothing in the evening."""
    with LiveApp(tmp_path, "yahoo", now=utc("2025-03-07 20:59:30")) as market:
        page.clock.install()
        live = ChartPage(page, market.url)
        live.open("?t=AAPL&r=5&from=2025-03-07T19:00Z&to=2025-03-07T20:59Z")
        news(live, market, 60)
        expect(live.part("market-state")).to_have_text("market closed")
        news(live, market, 400)
        price = live.part("current-price").inner_text()
        asked = len(live.questions)
        pass_by(live, market, 3_600)
        live.page.wait_for_timeout(200)
        assert len(live.questions) == asked
        live.page.reload()
        live.ready()
        expect(live.part("current-price")).to_have_text(price)


def test_a_person_who_chooses_does_not_wait_for_what_nobody_waits_for(page: Page, tmp_path: Path) -> None:
    """H28: a question of the page's own hangs at the provider; a range is shown all the same."""
    with ScriptedApp(tmp_path) as scripted:
        page.clock.install()
        live = ChartPage(page, scripted.url)
        live.open("?t=AAPL&r=D&from=2024-12-02&to=2025-03-07")
        gate = scripted.provider.before = Gate()
        gate.close()
        pass_by(live, scripted, LIFE_S + 3)
        gate.wait()
        before = live.view()
        scripted.clock.now_s -= LIFE_S + 3
        live.choose("range-1M")
        assert live.changed(before).first > before.first
        gate.open()
