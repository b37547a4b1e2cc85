"""The connection goes and comes back, in WebKitGTK: by a proxy, for its driver has no way to go offline."""

from __future__ import annotations

import pytest

from tests.kit.flaky_proxy import FlakyProxy
from tests.kit.webkitgtk import WebKitChart

MIDDLE = "?t=AAPL&r=D&from=2010-01-04&to=2010-06-30"
WORDS = "You are offline. The candles on screen still work."


@pytest.mark.parametrize("how", ["offline", "stall"])
def test_h16_h17_an_outage_is_told_candles_still_move_and_it_mends_itself(
    flaky_chart: WebKitChart, proxy: FlakyProxy, how: str
) -> None:
    """H16, H17: banner and retry, drag and zoom within what is held, and nobody has to press anything."""
    before = flaky_chart.open(MIDDLE)
    proxy.become("offline" if how == "offline" else "stall")
    flaky_chart.part("range-5Y").click()
    flaky_chart.until(lambda data: data["state"] == "offline")
    flaky_chart.says("offline-banner", WORDS)
    assert flaky_chart.part("retry-button").is_displayed()
    flaky_chart.drag(100)
    dragged = flaky_chart.until(lambda data: data["first"] < before["first"])
    assert dragged["candles"] == before["candles"]
    flaky_chart.wheel(-4)
    flaky_chart.until(lambda data: data["first"] > dragged["first"])
    assert len(flaky_chart.candles()) > 0
    proxy.become()
    back = flaky_chart.until(lambda data: data["state"] == "ready")
    assert not flaky_chart.part("offline-banner").is_displayed()
    flaky_chart.part("range-1Y").click()
    assert flaky_chart.changed(back)["last"] == "2013-03-01T00:00:00Z"


def test_h15_a_slow_network_shows_that_something_is_on_its_way(
    flaky_chart: WebKitChart, proxy: FlakyProxy
) -> None:
    """H15."""
    before = flaky_chart.open(MIDDLE.replace("&r=D", ""))
    proxy.become(latency_s=0.2, rate=50_000)
    flaky_chart.part("range-MAX").click()
    flaky_chart.until(lambda data: data["state"] == "loading")
    flaky_chart._wait(lambda _: flaky_chart.part("loading-indicator").is_displayed(), "no bar:")
    assert flaky_chart.changed(before)["first"][:4] == "2000"
    assert not flaky_chart.part("loading-indicator").is_displayed()


def test_an_unknown_ticker_then_a_known_one(chart: WebKitChart) -> None:
    """H27."""
    chart.driver.get(f"{chart.url}/?t=ZZZQ")
    chart.until(lambda data: data["state"] == "error")
    chart.says("error-message", "No prices for ZZZQ. Check the spelling")
    chart.part("retry-button").click()
    chart.until(lambda data: data["state"] == "error")
    chart.press("ticker-input", "msft")
    assert chart.until(lambda data: data["state"] == "ready")["ticker"] == "MSFT"
