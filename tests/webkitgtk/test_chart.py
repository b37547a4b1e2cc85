"""The chart in WebKitGTK: what a person does most, on four widths, in both schemes and on a bad network."""

from __future__ import annotations

import json
import urllib.request

import pytest
from selenium.webdriver.common.by import By

from tests.kit.app_process import AppProcess
from tests.kit.flaky_proxy import FlakyProxy
from tests.kit.webkitgtk import FINAL, WebKitChart, selector

DAILY = "?t=AAPL&r=D&from=2012-11-01&to=2013-03-01"


def test_the_chart_shows_its_candles(chart: WebKitChart) -> None:
    """H1, H4: candles are drawn, and where they come from is said."""
    view = chart.open()
    assert (view["ticker"], view["resolution"], view["source"]) == ("AAPL", "D", "demo")
    assert view["last"] == "2013-03-01T00:00:00Z"
    drawn = chart.driver.find_elements(By.CSS_SELECTOR, ".boxlayer path.box")
    assert len(drawn) >= int(view["candles"]) > 100
    assert chart.part("cache-source").text
    assert chart.part("current-price").text == "430.47"


def test_a_range_widens_the_window(chart: WebKitChart) -> None:
    """H5."""
    before = chart.open()
    chart.part("range-5Y").click()
    assert chart.changed(before)["first"] < before["first"]


def test_another_ticker_is_shown(chart: WebKitChart) -> None:
    before = chart.open()
    chart.press("ticker-input", "msft")
    assert chart.changed(before)["ticker"] == "MSFT"


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
def test_the_read_out_is_of_the_candle_under_the_pointer(
    chart: WebKitChart, app: AppProcess, share: float
) -> None:
    """H19: place and prices come from the axis and from the API, never from a guess."""
    view = chart.open(DAILY)
    candles = chart.candles()
    i = int(len(candles) * share)
    chart.point(candles[i]["page"])
    query = f"start_date={view['first'][:10]}&end_date={view['last'][:10]}&resolution=D"
    with urllib.request.urlopen(f"{app.url}/api/v2/tickers/AAPL/ohlc?{query}") as answer:  # noqa: S310 - ours
        wanted = json.load(answer)["candles"]
    assert len(wanted) == len(candles)
    chart.says("legend-readout", f"{wanted[i]['close']:.2f}")
    chart.says("legend-readout", f"{wanted[i]['high']:.2f}")


def test_the_wheel_zooms_in_and_out(chart: WebKitChart) -> None:
    before = chart.open(DAILY)
    chart.wheel(-4)
    inside = chart.changed(before)
    assert before["first"] < inside["first"] < inside["last"]
    chart.wheel(8)
    outside = chart.changed(inside)
    assert outside["first"] < inside["first"]


def test_a_drag_goes_back_in_time(chart: WebKitChart) -> None:
    before = chart.open("?t=AAPL&r=D&from=2010-01-04&to=2010-06-30")
    chart.drag(400)
    after = chart.changed(before)
    assert after["first"] < before["first"]
    assert after["last"] < before["last"]


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 800), (768, 1024), (375, 667)])
def test_every_width_shows_the_chart_and_nothing_overflows(
    chart: WebKitChart, width: int, height: int
) -> None:
    chart.size(width, height)
    chart.open()
    wide = chart.driver.execute_script("return document.documentElement.scrollWidth")
    assert wide <= width
    box = chart.box()
    assert box["left"] >= 0
    assert box["right"] <= width
    assert box["width"] > width / 2
    assert box["height"] > 150


class TestDark:
    """The system asks for dark."""

    @pytest.fixture
    def look(self) -> dict[str, bool]:
        return {"dark": True}

    def test_the_page_is_dark_where_the_system_is(self, chart: WebKitChart) -> None:
        chart.open()
        assert chart.driver.execute_script("return matchMedia('(prefers-color-scheme: dark)').matches")
        assert _lightness(chart) < 0.25


def test_the_page_is_light_otherwise(chart: WebKitChart) -> None:
    chart.open()
    assert _lightness(chart) > 0.9


def test_offline_is_told_and_the_candles_stay_until_the_network_is_back(
    flaky_chart: WebKitChart, proxy: FlakyProxy
) -> None:
    """H27: never a blank page, and once the network is back everything works again."""
    before = flaky_chart.open(DAILY)
    proxy.become("offline")
    flaky_chart.part("range-5Y").click()
    told = flaky_chart.until(lambda data: data["state"] in {"offline", "error", "stale"})
    assert int(told["candles"]) > 0
    assert len(flaky_chart.candles()) > 0
    proxy.become()
    flaky_chart.part("retry-button").click()
    flaky_chart.until(lambda data: data["state"] == "ready")
    if flaky_chart.view()["first"] == before["first"]:
        flaky_chart.part("range-5Y").click()
    assert flaky_chart.changed(before)["first"] < before["first"]


def test_a_slow_network_ends_in_the_same_chart(flaky_chart: WebKitChart, proxy: FlakyProxy) -> None:
    """The same candles, only later; and the console stays silent."""
    wanted = flaky_chart.open(DAILY)
    proxy.become(latency_s=0.05)
    assert flaky_chart.open(DAILY) == wanted
    before = flaky_chart.view()
    flaky_chart.part("range-1Y").click()
    assert flaky_chart.until(lambda data: data["state"] in FINAL and data["first"] != before["first"])[
        "state"
    ] in {"ready", "stale"}
    assert flaky_chart.complaints() == []


def _lightness(chart: WebKitChart) -> float:
    """Return how light what lies behind the chart is, 0 to 1."""
    red, green, blue = chart.driver.execute_script(
        """let at = document.querySelector(arguments[0]);
        const colour = (element) => getComputedStyle(element).backgroundColor;
        while (at.parentElement && /rgba\\(.*, 0\\)|transparent/.test(colour(at))) at = at.parentElement;
        return colour(at).match(/[0-9.]+/g).slice(0, 3).map(Number);""",
        selector("price-chart"),
    )
    return (red + green + blue) / 765


def test_mentions_can_be_switched_on(chart: WebKitChart) -> None:
    """ahead-4: the question is asked, answered and said, and the link keeps it."""
    chart.open(f"{DAILY}&mentions=on")
    chart.says("mention-words", "No channel mentions AAPL.")
    chart.part("mentions-toggle").click()
    chart.until(lambda data: data["mentions"] == "off")
    assert not chart.part("mention-words").text
    assert "mentions" not in chart.driver.current_url
