"""What a screen reader says of the candles: after keys and answers, never because of a pointer."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.kit.chart_page import ChartPage

NEWEST = "Fri 1 Mar 2013, open 438.00, high 438.18, low 429.98, close 430.47, down 2.48 %"
COUNT = """() => {
    window.testSaid = [];
    const place = document.querySelector('.spoken');
    new MutationObserver(() => window.testSaid.push(place.textContent)).observe(place, {childList: true});
}"""


def test_keys_and_answers_are_said_and_pointers_are_not(chart: ChartPage) -> None:
    before = chart.open("?t=AAPL&r=D&from=2012-11-01&to=2013-03-01")
    said = chart.part("spoken")
    expect(said).to_have_attribute("aria-live", "polite")
    expect(said).to_have_text(f"AAPL, {NEWEST}")
    chart.page.evaluate(COUNT)
    box = chart.part_box()
    chart.page.mouse.move(box["x"] + 300, box["y"] + 200)
    expect(chart.part("legend-readout")).not_to_contain_text("1 Mar 2013")
    chart.page.mouse.move(box["x"] + 500, box["y"] + 200, steps=5)
    chart.drag(200)
    chart.changed(before)
    chart.page.mouse.move(1, 1)
    # The next sentence is the first one since: what the pointer did was not said.
    chart.card.locator(".stage").focus()
    chart.page.keyboard.press("End")
    chart.page.keyboard.press("ArrowLeft")
    chart.page.keyboard.press("ArrowLeft")
    expect(said).to_have_text(re.compile(r"^\w{3} \d+ \w{3} 2013, open [\d.]+, high"))
    assert len(chart.page.evaluate("window.testSaid")) == 1
    chart.enter("IBM")
    expect(said).to_have_text(re.compile("^IBM, .*close"))
    assert chart.page.evaluate("window.testSaid.filter((text) => text.startsWith('AAPL'))") == []


def test_the_sentence_is_heard_and_not_seen(chart: ChartPage) -> None:
    chart.open()
    box = chart.part("spoken").bounding_box()
    assert box is not None
    assert (box["width"], box["height"]) == (1, 1)
    assert chart.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    assert chart.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
