"""The browser engines that Playwright drives here: how each is launched, and what its driver cannot do.

WebKitGTK is driven by Selenium instead, in a run of its own (tests/webkitgtk).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import Browser, BrowserContext, Error, Playwright, sync_playwright

from tests.kit import browser_paths

Name = Literal["chromium", "firefox", "webkit"]
Scheme = Literal["light", "dark"]
NAMES: tuple[Name, ...] = ("chromium", "firefox", "webkit")
VIEWPORT = {"width": 1280, "height": 800}
HOW_TO_GET = {name: f"not installed; make test installs it, or `playwright install {name}`" for name in NAMES}

# What a driver cannot do, and why; a test that needs it says so with @pytest.mark.needs("…").
CANNOT: dict[str, dict[str, str]] = {
    "chromium": {},
    "firefox": {
        "cdp": "Chromium's own protocol",
    },
    "webkit": {
        "cdp": "Chromium's own protocol",
    },
    # The system's Firefox through WebDriver BiDi, where Playwright's own Firefox is not installed.
    "moz-firefox": {
        "cdp": "Chromium's own protocol",
        "touch": "Playwright's BiDi driver has no touch screen",
        "video": "Playwright's BiDi driver records no video",
        "fetch-post": "route.fetch() of a POST never comes back over BiDi",
    },
}
ABILITIES = frozenset(what for lacks in CANNOT.values() for what in lacks)


def driver_of(name: Name) -> str:
    """Return the key of an engine in CANNOT: which driver stands behind the name on this machine."""
    return "moz-firefox" if name == "firefox" and "firefox" not in browser_paths.managed() else name


def installed(name: Name) -> bool:
    """Return whether an engine can be launched here."""
    if name in browser_paths.managed():
        return True
    system = {"chromium": browser_paths.chromium, "firefox": browser_paths.system_firefox}
    return name in system and system[name]() is not None


def launch_arguments(name: Name, preferences: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what Playwright's launch() takes; ``preferences`` are Firefox's."""
    if name == "chromium":
        return {"executable_path": browser_paths.chromium(), "args": list(browser_paths.ARGUMENTS)}
    if name == "webkit":
        return {}
    arguments: dict[str, Any] = {"firefox_user_prefs": preferences or {}}
    if driver_of(name) == "moz-firefox":
        arguments |= {"channel": "moz-firefox", "executable_path": browser_paths.system_firefox()}
    return arguments


@dataclass
class Engine:
    """One engine with its running browsers: one, and more only where a look can't be had otherwise."""

    name: Name
    playwright: Playwright
    _running: dict[tuple[tuple[str, int], ...], Browser] = field(default_factory=dict)

    @property
    def browser(self) -> Browser:
        """The browser as it comes."""
        return self._with({})

    @property
    def version(self) -> str:
        """The browser's version."""
        return self.browser.version

    def cannot(self, what: str) -> str:
        """Return why this engine's driver cannot do something, "" when it can."""
        return CANNOT[driver_of(self.name)].get(what, "")

    def context(
        self, *, scheme: Scheme = "light", reduced_motion: bool = False, **options: Any
    ) -> BrowserContext:
        """Open a context with an empty cache, 1280 × 800 px, English, UTC; options as Playwright's."""
        look = {
            "color_scheme": scheme,
            "reduced_motion": "reduce" if reduced_motion else "no-preference",
        }
        preferences = {}
        if driver_of(self.name) == "moz-firefox":
            # Over BiDi these options do nothing, and nobody says so; preferences of the whole browser do.
            preferences = {
                "layout.css.prefers-color-scheme.content-override": 0 if scheme == "dark" else 1,
                "ui.prefersReducedMotion": int(reduced_motion),
            }
        settings = {"viewport": VIEWPORT, "locale": "en-US", "timezone_id": "UTC", "device_scale_factor": 1}
        return self._with(preferences).new_context(**{**settings, **look, **options})

    def close(self) -> None:
        """Close every browser of this engine."""
        while self._running:
            self._running.popitem()[1].close()

    def _with(self, preferences: dict[str, int]) -> Browser:
        key = tuple(sorted(preferences.items()))
        if key not in self._running:
            kind = getattr(self.playwright, self.name)
            self._running[key] = kind.launch(**launch_arguments(self.name, preferences))
        return self._running[key]


def version_of(name: Name, executable: Path | None = None) -> str:
    """Return the version of an engine that opens a page, or "" when it cannot; not while Playwright runs."""
    arguments = launch_arguments(name) | ({"executable_path": executable} if executable else {})
    try:
        with sync_playwright() as playwright:
            browser = getattr(playwright, name).launch(**arguments)
            browser.new_page().close()
            version: str = browser.version
            browser.close()
    except Error:
        return ""
    return version
