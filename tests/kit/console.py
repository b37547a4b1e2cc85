"""What a browser's console says, and the few complaints that a fault test expects."""

from __future__ import annotations

import re

from playwright.sync_api import ConsoleMessage, Page

# Said when the server can't be reached or breaks off: by Dash itself, and by each browser about a request.
OFFLINE = (
    r"Callback failed: the server did not respond\.",
    r"Failed to load resource: net::ERR_",
    # Firefox's driver tells of an error object without its message.
    r"^error: Error$",
    r"TypeError: (Failed to fetch|NetworkError when attempting to fetch resource\.|Load failed)",
)


class Console:
    """Collects errors, warnings and uncaught exceptions of the pages it listens to."""

    def __init__(self) -> None:
        """Allow nothing."""
        self.heard: list[str] = []
        self._allowed: list[re.Pattern[str]] = []

    def listen(self, page: Page) -> None:
        """Collect what this page complains about from now on."""
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.heard.append(f"uncaught: {error}"))

    def allow(self, *patterns: str) -> None:
        """Expect complaints that contain one of these regular expressions, and no others."""
        self._allowed += map(re.compile, patterns)

    def complaints(self) -> list[str]:
        """Return what was said and not allowed."""
        return [text for text in self.heard if not any(known.search(text) for known in self._allowed)]

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.heard.append(f"{message.type}: {message.text}")
