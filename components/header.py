"""The row at the top of a page: the product's name, what the page puts there, what concerns all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dash import html

from components.icons import icon
from components.keyboard_help import keyboard_help
from components.marks import does, labelled, testid
from components.navigation import page_links, page_menu

if TYPE_CHECKING:
    from dash.development.base_component import Component


def header(*middle: Component, here: str = "") -> html.Header:
    """Return the row; ``middle`` stands beside the name, ``here`` names the page (navigation.PAGES)."""
    return html.Header(
        [
            # A plain link, not one of Dash's: from a chart, home is the view that a first visit shows.
            html.A(
                [icon("brand"), html.Span("Chandlery")],
                href="/",
                className="brand",
                **labelled("Chandlery, home"),
            ),
            *middle,
            page_links(here),
            html.Div(
                [
                    _button("theme", "Light or dark", "theme-toggle", icon("moon"), icon("sun")),
                    _button("fullscreen", "Full screen (F)", "fullscreen-toggle", icon("fullscreen")),
                    _button("help", "Keyboard (?)", "keyboard-help-button", icon("help")),
                    page_menu(here),
                ],
                className="page-buttons",
            ),
            keyboard_help(),
        ],
        className="header",
    )


def _button(deed: str, words: str, name: str, *icons: Component) -> html.Button:
    return html.Button(
        list(icons),
        type="button",
        title=words,
        className="icon-button",
        **does(deed),
        **labelled(words),
        **testid(name),
    )
