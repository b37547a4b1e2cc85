"""What the candles look like: width, kind of chart, scale, colours; and that a choice stays."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from math import log10
from statistics import median

import pytest
from playwright.sync_api import expect

from tests.kit.chart_eyes import Sight, candle_colours, canvas, look
from tests.kit.chart_page import ChartPage

HALF_A_YEAR = "?t=AAPL&r=D&from=2010-01-04&to=2010-06-30"
TEN_YEARS = "?t=AAPL&r=M&from=2003-01-01&to=2012-12-31"
STROKE_PX = 1
WINDOWS = {
    "1": "from=2013-02-28T14:30Z&to=2013-02-28T16:30Z",
    "5": "from=2013-02-27T14:30Z&to=2013-02-28T20:59Z",
    "60": "from=2013-02-11&to=2013-02-28",
    "D": "from=2012-11-01&to=2013-02-28",
    "W": "from=2011-01-03&to=2012-12-31",
    "M": "from=2003-01-01&to=2012-12-31",
}
DRAWN = """() => {
    const graph = document.querySelector('.stage .js-plotly-plot');
    const count = (selector) => graph.querySelectorAll(selector).length;
    return {
        candles: count('.boxlayer path.box'),
        bars: count('.ohlclayer .trace:first-child path'),
        lines: count('.scatterlayer path.js-line'),
        fills: [...graph.querySelectorAll('.scatterlayer path.js-fill')]
            .filter((path) => path.getBBox().height > 20 && getComputedStyle(path).fill !== 'none').length,
    };
}"""
HEIGHT_OF_LINE = """() => {
    const path = document.querySelector('.scatterlayer path.js-line');
    const { bars } = window.chandlery.charts.get(1);
    return [path.getTotalLength(), bars.n];
}"""


@pytest.mark.parametrize("resolution", WINDOWS)
def test_candles_fill_about_four_fifths_of_their_slot(chart: ChartPage, resolution: str) -> None:
    """Body and outline, against the distance to the next candle."""
    view = chart.open(f"?t=AAPL&r={resolution}&{WINDOWS[resolution]}")
    assert view.resolution == resolution
    shown = look(chart).shown
    slot = median(after.middle - before.middle for before, after in pairwise(shown))
    assert slot > 4
    for box in shown:
        assert 0.7 <= (box.right - box.left + STROKE_PX) / slot <= 0.9


def choose_type(chart: ChartPage, kind: str) -> None:
    chart.choose("chart-type")
    chart.choose(f"type-{kind}")
    expect(chart.card).to_have_attribute("data-type", kind)


def check_type(chart: ChartPage, kind: str) -> None:
    """Check that this kind is drawn, and no other."""
    drawn = chart.page.evaluate(DRAWN)
    candles = chart.view().candles
    # Two boxes more are Plotly's: ghosts far away, which keep the width of the others.
    wanted = {
        "candles": {"candles": candles, "bars": 0, "lines": 0, "fills": 0},
        "ohlc": {"candles": 0, "bars": candles, "lines": 0, "fills": 0},
        "line": {"candles": 0, "bars": 0, "lines": 1, "fills": 0},
        "area": {"candles": 0, "bars": 0, "lines": 1, "fills": 1},
    }[kind]
    drawn["candles"] = drawn["candles"] if drawn["candles"] > 2 else 0
    if kind == "candles":
        assert drawn["candles"] - candles in {0, 2}
        wanted["candles"] = drawn["candles"]
    assert drawn == wanted


def test_every_chart_type_draws_what_it_says(chart: ChartPage) -> None:
    """level-1: nothing is asked for it, and the read-out keeps its candle."""
    chart.open(HALF_A_YEAR)
    asked = len(chart.questions)
    said = chart.part("legend-readout").inner_text()
    for kind in ("ohlc", "line", "area", "candles"):
        choose_type(chart, kind)
        look(chart)
        check_type(chart, kind)
        assert chart.part("legend-readout").inner_text() == said
    assert len(chart.questions) == asked


def test_a_chart_type_stays_over_another_ticker_and_a_reload(chart: ChartPage) -> None:
    """level-20: and back and forward bring the kinds in turn."""
    view = chart.open(HALF_A_YEAR)
    choose_type(chart, "line")
    chart.enter("IBM")
    chart.changed(view)
    check_type(chart, "line")
    chart.page.reload()
    assert chart.ready().ticker == "IBM"
    check_type(chart, "line")
    choose_type(chart, "area")
    chart.page.wait_for_url("**type=area**")
    for step, kind in ((chart.page.go_back, "line"), (chart.page.go_forward, "area")):
        step()
        expect(chart.card).to_have_attribute("data-type", kind)
        chart.ready()
        look(chart)
        check_type(chart, kind)


def steepness(sight: Sight, scale: Callable[[float], float]) -> tuple[float, float]:
    """Return the least and the most pixels that a unit of a scale takes between tops of candles."""
    low = min(sight.shown, key=lambda box: sight.facts["high"][box.bar])
    price = sight.facts["high"]
    others = [box for box in sight.shown if price[box.bar] > price[low.bar] * 1.2]
    slopes = [(low.top - box.top) / (scale(price[box.bar]) - scale(price[low.bar])) for box in others]
    return min(slopes), max(slopes)


def test_the_logarithmic_scale_gives_equal_ratios_equal_heights(chart: ChartPage) -> None:
    """level-5: also while the button is held; back and forward bring the scale back."""
    chart.open(TEN_YEARS)
    least, most = steepness(look(chart), float)
    assert most == pytest.approx(least, rel=0.05)
    chart.page.keyboard.press("l")
    expect(chart.card).to_have_attribute("data-scale", "log")
    sight = look(chart)
    least, most = steepness(sight, log10)
    assert most == pytest.approx(least, rel=0.05)
    sight.check_fit()
    box = chart.part_box()
    chart.page.mouse.move(box["x"] + 300, box["y"] + 100)
    chart.page.mouse.down()
    chart.page.mouse.move(box["x"] + 500, box["y"] + 100, steps=4)
    dragged = look(chart)
    dragged.check_fit()
    dragged.check_axis()
    least, most = steepness(dragged, log10)
    assert most == pytest.approx(least, rel=0.05)
    chart.page.mouse.up()


def test_back_and_forward_bring_the_scale_back(chart: ChartPage) -> None:
    """level-20: and the menu says which one it is."""
    chart.open(TEN_YEARS)
    chart.choose("more-menu")
    chart.choose("log-toggle")
    chart.page.wait_for_url("**scale=log**")
    for step, scale in ((chart.page.go_back, "linear"), (chart.page.go_forward, "log")):
        step()
        expect(chart.card).to_have_attribute("data-scale", scale)
        expect(chart.part("log-toggle")).to_have_attribute("aria-checked", str(scale == "log").lower())
        chart.ready()
        function = log10 if scale == "log" else float
        least, most = steepness(look(chart), function)
        assert most == pytest.approx(least, rel=0.05)
    chart.page.reload()
    chart.ready()
    expect(chart.card).to_have_attribute("data-scale", "log")


def test_the_theme_changes_at_once_and_survives_a_reload(chart: ChartPage) -> None:
    """level-18: candles, canvases and page take the other colours without a load and without a question."""
    chart.open(HALF_A_YEAR)
    asked = len(chart.questions)
    chart.page.evaluate("() => { window.testSamePage = true; }")
    light = candle_colours(chart)
    painted = canvas(chart, "under")
    chart.page.get_by_test_id("theme-toggle").click()
    chart.page.mouse.move(2, 2)
    dark = candle_colours(chart)
    assert dark["page"] != light["page"]
    assert (len(dark["fills"]), set(dark["fills"]) & set(light["fills"])) == (2, set())
    assert canvas(chart, "under") != painted
    assert chart.page.evaluate("() => window.testSamePage === true")
    assert len(chart.questions) == asked
    chart.page.reload()
    chart.ready()
    assert candle_colours(chart) == dark
    chart.page.keyboard.press("t")
    assert candle_colours(chart) == light
    assert canvas(chart, "under") == painted


@pytest.mark.needs("cdp")
def test_a_change_of_the_systems_scheme_recolours_an_open_page(chart: ChartPage) -> None:
    """level-18: at dusk, with nothing pinned."""
    chart.open(HALF_A_YEAR)
    light = candle_colours(chart)
    chart.page.emulate_media(color_scheme="dark")
    chart.page.wait_for_function(
        "(before) => getComputedStyle(document.body).backgroundColor !== before", arg=light["page"]
    )
    dark = candle_colours(chart)
    assert set(dark["fills"]) & set(light["fills"]) == set()
    chart.page.emulate_media(color_scheme="light")
    chart.page.wait_for_function(
        "(before) => getComputedStyle(document.body).backgroundColor === before", arg=light["page"]
    )
    assert candle_colours(chart) == light


def test_colour_blind_safe_candles_are_blue_and_orange_and_stay(chart: ChartPage) -> None:
    """level-18: candles, volume and last price."""
    chart.open("?t=AAPL&r=D&from=2012-11-01&to=2013-03-01")
    usual = candle_colours(chart)
    painted = canvas(chart, "over")
    chart.choose("more-menu")
    chart.choose("colour-toggle")
    chart.page.mouse.move(2, 2)
    safe = candle_colours(chart)
    assert safe["fills"] == ["rgb(224, 138, 0)", "rgb(47, 111, 222)"]
    assert safe["page"] == usual["page"]
    assert canvas(chart, "over") != painted
    volume = (
        "() => [...new Set([...document.querySelectorAll('.barlayer path')].map((p) => p.style.fill))].sort()"
    )
    assert chart.page.evaluate(volume) == safe["fills"]
    chart.page.reload()
    chart.ready()
    assert candle_colours(chart) == safe
    expect(chart.part("colour-toggle")).to_have_attribute("aria-checked", "true")
