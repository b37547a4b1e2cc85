"""The sentence about the candle that the keyboard has gone to, for who hears the page (assets/spoken.js)."""

from __future__ import annotations

from typing import Any

from dash import html

from components.marks import testid


def spoken() -> html.P:
    """Return the element that is read aloud whenever its text changes; nobody sees it."""
    marks: dict[str, Any] = {"aria-live": "polite"}
    return html.P(className="spoken", **marks, **testid("spoken"))
