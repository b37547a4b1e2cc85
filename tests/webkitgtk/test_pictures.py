"""What the page looks like in WebKitGTK: four widths, both schemes, and the states that need no routing."""

from __future__ import annotations

import pytest
from selenium.webdriver import WebKitGTK

from tests.kit.app_process import AppProcess
from tests.kit.flaky_proxy import FlakyProxy
from tests.kit.picture_parts import (
    AT_REST,
    DAILY,
    FREEZE,
    MISPLACED,
    NAME_PARTS,
    NO_LAST_PRICE,
    NO_PRICE_LABELS,
    NO_TIME_LABELS,
    RECOLOURED,
    WIDTHS,
    gone,
)
from tests.kit.pictures import Pictures
from tests.kit.webkitgtk import WebKitChart


def rest(chart: WebKitChart) -> None:
    """Wait until nothing is on its way and nothing moves."""
    chart._wait(lambda driver: driver.execute_script(f"return {AT_REST}"), "the chart does not rest:")


def two_frames(chart: WebKitChart) -> None:
    """Wait until what has just happened is drawn."""
    chart.driver.execute_async_script(
        "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => done()));"
    )


def shoot(chart: WebKitChart, shots: Pictures, testid: str, name: str, change: str) -> None:
    """Compare a part with its picture, which must notice the change; the change stays."""
    chart.driver.execute_script(f"{NAME_PARTS} {FREEZE}")
    two_frames(chart)
    shots.check(testid, name)
    shots.must_catch(testid, name, change)


def all_widths(chart: WebKitChart, shots: Pictures, scheme: str) -> None:
    """Picture the stage at every width; each width is drawn anew, so a proof does not reach the next."""
    chart.open(DAILY)
    proofs = {1920: RECOLOURED, 1280: NO_LAST_PRICE, 768: NO_PRICE_LABELS, 375: NO_TIME_LABELS}
    for width, change in proofs.items():
        chart.size(width, WIDTHS[width])
        two_frames(chart)
        rest(chart)
        shoot(chart, shots, "stage", f"stage-{width}-{scheme}", change)


@pytest.fixture
def look() -> dict[str, bool]:
    return {"reduced_motion": True}


def test_the_light_stage_at_every_width(chart: WebKitChart, shots: Pictures) -> None:
    """H11."""
    all_widths(chart, shots, "light")


class TestDark:
    """The system asks for dark."""

    @pytest.fixture
    def look(self) -> dict[str, bool]:
        return {"reduced_motion": True, "dark": True}

    def test_the_dark_stage_at_every_width(self, chart: WebKitChart, shots: Pictures) -> None:
        """H11."""
        all_widths(chart, shots, "dark")


def test_h12_the_phone(chart: WebKitChart, shots: Pictures) -> None:
    """H12: the whole page on 375 × 667, from memory."""
    chart.size(375, 667)
    for _ in range(2):
        chart.open(DAILY)
    rest(chart)
    shoot(chart, shots, "price-chart", "phone-light", gone(".toolbar .menus"))


def test_an_unknown_ticker(chart: WebKitChart, shots: Pictures) -> None:
    chart.driver.get(f"{chart.url}/?t=ZZZQ")
    chart.until(lambda data: data["state"] == "error")
    shoot(chart, shots, "stage", "unknown-ticker", gone('[data-testid="error-message"]'))


def test_the_crosshair_and_its_labels(chart: WebKitChart, shots: Pictures) -> None:
    """H19."""
    chart.open(DAILY)
    rest(chart)
    candles = chart.candles()
    chart.point(candles[len(candles) // 2]["page"])
    chart._wait(
        lambda _: "1 Mar 2013" not in chart.part("legend-readout").text, "nothing is read at the pointer:"
    )
    shoot(chart, shots, "stage", "crosshair", NO_LAST_PRICE)


@pytest.mark.parametrize("kind", ["ohlc", "line", "area"])
def test_kinds_of_chart(chart: WebKitChart, shots: Pictures, kind: str) -> None:
    """level-5."""
    chart.open(f"{DAILY}&type={kind}")
    rest(chart)
    shoot(chart, shots, "stage", f"type-{kind}", MISPLACED)


def test_offline_is_said_beside_the_candles(
    driver: WebKitGTK, app: AppProcess, proxy: FlakyProxy, shots: Pictures
) -> None:
    """H16: the candles are not covered."""
    chart = WebKitChart(driver, proxy.url)
    chart.open(DAILY)
    rest(chart)
    proxy.become("offline")
    driver.execute_script("dispatchEvent(new Event('offline'))")
    chart.until(lambda data: data["state"] == "offline")
    shoot(chart, shots, "stage", "offline", gone('[data-testid="retry-button"]'))
