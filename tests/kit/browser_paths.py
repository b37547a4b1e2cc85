"""Where the browsers that tests can drive are to be found: Playwright's own first, then the system's."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from functools import cache
from pathlib import Path

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
FIREFOX_NAMES = ("firefox-esr", "firefox")
# Chromium's sandbox does not start as root, and /dev/shm is small in containers. Without hinting, letters
# have the same shape on every machine that has the same fonts.
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--font-render-hinting=none")
# PyGObject comes with the system's Python only.
SYSTEM_PYTHON = "/usr/bin/python3"
GI_PROBE = "import gi; gi.require_version('Gtk', '3.0'); gi.require_version('WebKit2', '4.1')"


@cache
def managed() -> dict[str, Path]:
    """Return the browsers that Playwright has installed, by its names; empty without Playwright.

    Asks once, because Playwright cannot be started again while a test has it running.
    """
    if importlib.util.find_spec("playwright") is None:
        return {}
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        kinds = (playwright.chromium, playwright.firefox, playwright.webkit)
        paths = {kind.name: Path(kind.executable_path) for kind in kinds}
    return {name: path for name, path in paths.items() if path.exists()}


def chromium() -> Path | None:
    """Return Playwright's own Chromium if it is installed, else the system's, else None."""
    return managed().get("chromium") or _on_path(CHROMIUM_NAMES)


def system_firefox() -> Path | None:
    """Return the system's Firefox, which Playwright drives through WebDriver BiDi."""
    return _on_path(FIREFOX_NAMES)


def webkitgtk_lacks() -> str:
    """Return what the WebKitGTK suite misses on this machine, "" when everything is there."""
    programs = [name for name in ("WebKitWebDriver", "xvfb-run", "xauth") if shutil.which(name) is None]
    if programs:
        return f"{', '.join(programs)} not installed (apt: webkit2gtk-driver xvfb xauth)"
    if not Path(SYSTEM_PYTHON).exists():
        return f"{SYSTEM_PYTHON} not installed"
    if subprocess.run([SYSTEM_PYTHON, "-c", GI_PROBE], capture_output=True, check=False).returncode:
        return f"{SYSTEM_PYTHON} has no WebKit2 4.1 (apt: python3-gi gir1.2-webkit2-4.1)"
    return ""


def _on_path(names: tuple[str, ...]) -> Path | None:
    found = next(filter(None, map(shutil.which, names)), None)
    return Path(found) if found else None
