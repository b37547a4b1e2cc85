"""Where things are on the screen: candles, panes, layers and canvases, as the browser has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.kit.chart_page import ChartPage

CLOSE_PX = 1.5
"""How far a candle may be from where it should be, after rounding and stretching."""
# Two frames: the first one handles what has just happened, the second one comes after it was drawn.
DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))"
# Fill boxes through the matrix to the screen: engines differ in whether a client rectangle holds the stroke.
LOOK = """() => {
    const chart = window.chandlery.charts.get(1);
    const gd = chart.card.querySelector('.js-plotly-plot');
    const { xaxis, yaxis } = gd._fullLayout;
    const at = gd.getBoundingClientRect();
    const [trace] = gd.querySelectorAll('.boxlayer .trace');
    const boxes = [...(trace ? trace.querySelectorAll('path.box') : [])].map((path) => {
        const box = path.getBBox();
        const m = path.getScreenCTM();
        return [box.x * m.a + m.e, (box.x + box.width) * m.a + m.e,
                box.y * m.d + m.f, (box.y + box.height) * m.d + m.f];
    });
    return {
        boxes,
        x: [...chart.bars.x],
        high: [...chart.bars.h],
        low: [...chart.bars.l],
        close: [...chart.bars.c],
        times: [...chart.bars.t],
        window: chart.view.range,
        pane: [at.left + xaxis._offset, at.left + xaxis._offset + xaxis._length,
               at.top + yaxis._offset, at.top + yaxis._offset + yaxis._length],
        transforms: [...gd.querySelectorAll('.overplot g, .plot g')]
            .map((g) => g.getAttribute('transform')).filter(Boolean)
            .filter((text) => !/^translate[(][^)]*[)]$/.test(text) || /^translate[(]-/.test(text)),
    };
}"""
COLOURS = """() => {
    const chart = window.chandlery.charts.get(1);
    const [trace] = chart.card.querySelectorAll('.boxlayer .trace');
    const fills = [...trace.querySelectorAll('path.box')].map((path) => getComputedStyle(path).fill);
    return { fills: [...new Set(fills)].sort(), page: getComputedStyle(document.body).backgroundColor };
}"""
# A copy is read: reading the page's own canvas again and again makes Chromium complain.
COPY = """() => { window.testCopy = (name) => {
    const canvas = document.querySelector(`[data-testid="price-chart"] canvas.${name}`);
    const copy = document.createElement('canvas');
    Object.assign(copy, { width: canvas.width, height: canvas.height });
    const context = copy.getContext('2d', { willReadFrequently: true });
    context.drawImage(canvas, 0, 0);
    return context.getImageData(0, 0, canvas.width, canvas.height);
}; }"""
CANVAS = """(name) => {
    const { data } = window.testCopy(name);
    let hash = 2166136261;
    for (let i = 0; i < data.length; i += 1) hash = Math.imul(hash ^ data[i], 16777619);
    return hash >>> 0;
}"""


@dataclass(frozen=True)
class Box:
    """A candle on the screen, from its lowest to its highest price; CSS pixels of the page."""

    bar: int
    left: float
    right: float
    top: float
    bottom: float

    @property
    def middle(self) -> float:
        """Where its centre is."""
        return (self.left + self.right) / 2


@dataclass(frozen=True)
class Sight:
    """One look at a chart; everything in it is of the same moment."""

    boxes: list[Box]
    facts: dict[str, Any]

    @property
    def left(self) -> float:
        """The price pane's left edge."""
        return float(self.facts["pane"][0])

    @property
    def right(self) -> float:
        """The price pane's right edge."""
        return float(self.facts["pane"][1])

    @property
    def top(self) -> float:
        """The price pane's upper edge."""
        return float(self.facts["pane"][2])

    @property
    def bottom(self) -> float:
        """The price pane's lower edge."""
        return float(self.facts["pane"][3])

    @property
    def span(self) -> float:
        """How many sessions the window is wide."""
        return float(self.facts["window"][1] - self.facts["window"][0])

    @property
    def transforms(self) -> list[str]:
        """What moves or stretches Plotly's layers; nothing at rest."""
        return list(self.facts["transforms"])

    @property
    def shown(self) -> list[Box]:
        """Boxes of the candles of which the window holds anything."""
        return [box for box in self.boxes if box.right > self.left and box.left < self.right]

    def pixel(self, bar: int) -> float:
        """Return where the axis has a candle."""
        low, high = self.facts["window"]
        return float(self.left + (self.facts["x"][bar] - low) / (high - low) * (self.right - self.left))

    def at(self, pixel: float) -> float:
        """Return the place on the axis (x, in sessions) of a pixel."""
        low, high = self.facts["window"]
        return float(low + (pixel - self.left) / (self.right - self.left) * (high - low))

    def check_fit(self) -> None:
        """Fail unless visible candles lie in the price pane, from near its top to near its end."""
        room = (self.bottom - self.top) * 0.12
        highest = min(box.top for box in self.shown)
        lowest = max(box.bottom for box in self.shown)
        assert self.top <= highest <= self.top + room, f"highest at {highest}, pane from {self.top}"
        assert self.bottom - room <= lowest <= self.bottom, f"lowest at {lowest}, pane to {self.bottom}"

    def check_axis(self) -> None:
        """Fail unless every visible candle is where the axis has it."""
        assert len(self.shown) > 5, "too few candles to tell"
        off = max(abs(box.middle - self.pixel(box.bar)) for box in self.shown)
        assert off < CLOSE_PX, f"a candle is {off:.1f} px from its place"

    def of(self, time: float) -> Box:
        """Return the candle of a time; its number changes when other candles are loaded."""
        number: int = self.facts["times"].index(time)
        return self.boxes[number]

    def time(self, box: Box) -> float:
        """Return the time of a candle, UTC seconds."""
        return float(self.facts["times"][box.bar])


def look(chart: ChartPage) -> Sight:
    """Wait until what has happened is drawn, and look."""
    chart.page.evaluate(DRAWN)
    facts = chart.page.evaluate(LOOK)
    return Sight([Box(bar, *sides) for bar, sides in enumerate(facts.pop("boxes"))], facts)


def candle_colours(chart: ChartPage) -> dict[str, Any]:
    """Return which colours the candles have, and the page's background."""
    chart.page.evaluate(DRAWN)
    colours: dict[str, Any] = chart.page.evaluate(COLOURS)
    return colours


def read_canvas(chart: ChartPage, script: str, *arguments: Any) -> Any:
    """Run a function of the page that finds ``testCopy(name)``: the pixels of a canvas, "under" or "over"."""
    chart.page.evaluate(DRAWN)
    chart.page.evaluate(COPY)
    return chart.page.evaluate(script, *arguments)


def canvas(chart: ChartPage, name: str) -> int:
    """Return a sum of all pixels of a canvas, "under" or "over"."""
    return int(read_canvas(chart, CANVAS, name))
