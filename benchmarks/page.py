"""What a person feels: our page beside plain Dash pages with a candlestick graph, in one browser, in turns.

Loading with an empty and with a full browser cache, dragging, turning the wheel, coming to rest, layout
shifts, bytes. Ours shows about 480 daily candles, nearly the most it shows, with 1,000 loaded: gestures stay
within these, so that pages differ in how they move and not in what they fetch.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from benchmarks import servers
from benchmarks.measuring import Figure, Size, Times, of_bytes, say
from benchmarks.page_apps import APPS
from benchmarks.page_visit import HEIGHT, WIDTH, Load, Motion, card, drag, loads, stand, wheel
from tests.kit.browser_paths import ARGUMENTS, chromium

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from playwright.sync_api import Browser

T = TypeVar("T")
OURS, *PLAIN = APPS
HEAVY = PLAIN[0]
_VIEW = "/?t=AAPL&r=D&from=2008-04-01&to=2010-03-01"
_LEAST_SHIFT = 0.001
"""Below this, layout shifts count as equal: the ratio of nothing to nothing says nothing."""


def run(size: Size) -> list[Figure]:
    """Measure, print the lines and return the figures; none where there is no Chromium."""
    executable = chromium()
    if executable is None:
        say("page: left out, no Chromium is installed (make test installs one)")
        return []
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - not everybody has it

    with ExitStack() as stack:
        urls = {name: _served(name, stack) + (_VIEW if name == OURS else "/") for name in APPS}
        playwright = stack.enter_context(sync_playwright())
        options = {"executable_path": executable, "args": list(ARGUMENTS)}
        browser = stack.enter_context(playwright.chromium.launch(**options))
        return [*_loading(browser, urls, size.loads), *_moving(browser, urls, size.gestures)]


def _served(name: str, stack: ExitStack) -> str:
    port = servers.free_port()
    folder = stack.enter_context(tempfile.TemporaryDirectory())
    command = (sys.executable, "-m", "benchmarks.page_apps", name, str(Path(folder)), str(port))
    stack.enter_context(servers.running(command, port))
    return f"http://{servers.HOST}:{port}"


def _loading(browser: Browser, urls: Mapping[str, str], times: int) -> list[Figure]:
    """Load each page in a new browser profile, then twice more with what that has kept."""
    cold: dict[str, list[Load]] = {name: [] for name in urls}
    warm: dict[str, list[Load]] = {name: [] for name in urls}
    for turn in range(times + 1):
        for name, url in urls.items():
            with browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}) as context:
                # The browser keeps compiled scripts from the second visit on: the third is the warm one.
                first, _, third = loads(context, url, 3)
            if turn:  # in the first turn the servers warm up
                cold[name].append(first)
                warm[name].append(third)
    figures = []
    for plain in PLAIN:
        for state, each in (("cold", cold), ("warm", warm)):
            what = f"page, first candle, {state} browser, else {plain}"
            figures.append(_timed(what, _each(each, lambda one: one.candle_ms), plain))
    plain = PLAIN[0]
    figures += [
        _counted(f"page, bytes of the first load, else {plain}", _each(cold, _count), plain, of_bytes),
        _counted(f"page, bytes of a later load, else {plain}", _each(warm, _count), plain, of_bytes),
        _shifts(f"page, layout shift (CLS), else {plain}", _each(cold, lambda one: one.shift), plain),
    ]
    return figures


def _moving(browser: Browser, urls: Mapping[str, str], times: int) -> list[Figure]:
    """Drag and wheel on each page in turn, each time on a page that was opened for it.

    The heaviest page takes over a minute for it and has one turn only.
    """
    drags: dict[str, list[Motion]] = {name: [] for name in urls}
    wheels: dict[str, list[Motion]] = {name: [] for name in urls}
    rests: dict[str, list[float]] = {name: [] for name in urls}
    for turn in range(times):
        for name, url in urls.items():
            if turn and name == HEAVY:
                continue
            with browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}) as context:
                page = context.new_page()
                stand(page, url)
                if name == OURS:
                    _check(card(page))
                drags[name].append(drag(page))
                turned, rest = wheel(page)
                wheels[name].append(turned)
                rests[name].append(rest)
    figures = []
    for plain in PLAIN:
        for gesture, motions in (("dragging", drags), ("zooming", wheels)):
            rates = _each(motions, lambda one: one.per_second)
            gaps = _each(motions, lambda one: one.longest_ms)
            what = f"page, {gesture}: frames a second, else {plain}"
            figures += [
                _more(what, rates, plain),
                _timed(f"page, {gesture}: longest frame, else {plain}", gaps, plain),
            ]
        figures.append(_timed(f"page, zooming: last notch to rest, else {plain}", rests, plain))
    return figures


def _check(said: Mapping[str, str]) -> None:
    """Make sure that our page shows what the figures speak of."""
    assert said["ticker"] == "AAPL", said
    assert said["resolution"] == "D", said
    assert 900 <= int(said["candles"]) <= 1_100, said


def _count(one: Load) -> float:
    return one.count


def _each(measured: Mapping[str, Sequence[T]], part: Callable[[T], float]) -> dict[str, list[float]]:
    return {name: [part(one) for one in each] for name, each in measured.items()}


def _timed(what: str, each: Mapping[str, Sequence[float]], plain: str) -> Figure:
    figure = Figure.timed(what, Times(each[OURS]), Times(each[plain]))
    say(f"{what}: {Times(each[OURS])}, {Times(each[plain])}")
    return figure


def _counted(
    what: str, each: Mapping[str, Sequence[float]], plain: str, shown: Callable[[float], str]
) -> Figure:
    ours, other = statistics.median(each[OURS]), statistics.median(each[plain])
    return Figure(what, shown(ours), shown(other), other / ours)


def _shifts(what: str, each: Mapping[str, Sequence[float]], plain: str) -> Figure:
    ours, other = statistics.median(each[OURS]), statistics.median(each[plain])
    ratio = max(other, _LEAST_SHIFT) / max(ours, _LEAST_SHIFT)
    return Figure(what, f"{ours:.4f}", f"{other:.4f}", ratio)


def _more(what: str, each: Mapping[str, Sequence[float]], plain: str) -> Figure:
    """Compare what is better when there is more of it."""
    ours, other = statistics.median(each[OURS]), statistics.median(each[plain])
    say(f"{what}: {ours:.1f}, {other:.1f}")
    return Figure(what, f"{ours:.1f}", f"{other:.1f}", ours / other)
