"""Sentiment below the candles: on and off, where it stands, what it says, when it cannot be had (user-2)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.kit.chart_page import ChartPage
from tests.kit.scripted_app import Gate
from tests.kit.sentiment_app import BAD_NEWS, BOTH, KNOWN, NEEDS_KEY, NEWS, WEEK, HeldHistory, SentimentApp
from tests.kit.track_app import TrackApp

ON = f"{WEEK}&sentiment=on"
HERE = "window.chandlery.charts.get(1)"
# Which colour the pane has above and below its zero line at the session of a day: "up", "down", "" for none.
_WHERE = """
  const chart = window.chandlery.charts.get(1);
  const { left, top, height } = chart.stage.getBoundingClientRect();
  const { panes } = window.chandlery;
  const { sentiment } = panes.place({ top: 8, height: height - 38 }, panes.shown({ sentiment: true }));
  const zero = panes.heights('sentiment', sentiment, {})(0);
  const [low, high] = chart.view.range;
  const x = chart.axis.sessionOfDay(Date.parse(day) / 864e5) + 0.5;
  const px = ((x - low) / (high - low)) * chart.view.width;
"""
PLACE = f"(day) => {{ {_WHERE} return {{ x: left + px, y: top + zero + 3 }}; }}"
SIDES = f"""(day) => {{ {_WHERE}
  const canvas = document.querySelector('canvas.under');
  const copy = document.createElement('canvas');
  [copy.width, copy.height] = [canvas.width, canvas.height];
  const ctx = copy.getContext('2d', {{ willReadFrequently: true }});
  ctx.drawImage(canvas, 0, 0);
  const scale = canvas.width / canvas.clientWidth;
  const side = (y) => {{
    const [r, g, b] = ctx.getImageData(px * scale, y * scale, 1, 1).data;
    return Math.abs(r - g) < 40 ? '' : g > r ? 'up' : 'down'; // else a line of the grid, or nothing
  }};
  return [side(zero - 6), side(zero + 6)];
}}"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[SentimentApp]:
    with SentimentApp(tmp_path) as running:
        yield running


@pytest.fixture
def chart(page: Page, served: SentimentApp) -> ChartPage:
    return ChartPage(page, served.url)


def known(chart: ChartPage) -> None:
    """Wait until an answer about sentiment is on the screen."""
    chart.page.wait_for_function(KNOWN)
    chart.page.evaluate("() => new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")


def switch(chart: ChartPage) -> None:
    chart.choose("more-menu")
    chart.choose("sentiment-toggle")


def sides(chart: ChartPage, day: object) -> Any:
    return chart.page.evaluate(SIDES, str(day))


def drawing(chart: ChartPage) -> Any:
    """Return what stands on the canvas below the candles, and where Plotly has its panes."""
    return chart.page.evaluate(
        f"""() => [document.querySelector('canvas.under').toDataURL(),
            document.querySelector('.js-plotly-plot')._fullLayout.yaxis.domain,
            {HERE}.bars.n]"""
    )


def test_it_is_off_and_asks_nothing_until_it_is_switched_on_and_leaves_no_trace(
    chart: ChartPage, served: SentimentApp
) -> None:
    """user-2, level-8, level-20: bars and dots on the right days; a reload keeps them."""
    chart.open(WEEK)
    chart.page.wait_for_timeout(1_000)
    chart.page.mouse.move(1, 1)
    before = drawing(chart)
    assert served.history.asked == []
    switch(chart)
    known(chart)
    expect(chart.part("sentiment-toggle")).to_have_attribute("aria-checked", "true")
    assert "sentiment=on" in chart.page.url
    assert (sides(chart, NEWS), sides(chart, BAD_NEWS)) == (["up", ""], ["", "down"])
    assert sides(chart, BOTH) == ["up", "down"]
    assert sides(chart, "2013-02-14") == ["", ""]
    link = chart.page.url
    switch(chart)
    chart.page.wait_for_timeout(1_000)
    chart.page.mouse.move(1, 1)
    assert drawing(chart) == before
    assert "sentiment" not in chart.page.url
    assert served.history.asked == ["AAPL"]
    chart.page.goto(link)
    chart.ready()
    known(chart)
    assert sides(chart, NEWS) == ["up", ""]


def test_bars_stay_on_their_days_under_every_gesture(chart: ChartPage) -> None:
    """level-8: one time axis."""
    chart.open(ON)
    known(chart)
    chart.wheel(-3)
    chart.page.wait_for_timeout(300)
    assert sides(chart, BAD_NEWS) == ["", "down"]
    chart.drag(90)
    chart.page.wait_for_timeout(300)
    assert sides(chart, BAD_NEWS) == ["", "down"]


def test_the_keyboard_reads_it_with_the_candle(chart: ChartPage) -> None:
    """level-7, level-23: by eye and by ear."""
    chart.open(ON)
    known(chart)
    chart.card.locator(".stage").focus()
    for _ in range(4):
        chart.page.keyboard.press("ArrowLeft")
    expect(chart.part("legend-readout")).to_contain_text("Tue 26 Feb 2013")
    expect(chart.part("legend-readout")).to_contain_text("Sentiment +0.20 (2 news, 1 mention)")
    expect(chart.card.locator(".spoken")).to_contain_text("sentiment +0.20 (2 news, 1 mention)")


def test_what_comes_late_is_never_drawn_for_another_ticker(page: Page, tmp_path: Path) -> None:
    """user-2: and where nothing is held, the pane says why, and what to do."""
    gate = Gate()
    gate.close()
    history = HeldHistory(before=lambda ticker: gate(ticker) if ticker == "AAPL" else None)
    with SentimentApp(tmp_path, history) as served:
        chart = ChartPage(page, served.url)
        chart.open(ON)
        gate.wait()
        chart.enter("IBM")
        words = chart.part("sentiment-words")
        expect(words).to_have_text(f"No news and no mentions of IBM are held for these dates. {NEEDS_KEY}")
        gate.open()
        page.wait_for_timeout(700)
        assert page.evaluate(f"() => {HERE}.sentiment.at({HERE}.bars.x[{HERE}.bars.n - 4])") is None
        expect(words).to_contain_text("IBM")


def test_a_failure_is_said_in_the_pane_and_the_candles_stay(page: Page, tmp_path: Path) -> None:
    """user-2: nothing of it reaches the candles."""

    def fail(ticker: str) -> None:
        raise OSError(ticker)

    with SentimentApp(tmp_path, HeldHistory(before=fail)) as served:
        chart = ChartPage(page, served.url)
        view = chart.open(ON)
        expect(chart.part("sentiment-words")).to_contain_text("could not be loaded")
        assert (chart.view().state, chart.view().candles) == ("ready", view.candles)
        expect(chart.part("error-message")).to_be_hidden()


def test_headlines_are_kept_open_with_links_that_may_be_followed(chart: ChartPage) -> None:
    """user-2, level-23: by the keyboard and by a click; a stranger's title is text, whatever it holds."""
    chart.open(ON)
    known(chart)
    stage = chart.card.locator(".stage")
    box = chart.part("sentiment-headlines")
    stage.focus()
    for _ in range(4):
        chart.page.keyboard.press("ArrowLeft")
    chart.page.keyboard.press("Enter")
    expect(box).to_contain_text("Sentiment +0.20 (2 news, 1 mention)")
    expect(box.get_by_role("listitem")).to_have_text(
        [
            "+0.60<img src=x onerror=alert(1)> Apple sells elgoogtiingo",
            "+0.40Apple and the bankstiingo",
            "−0.40I would sell Apple hereyoutube",
        ]
    )
    links = box.get_by_role("link")
    assert [link.get_attribute("href") for link in links.all()] == [
        "https://example.com/a?b=1",
        "https://www.youtube.com/watch?v=abc&t=60s",
    ]
    expect(links.first).to_be_focused()
    chart.page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(stage).to_be_focused()
    place = chart.page.evaluate(PLACE, str(BAD_NEWS))
    chart.page.mouse.click(place["x"], place["y"])
    expect(box).to_contain_text("Apple loses in court")
    chart.choose("more-menu")
    chart.choose("sentiment-toggle")
    expect(box).to_be_hidden()


@pytest.mark.parametrize("page_of", ["{app.url}/", "{app.channel_url}/AAPL"])
def test_the_demo_channel_is_seen_below_its_candles(page: Page, track_app: TrackApp, page_of: str) -> None:
    """user-2: what a processed channel said, through the table, on the chart and on a stock's own page."""
    page.goto(f"{page_of.format(app=track_app)}?t=AAPL&range=MAX&sentiment=on")
    page.wait_for_function(f"() => window.chandlery.present().length > 0 && ({KNOWN})()", timeout=30_000)
    shown = page.evaluate(
        f"() => {HERE}.bars.x.reduce((sum, x) => sum + (({HERE}.sentiment.at(x) || {{}}).said || [0])[0], 0)"
    )
    assert shown > 20
    chart = page.get_by_test_id("price-chart")
    expect(chart.get_by_text("mentions in videos")).to_be_visible()
    expect(chart.get_by_test_id("sentiment-words")).to_contain_text("FINNHUB_API_KEY")
