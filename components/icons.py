"""Line icons. They are masks (assets/icons.css), so that they take the colour of the text they stand in."""

from __future__ import annotations

from dash import html

from components.marks import unheard


def icon(name: str) -> html.Span:
    """Return an icon that assistive technology passes over."""
    return html.Span(className=f"icon icon-{name}", **unheard())
