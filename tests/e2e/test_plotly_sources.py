"""Where plotly.js comes from: the small one first, the whole of it when that does not come."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route

from tests.kit.chart_page import ChartPage
from tests.kit.console import Console

SMALL = "**/vendor/**"


def fetched(chart: ChartPage) -> list[str]:
    """Return which kinds of plotly.js the page has asked for, in order."""
    names: list[str] = chart.page.evaluate(
        "() => [...document.scripts].map((s) => s.src).filter((s) => /plotly[.-].*js$/.test(s))"
    )
    return ["small" if "/vendor/" in name else "whole" for name in names]


def test_the_chart_is_drawn_by_the_small_plotly_alone(chart: ChartPage) -> None:
    assert chart.open("?t=AAPL").candles > 0
    assert fetched(chart) == ["small"]


@pytest.mark.parametrize("body", ["", "window.Plotly.broken = true;"], ids=["404", "not plotly"])
def test_the_whole_plotly_draws_the_chart_when_the_small_one_does_not_come(
    chart: ChartPage, console: Console, body: str
) -> None:
    def answer(route: Route) -> None:
        route.fulfill(status=200 if body else 404, content_type="text/javascript", body=body)

    chart.page.route(SMALL, answer)
    if not body:
        console.allow(r"status of 404", r"Loading failed for the <script> with source .+/vendor/")
    assert chart.open("?t=AAPL").candles > 0
    assert fetched(chart) == ["small", "whole"]
