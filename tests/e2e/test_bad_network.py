"""The page on a network that goes away, in every engine; the proxy stands where no driver could."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.kit.app_process import AppProcess
from tests.kit.chart_page import HANG_GUARD_MS, ChartPage
from tests.kit.console import OFFLINE, Console
from tests.kit.flaky_proxy import FlakyProxy


@pytest.fixture
def proxy(app: AppProcess) -> Iterator[FlakyProxy]:
    with FlakyProxy(app.port) as running:
        yield running


def test_offline_is_told_and_the_candles_stay(page: Page, proxy: FlakyProxy, console: Console) -> None:
    """H27: never a blank page; the console says what it must and nothing else."""
    console.allow(*OFFLINE)
    chart = ChartPage(page, proxy.url)
    before = chart.open()
    drawn = chart.drawn()
    proxy.become("offline")
    chart.choose("range-5Y")
    page.wait_for_function(
        """() => ['offline', 'error', 'stale'].includes(
            document.querySelector('[data-testid="price-chart"]').dataset.state)""",
        timeout=HANG_GUARD_MS,
    )
    assert chart.drawn() == drawn
    assert chart.view().candles == before.candles
    proxy.become()
    chart.choose("retry-button")
    chart.ready()


def test_a_slow_network_shows_the_same_chart(page: Page, proxy: FlakyProxy) -> None:
    chart = ChartPage(page, proxy.url)
    wanted = chart.open()
    proxy.become(latency_s=0.05)
    page.reload()
    expect(chart.card).to_have_attribute("data-state", "ready", timeout=2 * HANG_GUARD_MS)
    assert chart.view() == wanted
