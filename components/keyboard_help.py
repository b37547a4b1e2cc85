"""The list of keys, in a dialog that the browser itself provides."""

from __future__ import annotations

from dash import html

from components.marks import does, labelled, testid

KEYS = (
    ("← →", "one candle back or on"),
    ("Shift ← →", "move the view"),
    ("+ −", "closer, wider"),
    ("Home End", "begin or end of history"),
    ("1 … 8", "1 5 15 30 60 minutes, day, week, month"),
    ("0", "resolution that fits"),
    ("A", "as traded, split-adjusted, total return"),
    ("/", "search a ticker"),
    ("L", "logarithmic scale"),
    ("T", "light or dark"),
    ("F", "full screen"),
    ("Esc", "close, or leave the candle"),
    ("?", "this list"),
)


def keyboard_help() -> html.Dialog:
    """Return the closed dialog; assets/controls.js opens it."""
    rows = [html.Tr([html.Td(html.Kbd(keys)), html.Td(words)]) for keys, words in KEYS]
    close = html.Button("Close", type="button", className="again", **does("close"))
    hands = [
        html.P("Drag to move, turn the wheel to zoom, double-click to show the newest candles."),
        html.P("On a touch screen: drag to move, pinch to zoom."),
    ]
    return html.Dialog(
        [html.H2("Keyboard"), html.Table(html.Tbody(rows)), *hands, close],
        className="help",
        **labelled("Keyboard"),
        **testid("keyboard-help"),
    )
