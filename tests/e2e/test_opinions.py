"""A second opinion on the chart: bars on which two sources do not agree, by key and ear (ahead-9)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.kit.chart_page import ChartPage
from tests.kit.house import Clock
from tests.kit.providers import ScriptedProvider
from tests.kit.scripted_app import ThreadedApp
from tests.unit.test_opinions_page import SATURDAY, dearer

WEEK = "?t=AAPL&r=D&from=2025-02-03&to=2025-03-07"
VALUES = "tiingo C 100.00 · yahoo C 100.50"


@pytest.fixture
def market(tmp_path: Path) -> Iterator[ThreadedApp]:
    sources = [
        ScriptedProvider(SATURDAY, name="tiingo"),
        ScriptedProvider(SATURDAY, name="yahoo", mangle=dearer),
    ]
    with ThreadedApp(tmp_path, sources, Clock(SATURDAY.timestamp())) as running:
        yield running


def marked(chart: ChartPage) -> None:
    """Wait until marks have come."""
    chart.page.wait_for_function("() => window.chandlery.charts.get(1).opinions.version > 0")


def test_a_bar_that_two_sources_see_differently_is_marked_and_read_out(
    page: Page, market: ThreadedApp
) -> None:
    """ahead-9: nothing is said before another source was looked at; then the bar says all values."""
    chart = ChartPage(page, market.url)
    chart.open(WEEK)
    page.wait_for_timeout(1_000)
    assert chart.page.evaluate("() => window.chandlery.charts.get(1).opinions.version") == 0
    chart.open(f"{WEEK}&source=yahoo")
    chart.open(WEEK)
    marked(chart)
    chart.card.locator(".stage").focus()
    for _ in range(2):
        page.keyboard.press("ArrowLeft")
    readout = chart.part("legend-readout")
    expect(readout).not_to_contain_text("Sources")
    page.keyboard.press("ArrowLeft")
    expect(readout).to_contain_text("Wed 5 Mar 2025")
    expect(readout).to_contain_text(VALUES)
    expect(chart.card.locator(".spoken")).to_contain_text(f"sources do not agree: {VALUES}")


def test_on_a_phone_all_values_can_be_read(page: Page, market: ThreadedApp) -> None:
    page.set_viewport_size({"width": 375, "height": 667})
    chart = ChartPage(page, market.url)
    chart.open(f"{WEEK}&source=yahoo")
    chart.open(WEEK)
    marked(chart)
    chart.card.locator(".stage").focus()
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    others = chart.card.locator(".opinion")
    expect(others).to_be_visible()
    box = others.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 375
