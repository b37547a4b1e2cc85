"""A person's visit to a page in Chromium: loading it, dragging, turning the wheel, and what the browser felt.

Everything is measured inside the page by its own clock (``performance.now``): the first frame that has a
candle in it, the time of every frame, layout shifts, and the last change after a gesture. The mouse is real
input of the browser, a step each 16 ms. Nothing is relied on but Plotly's elements and what ``price-chart``
says of itself.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from playwright.sync_api import BrowserContext, Page

WIDTH, HEIGHT = 1_280, 800
_GUARD_MS = 60_000
# A page that is slow to take input gets fewer steps of a gesture, not minutes of it.
_PATIENCE_S = 8
_STEP_S = 0.016
_DRAG_STEPS = 90
_DRAG_PX = 6
# Three times closer and back on our page (10 % a notch): it stays within what is loaded and what it allows.
_NOTCHES = 12
_NOTCH_S = 0.048
_NOTCH = 120
# So long must nothing have changed for a picture to count as settled.
_QUIET_MS = 700

_WATCH = """(() => {
  const felt = window.felt = { candle: 0, cls: 0, frames: null, changed: 0, notch: 0 };
  const shifts = (list) => list.getEntries().forEach((e) => { if (!e.hadRecentInput) felt.cls += e.value; });
  new PerformanceObserver(shifts).observe({ type: 'layout-shift', buffered: true });
  addEventListener('wheel', (e) => { felt.notch = e.timeStamp; }, { capture: true, passive: true });
  const drawn = () => document.querySelector('.js-plotly-plot .boxlayer path.box[d]');
  const frame = (now) => {
    if (!felt.candle && drawn()) felt.candle = performance.now();
    if (felt.frames) felt.frames.push(now);
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
})()"""
# What a person sees change: the plot's layers, and what our card says of its view.
_FOLLOW = """() => {
  const noted = () => { window.felt.changed = performance.now(); };
  const observer = new MutationObserver(noted);
  const all = { childList: true, subtree: true, attributes: true };
  const card = document.querySelector('[data-testid="price-chart"]');
  if (card) observer.observe(card, { attributes: true });
  observer.observe(document.querySelector('.js-plotly-plot .cartesianlayer'), all);
}"""
_SETTLED = """([since, quiet]) => {
  const card = document.querySelector('[data-testid="price-chart"]');
  const ready = !card || card.dataset.state === 'ready';
  return ready && performance.now() - Math.max(since, window.felt.changed) > quiet;
}"""
_CARD = (
    """() => ({ ...(document.querySelector('[data-testid="price-chart"]') || { dataset: {} }).dataset })"""
)


@dataclass(frozen=True, slots=True)
class Load:
    """One load of a page: until its first candle, what moved meanwhile, and the bytes that came."""

    candle_ms: float
    shift: float
    count: int


@dataclass(frozen=True, slots=True)
class Motion:
    """The frames of one gesture."""

    per_second: float
    longest_ms: float


def loads(context: BrowserContext, url: str, times: int) -> list[Load]:
    """Load a page several times in one tab; the context is the browser's cache, empty at first."""
    with context.new_page() as page:
        page.add_init_script(_WATCH)
        network = page.context.new_cdp_session(page)
        network.send("Network.enable")
        counts: list[float] = []
        network.on("Network.loadingFinished", lambda event: counts.append(event["encodedDataLength"]))
        done = []
        for _ in range(times):
            counts.clear()
            _open(page, url)
            with _in_time(page, "the network to fall silent"):
                page.wait_for_load_state("networkidle", timeout=_GUARD_MS)
            felt = page.evaluate("() => window.felt")
            done.append(Load(felt["candle"], felt["cls"], int(sum(counts))))
        return done


def settled(page: Page, since: float = 0) -> float:
    """Wait until nothing changes any more; return when the last change was, by the page's clock."""
    with _in_time(page, "the picture to come to rest"):
        page.wait_for_function(_SETTLED, arg=[since, _QUIET_MS], timeout=_GUARD_MS, polling=50)
    return float(page.evaluate("() => window.felt.changed"))


def stand(page: Page, url: str) -> None:
    """Open a page to work on, and wait until it stands."""
    page.add_init_script(_WATCH)
    _open(page, url)
    page.evaluate(_FOLLOW)
    settled(page)


def drag(page: Page) -> Motion:
    """Drag the chart to and fro for a second and a half."""
    x, y = _middle(page)
    page.mouse.move(x, y)
    page.mouse.down()
    begin(page)
    due = time.monotonic()
    end_s = due + _PATIENCE_S
    for step in range(_DRAG_STEPS):
        if due > end_s:
            break
        x += _DRAG_PX if step < _DRAG_STEPS // 2 else -_DRAG_PX
        page.mouse.move(x, y)
        due = _pace(due, _STEP_S)
    motion = end(page)
    page.mouse.up()
    settled(page, page.evaluate("() => performance.now()"))
    return motion


def wheel(page: Page) -> tuple[Motion, float]:
    """Zoom in by the wheel, then out again; return the frames, and the ms from the last notch out to rest.

    Raises:
        RuntimeError: our page shows the same candles as before after zooming in, or others after zooming out.
    """
    x, y = _middle(page)
    page.mouse.move(x, y)
    before = card(page)
    begin(page)
    there = _turn(page, -_NOTCH)
    closer = end(page)
    settled(page, there)
    _expect(page, before, same=False)
    begin(page)
    back = _turn(page, _NOTCH)
    wider = end(page)
    rest = settled(page, back)
    _expect(page, before, same=True)
    slower = min(closer, wider, key=lambda motion: motion.per_second)
    return slower, max(rest - back, 0.0)


def card(page: Page) -> dict[str, str]:
    """Return what our chart says of itself; nothing on a plain page."""
    said: dict[str, str] = page.evaluate(_CARD)
    return said


def _expect(page: Page, before: Mapping[str, str], *, same: bool) -> None:
    shown = card(page)
    if shown and (shown["first"] == before["first"]) is not same:
        raise RuntimeError(f"the wheel did not do what is measured: {before} became {shown}")


def _open(page: Page, url: str) -> None:
    with _in_time(page, f"a candle of {url}"):
        page.goto(url, timeout=_GUARD_MS)
        page.wait_for_function("() => window.felt.candle", timeout=_GUARD_MS)


@contextmanager
def _in_time(page: Page, what: str) -> Iterator[None]:
    """Say what was waited for in vain, and what our chart says of itself."""
    from playwright.sync_api import TimeoutError as Late  # noqa: PLC0415 - not everybody has it

    try:
        yield
    except Late as late:
        raise RuntimeError(f"waited {_GUARD_MS / 1_000:.0f} s in vain for {what}; {card(page)}") from late


def _turn(page: Page, delta: int) -> float:
    """Turn the wheel notch by notch; return when the last one was, by the page's clock."""
    due = time.monotonic()
    end_s = due + _PATIENCE_S
    for _ in range(_NOTCHES):
        if due > end_s:
            break
        page.mouse.wheel(0, delta)
        due = _pace(due, _NOTCH_S)
    return float(page.evaluate("() => window.felt.notch"))


def begin(page: Page) -> None:
    """Note every frame from now on."""
    page.evaluate("() => { window.felt.frames = []; }")


def end(page: Page) -> Motion:
    """Stop noting frames; return what they were like."""
    frames: list[float] = page.evaluate(
        "() => { const noted = window.felt.frames; window.felt.frames = null; return noted; }"
    )
    return motion_of(frames)


def motion_of(frames: list[float]) -> Motion:
    """Return what frames at these times (ms) were like; at least two."""
    gaps = [after - before for before, after in pairwise(frames)]
    return Motion(1_000 * len(gaps) / (frames[-1] - frames[0]), max(gaps))


def _middle(page: Page) -> tuple[float, float]:
    box: Any = page.locator(".js-plotly-plot").first.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 3


def _pace(due: float, step_s: float) -> float:
    """Wait for the time of the next step, like a hand that does not wait for the page."""
    due = max(due + step_s, time.monotonic())
    time.sleep(max(due - time.monotonic(), 0))
    return due
