"""Mentions beside a chart: their switch, the choice of the price that counts, and where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dash import html

from components.icons import icon
from components.marks import chooses, does, labelled, testid
from components.menu import item

if TYPE_CHECKING:
    from dash.development.base_component import Component

ENTRIES: Final = {
    "next-open": "Next open",
    "same-day-close": "Same-day close",
    "next-close": "Next close",
}
"""The entries that people choose from, as a link names them; the first one is the usual one."""


def mentions_switch() -> html.Button:
    """Return the switch of a toolbar; it is off until a link or a person says otherwise."""
    pressed: dict[str, Any] = {"aria-pressed": "false"}
    return html.Button(
        [icon("mentions"), html.Span("Mentions", className="chosen")],
        type="button",
        className="menu-button switch",
        title="What channels said, and what became of it",
        **pressed,
        **labelled("Mentions"),
        **does("mentions"),
        **testid("mentions-toggle"),
    )


def entry_items() -> list[html.Button]:
    """Return the choice as items of a menu."""
    first = next(iter(ENTRIES))
    return [
        item(
            f"Entry: {words[0].lower()}{words[1:]}", "radio", marks, f"entry-{value}", checked=value == first
        )
        for value, words in ENTRIES.items()
        for marks in [chooses({"entry": value}, pressed=None)]
    ]


def entry_choice() -> html.Div:
    """Return the choice as a row of buttons."""
    buttons = [
        html.Button(words, type="button", **chooses({"entry": value}), **testid(f"choose-{value}"))
        for value, words in ENTRIES.items()
    ]
    return html.Div(
        buttons, className="choices entries", role="group", **labelled("Price that a call is counted from")
    )


def over_the_stage() -> list[Component]:
    """Return what assets/mentions.js fills: marks, the card of one of them, and a sentence."""
    return [
        html.Div(className="mentions", role="group", **labelled("Mentions on the candles")),
        html.Div(
            className="mention-card",
            hidden=True,
            role="region",
            **labelled("What was said"),
            **testid("mention-card"),
        ),
        html.Div(className="mention-words", role="status", **testid("mention-words")),
    ]
