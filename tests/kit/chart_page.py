"""The chart page as a test sees it: what it says about itself, and the gestures of a person."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, Request, Route, expect

HANG_GUARD_MS = 20_000
CALLBACKS = "**/_dash-update-component*"
# Firefox's driver shows no body of a request. So the page itself names its questions, in a header that every
# driver shows, and keeps their bodies.
QUESTION = "x-test-question"
NAME_QUESTIONS = """(() => {
    const bodies = (window.testQuestions = []);
    const send = window.fetch;
    window.fetch = function (where, options) {
        const body = options && options.body;
        const asks = String(where).includes('_dash-update-component') && String(body).includes('"viewport"');
        if (asks) {
            const headers = new Headers(options.headers);
            headers.set('x-test-question', String(bodies.push(body) - 1));
            return send.call(this, where, {...options, headers});
        }
        return send.apply(this, arguments);
    };
})()"""
TYPED_CHARACTERS = 40


def is_question(request: Request) -> bool:
    """Return whether a request of a ChartPage's page asks for candles."""
    return QUESTION in request.headers


@dataclass(frozen=True)
class View:
    """What ``price-chart`` says of itself."""

    ticker: str
    resolution: str
    first: str
    last: str
    candles: int
    source: str
    state: str


class ChartPage:
    """One chart on one page."""

    def __init__(self, page: Page, url: str) -> None:
        """Look at ``page``; ``url`` is the app's."""
        self.page = page
        self.url = url
        self.questions: list[Request] = []
        page.add_init_script(NAME_QUESTIONS)
        page.on("request", self._note)

    def open(self, query: str = "?t=AAPL") -> View:
        """Open a view and wait until it is ready."""
        self.page.goto(f"{self.url}/{query}")
        return self.ready()

    @property
    def card(self) -> Locator:
        """The chart's own element."""
        return self.page.get_by_test_id("price-chart")

    def part(self, testid: str) -> Locator:
        """Return a part of the chart."""
        return self.card.get_by_test_id(testid)

    def ready(self) -> View:
        """Wait until what was asked for is on the screen."""
        expect(self.card).to_have_attribute("data-state", "ready", timeout=HANG_GUARD_MS)
        return self.view()

    def view(self) -> View:
        """Return what the chart says of itself now."""
        data = self.card.evaluate("element => ({...element.dataset})")
        return View(
            data.get("ticker", ""),
            data.get("resolution", ""),
            data.get("first", ""),
            data.get("last", ""),
            int(data.get("candles") or 0),
            data.get("source", ""),
            data.get("state", ""),
        )

    def changed(self, before: View, what: Callable[[View], object] = lambda view: view) -> View:
        """Wait until something about the view has changed and it is ready again."""
        self.page.wait_for_function(
            """([first, last, resolution, ticker]) => {
                const d = document.querySelector('[data-testid="price-chart"]').dataset;
                return d.state === 'ready' && (d.first !== first || d.last !== last ||
                    d.resolution !== resolution || d.ticker !== ticker);
            }""",
            arg=[before.first, before.last, before.resolution, before.ticker],
            timeout=HANG_GUARD_MS,
        )
        after = self.view()
        assert what(after) != what(before)
        return after

    def choose(self, testid: str) -> None:
        """Click a control of the chart."""
        self.part(testid).click()

    def enter(self, text: str, testid: str = "ticker-input") -> None:
        """Type into a field of the page, in the place of what is there, and press Enter; pastes a long text.

        Not ``fill``: through Firefox's driver React does not notice it.
        """
        field = self.page.get_by_test_id(testid)
        field.click()
        field.evaluate("field => field.select()")
        if len(text) <= TYPED_CHARACTERS and text.isascii():
            field.press_sequentially(text)
        else:
            field.evaluate("(_, text) => document.execCommand('insertText', false, text)", text)
        field.press("Enter")

    def body(self, question: Request) -> dict[str, Any]:
        """Return what a question asked; only while the page that asked it is open."""
        body: dict[str, Any] = json.loads(
            self.page.evaluate("i => window.testQuestions[i]", int(question.headers[QUESTION]))
        )
        return body

    def drag(self, pixels: int) -> None:
        """Drag the chart to the right (older candles) by some pixels, to the left when negative."""
        box = self.part_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
        start = x - pixels / 2
        self.page.mouse.move(start, y)
        self.page.mouse.down()
        self.page.mouse.move(start + pixels, y, steps=8)
        self.page.mouse.up()

    def wheel(self, notches: int) -> None:
        """Turn the wheel over the middle of the chart by some notches (10 % each); negative zooms in."""
        box = self.part_box()
        self.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 3)
        for _ in range(abs(notches)):
            self.page.mouse.wheel(0, 120 if notches > 0 else -120)

    def double_click(self, x: float, y: float) -> None:
        """Click twice; Firefox's driver counts each click as a first one, so the event is made there."""
        self.page.evaluate(
            """() => addEventListener('dblclick', () => { window.testDoubled = true; },
                {capture: true, once: true})"""
        )
        self.page.mouse.dblclick(x, y)
        self.page.evaluate(
            """([x, y]) => window.testDoubled || document.elementFromPoint(x, y).dispatchEvent(
                new MouseEvent('dblclick', {bubbles: true, cancelable: true, clientX: x, clientY: y}))""",
            [x, y],
        )
        self.page.evaluate("() => { window.testDoubled = false; }")

    def part_box(self) -> dict[str, float]:
        """Return the plot's place on the page."""
        box = self.card.locator(".js-plotly-plot").bounding_box()
        assert box is not None
        return {"x": box["x"], "y": box["y"], "width": box["width"], "height": box["height"]}

    def drawn(self) -> int:
        """Return how many candles Plotly has drawn."""
        return self.card.locator(".boxlayer path.box").count()

    def _note(self, request: Request) -> None:
        if is_question(request):
            self.questions.append(request)


class HeldAnswers:
    """Keeps the browser's questions back until the test lets them go."""

    def __init__(self, page: Page, wanted: Callable[[Request], bool] = is_question) -> None:
        """Hold every question that is wanted from now on, by itself those of a chart."""
        self._page = page
        self._wanted = wanted
        self._routes: list[Route] = []
        self._holding = True
        page.route(CALLBACKS, self._take)

    def wait_for(self, count: int) -> None:
        """Wait until so many questions are held."""
        for _ in range(HANG_GUARD_MS // 20):
            if len(self._routes) >= count:
                return
            self._page.wait_for_timeout(20)
        message = f"{len(self._routes)} questions instead of {count}"
        raise AssertionError(message)

    def release(self) -> None:
        """Let all go, and hold nothing any more."""
        self._holding = False
        for route in self._routes:
            route.continue_()
        self._routes.clear()

    def _take(self, route: Route) -> None:
        if self._holding and self._wanted(route.request):
            self._routes.append(route)
        else:
            route.continue_()
