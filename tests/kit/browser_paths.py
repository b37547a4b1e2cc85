"""Where a Chromium that tests can drive is to be found."""

from __future__ import annotations

import shutil
from pathlib import Path

SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome")
# Chromium's sandbox does not start as root, and /dev/shm is small in containers.
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage")


def chromium() -> Path | None:
    """Return Playwright's own Chromium if it is installed, else the system's, else None."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        own = Path(playwright.chromium.executable_path)
    if own.exists():
        return own
    found = next(filter(None, map(shutil.which, SYSTEM_NAMES)), None)
    return Path(found) if found else None


def starts(executable: Path) -> str:
    """Return the version of a Chromium that opens a page, or "" when it cannot."""
    from playwright.sync_api import Error, sync_playwright

    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
            browser.new_page().close()
            version = browser.version
            browser.close()
    except Error:
        return ""
    return version
