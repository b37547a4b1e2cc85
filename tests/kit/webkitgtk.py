"""WebKitGTK as a test drives it: Selenium, WebKitWebDriver and the bare window of webkitgtk_window.py.

It is WebKitGTK, the port that Debian ships, and neither Safari nor Playwright's WebKit. Nothing here imports
Playwright or Dash: the suite runs in an environment of its own (requirements-webkitgtk.in).
"""

from __future__ import annotations

import base64
import io
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image
from selenium.webdriver import WebKitGTK
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait
from selenium.webdriver.webkitgtk.options import Options
from selenium.webdriver.webkitgtk.service import Service

from tests.kit.pictures import SAMPLE, STILL

WINDOW = Path(__file__).with_name("webkitgtk_window.py")
HANG_GUARD_S = 20
NOTCH_PX = 120
FINAL = ("ready", "stale", "offline", "error")

Answer = TypeVar("Answer")


def launch(*, dark: bool = False, reduced_motion: bool = False) -> WebKitGTK:
    """Start a browser with nothing in its cache."""
    options = Options()
    options.binary_location = str(WINDOW)
    options.add_argument("--automation")
    for wanted, argument in ((dark, "--dark"), (reduced_motion, "--reduced-motion")):
        if wanted:
            options.add_argument(argument)
    driver = WebKitGTK(options=options, service=Service(shutil.which("WebKitWebDriver")))
    driver.set_window_size(1280, 800)
    return driver


def selector(testid: str) -> str:
    """Return the CSS selector of a test id."""
    return f'[data-testid="{testid}"]'


class WebKitChart:
    """The chart page in WebKitGTK: what it says of itself, and the gestures of a person."""

    def __init__(self, driver: WebKitGTK, url: str) -> None:
        """Drive ``driver``; ``url`` is the app's."""
        self.driver = driver
        self.url = url

    def open(self, query: str = "?t=AAPL") -> dict[str, str]:
        """Open a view and wait until it is ready."""
        self.driver.get(f"{self.url}/{query}")
        return self.until(lambda data: data["state"] == "ready")

    def part(self, testid: str) -> WebElement:
        """Return an element by its test id."""
        return self.driver.find_element(By.CSS_SELECTOR, selector(testid))

    def view(self) -> dict[str, str]:
        """Return the data attributes of ``price-chart``, without a state while there is none."""
        found: dict[str, str] = self.driver.execute_script(
            f"return {{state: '', ...(document.querySelector('{selector('price-chart')}') || {{}}).dataset}}"
        )
        return found

    def until(self, holds: Callable[[dict[str, str]], bool]) -> dict[str, str]:
        """Wait until something holds of the view; return the view."""

        def look(_: WebKitGTK) -> dict[str, str] | None:
            data = self.view()
            return data if holds(data) else None

        return self._wait(look, "the chart stayed at")

    def changed(self, before: dict[str, str]) -> dict[str, str]:
        """Wait until the window, the resolution or the ticker has changed and the chart is ready."""
        parts = ("first", "last", "resolution", "ticker")
        return self.until(
            lambda data: data["state"] == "ready" and any(data[key] != before[key] for key in parts)
        )

    def says(self, testid: str, text: str) -> None:
        """Wait until an element's text contains something."""
        self._wait(lambda _: text in self.part(testid).text, f"{testid} does not say {text!r}:", testid)

    def press(self, testid: str, text: str) -> None:
        """Type into a field and press Enter."""
        field = self.part(testid)
        field.clear()
        field.send_keys(text, Keys.ENTER)

    def candles(self) -> list[dict[str, float]]:
        """Return the visible candles: the page's x of the middle, and the four prices, oldest first."""
        return self.driver.execute_script(
            """const plot = document.querySelector('.js-plotly-plot');
            const axis = plot._fullLayout.xaxis;
            const box = plot.getBoundingClientRect();
            const price = plot._fullData.find((trace) => trace.type === 'candlestick');
            const [low, high] = axis.range;
            return Array.from(price.x, (x, i) => ({x, page: box.left + axis._offset + axis.l2p(x),
                open: price.open[i], high: price.high[i], low: price.low[i], close: price.close[i]}))
                .filter(({x}) => x >= low && x <= high);"""
        )

    def box(self) -> dict[str, float]:
        """Return the plot's place in the window."""
        place: dict[str, float] = self.driver.execute_script(
            "return document.querySelector('.js-plotly-plot').getBoundingClientRect().toJSON()"
        )
        return place

    def point(self, x: float) -> None:
        """Move the pointer to an x of the window, a third down the plot."""
        box = self.box()
        self._pointer().move_to_location(round(x), round(box["top"] + box["height"] / 3))
        self._act()

    def wheel(self, notches: int) -> None:
        """Turn the wheel over the middle of the plot; negative zooms in."""
        box = self.box()
        x, y = round(box["left"] + box["width"] / 2), round(box["top"] + box["height"] / 3)
        for _ in range(abs(notches)):
            self._chain.w3c_actions.wheel_action.scroll(x, y, 0, NOTCH_PX if notches > 0 else -NOTCH_PX)
            self._act()

    def drag(self, pixels: int) -> None:
        """Drag the plot to the right (older candles), to the left when negative."""
        box = self.box()
        x, y = box["left"] + box["width"] / 2 - pixels / 2, round(box["top"] + box["height"] / 3)
        pointer = self._pointer()
        pointer.move_to_location(round(x), y)
        pointer.pointer_down()
        for step in range(1, 9):
            pointer.move_to_location(round(x + pixels * step / 8), y)
        pointer.pointer_up()
        self._act()

    def size(self, width: int, height: int) -> None:
        """Make the window so large and wait until the page has seen it."""
        self.driver.set_window_size(width, height)
        self._wait(
            lambda driver: driver.execute_script("return [innerWidth, innerHeight]") == [width, height],
            f"the window did not become {width} × {height}:",
        )

    def complaints(self) -> list[str]:
        """Return what the console has said since the page was opened."""
        said: list[str] = self.driver.execute_script("return window.testConsole")
        return said

    @property
    def _chain(self) -> ActionChains:
        if not hasattr(self, "_made"):
            self._made = ActionChains(self.driver, duration=20)
        return self._made

    def _pointer(self) -> Any:
        return self._chain.w3c_actions.pointer_action

    def _act(self) -> None:
        self._chain.perform()
        # The chain is made anew, but the driver keeps the pointer where it is.
        del self._made

    def _wait(self, look: Callable[[WebKitGTK], Answer | None], said: str, testid: str = "") -> Answer:
        waiting = WebDriverWait(self.driver, HANG_GUARD_S, poll_frequency=0.05)
        try:
            return waiting.until(look)
        except Exception as error:
            seen = self.part(testid).text if testid else self.view()
            raise AssertionError(f"{said} {seen}") from error


class WebKitCamera:
    """Takes pictures of a WebKitGTK page (tests.kit.pictures.Camera)."""

    engine = "webkitgtk"

    def __init__(self, driver: WebKitGTK) -> None:
        """Look at what ``driver`` shows."""
        self._driver = driver

    @property
    def major(self) -> str:
        """The release series of WebKitGTK, as 2.50."""
        return ".".join(str(self._driver.capabilities["browserVersion"]).split(".")[:2])

    def take(self, testid: str) -> bytes:
        """Return a PNG of an element, still and without caret."""
        self._driver.execute_async_script(
            """const [style, done] = arguments;
            if (!document.querySelector('style[data-still]')) {
                const still = Object.assign(document.createElement('style'), {textContent: style});
                still.dataset.still = '';
                document.head.append(still);
            }
            const frame = (then) => requestAnimationFrame(then);
            document.fonts.ready.then(() => frame(() => frame(() => done())));""",
            STILL,
        )
        return self._cut(selector(testid))

    def sample(self) -> bytes:
        """Return a PNG of the fingerprint's sample; leaves the page for it."""
        self._driver.get(f"data:text/html;base64,{base64.b64encode(SAMPLE.encode()).decode()}")
        return self._cut("#sample")

    def _cut(self, css: str) -> bytes:
        # The driver's own picture of an element is blank here, so it is cut out of the window's.
        left, top, right, bottom, width, height = self._driver.execute_script(
            """const element = document.querySelector(arguments[0]);
            element.scrollIntoView({block: 'nearest', inline: 'nearest'});
            const {left, top, right, bottom} = element.getBoundingClientRect();
            return [left, top, right, bottom, innerWidth, innerHeight].map(Math.round);""",
            css,
        )
        inside = 0 <= left < right <= width and 0 <= top < bottom <= height
        assert inside, f"{css} is empty or larger than the window"
        window = Image.open(io.BytesIO(self._driver.get_screenshot_as_png()))
        cut = io.BytesIO()
        window.crop((left, top, right, bottom)).save(cut, "PNG")
        return cut.getvalue()

    def change(self, script: str) -> None:
        """Run statements of JavaScript in the page."""
        self._driver.execute_script(script)
